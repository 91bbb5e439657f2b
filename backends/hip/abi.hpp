// The part of AMD's HIP and of its run-time compiler that the backend uses, declared here so that no vendor's header is
// needed: lists of types, enumerators and functions, from which the declarations, the loading of symbols, the fake
// driver and the test against the vendor's own header are made. One list for HIP 5, 6 and 7; what differs between them
// is named where it stands (docs/decisions/0009-hip-versions.md).
//
// Names are the vendor's. A list is walked with a macro of the form given over it.
#pragma once

#include <cstddef>
#include <cstdint>

// clang-format off

// X(handle, structure that it points to)
#define HALYARD_HIP_HANDLES(X)                                                                              \
  X(hipStream_t, ihipStream_t) X(hipEvent_t, ihipEvent_t) X(hipModule_t, ihipModule_t)                      \
  X(hipFunction_t, ihipModuleSymbol_t) X(hipMemPool_t, ihipMemPoolHandle_t)

#define HALYARD_HIPRTC_HANDLES(X) X(hiprtcProgram, _hiprtcProgram)

// X(name, value)
#define HALYARD_HIP_RESULTS(X)                                                                              \
  X(hipSuccess, 0) X(hipErrorInvalidValue, 1) X(hipErrorOutOfMemory, 2) X(hipErrorNotInitialized, 3)        \
  X(hipErrorDeinitialized, 4) X(hipErrorProfilerDisabled, 5) X(hipErrorProfilerNotInitialized, 6)           \
  X(hipErrorProfilerAlreadyStarted, 7) X(hipErrorProfilerAlreadyStopped, 8)                                 \
  X(hipErrorInvalidConfiguration, 9) X(hipErrorInvalidPitchValue, 12) X(hipErrorInvalidSymbol, 13)          \
  X(hipErrorInvalidDevicePointer, 17) X(hipErrorInvalidMemcpyDirection, 21)                                 \
  X(hipErrorInsufficientDriver, 35) X(hipErrorMissingConfiguration, 52) X(hipErrorPriorLaunchFailure, 53)   \
  X(hipErrorInvalidDeviceFunction, 98) X(hipErrorNoDevice, 100) X(hipErrorInvalidDevice, 101)               \
  X(hipErrorInvalidImage, 200) X(hipErrorInvalidContext, 201) X(hipErrorContextAlreadyCurrent, 202)         \
  X(hipErrorMapFailed, 205) X(hipErrorUnmapFailed, 206) X(hipErrorArrayIsMapped, 207)                       \
  X(hipErrorAlreadyMapped, 208) X(hipErrorNoBinaryForGpu, 209) X(hipErrorAlreadyAcquired, 210)              \
  X(hipErrorNotMapped, 211) X(hipErrorNotMappedAsArray, 212) X(hipErrorNotMappedAsPointer, 213)             \
  X(hipErrorECCNotCorrectable, 214) X(hipErrorUnsupportedLimit, 215) X(hipErrorContextAlreadyInUse, 216)    \
  X(hipErrorPeerAccessUnsupported, 217) X(hipErrorInvalidKernelFile, 218)                                   \
  X(hipErrorInvalidGraphicsContext, 219) X(hipErrorInvalidSource, 300) X(hipErrorFileNotFound, 301)         \
  X(hipErrorSharedObjectSymbolNotFound, 302) X(hipErrorSharedObjectInitFailed, 303)                         \
  X(hipErrorOperatingSystem, 304) X(hipErrorInvalidHandle, 400) X(hipErrorIllegalState, 401)                \
  X(hipErrorNotFound, 500) X(hipErrorNotReady, 600) X(hipErrorIllegalAddress, 700)                          \
  X(hipErrorLaunchOutOfResources, 701) X(hipErrorLaunchTimeOut, 702)                                        \
  X(hipErrorPeerAccessAlreadyEnabled, 704) X(hipErrorPeerAccessNotEnabled, 705)                             \
  X(hipErrorSetOnActiveProcess, 708) X(hipErrorContextIsDestroyed, 709) X(hipErrorAssert, 710)              \
  X(hipErrorHostMemoryAlreadyRegistered, 712) X(hipErrorHostMemoryNotRegistered, 713)                       \
  X(hipErrorLaunchFailure, 719) X(hipErrorCooperativeLaunchTooLarge, 720) X(hipErrorNotSupported, 801)      \
  X(hipErrorStreamCaptureUnsupported, 900) X(hipErrorStreamCaptureInvalidated, 901)                         \
  X(hipErrorStreamCaptureMerge, 902) X(hipErrorStreamCaptureUnmatched, 903)                                 \
  X(hipErrorStreamCaptureUnjoined, 904) X(hipErrorStreamCaptureIsolation, 905)                              \
  X(hipErrorStreamCaptureImplicit, 906) X(hipErrorCapturedEvent, 907)                                       \
  X(hipErrorStreamCaptureWrongThread, 908) X(hipErrorGraphExecUpdateFailure, 910)                           \
  X(hipErrorInvalidChannelDescriptor, 911) X(hipErrorInvalidTexture, 912) X(hipErrorUnknown, 999)           \
  X(hipErrorRuntimeMemory, 1052) X(hipErrorRuntimeOther, 1053)

