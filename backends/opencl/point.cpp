// Points: asked, waited for, and compared in time.
#include "backends/opencl/point.hpp"

#include <utility>

#include "backends/opencl/errors.hpp"
#include "backends/opencl/event_wait.hpp"

namespace halyard::opencl {

hy_status Point::create(const Api& cl, cl_context context, cl_command_queue queue, cl_event event,
                        std::shared_ptr<common::StreamState> state, Point** out, hy_error* error) {
  const cl_int code = cl.clRetainCommandQueue(queue);
  if (code != CL_SUCCESS) {
    cl.clReleaseEvent(event);
    return fail_cl(error, code, "cannot record a point");
  }
  *out = new Point(cl, context, queue, event, std::move(state));
  return HY_OK;
}

Point::~Point() {
  cl_.clReleaseEvent(event_);
  cl_.clReleaseCommandQueue(queue_);
}

void Point::release() { delete this; }

hy_status Point::flush(hy_error* error) {
  if (flushed_.load(std::memory_order_acquire)) return HY_OK;
  const cl_int code = cl_.clFlush(queue_);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot begin submitted work", When::kLate);
  flushed_.store(true, std::memory_order_release);
  return HY_OK;
}

hy_status Point::query(hy_error* error) {
  // Somebody who only ever asks would otherwise ask for ever.
  if (hy_status status = flush(error)) return status;
  const hy_status status = query_event(cl_, event_, error);
  return status == HY_OK && state_->failed() ? state_->report(error) : status;
}

hy_status Point::wait(uint64_t timeout_ns, hy_error* error) {
  if (hy_status status = flush(error)) return status;
  const hy_status status = wait_event(cl_, event_, timeout_ns, error);
  return status == HY_OK && state_->failed() ? state_->report(error) : status;
}

hy_status Point::end_time(cl_ulong* out, hy_error* error) {
  const cl_int code = cl_.clGetEventProfilingInfo(event_, CL_PROFILING_COMMAND_END, sizeof *out, out, nullptr);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot read the time of a point");
}

hy_status Point::elapsed(Point& begin, Point& end, uint64_t* out_ns, hy_error* error) {
  cl_ulong from = 0, to = 0;
  if (hy_status status = begin.end_time(&from, error)) return status;
  if (hy_status status = end.end_time(&to, error)) return status;
  if (to < from) return fail(error, HY_INVALID_ARGUMENT, "the second point was reached before the first");
  *out_ns = to - from;
  return HY_OK;
}

}  // namespace halyard::opencl
