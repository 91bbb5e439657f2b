// The part of NVIDIA's driver API and of NVRTC that the backend uses, declared here so that no vendor's header is
// needed: lists of types, enumerators and functions, from which the declarations, the loading of symbols, the fake
// driver and the test against the vendor's own header are made.
//
// Names are the vendor's. A list is walked with a macro of the form given over it.
#pragma once

#include <cstddef>
#include <cstdint>

// clang-format off

// X(handle, structure that it points to)
#define HALYARD_CUDA_HANDLES(X)                                                                             \
  X(CUcontext, CUctx_st) X(CUmodule, CUmod_st) X(CUfunction, CUfunc_st) X(CUstream, CUstream_st)            \
  X(CUevent, CUevent_st) X(CUmemoryPool, CUmemPoolHandle_st)

#define HALYARD_NVRTC_HANDLES(X) X(nvrtcProgram, _nvrtcProgram)

// X(name, value)
#define HALYARD_CUDA_RESULTS(X)                                                                             \
  X(CUDA_SUCCESS, 0) X(CUDA_ERROR_INVALID_VALUE, 1) X(CUDA_ERROR_OUT_OF_MEMORY, 2)                          \
  X(CUDA_ERROR_NOT_INITIALIZED, 3) X(CUDA_ERROR_DEINITIALIZED, 4) X(CUDA_ERROR_PROFILER_DISABLED, 5)        \
  X(CUDA_ERROR_PROFILER_NOT_INITIALIZED, 6) X(CUDA_ERROR_PROFILER_ALREADY_STARTED, 7)                       \
  X(CUDA_ERROR_PROFILER_ALREADY_STOPPED, 8) X(CUDA_ERROR_STUB_LIBRARY, 34)                                  \
  X(CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER, 36) X(CUDA_ERROR_DEVICE_UNAVAILABLE, 46)                         \
  X(CUDA_ERROR_NO_DEVICE, 100) X(CUDA_ERROR_INVALID_DEVICE, 101) X(CUDA_ERROR_DEVICE_NOT_LICENSED, 102)     \
  X(CUDA_ERROR_INVALID_IMAGE, 200) X(CUDA_ERROR_INVALID_CONTEXT, 201)                                       \
  X(CUDA_ERROR_CONTEXT_ALREADY_CURRENT, 202) X(CUDA_ERROR_MAP_FAILED, 205)                                  \
  X(CUDA_ERROR_UNMAP_FAILED, 206) X(CUDA_ERROR_ARRAY_IS_MAPPED, 207) X(CUDA_ERROR_ALREADY_MAPPED, 208)      \
  X(CUDA_ERROR_NO_BINARY_FOR_GPU, 209) X(CUDA_ERROR_ALREADY_ACQUIRED, 210) X(CUDA_ERROR_NOT_MAPPED, 211)    \
  X(CUDA_ERROR_NOT_MAPPED_AS_ARRAY, 212) X(CUDA_ERROR_NOT_MAPPED_AS_POINTER, 213)                           \
  X(CUDA_ERROR_ECC_UNCORRECTABLE, 214) X(CUDA_ERROR_UNSUPPORTED_LIMIT, 215)                                 \
  X(CUDA_ERROR_CONTEXT_ALREADY_IN_USE, 216) X(CUDA_ERROR_PEER_ACCESS_UNSUPPORTED, 217)                      \
  X(CUDA_ERROR_INVALID_PTX, 218) X(CUDA_ERROR_INVALID_GRAPHICS_CONTEXT, 219)                                \
  X(CUDA_ERROR_NVLINK_UNCORRECTABLE, 220) X(CUDA_ERROR_JIT_COMPILER_NOT_FOUND, 221)                         \
  X(CUDA_ERROR_UNSUPPORTED_PTX_VERSION, 222) X(CUDA_ERROR_JIT_COMPILATION_DISABLED, 223)                    \
  X(CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY, 224) X(CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC, 225)                  \
  X(CUDA_ERROR_CONTAINED, 226) X(CUDA_ERROR_INVALID_SOURCE, 300) X(CUDA_ERROR_FILE_NOT_FOUND, 301)          \
  X(CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND, 302) X(CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, 303)            \
  X(CUDA_ERROR_OPERATING_SYSTEM, 304) X(CUDA_ERROR_INVALID_HANDLE, 400) X(CUDA_ERROR_ILLEGAL_STATE, 401)    \
  X(CUDA_ERROR_LOSSY_QUERY, 402) X(CUDA_ERROR_NOT_FOUND, 500) X(CUDA_ERROR_NOT_READY, 600)                  \
  X(CUDA_ERROR_ILLEGAL_ADDRESS, 700) X(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, 701)                             \
  X(CUDA_ERROR_LAUNCH_TIMEOUT, 702) X(CUDA_ERROR_LAUNCH_INCOMPATIBLE_TEXTURING, 703)                        \
  X(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, 704) X(CUDA_ERROR_PEER_ACCESS_NOT_ENABLED, 705)                 \
  X(CUDA_ERROR_PRIMARY_CONTEXT_ACTIVE, 708) X(CUDA_ERROR_CONTEXT_IS_DESTROYED, 709)                         \
  X(CUDA_ERROR_ASSERT, 710) X(CUDA_ERROR_TOO_MANY_PEERS, 711)                                               \
  X(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED, 712) X(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED, 713)           \
  X(CUDA_ERROR_HARDWARE_STACK_ERROR, 714) X(CUDA_ERROR_ILLEGAL_INSTRUCTION, 715)                            \
  X(CUDA_ERROR_MISALIGNED_ADDRESS, 716) X(CUDA_ERROR_INVALID_ADDRESS_SPACE, 717)                            \
  X(CUDA_ERROR_INVALID_PC, 718) X(CUDA_ERROR_LAUNCH_FAILED, 719)                                            \
  X(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, 720) X(CUDA_ERROR_TENSOR_MEMORY_LEAK, 721)                     \
  X(CUDA_ERROR_NOT_PERMITTED, 800) X(CUDA_ERROR_NOT_SUPPORTED, 801) X(CUDA_ERROR_SYSTEM_NOT_READY, 802)     \
  X(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, 803) X(CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, 804)               \
  X(CUDA_ERROR_MPS_CONNECTION_FAILED, 805) X(CUDA_ERROR_MPS_RPC_FAILURE, 806)                               \
  X(CUDA_ERROR_MPS_SERVER_NOT_READY, 807) X(CUDA_ERROR_MPS_MAX_CLIENTS_REACHED, 808)                        \
  X(CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED, 809) X(CUDA_ERROR_MPS_CLIENT_TERMINATED, 810)                   \
  X(CUDA_ERROR_CDP_NOT_SUPPORTED, 811) X(CUDA_ERROR_CDP_VERSION_MISMATCH, 812)                              \
  X(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, 900) X(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, 901)               \
  X(CUDA_ERROR_STREAM_CAPTURE_MERGE, 902) X(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, 903)                       \
  X(CUDA_ERROR_STREAM_CAPTURE_UNJOINED, 904) X(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, 905)                    \
  X(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, 906) X(CUDA_ERROR_CAPTURED_EVENT, 907)                              \
  X(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, 908) X(CUDA_ERROR_TIMEOUT, 909)                                 \
  X(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE, 910) X(CUDA_ERROR_EXTERNAL_DEVICE, 911)                           \
  X(CUDA_ERROR_INVALID_CLUSTER_SIZE, 912) X(CUDA_ERROR_FUNCTION_NOT_LOADED, 913)                            \
  X(CUDA_ERROR_INVALID_RESOURCE_TYPE, 914) X(CUDA_ERROR_INVALID_RESOURCE_CONFIGURATION, 915)                \
  X(CUDA_ERROR_KEY_ROTATION, 916) X(CUDA_ERROR_UNKNOWN, 999)

