// The counter behind every handle that has a _retain.
#pragma once

#include <atomic>
#include <cstdint>

namespace halyard::core {

class RefCount {
 public:
  void retain() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }

  // True for whoever gave back the last one.
  bool release() noexcept { return count_.fetch_sub(1, std::memory_order_acq_rel) == 1; }

 private:
  std::atomic<std::uint32_t> count_{1};
};

}  // namespace halyard::core