// These kept their numbers from HIP 5.0 to 7.1; a version that is older than one answers hipErrorInvalidValue. The last is
// of HIP 7.
#define HALYARD_HIP_DEVICE_ATTRIBUTES(X)                                                                    \
  X(hipDeviceAttributeEccEnabled, 0) X(hipDeviceAttributeAsyncEngineCount, 2)                               \
  X(hipDeviceAttributeCanMapHostMemory, 3) X(hipDeviceAttributeClockRate, 5)                                \
  X(hipDeviceAttributeComputeMode, 6) X(hipDeviceAttributeConcurrentKernels, 8)                             \
  X(hipDeviceAttributeConcurrentManagedAccess, 9) X(hipDeviceAttributeCooperativeLaunch, 10)                \
  X(hipDeviceAttributeHostNativeAtomicSupported, 15) X(hipDeviceAttributeIntegrated, 16)                    \
  X(hipDeviceAttributeKernelExecTimeout, 18) X(hipDeviceAttributeL2CacheSize, 19)                           \
  X(hipDeviceAttributeComputeCapabilityMajor, 23) X(hipDeviceAttributeManagedMemory, 24)                    \
  X(hipDeviceAttributeMaxBlocksPerMultiProcessor, 25) X(hipDeviceAttributeMaxBlockDimX, 26)                 \
  X(hipDeviceAttributeMaxBlockDimY, 27) X(hipDeviceAttributeMaxBlockDimZ, 28)                               \
  X(hipDeviceAttributeMaxGridDimX, 29) X(hipDeviceAttributeMaxGridDimY, 30)                                 \
  X(hipDeviceAttributeMaxGridDimZ, 31) X(hipDeviceAttributeMaxThreadsPerBlock, 56)                          \
  X(hipDeviceAttributeMaxThreadsPerMultiProcessor, 57) X(hipDeviceAttributeMemoryBusWidth, 59)              \
  X(hipDeviceAttributeMemoryClockRate, 60) X(hipDeviceAttributeComputeCapabilityMinor, 61)                  \
  X(hipDeviceAttributeMultiprocessorCount, 63) X(hipDeviceAttributePageableMemoryAccess, 65)                \
  X(hipDeviceAttributePageableMemoryAccessUsesHostPageTables, 66) X(hipDeviceAttributePciBusId, 67)         \
  X(hipDeviceAttributePciDeviceId, 68) X(hipDeviceAttributeMaxRegistersPerBlock, 71)                        \
  X(hipDeviceAttributeMaxRegistersPerMultiprocessor, 72) X(hipDeviceAttributeMaxSharedMemoryPerBlock, 74)   \
  X(hipDeviceAttributeSharedMemPerBlockOptin, 75) X(hipDeviceAttributeSharedMemPerMultiprocessor, 76)       \
  X(hipDeviceAttributeSingleToDoublePrecisionPerfRatio, 77) X(hipDeviceAttributeTotalConstantMemory, 83)    \
  X(hipDeviceAttributeUnifiedAddressing, 85) X(hipDeviceAttributeWarpSize, 87)                              \
  X(hipDeviceAttributeMemoryPoolsSupported, 88) X(hipDeviceAttributeVirtualMemoryManagementSupported, 89)   \
  X(hipDeviceAttributeHostRegisterSupported, 90) X(hipDeviceAttributeClockInstructionRate, 10000)           \
  X(hipDeviceAttributeMaxSharedMemoryPerMultiprocessor, 10002) X(hipDeviceAttributeIsLargeBar, 10011)       \
  X(hipDeviceAttributeAsicRevision, 10012) X(hipDeviceAttributeCanUseStreamWaitValue, 10013)                \
  X(hipDeviceAttributePhysicalMultiProcessorCount, 10015) X(hipDeviceAttributeFineGrainSupport, 10016)      \
  X(hipDeviceAttributeWallClockRate, 10017) X(hipDeviceAttributeNumberOfXccs, 10018)

