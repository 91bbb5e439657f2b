// What a device says of itself. Attributes are asked one by one: the structure of properties differs by version.
#include "backends/hip/found.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "backends/hip/errors.hpp"

namespace halyard::hip {
namespace {

// Of a device's memory, what its pool keeps of given back memory for the next allocation.
constexpr uint64_t kPooledShare = 8;

class Asker {
 public:
  Asker(const Api& api, int ordinal) : api_(api), ordinal_(ordinal) {}
  int operator()(hipDeviceAttribute_t attribute, int otherwise = 0) const {
    int value = 0;
    if (api_.hipDeviceGetAttribute(&value, attribute, ordinal_) == hipSuccess) return value;
    api_.hipGetLastError();
    return otherwise;
  }

 private:
  const Api& api_;
  int ordinal_;
};

void describe_identity(const Api& api, int ordinal, hy_device_info* info) {
  hipDevice_t device = 0;
  if (api.hipDeviceGet(&device, ordinal) != hipSuccess ||
      api.hipDeviceGetName(info->name, sizeof info->name, device) != hipSuccess || info->name[0] == '\0') {
    std::snprintf(info->name, sizeof info->name, "AMD %s", info->architecture);  // HIP 5 has no names of newer boards
  }
  std::snprintf(info->vendor, sizeof info->vendor, "AMD");
  hipUUID uuid{};
  if (api.hipDeviceGetUuid != nullptr && api.hipDeviceGetUuid(&uuid, device) == hipSuccess) {
    // Without a serial number all bytes are zeros, on every such device.
    info->has_uuid = std::any_of(uuid.bytes, uuid.bytes + sizeof uuid.bytes, [](char c) { return c != 0; }) ? 1 : 0;
    std::memcpy(info->uuid, uuid.bytes, sizeof info->uuid);
  }
  char address[sizeof info->pci_address] = "";
  if (api.hipDeviceGetPCIBusId(address, sizeof address, ordinal) == hipSuccess) {
    for (size_t i = 0; address[i] != '\0'; ++i)
      info->pci_address[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(address[i])));
  }
}

void describe_limits(const Asker& ask, hy_device_info* info) {
  info->compute_units = static_cast<uint32_t>(ask(hipDeviceAttributeMultiprocessorCount));
  info->local_memory_bytes = static_cast<uint64_t>(ask(hipDeviceAttributeMaxSharedMemoryPerBlock, 64 << 10));
  info->max_workgroup_items = static_cast<uint32_t>(ask(hipDeviceAttributeMaxThreadsPerBlock, 1024));
  constexpr hipDeviceAttribute_t kGrid[] = {hipDeviceAttributeMaxGridDimX, hipDeviceAttributeMaxGridDimY,
                                            hipDeviceAttributeMaxGridDimZ};
  constexpr hipDeviceAttribute_t kBlock[] = {hipDeviceAttributeMaxBlockDimX, hipDeviceAttributeMaxBlockDimY,
                                             hipDeviceAttributeMaxBlockDimZ};
  for (int d = 0; d < 3; ++d) {
    info->max_workgroup[d] = static_cast<uint32_t>(std::max(ask(kBlock[d], 1024), 1));
    // The dispatch packet counts the items of a dimension in 32 bits, whatever the attribute says of groups.
    const auto said = static_cast<uint64_t>(std::max(ask(kGrid[d], UINT16_MAX), 1));
    info->max_grid[d] = std::min<uint64_t>(said, UINT32_MAX / info->max_workgroup[d]);
  }
  info->subgroup_size = static_cast<uint32_t>(std::max(ask(hipDeviceAttributeWarpSize, 64), 1));
  info->base_alignment = 256;
  info->timer_resolution_ns = 1000;
}

hy_capabilities capabilities_of(const Asker& ask, const char* architecture, bool waits_for_values) {
  hy_capabilities has = HY_CAP_KERNELS | HY_CAP_FLOAT64 | HY_CAP_FLOAT16 | HY_CAP_ATOMICS_INT64 | HY_CAP_SUBGROUPS |
                        HY_CAP_BARRIERS | HY_CAP_LOCAL_MEMORY | HY_CAP_TIMED_POINTS | HY_CAP_NATIVE_OUT |
                        HY_CAP_NATIVE_IN;
  // The prelude for HIP (HY_HAS_ATOMICS_FLOAT) says the same.
  for (const char* one : {"gfx940", "gfx941", "gfx942"}) {
    if (std::strncmp(architecture, one, 6) == 0) has |= HY_CAP_ATOMICS_FLOAT;
  }
  if (ask(hipDeviceAttributeCanMapHostMemory, 1) != 0) has |= HY_CAP_PINNED_MEMORY;
  // Without concurrent access the host may not touch shared memory while any kernel runs.
  if (ask(hipDeviceAttributeConcurrentManagedAccess) != 0) has |= HY_CAP_SHARED_MEMORY;
  if (ask(hipDeviceAttributeConcurrentKernels) != 0) has |= HY_CAP_CONCURRENT_STREAMS;
  if (waits_for_values && (has & HY_CAP_PINNED_MEMORY) != 0) has |= HY_CAP_HOST_FUNCTIONS;
  return has;
}

bool has_pools(const Asker& ask, const Api& api) {
  return api.hipMemPoolCreate != nullptr && api.hipMemPoolDestroy != nullptr && api.hipMemPoolSetAttribute != nullptr &&
         api.hipMemPoolTrimTo != nullptr && api.hipMallocFromPoolAsync != nullptr && api.hipFreeAsync != nullptr &&
         ask(hipDeviceAttributeMemoryPoolsSupported) != 0;
}

}  // namespace