#define HALYARD_CUDA_DEVICE_ATTRIBUTES(X)                                                                   \
  X(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1) X(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X, 2)                 \
  X(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y, 3) X(CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z, 4)                       \
  X(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 5) X(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Y, 6)                         \
  X(CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_Z, 7) X(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, 8)            \
  X(CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, 9) X(CU_DEVICE_ATTRIBUTE_WARP_SIZE, 10)                      \
  X(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, 12) X(CU_DEVICE_ATTRIBUTE_CLOCK_RATE, 13)                  \
  X(CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 16) X(CU_DEVICE_ATTRIBUTE_KERNEL_EXEC_TIMEOUT, 17)            \
  X(CU_DEVICE_ATTRIBUTE_INTEGRATED, 18) X(CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY, 19)                      \
  X(CU_DEVICE_ATTRIBUTE_COMPUTE_MODE, 20) X(CU_DEVICE_ATTRIBUTE_CONCURRENT_KERNELS, 31)                     \
  X(CU_DEVICE_ATTRIBUTE_ECC_ENABLED, 32) X(CU_DEVICE_ATTRIBUTE_PCI_BUS_ID, 33)                              \
  X(CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID, 34) X(CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE, 36)                     \
  X(CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH, 37) X(CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE, 38)               \
  X(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR, 39) X(CU_DEVICE_ATTRIBUTE_ASYNC_ENGINE_COUNT, 40)   \
  X(CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING, 41) X(CU_DEVICE_ATTRIBUTE_PCI_DOMAIN_ID, 50)                    \
  X(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 75) X(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 76)   \
  X(CU_DEVICE_ATTRIBUTE_STREAM_PRIORITIES_SUPPORTED, 78)                                                    \
  X(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_MULTIPROCESSOR, 81)                                           \
  X(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_MULTIPROCESSOR, 82) X(CU_DEVICE_ATTRIBUTE_MANAGED_MEMORY, 83)     \
  X(CU_DEVICE_ATTRIBUTE_HOST_NATIVE_ATOMIC_SUPPORTED, 86)                                                   \
  X(CU_DEVICE_ATTRIBUTE_SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO, 87)                                          \
  X(CU_DEVICE_ATTRIBUTE_PAGEABLE_MEMORY_ACCESS, 88) X(CU_DEVICE_ATTRIBUTE_CONCURRENT_MANAGED_ACCESS, 89)    \
  X(CU_DEVICE_ATTRIBUTE_COMPUTE_PREEMPTION_SUPPORTED, 90)                                                   \
  X(CU_DEVICE_ATTRIBUTE_CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM, 91)                                        \
  X(CU_DEVICE_ATTRIBUTE_COOPERATIVE_LAUNCH, 95) X(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 97) \
  X(CU_DEVICE_ATTRIBUTE_HOST_REGISTER_SUPPORTED, 99)                                                        \
  X(CU_DEVICE_ATTRIBUTE_VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED, 102)                                           \
  X(CU_DEVICE_ATTRIBUTE_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED, 103)                                   \
  X(CU_DEVICE_ATTRIBUTE_MAX_BLOCKS_PER_MULTIPROCESSOR, 106)                                                 \
  X(CU_DEVICE_ATTRIBUTE_RESERVED_SHARED_MEMORY_PER_BLOCK, 111)                                              \
  X(CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED, 115) \
  X(CU_DEVICE_ATTRIBUTE_NUMA_ID, 131)             \
  X(CU_DEVICE_ATTRIBUTE_HOST_NUMA_ID, 134)

