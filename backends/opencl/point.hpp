// A point is the event of a marker. It may outlive its stream, and be used by any thread.
#pragma once

#include <atomic>
#include <memory>

#include "backends/common/stream_state.hpp"
#include "backends/opencl/api.hpp"

namespace halyard::opencl {

class Point {
 public:
  // Takes over `event`, also when it fails; retains `queue`.
  static hy_status create(const Api& cl, cl_context context, cl_command_queue queue, cl_event event,
                          std::shared_ptr<common::StreamState> state, Point** out, hy_error* error);

  hy_status query(hy_error* error);
  hy_status wait(uint64_t timeout_ns, hy_error* error);
  static hy_status elapsed(Point& begin, Point& end, uint64_t* out_ns, hy_error* error);
  void release();

  // Hands the marker to the device, without which a wait of another queue might never end.
  hy_status flush(hy_error* error);

  cl_context context() const { return context_; }
  cl_event event() const { return event_; }
  cl_command_queue queue() const { return queue_; }
  common::StreamState& state() const { return *state_; }

 private:
  Point(const Api& cl, cl_context context, cl_command_queue queue, cl_event event,
        std::shared_ptr<common::StreamState> state)
      : cl_(cl), context_(context), queue_(queue), event_(event), state_(std::move(state)) {}
  ~Point();
  hy_status end_time(cl_ulong* out, hy_error* error);

  const Api& cl_;
  cl_context context_;
  cl_command_queue queue_;
  cl_event event_;
  std::shared_ptr<common::StreamState> state_;
  std::atomic<bool> flushed_{false};
};

}  // namespace halyard::opencl