#define HALYARD_HIP_P2P_ATTRIBUTES(X)                                                                       \
  X(hipDevP2PAttrPerformanceRank, 0) X(hipDevP2PAttrAccessSupported, 1) X(hipDevP2PAttrNativeAtomicSupported, 2)

#define HALYARD_HIP_FUNCTION_ATTRIBUTES(X)                                                                  \
  X(HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 0) X(HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, 1)                 \
  X(HIP_FUNC_ATTRIBUTE_CONST_SIZE_BYTES, 2) X(HIP_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, 3)                       \
  X(HIP_FUNC_ATTRIBUTE_NUM_REGS, 4) X(HIP_FUNC_ATTRIBUTE_BINARY_VERSION, 6)                                 \
  X(HIP_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 8)

#define HALYARD_HIP_SET_FUNCTION_ATTRIBUTES(X) X(hipFuncAttributeMaxDynamicSharedMemorySize, 8)

#define HALYARD_HIP_JIT_OPTIONS(X)                                                                          \
  X(hipJitOptionMaxRegisters, 0) X(hipJitOptionInfoLogBuffer, 3) X(hipJitOptionInfoLogBufferSizeBytes, 4)   \
  X(hipJitOptionErrorLogBuffer, 5) X(hipJitOptionErrorLogBufferSizeBytes, 6)

#define HALYARD_HIP_POOL_ATTRIBUTES(X)                                                                      \
  X(hipMemPoolReuseFollowEventDependencies, 1) X(hipMemPoolReuseAllowOpportunistic, 2)                      \
  X(hipMemPoolReuseAllowInternalDependencies, 3) X(hipMemPoolAttrReleaseThreshold, 4)                       \
  X(hipMemPoolAttrReservedMemCurrent, 5) X(hipMemPoolAttrReservedMemHigh, 6)                                \
  X(hipMemPoolAttrUsedMemCurrent, 7) X(hipMemPoolAttrUsedMemHigh, 8)

#define HALYARD_HIP_ALLOCATION_TYPES(X) X(hipMemAllocationTypePinned, 1)
#define HALYARD_HIP_HANDLE_TYPES(X) X(hipMemHandleTypeNone, 0) X(hipMemHandleTypePosixFileDescriptor, 1)
#define HALYARD_HIP_LOCATION_TYPES(X) X(hipMemLocationTypeDevice, 1)
#define HALYARD_HIP_ACCESS_FLAGS(X)                                                                         \
  X(hipMemAccessFlagsProtNone, 0) X(hipMemAccessFlagsProtRead, 1) X(hipMemAccessFlagsProtReadWrite, 3)

