// Submitting to a queue, running it, and who is told when it moves on.
//
// Two flags keep a queue from being forgotten. A runner gives up claimed_ and then looks at tail_ and blocked_ again; a
// submitter moves tail_ (or an unblocker clears blocked_) and then looks at claimed_. Sequential consistency lets at
// least one of them see the other, and notify() puts the queue on the ready list at most once.
#include "backends/common/queue.hpp"

#include <cstdlib>
#include <new>

#include "backends/common/futex.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::host {

hy_status Queue::create(Executor& executor, Queue** out, hy_error* error) {
  auto* queue = new (std::nothrow) Queue(executor);
  void* ring = nullptr;
  if (queue == nullptr || posix_memalign(&ring, 64, kRingBytes) != 0) {
    delete queue;
    return halyard::fail(error, HY_OUT_OF_MEMORY, "the host has no memory for a stream");
  }
  queue->ring_ = static_cast<unsigned char*>(ring);
  *out = queue;
  return HY_OK;
}

Queue::~Queue() {
  std::free(ring_);
  for (Point* list : {own_points_, free_points_.load(std::memory_order_acquire)}) {
    while (list != nullptr) {
      Point* next = list->next_free_;
      delete list;
      list = next;
    }
  }
}

void Queue::release() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

hy_status Queue::reserve_bytes(uint64_t bytes, void** place, uint32_t* rounded, hy_error* error) noexcept {
  if (failed_at_.load(std::memory_order_relaxed) != UINT64_MAX) return check(error);
  bytes = (bytes + alignof(Op) - 1) & ~uint64_t{alignof(Op) - 1};
  if (bytes > kMaxOpBytes) return halyard::fail(error, HY_UNSUPPORTED, "more arguments than the cpu device takes");
  uint64_t tail = tail_.load(std::memory_order_relaxed);
  uint64_t at = tail % kRingBytes;
  const uint64_t to_end = kRingBytes - at;
  const bool start_anew = at >= kWarmBytes && bytes <= at && head_.load(std::memory_order_acquire) == tail;
  const uint64_t padding = bytes > to_end || start_anew ? to_end : 0;
  if (tail + padding + bytes - known_head_ > kRingBytes) make_room(tail + padding + bytes);
  if (padding != 0) {
    new (ring_ + at) Op{nullptr, static_cast<uint32_t>(padding), 0};
    tail += padding;
    at = 0;
  }
  *place = ring_ + at;
  *rounded = static_cast<uint32_t>(bytes);
  pending_tail_ = tail + bytes;
  return HY_OK;
}

void Queue::make_room(uint64_t new_tail) noexcept {
  known_head_ = head_.load(std::memory_order_acquire);
  if (new_tail - known_head_ <= kRingBytes) return;
  wait(new_tail - kRingBytes / 2, UINT64_MAX, nullptr);  // half of it, so as not to stop at every operation
  known_head_ = head_.load(std::memory_order_acquire);
}

void Queue::submit() noexcept {
  tail_.store(pending_tail_, std::memory_order_seq_cst);
  if (!claimed_.load(std::memory_order_seq_cst)) notify();
}

void Queue::notify() noexcept {
  if (listed_.exchange(true, std::memory_order_seq_cst)) return;
  retain();
  executor_.ready(*this);
}

void Queue::run(Context& context, uint64_t until) noexcept {
  if (context.worker >= 0) listed_.store(false, std::memory_order_seq_cst);
  for (;;) {
    if (claimed_.exchange(true, std::memory_order_seq_cst)) return;
    const bool others_wait = drain(context, until);
    claimed_.store(false, std::memory_order_seq_cst);
    if (!runnable()) return;
    if (others_wait || reached(until)) {
      notify();
      return;
    }
  }
}

// True when it stopped to let other queues have the thread.
bool Queue::drain(Context& context, uint64_t until) noexcept {
  uint64_t head = head_.load(std::memory_order_relaxed);
  uint32_t count = 0;
  while (head < until && !blocked_.load(std::memory_order_seq_cst)) {
    if (head == tail_.load(std::memory_order_acquire)) return false;
    auto& op = *reinterpret_cast<Op*>(ring_ + head % kRingBytes);
    const uint32_t bytes = op.bytes;
    if (op.run != nullptr &&
        op.run(op, *this, context, failed_at_.load(std::memory_order_relaxed) != UINT64_MAX) == Step::kBlocked) {
      continue;
    }
    head += bytes;
    finish(head);
    if (++count % 32 == 0 && context.worker >= 0 && executor_.has_ready()) return true;
  }
  return false;
}

