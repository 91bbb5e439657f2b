// A point is an event, taken from its device's pool and given back to it. It may outlive its stream, and be used by any
// thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "backends/common/gpu/driver.hpp"
#include "backends/common/gpu/wait.hpp"
#include "backends/common/stream_state.hpp"

namespace halyard::gpu {

// Making an event costs the driver microseconds, so those that were used wait here for the next point.
template <class Driver>
class EventPool {
 public:
  using Code = typename Driver::Code;
  using Event = typename Driver::Event;

  explicit EventPool(const Driver& driver) : driver_(driver) {}
  ~EventPool() {
    const typename Driver::Current current(driver_);
    for (std::vector<Event>& events : free_) {
      for (Event event : events) driver_.event_destroy(event);
    }
  }
  EventPool(const EventPool&) = delete;
  EventPool& operator=(const EventPool&) = delete;

  // The context is current.
  Code take(bool timed, Event* out) {
    {
      std::lock_guard lock(mutex_);
      std::vector<Event>& events = free_[timed ? 1 : 0];
      if (!events.empty()) {
        *out = events.back();
        events.pop_back();
        return Driver::kOk;
      }
      const size_t made = ++made_[timed ? 1 : 0];
      if (made > events.capacity()) events.reserve(2 * made);  // so that giving back never allocates
    }
    return driver_.event_create(timed, out);
  }
  void give_back(bool timed, Event event) noexcept {
    std::lock_guard lock(mutex_);
    free_[timed ? 1 : 0].push_back(event);
  }

 private:
  const Driver& driver_;
  std::mutex mutex_;
  std::vector<Event> free_[2];  // without and with time
  size_t made_[2] = {};
};

template <class Driver>
class Point {
 public:
  using Event = typename Driver::Event;

  // Takes over `event`.
  Point(const Driver& driver, EventPool<Driver>& pool, Event event, bool timed, typename Driver::Stream stream,
        std::shared_ptr<common::StreamState> state)
      : driver_(driver), pool_(pool), event_(event), stream_(stream), state_(std::move(state)), timed_(timed) {}

  hy_status query(hy_error* error) { return wait(0, error); }

  hy_status wait(uint64_t timeout_ns, hy_error* error) {
    HALYARD_GPU_ENTER(driver_, error, "cannot wait for the work");
    const auto code = wait_until<Driver>(
        timeout_ns, [&] { return driver_.event_query(event_); }, [&] { return driver_.event_synchronize(event_); });
    if (code == Driver::kNotReady) return fail(error, HY_TIMEOUT, "the work is not done yet");
    if (code != Driver::kOk) return driver_.fail(error, code, "work that was submitted failed", true);
    return state_->failed() ? state_->report(error) : HY_OK;
  }

  static hy_status elapsed(Point& begin, Point& end, uint64_t* out_ns, hy_error* error) {
    const Driver& driver = end.driver_;
    HALYARD_GPU_ENTER(driver, error, "cannot read the time of a point");
    float milliseconds = 0;
    const auto code = driver.event_elapsed(&milliseconds, begin.event_, end.event_);
    if (code != Driver::kOk) return driver.fail(error, code, "cannot read the time of a point");
    if (milliseconds < 0)
      return halyard::fail(error, HY_INVALID_ARGUMENT, "the second point was reached before the first");
    *out_ns = static_cast<uint64_t>(static_cast<double>(milliseconds) * 1e6);
    return HY_OK;
  }

  void release() {
    pool_.give_back(timed_, event_);
    delete this;
  }

  Event event() const { return event_; }
  typename Driver::Stream stream() const { return stream_; }
  common::StreamState& state() const { return *state_; }

 private:
  ~Point() = default;

  const Driver& driver_;
  EventPool<Driver>& pool_;
  const Event event_;
  const typename Driver::Stream stream_;
  const std::shared_ptr<common::StreamState> state_;
  const bool timed_;
};

}  // namespace halyard::gpu
