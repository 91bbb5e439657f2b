// Runs the work-items of a kernel with plain barriers: each item on a fiber of its own, all on one thread, passing
// control round at every barrier. Stacks have guard pages and are kept from launch to launch.
#pragma once

#include <cstddef>
#include <cstdint>

#include "halyard/host_kernel.h"

namespace halyard::host {

// Stack of one item, without its guard page. Items with more private data than this fault at the guard page.
inline constexpr size_t kFiberStackBytes = 128 * 1024;

// The fibers of one thread. Not shared between threads, but may be handed from one to another between groups.
class FiberArena {
 public:
  FiberArena() = default;
  ~FiberArena();
  FiberArena(const FiberArena&) = delete;
  FiberArena& operator=(const FiberArena&) = delete;

  // Runs workgroups first..last-1 (dimension 0 fastest). False when there is no memory for the stacks; then nothing ran
  // of the group that it stopped at.
  bool run(const hy_host_kernel& kernel, const hy_host_launch& launch, uint64_t first, uint64_t last) noexcept;

  // A place where a thread of control was left, to go on from there.
  struct Place {
    FiberArena* arena = nullptr;
    void* context = nullptr;
    void* sanitizer_fiber = nullptr;  // of ThreadSanitizer
    void* fake_stack = nullptr;       // of AddressSanitizer
    const void* stack = nullptr;
    size_t stack_bytes = 0;
  };
  struct Fiber;

 private:
  struct Block;
  friend struct FiberSwitch;

  bool reserve(uint32_t fibers, uint64_t local_bytes) noexcept;
  bool add_block(uint32_t fibers) noexcept;
  void run_group(const uint32_t workgroup[3], uint32_t items) noexcept;

  Fiber** fibers_ = nullptr;
  uint32_t fiber_count_ = 0;
  Block* blocks_ = nullptr;
  unsigned char* local_ = nullptr;
  uint64_t local_bytes_ = 0;

  // The group that runs.
  Place thread_;
  Fiber* entering_ = nullptr;
  const hy_host_kernel* kernel_ = nullptr;
  const hy_host_launch* launch_ = nullptr;
  uint64_t group_[3] = {};
};

}  // namespace halyard::host
