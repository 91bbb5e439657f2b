// Runs a grid of a kernel: its workgroups one after the other on the calling thread, the items of each as fibers that
// meet at barriers and in their waves.
#pragma once

#include <string>

#include "tests/drivers/gpu_fake/kernel_abi.hpp"

namespace gpu_fake {

struct Launch {
  const hy_fake_kernel* kernel = nullptr;
  hy_fake_now* now = nullptr;
  void* shared = nullptr;  // the module's local memory, poisoned before each workgroup
  size_t shared_bytes = 0;
  hy_fake_uint3 groups{}, items{};
  unsigned wave_size = 32;
  void** arguments = nullptr;
};

// False when items wait for others that never come; `why` says which.
bool run_grid(const Launch& launch, std::string* why);

}  // namespace gpu_fake
