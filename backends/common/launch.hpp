// Launches of host kernels (halyard/host_kernel.h) in a queue.
#pragma once

#include <cstdint>
#include <memory>

#include "backends/common/queue.hpp"
#include "halyard/backend.h"
#include "halyard/host_kernel.h"

namespace halyard::host {

// Largest local memory of a workgroup, and most items in one. The local memory of a kernel with barriers comes from
// an arena of each thread; that of kernels in phases lies on the worker's stack.
inline constexpr uint64_t kLocalMemoryBytes = 64 * 1024;
inline constexpr uint32_t kMaxWorkgroupItems = 1024;

// A kernel as one queue launches it: where each argument lies behind the launch in the ring.
class Launcher {
 public:
  // `kernel` must live as long; `estimate` is the time of a workgroup, shared by all launchers of a kernel.
  static hy_status create(const hy_host_kernel& kernel, const hy_signature& signature, Queue& queue, Estimate& estimate,
                          std::unique_ptr<Launcher>* out, hy_error* error);
  ~Launcher();  // waits until its launches are done, since they use the kernel
  Launcher(const Launcher&) = delete;
  Launcher& operator=(const Launcher&) = delete;

  hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) noexcept;

 private:
  struct LaunchOp;
  Launcher(const hy_host_kernel& kernel, Queue& queue, Estimate& estimate) noexcept
      : kernel_(kernel), queue_(queue), estimate_(estimate) {}

  const hy_host_kernel& kernel_;
  Queue& queue_;
  Estimate& estimate_;
  uint32_t arg_count_ = 0;
  uint64_t value_bytes_ = 0;  // all values, each aligned to 16
  uint64_t last_ = 0;         // position after the last launch
};

// Bytes of one element of a type; 0 for what is no type.
uint32_t type_bytes(hy_type type) noexcept;

}  // namespace halyard::host
