// The part of Level Zero's loader and of Intel's offline compiler that the backend uses, declared here so that no
// vendor's header is needed: lists of types, enumerators, structures and functions, from which the declarations, the
// loading of symbols, the fake loader and the test against the vendor's own headers are made.
//
// Names are the vendor's. A list is walked with a macro of the form given over it.
#pragma once

#include <cstddef>
#include <cstdint>

// clang-format off

// X(handle); each points to a structure of its own name with a '_' before it.
#define HALYARD_ZE_HANDLES(X)                                                                               \
  X(ze_driver_handle_t) X(ze_device_handle_t) X(ze_context_handle_t) X(ze_command_list_handle_t)            \
  X(ze_event_pool_handle_t) X(ze_event_handle_t) X(ze_module_handle_t) X(ze_module_build_log_handle_t)      \
  X(ze_kernel_handle_t)

// X(name, value)
#define HALYARD_ZE_RESULTS(X)                                                                               \
  X(ZE_RESULT_SUCCESS, 0) X(ZE_RESULT_NOT_READY, 1) X(ZE_RESULT_ERROR_DEVICE_LOST, 0x70000001)              \
  X(ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY, 0x70000002) X(ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, 0x70000003)     \
  X(ZE_RESULT_ERROR_MODULE_BUILD_FAILURE, 0x70000004) X(ZE_RESULT_ERROR_MODULE_LINK_FAILURE, 0x70000005)    \
  X(ZE_RESULT_ERROR_DEVICE_REQUIRES_RESET, 0x70000006) X(ZE_RESULT_ERROR_DEVICE_IN_LOW_POWER_STATE, 0x70000007) \
  X(ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS, 0x70010000) X(ZE_RESULT_ERROR_NOT_AVAILABLE, 0x70010001)      \
  X(ZE_RESULT_ERROR_DEPENDENCY_UNAVAILABLE, 0x70020000) X(ZE_RESULT_WARNING_DROPPED_DATA, 0x70020001)       \
  X(ZE_RESULT_ERROR_UNINITIALIZED, 0x78000001) X(ZE_RESULT_ERROR_UNSUPPORTED_VERSION, 0x78000002)           \
  X(ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, 0x78000003) X(ZE_RESULT_ERROR_INVALID_ARGUMENT, 0x78000004)        \
  X(ZE_RESULT_ERROR_INVALID_NULL_HANDLE, 0x78000005) X(ZE_RESULT_ERROR_HANDLE_OBJECT_IN_USE, 0x78000006)    \
  X(ZE_RESULT_ERROR_INVALID_NULL_POINTER, 0x78000007) X(ZE_RESULT_ERROR_INVALID_SIZE, 0x78000008)           \
  X(ZE_RESULT_ERROR_UNSUPPORTED_SIZE, 0x78000009) X(ZE_RESULT_ERROR_UNSUPPORTED_ALIGNMENT, 0x7800000a)      \
  X(ZE_RESULT_ERROR_INVALID_SYNCHRONIZATION_OBJECT, 0x7800000b) X(ZE_RESULT_ERROR_INVALID_ENUMERATION, 0x7800000c) \
  X(ZE_RESULT_ERROR_UNSUPPORTED_ENUMERATION, 0x7800000d) X(ZE_RESULT_ERROR_UNSUPPORTED_IMAGE_FORMAT, 0x7800000e) \
  X(ZE_RESULT_ERROR_INVALID_NATIVE_BINARY, 0x7800000f) X(ZE_RESULT_ERROR_INVALID_GLOBAL_NAME, 0x78000010)   \
  X(ZE_RESULT_ERROR_INVALID_KERNEL_NAME, 0x78000011) X(ZE_RESULT_ERROR_INVALID_FUNCTION_NAME, 0x78000012)   \
  X(ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION, 0x78000013)                                               \
  X(ZE_RESULT_ERROR_INVALID_GLOBAL_WIDTH_DIMENSION, 0x78000014)                                             \
  X(ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_INDEX, 0x78000015)                                              \
  X(ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_SIZE, 0x78000016)                                               \
  X(ZE_RESULT_ERROR_INVALID_KERNEL_ATTRIBUTE_VALUE, 0x78000017)                                             \
  X(ZE_RESULT_ERROR_INVALID_MODULE_UNLINKED, 0x78000018) X(ZE_RESULT_ERROR_INVALID_COMMAND_LIST_TYPE, 0x78000019) \
  X(ZE_RESULT_ERROR_OVERLAPPING_REGIONS, 0x7800001a) X(ZE_RESULT_WARNING_ACTION_REQUIRED, 0x7800001b)       \
  X(ZE_RESULT_ERROR_INVALID_KERNEL_HANDLE, 0x7800001c) X(ZE_RESULT_ERROR_UNKNOWN, 0x7ffffffe)

