// A device as discovery found it: what it said of itself, and which of the newer features may be called on it.
#pragma once

#include <string>

#include "backends/opencl/api.hpp"

namespace halyard::opencl {

struct Found {
  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  uint32_t version = 0;       // 120, 200, 300: the lower of platform and device
  bool cpu = false;           // allocates lazily from the host's memory
  bool fine_grained = false;  // clSVMAlloc gives memory that host and kernels share at one address, without mapping
  bool unified = false;       // device memory is host memory, and fine_grained
  bool amd_free_memory = false;
  decltype(&::clCreateProgramWithIL) create_with_il = nullptr;  // NULL: takes no SPIR-V
  uint32_t spirv_major = 0, spirv_minor = 0;                    // the newest that it takes
  std::string source_options;                                   // of the compiler of source
  std::string build_options;                                    // of what compiles source and SPIR-V alike
  std::string identity;                                         // of compiler, driver and device, for the cache
  hy_device_info info{};
};

// Asks a device everything. False, with `why`, when it cannot be used at all.
bool describe(const Api& cl, cl_platform_id platform, cl_device_id device, Found* out, std::string* why);

// A string of a device or platform without the blanks that drivers pad with; "" when it does not answer.
std::string device_string(const Api& cl, cl_device_id device, cl_device_info what);
std::string platform_string(const Api& cl, cl_platform_id platform, cl_platform_info what);

}  // namespace halyard::opencl