#define HALYARD_CUDA_P2P_ATTRIBUTES(X)                                                                      \
  X(CU_DEVICE_P2P_ATTRIBUTE_PERFORMANCE_RANK, 1) X(CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED, 2)             \
  X(CU_DEVICE_P2P_ATTRIBUTE_NATIVE_ATOMIC_SUPPORTED, 3)

#define HALYARD_CUDA_FUNCTION_ATTRIBUTES(X)                                                                 \
  X(CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 0) X(CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, 1)                   \
  X(CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES, 2) X(CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, 3)                         \
  X(CU_FUNC_ATTRIBUTE_NUM_REGS, 4) X(CU_FUNC_ATTRIBUTE_PTX_VERSION, 5) X(CU_FUNC_ATTRIBUTE_BINARY_VERSION, 6) \
  X(CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 8)                                                     \
  X(CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT, 9)

#define HALYARD_CUDA_POINTER_ATTRIBUTES(X)                                                                  \
  X(CU_POINTER_ATTRIBUTE_CONTEXT, 1) X(CU_POINTER_ATTRIBUTE_MEMORY_TYPE, 2)                                 \
  X(CU_POINTER_ATTRIBUTE_DEVICE_POINTER, 3) X(CU_POINTER_ATTRIBUTE_HOST_POINTER, 4)                         \
  X(CU_POINTER_ATTRIBUTE_IS_MANAGED, 8) X(CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL, 9)                           \
  X(CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, 11) X(CU_POINTER_ATTRIBUTE_RANGE_SIZE, 12)                       \
  X(CU_POINTER_ATTRIBUTE_MAPPED, 13)

