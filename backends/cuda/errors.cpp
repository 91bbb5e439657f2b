// The tables of CUDA's and NVRTC's error codes. What is not in the tables is a fault of ours.
#include "backends/cuda/errors.hpp"

namespace halyard::cuda {
namespace {

using common::ErrorEntry;
using common::kLess;
using common::kReport;

constexpr char kKernel[] =
    "the device is of no use to this process any more; a kernel that read or wrote outside its buffers is the usual "
    "cause "
    "(compute-sanitizer finds it)";
constexpr char kHardware[] =
    "the device is of no use to this process any more; see dmesg for its Xid, and restart the process; if it comes "
    "back, the "
    "hardware needs a reset or a repair";
constexpr char kImage[] = "the image is damaged or not for CUDA: compile it again";
constexpr char kMps[] =
    "the multi-process service (MPS) failed: see its logs in $CUDA_MPS_LOG_DIRECTORY, restart it "
    "(nvidia-cuda-mps-control "
    "-d) or unset CUDA_MPS_PIPE_DIRECTORY";
constexpr char kMpsFull[] = "the multi-process service (MPS) has no room for another process: end one, or use fewer";
constexpr char kCapture[] = "the stream is capturing a graph: end the capture before using it here";

constexpr ErrorEntry<CUresult> kCodes[] = {
    {CUDA_ERROR_INVALID_VALUE, HY_INTERNAL, kReport},
    {CUDA_ERROR_OUT_OF_MEMORY, HY_OUT_OF_MEMORY, kLess},
    {CUDA_ERROR_NOT_INITIALIZED, HY_UNAVAILABLE, "CUDA could not be initialised, or the process is ending"},
    {CUDA_ERROR_DEINITIALIZED, HY_DEVICE_LOST, "the process is ending: use no device from static destructors"},
    {CUDA_ERROR_STUB_LIBRARY, HY_UNAVAILABLE,
     "this is the file that programs are linked with, not a driver: take its folder (lib64/stubs) out of "
     "LD_LIBRARY_PATH "
     "and HALYARD_LIBRARY_PATH, and install NVIDIA's driver"},
    {CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER, HY_UNSUPPORTED, "update NVIDIA's driver"},
    {CUDA_ERROR_DEVICE_UNAVAILABLE, HY_UNAVAILABLE,
     "another process holds the device alone, or no process may use it: see its compute mode (nvidia-smi -q -d "
     "COMPUTE), "
     "and change it with nvidia-smi -c DEFAULT"},
    {CUDA_ERROR_NO_DEVICE, HY_UNAVAILABLE, "the driver presents no device: see what nvidia-smi says"},
    {CUDA_ERROR_INVALID_DEVICE, HY_UNAVAILABLE, "the device is gone or hidden: see what nvidia-smi says"},
    {CUDA_ERROR_DEVICE_NOT_LICENSED, HY_UNAVAILABLE, "the virtual GPU has no licence: see nvidia-gridd's log"},
    {CUDA_ERROR_INVALID_IMAGE, HY_CORRUPT_ARTIFACT, kImage},
    {CUDA_ERROR_INVALID_CONTEXT, HY_INVALID_ARGUMENT, "no context of this process, or one that was destroyed"},
    {CUDA_ERROR_MAP_FAILED, HY_OUT_OF_MEMORY, kLess},
    {CUDA_ERROR_NO_BINARY_FOR_GPU, HY_CORRUPT_ARTIFACT,
     "the image holds no code for this device: compile it for the device's architecture, or with PTX"},
    {CUDA_ERROR_ECC_UNCORRECTABLE, HY_DEVICE_LOST, kHardware},
    {CUDA_ERROR_UNSUPPORTED_LIMIT, HY_UNSUPPORTED, "the device has no such limit"},
    {CUDA_ERROR_CONTEXT_ALREADY_IN_USE, HY_UNAVAILABLE, "another thread holds the context: make one of your own"},
    {CUDA_ERROR_PEER_ACCESS_UNSUPPORTED, HY_UNSUPPORTED, "these devices cannot reach each other's memory"},
    {CUDA_ERROR_INVALID_PTX, HY_CORRUPT_ARTIFACT,
     "the PTX is damaged or for a newer device than this: compile it again for this device"},
    {CUDA_ERROR_NVLINK_UNCORRECTABLE, HY_DEVICE_LOST, kHardware},
    {CUDA_ERROR_JIT_COMPILER_NOT_FOUND, HY_UNAVAILABLE,
     "the driver's compiler (libnvidia-ptxjitcompiler.so.1) is missing: install all of the driver (in containers "
     "NVIDIA_DRIVER_CAPABILITIES=compute,utility), or use kernels compiled for this device's architecture"},
    {CUDA_ERROR_UNSUPPORTED_PTX_VERSION, HY_UNSUPPORTED,
     "the PTX was made by a newer CUDA than the driver's: update the driver, or compile with an older NVRTC or for "
     "this "
     "device's architecture"},
    {CUDA_ERROR_JIT_COMPILATION_DISABLED, HY_UNSUPPORTED,
     "CUDA_DISABLE_PTX_JIT is set: unset it, or use kernels compiled for this device's architecture"},
    {CUDA_ERROR_UNSUPPORTED_EXEC_AFFINITY, HY_UNSUPPORTED, "the device cannot be divided so"},
    {CUDA_ERROR_UNSUPPORTED_DEVSIDE_SYNC, HY_COMPILE_FAILED,
     "the kernel waits for kernels, which devices no longer can"},
    {CUDA_ERROR_CONTAINED, HY_DEVICE_LOST, kHardware},
    {CUDA_ERROR_INVALID_SOURCE, HY_CORRUPT_ARTIFACT, kImage},
    {CUDA_ERROR_FILE_NOT_FOUND, HY_UNAVAILABLE, "a file of the driver is missing: install all of it again"},
    {CUDA_ERROR_SHARED_OBJECT_SYMBOL_NOT_FOUND, HY_UNAVAILABLE,
     "the driver's libraries are of different versions: install all of it again"},
    {CUDA_ERROR_SHARED_OBJECT_INIT_FAILED, HY_UNAVAILABLE,
     "a library of the driver did not start: install all of it again"},
    {CUDA_ERROR_OPERATING_SYSTEM, HY_UNAVAILABLE,
     "the system refused something: see dmesg, and whether this user may open /dev/nvidia*"},
    {CUDA_ERROR_INVALID_HANDLE, HY_INVALID_ARGUMENT, "no object of this device, or one that was destroyed"},
    {CUDA_ERROR_ILLEGAL_STATE, HY_INTERNAL, kReport},
    {CUDA_ERROR_NOT_FOUND, HY_CORRUPT_ARTIFACT, "the image lacks this kernel: compile it again"},
    {CUDA_ERROR_NOT_READY, HY_TIMEOUT, "the work goes on"},
    {CUDA_ERROR_ILLEGAL_ADDRESS, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, HY_INVALID_ARGUMENT,
     "the workgroup needs more registers or local memory than the device has: use fewer items, or its "
     "max_workgroup_items"},
    {CUDA_ERROR_LAUNCH_TIMEOUT, HY_DEVICE_LOST,
     "the device is of no use to this process any more: a kernel ran longer than the system allows on a device with a "
     "display; make it shorter, or use another device"},
    {CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED, HY_INTERNAL, kReport},
    {CUDA_ERROR_PEER_ACCESS_NOT_ENABLED, HY_INTERNAL, kReport},
    {CUDA_ERROR_CONTEXT_IS_DESTROYED, HY_DEVICE_LOST,
     "somebody destroyed or reset the device's context (cudaDeviceReset, cuDevicePrimaryCtxReset) while it was in use"},
    {CUDA_ERROR_ASSERT, HY_DEVICE_LOST,
     "the device is of no use to this process any more: an assert() in a kernel failed; its text is on standard error"},
    {CUDA_ERROR_TOO_MANY_PEERS, HY_UNSUPPORTED, "the device can reach no further devices: use fewer together"},
    {CUDA_ERROR_HARDWARE_STACK_ERROR, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_ILLEGAL_INSTRUCTION, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_MISALIGNED_ADDRESS, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_INVALID_ADDRESS_SPACE, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_INVALID_PC, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_LAUNCH_FAILED, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE, HY_INVALID_ARGUMENT, "use a smaller grid"},
    {CUDA_ERROR_TENSOR_MEMORY_LEAK, HY_DEVICE_LOST, kKernel},
    {CUDA_ERROR_NOT_PERMITTED, HY_UNSUPPORTED,
     "not allowed here: from a host function no device may be called, and containers may forbid it"},
    {CUDA_ERROR_NOT_SUPPORTED, HY_UNSUPPORTED, "the device or its driver cannot do it"},
    {CUDA_ERROR_SYSTEM_NOT_READY, HY_UNAVAILABLE,
     "a service of the machine is not up: on machines with NVSwitch start nvidia-fabricmanager, of the driver's "
     "version"},
    {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, HY_UNAVAILABLE,
     "the kernel module and libcuda.so.1 are of different versions, as after an update: restart the machine, or unload "
     "the module and load it again; in a container, bring no libcuda.so.1 of its own"},
    {CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, HY_UNAVAILABLE,
     "the forward-compatibility libcuda.so.1 is for datacentre devices only: take its folder (/usr/local/cuda/compat) "
     "out "
     "of LD_LIBRARY_PATH and /etc/ld.so.conf.d, or update the driver"},
    {CUDA_ERROR_MPS_CONNECTION_FAILED, HY_UNAVAILABLE, kMps},
    {CUDA_ERROR_MPS_RPC_FAILURE, HY_DEVICE_LOST, kMps},
    {CUDA_ERROR_MPS_SERVER_NOT_READY, HY_UNAVAILABLE, "the multi-process service (MPS) is starting: try again soon"},
    {CUDA_ERROR_MPS_MAX_CLIENTS_REACHED, HY_UNAVAILABLE, kMpsFull},
    {CUDA_ERROR_MPS_MAX_CONNECTIONS_REACHED, HY_UNAVAILABLE, kMpsFull},
    {CUDA_ERROR_MPS_CLIENT_TERMINATED, HY_DEVICE_LOST, kMps},
    {CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, HY_INVALID_ARGUMENT, kCapture},
    {CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, HY_INVALID_ARGUMENT, kCapture},
    {CUDA_ERROR_STREAM_CAPTURE_IMPLICIT, HY_INVALID_ARGUMENT, kCapture},
    {CUDA_ERROR_CAPTURED_EVENT, HY_INVALID_ARGUMENT, kCapture},
    {CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD, HY_INVALID_ARGUMENT, kCapture},
    {CUDA_ERROR_TIMEOUT, HY_DEVICE_LOST, kHardware},
    {CUDA_ERROR_EXTERNAL_DEVICE, HY_DEVICE_LOST, kHardware},
    {CUDA_ERROR_KEY_ROTATION, HY_UNAVAILABLE,
     "the device is changing its keys (confidential computing): try again soon"},
    {CUDA_ERROR_UNKNOWN, HY_INTERNAL, "see dmesg for what NVIDIA's kernel module says; restart the process"},
};

constexpr char kLog[] = "see the compiler's log";

constexpr ErrorEntry<nvrtcResult> kCompilerCodes[] = {
    {NVRTC_ERROR_OUT_OF_MEMORY, HY_OUT_OF_MEMORY, "the host is out of memory"},
    {NVRTC_ERROR_INVALID_OPTION, HY_UNSUPPORTED,
     "this NVRTC does not know an option, as an older one does not know a newer device: install a newer one"},
    {NVRTC_ERROR_COMPILATION, HY_COMPILE_FAILED, kLog},
    {NVRTC_ERROR_BUILTIN_OPERATION_FAILURE, HY_UNAVAILABLE,
     "libnvrtc-builtins.so of the same version is missing beside libnvrtc.so: install all of it"},
};

}  // namespace

#define HALYARD_CUDA_NAME(name, value) \
  case name:                           \
    return #name;

const char* code_name(CUresult code) noexcept {
  switch (code) { HALYARD_CUDA_RESULTS(HALYARD_CUDA_NAME) }
  return "CUDA error";
}

const char* code_name(nvrtcResult code) noexcept {
  switch (code) { HALYARD_NVRTC_RESULTS(HALYARD_CUDA_NAME) }
  return "NVRTC error";
}
#undef HALYARD_CUDA_NAME

bool breaks_context(CUresult code) noexcept { return common::entry_of(kCodes, code).status == HY_DEVICE_LOST; }

const char* cure_of(CUresult code) noexcept { return common::entry_of(kCodes, code).cure; }

hy_status fail_cuda(hy_error* error, CUresult code, const char* action, When when) noexcept {
  ErrorEntry<CUresult> entry = common::entry_of(kCodes, code);
  if (when == When::kLate) entry = common::seen_late(entry, kKernel);
  return common::fail_entry(error, entry, code_name(code), "the CUDA driver", action);
}

hy_status fail_nvrtc(hy_error* error, nvrtcResult code, const char* action) noexcept {
  return common::fail_entry(error, common::entry_of(kCompilerCodes, code), code_name(code), "NVRTC", action);
}

}  // namespace halyard::cuda
