// Life of the pool and of its workers: starting, looking for work, sleeping, waking.
#include "backends/common/executor.hpp"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>

#include "backends/common/futex.hpp"
#include "backends/common/job.hpp"
#include "backends/common/queue.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::host {

struct alignas(64) Executor::Worker {
  std::atomic<uint32_t> asleep{0};
  std::atomic<bool> started{false};
  bool joined = false;
  uint32_t index = 0;
  int cpu = -1;
  pthread_t thread{};
  Context context;
};

hy_status Executor::create(ExecutorOptions options, std::unique_ptr<Executor>* out, hy_error* error) {
  std::unique_ptr<Executor> made(new (std::nothrow) Executor);
  const uint32_t count = std::max<uint32_t>(1, static_cast<uint32_t>(options.cpus.size()));
  const uint32_t borrowed = std::min<uint32_t>(count, 64);
  if (made != nullptr) {
    made->workers_.reset(new (std::nothrow) Worker[count]);
    made->slots_.reset(new (std::nothrow) JobSlot[count + borrowed]);
    made->borrowed_.reset(new (std::nothrow) Context[borrowed]);
    made->sleeping_.reset(new (std::nothrow) std::atomic<uint64_t>[(count + 63) / 64]);
  }
  if (made == nullptr || !made->workers_ || !made->slots_ || !made->borrowed_ || !made->sleeping_) {
    return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  }
  made->worker_count_ = count;
  made->slot_count_ = count + borrowed;
  made->pin_ = options.pin && !options.cpus.empty();
  made->process_ = getpid();
  for (uint32_t i = 0; i < (count + 63) / 64; ++i) made->sleeping_[i].store(0, std::memory_order_relaxed);
  for (uint32_t i = 0; i < count; ++i) {
    Worker& worker = made->workers_[i];
    worker.index = i;
    if (made->pin_) {
      worker.cpu = options.cpus[i];
      if (made->worker_of_cpu_.size() <= static_cast<size_t>(worker.cpu)) {
        made->worker_of_cpu_.resize(static_cast<size_t>(worker.cpu) + 1, -1);
      }
      made->worker_of_cpu_[static_cast<size_t>(worker.cpu)] = static_cast<int32_t>(i);
    }
    worker.context.executor = made.get();
    worker.context.part = i;
    worker.context.worker = static_cast<int32_t>(i);
    worker.context.slot = &made->slots_[i];
    made->sleeping_[i / 64].fetch_or(1ull << (i % 64), std::memory_order_relaxed);
  }
  for (uint32_t i = 0; i < borrowed; ++i) {
    Context& context = made->borrowed_[i];
    context.executor = made.get();
    context.part = i;
    context.slot = &made->slots_[count + i];
    made->borrowable_.fetch_or(1ull << i, std::memory_order_relaxed);
  }
  for (uint32_t i = 0; i < made->slot_count_; ++i) {
    made->slots_[i].ranges.reset(new (std::nothrow) Range[count]);
    if (!made->slots_[i].ranges) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  }
  *out = std::move(made);
  return HY_OK;
}

Executor::~Executor() {
  if (getpid() != process_) {
    return;  // the threads did not come along into a forked child
  }
  helpers_.stop();
  stopping_.store(true, std::memory_order_seq_cst);
  // A worker that has not seen `stopping_` yet may start others: over once no pass finds one left.
  for (bool again = true; again;) {
    again = false;
    for (uint32_t i = 0; i < worker_count_; ++i) {
      Worker& worker = workers_[i];
      if (worker.joined || !worker.started.load(std::memory_order_acquire)) continue;
      worker.asleep.store(0, std::memory_order_seq_cst);
      futex_wake(worker.asleep, 1);
      pthread_join(worker.thread, nullptr);
      worker.joined = true;
      again = true;
    }
  }
  // A queue whose last work a waiting thread did may still be listed, though nothing is left in it.
  while (Queue* queue = take_ready()) queue->release();
}

