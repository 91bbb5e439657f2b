// Order: waiting, points, and host functions.
#include "backends/opencl/stream.hpp"

#include "backends/opencl/errors.hpp"
#include "backends/opencl/event_wait.hpp"
#include "backends/opencl/point.hpp"

namespace halyard::opencl {
namespace {

// Triggered by the event of what precedes it; opens a user event for what follows.
class EventCall : public common::HostCall {
 public:
  EventCall(hy_host_fn fn, void* user, Stream& stream, cl_event gate, common::HostThread& thread,
            std::shared_ptr<common::StreamState> state)
      : HostCall(fn, user, std::move(state)), cl_(stream.device().cl()), gate_(gate), thread_(thread) {}
  ~EventCall() override { cl_.clReleaseEvent(gate_); }

  // Runs on the driver's thread, or inside clSetEventCallback. Only passes on: PoCL runs kernels on this very thread.
  static void CL_CALLBACK on_turn(cl_event, cl_int status, void* user) {
    auto* call = static_cast<EventCall*>(user);
    call->preceding_ = status;
    call->thread_.push(call);
  }

 private:
  hy_status precede(hy_error* error) noexcept override {
    return preceding_ < 0 ? fail_cl(error, preceding_, "work before a host function failed", When::kLate) : HY_OK;
  }
  void open() noexcept override { cl_.clSetUserEventStatus(gate_, CL_COMPLETE); }

  const Api& cl_;
  const cl_event gate_;  // owned
  common::HostThread& thread_;
  cl_int preceding_ = CL_COMPLETE;
};

}  // namespace

hy_status Stream::create(Device& device, cl_command_queue queue, bool timing, Stream** out, hy_error* error) {
  std::unique_ptr<Stream> stream(new Stream(device, timing));
  const cl_int code = device.cl().clRetainCommandQueue(queue);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot create a stream");
  stream->queue_ = queue;
  *out = stream.release();
  return HY_OK;
}

Stream::~Stream() {
  if (queue_ == nullptr) return;
  if (host_ != nullptr) cl_.clFinish(queue_);  // a function that waits would find its thread gone
  cl_.clReleaseCommandQueue(queue_);
}

hy_status Stream::flush(hy_error* error) {
  const cl_int code = cl_.clFlush(queue_);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot begin submitted work", When::kLate);
}

// Also a failed stream is waited for: what was submitted may still run, and its memory is freed after this.
HALYARD_HOT hy_status Stream::synchronize(uint64_t timeout_ns, hy_error* error) {
  if (timeout_ns == HY_FOREVER) {
    const cl_int code = cl_.clFinish(queue_);
    if (code != CL_SUCCESS) return fail_cl(error, code, "work of the stream failed", When::kLate);
  } else {
    cl_event marker = nullptr;
    cl_int code = cl_.clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &marker);
    if (code == CL_SUCCESS) code = cl_.clFlush(queue_);
    const hy_status status = code == CL_SUCCESS ? wait_event(cl_, marker, timeout_ns, error)
                                                : fail_cl(error, code, "cannot wait for the stream", When::kLate);
    if (marker != nullptr) cl_.clReleaseEvent(marker);
    if (status != HY_OK) return status;
  }
  return HALYARD_UNLIKELY(state_->failed()) ? state_->report(error) : HY_OK;
}

hy_status Stream::record(hy_point_flags flags, Point** out, hy_error* error) {
  if ((flags & HY_POINT_TIMED) != 0 && !timing_) {
    return fail(error, HY_INVALID_ARGUMENT, "a timed point needs a stream made with HY_STREAM_TIMING");
  }
  cl_event marker = nullptr;
  const cl_int code = cl_.clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &marker);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot record a point");
  return Point::create(cl_, device_.context(), queue_, marker, state_, out, error);
}

hy_status Stream::wait(Point& point, hy_error* error) {
  if (point.context() != device_.context()) {
    return fail(error, HY_UNSUPPORTED, "the point belongs to another OpenCL context");
  }
  point.state().add_dependent(state_);
  if (point.queue() == queue_) return HY_OK;  // in order already
  if (hy_status status = point.flush(error)) return status;
  const cl_event event = point.event();
  const cl_int code = cl_.clEnqueueBarrierWithWaitList(queue_, 1, &event, nullptr);
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot wait for a point");
}

hy_status Stream::host_function(hy_host_fn fn, void* user, hy_error* error) {
  if (state_->failed()) return state_->report(error);
  if ((device_.found().info.capabilities & HY_CAP_HOST_FUNCTIONS) == 0) {
    return fail(error, HY_UNSUPPORTED, "this OpenCL driver cannot hold work back for host functions");
  }
  if (host_ == nullptr && (host_ = common::HostThread::start()) == nullptr) {
    return fail(error, HY_UNAVAILABLE,
                "the system gives no thread for host functions: raise the limit of threads (ulimit -u)");
  }
  cl_int code = CL_SUCCESS;
  cl_event gate = cl_.clCreateUserEvent(device_.context(), &code);
  if (gate == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot queue a host function");
  auto call = std::make_unique<EventCall>(fn, user, *this, gate, *host_, state_);
  cl_event turn = nullptr;
  code = cl_.clEnqueueMarkerWithWaitList(queue_, 0, nullptr, &turn);
  if (code == CL_SUCCESS) code = cl_.clEnqueueBarrierWithWaitList(queue_, 1, &gate, nullptr);
  if (code == CL_SUCCESS) {
    state_->function_submitted();
    code = cl_.clSetEventCallback(turn, CL_COMPLETE, EventCall::on_turn, call.get());
    if (code == CL_SUCCESS) {
      (void)call.release();
      // From here on the function will be called, so this must not fail any more: the stream does.
      hy_error failure{};
      if (flush(&failure) != HY_OK) state_->fail(failure);
    } else {
      state_->function_done();
    }
  }
  if (turn != nullptr) cl_.clReleaseEvent(turn);
  if (call != nullptr)
    cl_.clSetUserEventStatus(gate, CL_COMPLETE);  // what was enqueued of it must not block the stream
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot queue a host function");
}

hy_status Stream::native(hy_native* out, hy_error*) {
  *out = {HY_NATIVE_OPENCL_QUEUE, 0, {static_cast<uint64_t>(reinterpret_cast<uintptr_t>(queue_)), 0}};
  return HY_OK;
}

}  // namespace halyard::opencl