// Of every structure that begins with its type. The last two are of loaders from 1.8 on or newer.
#define HALYARD_ZE_STRUCTURE_TYPES(X)                                                                       \
  X(ZE_STRUCTURE_TYPE_DRIVER_PROPERTIES, 1) X(ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES, 3)                       \
  X(ZE_STRUCTURE_TYPE_DEVICE_COMPUTE_PROPERTIES, 4) X(ZE_STRUCTURE_TYPE_DEVICE_MODULE_PROPERTIES, 5)        \
  X(ZE_STRUCTURE_TYPE_COMMAND_QUEUE_GROUP_PROPERTIES, 6) X(ZE_STRUCTURE_TYPE_DEVICE_MEMORY_PROPERTIES, 7)   \
  X(ZE_STRUCTURE_TYPE_DEVICE_MEMORY_ACCESS_PROPERTIES, 8) X(ZE_STRUCTURE_TYPE_CONTEXT_DESC, 0xd)            \
  X(ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC, 0xe) X(ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, 0x10)                   \
  X(ZE_STRUCTURE_TYPE_EVENT_DESC, 0x11) X(ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, 0x15)                    \
  X(ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC, 0x16) X(ZE_STRUCTURE_TYPE_MEMORY_ALLOCATION_PROPERTIES, 0x17)    \
  X(ZE_STRUCTURE_TYPE_MODULE_DESC, 0x1b) X(ZE_STRUCTURE_TYPE_KERNEL_DESC, 0x1d)                             \
  X(ZE_STRUCTURE_TYPE_KERNEL_PROPERTIES, 0x1e) X(ZE_STRUCTURE_TYPE_PCI_EXT_PROPERTIES, 0x10008)             \
  X(ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES_1_2, 0x20006)                                                       \
  X(ZE_STRUCTURE_TYPE_DEVICE_IP_VERSION_EXT, 0x1000f) X(ZE_STRUCTURE_TYPE_COUNTER_BASED_EVENT_POOL_EXP_DESC, 0x20014)

#define HALYARD_ZE_DEVICE_TYPES(X)                                                                          \
  X(ZE_DEVICE_TYPE_GPU, 1) X(ZE_DEVICE_TYPE_CPU, 2) X(ZE_DEVICE_TYPE_FPGA, 3) X(ZE_DEVICE_TYPE_MCA, 4)      \
  X(ZE_DEVICE_TYPE_VPU, 5)
#define HALYARD_ZE_QUEUE_MODES(X)                                                                           \
  X(ZE_COMMAND_QUEUE_MODE_DEFAULT, 0) X(ZE_COMMAND_QUEUE_MODE_SYNCHRONOUS, 1)                               \
  X(ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS, 2)
#define HALYARD_ZE_QUEUE_PRIORITIES(X) X(ZE_COMMAND_QUEUE_PRIORITY_NORMAL, 0)
#define HALYARD_ZE_MEMORY_TYPES(X)                                                                          \
  X(ZE_MEMORY_TYPE_UNKNOWN, 0) X(ZE_MEMORY_TYPE_HOST, 1) X(ZE_MEMORY_TYPE_DEVICE, 2) X(ZE_MEMORY_TYPE_SHARED, 3)
#define HALYARD_ZE_MODULE_FORMATS(X) X(ZE_MODULE_FORMAT_IL_SPIRV, 0) X(ZE_MODULE_FORMAT_NATIVE, 1)

