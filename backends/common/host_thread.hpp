// The thread on which a stream's host functions run, one a stream that has any, so that a function that blocks holds up
// no other stream and no thread of the driver.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/common/stream_state.hpp"

namespace halyard::common {

// A function on its way.
class HostCall {
 public:
  HostCall(hy_host_fn fn, void* user, std::shared_ptr<StreamState> state)
      : fn_(fn), user_(user), state_(std::move(state)) {}
  virtual ~HostCall() = default;

 protected:
  // Waits for the work before the function, where it is not there already when the call is pushed. An error of that
  // work is in `error`.
  virtual hy_status precede(hy_error* error) noexcept = 0;
  // Lets the work behind the function go on, also after a failure: see StreamState.
  virtual void open() noexcept = 0;

 private:
  friend class HostThread;
  void run() noexcept;

  hy_host_fn fn_;
  void* user_;
  std::shared_ptr<StreamState> state_;
  HostCall* next_ = nullptr;
};

class HostThread {
 public:
  // NULL when the system gives no thread.
  static std::unique_ptr<HostThread> start();
  // Waits for what was pushed.
  ~HostThread();

  // Until all that was pushed has run; from this very thread: at once.
  void wait_idle();

  // Takes the call over. From any thread, the driver's too: neither blocks nor allocates.
  void push(HostCall* call) noexcept;

 private:
  HostThread() = default;
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  HostCall* first_ = nullptr;
  HostCall** last_ = &first_;
  bool stop_ = false;
  bool running_ = false;
  std::thread thread_;
};

}  // namespace halyard::common