#define HALYARD_CUDA_JIT_OPTIONS(X)                                                                         \
  X(CU_JIT_MAX_REGISTERS, 0) X(CU_JIT_WALL_TIME, 2) X(CU_JIT_INFO_LOG_BUFFER, 3)                            \
  X(CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES, 4) X(CU_JIT_ERROR_LOG_BUFFER, 5)                                     \
  X(CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, 6) X(CU_JIT_OPTIMIZATION_LEVEL, 7)                                  \
  X(CU_JIT_TARGET_FROM_CUCONTEXT, 8) X(CU_JIT_LOG_VERBOSE, 12) X(CU_JIT_CACHE_MODE, 14)

#define HALYARD_CUDA_POOL_ATTRIBUTES(X)                                                                     \
  X(CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES, 1) X(CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC, 2)     \
  X(CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES, 3) X(CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, 4)           \
  X(CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT, 5) X(CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH, 6)                        \
  X(CU_MEMPOOL_ATTR_USED_MEM_CURRENT, 7) X(CU_MEMPOOL_ATTR_USED_MEM_HIGH, 8)

#define HALYARD_CUDA_ALLOCATION_TYPES(X) X(CU_MEM_ALLOCATION_TYPE_PINNED, 1)
#define HALYARD_CUDA_HANDLE_TYPES(X) X(CU_MEM_HANDLE_TYPE_NONE, 0) X(CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR, 1)
#define HALYARD_CUDA_LOCATION_TYPES(X) X(CU_MEM_LOCATION_TYPE_DEVICE, 1)
#define HALYARD_CUDA_ACCESS_FLAGS(X)                                                                        \
  X(CU_MEM_ACCESS_FLAGS_PROT_NONE, 0) X(CU_MEM_ACCESS_FLAGS_PROT_READ, 1) X(CU_MEM_ACCESS_FLAGS_PROT_READWRITE, 3)
#define HALYARD_CUDA_GRANULARITIES(X)                                                                       \
  X(CU_MEM_ALLOC_GRANULARITY_MINIMUM, 0) X(CU_MEM_ALLOC_GRANULARITY_RECOMMENDED, 1)
#define HALYARD_CUDA_LOADING_MODES(X) X(CU_MODULE_EAGER_LOADING, 1) X(CU_MODULE_LAZY_LOADING, 2)
#define HALYARD_CUDA_PROC_RESULTS(X)                                                                        \
  X(CU_GET_PROC_ADDRESS_SUCCESS, 0) X(CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND, 1)                              \
  X(CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT, 2)

// Values of several small types of the header, all passed as plain integers.
#define HALYARD_CUDA_FLAGS(X)                                                                               \
  X(CU_CTX_SCHED_AUTO, 0) X(CU_CTX_SCHED_SPIN, 1) X(CU_CTX_SCHED_YIELD, 2) X(CU_CTX_SCHED_BLOCKING_SYNC, 4) \
  X(CU_CTX_MAP_HOST, 8)                                                                                     \
  X(CU_STREAM_DEFAULT, 0) X(CU_STREAM_NON_BLOCKING, 1)                                                      \
  X(CU_EVENT_DEFAULT, 0) X(CU_EVENT_BLOCKING_SYNC, 1) X(CU_EVENT_DISABLE_TIMING, 2)                         \
  X(CU_MEMHOSTALLOC_PORTABLE, 1) X(CU_MEMHOSTALLOC_DEVICEMAP, 2) X(CU_MEMHOSTALLOC_WRITECOMBINED, 4)        \
  X(CU_MEM_ATTACH_GLOBAL, 1) X(CU_MEM_ATTACH_HOST, 2) X(CU_MEM_ATTACH_SINGLE, 4)                            \
  X(CU_MEMORYTYPE_HOST, 1) X(CU_MEMORYTYPE_DEVICE, 2) X(CU_MEMORYTYPE_ARRAY, 3) X(CU_MEMORYTYPE_UNIFIED, 4) \
  X(CU_COMPUTEMODE_DEFAULT, 0) X(CU_COMPUTEMODE_PROHIBITED, 2) X(CU_COMPUTEMODE_EXCLUSIVE_PROCESS, 3)       \
  X(CU_STREAM_WAIT_VALUE_GEQ, 0) X(CU_STREAM_WAIT_VALUE_EQ, 1) X(CU_STREAM_WAIT_VALUE_AND, 2)               \
  X(CU_STREAM_WRITE_VALUE_DEFAULT, 0)                                                                       \
  X(CU_GET_PROC_ADDRESS_DEFAULT, 0)