// E(type, list of its enumerators). ze_api_version_t is a number, major in the upper 16 bits.
#define HALYARD_ZE_ENUMS(E)                                                                                 \
  E(ze_result_t, HALYARD_ZE_RESULTS) E(ze_structure_type_t, HALYARD_ZE_STRUCTURE_TYPES)                     \
  E(ze_device_type_t, HALYARD_ZE_DEVICE_TYPES) E(ze_command_queue_mode_t, HALYARD_ZE_QUEUE_MODES)           \
  E(ze_command_queue_priority_t, HALYARD_ZE_QUEUE_PRIORITIES) E(ze_memory_type_t, HALYARD_ZE_MEMORY_TYPES)  \
  E(ze_module_format_t, HALYARD_ZE_MODULE_FORMATS)

// Bits of many small types, all 32 bits wide. ZE_COMMAND_QUEUE_FLAG_IN_ORDER and the last are newer than Debian 12's header.
#define HALYARD_ZE_FLAGS(X)                                                                                 \
  X(ZE_INIT_FLAG_GPU_ONLY, 1) X(ZE_DEVICE_PROPERTY_FLAG_INTEGRATED, 1) X(ZE_DEVICE_PROPERTY_FLAG_SUBDEVICE, 2) \
  X(ZE_DEVICE_MODULE_FLAG_FP16, 1) X(ZE_DEVICE_MODULE_FLAG_FP64, 2) X(ZE_DEVICE_MODULE_FLAG_INT64_ATOMICS, 4) \
  X(ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COMPUTE, 1) X(ZE_COMMAND_QUEUE_GROUP_PROPERTY_FLAG_COPY, 2)        \
  X(ZE_MEMORY_ACCESS_CAP_FLAG_RW, 1) X(ZE_MEMORY_ACCESS_CAP_FLAG_ATOMIC, 2)                                 \
  X(ZE_MEMORY_ACCESS_CAP_FLAG_CONCURRENT, 4)                                                                \
  X(ZE_EVENT_POOL_FLAG_HOST_VISIBLE, 1) X(ZE_EVENT_SCOPE_FLAG_DEVICE, 2) X(ZE_EVENT_SCOPE_FLAG_HOST, 4)     \
  X(ZE_COMMAND_QUEUE_FLAG_IN_ORDER, 2) X(ZE_EVENT_POOL_COUNTER_BASED_EXP_FLAG_IMMEDIATE, 1)

// M(name, value) of strings: extensions, as zeDriverGetExtensionProperties() names them.
#define HALYARD_ZE_EXTENSIONS(M)                                                                            \
  M(ZE_PCI_PROPERTIES_EXT_NAME, "ZE_extension_pci_properties")                                              \
  M(ZE_DEVICE_IP_VERSION_EXT_NAME, "ZE_extension_device_ip_version")                                        \
  M(ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME, "ZE_experimental_event_pool_counter_based")

