// Threads for host functions. A host function may block for as long as it likes, so each that runs has a thread of its
// own; threads are made when all others are busy, and kept.
#pragma once

#include <pthread.h>
#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace halyard::host {

// Makes a thread with every signal blocked; `cpu` >= 0 pins it. Returns 0 or an errno value.
int make_thread(pthread_t* out, size_t stack_bytes, int cpu, const char* name, void* (*main)(void*),
                void* argument) noexcept;

class HelperThreads {
 public:
  HelperThreads() noexcept;
  ~HelperThreads();
  HelperThreads(const HelperThreads&) = delete;
  HelperThreads& operator=(const HelperThreads&) = delete;

  // A function to call; lives with the caller until it was called.
  struct Task {
    void (*run)(Task* task) = nullptr;
    void* owner = nullptr;  // for `run`
  };

  // Calls task->run on a thread of its own soon. False when no thread could be made.
  bool run(Task* task) noexcept;

  // Waits for the functions that run and ends the threads. Nothing may be run afterwards.
  void stop() noexcept;

 private:
  struct Thread;
  static void* main(void* self) noexcept;

  pid_t process_;
  std::mutex mutex_;
  Thread* all_ = nullptr;
  Thread* idle_ = nullptr;
  bool stopping_ = false;
};

}  // namespace halyard::host
