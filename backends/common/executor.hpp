// The pool of threads that runs the work of a host device. Workers take queues that have work and run it in order; a
// piece of work with many parts (a launch, a large copy) is shared out to all of them.
//
// Who runs what. Submitting puts a queue on the ready list with a few atomic operations and wakes a worker only when
// none is looking for work. A thread that waits without a time limit runs the queue itself if no worker has it. Idle
// workers look for work for a short while (kSpinNs), fewer of them than there are cores, then sleep.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/common/fiber.hpp"
#include "backends/common/helpers.hpp"
#include "halyard/types.h"

namespace halyard::host {

class Executor;
class Queue;
struct JobSlot;

// How long an idle worker looks for work before it sleeps, and a waiting thread looks for the end of what it waits for.
inline constexpr uint64_t kSpinNs = 30'000;
// Work expected to take less than this is not shared out.
inline constexpr uint64_t kShareAboveNs = 4'000;
// Sleeping workers are woken only for a job that has at least this much left.
inline constexpr uint64_t kWakeAboveNs = 12'000;
// Stack of a worker; kernels' local arrays live there.
inline constexpr size_t kWorkerStackBytes = size_t{4} << 20;

// What a thread carries while it runs work.
struct Context {
  Executor* executor = nullptr;
  uint32_t part = 0;    // which part of a job it begins with
  int32_t worker = -1;  // of which worker, or -1: a caller's thread
  JobSlot* slot = nullptr;
  FiberArena fibers;
};

// Runs parts first..last-1. False: failed, for want of memory.
using JobBody = bool (*)(void* argument, Context& context, uint64_t first, uint64_t last);

// Time of one part as last seen, in nanoseconds; 0 when not known yet. Shared by everyone who runs the same thing.
using Estimate = std::atomic<float>;

struct ExecutorOptions {
  std::vector<int> cpus;  // one worker each
  bool pin = true;
};

class Executor {
 public:
  static hy_status create(ExecutorOptions options, std::unique_ptr<Executor>* out, hy_error* error);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  uint32_t worker_count() const noexcept { return worker_count_; }

  // Makes sure that there is at least one worker.
  hy_status start(hy_error* error);

  // Puts a queue on the ready list, which keeps a reference of the caller's. From any thread.
  void ready(Queue& queue) noexcept;
  bool has_ready() const noexcept {
    return inbox_.load(std::memory_order_seq_cst) != nullptr || ready_count_.load(std::memory_order_seq_cst) != 0;
  }

  // Runs `total` parts on this thread and others and returns when all are done.
  bool parallel(Context& context, JobBody body, void* argument, uint64_t total, Estimate& estimate) noexcept;

  // A context for a caller's thread that wants to run work while it waits; nullptr when it had better sleep (too many
  // do so already, or its stack is small).
  Context* borrow() noexcept;
  void give_back(Context* context) noexcept;

  // Permission to spin while waiting; fewer threads than cores get it.
  bool begin_spin() noexcept;
  void end_spin() noexcept { waiting_spinners_.fetch_sub(1, std::memory_order_relaxed); }

  HelperThreads& helpers() noexcept { return helpers_; }

  // CPU time of all workers, for tests and statistics.
  uint64_t worker_cpu_ns() const noexcept;

 private:
  struct Worker;

  Executor() = default;
  static void* thread_main(void* worker) noexcept;
  void work(Worker& worker) noexcept;
  void sleep(Worker& worker) noexcept;
  Queue* take_ready() noexcept;
  JobSlot* join_any(uint32_t worker) noexcept;
  bool job_open(uint32_t worker) const noexcept;
  void stop_looking() noexcept;
  bool wake_one(int32_t excluded) noexcept;
  bool wake(uint32_t index) noexcept;
  bool launch_thread(Worker& worker) noexcept;
  int32_t worker_here() const noexcept;

  bool share(Context& context, JobBody body, void* argument, uint64_t first, uint64_t total, double part_ns) noexcept;
  void take_part(JobSlot& slot, Context& context) noexcept;
  void recruit(JobSlot& slot) noexcept;
  static void leave(JobSlot& slot) noexcept;

  uint32_t worker_count_ = 0;
  uint32_t slot_count_ = 0;
  bool pin_ = true;
  pid_t process_ = 0;
  std::vector<int32_t> worker_of_cpu_;
  std::unique_ptr<Worker[]> workers_;
  std::unique_ptr<JobSlot[]> slots_;
  std::unique_ptr<Context[]> borrowed_;
  std::unique_ptr<std::atomic<uint64_t>[]> sleeping_;  // one bit a worker: asleep, or not started yet
  std::atomic<uint64_t> borrowable_{0};
  std::mutex start_mutex_;
  std::atomic<uint32_t> started_{0};
  std::atomic<uint32_t> waiting_spinners_{0};
  std::atomic<bool> stopping_{false};
  HelperThreads helpers_;

  alignas(64) std::atomic<Queue*> inbox_{nullptr};  // pushed by anyone, taken as a whole
  std::atomic<uint32_t> ready_count_{0};
  std::atomic<uint32_t> open_jobs_{0};
  alignas(64) std::atomic<uint32_t> looking_{0};  // workers that are awake and look for work
  alignas(64) std::mutex ready_mutex_;            // never taken by a submitter
  Queue* ready_first_ = nullptr;
  Queue* ready_last_ = nullptr;
};

}  // namespace halyard::host