void Queue::finish(uint64_t head) noexcept {
  head_.store(head, std::memory_order_seq_cst);
  if (wake_at_.load(std::memory_order_seq_cst) <= head) wake_waiters();
  if (dependents_.load(std::memory_order_seq_cst) != nullptr) release_dependents();
}

void Queue::unblock() noexcept {
  blocked_.store(false, std::memory_order_seq_cst);
  if (!claimed_.load(std::memory_order_seq_cst)) notify();
}

void Queue::fail(const hy_error& error) noexcept {
  if (failed_at_.load(std::memory_order_relaxed) != UINT64_MAX) return;
  error_ = error;
  failed_at_.store(head_.load(std::memory_order_relaxed), std::memory_order_release);
}

hy_status Queue::outcome(uint64_t position, hy_error* error) const noexcept {
  if (failed_at_.load(std::memory_order_acquire) >= position) return HY_OK;
  if (error != nullptr) *error = error_;
  return error_.code;
}

hy_status Queue::query(uint64_t position, hy_error* error) const noexcept {
  if (!reached(position)) return halyard::fail(error, HY_TIMEOUT, "the work is not done yet");
  return outcome(position, error);
}

hy_status Queue::wait(uint64_t position, uint64_t timeout_ns, hy_error* error) noexcept {
  if (reached(position)) return outcome(position, error);
  if (timeout_ns == 0) return query(position, error);
  const bool forever = timeout_ns == UINT64_MAX;
  const uint64_t begin = now_ns();
  if (look_for(position, forever ? kSpinNs : timeout_ns < kSpinNs ? timeout_ns : kSpinNs, forever)) {
    return outcome(position, error);
  }
  for (;;) {
    const uint32_t signal = signal_.load(std::memory_order_seq_cst);
    uint64_t lowest = wake_at_.load(std::memory_order_relaxed);
    while (position < lowest && !wake_at_.compare_exchange_weak(lowest, position, std::memory_order_seq_cst)) {
    }
    if (reached(position)) return outcome(position, error);
    uint64_t left = UINT64_MAX;
    if (!forever) {
      const uint64_t passed = now_ns() - begin;
      if (passed >= timeout_ns) {
        return halyard::fail(error, HY_TIMEOUT,
                             "the work was not done within %.3f ms; it goes on and can be waited for again",
                             static_cast<double>(timeout_ns) * 1e-6);
      }
      left = timeout_ns - passed;
    }
    futex_wait(signal_, signal, left);
  }
}

// Looks whether `position` is reached for a while; with `help`, runs the queue itself where no worker does.
bool Queue::look_for(uint64_t position, uint64_t limit_ns, bool help) noexcept {
  if (help && !claimed_.load(std::memory_order_relaxed) && runnable()) {
    if (Context* context = executor_.borrow()) {
      const DefaultFloatModes modes;
      run(*context, position);
      executor_.give_back(context);
    }
  }
  if (reached(position)) return true;
  if (!executor_.begin_spin()) return false;
  const uint64_t begin = now_ns();
  bool found = false;
  do {
    for (int i = 0; i < 32 && !found; ++i) {
      relax();
      found = reached(position);
    }
  } while (!found && now_ns() - begin < limit_ns);
  executor_.end_spin();
  return found;
}

void Queue::wake_waiters() noexcept {
  wake_at_.store(UINT64_MAX, std::memory_order_seq_cst);
  signal_.fetch_add(1, std::memory_order_seq_cst);
  futex_wake(signal_, INT32_MAX);  // those who wait for more say so again
}

void Queue::add_dependent(Dependent& dependent) noexcept {
  dependent.queue->retain();
  Dependent* first = dependents_.load(std::memory_order_relaxed);
  do {
    dependent.next = first;
  } while (!dependents_.compare_exchange_weak(first, &dependent, std::memory_order_seq_cst));
  if (reached(dependent.position)) release_dependents();
}

// Whoever takes the list answers for all of it: those not ripe go back, and then head_ is looked at again.
void Queue::release_dependents() noexcept {
  for (;;) {
    Dependent* list = dependents_.exchange(nullptr, std::memory_order_seq_cst);
    uint64_t lowest = UINT64_MAX;
    while (list != nullptr) {
      Dependent& one = *list;
      list = one.next;
      if (reached(one.position)) {
        Queue* queue = one.queue;  // `one` is gone once its queue moves on
        queue->unblock();
        queue->release();
        continue;
      }
      lowest = one.position < lowest ? one.position : lowest;
      Dependent* first = dependents_.load(std::memory_order_relaxed);
      do {
        one.next = first;
      } while (!dependents_.compare_exchange_weak(first, &one, std::memory_order_seq_cst));
    }
    if (!reached(lowest)) return;
  }
}

}  // namespace halyard::host
