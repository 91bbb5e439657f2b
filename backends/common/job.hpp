// One piece of work that is shared out. Each participant begins with a range of its own, always the same one, so memory
// is touched by the thread that touched it before; who is done early takes from the others'.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "backends/common/executor.hpp"

namespace halyard::host {

struct alignas(64) Range {
  std::atomic<uint64_t> next{0};
  uint64_t end = 0;
};

// Where a job is announced. Belongs to one context; others join while `open` and are counted in `users`, for which the
// owner waits before it uses the slot again.
struct alignas(64) JobSlot {
  std::atomic<uint32_t> open{0};
  std::atomic<int32_t> excluded{-1};  // the worker on whose core the owner runs
  std::atomic<int32_t> to_wake{0};
  alignas(64) std::atomic<uint32_t> users{0};
  std::atomic<uint32_t> owner_sleeps{0};
  alignas(64) std::atomic<bool> failed{false};
  JobBody body = nullptr;
  void* argument = nullptr;
  uint64_t minimum = 1;  // parts taken at once
  uint32_t range_count = 0;
  std::unique_ptr<Range[]> ranges;
};

}  // namespace halyard::host
