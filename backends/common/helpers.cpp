// Threads for host functions, and how this folder makes threads at all.
#include "backends/common/helpers.hpp"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <new>

#include "backends/common/futex.hpp"

namespace halyard::host {

int make_thread(pthread_t* out, size_t stack_bytes, int cpu, const char* name, void* (*main)(void*),
                void* argument) noexcept {
  pthread_attr_t attributes;
  int status = pthread_attr_init(&attributes);
  if (status != 0) return status;
  if (stack_bytes != 0) pthread_attr_setstacksize(&attributes, stack_bytes);
  if (cpu >= 0) {
    cpu_set_t* set = CPU_ALLOC(cpu + 1);
    if (set != nullptr) {
      const size_t bytes = CPU_ALLOC_SIZE(cpu + 1);
      CPU_ZERO_S(bytes, set);
      CPU_SET_S(cpu, bytes, set);
      pthread_attr_setaffinity_np(&attributes, bytes, set);
      CPU_FREE(set);
    }
  }
  // The new thread inherits the mask: the application's handlers never run on it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  status = pthread_create(out, &attributes, main, argument);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  if (status == 0 && name != nullptr) pthread_setname_np(*out, name);
  return status;
}

struct HelperThreads::Thread {
  HelperThreads* owner = nullptr;
  pthread_t handle{};
  Thread* next = nullptr;  // of all
  Thread* next_idle = nullptr;
  std::atomic<uint32_t> woken{0};
  std::atomic<Task*> task{nullptr};  // NULL when woken: stop
};

HelperThreads::HelperThreads() noexcept : process_(getpid()) {}

HelperThreads::~HelperThreads() { stop(); }

void HelperThreads::stop() noexcept {
  if (getpid() != process_) return;  // the threads did not come along into a forked child
  Thread* idle = nullptr;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    idle = idle_;
    idle_ = nullptr;
  }
  for (Thread* thread = idle; thread != nullptr;) {
    Thread* next = thread->next_idle;
    thread->woken.store(1, std::memory_order_release);
    futex_wake(thread->woken, 1);
    thread = next;
  }
  while (all_ != nullptr) {
    Thread* thread = all_;
    all_ = thread->next;
    pthread_join(thread->handle, nullptr);
    delete thread;
  }
}

bool HelperThreads::run(Task* task) noexcept {
  Thread* thread = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (idle_ != nullptr) {
      thread = idle_;
      idle_ = thread->next_idle;
    }
  }
  if (thread != nullptr) {
    thread->task.store(task, std::memory_order_relaxed);
    thread->woken.store(1, std::memory_order_release);
    futex_wake(thread->woken, 1);
    return true;
  }
  thread = new (std::nothrow) Thread;
  if (thread == nullptr) return false;
  thread->owner = this;
  thread->task.store(task, std::memory_order_relaxed);
  thread->woken.store(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  if (make_thread(&thread->handle, 0, -1, "halyard-host", main, thread) != 0) {
    delete thread;
    return false;
  }
  thread->next = all_;
  all_ = thread;
  return true;
}

void* HelperThreads::main(void* argument) noexcept {
  auto& self = *static_cast<Thread*>(argument);
  HelperThreads& owner = *self.owner;
  for (;;) {
    while (self.woken.load(std::memory_order_acquire) == 0) futex_wait(self.woken, 0, UINT64_MAX);
    self.woken.store(0, std::memory_order_relaxed);
    Task* task = self.task.exchange(nullptr, std::memory_order_relaxed);
    if (task == nullptr) return nullptr;
    task->run(task);
    const std::lock_guard lock(owner.mutex_);
    if (owner.stopping_) return nullptr;
    self.next_idle = owner.idle_;
    owner.idle_ = &self;
  }
}

}  // namespace halyard::host
