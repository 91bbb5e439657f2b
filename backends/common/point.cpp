// Points, and the operations that deal with them: recording with a time, waiting for another queue, host functions.
#include <atomic>
#include <new>

#include "backends/common/futex.hpp"
#include "backends/common/queue.hpp"
#include "halyard/backend_adapter.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::host {
namespace {

struct StampOp : Op {
  Point* point;

  static Step step(Op& op, Queue&, Context&, bool) {
    Point* point = static_cast<StampOp&>(op).point;
    point->stamp(now_ns());
    point->release();
    return Step::kDone;
  }
};

struct WaitOp : Op {
  Point* point;
  Dependent dependent;

  static Step step(Op& op, Queue& queue, Context&, bool skip) {
    auto& self = static_cast<WaitOp&>(op);
    Queue& awaited = self.point->queue();
    if (!skip) {
      if (!awaited.reached(self.point->position())) {
        queue.block();
        awaited.add_dependent(self.dependent);
        return Step::kBlocked;
      }
      hy_error error{};
      if (awaited.outcome(self.point->position(), &error) != HY_OK) queue.fail(error);
    }
    self.point->release();
    return Step::kDone;
  }
};

struct HostOp : Op {
  hy_host_fn fn;
  void* user;
  HelperThreads::Task task;
  Queue* queue;
  hy_error error;

  static Step step(Op& op, Queue& queue, Context&, bool skip) {
    auto& self = static_cast<HostOp&>(op);
    if (self.phase != 0) {  // it has run
      if (self.error.code != HY_OK) queue.fail(self.error);
      return Step::kDone;
    }
    if (skip) (void)queue.check(&self.error);  // the function is told, to let go of what it owns
    self.phase = 1;
    queue.retain();
    queue.block();
    if (!queue.executor().helpers().run(&self.task)) {
      if (!skip) {
        halyard::fail(&self.error, HY_OUT_OF_MEMORY,
                      "the system refuses a thread for a host function; raise the limit on processes");
      }
      call(&self.task);
    }
    return Step::kBlocked;
  }

  static void call(HelperThreads::Task* task) {
    auto& self = *static_cast<HostOp*>(task->owner);
    (void)run_host_function(self.fn, self.user, &self.error);
    Queue* queue = self.queue;
    queue->unblock();
    queue->release();
  }
};

}  // namespace

// Points are kept by their queue. Anyone may give one back; the producer takes the whole list of those when it needs
// one.
Point* Queue::take_point() noexcept {
  if (own_points_ == nullptr) own_points_ = free_points_.exchange(nullptr, std::memory_order_acquire);
  Point* point = own_points_;
  if (point == nullptr) return new (std::nothrow) Point;
  own_points_ = point->next_free_;
  return point;
}

hy_status Queue::record(bool timed, Point** out, hy_error* error) noexcept {
  const hy_status failed = check(error);
  if (failed != HY_OK) return failed;
  StampOp* op = nullptr;
  if (timed) {
    const hy_status status = reserve(&op, 0, error);
    if (status != HY_OK) return status;
  }
  Point* point = take_point();
  if (point == nullptr) return halyard::fail(error, HY_OUT_OF_MEMORY, "the host has no memory for a point");
  retain();
  point->queue_ = this;
  point->timed_ = timed;
  point->time_ns_.store(0, std::memory_order_relaxed);
  point->references_.store(timed ? 2 : 1, std::memory_order_relaxed);
  if (timed) {
    point->position_ = pending_tail_;
    op->point = point;
    submit();
  } else {
    point->position_ = tail_.load(std::memory_order_relaxed);
  }
  *out = point;
  return HY_OK;
}

void Point::release() noexcept {
  if (references_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  Queue* queue = queue_;
  next_free_ = queue->free_points_.load(std::memory_order_relaxed);
  while (!queue->free_points_.compare_exchange_weak(next_free_, this, std::memory_order_release,
                                                    std::memory_order_relaxed)) {
  }
  queue->release();
}

hy_status Point::elapsed(const Point& begin, const Point& end, uint64_t* out_ns, hy_error* error) noexcept {
  for (const Point* point : {&begin, &end}) {
    if (!point->timed_)
      return halyard::fail(error, HY_INVALID_ARGUMENT, "the point was not recorded with HY_POINT_TIMED");
    const hy_status status = point->query(error);
    if (status != HY_OK) return status;
  }
  const uint64_t from = begin.time_ns_.load(std::memory_order_relaxed);
  const uint64_t to = end.time_ns_.load(std::memory_order_relaxed);
  if (to < from) return halyard::fail(error, HY_INVALID_ARGUMENT, "the second point was reached before the first");
  *out_ns = to - from;
  return HY_OK;
}

hy_status Queue::wait_for(Point& point, hy_error* error) noexcept {
  if (point.reached_well()) return check(error);
  WaitOp* op = nullptr;
  const hy_status status = reserve(&op, 0, error);
  if (status != HY_OK) return status;
  point.retain();
  op->point = &point;
  op->dependent = Dependent{this, point.position(), nullptr};
  submit();
  return HY_OK;
}

hy_status Queue::host_function(hy_host_fn fn, void* user, hy_error* error) noexcept {
  HostOp* op = nullptr;
  const hy_status status = reserve(&op, 0, error);
  if (status != HY_OK) return status;
  op->fn = fn;
  op->user = user;
  op->task = HelperThreads::Task{HostOp::call, op};
  op->queue = this;
  op->error = hy_error{};
  submit();
  return HY_OK;
}

}  // namespace halyard::host