// S(structure, its members as M(structure, type, member, array)…): `array` is empty or "[n]".
#define HALYARD_ZE_STRUCTS(S, M)                                                                            \
  S(ze_driver_properties_t, HALYARD_ZE_HEAD(M, ze_driver_properties_t)                                      \
    M(ze_driver_properties_t, uint8_t, uuid, [16]) M(ze_driver_properties_t, uint32_t, driverVersion, ))    \
  S(ze_driver_extension_properties_t, M(ze_driver_extension_properties_t, char, name, [256])                \
    M(ze_driver_extension_properties_t, uint32_t, version, ))                                               \
  S(ze_device_properties_t, HALYARD_ZE_HEAD(M, ze_device_properties_t)                                      \
    M(ze_device_properties_t, ze_device_type_t, type, ) M(ze_device_properties_t, uint32_t, vendorId, )     \
    M(ze_device_properties_t, uint32_t, deviceId, ) M(ze_device_properties_t, uint32_t, flags, )            \
    M(ze_device_properties_t, uint32_t, subdeviceId, ) M(ze_device_properties_t, uint32_t, coreClockRate, ) \
    M(ze_device_properties_t, uint64_t, maxMemAllocSize, )                                                  \
    M(ze_device_properties_t, uint32_t, maxHardwareContexts, )                                              \
    M(ze_device_properties_t, uint32_t, maxCommandQueuePriority, )                                          \
    M(ze_device_properties_t, uint32_t, numThreadsPerEU, )                                                  \
    M(ze_device_properties_t, uint32_t, physicalEUSimdWidth, )                                              \
    M(ze_device_properties_t, uint32_t, numEUsPerSubslice, )                                                \
    M(ze_device_properties_t, uint32_t, numSubslicesPerSlice, ) M(ze_device_properties_t, uint32_t, numSlices, ) \
    M(ze_device_properties_t, uint64_t, timerResolution, )                                                  \
    M(ze_device_properties_t, uint32_t, timestampValidBits, )                                               \
    M(ze_device_properties_t, uint32_t, kernelTimestampValidBits, )                                         \
    M(ze_device_properties_t, uint8_t, uuid, [16]) M(ze_device_properties_t, char, name, [256]))            \
  S(ze_device_compute_properties_t, HALYARD_ZE_HEAD(M, ze_device_compute_properties_t)                      \
    M(ze_device_compute_properties_t, uint32_t, maxTotalGroupSize, )                                        \
    M(ze_device_compute_properties_t, uint32_t, maxGroupSizeX, )                                            \
    M(ze_device_compute_properties_t, uint32_t, maxGroupSizeY, )                                            \
    M(ze_device_compute_properties_t, uint32_t, maxGroupSizeZ, )                                            \
    M(ze_device_compute_properties_t, uint32_t, maxGroupCountX, )                                           \
    M(ze_device_compute_properties_t, uint32_t, maxGroupCountY, )                                           \
    M(ze_device_compute_properties_t, uint32_t, maxGroupCountZ, )                                           \
    M(ze_device_compute_properties_t, uint32_t, maxSharedLocalMemory, )                                     \
    M(ze_device_compute_properties_t, uint32_t, numSubGroupSizes, )                                         \
    M(ze_device_compute_properties_t, uint32_t, subGroupSizes, [8]))                                        \
  S(ze_device_module_properties_t, HALYARD_ZE_HEAD(M, ze_device_module_properties_t)                        \
    M(ze_device_module_properties_t, uint32_t, spirvVersionSupported, )                                     \
    M(ze_device_module_properties_t, uint32_t, flags, ) M(ze_device_module_properties_t, uint32_t, fp16flags, ) \
    M(ze_device_module_properties_t, uint32_t, fp32flags, ) M(ze_device_module_properties_t, uint32_t, fp64flags, ) \
    M(ze_device_module_properties_t, uint32_t, maxArgumentsSize, )                                          \
    M(ze_device_module_properties_t, uint32_t, printfBufferSize, )                                          \
    M(ze_device_module_properties_t, uint8_t, nativeKernelSupported, [16]))                                 \
  S(ze_device_memory_properties_t, HALYARD_ZE_HEAD(M, ze_device_memory_properties_t)                        \
    M(ze_device_memory_properties_t, uint32_t, flags, ) M(ze_device_memory_properties_t, uint32_t, maxClockRate, ) \
    M(ze_device_memory_properties_t, uint32_t, maxBusWidth, )                                               \
    M(ze_device_memory_properties_t, uint64_t, totalSize, ) M(ze_device_memory_properties_t, char, name, [256])) \
  S(ze_device_memory_access_properties_t, HALYARD_ZE_HEAD(M, ze_device_memory_access_properties_t)          \
    M(ze_device_memory_access_properties_t, uint32_t, hostAllocCapabilities, )                              \
    M(ze_device_memory_access_properties_t, uint32_t, deviceAllocCapabilities, )                            \
    M(ze_device_memory_access_properties_t, uint32_t, sharedSingleDeviceAllocCapabilities, )                \
    M(ze_device_memory_access_properties_t, uint32_t, sharedCrossDeviceAllocCapabilities, )                 \
    M(ze_device_memory_access_properties_t, uint32_t, sharedSystemAllocCapabilities, ))                     \
  S(ze_command_queue_group_properties_t, HALYARD_ZE_HEAD(M, ze_command_queue_group_properties_t)            \
    M(ze_command_queue_group_properties_t, uint32_t, flags, )                                               \
    M(ze_command_queue_group_properties_t, size_t, maxMemoryFillPatternSize, )                              \
    M(ze_command_queue_group_properties_t, uint32_t, numQueues, ))                                          \
  S(ze_pci_address_ext_t, M(ze_pci_address_ext_t, uint32_t, domain, ) M(ze_pci_address_ext_t, uint32_t, bus, ) \
    M(ze_pci_address_ext_t, uint32_t, device, ) M(ze_pci_address_ext_t, uint32_t, function, ))              \
  S(ze_pci_speed_ext_t, M(ze_pci_speed_ext_t, int32_t, genVersion, ) M(ze_pci_speed_ext_t, int32_t, width, ) \
    M(ze_pci_speed_ext_t, int64_t, maxBandwidth, ))                                                         \
  S(ze_pci_ext_properties_t, HALYARD_ZE_HEAD(M, ze_pci_ext_properties_t)                                    \
    M(ze_pci_ext_properties_t, ze_pci_address_ext_t, address, )                                             \
    M(ze_pci_ext_properties_t, ze_pci_speed_ext_t, maxSpeed, ))                                             \
  S(ze_device_ip_version_ext_t, HALYARD_ZE_CONST_HEAD(M, ze_device_ip_version_ext_t)                        \
    M(ze_device_ip_version_ext_t, uint32_t, ipVersion, ))                                                   \
  S(ze_context_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_context_desc_t) M(ze_context_desc_t, uint32_t, flags, )) \
  S(ze_command_queue_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_command_queue_desc_t)                              \
    M(ze_command_queue_desc_t, uint32_t, ordinal, ) M(ze_command_queue_desc_t, uint32_t, index, )           \
    M(ze_command_queue_desc_t, uint32_t, flags, ) M(ze_command_queue_desc_t, ze_command_queue_mode_t, mode, ) \
    M(ze_command_queue_desc_t, ze_command_queue_priority_t, priority, ))                                    \
  S(ze_event_pool_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_event_pool_desc_t)                                    \
    M(ze_event_pool_desc_t, uint32_t, flags, ) M(ze_event_pool_desc_t, uint32_t, count, ))                  \
  S(ze_event_pool_counter_based_exp_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_event_pool_counter_based_exp_desc_t) \
    M(ze_event_pool_counter_based_exp_desc_t, uint32_t, flags, ))                                           \
  S(ze_event_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_event_desc_t) M(ze_event_desc_t, uint32_t, index, )        \
    M(ze_event_desc_t, uint32_t, signal, ) M(ze_event_desc_t, uint32_t, wait, ))                            \
  S(ze_device_mem_alloc_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_device_mem_alloc_desc_t)                        \
    M(ze_device_mem_alloc_desc_t, uint32_t, flags, ) M(ze_device_mem_alloc_desc_t, uint32_t, ordinal, ))    \
  S(ze_host_mem_alloc_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_host_mem_alloc_desc_t)                            \
    M(ze_host_mem_alloc_desc_t, uint32_t, flags, ))                                                         \
  S(ze_memory_allocation_properties_t, HALYARD_ZE_HEAD(M, ze_memory_allocation_properties_t)                \
    M(ze_memory_allocation_properties_t, ze_memory_type_t, type, )                                          \
    M(ze_memory_allocation_properties_t, uint64_t, id, ) M(ze_memory_allocation_properties_t, uint64_t, pageSize, )) \
  S(ze_module_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_module_desc_t)                                            \
    M(ze_module_desc_t, ze_module_format_t, format, ) M(ze_module_desc_t, size_t, inputSize, )              \
    M(ze_module_desc_t, const uint8_t*, pInputModule, ) M(ze_module_desc_t, const char*, pBuildFlags, )     \
    M(ze_module_desc_t, const void*, pConstants, ))                                                         \
  S(ze_kernel_desc_t, HALYARD_ZE_CONST_HEAD(M, ze_kernel_desc_t) M(ze_kernel_desc_t, uint32_t, flags, )     \
    M(ze_kernel_desc_t, const char*, pKernelName, ))                                                        \
  S(ze_kernel_properties_t, HALYARD_ZE_HEAD(M, ze_kernel_properties_t)                                      \
    M(ze_kernel_properties_t, uint32_t, numKernelArgs, ) M(ze_kernel_properties_t, uint32_t, requiredGroupSizeX, ) \
    M(ze_kernel_properties_t, uint32_t, requiredGroupSizeY, ) M(ze_kernel_properties_t, uint32_t, requiredGroupSizeZ, ) \
    M(ze_kernel_properties_t, uint32_t, requiredNumSubGroups, )                                             \
    M(ze_kernel_properties_t, uint32_t, requiredSubgroupSize, )                                             \
    M(ze_kernel_properties_t, uint32_t, maxSubgroupSize, ) M(ze_kernel_properties_t, uint32_t, maxNumSubgroups, ) \
    M(ze_kernel_properties_t, uint32_t, localMemSize, ) M(ze_kernel_properties_t, uint32_t, privateMemSize, ) \
    M(ze_kernel_properties_t, uint32_t, spillMemSize, ) M(ze_kernel_properties_t, uint8_t, uuid, [32]))     \
  S(ze_group_count_t, M(ze_group_count_t, uint32_t, groupCountX, ) M(ze_group_count_t, uint32_t, groupCountY, ) \
    M(ze_group_count_t, uint32_t, groupCountZ, ))