std::string driver_version(const hy_host& host, const Api& api) {
  char hip[48];
  std::snprintf(hip, sizeof hip, "HIP %d.%d.%d", api.major(), api.version / 100000 % 100, api.version % 100000);
  // Only a driver that was not built with the kernel has a version of its own.
  char text[64];
  uint64_t bytes = sizeof text - 1;
  if (host.file_read(host.self, "/sys/module/amdgpu/version", text, &bytes, nullptr) != HY_OK) return hip;
  text[std::min<uint64_t>(bytes, sizeof text - 1)] = '\0';
  text[std::strcspn(text, " \n")] = '\0';
  return std::string(text) + " (" + hip + ")";
}

bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why) {
  out->ordinal = ordinal;
  hy_device_info& info = out->info;
  info = {};
  info.size = sizeof info;
  hipError_t code = architecture_of(api, ordinal, info.architecture, sizeof info.architecture);
  size_t total = 0;
  hipDevice_t device = 0;
  if (code == hipSuccess) code = api.hipDeviceGet(&device, ordinal);
  if (code == hipSuccess) code = api.hipDeviceTotalMem(&total, device);
  if (code != hipSuccess) {
    api.hipGetLastError();
    *why = std::string("HIP answered ") + code_name(code);
    return false;
  }
  const Asker ask(api, ordinal);
  info.kind = ask(hipDeviceAttributeIntegrated) != 0 ? HY_DEVICE_INTEGRATED_GPU : HY_DEVICE_GPU;
  info.memory_bytes = total;
  info.max_allocation_bytes = total;
  describe_identity(api, ordinal, &info);
  describe_limits(ask, &info);
  out->waits_for_values = api.hipStreamWaitValue32 != nullptr && ask(hipDeviceAttributeCanUseStreamWaitValue) != 0;
  info.capabilities = capabilities_of(ask, info.architecture, out->waits_for_values);
  if (compiles) {
    info.capabilities |= HY_CAP_RUNTIME_COMPILE;
    info.dialect = HY_DIALECT_HIP;
  }
  if (has_pools(ask, api)) out->pooled_bytes = total / kPooledShare;
  return true;
}

}  // namespace halyard::hip
