// Opens libze_loader, finds its functions, and walks drivers, devices and tiles.
#include "backends/level_zero/api.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>

#include "backends/common/host_services.hpp"
#include "backends/level_zero/absence.hpp"
#include "backends/level_zero/context.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::level_zero {
namespace {

// Far above any machine's: of a count beyond it, which is a driver's fault, no more are asked for.
constexpr uint32_t kMost = 1024;

// The two calls of Level Zero's enumerations: how many, then the handles. A driver that names fewer the second time has
// lost a device between the two.
template <class Handle, class Call>
ze_result_t all_of(Call&& call, std::vector<Handle>* out) {
  uint32_t count = 0;
  out->clear();
  ze_result_t code = call(&count, nullptr);
  if (code != ZE_RESULT_SUCCESS || count == 0) return code;
  const uint32_t room = count = std::min(count, kMost);
  out->resize(room);
  code = call(&count, out->data());
  out->resize(code == ZE_RESULT_SUCCESS ? std::min(count, room) : 0);
  return code;
}

Platform describe(const Functions& ze, ze_driver_handle_t driver) {
  Platform platform;
  platform.handle = driver;
  ze.zeDriverGetApiVersion(driver, &platform.api);
  ze_driver_properties_t properties{};
  properties.stype = ZE_STRUCTURE_TYPE_DRIVER_PROPERTIES;
  if (ze.zeDriverGetProperties(driver, &properties) == ZE_RESULT_SUCCESS) platform.version = properties.driverVersion;
  std::vector<ze_driver_extension_properties_t> extensions;
  all_of([&](uint32_t* count,
             ze_driver_extension_properties_t* out) { return ze.zeDriverGetExtensionProperties(driver, count, out); },
         &extensions);
  for (const ze_driver_extension_properties_t& extension : extensions) {
    const auto is = [&](const char* name) { return std::strncmp(extension.name, name, sizeof extension.name) == 0; };
    platform.has_pci |= is(ZE_PCI_PROPERTIES_EXT_NAME);
    platform.has_ip_version |= is(ZE_DEVICE_IP_VERSION_EXT_NAME);
    platform.in_order |= is(ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME) && ze.zeCommandListHostSynchronize != nullptr;
  }
  return platform;
}

bool wants_whole_devices() {
  const char* hierarchy = std::getenv("ZE_FLAT_DEVICE_HIERARCHY");
  return hierarchy != nullptr && std::strcmp(hierarchy, "COMPOSITE") == 0;
}

bool is_gpu(const Functions& ze, ze_device_handle_t device) {
  ze_device_properties_t properties{};
  properties.stype = ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES;
  return ze.zeDeviceGetProperties(device, &properties) == ZE_RESULT_SUCCESS && properties.type == ZE_DEVICE_TYPE_GPU;
}

ze_result_t list(const Functions& ze, const Platform& platform, std::vector<Listed>* out) {
  std::vector<ze_device_handle_t> devices, tiles;
  const ze_result_t code = all_of(
      [&](uint32_t* count, ze_device_handle_t* handles) { return ze.zeDeviceGet(platform.handle, count, handles); },
      &devices);
  for (ze_device_handle_t device : devices) {
    if (!is_gpu(ze, device)) continue;
    if (!wants_whole_devices()) {
      all_of([&](uint32_t* count,
                 ze_device_handle_t* handles) { return ze.zeDeviceGetSubDevices(device, count, handles); },
             &tiles);
    }
    for (ze_device_handle_t tile : tiles) out->push_back({platform, tile});
    if (tiles.empty()) out->push_back({platform, device});
  }
  return code;
}

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  std::snprintf(report->library, sizeof report->library, "%s", kLibraryNames[0]);
  void* library = nullptr;
  const hy_status status = common::open_library(host, {std::begin(kLibraryNames), std::end(kLibraryNames)},
                                                {std::begin(kLibraryFolders), std::end(kLibraryFolders)}, &library,
                                                report->library, report->reason, sizeof report->reason, error);
  if (status != HY_OK) {
    explain_no_library(host, report);
    return status;
  }
  const char* missing = nullptr;
#define HALYARD_ZE_LOAD(name, result, parameters)                                                    \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  HALYARD_ZE_REQUIRED(HALYARD_ZE_LOAD)
#undef HALYARD_ZE_LOAD
#define HALYARD_ZE_LOAD(name, ...) \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name));
  HALYARD_ZE_OPTIONAL(HALYARD_ZE_LOAD)
#undef HALYARD_ZE_LOAD
  if (missing == nullptr) return HY_OK;
  std::snprintf(report->reason, sizeof report->reason, "%.200s has no function %s: it is no loader from 1.8 on",
                report->library, missing);
  std::snprintf(report->cure, sizeof report->cure, "update Level Zero's loader (libze1, level-zero): 1.8 or later");
  return fail(error, HY_UNAVAILABLE, "%s", report->reason);
}

hy_status start_driver(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  const char* call = "zeInit";
  ze_result_t code = api->zeInit(ZE_INIT_FLAG_GPU_ONLY);
  std::vector<ze_driver_handle_t> drivers;
  if (code == ZE_RESULT_SUCCESS) {
    call = "zeDriverGet";
    code = all_of([&](uint32_t* count, ze_driver_handle_t* out) { return api->zeDriverGet(count, out); }, &drivers);
  }
  for (ze_driver_handle_t driver : drivers) {
    call = "zeDeviceGet";
    Platform platform = describe(*api, driver);
    platform.context = std::make_shared<Context>(*api, driver);
    const ze_result_t listed = list(*api, platform, &api->listed);
    if (listed != ZE_RESULT_SUCCESS) code = listed;  // another driver may have devices
  }
  if (api->listed.empty()) return explain_no_device(host, code, call, report, error);
  api->version = static_cast<int>(api->listed.front().platform.version);
  return HY_OK;
}

}  // namespace halyard::level_zero
