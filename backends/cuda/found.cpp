// What a device says of itself. Attributes are asked one by one: there is no structure whose layout could change.
#include "backends/cuda/found.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

#include "backends/cuda/errors.hpp"

namespace halyard::cuda {
namespace {

// Of a device's memory, what its pool keeps of given back memory for the next allocation.
constexpr uint64_t kPooledShare = 8;

class Asker {
 public:
  Asker(const Api& api, CUdevice device) : api_(api), device_(device) {}
  int operator()(CUdevice_attribute attribute, int otherwise = 0) const {
    int value = 0;
    return api_.cuDeviceGetAttribute(&value, attribute, device_) == CUDA_SUCCESS ? value : otherwise;
  }

 private:
  const Api& api_;
  CUdevice device_;
};

void describe_identity(const Api& api, CUdevice device, hy_device_info* info) {
  if (api.cuDeviceGetName(info->name, sizeof info->name, device) != CUDA_SUCCESS) {
    std::snprintf(info->name, sizeof info->name, "NVIDIA device");
  }
  std::snprintf(info->vendor, sizeof info->vendor, "NVIDIA");
  CUuuid uuid{};
  if (api.cuDeviceGetUuid(&uuid, device) == CUDA_SUCCESS) {
    std::memcpy(info->uuid, uuid.bytes, sizeof info->uuid);
    info->has_uuid = 1;
  }
  char address[sizeof info->pci_address] = "";
  if (api.cuDeviceGetPCIBusId(address, sizeof address, device) == CUDA_SUCCESS) {
    for (size_t i = 0; address[i] != '\0'; ++i)
      info->pci_address[i] = static_cast<char>(std::tolower(static_cast<unsigned char>(address[i])));
  }
}

void describe_limits(const Asker& ask, hy_device_info* info) {
  info->compute_units = static_cast<uint32_t>(ask(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT));
  info->local_memory_bytes = static_cast<uint64_t>(ask(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 48 << 10));
  info->max_workgroup_items = static_cast<uint32_t>(ask(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024));
  constexpr CUdevice_attribute kGrid[] = {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y,
                                          CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z};
  constexpr CUdevice_attribute kBlock[] = {CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y,
                                           CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z};
  for (int d = 0; d < 3; ++d) {
    info->max_grid[d] = static_cast<uint64_t>(ask(kGrid[d], UINT16_MAX));
    info->max_workgroup[d] = static_cast<uint32_t>(ask(kBlock[d], 64));
  }
  info->subgroup_size = static_cast<uint32_t>(ask(CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32));
  info->base_alignment = 256;
  info->timer_resolution_ns = 500;  // of events, as NVIDIA documents it
}

hy_capabilities capabilities_of(const Asker& ask, const Api& api, int compute) {
  hy_capabilities has = HY_CAP_KERNELS | HY_CAP_FLOAT64 | HY_CAP_ATOMICS_INT64 | HY_CAP_ATOMICS_FLOAT |
                        HY_CAP_SUBGROUPS | HY_CAP_BARRIERS | HY_CAP_LOCAL_MEMORY | HY_CAP_TIMED_POINTS |
                        HY_CAP_NATIVE_OUT | HY_CAP_NATIVE_IN | HY_CAP_PRINTF;
  if (compute >= 53) has |= HY_CAP_FLOAT16;
  if (compute >= 80) has |= HY_CAP_BFLOAT16;
  if (ask(CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY) != 0) has |= HY_CAP_PINNED_MEMORY;
  // Without concurrent access the host may not touch shared memory while any kernel runs.
  if (ask(CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS) != 0) has |= HY_CAP_SHARED_MEMORY;
  if (ask(CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS) != 0) has |= HY_CAP_CONCURRENT_STREAMS;
  if (api.cuStreamWaitValue32 != nullptr && (has & HY_CAP_PINNED_MEMORY) != 0) has |= HY_CAP_HOST_FUNCTIONS;
  return has;
}

}  // namespace

std::string driver_version(const hy_host& host, const Api& api) {
  char cuda[32];
  std::snprintf(cuda, sizeof cuda, "CUDA %d.%d", api.version / 1000, api.version % 1000 / 10);
  // "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 ...": the first word that is a version.
  char text[1024];
  uint64_t bytes = sizeof text - 1;
  if (host.file_read(host.self, "/proc/driver/nvidia/version", text, &bytes, nullptr) != HY_OK) return cuda;
  text[std::min<uint64_t>(bytes, sizeof text - 1)] = '\0';
  for (const char* at = text; *at != '\0' && *at != '\n';) {
    const size_t length = std::strcspn(at, " \t\n");
    const std::string word(at, length);
    if (std::isdigit(static_cast<unsigned char>(word[0])) != 0 && word.find('.') != std::string::npos)
      return word + " (" + cuda + ")";
    at += length;
    at += std::strspn(at, " \t");
  }
  return cuda;
}

bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why) {
  CUresult code = api.cuDeviceGet(&out->device, ordinal);
  size_t total = 0;
  if (code == CUDA_SUCCESS) code = api.cuDeviceTotalMem(&total, out->device);
  if (code != CUDA_SUCCESS) {
    *why = std::string("the driver answered ") + code_name(code);
    return false;
  }
  const Asker ask(api, out->device);
  hy_device_info& info = out->info;
  info = {};
  info.size = sizeof info;
  out->major = ask(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  out->minor = ask(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  std::snprintf(info.architecture, sizeof info.architecture, "sm_%d%d", out->major, out->minor);
  info.kind = ask(CU_DEVICE_ATTRIBUTE_INTEGRATED) != 0 ? HY_DEVICE_INTEGRATED_GPU : HY_DEVICE_GPU;
  info.memory_bytes = total;
  info.max_allocation_bytes = total;
  describe_identity(api, out->device, &info);
  describe_limits(ask, &info);
  info.capabilities = capabilities_of(ask, api, out->major * 10 + out->minor);
  if (compiles) {
    info.capabilities |= HY_CAP_RUNTIME_COMPILE;
    info.dialect = HY_DIALECT_CUDA;
  }
  if (ask(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0) out->pooled_bytes = total / kPooledShare;
  return true;
}

}  // namespace halyard::cuda
