// The fake libze_loader.so.1: what drivers and devices say of themselves. The setting "zero" names members that a
// driver leaves at 0, blanks between them.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <sstream>

#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake::ze {
namespace {

bool is_zeroed(const char* member) {
  std::istringstream words(setting("zero", ""));
  for (std::string word; words >> word;) {
    if (word == member) return true;
  }
  return false;
}

#define ZE_ZERO_MEMBER(structure, type, member, array) \
  if (is_zeroed(#member)) std::memset(&s.member, 0, sizeof s.member);
#define ZE_ZERO_STRUCT(name, members) \
  [[maybe_unused]] void leave_zero(name& s) { members }
HALYARD_ZE_STRUCTS(ZE_ZERO_STRUCT, ZE_ZERO_MEMBER)
#undef ZE_ZERO_STRUCT
#undef ZE_ZERO_MEMBER

// The flag where a device has what `key` names, else 0.
uint32_t flag_of(const char* key, int root, bool otherwise, uint32_t flag) {
  return setting_of(key, root, otherwise ? "1" : "0") == "0" ? 0 : flag;
}
bool has_fp64(int root) { return flag_of("fp64", root, true, 1) != 0; }

uint32_t device_id(int root) {
  const std::string set = setting_of("device_id", root, "");
  return set.empty() ? product_of(root).device_id : static_cast<uint32_t>(std::strtoul(set.c_str(), nullptr, 0));
}

std::vector<std::string> extensions() {
  std::vector<std::string> all = {ZE_PCI_PROPERTIES_EXT_NAME, "ZE_experimental_module_program"};
  if (front()->modern) {
    all.insert(all.end(), {ZE_DEVICE_IP_VERSION_EXT_NAME, ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME});
  }
  const std::string hidden = setting("hide", "");
  std::erase_if(all, [&](const std::string& name) { return hidden.find(name) != std::string::npos; });
  return all;
}

void fill(ze_device_properties_t* out, const ZeDevice& device) {
  const Product& product = product_of(device.number);
  const bool cycles = out->stype == ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES_1_2;
  const auto hertz = static_cast<uint64_t>(setting_number("timer", 19200000));
  out->type = device.driver->npu ? ZE_DEVICE_TYPE_VPU : ZE_DEVICE_TYPE_GPU;
  out->vendorId = 0x8086;
  out->deviceId = device_id(device.number);
  out->flags = flag_of("integrated", device.number, product.integrated, ZE_DEVICE_PROPERTY_FLAG_INTEGRATED);
  if (device.tile >= 0 && !front()->flat) out->flags |= ZE_DEVICE_PROPERTY_FLAG_SUBDEVICE;
  out->subdeviceId = device.tile >= 0 ? static_cast<uint32_t>(device.tile) : 0;
  out->coreClockRate = 2100;
  out->maxMemAllocSize = machine().devices[static_cast<size_t>(device.index)].memory_bytes;
  out->maxHardwareContexts = 1024 * 64;
  out->maxCommandQueuePriority = 0;
  out->numThreadsPerEU = product.threads;
  out->physicalEUSimdWidth = product.simd;
  out->numEUsPerSubslice = product.units;
  out->numSubslicesPerSlice = product.subslices;
  out->numSlices = product.slices * static_cast<uint32_t>(std::max<size_t>(1, device.tiles.size()));
  out->timerResolution = cycles ? hertz : hertz == 0 ? 0 : 1000000000 / hertz;
  out->timestampValidBits = static_cast<uint32_t>(setting_number("timestamp_bits", 36));
  out->kernelTimestampValidBits = 32;
  std::memcpy(out->uuid, uuid_bytes(device.number).data(), sizeof out->uuid);
  out->uuid[14] = static_cast<uint8_t>(device.tile + 1);
  std::memset(out->name, 0, sizeof out->name);
  std::snprintf(out->name, sizeof out->name, "%s", setting_of("name", device.number, kVendor.device_name).c_str());
  leave_zero(*out);
}

}  // namespace

const Product& product_of(int root) {
  const std::string word = architecture(root);
  const Product* const found = find_product(word);
  return found == nullptr ? kProducts[0] : *found;
}

}  // namespace gpu_fake::ze

using namespace gpu_fake;
using namespace gpu_fake::ze;

namespace halyard::level_zero {

ze_result_t zeDriverGetProperties(ze_driver_handle_t driver, ze_driver_properties_t* out) {
  ZE_ENTER();
  ZE_FIND(Driver, found, driver, "driver");
  if (!ZE_PLAIN(out, DRIVER_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  std::memset(out->uuid, 0x86, sizeof out->uuid);
  out->driverVersion = static_cast<uint32_t>(setting_number("driver_version", kVendor.driver_version));
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDriverGetExtensionProperties(ze_driver_handle_t driver, uint32_t* count,
                                           ze_driver_extension_properties_t* out) {
  ZE_ENTER();
  ZE_FIND(Driver, found, driver, "driver");
  const std::vector<std::string> all = extensions();
  const auto total = static_cast<uint32_t>(all.size());
  if (*count == 0 || *count > total) *count = total;
  for (uint32_t i = 0; out != nullptr && i < *count; ++i) {
    std::memset(&out[i], 0, sizeof out[i]);
    std::snprintf(out[i].name, sizeof out[i].name, "%s", all[i].c_str());
    out[i].version = 1 << 16;
  }
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGetProperties(ze_device_handle_t device, ze_device_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  if (out == nullptr || out->stype != ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES_1_2) {
    if (!has_type(out, ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES, "the properties", __func__)) {
      return ZE_RESULT_ERROR_INVALID_ENUMERATION;
    }
  }
  if (out->pNext != nullptr) {
    auto* next = static_cast<ze_device_ip_version_ext_t*>(out->pNext);
    if (!front()->modern || !ZE_PLAIN(next, DEVICE_IP_VERSION_EXT)) {
      return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: something is chained that the driver does not know",
                   __func__);
    }
    const Product& product = product_of(found->number);
    next->ipVersion = product.major << 22 | product.minor << 14 | product.revision;
    leave_zero(*next);
  }
  fill(out, *found);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGetComputeProperties(ze_device_handle_t device, ze_device_compute_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  if (!ZE_PLAIN(out, DEVICE_COMPUTE_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  out->maxTotalGroupSize = out->maxGroupSizeX = out->maxGroupSizeY = out->maxGroupSizeZ = threads_per_block();
  out->maxGroupCountX = out->maxGroupCountY = out->maxGroupCountZ = 0xFFFFFFFF;
  out->maxSharedLocalMemory = static_cast<uint32_t>(shared_per_block());
  std::memset(out->subGroupSizes, 0, sizeof out->subGroupSizes);
  out->numSubGroupSizes = 1;
  out->subGroupSizes[0] = wave_size();
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGetModuleProperties(ze_device_handle_t device, ze_device_module_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  if (!has_type(out, ZE_STRUCTURE_TYPE_DEVICE_MODULE_PROPERTIES, "the properties", __func__)) {
    return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  }
  out->spirvVersionSupported = 0x10002;
  out->flags = flag_of("fp16", found->number, true, ZE_DEVICE_MODULE_FLAG_FP16) |
               flag_of("fp64", found->number, true, ZE_DEVICE_MODULE_FLAG_FP64) |
               flag_of("atomics64", found->number, true, ZE_DEVICE_MODULE_FLAG_INT64_ATOMICS);
  out->fp16flags = 0x3f;
  out->fp32flags = 0x7f;
  out->fp64flags = has_fp64(found->number) ? 0x7f : 0;
  out->maxArgumentsSize = 2048;
  out->printfBufferSize = 4 << 20;
  std::memset(out->nativeKernelSupported, 0, sizeof out->nativeKernelSupported);
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGetMemoryProperties(ze_device_handle_t device, uint32_t* count,
                                        ze_device_memory_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  const uint32_t total = is_zeroed("memories") ? 0 : 1;
  if (*count == 0 || *count > total) *count = total;
  if (out == nullptr || *count == 0) return ZE_RESULT_SUCCESS;
  if (!ZE_PLAIN(out, DEVICE_MEMORY_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  out->flags = 0;
  out->maxClockRate = 1094;
  out->maxBusWidth = 256;
  out->totalSize = machine().devices[static_cast<size_t>(found->index)].memory_bytes;
  std::memset(out->name, 0, sizeof out->name);
  std::snprintf(out->name, sizeof out->name, "HBM");
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDeviceGetMemoryAccessProperties(ze_device_handle_t device, ze_device_memory_access_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  if (!ZE_PLAIN(out, DEVICE_MEMORY_ACCESS_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  const uint32_t shared = setting_number("unshared", 0) != 0 ? 0 : 3;
  out->hostAllocCapabilities = ZE_MEMORY_ACCESS_CAP_FLAG_RW;
  out->deviceAllocCapabilities = ZE_MEMORY_ACCESS_CAP_FLAG_RW | ZE_MEMORY_ACCESS_CAP_FLAG_ATOMIC;
  out->sharedSingleDeviceAllocCapabilities = shared;
  out->sharedCrossDeviceAllocCapabilities = shared;
  out->sharedSystemAllocCapabilities = 0;
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

// One group that computes and copies, one that copies.
ze_result_t zeDeviceGetCommandQueueGroupProperties(ze_device_handle_t device, uint32_t* count,
                                                   ze_command_queue_group_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  const uint32_t total = is_zeroed("queue_groups") ? 0 : 2;
  if (*count == 0 || *count > total) *count = total;
  for (uint32_t i = 0; out != nullptr && i < *count; ++i) {
    if (!is_plain(&out[i], ZE_STRUCTURE_TYPE_COMMAND_QUEUE_GROUP_PROPERTIES, "a group", __func__)) {
      return ZE_RESULT_ERROR_INVALID_ENUMERATION;
    }
    out[i].flags = i == 0 ? 0xF : static_cast<uint32_t>(ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COPY);
    out[i].maxMemoryFillPatternSize = i == 0 ? ~size_t{0} : 16;
    out[i].numQueues = i == 0 ? 4 : 1;
    leave_zero(out[i]);
  }
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeDevicePciGetPropertiesExt(ze_device_handle_t device, ze_pci_ext_properties_t* out) {
  ZE_ENTER();
  ZE_DEVICE(found, device);
  if (!ZE_PLAIN(out, PCI_EXT_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  if (setting_number("pci", 1) == 0) return ZE_RESULT_ERROR_UNINITIALIZED;  // as where there is no such bus
  out->address = {0, static_cast<uint32_t>(pci_bus(found->number)), 0, 0};
  out->maxSpeed = {4, 16, 31508000000};
  leave_zero(*out);
  return ZE_RESULT_SUCCESS;
}

}  // namespace halyard::level_zero
