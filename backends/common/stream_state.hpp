// What a stream knows of its failure. Shared by the stream, its points, and its host functions that still wait, each of
// which may outlive the others.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "halyard/detail/error.hpp"

namespace halyard::common {

// Only failures that the driver does not know of are kept here: those of host functions. (The driver's own arrive with
// its events.) They are not handed to the driver: CUDA and HIP know of no failed work but a lost device, and PoCL up to
// 3.1 aborts the process when a user event gets a negative status. The work behind a failed function runs, and its
// results are reported as failed.
class StreamState {
 public:
  bool failed() const noexcept { return failed_.load(std::memory_order_acquire); }

  // The failure, for a stream that failed().
  hy_status report(hy_error* error) {
    std::lock_guard lock(mutex_);
    if (error != nullptr) *error = failure_;
    return failure_.code;
  }

  // The first failure counts, and passes to the streams that wait for this one.
  void fail(const hy_error& failure) {
    std::vector<std::weak_ptr<StreamState>> dependents;
    {
      std::lock_guard lock(mutex_);
      if (failed()) return;
      failure_ = failure;
      failed_.store(true, std::memory_order_release);
      dependents.swap(dependents_);
    }
    for (auto& dependent : dependents) {
      if (auto state = dependent.lock()) state->fail(failure);
    }
  }

  void function_submitted() noexcept { outstanding_.fetch_add(1, std::memory_order_relaxed); }
  void function_done() noexcept {
    if (outstanding_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    std::lock_guard lock(mutex_);
    if (outstanding_.load(std::memory_order_relaxed) == 0) dependents_.clear();
  }

  // `waiter` will wait for what was submitted here so far. With no host function on its way nothing can fail but what
  // the driver knows of.
  void add_dependent(const std::shared_ptr<StreamState>& waiter) {
    hy_error failure{};
    {
      std::lock_guard lock(mutex_);
      if (!failed()) {
        if (outstanding_.load(std::memory_order_acquire) != 0 && waiter.get() != this) dependents_.push_back(waiter);
        return;
      }
      failure = failure_;
    }
    if (waiter.get() != this) waiter->fail(failure);
  }

 private:
  std::mutex mutex_;
  std::atomic<bool> failed_{false};
  std::atomic<uint32_t> outstanding_{0};
  hy_error failure_{};
  std::vector<std::weak_ptr<StreamState>> dependents_;
};

}  // namespace halyard::common