// Values of several small types of the header, all passed as plain integers.
#define HALYARD_HIP_FLAGS(X)                                                                                \
  X(hipStreamDefault, 0) X(hipStreamNonBlocking, 1)                                                         \
  X(hipEventDefault, 0) X(hipEventBlockingSync, 1) X(hipEventDisableTiming, 2)                              \
  X(hipEventReleaseToDevice, 0x40000000) X(hipEventReleaseToSystem, 0x80000000)                             \
  X(hipHostMallocDefault, 0) X(hipHostMallocPortable, 1) X(hipHostMallocMapped, 2)                          \
  X(hipHostMallocWriteCombined, 4) X(hipHostMallocNumaUser, 0x20000000) X(hipHostMallocCoherent, 0x40000000) \
  X(hipHostMallocNonCoherent, 0x80000000)                                                                   \
  X(hipMemAttachGlobal, 1) X(hipMemAttachHost, 2) X(hipMemAttachSingle, 4)                                  \
  X(hipComputeModeDefault, 0) X(hipComputeModeExclusive, 1) X(hipComputeModeProhibited, 2)                  \
  X(hipComputeModeExclusiveProcess, 3)                                                                      \
  X(hipStreamWaitValueGte, 0) X(hipStreamWaitValueEq, 1) X(hipStreamWaitValueAnd, 2)

// M(name, value in HIP 5, value from HIP 6 on); -1: not there.
#define HALYARD_HIP_MEMORY_TYPES(M)                                                                         \
  M(hipMemoryTypeUnregistered, -1, 0) M(hipMemoryTypeHost, 0, 1) M(hipMemoryTypeDevice, 1, 2)               \
  M(hipMemoryTypeArray, 2, 10) M(hipMemoryTypeUnified, 3, 11) M(hipMemoryTypeManaged, 4, 3)

#define HALYARD_HIPRTC_RESULTS(X)                                                                           \
  X(HIPRTC_SUCCESS, 0) X(HIPRTC_ERROR_OUT_OF_MEMORY, 1) X(HIPRTC_ERROR_PROGRAM_CREATION_FAILURE, 2)         \
  X(HIPRTC_ERROR_INVALID_INPUT, 3) X(HIPRTC_ERROR_INVALID_PROGRAM, 4) X(HIPRTC_ERROR_INVALID_OPTION, 5)     \
  X(HIPRTC_ERROR_COMPILATION, 6) X(HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE, 7)                               \
  X(HIPRTC_ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION, 8)                                                  \
  X(HIPRTC_ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION, 9) X(HIPRTC_ERROR_NAME_EXPRESSION_NOT_VALID, 10)      \
  X(HIPRTC_ERROR_INTERNAL_ERROR, 11) X(HIPRTC_ERROR_LINKING, 100)

// E(type, list of its enumerators)
#define HALYARD_HIP_ENUMS(E)                                                                                \
  E(hipError_t, HALYARD_HIP_RESULTS) E(hipDeviceAttribute_t, HALYARD_HIP_DEVICE_ATTRIBUTES)                 \
  E(hipDeviceP2PAttr, HALYARD_HIP_P2P_ATTRIBUTES) E(hipFunction_attribute, HALYARD_HIP_FUNCTION_ATTRIBUTES) \
  E(hipFuncAttribute, HALYARD_HIP_SET_FUNCTION_ATTRIBUTES) E(hipJitOption, HALYARD_HIP_JIT_OPTIONS)         \
  E(hipMemPoolAttr, HALYARD_HIP_POOL_ATTRIBUTES) E(hipMemAllocationType, HALYARD_HIP_ALLOCATION_TYPES)      \
  E(hipMemAllocationHandleType, HALYARD_HIP_HANDLE_TYPES) E(hipMemLocationType, HALYARD_HIP_LOCATION_TYPES) \
  E(hipMemAccessFlags, HALYARD_HIP_ACCESS_FLAGS)
#define HALYARD_HIPRTC_ENUMS(E) E(hiprtcResult, HALYARD_HIPRTC_RESULTS)

