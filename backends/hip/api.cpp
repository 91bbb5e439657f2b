// Opens libamdhip64 and finds its functions.
#include "backends/hip/api.hpp"

#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/host_services.hpp"
#include "backends/common/python_folders.hpp"
#include "backends/hip/absence.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::hip {
namespace {

hy_status open(const hy_host& host, const std::vector<std::string>& folders, void** library, hy_b_report* report,
               hy_error* error) {
  return common::open_library(host, {std::begin(kLibraryNames), std::end(kLibraryNames)}, folders, library,
                              report->library, report->reason, sizeof report->reason, error);
}

// The wheels' folders are many: they are looked through only where they could be of use.
hy_status open_anywhere(const hy_host& host, void** library, hy_b_report* report, hy_error* error) {
  const hy_status status = open(host, {std::begin(kLibraryFolders), std::end(kLibraryFolders)}, library, report, error);
  if (status == HY_OK || !has_compute_node(host)) return status;
  return open(host, common::python_folders({"_rocm_sdk_core/lib", "torch/lib"}), library, report, error);
}

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  std::snprintf(report->library, sizeof report->library, "%s", kLibraryNames[0]);
  void* library = nullptr;
  if (hy_status status = open_anywhere(host, &library, report, error)) {
    explain_no_library(host, report);
    return status;
  }
  const char* missing = nullptr;
#define HALYARD_HIP_LOAD(name, result, parameters)                                                   \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  HALYARD_HIP_REQUIRED(HALYARD_HIP_LOAD)
#undef HALYARD_HIP_LOAD
#define HALYARD_HIP_LOAD(name, ...) \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name));
  HALYARD_HIP_OPTIONAL(HALYARD_HIP_LOAD)
  HALYARD_HIP_PROPERTIES(HALYARD_HIP_LOAD)
#undef HALYARD_HIP_LOAD
  if (missing == nullptr && api->hipGetDevicePropertiesR0600 == nullptr && api->hipGetDeviceProperties == nullptr) {
    missing = "hipGetDeviceProperties";
  }
  int version = 0;
  if (api->hipRuntimeGetVersion != nullptr && api->hipRuntimeGetVersion(&version) == hipSuccess && version > 0) {
    api->version = version;
    std::snprintf(report->version, sizeof report->version, "HIP %d.%d.%d", version / 10000000,
                  version % 10000000 / 100000, version % 100000);
  }
  const bool old = api->version > 0 && api->version < kOldestVersion;
  if (missing == nullptr && !old) return HY_OK;
  if (missing == nullptr) {
    std::snprintf(report->reason, sizeof report->reason, "%.200s is of %s, and 5.0 is needed", report->library,
                  report->version);
  } else {
    std::snprintf(report->reason, sizeof report->reason, "%.200s has no function %s: it is no HIP from 5.0 on%s%s",
                  report->library, missing, api->version > 0 ? ", but " : "", report->version);
  }
  std::snprintf(report->cure, sizeof report->cure, "update ROCm: version 5 or later");
  return fail(error, HY_UNAVAILABLE, "%s", report->reason);
}

hy_status start_driver(const hy_host& host, const Api& api, int* device_count, hy_b_report* report, hy_error* error) {
  *device_count = 0;
  hipError_t code = api.hipInit(0);
  const char* call = "hipInit";
  if (code == hipSuccess) {
    code = api.hipGetDeviceCount(device_count);
    call = "hipGetDeviceCount";
    if (code == hipSuccess && *device_count > 0) return HY_OK;
    if (code == hipSuccess) code = hipErrorNoDevice;
  }
  *device_count = 0;
  return explain_no_device(host, code, call, report, error);
}

hipError_t architecture_of(const Api& api, int device, char* out, size_t capacity) noexcept {
  hipError_t code = hipErrorNotSupported;
  if (api.hipGetDevicePropertiesR0600 != nullptr) {
    hipDeviceProp_tR0600 properties{};
    code = api.hipGetDevicePropertiesR0600(&properties, device);
    if (code == hipSuccess) std::snprintf(out, capacity, "%.255s", properties.gcnArchName);
  } else if (api.hipGetDeviceProperties != nullptr) {
    hipDeviceProp_tR0000 properties{};
    code = api.hipGetDeviceProperties(&properties, device);
    if (code == hipSuccess) std::snprintf(out, capacity, "%.255s", properties.gcnArchName);
  }
  return code;
}

MemoryType memory_type(const Api& api, int type) noexcept {
  struct Names {
#define HALYARD_HIP_NAME(name, before_6, from_6) int name;
    HALYARD_HIP_MEMORY_TYPES(HALYARD_HIP_NAME)
#undef HALYARD_HIP_NAME
  };
#define HALYARD_HIP_BEFORE_6(name, before_6, from_6) before_6,
#define HALYARD_HIP_FROM_6(name, before_6, from_6) from_6,
  constexpr Names kBefore6 = {HALYARD_HIP_MEMORY_TYPES(HALYARD_HIP_BEFORE_6)};
  constexpr Names kFrom6 = {HALYARD_HIP_MEMORY_TYPES(HALYARD_HIP_FROM_6)};
#undef HALYARD_HIP_BEFORE_6
#undef HALYARD_HIP_FROM_6
  const Names& names = api.version > 0 && api.major() < 6 ? kBefore6 : kFrom6;
  if (type < 0) return MemoryType::kOther;
  if (type == names.hipMemoryTypeUnregistered) return MemoryType::kUnregistered;
  if (type == names.hipMemoryTypeHost) return MemoryType::kHost;
  if (type == names.hipMemoryTypeDevice) return MemoryType::kDevice;
  if (type == names.hipMemoryTypeManaged) return MemoryType::kManaged;
  return MemoryType::kOther;
}

}  // namespace halyard::hip
