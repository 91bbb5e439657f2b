// A device as discovery found it: what it said of itself, before any context is made on it.
#pragma once

#include <string>

#include "backends/cuda/api.hpp"

namespace halyard::cuda {

struct Found {
  CUdevice device = 0;
  int major = 0, minor = 0;   // of its compute capability
  uint64_t pooled_bytes = 0;  // that a pool keeps of what is given back; 0: the device has no pools
  hy_device_info info{};
};

// The driver's version, "550.54.14 (CUDA 12.4)", or as much of it as is told.
std::string driver_version(const hy_host& host, const Api& api);

// Asks a device everything. False, with `why`, when it cannot be used at all.
bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why);

}  // namespace halyard::cuda