// S(structure, its members as M(structure, member)…). hipPointerAttribute_t's first member has another name in HIP 5.
#define HALYARD_HIP_STRUCTS(S, M)                                                                           \
  S(hipUUID, M(hipUUID, bytes))                                                                             \
  S(hipPointerAttribute_t, M(hipPointerAttribute_t, device) M(hipPointerAttribute_t, devicePointer)         \
                           M(hipPointerAttribute_t, hostPointer) M(hipPointerAttribute_t, isManaged)        \
                           M(hipPointerAttribute_t, allocationFlags))                                       \
  S(hipMemLocation, M(hipMemLocation, type) M(hipMemLocation, id))                                          \
  S(hipMemPoolProps, M(hipMemPoolProps, allocType) M(hipMemPoolProps, handleTypes) M(hipMemPoolProps, location) \
                     M(hipMemPoolProps, win32SecurityAttributes))                                           \
  S(hipMemAccessDesc, M(hipMemAccessDesc, location) M(hipMemAccessDesc, flags))

// X(name, result, parameters). HIP exports each under its own name; `from` of hipMemcpyHtoDAsync is const from HIP 7 on.

// In every HIP from 5.0; a library that lacks one is refused by its name.
#define HALYARD_HIP_REQUIRED(X)                                                                             \
  X(hipInit, hipError_t, (unsigned flags))                                                                  \
  X(hipRuntimeGetVersion, hipError_t, (int* version))                                                       \
  X(hipGetLastError, hipError_t, ())                                                                        \
  X(hipGetDeviceCount, hipError_t, (int* count))                                                            \
  X(hipDeviceGet, hipError_t, (hipDevice_t* device, int ordinal))                                           \
  X(hipDeviceGetName, hipError_t, (char* name, int capacity, hipDevice_t device))                           \
  X(hipDeviceTotalMem, hipError_t, (size_t* bytes, hipDevice_t device))                                     \
  X(hipDeviceGetAttribute, hipError_t, (int* value, hipDeviceAttribute_t attribute, int device))            \
  X(hipDeviceGetPCIBusId, hipError_t, (char* text, int capacity, int device))                               \
  X(hipGetDevice, hipError_t, (int* device))                                                                \
  X(hipSetDevice, hipError_t, (int device))                                                                 \
  X(hipMalloc, hipError_t, (void** out, size_t bytes))                                                      \
  X(hipFree, hipError_t, (void* memory))                                                                    \
  X(hipMemGetInfo, hipError_t, (size_t* free_bytes, size_t* total_bytes))                                   \
  X(hipHostMalloc, hipError_t, (void** out, size_t bytes, unsigned flags))                                  \
  X(hipHostFree, hipError_t, (void* memory))                                                                \
  X(hipHostGetDevicePointer, hipError_t, (void** out, void* host, unsigned flags))                          \
  X(hipMallocManaged, hipError_t, (void** out, size_t bytes, unsigned flags))                               \
  X(hipPointerGetAttributes, hipError_t, (hipPointerAttribute_t* attributes, const void* pointer))          \
  X(hipMemcpyHtoDAsync, hipError_t, (hipDeviceptr_t to, const void* from, size_t bytes, hipStream_t stream)) \
  X(hipMemcpyDtoHAsync, hipError_t, (void* to, hipDeviceptr_t from, size_t bytes, hipStream_t stream))      \
  X(hipMemcpyDtoDAsync, hipError_t, (hipDeviceptr_t to, hipDeviceptr_t from, size_t bytes, hipStream_t stream)) \
  X(hipDeviceCanAccessPeer, hipError_t, (int* can, int device, int peer))                                   \
  X(hipDeviceEnablePeerAccess, hipError_t, (int peer, unsigned flags))                                      \
  X(hipMemcpyPeerAsync, hipError_t,                                                                         \
    (void* to, int to_device, const void* from, int from_device, size_t bytes, hipStream_t stream))         \
  X(hipMemsetD8Async, hipError_t, (hipDeviceptr_t to, unsigned char value, size_t count, hipStream_t stream)) \
  X(hipMemsetD16Async, hipError_t, (hipDeviceptr_t to, unsigned short value, size_t count, hipStream_t stream)) \
  X(hipMemsetD32Async, hipError_t, (hipDeviceptr_t to, int value, size_t count, hipStream_t stream))        \
  X(hipStreamCreateWithFlags, hipError_t, (hipStream_t* stream, unsigned flags))                            \
  X(hipStreamDestroy, hipError_t, (hipStream_t stream))                                                     \
  X(hipStreamSynchronize, hipError_t, (hipStream_t stream))                                                 \
  X(hipStreamQuery, hipError_t, (hipStream_t stream))                                                       \
  X(hipStreamWaitEvent, hipError_t, (hipStream_t stream, hipEvent_t event, unsigned flags))                 \
  X(hipStreamGetFlags, hipError_t, (hipStream_t stream, unsigned* flags))                                   \
  X(hipStreamWaitValue32, hipError_t,                                                                       \
    (hipStream_t stream, void* address, uint32_t value, unsigned flags, uint32_t mask))                     \
  X(hipEventCreateWithFlags, hipError_t, (hipEvent_t* event, unsigned flags))                               \
  X(hipEventDestroy, hipError_t, (hipEvent_t event))                                                        \
  X(hipEventRecord, hipError_t, (hipEvent_t event, hipStream_t stream))                                     \
  X(hipEventQuery, hipError_t, (hipEvent_t event))                                                          \
  X(hipEventSynchronize, hipError_t, (hipEvent_t event))                                                    \
  X(hipEventElapsedTime, hipError_t, (float* milliseconds, hipEvent_t begin, hipEvent_t end))               \
  X(hipModuleLoadDataEx, hipError_t,                                                                        \
    (hipModule_t* module, const void* image, unsigned option_count, hipJitOption* options, void** values))  \
  X(hipModuleUnload, hipError_t, (hipModule_t module))                                                      \
  X(hipModuleGetFunction, hipError_t, (hipFunction_t* function, hipModule_t module, const char* name))      \
  X(hipModuleGetGlobal, hipError_t,                                                                         \
    (hipDeviceptr_t* address, size_t* bytes, hipModule_t module, const char* name))                         \
  X(hipFuncGetAttribute, hipError_t, (int* value, hipFunction_attribute attribute, hipFunction_t function)) \
  X(hipModuleLaunchKernel, hipError_t,                                                                      \
    (hipFunction_t function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y, \
     unsigned block_z, unsigned shared_bytes, hipStream_t stream, void** arguments, void** extra))