#define HALYARD_NVRTC_RESULTS(X)                                                                            \
  X(NVRTC_SUCCESS, 0) X(NVRTC_ERROR_OUT_OF_MEMORY, 1) X(NVRTC_ERROR_PROGRAM_CREATION_FAILURE, 2)            \
  X(NVRTC_ERROR_INVALID_INPUT, 3) X(NVRTC_ERROR_INVALID_PROGRAM, 4) X(NVRTC_ERROR_INVALID_OPTION, 5)        \
  X(NVRTC_ERROR_COMPILATION, 6) X(NVRTC_ERROR_BUILTIN_OPERATION_FAILURE, 7)                                 \
  X(NVRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION, 8) X(NVRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION, 9) \
  X(NVRTC_ERROR_NAME_EXPRESSION_NOT_VALID, 10) X(NVRTC_ERROR_INTERNAL_ERROR, 11)

// E(type, list of its enumerators)
#define HALYARD_CUDA_ENUMS(E)                                                                               \
  E(CUresult, HALYARD_CUDA_RESULTS) E(CUdevice_attribute, HALYARD_CUDA_DEVICE_ATTRIBUTES)                   \
  E(CUdevice_P2PAttribute, HALYARD_CUDA_P2P_ATTRIBUTES)                                                     \
  E(CUfunction_attribute, HALYARD_CUDA_FUNCTION_ATTRIBUTES) E(CUpointer_attribute, HALYARD_CUDA_POINTER_ATTRIBUTES) \
  E(CUjit_option, HALYARD_CUDA_JIT_OPTIONS) E(CUmemPool_attribute, HALYARD_CUDA_POOL_ATTRIBUTES)            \
  E(CUmemAllocationType, HALYARD_CUDA_ALLOCATION_TYPES) E(CUmemAllocationHandleType, HALYARD_CUDA_HANDLE_TYPES) \
  E(CUmemLocationType, HALYARD_CUDA_LOCATION_TYPES) E(CUmemAccess_flags, HALYARD_CUDA_ACCESS_FLAGS)         \
  E(CUmemAllocationGranularity_flags, HALYARD_CUDA_GRANULARITIES)                                           \
  E(CUmoduleLoadingMode, HALYARD_CUDA_LOADING_MODES) E(CUdriverProcAddressQueryResult, HALYARD_CUDA_PROC_RESULTS)
#define HALYARD_NVRTC_ENUMS(E) E(nvrtcResult, HALYARD_NVRTC_RESULTS)

// S(structure, its members as M(structure, member)…)
#define HALYARD_CUDA_STRUCTS(S, M)                                                                          \
  S(CUuuid, M(CUuuid, bytes))                                                                               \
  S(CUmemLocation, M(CUmemLocation, type) M(CUmemLocation, id))                                             \
  S(CUmemPoolProps, M(CUmemPoolProps, allocType) M(CUmemPoolProps, handleTypes) M(CUmemPoolProps, location) \
                    M(CUmemPoolProps, win32SecurityAttributes))                                             \
  S(CUmemAllocationProp, M(CUmemAllocationProp, type) M(CUmemAllocationProp, requestedHandleTypes)          \
                         M(CUmemAllocationProp, location) M(CUmemAllocationProp, win32HandleMetaData)       \
                         M(CUmemAllocationProp, allocFlags))                                                \
  S(CUmemAccessDesc, M(CUmemAccessDesc, location) M(CUmemAccessDesc, flags))

// X(name, exported symbol, CUDA version of that form, result, parameters). The version is what cuGetProcAddress is asked
// for: the one in which this form of the function appeared, so that a newer driver gives no newer form.

