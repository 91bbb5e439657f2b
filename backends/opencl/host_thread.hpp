// The thread on which a stream's host functions run, one a stream that has any, so that a function that blocks holds up
// no other stream and no thread of the driver.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "backends/opencl/api.hpp"
#include "backends/opencl/stream_state.hpp"

namespace halyard::opencl {

class HostThread {
 public:
  // A function on its way. It is triggered by the event of what precedes it, and opens `gate` for what follows.
  struct Call {
    hy_host_fn fn;
    void* user;
    const Api* cl;
    cl_event gate;     // a user event, owned
    cl_int preceding;  // how the work before it ended
    std::shared_ptr<StreamState> state;
    HostThread* thread;
    Call* next = nullptr;
  };

  // NULL when the system gives no thread.
  static std::unique_ptr<HostThread> start();
  // Waits for what was pushed.
  ~HostThread();

  // Takes the call over. From any thread, the driver's too: neither blocks nor allocates.
  void push(Call* call);

 private:
  HostThread() = default;
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  Call* first_ = nullptr;
  Call** last_ = &first_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace halyard::opencl
