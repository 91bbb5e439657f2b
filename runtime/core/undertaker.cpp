// One thread for the whole process, there only while a stream is waiting for its end. Whoever releases the last handle
// may be a host function of that very stream, so it can neither wait for the stream nor take the runtime down itself.
#include "runtime/core/undertaker.hpp"

#include <pthread.h>
#include <signal.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/fork.hpp"
#include "runtime/core/stream.hpp"

namespace halyard::core {
namespace {

constexpr std::uint64_t kLookAgainNs = 2'000'000;

struct Undertaker {
  std::mutex mutex;
  std::vector<hy_stream*> waiting;
  bool running = false;
  bool asking = false;  // the thread is in a driver
  bool ending = false;  // the process is: drivers are left alone
  std::condition_variable answered;
  std::uint64_t generation = fork_generation();

  Undertaker() { guard_over_fork(mutex); }
};

// Never destroyed: its thread may outlive main().
Undertaker& undertaker() {
  static Undertaker& only = *new Undertaker;
  return only;
}

// Drivers take themselves down at the process's end, and none may be asked by then. Registered after they were opened,
// so that it is called before they do.
void leave_drivers_alone() noexcept {
  Undertaker& self = undertaker();
  std::unique_lock lock(self.mutex);
  self.ending = true;
  if (self.generation != fork_generation()) return;
  self.answered.wait_for(lock, std::chrono::milliseconds(500), [&] { return !self.asking; });
}

bool done(hy_stream* stream, std::uint64_t timeout_ns) noexcept {
  return stream->table->stream_synchronize(stream->handle, timeout_ns, nullptr) != HY_TIMEOUT;
}

// The stream that is next, or NULL when all are done, and the thread with them.
hy_stream* next(Undertaker& self, std::size_t* turn) noexcept {
  std::lock_guard lock(self.mutex);
  self.asking = false;
  self.answered.notify_all();
  if (self.waiting.empty() || self.ending) {
    self.running = false;
    return nullptr;
  }
  self.asking = true;
  *turn = (*turn + 1) % self.waiting.size();
  return self.waiting[*turn];
}

void strike_out(Undertaker& self, hy_stream* stream) noexcept {
  std::lock_guard lock(self.mutex);
  std::erase(self.waiting, stream);
}

void* run(void*) noexcept {
  Undertaker& self = undertaker();
  std::size_t turn = 0;
  while (hy_stream* stream = next(self, &turn)) {
    if (!done(stream, kLookAgainNs)) continue;
    strike_out(self, stream);
    destroy(stream);
  }
  return nullptr;
}

bool start_thread() noexcept {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  // The application's signals are none of this thread's business.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const bool started = pthread_create(&thread, &attributes, run, nullptr) == 0;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  return started;
}

}  // namespace

void bury(hy_stream* stream) noexcept {
  const hy_status taken = stop_exceptions(nullptr, [&]() -> hy_status {
    Undertaker& self = undertaker();
    std::lock_guard lock(self.mutex);
    if (self.generation != fork_generation()) {  // neither thread nor streams came along into this process
      self.generation = fork_generation();
      self.waiting.clear();
      self.running = self.asking = false;
    }
    static const bool registered = std::atexit(leave_drivers_alone) == 0;
    (void)registered;
    self.waiting.push_back(stream);
    if (!self.running) self.running = start_thread();
    if (self.running) return HY_OK;
    self.waiting.pop_back();
    return HY_OUT_OF_MEMORY;
  });
  if (taken == HY_OK) return;
  (void)done(stream, HY_FOREVER);
  destroy(stream);
}

}  // namespace halyard::core