// In every driver from CUDA 11.4; a library that lacks one is refused by its name.
#define HALYARD_CUDA_REQUIRED(X)                                                                            \
  X(cuInit, cuInit, 2000, CUresult, (unsigned flags))                                                       \
  X(cuDriverGetVersion, cuDriverGetVersion, 2020, CUresult, (int* version))                                 \
  X(cuDeviceGetCount, cuDeviceGetCount, 2000, CUresult, (int* count))                                       \
  X(cuDeviceGet, cuDeviceGet, 2000, CUresult, (CUdevice* device, int ordinal))                              \
  X(cuDeviceGetName, cuDeviceGetName, 2000, CUresult, (char* name, int capacity, CUdevice device))          \
  X(cuDeviceGetUuid, cuDeviceGetUuid_v2, 11040, CUresult, (CUuuid* uuid, CUdevice device))                  \
  X(cuDeviceTotalMem, cuDeviceTotalMem_v2, 3020, CUresult, (size_t* bytes, CUdevice device))                \
  X(cuDeviceGetAttribute, cuDeviceGetAttribute, 2000, CUresult,                                             \
    (int* value, CUdevice_attribute attribute, CUdevice device))                                            \
  X(cuDeviceGetPCIBusId, cuDeviceGetPCIBusId, 4010, CUresult, (char* text, int capacity, CUdevice device))  \
  X(cuDevicePrimaryCtxRetain, cuDevicePrimaryCtxRetain, 7000, CUresult, (CUcontext* context, CUdevice device)) \
  X(cuDevicePrimaryCtxRelease, cuDevicePrimaryCtxRelease_v2, 11000, CUresult, (CUdevice device))            \
  X(cuCtxGetCurrent, cuCtxGetCurrent, 4000, CUresult, (CUcontext* context))                                 \
  X(cuCtxPushCurrent, cuCtxPushCurrent_v2, 4000, CUresult, (CUcontext context))                             \
  X(cuCtxPopCurrent, cuCtxPopCurrent_v2, 4000, CUresult, (CUcontext* context))                              \
  X(cuCtxGetDevice, cuCtxGetDevice, 2000, CUresult, (CUdevice* device))                                     \
  X(cuMemAlloc, cuMemAlloc_v2, 3020, CUresult, (CUdeviceptr* out, size_t bytes))                            \
  X(cuMemFree, cuMemFree_v2, 3020, CUresult, (CUdeviceptr memory))                                          \
  X(cuMemGetInfo, cuMemGetInfo_v2, 3020, CUresult, (size_t* free_bytes, size_t* total_bytes))               \
  X(cuMemHostAlloc, cuMemHostAlloc, 2020, CUresult, (void** out, size_t bytes, unsigned flags))             \
  X(cuMemFreeHost, cuMemFreeHost, 2000, CUresult, (void* memory))                                           \
  X(cuMemHostGetDevicePointer, cuMemHostGetDevicePointer_v2, 3020, CUresult,                                \
    (CUdeviceptr* out, void* host, unsigned flags))                                                         \
  X(cuMemAllocManaged, cuMemAllocManaged, 6000, CUresult, (CUdeviceptr* out, size_t bytes, unsigned flags)) \
  X(cuPointerGetAttribute, cuPointerGetAttribute, 4000, CUresult,                                           \
    (void* value, CUpointer_attribute attribute, CUdeviceptr pointer))                                      \
  X(cuMemcpyHtoDAsync, cuMemcpyHtoDAsync_v2, 3020, CUresult,                                                \
    (CUdeviceptr to, const void* from, size_t bytes, CUstream stream))                                      \
  X(cuMemcpyDtoHAsync, cuMemcpyDtoHAsync_v2, 3020, CUresult,                                                \
    (void* to, CUdeviceptr from, size_t bytes, CUstream stream))                                            \
  X(cuMemcpyDtoDAsync, cuMemcpyDtoDAsync_v2, 3020, CUresult,                                                \
    (CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream))                                      \
  X(cuMemsetD8Async, cuMemsetD8Async, 3020, CUresult,                                                       \
    (CUdeviceptr to, unsigned char value, size_t count, CUstream stream))                                   \
  X(cuMemsetD16Async, cuMemsetD16Async, 3020, CUresult,                                                     \
    (CUdeviceptr to, unsigned short value, size_t count, CUstream stream))                                  \
  X(cuMemsetD32Async, cuMemsetD32Async, 3020, CUresult,                                                     \
    (CUdeviceptr to, unsigned value, size_t count, CUstream stream))                                        \
  X(cuStreamCreate, cuStreamCreate, 2000, CUresult, (CUstream* stream, unsigned flags))                     \
  X(cuStreamDestroy, cuStreamDestroy_v2, 4000, CUresult, (CUstream stream))                                 \
  X(cuStreamSynchronize, cuStreamSynchronize, 2000, CUresult, (CUstream stream))                            \
  X(cuStreamQuery, cuStreamQuery, 2000, CUresult, (CUstream stream))                                        \
  X(cuStreamWaitEvent, cuStreamWaitEvent, 3020, CUresult, (CUstream stream, CUevent event, unsigned flags)) \
  X(cuStreamGetCtx, cuStreamGetCtx, 9020, CUresult, (CUstream stream, CUcontext* context))                  \
  X(cuEventCreate, cuEventCreate, 2000, CUresult, (CUevent* event, unsigned flags))                         \
  X(cuEventDestroy, cuEventDestroy_v2, 4000, CUresult, (CUevent event))                                     \
  X(cuEventRecord, cuEventRecord, 2000, CUresult, (CUevent event, CUstream stream))                         \
  X(cuEventQuery, cuEventQuery, 2000, CUresult, (CUevent event))                                            \
  X(cuEventSynchronize, cuEventSynchronize, 2000, CUresult, (CUevent event))                                \
  X(cuEventElapsedTime, cuEventElapsedTime, 2000, CUresult, (float* milliseconds, CUevent begin, CUevent end)) \
  X(cuModuleLoadDataEx, cuModuleLoadDataEx, 2010, CUresult,                                                 \
    (CUmodule* module, const void* image, unsigned option_count, CUjit_option* options, void** values))     \
  X(cuModuleUnload, cuModuleUnload, 2000, CUresult, (CUmodule module))                                      \
  X(cuModuleGetFunction, cuModuleGetFunction, 2000, CUresult,                                               \
    (CUfunction* function, CUmodule module, const char* name))                                              \
  X(cuModuleGetGlobal, cuModuleGetGlobal_v2, 3020, CUresult,                                                \
    (CUdeviceptr* address, size_t* bytes, CUmodule module, const char* name))                               \
  X(cuFuncGetAttribute, cuFuncGetAttribute, 2020, CUresult,                                                 \
    (int* value, CUfunction_attribute attribute, CUfunction function))                                      \
  X(cuLaunchKernel, cuLaunchKernel, 4000, CUresult,                                                         \
    (CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, \
     unsigned block_z, unsigned shared_bytes, CUstream stream, void** arguments, void** extra))             \
  X(cuMemPoolCreate, cuMemPoolCreate, 11020, CUresult, (CUmemoryPool* pool, const CUmemPoolProps* properties)) \
  X(cuMemPoolDestroy, cuMemPoolDestroy, 11020, CUresult, (CUmemoryPool pool))                               \
  X(cuMemPoolSetAttribute, cuMemPoolSetAttribute, 11020, CUresult,                                          \
    (CUmemoryPool pool, CUmemPool_attribute attribute, void* value))                                        \
  X(cuDeviceCanAccessPeer, cuDeviceCanAccessPeer, 4000, CUresult, (int* can, CUdevice device, CUdevice peer)) \
  X(cuCtxEnablePeerAccess, cuCtxEnablePeerAccess, 4000, CUresult, (CUcontext peer, unsigned flags))         \
  X(cuMemcpyPeerAsync, cuMemcpyPeerAsync, 4000, CUresult,                                                   \
    (CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context, size_t bytes, CUstream stream)) \
  X(cuMemPoolSetAccess, cuMemPoolSetAccess, 11020, CUresult,                                                \
    (CUmemoryPool pool, const CUmemAccessDesc* descriptions, size_t count))                                 \
  X(cuMemPoolTrimTo, cuMemPoolTrimTo, 11020, CUresult, (CUmemoryPool pool, size_t bytes_to_keep))           \
  X(cuMemAllocFromPoolAsync, cuMemAllocFromPoolAsync, 11020, CUresult,                                      \
    (CUdeviceptr* out, size_t bytes, CUmemoryPool pool, CUstream stream))                                   \
  X(cuMemFreeAsync, cuMemFreeAsync, 11020, CUresult, (CUdeviceptr memory, CUstream stream))