#define HALYARD_ZE_HEAD(M, type) M(type, ze_structure_type_t, stype, ) M(type, void*, pNext, )
#define HALYARD_ZE_CONST_HEAD(M, type) M(type, ze_structure_type_t, stype, ) M(type, const void*, pNext, )

// X(name, result, parameters). In every loader from 1.8 on; a library that lacks one is refused by its name.
#define HALYARD_ZE_REQUIRED(X)                                                                              \
  X(zeInit, ze_result_t, (uint32_t flags))                                                                  \
  X(zeDriverGet, ze_result_t, (uint32_t* count, ze_driver_handle_t* drivers))                               \
  X(zeDriverGetApiVersion, ze_result_t, (ze_driver_handle_t driver, ze_api_version_t* version))             \
  X(zeDriverGetProperties, ze_result_t, (ze_driver_handle_t driver, ze_driver_properties_t* out))           \
  X(zeDriverGetExtensionProperties, ze_result_t,                                                            \
    (ze_driver_handle_t driver, uint32_t* count, ze_driver_extension_properties_t* out))                    \
  X(zeDeviceGet, ze_result_t, (ze_driver_handle_t driver, uint32_t* count, ze_device_handle_t* devices))    \
  X(zeDeviceGetSubDevices, ze_result_t, (ze_device_handle_t device, uint32_t* count, ze_device_handle_t* tiles)) \
  X(zeDeviceGetProperties, ze_result_t, (ze_device_handle_t device, ze_device_properties_t* out))           \
  X(zeDeviceGetComputeProperties, ze_result_t, (ze_device_handle_t device, ze_device_compute_properties_t* out)) \
  X(zeDeviceGetModuleProperties, ze_result_t, (ze_device_handle_t device, ze_device_module_properties_t* out)) \
  X(zeDeviceGetMemoryProperties, ze_result_t,                                                               \
    (ze_device_handle_t device, uint32_t* count, ze_device_memory_properties_t* out))                       \
  X(zeDeviceGetMemoryAccessProperties, ze_result_t,                                                         \
    (ze_device_handle_t device, ze_device_memory_access_properties_t* out))                                 \
  X(zeDeviceGetCommandQueueGroupProperties, ze_result_t,                                                    \
    (ze_device_handle_t device, uint32_t* count, ze_command_queue_group_properties_t* out))                 \
  X(zeDevicePciGetPropertiesExt, ze_result_t, (ze_device_handle_t device, ze_pci_ext_properties_t* out))    \
  X(zeDeviceCanAccessPeer, ze_result_t, (ze_device_handle_t device, ze_device_handle_t peer, ze_bool_t* out)) \
  X(zeContextCreate, ze_result_t,                                                                           \
    (ze_driver_handle_t driver, const ze_context_desc_t* description, ze_context_handle_t* out))            \
  X(zeContextDestroy, ze_result_t, (ze_context_handle_t context))                                           \
  X(zeCommandListCreateImmediate, ze_result_t,                                                              \
    (ze_context_handle_t context, ze_device_handle_t device, const ze_command_queue_desc_t* description,    \
     ze_command_list_handle_t* out))                                                                        \
  X(zeCommandListDestroy, ze_result_t, (ze_command_list_handle_t list))                                     \
  X(zeCommandListAppendBarrier, ze_result_t,                                                                \
    (ze_command_list_handle_t list, ze_event_handle_t signal, uint32_t wait_count, ze_event_handle_t* waits)) \
  X(zeCommandListAppendMemoryCopy, ze_result_t,                                                             \
    (ze_command_list_handle_t list, void* to, const void* from, size_t bytes, ze_event_handle_t signal,     \
     uint32_t wait_count, ze_event_handle_t* waits))                                                        \
  X(zeCommandListAppendMemoryFill, ze_result_t,                                                             \
    (ze_command_list_handle_t list, void* to, const void* pattern, size_t pattern_bytes, size_t bytes,      \
     ze_event_handle_t signal, uint32_t wait_count, ze_event_handle_t* waits))                              \
  X(zeCommandListAppendSignalEvent, ze_result_t, (ze_command_list_handle_t list, ze_event_handle_t event))  \
  X(zeCommandListAppendWriteGlobalTimestamp, ze_result_t,                                                   \
    (ze_command_list_handle_t list, uint64_t* to, ze_event_handle_t signal, uint32_t wait_count,            \
     ze_event_handle_t* waits))                                                                             \
  X(zeCommandListAppendLaunchKernel, ze_result_t,                                                           \
    (ze_command_list_handle_t list, ze_kernel_handle_t kernel, const ze_group_count_t* groups,              \
     ze_event_handle_t signal, uint32_t wait_count, ze_event_handle_t* waits))                              \
  X(zeEventPoolCreate, ze_result_t,                                                                         \
    (ze_context_handle_t context, const ze_event_pool_desc_t* description, uint32_t device_count,           \
     ze_device_handle_t* devices, ze_event_pool_handle_t* out))                                             \
  X(zeEventPoolDestroy, ze_result_t, (ze_event_pool_handle_t pool))                                         \
  X(zeEventCreate, ze_result_t,                                                                             \
    (ze_event_pool_handle_t pool, const ze_event_desc_t* description, ze_event_handle_t* out))              \
  X(zeEventDestroy, ze_result_t, (ze_event_handle_t event))                                                 \
  X(zeEventHostSignal, ze_result_t, (ze_event_handle_t event))                                              \
  X(zeEventHostSynchronize, ze_result_t, (ze_event_handle_t event, uint64_t timeout_ns))                    \
  X(zeEventQueryStatus, ze_result_t, (ze_event_handle_t event))                                             \
  X(zeEventHostReset, ze_result_t, (ze_event_handle_t event))                                               \
  X(zeMemAllocDevice, ze_result_t,                                                                          \
    (ze_context_handle_t context, const ze_device_mem_alloc_desc_t* description, size_t bytes, size_t alignment, \
     ze_device_handle_t device, void** out))                                                                \
  X(zeMemAllocHost, ze_result_t,                                                                            \
    (ze_context_handle_t context, const ze_host_mem_alloc_desc_t* description, size_t bytes, size_t alignment, \
     void** out))                                                                                           \
  X(zeMemAllocShared, ze_result_t,                                                                          \
    (ze_context_handle_t context, const ze_device_mem_alloc_desc_t* device_description,                     \
     const ze_host_mem_alloc_desc_t* host_description, size_t bytes, size_t alignment, ze_device_handle_t device, \
     void** out))                                                                                           \
  X(zeMemFree, ze_result_t, (ze_context_handle_t context, void* memory))                                    \
  X(zeMemGetAllocProperties, ze_result_t,                                                                   \
    (ze_context_handle_t context, const void* memory, ze_memory_allocation_properties_t* out,               \
     ze_device_handle_t* device))                                                                           \
  X(zeModuleCreate, ze_result_t,                                                                            \
    (ze_context_handle_t context, ze_device_handle_t device, const ze_module_desc_t* description,           \
     ze_module_handle_t* out, ze_module_build_log_handle_t* log))                                           \
  X(zeModuleDestroy, ze_result_t, (ze_module_handle_t module))                                              \
  X(zeModuleBuildLogDestroy, ze_result_t, (ze_module_build_log_handle_t log))                               \
  X(zeModuleBuildLogGetString, ze_result_t, (ze_module_build_log_handle_t log, size_t* bytes, char* out))   \
  X(zeKernelCreate, ze_result_t,                                                                            \
    (ze_module_handle_t module, const ze_kernel_desc_t* description, ze_kernel_handle_t* out))              \
  X(zeKernelDestroy, ze_result_t, (ze_kernel_handle_t kernel))                                              \
  X(zeKernelSetGroupSize, ze_result_t, (ze_kernel_handle_t kernel, uint32_t x, uint32_t y, uint32_t z))     \
  X(zeKernelSetArgumentValue, ze_result_t,                                                                  \
    (ze_kernel_handle_t kernel, uint32_t index, size_t bytes, const void* value))                           \
  X(zeKernelGetProperties, ze_result_t, (ze_kernel_handle_t kernel, ze_kernel_properties_t* out))

