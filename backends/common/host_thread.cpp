// Runs host functions in order.
#include "backends/common/host_thread.hpp"

#include <pthread.h>
#include <signal.h>

#include "halyard/backend_adapter.hpp"

namespace halyard::common {

void HostCall::run() noexcept {
  hy_error failure{};
  if (precede(&failure) != HY_OK) {
    state_->fail(failure);
  } else if (state_->failed()) {
    (void)state_->report(&failure);
  }
  // A function whose stream failed before is told, to let go of what it owns.
  const bool failed_before = failure.code != HY_OK;
  if (run_host_function(fn_, user_, &failure) != HY_OK && !failed_before) state_->fail(failure);
  state_->function_done();
  open();
}

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
    changed_.notify_all();
  }
  thread_.join();
}

void HostThread::push(HostCall* call) noexcept {
  std::lock_guard lock(mutex_);
  call->next_ = nullptr;
  *last_ = call;
  last_ = &call->next_;
  changed_.notify_all();
}

void HostThread::wait_idle() {
  if (std::this_thread::get_id() == thread_.get_id()) return;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return first_ == nullptr && !running_; });
}

void HostThread::run() {
  for (;;) {
    std::unique_lock lock(mutex_);
    if (running_) {
      running_ = false;
      changed_.notify_all();
    }
    changed_.wait(lock, [&] { return stop_ || first_ != nullptr; });
    std::unique_ptr<HostCall> call(first_);
    if (call == nullptr) return;
    first_ = call->next_;
    if (first_ == nullptr) last_ = &first_;
    running_ = true;
    lock.unlock();
    call->run();
  }
}

}  // namespace halyard::common