// Newer; NULL where the driver lacks them.
#define HALYARD_CUDA_OPTIONAL(X)                                                                            \
  X(cuStreamWaitValue32, cuStreamWaitValue32_v2, 11070, CUresult,                                           \
    (CUstream stream, CUdeviceptr address, uint32_t value, unsigned flags))

#define HALYARD_CUDA_FUNCTIONS(X) HALYARD_CUDA_REQUIRED(X) HALYARD_CUDA_OPTIONAL(X)

// What finds the others: the second form is preferred, the first is in every driver from CUDA 11.3.
#define HALYARD_CUDA_FINDERS(X)                                                                             \
  X(get_proc_address, cuGetProcAddress, 11030, CUresult,                                                    \
    (const char* symbol, void** function, int version, uint64_t flags))                                     \
  X(get_proc_address_v2, cuGetProcAddress_v2, 12000, CUresult,                                              \
    (const char* symbol, void** function, int version, uint64_t flags, CUdriverProcAddressQueryResult* found))

// NVRTC, which exports each function once and under its own name.
#define HALYARD_NVRTC_REQUIRED(X)                                                                           \
  X(nvrtcGetErrorString, const char*, (nvrtcResult code))                                                   \
  X(nvrtcVersion, nvrtcResult, (int* major, int* minor))                                                    \
  X(nvrtcCreateProgram, nvrtcResult,                                                                        \
    (nvrtcProgram* program, const char* source, const char* name, int header_count, const char* const* headers, \
     const char* const* header_names))                                                                      \
  X(nvrtcDestroyProgram, nvrtcResult, (nvrtcProgram* program))                                              \
  X(nvrtcCompileProgram, nvrtcResult, (nvrtcProgram program, int option_count, const char* const* options)) \
  X(nvrtcGetPTXSize, nvrtcResult, (nvrtcProgram program, size_t* bytes))                                    \
  X(nvrtcGetPTX, nvrtcResult, (nvrtcProgram program, char* out))                                            \
  X(nvrtcGetProgramLogSize, nvrtcResult, (nvrtcProgram program, size_t* bytes))                             \
  X(nvrtcGetProgramLog, nvrtcResult, (nvrtcProgram program, char* out))

