// Runs host functions in order.
#include "backends/opencl/host_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include "backends/opencl/errors.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::opencl {
namespace {

void run_call(HostThread::Call& call) {
  hy_error failure{};
  if (call.preceding < 0) {
    fail_cl(&failure, call.preceding, "work before a host function failed", When::kLate);
    call.state->fail(failure);
  } else if (call.state->failed()) {
    (void)call.state->report(&failure);
  }
  // A function whose stream failed before is told, to let go of what it owns.
  const bool failed_before = failure.code != HY_OK;
  if (run_host_function(call.fn, call.user, &failure) != HY_OK && !failed_before) call.state->fail(failure);
  call.state->function_done();
  // Always well: see StreamState.
  call.cl->clSetUserEventStatus(call.gate, CL_COMPLETE);
  call.cl->clReleaseEvent(call.gate);
}

}  // namespace

std::unique_ptr<HostThread> HostThread::start() {
  std::unique_ptr<HostThread> made(new HostThread);
  // The application's signals are none of this thread's business.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  HALYARD_TRY {
    made->thread_ = std::thread([thread = made.get()] { thread->run(); });
  }
  HALYARD_CATCH(...) { made.reset(); }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return made;
}

HostThread::~HostThread() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void HostThread::push(Call* call) {
  std::lock_guard lock(mutex_);
  call->next = nullptr;
  *last_ = call;
  last_ = &call->next;
  changed_.notify_one();
}

void HostThread::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || first_ != nullptr; });
    std::unique_ptr<Call> call(first_);
    if (call == nullptr) return;
    first_ = call->next;
    if (first_ == nullptr) last_ = &first_;
    lock.unlock();
    run_call(*call);
  }
}

}  // namespace halyard::opencl
