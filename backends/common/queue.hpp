// An in-order stream of a host device: a ring of operations with one producer, run by one thread at a time, whichever
// takes it. Positions in the ring, counted in bytes for ever, serve as sequence numbers: what is submitted lies before
// tail_, what is done before head_.
#pragma once

#include <atomic>
#include <cstdint>
#include <new>

#include "backends/common/executor.hpp"
#include "halyard/types.h"

namespace halyard::host {

class Queue;
class Point;

// What came of running an operation.
enum class Step {
  kDone,
  kBlocked  // the queue was blocked; the operation runs again when it is unblocked
};

// Header of an operation in the ring; its data follow. `run` is called with skip = true when the queue has failed: then
// it only lets go of what it holds. NULL: padding up to the end of the ring.
struct alignas(16) Op {
  Step (*run)(Op& op, Queue& queue, Context& context, bool skip);
  uint32_t bytes;
  uint32_t phase;  // 0 at first; for operations that run more than once
};

// A queue that waits for a position of another.
struct Dependent {
  Queue* queue = nullptr;
  uint64_t position = 0;
  Dependent* next = nullptr;
};

class Queue {
 public:
  // The caller gets one reference.
  static hy_status create(Executor& executor, Queue** out, hy_error* error);

  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept;

  // ---- the producer's side: one thread at a time ----

  // Room for a T (derived from Op) and `extra` bytes behind it, to be filled in and then submitted. Waits when the ring
  // is full. Fails with the queue's own error when that has failed.
  template <class T>
  hy_status reserve(T** out, uint64_t extra, hy_error* error) noexcept {
    uint32_t bytes = 0;
    void* place = nullptr;
    const hy_status status = reserve_bytes(sizeof(T) + extra, &place, &bytes, error);
    if (status != HY_OK) return status;
    *out = new (place) T;
    (*out)->run = T::step;
    (*out)->bytes = bytes;
    (*out)->phase = 0;
    return HY_OK;
  }
  void submit() noexcept;

  // True when all is done; nothing can begin before the producer submits again.
  bool idle() const noexcept { return head_.load(std::memory_order_acquire) == tail_.load(std::memory_order_relaxed); }
  uint64_t submitted() const noexcept { return tail_.load(std::memory_order_acquire); }
  hy_status record(bool timed, Point** out, hy_error* error) noexcept;
  hy_status wait_for(Point& point, hy_error* error) noexcept;
  hy_status host_function(hy_host_fn fn, void* user, hy_error* error) noexcept;

  // The queue's error, if it has failed.
  hy_status check(hy_error* error) const noexcept { return outcome(UINT64_MAX, error); }

  // ---- from any thread ----

  // Until all before `position` is done. HY_OK, HY_TIMEOUT or the error of work before it.
  hy_status wait(uint64_t position, uint64_t timeout_ns, hy_error* error) noexcept;
  hy_status query(uint64_t position, hy_error* error) const noexcept;
  bool reached(uint64_t position) const noexcept { return head_.load(std::memory_order_seq_cst) >= position; }

  // Runs what is submitted until nothing is left that can run, or `until` is reached; returns at once if another thread
  // does so already.
  void run(Context& context, uint64_t until) noexcept;

  // ---- for operations, while they run ----

  void fail(const hy_error& error) noexcept;
  void block() noexcept { blocked_.store(true, std::memory_order_seq_cst); }
  void unblock() noexcept;
  void add_dependent(Dependent& dependent) noexcept;
  hy_status outcome(uint64_t position, hy_error* error) const noexcept;
  Executor& executor() const noexcept { return executor_; }

 private:
  friend class Executor;
  friend class Point;

  explicit Queue(Executor& executor) noexcept : executor_(executor) {}
  ~Queue();

  bool runnable() const noexcept {
    return head_.load(std::memory_order_seq_cst) != tail_.load(std::memory_order_seq_cst) &&
           !blocked_.load(std::memory_order_seq_cst);
  }
  bool drain(Context& context, uint64_t until) noexcept;
  void finish(uint64_t head) noexcept;
  void notify() noexcept;
  void wake_waiters() noexcept;
  void release_dependents() noexcept;
  hy_status reserve_bytes(uint64_t bytes, void** place, uint32_t* rounded, hy_error* error) noexcept;
  void make_room(uint64_t new_tail) noexcept;
  bool look_for(uint64_t position, uint64_t limit_ns, bool help) noexcept;
  Point* take_point() noexcept;

  static constexpr uint64_t kRingBytes = 256 * 1024;
  static constexpr uint64_t kWarmBytes = 16 * 1024;  // an idle ring begins anew after this much, to stay in the cache

 public:
  // Largest operation.
  static constexpr uint64_t kMaxOpBytes = kRingBytes / 4;

 private:
  Executor& executor_;
  unsigned char* ring_ = nullptr;
  std::atomic<uint32_t> references_{1};
  Queue* next_ready_ = nullptr;  // of the executor's list
  std::atomic<Point*> free_points_{nullptr};
  Point* own_points_ = nullptr;
  hy_error error_{};
  std::atomic<uint64_t> failed_at_{UINT64_MAX};

  alignas(64) std::atomic<uint64_t> tail_{0};
  uint64_t pending_tail_ = 0;  // tail_ once the reserved operation is submitted
  uint64_t known_head_ = 0;

  alignas(64) std::atomic<uint64_t> head_{0};
  std::atomic<bool> claimed_{false};  // a thread runs operations
  std::atomic<bool> listed_{false};   // on the executor's ready list
  std::atomic<bool> blocked_{false};  // the operation at head_ waits for something else than a thread

  alignas(64) std::atomic<uint64_t> wake_at_{UINT64_MAX};  // lowest position that a sleeper waits for
  std::atomic<uint32_t> signal_{0};
  std::atomic<Dependent*> dependents_{nullptr};
};

// All that was submitted to a queue when it was recorded.
class Point {
 public:
  void retain() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() noexcept;

  // As the functions of the same names of the backend's table.
  hy_status query(hy_error* error) const noexcept { return queue_->query(position_, error); }
  hy_status wait(uint64_t timeout_ns, hy_error* error) noexcept { return queue_->wait(position_, timeout_ns, error); }
  static hy_status elapsed(const Point& begin, const Point& end, uint64_t* out_ns, hy_error* error) noexcept;

  bool reached_well() const noexcept { return query(nullptr) == HY_OK; }
  Queue& queue() const noexcept { return *queue_; }
  uint64_t position() const noexcept { return position_; }
  void stamp(uint64_t time_ns) noexcept { time_ns_.store(time_ns, std::memory_order_relaxed); }

 private:
  friend class Queue;
  Queue* queue_ = nullptr;
  uint64_t position_ = 0;
  std::atomic<uint64_t> time_ns_{0};
  std::atomic<uint32_t> references_{1};
  bool timed_ = false;
  Point* next_free_ = nullptr;
};

}  // namespace halyard::host