// From 11.1 and 11.2.
#define HALYARD_NVRTC_OPTIONAL(X)                                                                           \
  X(nvrtcGetCUBINSize, nvrtcResult, (nvrtcProgram program, size_t* bytes))                                  \
  X(nvrtcGetCUBIN, nvrtcResult, (nvrtcProgram program, char* out))                                          \
  X(nvrtcGetNumSupportedArchs, nvrtcResult, (int* count))                                                   \
  X(nvrtcGetSupportedArchs, nvrtcResult, (int* architectures))

#define HALYARD_NVRTC_FUNCTIONS(X) HALYARD_NVRTC_REQUIRED(X) HALYARD_NVRTC_OPTIONAL(X)
// clang-format on

namespace halyard::cuda {

#define HALYARD_CUDA_HANDLE(name, type) \
  struct type;                          \
  using name = type*;
HALYARD_CUDA_HANDLES(HALYARD_CUDA_HANDLE)
HALYARD_NVRTC_HANDLES(HALYARD_CUDA_HANDLE)
#undef HALYARD_CUDA_HANDLE

#define HALYARD_CUDA_ENUMERATOR(name, value) name = value,
#define HALYARD_CUDA_ENUM(type, list) enum type : int { list(HALYARD_CUDA_ENUMERATOR) };
HALYARD_CUDA_ENUMS(HALYARD_CUDA_ENUM)
HALYARD_NVRTC_ENUMS(HALYARD_CUDA_ENUM)
enum Flag : unsigned { HALYARD_CUDA_FLAGS(HALYARD_CUDA_ENUMERATOR) };
#undef HALYARD_CUDA_ENUM
#undef HALYARD_CUDA_ENUMERATOR

using CUdevice = int;
using CUdeviceptr = unsigned long long;
using CUmemGenericAllocationHandle = unsigned long long;
using CUhostFn = void (*)(void* user);

struct CUuuid {
  char bytes[16];
};

struct CUmemLocation {
  CUmemLocationType type;
  int id;
};

struct CUmemPoolProps {
  CUmemAllocationType allocType;
  CUmemAllocationHandleType handleTypes;
  CUmemLocation location;
  void* win32SecurityAttributes;
  unsigned char reserved[64];  // zeros; newer headers have a largest size and a usage here
};

struct CUmemAllocationProp {
  CUmemAllocationType type;
  CUmemAllocationHandleType requestedHandleTypes;
  CUmemLocation location;
  void* win32HandleMetaData;
  struct {
    unsigned char compressionType;
    unsigned char gpuDirectRDMACapable;
    unsigned short usage;
    unsigned char reserved[4];
  } allocFlags;
};

struct CUmemAccessDesc {
  CUmemLocation location;
  CUmemAccess_flags flags;
};

}  // namespace halyard::cuda
