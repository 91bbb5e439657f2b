#include "tests/drivers/gpu_fake/hip_properties.hpp"

#include <cstring>

#include "tests/drivers/gpu_fake/hip.hpp"
#include "tests/drivers/gpu_fake/module.hpp"

namespace gpu_fake::hip {
namespace {

struct Attribute {
  int number;
  int value;
};
// By the numbers of hipDeviceAttribute_t, which HIP 5 to 7 share as far as they are here.
constexpr Attribute kAttributes[] = {
    {0, 0},                 // EccEnabled
    {1, 0},                 // AccessPolicyMaxWindowSize
    {2, 2},                 // AsyncEngineCount
    {3, 1},                 // CanMapHostMemory
    {4, 1},                 // CanUseHostPointerForRegisteredMem
    {5, 2100000},           // ClockRate
    {7, 0},                 // ComputePreemptionSupported
    {8, 1},                 // ConcurrentKernels
    {9, 1},                 // ConcurrentManagedAccess
    {10, 1},                // CooperativeLaunch
    {15, 0},                // HostNativeAtomicSupported
    {16, 0},                // Integrated
    {17, 0},                // IsMultiGpuBoard
    {18, 0},                // KernelExecTimeout
    {19, 4 * 1024 * 1024},  // L2CacheSize
    {25, 32},               // MaxBlocksPerMultiProcessor
    {26, 1024},             // MaxBlockDimX
    {27, 1024},             // MaxBlockDimY
    {28, 1024},             // MaxBlockDimZ
    {29, 0x7FFFFFFF},       // MaxGridDimX
    {57, 2048},             // MaxThreadsPerMultiProcessor
    {58, 0x7FFFFFFF},       // MaxPitch
    {59, 8192},             // MemoryBusWidth
    {60, 1300000},          // MemoryClockRate
    {63, 4},                // MultiprocessorCount
    {65, 0},                // PageableMemoryAccess
    {66, 0},                // PageableMemoryAccessUsesHostPageTables
    {68, 0},                // PciDeviceId
    {69, 0},                // PciDomainID
    {71, 65536},            // MaxRegistersPerBlock
    {72, 65536},            // MaxRegistersPerMultiprocessor
    {73, 0},                // ReservedSharedMemPerBlock
    {75, 65536},            // SharedMemPerBlockOptin
    {76, 65536},            // SharedMemPerMultiprocessor
    {77, 2},                // SingleToDoublePrecisionPerfRatio
    {78, 1},                // StreamPrioritiesSupported
    {81, 256},              // TextureAlignment
    {83, 0x7FFFFFFF},       // TotalConstantMemory
    {85, 1},                // UnifiedAddressing
    {90, 1},                // HostRegisterSupported
    {10000, 1000000},       // ClockInstructionRate
    {10002, 65536},         // MaxSharedMemoryPerMultiprocessor
    {10011, 1},             // IsLargeBar
    {10013, 1},             // CanUseStreamWaitValue
    {10015, 4},             // PhysicalMultiProcessorCount
    {10017, 100000},        // WallClockRate
    {10016, 1},             // FineGrainSupport
};

int value_of(int what, int device) {
  int value = 0;
  attribute(what, device, &value);
  return value;
}

template <class Properties>
void fill_common(Properties* out, int device) {
  std::memset(out, 0, sizeof *out);
  std::strncpy(out->name, setting_of("name", device, kVendor.device_name).c_str(), sizeof out->name - 1);
  std::strncpy(out->gcnArchName, architecture(device).c_str(), sizeof out->gcnArchName - 1);
  out->totalGlobalMem = machine().devices[static_cast<size_t>(device)].memory_bytes;
  out->sharedMemPerBlock = shared_per_block();
  out->maxSharedMemoryPerMultiProcessor = shared_per_block();
  out->warpSize = value_of(87, device);
  out->regsPerBlock = value_of(71, device);
  out->maxThreadsPerBlock = value_of(56, device);
  for (int d = 0; d < 3; ++d) {
    out->maxThreadsDim[d] = value_of(26 + d, device);
    out->maxGridSize[d] = value_of(29 + d, device);
  }
  out->clockRate = value_of(5, device);
  out->memoryClockRate = value_of(60, device);
  out->memoryBusWidth = value_of(59, device);
  out->totalConstMem = static_cast<size_t>(value_of(83, device));
  out->major = value_of(23, device);
  out->minor = value_of(61, device);
  out->multiProcessorCount = value_of(63, device);
  out->l2CacheSize = value_of(19, device);
  out->maxThreadsPerMultiProcessor = value_of(57, device);
  out->computeMode = value_of(6, device);
  out->clockInstructionRate = value_of(10000, device);
  out->arch = 0x1FFFF;
  out->concurrentKernels = 1;
  out->pciBusID = value_of(67, device);
  out->canMapHostMemory = 1;
}

}  // namespace

int attribute(int what, int device, int* value) {
  const int number = architecture_number(architecture(device));  // 942, 90 (of gfx90a), 1100
  switch (what) {
    case 6:  // ComputeMode
      *value = static_cast<int>(setting_number("compute_mode", 0));
      return kSuccess;
    case 23:  // ComputeCapabilityMajor
      *value = number < 100 ? 9 : number / 100;
      return kSuccess;
    case 61:  // ComputeCapabilityMinor
      *value = number < 100 ? 0 : number / 10 % 10;
      return kSuccess;
    case 24:  // ManagedMemory
      *value = static_cast<int>(setting_number("managed", 1));
      return kSuccess;
    case 30:  // MaxGridDimY
    case 31:
      *value = static_cast<int>(setting_number("grid_y", kVendor.max_grid_y));
      return kSuccess;
    case 56:  // MaxThreadsPerBlock
      *value = static_cast<int>(threads_per_block());
      return kSuccess;
    case 67:  // PciBusId
      *value = pci_bus(device);
      return kSuccess;
    case 74:  // MaxSharedMemoryPerBlock
      *value = static_cast<int>(shared_per_block());
      return kSuccess;
    case 87:  // WarpSize
      *value = static_cast<int>(wave_size());
      return kSuccess;
    case 88:  // MemoryPoolsSupported
      *value = static_cast<int>(setting_number("pools", 1));
      return kSuccess;
    default:
      break;
  }
  for (const Attribute& known : kAttributes) {
    if (known.number == what) {
      *value = known.value;
      return kSuccess;
    }
  }
  *value = 0;  // known by number, and not by this device
  const bool exists = (what >= 0 && what < 100) || (what >= 10000 && what < 10030);
  return exists ? kInvalidValue : misuse(kInvalidValue, "hipDeviceGetAttribute of attribute %d", what);
}

void fill_properties(PropertiesR0000* out, int device) { fill_common(out, device); }

void fill_properties(PropertiesR0600* out, int device) {
  fill_common(out, device);
  std::memcpy(out->uuid, uuid_bytes(device).data(), sizeof out->uuid);
  out->asyncEngineCount = 2;
  out->unifiedAddressing = 1;
  out->sharedMemPerMultiprocessor = shared_per_block();
}

}  // namespace gpu_fake::hip
