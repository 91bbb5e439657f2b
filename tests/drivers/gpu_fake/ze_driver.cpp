// The fake libze_loader.so.1: initialisation, drivers and what devices there are.
#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake {

namespace {

int64_t tiles() { return setting_number("tiles", 1); }
int64_t roots() { return setting_number("devices", 2); }
int64_t drivers() { return setting_number("drivers", 1); }
int64_t of_root() { return tiles() > 1 ? 1 + tiles() : 1; }
int64_t device_total() { return drivers() * roots() * of_root() + (setting_number("npu", 0) != 0 ? 1 : 0); }

}  // namespace

const char* const kEnvironment = "HALYARD_FAKE_ZE";
const int kNotPermitted = halyard::level_zero::ZE_RESULT_ERROR_UNKNOWN;
const Vendor kVendor = {
    "Fake Level Zero device", "dg2", 16, 0x7FFFFFFF, 0x01036013, 0, "", ~uint64_t{0}, true, device_total};

namespace ze {
namespace {

ZeDevice* make_device(Front& made, Driver& driver, int number, int tile) {
  auto device = std::make_shared<ZeDevice>();
  device->driver = &driver;
  device->index = static_cast<int>(made.devices.size());
  device->number = number;
  device->tile = tile;
  machine().add(device);
  made.devices.push_back(device);
  return device.get();
}

void make_root(Front& made, Driver& driver, int number) {
  ZeDevice* const root = make_device(made, driver, number, -1);
  driver.roots.push_back(root);
  auto& devices = machine().devices;
  const std::string bytes = setting_of("memory", number, std::to_string(uint64_t{4} << 30));
  gpu_fake::Device& core = devices[static_cast<size_t>(root->index)];
  core.memory_bytes = std::strtoull(bytes.c_str(), nullptr, 0);
  for (int64_t i = 0; tiles() > 1 && !driver.npu && i < tiles(); ++i) {
    ZeDevice* const tile = make_device(made, driver, number, static_cast<int>(i));
    tile->root = root;
    root->tiles.push_back(tile);
    devices[static_cast<size_t>(tile->index)].memory_bytes = core.memory_bytes / static_cast<uint64_t>(tiles());
  }
}

Driver* make_driver(Front& made, bool npu) {
  auto driver = std::make_shared<Driver>();
  driver->npu = npu;
  machine().add(driver);
  made.drivers.push_back(driver);
  return driver.get();
}

void make_front(uint32_t flags) {
  auto made = std::make_shared<Front>();
  made->modern = setting_number("modern", 1) != 0;
  unsigned major = 1, minor = 0;
  std::sscanf(setting("api", made->modern ? "1.9" : "1.3").c_str(), "%u.%u", &major, &minor);
  made->api = major << 16 | minor;
  const char* const environment = std::getenv("ZE_FLAT_DEVICE_HIERARCHY");
  made->flat = made->modern && setting("hierarchy", environment == nullptr ? "FLAT" : environment) == "FLAT";
  int number = 0;
  std::lock_guard lock(machine().mutex);
  for (int64_t i = 0; i < drivers(); ++i) {
    Driver* const driver = make_driver(*made, false);
    for (int64_t root = 0; root < roots(); ++root) make_root(*made, *driver, number++);
  }
  // 2: one that says that it is there whatever is asked for, as some do.
  const int64_t npu = setting_number("npu", 0);
  if (npu > 1 || (npu == 1 && (flags & ZE_INIT_FLAG_GPU_ONLY) == 0))
    make_root(*made, *make_driver(*made, true), number);
  machine().front = made;
}

}  // namespace

Front* front() { return static_cast<Front*>(machine().front.get()); }

bool is_ready(const char* function) {
  if (front() != nullptr) return true;
  misuse(0, "%s was called before zeInit", function);
  return false;
}

ZeDevice* device_of(void* handle, const char* function) {
  return find<ZeDevice>(handle, "device", function).get();  // devices stay for as long as the driver
}

bool can_access(const ZeDevice& device, const ZeDevice& peer) {
  if (device.driver != peer.driver) return false;
  if (device.number == peer.number) return true;
  const std::string peers = setting("peers", "1");
  if (peers.find('/') == std::string::npos) return peers != "0";
  size_t row = 0;
  for (int i = 0; i < device.number && row != std::string::npos; ++i) row = peers.find('/', row + 1);
  const size_t at = row + static_cast<size_t>(peer.number) + (device.number > 0 ? 1 : 0);
  return row != std::string::npos && at < peers.size() && peers[at] == '1';
}

ze_result_t as_result(int code) {
  switch (code) {
    case kSuccess:
      return ZE_RESULT_SUCCESS;
    case kOutOfMemory:
      return ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY;
    case kNotReady:
      return ZE_RESULT_NOT_READY;
    case kIllegalAddress:
    case kLaunchFailed:
      return ZE_RESULT_ERROR_DEVICE_LOST;
    case kInvalidImage:
    case kNoBinaryForGpu:
      return ZE_RESULT_ERROR_INVALID_NATIVE_BINARY;
    case kLaunchOutOfResources:
      return ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION;
    default:
      return code > kUnknown ? static_cast<ze_result_t>(code) : ZE_RESULT_ERROR_INVALID_ARGUMENT;
  }
}

ze_result_t wrong(ze_result_t code, const char* format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  misuse(0, "%s", line);
  return code;
}

}  // namespace ze
}  // namespace gpu_fake

