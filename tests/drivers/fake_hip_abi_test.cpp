// The fake libamdhip64 and libhiprtc have the shape that HIP's headers give theirs. Compiled where those are installed;
// they are of one version, and what it lacks is not compared.
#define __HIP_PLATFORM_AMD__ 1
#define __HIP_PLATFORM_HCC__ 1
#define __HIP_DISABLE_CPP_FUNCTIONS__ 1  // templates of the same names
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <hip/hip_runtime_api.h>
#include <hip/hiprtc.h>

#include <cstdint>

#include "tests/drivers/fake_abi.hpp"
#include "tests/drivers/gpu_fake/codes.hpp"
#include "tests/drivers/gpu_fake/hip_properties.hpp"
#include "tests/drivers/gpu_fake/rtc_program.hpp"

namespace halyard::test {
namespace {

// Some of the names are deprecated, and are in the library all the same.
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// Two names that the header overloads for C++: of each, the function that the library has.
using AllocAsync = hipError_t(void**, size_t, hipStream_t);
using AllocFromPoolAsync = hipError_t(void**, size_t, hipMemPool_t, hipStream_t);
static_assert(sizeof(static_cast<AllocAsync*>(::hipMallocAsync)) != 0);
static_assert(sizeof(static_cast<AllocFromPoolAsync*>(::hipMallocFromPoolAsync)) != 0);

TEST(FakeHipAbi, every_function_has_the_vendors_shape) {
#define hipMallocAsync *static_cast<AllocAsync*>(nullptr)
#define hipMallocFromPoolAsync *static_cast<AllocFromPoolAsync*>(nullptr)
#define COMPARE_0(symbol, ...) \
  EXPECT_TRUE((SameShape<__VA_ARGS__, std::remove_reference_t<decltype(symbol)>>::value)) << #symbol;
#if HIP_VERSION_MAJOR >= 6
#define COMPARE_6(symbol, ...) COMPARE_0(symbol, __VA_ARGS__)
#else
#define COMPARE_6(symbol, ...)
#endif
#define FUNCTION(symbol, version, ...) COMPARE_##version(symbol, __VA_ARGS__)
#include "tests/drivers/gpu_fake/hip_functions.def"
#undef hipMallocAsync
#undef hipMallocFromPoolAsync
}

TEST(FakeHipAbi, every_function_of_the_compiler_has_the_vendors_shape) {
#define FUNCTION(symbol, ...) EXPECT_TRUE((SameShape<__VA_ARGS__, decltype(::symbol)>::value)) << #symbol;
#include "tests/drivers/gpu_fake/hiprtc_functions.def"
}

TEST(FakeHipAbi, every_function_is_exported_by_the_versions_that_have_it) {
  const char* const paths[] = {HALYARD_FAKE_HIP5_PATH, HALYARD_FAKE_HIP6_PATH, HALYARD_FAKE_HIP7_PATH};
  for (int major = 5; major <= 7; ++major) {
    void* library = dlopen(paths[major - 5], RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
#define FUNCTION(symbol, version, ...) EXPECT_EQ(dlsym(library, #symbol) != nullptr, major >= version) << #symbol;
#include "tests/drivers/gpu_fake/hip_functions.def"
  }
}

TEST(FakeHipAbi, codes_are_the_vendors) {
  using namespace gpu_fake;
  EXPECT_EQ(+kInvalidValue, hipErrorInvalidValue);
  EXPECT_EQ(+kOutOfMemory, hipErrorOutOfMemory);
  EXPECT_EQ(+kNotInitialized, hipErrorNotInitialized);
  EXPECT_EQ(+kDeinitialized, hipErrorDeinitialized);
  EXPECT_EQ(+kNoDevice, hipErrorNoDevice);
  EXPECT_EQ(+kInvalidDevice, hipErrorInvalidDevice);
  EXPECT_EQ(+kInvalidImage, hipErrorInvalidImage);
  EXPECT_EQ(+kInvalidContext, hipErrorInvalidContext);
  EXPECT_EQ(+kNoBinaryForGpu, hipErrorNoBinaryForGpu);
  EXPECT_EQ(+kPeerAccessUnsupported, hipErrorPeerAccessUnsupported);
  EXPECT_EQ(+kInvalidHandle, hipErrorInvalidHandle);
  EXPECT_EQ(+kNotFound, hipErrorNotFound);
  EXPECT_EQ(+kNotReady, hipErrorNotReady);
  EXPECT_EQ(+kIllegalAddress, hipErrorIllegalAddress);
  EXPECT_EQ(+kLaunchOutOfResources, hipErrorLaunchOutOfResources);
  EXPECT_EQ(+kPeerAccessAlreadyEnabled, hipErrorPeerAccessAlreadyEnabled);
  EXPECT_EQ(+kPeerAccessNotEnabled, hipErrorPeerAccessNotEnabled);
  EXPECT_EQ(+kContextIsDestroyed, hipErrorContextIsDestroyed);
  EXPECT_EQ(+kHostMemoryAlreadyRegistered, hipErrorHostMemoryAlreadyRegistered);
  EXPECT_EQ(+kHostMemoryNotRegistered, hipErrorHostMemoryNotRegistered);
  EXPECT_EQ(+kLaunchFailed, hipErrorLaunchFailure);
  EXPECT_EQ(+kNotSupported, hipErrorNotSupported);
  EXPECT_EQ(+kUnknown, hipErrorUnknown);
  EXPECT_EQ(+kRtcInvalidInput, HIPRTC_ERROR_INVALID_INPUT);
  EXPECT_EQ(+kRtcInvalidProgram, HIPRTC_ERROR_INVALID_PROGRAM);
  EXPECT_EQ(+kRtcInvalidOption, HIPRTC_ERROR_INVALID_OPTION);
  EXPECT_EQ(+kRtcCompilation, HIPRTC_ERROR_COMPILATION);
  EXPECT_EQ(+kRtcInternalError, HIPRTC_ERROR_INTERNAL_ERROR);
}

TEST(FakeHipAbi, attributes_and_flags_are_the_vendors) {
  EXPECT_EQ(hipDeviceAttributeComputeMode, 6);
  EXPECT_EQ(hipDeviceAttributeIntegrated, 16);
  EXPECT_EQ(hipDeviceAttributeL2CacheSize, 19);
  EXPECT_EQ(hipDeviceAttributeComputeCapabilityMajor, 23);
  EXPECT_EQ(hipDeviceAttributeManagedMemory, 24);
  EXPECT_EQ(hipDeviceAttributeMaxBlockDimX, 26);
  EXPECT_EQ(hipDeviceAttributeMaxGridDimX, 29);
  EXPECT_EQ(hipDeviceAttributeMaxGridDimY, 30);
  EXPECT_EQ(hipDeviceAttributeMaxThreadsPerBlock, 56);
  EXPECT_EQ(hipDeviceAttributeMaxThreadsPerMultiProcessor, 57);
  EXPECT_EQ(hipDeviceAttributeMaxPitch, 58);
  EXPECT_EQ(hipDeviceAttributeMemoryBusWidth, 59);
  EXPECT_EQ(hipDeviceAttributeMemoryClockRate, 60);
  EXPECT_EQ(hipDeviceAttributeComputeCapabilityMinor, 61);
  EXPECT_EQ(hipDeviceAttributeMultiprocessorCount, 63);
  EXPECT_EQ(hipDeviceAttributePciBusId, 67);
  EXPECT_EQ(hipDeviceAttributePciDeviceId, 68);
  EXPECT_EQ(hipDeviceAttributeMaxRegistersPerBlock, 71);
  EXPECT_EQ(hipDeviceAttributeMaxSharedMemoryPerBlock, 74);
  EXPECT_EQ(hipDeviceAttributeTotalConstantMemory, 83);
  EXPECT_EQ(hipDeviceAttributeWarpSize, 87);
  EXPECT_EQ(hipDeviceAttributeMemoryPoolsSupported, 88);
  EXPECT_EQ(hipDeviceAttributeClockInstructionRate, 10000);
  EXPECT_EQ(hipDeviceAttributeMaxSharedMemoryPerMultiprocessor, 10002);
  EXPECT_EQ(hipDeviceAttributeCanUseStreamWaitValue, 10013);
  EXPECT_EQ(hipDeviceAttributeFineGrainSupport, 10016);
  EXPECT_EQ(hipMemPoolAttrReleaseThreshold, 4);
  EXPECT_EQ(hipMemPoolAttrUsedMemHigh, 8);
  EXPECT_EQ(hipMemcpyDefault, 4);
  EXPECT_EQ(hipMemcpyHostToDevice, 1);
  EXPECT_EQ(hipStreamNonBlocking, 1);
  EXPECT_EQ(hipEventDisableTiming, 2);
  EXPECT_EQ(hipStreamWaitValueGte, 0);
  EXPECT_EQ(hipStreamWaitValueNor, 3);
  EXPECT_EQ(hipMemoryTypeHost, HIP_VERSION_MAJOR < 6 ? 0 : 1);
  EXPECT_EQ(hipMemoryTypeDevice, HIP_VERSION_MAJOR < 6 ? 1 : 2);
  EXPECT_EQ(offsetof(hipMemPoolProps, location.id), 12u);
}

TEST(FakeHipAbi, the_properties_have_the_vendors_layout) {
#if HIP_VERSION_MAJOR < 6
  using Ours = gpu_fake::hip::PropertiesR0000;
  EXPECT_EQ(offsetof(Ours, integrated), offsetof(hipDeviceProp_t, integrated));
#else
  using Ours = gpu_fake::hip::PropertiesR0600;
  EXPECT_EQ(offsetof(Ours, uuid), offsetof(hipDeviceProp_t, uuid));
  EXPECT_EQ(offsetof(Ours, asyncEngineCount), offsetof(hipDeviceProp_t, asyncEngineCount));
  EXPECT_EQ(offsetof(Ours, sharedMemPerMultiprocessor), offsetof(hipDeviceProp_t, sharedMemPerMultiprocessor));
  EXPECT_EQ(offsetof(Ours, reservedSharedMemPerBlock), offsetof(hipDeviceProp_t, reservedSharedMemPerBlock));
#endif
  EXPECT_EQ(sizeof(Ours), sizeof(hipDeviceProp_t));
  EXPECT_EQ(offsetof(Ours, totalGlobalMem), offsetof(hipDeviceProp_t, totalGlobalMem));
  EXPECT_EQ(offsetof(Ours, sharedMemPerBlock), offsetof(hipDeviceProp_t, sharedMemPerBlock));
  EXPECT_EQ(offsetof(Ours, warpSize), offsetof(hipDeviceProp_t, warpSize));
  EXPECT_EQ(offsetof(Ours, maxThreadsDim), offsetof(hipDeviceProp_t, maxThreadsDim));
  EXPECT_EQ(offsetof(Ours, maxGridSize), offsetof(hipDeviceProp_t, maxGridSize));
  EXPECT_EQ(offsetof(Ours, clockRate), offsetof(hipDeviceProp_t, clockRate));
  EXPECT_EQ(offsetof(Ours, memoryBusWidth), offsetof(hipDeviceProp_t, memoryBusWidth));
  EXPECT_EQ(offsetof(Ours, totalConstMem), offsetof(hipDeviceProp_t, totalConstMem));
  EXPECT_EQ(offsetof(Ours, major), offsetof(hipDeviceProp_t, major));
  EXPECT_EQ(offsetof(Ours, multiProcessorCount), offsetof(hipDeviceProp_t, multiProcessorCount));
  EXPECT_EQ(offsetof(Ours, computeMode), offsetof(hipDeviceProp_t, computeMode));
  EXPECT_EQ(offsetof(Ours, pciBusID), offsetof(hipDeviceProp_t, pciBusID));
  EXPECT_EQ(offsetof(Ours, canMapHostMemory), offsetof(hipDeviceProp_t, canMapHostMemory));
  EXPECT_EQ(offsetof(Ours, gcnArchName), offsetof(hipDeviceProp_t, gcnArchName));
  EXPECT_EQ(offsetof(Ours, maxSharedMemoryPerMultiProcessor),
            offsetof(hipDeviceProp_t, maxSharedMemoryPerMultiProcessor));
}

}  // namespace
}  // namespace halyard::test
