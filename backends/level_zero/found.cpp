#include "backends/level_zero/found.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <vector>

#include "backends/level_zero/errors.hpp"
#include "backends/level_zero/products.hpp"

namespace halyard::level_zero {
namespace {

constexpr uint32_t kIntel = 0x8086;
constexpr uint32_t kMostGroups = 64;  // of queues, of memories

// What is needed of the properties of a device.
struct Properties {
  ze_device_properties_t device{};
  ze_device_compute_properties_t compute{};
  ze_device_module_properties_t module{};
  ze_device_memory_access_properties_t access{};
  ze_device_ip_version_ext_t ip{};
};

ze_result_t ask(const Api& api, const Listed& listed, Properties* out) {
  // Its newer form counts the clock's ticks in a second, where the older tells how long one takes.
  out->device.stype = ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES_1_2;
  out->ip.stype = ZE_STRUCTURE_TYPE_DEVICE_IP_VERSION_EXT;
  if (listed.platform.has_ip_version) out->device.pNext = &out->ip;
  out->compute.stype = ZE_STRUCTURE_TYPE_DEVICE_COMPUTE_PROPERTIES;
  out->module.stype = ZE_STRUCTURE_TYPE_DEVICE_MODULE_PROPERTIES;
  out->access.stype = ZE_STRUCTURE_TYPE_DEVICE_MEMORY_ACCESS_PROPERTIES;
  ze_result_t code = api.zeDeviceGetProperties(listed.device, &out->device);
  if (code == ZE_RESULT_SUCCESS) code = api.zeDeviceGetComputeProperties(listed.device, &out->compute);
  if (code == ZE_RESULT_SUCCESS) code = api.zeDeviceGetModuleProperties(listed.device, &out->module);
  if (code == ZE_RESULT_SUCCESS) code = api.zeDeviceGetMemoryAccessProperties(listed.device, &out->access);
  return code;
}

// Of the memory that buffers come from, which is the device's first.
uint64_t memory_bytes(const Api& api, ze_device_handle_t device) {
  uint32_t count = 0;
  if (api.zeDeviceGetMemoryProperties(device, &count, nullptr) != ZE_RESULT_SUCCESS || count == 0) return 0;
  std::vector<ze_device_memory_properties_t> memories(std::min(count, kMostGroups));
  for (ze_device_memory_properties_t& memory : memories) memory.stype = ZE_STRUCTURE_TYPE_DEVICE_MEMORY_PROPERTIES;
  count = static_cast<uint32_t>(memories.size());
  if (api.zeDeviceGetMemoryProperties(device, &count, memories.data()) != ZE_RESULT_SUCCESS || count == 0) return 0;
  return memories[0].totalSize;
}

// The first group of queues that computes.
bool find_queues(const Api& api, Found* out) {
  uint32_t count = 0;
  if (api.zeDeviceGetCommandQueueGroupProperties(out->listed.device, &count, nullptr) != ZE_RESULT_SUCCESS)
    return false;
  std::vector<ze_command_queue_group_properties_t> groups(std::min(count, kMostGroups));
  for (ze_command_queue_group_properties_t& group : groups)
    group.stype = ZE_STRUCTURE_TYPE_COMMAND_QUEUE_GROUP_PROPERTIES;
  count = static_cast<uint32_t>(groups.size());
  if (count == 0 ||
      api.zeDeviceGetCommandQueueGroupProperties(out->listed.device, &count, groups.data()) != ZE_RESULT_SUCCESS) {
    return false;
  }
  for (uint32_t i = 0; i < std::min(count, static_cast<uint32_t>(groups.size())); ++i) {
    if ((groups[i].flags & ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COMPUTE) == 0 || groups[i].numQueues == 0) continue;
    out->queue_group = i;
    out->queue_count = groups[i].numQueues;
    return true;
  }
  return false;
}

void describe_identity(const Api& api, const Listed& listed, const Properties& properties, hy_device_info* info) {
  const ze_device_properties_t& device = properties.device;
  const bool is_tile = (device.flags & ZE_DEVICE_PROPERTY_FLAG_SUBDEVICE) != 0;
  char tile[32] = "";
  if (is_tile) std::snprintf(tile, sizeof tile, " (tile %u)", device.subdeviceId);
  std::snprintf(info->name, sizeof info->name, "%.90s%s", device.name[0] == '\0' ? "Level Zero device" : device.name,
                tile);
  if (device.vendorId == kIntel) {
    std::snprintf(info->vendor, sizeof info->vendor, "Intel");
  } else {
    std::snprintf(info->vendor, sizeof info->vendor, "0x%04x", device.vendorId);
  }
  const std::string product = product_word(device.deviceId, properties.ip.ipVersion);
  std::snprintf(info->architecture, sizeof info->architecture, "%s", product.c_str());
  info->has_uuid =
      std::any_of(std::begin(device.uuid), std::end(device.uuid), [](uint8_t byte) { return byte != 0; }) ? 1 : 0;
  std::memcpy(info->uuid, device.uuid, sizeof info->uuid);
  ze_pci_ext_properties_t pci{};
  pci.stype = ZE_STRUCTURE_TYPE_PCI_EXT_PROPERTIES;
  if (!listed.platform.has_pci || api.zeDevicePciGetPropertiesExt(listed.device, &pci) != ZE_RESULT_SUCCESS) return;
  std::snprintf(info->pci_address, sizeof info->pci_address, "%04x:%02x:%02x.%x", pci.address.domain & 0xFFFFFFu,
                pci.address.bus & 0xFFu, pci.address.device & 0xFFu, pci.address.function & 0xFu);
}

void describe_limits(const Properties& properties, hy_device_info* info) {
  const ze_device_properties_t& device = properties.device;
  const ze_device_compute_properties_t& compute = properties.compute;
  info->kind = (device.flags & ZE_DEVICE_PROPERTY_FLAG_INTEGRATED) != 0 ? HY_DEVICE_INTEGRATED_GPU : HY_DEVICE_GPU;
  info->compute_units = device.numSlices * device.numSubslicesPerSlice;
  info->max_allocation_bytes = device.maxMemAllocSize != 0 ? device.maxMemAllocSize : info->memory_bytes;
  info->local_memory_bytes = compute.maxSharedLocalMemory;
  info->max_workgroup_items = std::max(compute.maxTotalGroupSize, 1u);
  const uint32_t items[3] = {compute.maxGroupSizeX, compute.maxGroupSizeY, compute.maxGroupSizeZ};
  const uint32_t groups[3] = {compute.maxGroupCountX, compute.maxGroupCountY, compute.maxGroupCountZ};
  for (int d = 0; d < 3; ++d) {
    info->max_workgroup[d] = std::max(std::min(items[d], info->max_workgroup_items), 1u);
    // Items of a dimension are numbered in 32 bits by the hardware's walker.
    const uint64_t said = groups[d] != 0 ? groups[d] : UINT16_MAX;
    info->max_grid[d] = std::min<uint64_t>(said, UINT32_MAX / info->max_workgroup[d]);
  }
  // The compiler chooses a size for each kernel; the middle one is what it mostly takes.
  const uint32_t sizes = std::min<uint32_t>(compute.numSubGroupSizes, std::size(compute.subGroupSizes));
  info->subgroup_size = sizes == 0 ? 1 : std::max(compute.subGroupSizes[sizes / 2], 1u);
  info->base_alignment = 256;
}

hy_capabilities capabilities_of(const Properties& properties, const hy_device_info& info, uint32_t queues) {
  const ze_device_module_properties_t& module = properties.module;
  const ze_device_memory_access_properties_t& access = properties.access;
  hy_capabilities has = HY_CAP_KERNELS | HY_CAP_BARRIERS | HY_CAP_HOST_FUNCTIONS | HY_CAP_NATIVE_OUT | HY_CAP_NATIVE_IN;
  if (queues > 1) has |= HY_CAP_CONCURRENT_STREAMS;  // lists of one queue may wait for one another
  if (module.spirvVersionSupported != 0) has |= HY_CAP_SPIRV;
  if ((module.flags & ZE_DEVICE_MODULE_FLAG_FP64) != 0) has |= HY_CAP_FLOAT64;
  if ((module.flags & ZE_DEVICE_MODULE_FLAG_FP16) != 0) has |= HY_CAP_FLOAT16;
  if ((module.flags & ZE_DEVICE_MODULE_FLAG_INT64_ATOMICS) != 0) has |= HY_CAP_ATOMICS_INT64;
  if (module.printfBufferSize != 0) has |= HY_CAP_PRINTF;
  if (info.subgroup_size > 1) has |= HY_CAP_SUBGROUPS;
  if (info.local_memory_bytes != 0) has |= HY_CAP_LOCAL_MEMORY;
  if ((access.hostAllocCapabilities & ZE_MEMORY_ACCESS_CAP_FLAG_RW) != 0) has |= HY_CAP_PINNED_MEMORY;
  if ((access.sharedSingleDeviceAllocCapabilities & ZE_MEMORY_ACCESS_CAP_FLAG_RW) != 0) has |= HY_CAP_SHARED_MEMORY;
  // There the device's memory is the host's, and is handed out as such.
  if (info.kind == HY_DEVICE_INTEGRATED_GPU && (has & HY_CAP_SHARED_MEMORY) != 0) has |= HY_CAP_HOST_UNIFIED;
  if (info.timer_resolution_ns != 0) has |= HY_CAP_TIMED_POINTS;
  return has;
}

}  // namespace

std::string driver_version(const Api& api) {
  const Platform& platform = api.listed.front().platform;
  char text[64];
  std::snprintf(text, sizeof text, "%u.%u.%u (API %u.%u)", platform.version >> 24, platform.version >> 16 & 0xFFu,
                platform.version & 0xFFFFu, platform.api >> 16, platform.api & 0xFFFFu);
  return text;
}

bool describe(const Api& api, const Listed& listed, bool compiles, Found* out, std::string* why) {
  out->listed = listed;
  hy_device_info& info = out->info;
  info = {};
  info.size = sizeof info;
  Properties properties;
  const ze_result_t code = ask(api, listed, &properties);
  if (code != ZE_RESULT_SUCCESS) {
    *why = std::string("Level Zero answered ") + code_name(code);
    return false;
  }
  if (!find_queues(api, out)) {
    *why = "it has no queue that computes";
    return false;
  }
  out->device_id = properties.device.deviceId;
  out->spirv_version = properties.module.spirvVersionSupported;
  out->ticks_per_second = properties.device.timerResolution;
  const uint32_t bits = properties.device.timestampValidBits;
  out->tick_mask = bits == 0 || bits >= 64 ? UINT64_MAX : (uint64_t{1} << bits) - 1;
  if (out->ticks_per_second != 0)
    info.timer_resolution_ns = static_cast<uint32_t>(std::max<uint64_t>(1000000000 / out->ticks_per_second, 1));
  info.memory_bytes = memory_bytes(api, listed.device);
  describe_identity(api, listed, properties, &info);
  describe_limits(properties, &info);
  info.capabilities = capabilities_of(properties, info, out->queue_count);
  if (compiles) {
    info.capabilities |= HY_CAP_RUNTIME_COMPILE;
    info.dialect = HY_DIALECT_OPENCL2;
  }
  return true;
}

}  // namespace halyard::level_zero