hy_status Executor::start(hy_error* error) {
  if (started_.load(std::memory_order_acquire) != 0) return HY_OK;
  const std::lock_guard lock(start_mutex_);
  if (started_.load(std::memory_order_acquire) != 0 || wake_one(worker_here()) || wake_one(-1)) return HY_OK;
  return fail(error, HY_OUT_OF_MEMORY,
              "the system refuses a thread for the cpu device; raise the limit on processes (ulimit -u) or on memory");
}

bool Executor::launch_thread(Worker& worker) noexcept {
  char name[16];
  std::snprintf(name, sizeof name, "halyard-%u", worker.index);
  int status = make_thread(&worker.thread, kWorkerStackBytes, worker.cpu, name, thread_main, &worker);
  if (status != 0 && worker.cpu >= 0) {  // the processor went away since: run anywhere
    status = make_thread(&worker.thread, kWorkerStackBytes, -1, name, thread_main, &worker);
  }
  if (status != 0) return false;
  worker.started.store(true, std::memory_order_release);
  started_.fetch_add(1, std::memory_order_release);
  return true;
}

void* Executor::thread_main(void* argument) noexcept {
  const DefaultFloatModes modes;
  auto& worker = *static_cast<Worker*>(argument);
  // Asleep and not yet marked as started, it would be started twice.
  while (!worker.started.load(std::memory_order_acquire)) sched_yield();
  worker.context.executor->work(worker);
  return nullptr;
}

// A worker is counted in looking_ from when it is woken until it finds work or sleeps.
void Executor::work(Worker& worker) noexcept {
  uint64_t idle_since = now_ns();
  uint32_t turns = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (Queue* queue = take_ready()) {
      stop_looking();
      queue->run(worker.context, UINT64_MAX);
      queue->release();
      looking_.fetch_add(1, std::memory_order_seq_cst);
      idle_since = now_ns();
    } else if (JobSlot* slot = join_any(worker.index)) {
      stop_looking();
      take_part(*slot, worker.context);
      leave(*slot);
      looking_.fetch_add(1, std::memory_order_seq_cst);
      idle_since = now_ns();
    } else {
      relax();
      if (++turns % 32 != 0) continue;
      // As many lookers as cores would take a core from the thread that makes work.
      const bool may_spin = looking_.load(std::memory_order_relaxed) < worker_count_;
      if (may_spin && now_ns() - idle_since < kSpinNs) continue;
      sleep(worker);
      idle_since = now_ns();
    }
  }
}

void Executor::sleep(Worker& worker) noexcept {
  const uint64_t bit = 1ull << (worker.index % 64);
  std::atomic<uint64_t>& word = sleeping_[worker.index / 64];
  worker.asleep.store(1, std::memory_order_relaxed);
  word.fetch_or(bit, std::memory_order_seq_cst);
  looking_.fetch_sub(1, std::memory_order_seq_cst);
  // Who submitted before this saw a looking worker and woke none: look once more. Who submits from now on wakes one.
  if (has_ready() || job_open(worker.index) || stopping_.load(std::memory_order_seq_cst)) {
    if ((word.fetch_and(~bit, std::memory_order_seq_cst) & bit) != 0) {
      looking_.fetch_add(1, std::memory_order_seq_cst);
      return;
    }  // else somebody is waking this worker already
  }
  while (worker.asleep.load(std::memory_order_acquire) != 0) {
    if (stopping_.load(std::memory_order_seq_cst)) {
      break;
    }
    futex_wait(worker.asleep, 1, UINT64_MAX);
  }
}

void Executor::stop_looking() noexcept {
  // The last looker to find work answers for what was submitted while it looked.
  if (looking_.fetch_sub(1, std::memory_order_seq_cst) == 1 && has_ready()) wake_one(-1);
}

