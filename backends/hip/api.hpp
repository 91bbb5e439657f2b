// AMD's HIP library and its run-time compiler, opened at run time: tables of function pointers made from abi.hpp, and
// what differs between HIP 5, 6 and 7.
#pragma once

#include "backends/hip/abi.hpp"
#include "halyard/backend.h"

namespace halyard::hip {

// The files that hold HIP, newest first, in the folders below, then as the system finds them; after that, where there
// is a device (/dev/kfd), as Python's wheels bring them: _rocm_sdk_core/lib, torch/lib.
inline constexpr int kOldestVersion = 50000000;
inline constexpr const char* kLibraryNames[] = {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5",
                                                "libamdhip64.so"};
inline constexpr const char* kLibraryFolders[] = {"/opt/rocm/lib", "/opt/rocm*/lib", "/opt/rocm*/lib64"};

struct Api {
#define HALYARD_HIP_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  HALYARD_HIP_FUNCTIONS(HALYARD_HIP_MEMBER)
#undef HALYARD_HIP_MEMBER
#define HALYARD_HIP_MEMBER(symbol, layout, size, offset) hipError_t (*symbol)(layout * out, int device) = nullptr;
  HALYARD_HIP_PROPERTIES(HALYARD_HIP_MEMBER)
#undef HALYARD_HIP_MEMBER
  int version = 0;  // as hipRuntimeGetVersion counts: 60241134 is 6.2.41134; 0 where the library does not say

  int major() const { return version / 10000000; }
};

struct Hiprtc {
#define HALYARD_HIPRTC_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  HALYARD_HIPRTC_FUNCTIONS(HALYARD_HIPRTC_MEMBER)
#undef HALYARD_HIPRTC_MEMBER
  int major = 0, minor = 0;
  char library[256] = "";
};

// Opens the library through the host and fills `api`. `report` gets the file that was opened and its version, or why
// none was and what to do. Calls nothing of HIP but hipRuntimeGetVersion, which starts no device.
hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error);

// hipInit, and the number of devices; more than none, or else `report` says why there are none (no kernel module, no
// access to /dev/kfd or /dev/dri, hidden devices, devices that this HIP does not know) and what to do.
hy_status start_driver(const hy_host& host, const Api& api, int* device_count, hy_b_report* report, hy_error* error);

// "gfx90a:sramecc+:xnack-": the architecture with the features that code for it must agree with.
hipError_t architecture_of(const Api& api, int device, char* out, size_t capacity) noexcept;

// What hipPointerGetAttributes says of a pointer, in terms that no version changes.
enum class MemoryType { kUnregistered, kHost, kDevice, kManaged, kOther };
MemoryType memory_type(const Api& api, int type) noexcept;

}  // namespace halyard::hip
