// The fake libcuda.so.1: what its devices answer to cuDeviceGetAttribute.
#include "tests/drivers/gpu_fake/cuda.hpp"
#include "tests/drivers/gpu_fake/module.hpp"

namespace gpu_fake::cuda {
namespace {

struct Attribute {
  int number;
  int value;
};
// By the numbers of CUdevice_attribute; those that are not here are 0.
constexpr Attribute kAttributes[] = {
    {2, 1024},               // MAX_BLOCK_DIM_X
    {3, 1024},               // MAX_BLOCK_DIM_Y
    {4, 64},                 // MAX_BLOCK_DIM_Z
    {5, 0x7FFFFFFF},         // MAX_GRID_DIM_X
    {9, 65536},              // TOTAL_CONSTANT_MEMORY
    {11, 0x7FFFFFFF},        // MAX_PITCH
    {12, 65536},             // MAX_REGISTERS_PER_BLOCK
    {13, 1980000},           // CLOCK_RATE, kHz
    {14, 512},               // TEXTURE_ALIGNMENT
    {15, 1},                 // GPU_OVERLAP
    {16, 4},                 // MULTIPROCESSOR_COUNT
    {19, 1},                 // CAN_MAP_HOST_MEMORY
    {31, 1},                 // CONCURRENT_KERNELS
    {36, 2619000},           // MEMORY_CLOCK_RATE, kHz
    {37, 5120},              // GLOBAL_MEMORY_BUS_WIDTH, bits
    {38, 50 * 1024 * 1024},  // L2_CACHE_SIZE
    {39, 2048},              // MAX_THREADS_PER_MULTIPROCESSOR
    {40, 3},                 // ASYNC_ENGINE_COUNT
    {41, 1},                 // UNIFIED_ADDRESSING
    {78, 1},                 // STREAM_PRIORITIES_SUPPORTED
    {81, 228 * 1024},        // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    {82, 65536},             // MAX_REGISTERS_PER_MULTIPROCESSOR
    {90, 1},                 // COMPUTE_PREEMPTION_SUPPORTED
    {91, 1},                 // CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM
    {92, 1},                 // CAN_USE_STREAM_MEM_OPS_V1
    {93, 1},                 // CAN_USE_64_BIT_STREAM_MEM_OPS_V1
    {94, 1},                 // CAN_USE_STREAM_WAIT_VALUE_NOR_V1
    {99, 1},                 // HOST_REGISTER_SUPPORTED
    {106, 32},               // MAX_BLOCKS_PER_MULTIPROCESSOR
    {111, 1024},             // RESERVED_SHARED_MEMORY_PER_BLOCK
    {122, 1},                // CAN_USE_64_BIT_STREAM_MEM_OPS
    {123, 1},                // CAN_USE_STREAM_WAIT_VALUE_NOR
};

// Those that settings or the device decide; -1: none of them.
int64_t changing(int what, int device) {
  const int sm = architecture_number(architecture(device));
  switch (what) {
    case 1:  // MAX_THREADS_PER_BLOCK
      return threads_per_block();
    case 6:  // MAX_GRID_DIM_Y
    case 7:
      return setting_number("grid_y", kVendor.max_grid_y);
    case 8:   // MAX_SHARED_MEMORY_PER_BLOCK
    case 97:  // the same with CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
      return static_cast<int64_t>(shared_per_block());
    case 10:  // WARP_SIZE
      return wave_size();
    case 20:  // COMPUTE_MODE
      return setting_number("compute_mode", 0);
    case 33:  // PCI_BUS_ID
      return pci_bus(device);
    case 75:  // COMPUTE_CAPABILITY_MAJOR
      return sm / 10;
    case 76:
      return sm % 10;
    case 83:  // MANAGED_MEMORY
    case 89:  // CONCURRENT_MANAGED_ACCESS
      return setting_number("managed", 1);
    case 115:  // MEMORY_POOLS_SUPPORTED
      return setting_number("pools", 1);
    default:
      return -1;
  }
}

}  // namespace

int attribute(int what, int device, int* value) {
  if (what < 1 || what >= 150) return misuse(kInvalidValue, "cuDeviceGetAttribute of attribute %d", what);
  const int64_t found = changing(what, device);
  *value = static_cast<int>(found < 0 ? 0 : found);
  for (const Attribute& known : kAttributes) {
    if (known.number == what) *value = known.value;
  }
  return kSuccess;
}

}  // namespace gpu_fake::cuda
