// Sharing out: splitting a job into ranges, taking from them, and contexts for callers that help.
#include "backends/common/job.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

#include "backends/common/futex.hpp"

namespace halyard::host {
namespace {

// Takes the next parts of a range: a quarter of what is left, so that large pieces come first and the end is
// fine-grained.
bool take(Range& range, uint64_t minimum, uint64_t* first, uint64_t* last) noexcept {
  uint64_t at = range.next.load(std::memory_order_relaxed);
  uint64_t count = 0;
  do {
    if (at >= range.end) return false;
    const uint64_t left = range.end - at;
    count = std::min(left, std::max(minimum, left / 4));
  } while (!range.next.compare_exchange_weak(at, at + count, std::memory_order_relaxed));
  *first = at;
  *last = at + count;
  return true;
}

struct Stack {
  uintptr_t bottom = 0;  // lowest address
  uintptr_t top = 0;     // past the highest
};

// The calling thread's own stack; asked of the system once a thread. Empty when that fails.
Stack thread_stack() noexcept {
  static thread_local Stack stack;
  if (stack.bottom != 0) return stack;
  pthread_attr_t attributes;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) return stack;
  void* address = nullptr;
  size_t bytes = 0;
  if (pthread_attr_getstack(&attributes, &address, &bytes) == 0) {
    stack.bottom = reinterpret_cast<uintptr_t>(address);
    stack.top = stack.bottom + bytes;
  }
  pthread_attr_destroy(&attributes);
  return stack;
}

}  // namespace

bool Executor::parallel(Context& context, JobBody body, void* argument, uint64_t total, Estimate& estimate) noexcept {
  if (total == 1) return body(argument, context, 0, 1);
  if (worker_count_ == 1) return body(argument, context, 0, total);
  const float known = estimate.load(std::memory_order_relaxed);
  uint64_t done = 0;
  uint64_t elapsed = 0;
  const uint64_t begin = now_ns();
  if (!(static_cast<double>(known) * static_cast<double>(total) > static_cast<double>(kShareAboveNs))) {
    // Not known, or small: begin alone, in growing pieces, and share what is left when it takes long.
    double piece = known > 0 ? static_cast<double>(kShareAboveNs) / static_cast<double>(known) : 1.0;
    while (done < total && elapsed <= kShareAboveNs) {
      const double left = static_cast<double>(total - done);
      const uint64_t last = piece >= left ? total : done + std::max<uint64_t>(1, static_cast<uint64_t>(piece));
      if (!body(argument, context, done, last)) return false;
      done = last;
      elapsed = now_ns() - begin;
      piece *= 2;
    }
    const float seen = static_cast<float>(static_cast<double>(elapsed) / static_cast<double>(done));
    estimate.store(std::max(seen, 1e-3f), std::memory_order_relaxed);
    if (done == total) return true;
  }
  const double part_ns =
      done > 0 ? static_cast<double>(elapsed) / static_cast<double>(done) : static_cast<double>(known);
  const uint64_t shared_from = now_ns();
  const bool well = share(context, body, argument, done, total, part_ns);
  if (done == 0) {  // an estimate from the whole, as if one thread had done it
    const double wall = static_cast<double>(now_ns() - shared_from) * worker_count_;
    estimate.store(std::max(static_cast<float>(wall / static_cast<double>(total)), 1e-3f), std::memory_order_relaxed);
  }
  return well;
}

bool Executor::share(Context& context, JobBody body, void* argument, uint64_t first, uint64_t total,
                     double part_ns) noexcept {
  JobSlot& slot = *context.slot;
  const uint64_t count = total - first;
  const auto ranges = static_cast<uint32_t>(std::min<uint64_t>(worker_count_, count));
  slot.body = body;
  slot.argument = argument;
  slot.minimum = std::max<uint64_t>(1, count / (uint64_t{ranges} * 256));
  slot.range_count = ranges;
  slot.failed.store(false, std::memory_order_relaxed);
  const uint64_t share_size = count / ranges;
  const uint64_t longer = count % ranges;  // the first ranges get one part more
  uint64_t at = first;
  for (uint32_t i = 0; i < ranges; ++i) {
    slot.ranges[i].next.store(at, std::memory_order_relaxed);
    at += share_size + (i < longer ? 1 : 0);
    slot.ranges[i].end = at;
  }
  const int32_t here = context.worker < 0 ? worker_here() : -1;
  if (here >= 0) context.part = static_cast<uint32_t>(here);
  slot.excluded.store(here, std::memory_order_relaxed);
  const bool wake_sleepers = static_cast<double>(count) * part_ns > static_cast<double>(kWakeAboveNs);
  slot.to_wake.store(wake_sleepers ? static_cast<int32_t>(ranges) - 1 : 0, std::memory_order_relaxed);
  open_jobs_.fetch_add(1, std::memory_order_seq_cst);
  slot.open.store(1, std::memory_order_seq_cst);
  recruit(slot);
  take_part(slot, context);
  // What is not done yet, others are at. Ordered after closing the job: who comes later sees it closed, or is seen
  // here.
  for (uint32_t turns = 0; slot.users.load(std::memory_order_seq_cst) != 0; ++turns) {
    if (turns < 2000) {
      relax();
      continue;
    }
    slot.owner_sleeps.store(1, std::memory_order_seq_cst);
    const uint32_t users = slot.users.load(std::memory_order_seq_cst);
    if (users != 0) futex_wait(slot.users, users, UINT64_MAX);
    slot.owner_sleeps.store(0, std::memory_order_relaxed);
  }
  return !slot.failed.load(std::memory_order_relaxed);
}

