// Level Zero's loader, opened at run time: a table of function pointers made from abi.hpp, and the drivers that it
// found.
#pragma once

#include <memory>
#include <vector>

#include "backends/level_zero/abi.hpp"
#include "halyard/backend.h"

namespace halyard::level_zero {

inline constexpr const char* kLibraryNames[] = {"libze_loader.so.1", "libze_loader.so"};
// The drivers that the loader looks for by itself; ZE_ENABLE_ALT_DRIVERS names others. What hangs or crashes is one of
// these.
inline constexpr const char* kDriverNames[] = {"libze_intel_gpu.so.1", "libze_intel_gpu_legacy1.so.1",
                                               "libze_intel_npu.so.1", "libze_intel_vpu.so.1"};
// Intel's own packages and the distributions' put the loader where the system finds it; the rest is oneAPI's.
inline constexpr const char* kLibraryFolders[] = {"/opt/intel/oneapi/compiler/latest/lib", "/opt/intel/oneapi/*/lib"};

class Context;

struct Functions {
#define HALYARD_ZE_FUNCTION(name, result, parameters) result(*name) parameters = nullptr;
  HALYARD_ZE_FUNCTIONS(HALYARD_ZE_FUNCTION)
#undef HALYARD_ZE_FUNCTION
};

// One vendor's driver under the loader, as it described itself.
struct Platform {
  ze_driver_handle_t handle = nullptr;
  unsigned api = 0;       // as zeDriverGetApiVersion() counts: 0x10003 is 1.3
  uint32_t version = 0;   // of the driver, in the vendor's own way
  bool in_order = false;  // has lists that keep the order, and events that count: ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME
  bool has_pci = false, has_ip_version = false;
  std::shared_ptr<Context> context;  // of all its devices
};

// A device or, where a device has them, one of its tiles.
struct Listed {
  Platform platform;
  ze_device_handle_t device = nullptr;
};

struct Api : Functions {
  int version = 0;  // of the first driver, for the key of what is compiled
  std::vector<Listed> listed;
};

// Opens the library through the host and fills the functions of `api`. `report` gets the file that was opened, or why
// none was and what to do. Calls nothing.
hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error);

// zeInit, and the GPUs of all drivers; more than none, or else `report` says why there are none and what to do.
// Tiles are listed in place of the device that they are of, as newer loaders do by themselves, unless the application
// asked for whole devices with ZE_FLAT_DEVICE_HIERARCHY=COMPOSITE.
hy_status start_driver(const hy_host& host, Api* api, hy_b_report* report, hy_error* error);

}  // namespace halyard::level_zero