using namespace gpu_fake;
using namespace gpu_fake::ze;

namespace halyard::level_zero {

ze_result_t zeInit(uint32_t flags) {
  static Call call_here(__func__);
  if (const int ordered_code = call_here.enter()) return static_cast<ze_result_t>(ordered_code);
  if ((flags & ~3u) != 0) return wrong(ZE_RESULT_ERROR_INVALID_ENUMERATION, "%s with flags %u", __func__, flags);
  if (front() != nullptr) return ZE_RESULT_SUCCESS;
  if (device_total() == 0 || initialize() != kSuccess) return ZE_RESULT_ERROR_UNINITIALIZED;
  make_front(flags);
  return front()->drivers.empty() ? ZE_RESULT_ERROR_UNINITIALIZED : ZE_RESULT_SUCCESS;
}

ze_result_t zeDriverGet(uint32_t* count, ze_driver_handle_t* out) {
  ZE_ENTER();
  return give_list(count, out, front()->drivers, __func__);
}

ze_result_t zeDriverGetApiVersion(ze_driver_handle_t driver, ze_api_version_t* version) {
  ZE_ENTER();
  ZE_FIND(Driver, found, driver, "driver");
  *version = front()->api;
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGet(ze_driver_handle_t driver, uint32_t* count, ze_device_handle_t* out) {
  ZE_ENTER();
  ZE_FIND(Driver, found, driver, "driver");
  std::vector<ZeDevice*> all;
  for (ZeDevice* root : found->roots) {
    if (front()->flat && !root->tiles.empty()) {
      all.insert(all.end(), root->tiles.begin(), root->tiles.end());
    } else {
      all.push_back(root);
    }
  }
  if (setting("zero", "").find("devices") != std::string::npos) all.clear();
  return give_list(count, out, all, __func__);
}

ze_result_t zeDeviceGetSubDevices(ze_device_handle_t device, uint32_t* count, ze_device_handle_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  return give_list(count, out, found->tiles, __func__);
}

ze_result_t zeDeviceCanAccessPeer(ze_device_handle_t device, ze_device_handle_t peer, ze_bool_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  ZE_DEVICE(other, peer);
  *out = can_access(*found, *other) ? 1 : 0;
  return ZE_RESULT_SUCCESS;
}

}  // namespace halyard::level_zero