bool Executor::wake(uint32_t index) noexcept {
  const uint64_t bit = 1ull << (index % 64);
  if ((sleeping_[index / 64].fetch_and(~bit, std::memory_order_seq_cst) & bit) == 0) return false;
  Worker& worker = workers_[index];
  looking_.fetch_add(1, std::memory_order_seq_cst);
  if (!worker.started.load(std::memory_order_acquire)) {
    if (launch_thread(worker)) return true;
    looking_.fetch_sub(1, std::memory_order_seq_cst);
    sleeping_[index / 64].fetch_or(bit, std::memory_order_seq_cst);  // the system may have a thread for it later
    return false;
  }
  worker.asleep.store(0, std::memory_order_release);
  futex_wake(worker.asleep, 1);
  return true;
}

// Wakes a sleeping worker other than `excluded`.
bool Executor::wake_one(int32_t excluded) noexcept {
  for (uint32_t base = 0; base < worker_count_; base += 64) {
    uint64_t candidates = sleeping_[base / 64].load(std::memory_order_seq_cst);
    if (excluded >= 0 && static_cast<uint32_t>(excluded) / 64 == base / 64) candidates &= ~(1ull << (excluded % 64));
    while (candidates != 0) {
      const auto lowest = static_cast<uint32_t>(__builtin_ctzll(candidates));
      if (wake(base + lowest)) return true;
      candidates &= candidates - 1;
    }
  }
  return false;
}

int32_t Executor::worker_here() const noexcept {
  if (!pin_) return -1;
  const int cpu = sched_getcpu();
  return cpu >= 0 && static_cast<size_t>(cpu) < worker_of_cpu_.size() ? worker_of_cpu_[static_cast<size_t>(cpu)] : -1;
}

void Executor::ready(Queue& queue) noexcept {
  Queue* first = inbox_.load(std::memory_order_relaxed);
  do {
    queue.next_ready_ = first;
  } while (!inbox_.compare_exchange_weak(first, &queue, std::memory_order_seq_cst, std::memory_order_relaxed));
  if (looking_.load(std::memory_order_seq_cst) != 0) return;
  const int32_t here = worker_here();
  if (!wake_one(here) && here >= 0) wake(static_cast<uint32_t>(here));
}

Queue* Executor::take_ready() noexcept {
  if (!has_ready()) return nullptr;
  const std::lock_guard lock(ready_mutex_);
  // The inbox is last in, first out; turned round it goes behind what is there.
  Queue* taken = inbox_.exchange(nullptr, std::memory_order_seq_cst);
  Queue* first = nullptr;
  Queue* last = taken;
  uint32_t count = 0;
  while (taken != nullptr) {
    Queue* next = taken->next_ready_;
    taken->next_ready_ = first;
    first = taken;
    taken = next;
    ++count;
  }
  if (first != nullptr) {
    (ready_first_ == nullptr ? ready_first_ : ready_last_->next_ready_) = first;
    ready_last_ = last;
    ready_count_.fetch_add(count, std::memory_order_seq_cst);
  }
  Queue* queue = ready_first_;
  if (queue != nullptr) {
    ready_first_ = queue->next_ready_;
    ready_count_.fetch_sub(1, std::memory_order_seq_cst);
  }
  return queue;
}

bool Executor::begin_spin() noexcept {
  if (waiting_spinners_.fetch_add(1, std::memory_order_relaxed) + 1 < worker_count_) return true;
  waiting_spinners_.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

uint64_t Executor::worker_cpu_ns() const noexcept {
  uint64_t total = 0;
  for (uint32_t i = 0; i < worker_count_; ++i) {
    clockid_t clock{};
    timespec used{};
    if (!workers_[i].started.load(std::memory_order_acquire)) continue;
    if (pthread_getcpuclockid(workers_[i].thread, &clock) == 0 && clock_gettime(clock, &used) == 0) {
      total += static_cast<uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(used.tv_nsec);
    }
  }
  return total;
}

}  // namespace halyard::host