// Newer; NULL where the library lacks them. All but the last are of 5.1 to 5.3, some declared before they were exported.
#define HALYARD_HIP_OPTIONAL(X)                                                                             \
  X(hipDeviceGetUuid, hipError_t, (hipUUID* uuid, hipDevice_t device))                                      \
  X(hipMemPoolCreate, hipError_t, (hipMemPool_t* pool, const hipMemPoolProps* properties))                  \
  X(hipMemPoolDestroy, hipError_t, (hipMemPool_t pool))                                                     \
  X(hipMemPoolSetAttribute, hipError_t, (hipMemPool_t pool, hipMemPoolAttr attribute, void* value))         \
  X(hipMemPoolSetAccess, hipError_t, (hipMemPool_t pool, const hipMemAccessDesc* descriptions, size_t count)) \
  X(hipMemPoolTrimTo, hipError_t, (hipMemPool_t pool, size_t bytes_to_keep))                                \
  X(hipMallocFromPoolAsync, hipError_t, (void** out, size_t bytes, hipMemPool_t pool, hipStream_t stream))  \
  X(hipFreeAsync, hipError_t, (void* memory, hipStream_t stream))                                           \
  X(hipStreamGetDevice, hipError_t, (hipStream_t stream, hipDevice_t* device))

#define HALYARD_HIP_FUNCTIONS(X) HALYARD_HIP_REQUIRED(X) HALYARD_HIP_OPTIONAL(X)

