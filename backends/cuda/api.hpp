// NVIDIA's driver library and its run-time compiler, opened at run time: tables of function pointers made from abi.hpp.
#pragma once

#include "backends/cuda/abi.hpp"
#include "halyard/backend.h"

namespace halyard::cuda {

// The file that holds the driver, and where it stands on systems whose own search may not find it, or finds another
// first.
inline constexpr char kDriverName[] = "libcuda.so.1";
inline constexpr int kOldestVersion = 11040;
inline constexpr const char* kDriverFolders[] = {
    "/usr/lib/wsl/lib",                   // Windows' subsystem for Linux
    "/usr/lib/aarch64-linux-gnu/nvidia",  // Jetson
    "/usr/lib/aarch64-linux-gnu/tegra",   // older Jetson
    "/run/opengl-driver/lib",             // NixOS
};

// Folders in which the run-time compiler is looked for, after HALYARD_LIBRARY_PATH and before the system's own search;
// then as Python's wheels bring it (backends/common/python_folders.hpp): nvidia/cu*/lib, that is cu13 or cuda_nvrtc.
inline constexpr const char* kCompilerFolders[] = {
    "/usr/local/cuda/lib64",
    "/usr/local/cuda/targets/*/lib",
    "/usr/local/cuda-*/lib64",
    "/usr/local/cuda-*/targets/*/lib",
    "/opt/cuda/lib64",
    "/opt/cuda/targets/*/lib",
    "/opt/nvidia/hpc_sdk/Linux_*/*/cuda/lib64",
};

struct Api {
#define HALYARD_CUDA_MEMBER(name, symbol, version, result, parameters) result(*name) parameters = nullptr;
  HALYARD_CUDA_FUNCTIONS(HALYARD_CUDA_MEMBER)
#undef HALYARD_CUDA_MEMBER
  int version = 0;  // of CUDA, as cuDriverGetVersion counts: 12040 is 12.4; 0 where the driver does not say
};

struct Nvrtc {
#define HALYARD_NVRTC_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  HALYARD_NVRTC_FUNCTIONS(HALYARD_NVRTC_MEMBER)
#undef HALYARD_NVRTC_MEMBER
  int major = 0, minor = 0;
  char library[256] = "";
};

// Opens the driver's library through the host and fills `api`. `report` gets the file that was opened and its version,
// or why none was and what to do. Calls no function of the driver but cuGetProcAddress and cuDriverGetVersion.
hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error);

// cuInit, and the number of devices; more than none, or else `report` says why there are none (a link stub, no kernel
// module, no access, a container without devices, hidden devices, versions that do not fit) and what to do.
hy_status start_driver(const hy_host& host, const Api& api, int* device_count, hy_b_report* report, hy_error* error);

}  // namespace halyard::cuda