// Wakes two more; each that comes does the same, so that waking many takes no one long.
void Executor::recruit(JobSlot& slot) noexcept {
  const int32_t excluded = slot.excluded.load(std::memory_order_relaxed);
  for (int i = 0; i < 2; ++i) {
    if (slot.to_wake.load(std::memory_order_relaxed) <= 0) return;
    if (slot.to_wake.fetch_sub(1, std::memory_order_relaxed) <= 0) return;
    if (!wake_one(excluded)) return;
  }
}

void Executor::take_part(JobSlot& slot, Context& context) noexcept {
  const uint32_t ranges = slot.range_count;
  const uint32_t own = context.part % ranges;
  for (uint32_t i = 0; i < ranges; ++i) {
    Range& range = slot.ranges[own + i < ranges ? own + i : own + i - ranges];
    uint64_t first = 0;
    uint64_t last = 0;
    while (take(range, slot.minimum, &first, &last)) {
      if (!slot.body(slot.argument, context, first, last)) slot.failed.store(true, std::memory_order_relaxed);
    }
  }
  // Nothing is left to take: nobody need join any more.
  if (slot.open.exchange(0, std::memory_order_seq_cst) != 0) open_jobs_.fetch_sub(1, std::memory_order_seq_cst);
}

bool Executor::job_open(uint32_t worker) const noexcept {
  if (open_jobs_.load(std::memory_order_seq_cst) == 0) return false;
  for (uint32_t i = 0; i < slot_count_; ++i) {
    if (slots_[i].open.load(std::memory_order_seq_cst) != 0 &&
        slots_[i].excluded.load(std::memory_order_relaxed) != static_cast<int32_t>(worker)) {
      return true;
    }
  }
  return false;
}

// Finds a job that wants more hands and counts this worker in.
JobSlot* Executor::join_any(uint32_t worker) noexcept {
  if (open_jobs_.load(std::memory_order_seq_cst) == 0) return nullptr;
  for (uint32_t i = 0; i < slot_count_; ++i) {
    JobSlot& slot = slots_[(worker + i) % slot_count_];
    if (slot.open.load(std::memory_order_acquire) == 0 ||
        slot.excluded.load(std::memory_order_relaxed) == static_cast<int32_t>(worker)) {
      continue;
    }
    slot.users.fetch_add(1, std::memory_order_seq_cst);
    if (slot.open.load(std::memory_order_seq_cst) != 0) {
      recruit(slot);
      return &slot;
    }
    leave(slot);
  }
  return nullptr;
}

void Executor::leave(JobSlot& slot) noexcept {
  if (slot.users.fetch_sub(1, std::memory_order_seq_cst) == 1 &&
      slot.owner_sleeps.load(std::memory_order_seq_cst) != 0) {
    futex_wake(slot.users, 1);
  }
}

Context* Executor::borrow() noexcept {
  const Stack stack = thread_stack();
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  // Elsewhere it runs on a coroutine's stack, whose end nobody here knows.
  if (here < stack.bottom || here >= stack.top || here - stack.bottom < kWorkerStackBytes) return nullptr;
  uint64_t free = borrowable_.load(std::memory_order_relaxed);
  while (free != 0) {
    const uint64_t bit = free & (~free + 1);
    if (borrowable_.compare_exchange_weak(free, free & ~bit, std::memory_order_acquire, std::memory_order_relaxed)) {
      return &borrowed_[__builtin_ctzll(bit)];
    }
  }
  return nullptr;
}

void Executor::give_back(Context* context) noexcept {
  borrowable_.fetch_or(1ull << (context - borrowed_.get()), std::memory_order_release);
}

}  // namespace halyard::host