// Newer; NULL where the loader lacks them, and not called where the driver is older.
#define HALYARD_ZE_OPTIONAL(X)                                                                              \
  X(zeCommandListHostSynchronize, ze_result_t, (ze_command_list_handle_t list, uint64_t timeout_ns))

#define HALYARD_ZE_FUNCTIONS(X) HALYARD_ZE_REQUIRED(X) HALYARD_ZE_OPTIONAL(X)

// Intel's offline compiler as a library.
#define HALYARD_OCLOC_FUNCTIONS(X)                                                                          \
  X(oclocInvoke, int,                                                                                       \
    (unsigned argument_count, const char* arguments[], const uint32_t source_count, const uint8_t** sources, \
     const uint64_t* source_bytes, const char** source_names, const uint32_t header_count,                  \
     const uint8_t** headers, const uint64_t* header_bytes, const char** header_names, uint32_t* output_count, \
     uint8_t*** outputs, uint64_t** output_bytes, char*** output_names))                                    \
  X(oclocFreeOutput, int,                                                                                   \
    (uint32_t* output_count, uint8_t*** outputs, uint64_t** output_bytes, char*** output_names))
// clang-format on

namespace halyard::level_zero {

#define HALYARD_ZE_HANDLE(name) \
  struct _##name;               \
  using name = _##name*;
HALYARD_ZE_HANDLES(HALYARD_ZE_HANDLE)
#undef HALYARD_ZE_HANDLE

#define HALYARD_ZE_ENUMERATOR(name, value) name = value,
#define HALYARD_ZE_ENUM(type, list) enum type : unsigned { list(HALYARD_ZE_ENUMERATOR) };
HALYARD_ZE_ENUMS(HALYARD_ZE_ENUM)
enum Flag : unsigned { HALYARD_ZE_FLAGS(HALYARD_ZE_ENUMERATOR) };
#undef HALYARD_ZE_ENUM
#undef HALYARD_ZE_ENUMERATOR

#define HALYARD_ZE_EXTENSION(name, value) inline constexpr char name[] = value;
HALYARD_ZE_EXTENSIONS(HALYARD_ZE_EXTENSION)
#undef HALYARD_ZE_EXTENSION

using ze_bool_t = uint8_t;
using ze_api_version_t = unsigned;

#define HALYARD_ZE_MEMBER(structure, type, member, array) type member array;
#define HALYARD_ZE_STRUCT(name, members) \
  struct name {                          \
    members                              \
  };
HALYARD_ZE_STRUCTS(HALYARD_ZE_STRUCT, HALYARD_ZE_MEMBER)
#undef HALYARD_ZE_STRUCT
#undef HALYARD_ZE_MEMBER

}  // namespace halyard::level_zero