// The name of a device's architecture is in its properties alone, whose layout HIP 6 changed under a new symbol; the old
// symbol still fills the old layout there. X(symbol, layout, its size, offset of gcnArchName[256]), the preferred first.
#define HALYARD_HIP_PROPERTIES(X)                                                                           \
  X(hipGetDevicePropertiesR0600, hipDeviceProp_tR0600, 1472, 1160)                                          \
  X(hipGetDeviceProperties, hipDeviceProp_tR0000, 792, 396)

// hipRTC: in libhiprtc, and in libamdhip64 where there is none.
#define HALYARD_HIPRTC_FUNCTIONS(X)                                                                         \
  X(hiprtcGetErrorString, const char*, (hiprtcResult code))                                                 \
  X(hiprtcVersion, hiprtcResult, (int* major, int* minor))                                                  \
  X(hiprtcCreateProgram, hiprtcResult,                                                                      \
    (hiprtcProgram* program, const char* source, const char* name, int header_count, const char** headers,  \
     const char** header_names))                                                                            \
  X(hiprtcDestroyProgram, hiprtcResult, (hiprtcProgram* program))                                           \
  X(hiprtcCompileProgram, hiprtcResult, (hiprtcProgram program, int option_count, const char** options))    \
  X(hiprtcGetProgramLogSize, hiprtcResult, (hiprtcProgram program, size_t* bytes))                          \
  X(hiprtcGetProgramLog, hiprtcResult, (hiprtcProgram program, char* out))                                  \
  X(hiprtcGetCodeSize, hiprtcResult, (hiprtcProgram program, size_t* bytes))                                \
  X(hiprtcGetCode, hiprtcResult, (hiprtcProgram program, char* out))
// clang-format on

namespace halyard::hip {

#define HALYARD_HIP_HANDLE(name, type) \
  struct type;                         \
  using name = type*;
HALYARD_HIP_HANDLES(HALYARD_HIP_HANDLE)
HALYARD_HIPRTC_HANDLES(HALYARD_HIP_HANDLE)
#undef HALYARD_HIP_HANDLE

#define HALYARD_HIP_ENUMERATOR(name, value) name = value,
#define HALYARD_HIP_ENUM(type, list) enum type : int { list(HALYARD_HIP_ENUMERATOR) };
HALYARD_HIP_ENUMS(HALYARD_HIP_ENUM)
HALYARD_HIPRTC_ENUMS(HALYARD_HIP_ENUM)
enum Flag : unsigned { HALYARD_HIP_FLAGS(HALYARD_HIP_ENUMERATOR) };
#undef HALYARD_HIP_ENUM
#undef HALYARD_HIP_ENUMERATOR

using hipDevice_t = int;
using hipDeviceptr_t = void*;
using hipHostFn_t = void (*)(void* user);
using hipStreamCallback_t = void (*)(hipStream_t stream, hipError_t status, void* user);

struct hipUUID {
  char bytes[16];
};

struct hipPointerAttribute_t {
  int type;  // one of HALYARD_HIP_MEMORY_TYPES
  int device;
  void* devicePointer;
  void* hostPointer;
  int isManaged;
  unsigned allocationFlags;
};

struct hipMemLocation {
  hipMemLocationType type;
  int id;
};

struct hipMemPoolProps {
  hipMemAllocationType allocType;
  hipMemAllocationHandleType handleTypes;
  hipMemLocation location;
  void* win32SecurityAttributes;
  unsigned char reserved[64];  // zeros; HIP 6 has a largest size here
};

struct hipMemAccessDesc {
  hipMemLocation location;
  hipMemAccessFlags flags;
};

// Properties of which only the architecture's name is read. Room is left for a version that appends members.
#define HALYARD_HIP_LAYOUT(symbol, layout, size, offset) \
  struct layout {                                        \
    char before[offset];                                 \
    char gcnArchName[256];                               \
    char after[size - offset - 256];                     \
    char room[4096 - size];                              \
  };
HALYARD_HIP_PROPERTIES(HALYARD_HIP_LAYOUT)
#undef HALYARD_HIP_LAYOUT

}  // namespace halyard::hip
