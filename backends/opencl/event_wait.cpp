// A wait without limit is the driver's own; one with a limit sleeps on a condition variable that the event's callback
// signals. The callback may come long after the waiter gave up, so they share the ownership of what they meet in.
#include "backends/opencl/event_wait.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/opencl/errors.hpp"

namespace halyard::opencl {
namespace {

using Clock = std::chrono::steady_clock;

struct Signal {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;
};

// Runs on the driver's thread, or on ours inside clSetEventCallback when the event is done already. It calls no OpenCL:
// PoCL holds locks around it.
void CL_CALLBACK on_done(cl_event, cl_int, void* user) {
  std::unique_ptr<std::shared_ptr<Signal>> signal(static_cast<std::shared_ptr<Signal>*>(user));
  std::lock_guard lock((*signal)->mutex);
  (*signal)->done = true;
  (*signal)->changed.notify_all();
}

// For drivers that refuse callbacks: asks ever more seldom, so that a long wait costs no processor time.
hy_status poll_event(const Api& cl, cl_event event, Clock::time_point end, hy_error* error) {
  auto pause = std::chrono::microseconds(10);
  for (;;) {
    const hy_status status = query_event(cl, event, error);
    const auto now = Clock::now();
    if (status != HY_TIMEOUT || now >= end) return status;
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - now);
    std::this_thread::sleep_for(left < pause ? left : pause);
    if (pause < std::chrono::milliseconds(1)) pause += pause / 2;
  }
}

}  // namespace

hy_status query_event(const Api& cl, cl_event event, hy_error* error) {
  cl_int status = CL_COMPLETE;
  const cl_int code = cl.clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof status, &status, nullptr);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot ask for the state of the work", When::kLate);
  if (status < 0) return fail_cl(error, status, "work that was submitted failed", When::kLate);
  return status == CL_COMPLETE ? HY_OK : fail(error, HY_TIMEOUT, "the work is not done yet");
}

hy_status wait_event(const Api& cl, cl_event event, uint64_t timeout_ns, hy_error* error) {
  constexpr uint64_t kYearNs = 365ull * 86400 * 1000000000;
  if (timeout_ns > kYearNs) {
    const cl_int code = cl.clWaitForEvents(1, &event);
    if (code == CL_SUCCESS) return HY_OK;
    const hy_status status = query_event(cl, event, error);  // knows what failed; the code only that something did
    return status == HY_OK || status == HY_TIMEOUT ? fail_cl(error, code, "cannot wait for the work", When::kLate)
                                                   : status;
  }
  const Clock::time_point end = Clock::now() + std::chrono::nanoseconds(timeout_ns);
  hy_status status = query_event(cl, event, error);
  if (status != HY_TIMEOUT || timeout_ns == 0) return status;
  auto signal = std::make_shared<Signal>();
  auto callbacks = std::make_unique<std::shared_ptr<Signal>>(signal);
  if (cl.clSetEventCallback(event, CL_COMPLETE, on_done, callbacks.get()) != CL_SUCCESS) {
    return poll_event(cl, event, end, error);
  }
  (void)callbacks.release();
  {
    std::unique_lock lock(signal->mutex);
    signal->changed.wait_until(lock, end, [&] { return signal->done; });
  }
  return query_event(cl, event, error);
}

}  // namespace halyard::opencl
