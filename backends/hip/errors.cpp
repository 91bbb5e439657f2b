// The tables of HIP's and hipRTC's error codes. What is not in the tables is a fault of ours.
#include "backends/hip/errors.hpp"

namespace halyard::hip {
namespace {

using common::ErrorEntry;
using common::kLess;
using common::kReport;

constexpr char kKernel[] =
    "the device is of no use to this process any more; a kernel that read or wrote outside its buffers is the usual "
    "cause "
    "(AMD_LOG_LEVEL=3 shows which was launched last)";
constexpr char kHardware[] =
    "the device is of no use to this process any more; see dmesg for what amdgpu says; if it comes back, the hardware "
    "needs "
    "a reset or a repair";
constexpr char kImage[] = "the code object is damaged, or of a form that this HIP does not take: compile it again";
constexpr char kOtherDevice[] =
    "the image holds no code for this device: compile it for the device's gfx target, with the xnack and sramecc that "
    "rocminfo shows; HSA_OVERRIDE_GFX_VERSION changes what the device says it is";
constexpr char kCapture[] = "the stream is capturing a graph: end the capture before using it here";

constexpr ErrorEntry<hipError_t> kCodes[] = {
    {hipErrorInvalidValue, HY_INTERNAL, kReport},
    {hipErrorOutOfMemory, HY_OUT_OF_MEMORY, kLess},
    {hipErrorNotInitialized, HY_UNAVAILABLE,
     "HIP could not be initialised: see whether this user may open /dev/kfd and /dev/dri/renderD* (groups render and "
     "video)"},
    {hipErrorDeinitialized, HY_DEVICE_LOST, "the process is ending: use no device from static destructors"},
    {hipErrorInvalidConfiguration, HY_INVALID_ARGUMENT,
     "use a smaller workgroup, or fewer items than the kernel's max_workgroup_items"},
    {hipErrorInsufficientDriver, HY_UNAVAILABLE,
     "the kernel module amdgpu is too old for this ROCm: update it (amdgpu-dkms) or the kernel"},
    {hipErrorPriorLaunchFailure, HY_DEVICE_LOST, kKernel},
    {hipErrorInvalidDeviceFunction, HY_CORRUPT_ARTIFACT, kOtherDevice},
    {hipErrorNoDevice, HY_UNAVAILABLE, "HIP presents no device: see what rocminfo says"},
    {hipErrorInvalidDevice, HY_UNAVAILABLE, "the device is gone or hidden: see what rocminfo says"},
    {hipErrorInvalidImage, HY_CORRUPT_ARTIFACT, kImage},
    {hipErrorInvalidContext, HY_INVALID_ARGUMENT, "no context of this process, or one that was destroyed"},
    {hipErrorMapFailed, HY_OUT_OF_MEMORY, kLess},
    {hipErrorNoBinaryForGpu, HY_CORRUPT_ARTIFACT, kOtherDevice},
    {hipErrorECCNotCorrectable, HY_DEVICE_LOST, kHardware},
    {hipErrorUnsupportedLimit, HY_UNSUPPORTED, "the device has no such limit"},
    {hipErrorContextAlreadyInUse, HY_UNAVAILABLE, "another process or thread holds the device alone: end it"},
    {hipErrorPeerAccessUnsupported, HY_UNSUPPORTED, "these devices cannot reach each other's memory"},
    {hipErrorInvalidKernelFile, HY_CORRUPT_ARTIFACT, kImage},
    {hipErrorInvalidSource, HY_CORRUPT_ARTIFACT, kImage},
    {hipErrorFileNotFound, HY_UNAVAILABLE, "a file of ROCm is missing: install all of it again"},
    {hipErrorSharedObjectSymbolNotFound, HY_UNAVAILABLE,
     "ROCm's libraries are of different versions: install all of it again"},
    {hipErrorSharedObjectInitFailed, HY_UNAVAILABLE,
     "a library of ROCm (libamd_comgr, libhsa-runtime64) did not start: install all of it again"},
    {hipErrorOperatingSystem, HY_UNAVAILABLE,
     "the system refused something: see dmesg, and whether this user may open /dev/kfd and /dev/dri/renderD*"},
    {hipErrorInvalidHandle, HY_INVALID_ARGUMENT, "no object of this device, or one that was destroyed"},
    {hipErrorIllegalState, HY_INTERNAL, kReport},
    {hipErrorNotFound, HY_CORRUPT_ARTIFACT, "the image lacks this kernel: compile it again"},
    {hipErrorNotReady, HY_TIMEOUT, "the work goes on"},
    {hipErrorIllegalAddress, HY_DEVICE_LOST, kKernel},
    {hipErrorLaunchOutOfResources, HY_INVALID_ARGUMENT,
     "the workgroup needs more registers or local memory than the device has: use fewer items, or its "
     "max_workgroup_items"},
    {hipErrorLaunchTimeOut, HY_DEVICE_LOST,
     "the device is of no use to this process any more: a kernel ran longer than the system allows; make it shorter"},
    {hipErrorContextIsDestroyed, HY_DEVICE_LOST,
     "somebody destroyed the stream, or reset the device (hipDeviceReset), while it was in use"},
    {hipErrorAssert, HY_DEVICE_LOST,
     "the device is of no use to this process any more: an assert() in a kernel failed; its text is on standard error"},
    {hipErrorLaunchFailure, HY_DEVICE_LOST, kKernel},
    {hipErrorCooperativeLaunchTooLarge, HY_INVALID_ARGUMENT, "use a smaller grid"},
    {hipErrorNotSupported, HY_UNSUPPORTED, "the device or this version of HIP cannot do it"},
    {hipErrorStreamCaptureUnsupported, HY_INVALID_ARGUMENT, kCapture},
    {hipErrorStreamCaptureInvalidated, HY_INVALID_ARGUMENT, kCapture},
    {hipErrorStreamCaptureImplicit, HY_INVALID_ARGUMENT, kCapture},
    {hipErrorCapturedEvent, HY_INVALID_ARGUMENT, kCapture},
    {hipErrorStreamCaptureWrongThread, HY_INVALID_ARGUMENT, kCapture},
    {hipErrorUnknown, HY_INTERNAL, "see dmesg for what amdgpu says; restart the process"},
    {hipErrorRuntimeMemory, HY_OUT_OF_MEMORY, kLess},
    {hipErrorRuntimeOther, HY_INTERNAL, "ROCm's runtime failed: see dmesg for what amdgpu says; restart the process"},
};

constexpr ErrorEntry<hiprtcResult> kCompilerCodes[] = {
    {HIPRTC_ERROR_OUT_OF_MEMORY, HY_OUT_OF_MEMORY, "the host is out of memory"},
    {HIPRTC_ERROR_INVALID_OPTION, HY_UNSUPPORTED,
     "this hipRTC does not know an option, as an older one does not know a newer device: install a newer one"},
    {HIPRTC_ERROR_COMPILATION, HY_COMPILE_FAILED, "see the compiler's log"},
    {HIPRTC_ERROR_LINKING, HY_COMPILE_FAILED, "see the compiler's log"},
    {HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE, HY_UNAVAILABLE,
     "libhiprtc-builtins.so of the same version is missing beside libhiprtc.so: install all of it"},
};

}  // namespace

#define HALYARD_HIP_NAME(name, value) \
  case name:                          \
    return #name;

const char* code_name(hipError_t code) noexcept {
  switch (code) { HALYARD_HIP_RESULTS(HALYARD_HIP_NAME) }
  return "HIP error";
}

const char* code_name(hiprtcResult code) noexcept {
  switch (code) { HALYARD_HIPRTC_RESULTS(HALYARD_HIP_NAME) }
  return "hipRTC error";
}
#undef HALYARD_HIP_NAME

bool breaks_context(hipError_t code) noexcept { return common::entry_of(kCodes, code).status == HY_DEVICE_LOST; }

const char* cure_of(hipError_t code) noexcept { return common::entry_of(kCodes, code).cure; }

hy_status fail_hip(hy_error* error, hipError_t code, const char* action, When when) noexcept {
  ErrorEntry<hipError_t> entry = common::entry_of(kCodes, code);
  if (when == When::kLate) entry = common::seen_late(entry, kKernel);
  return common::fail_entry(error, entry, code_name(code), "HIP", action);
}

hy_status fail_hiprtc(hy_error* error, hiprtcResult code, const char* action) noexcept {
  return common::fail_entry(error, common::entry_of(kCompilerCodes, code), code_name(code), "hipRTC", action);
}

}  // namespace halyard::hip
