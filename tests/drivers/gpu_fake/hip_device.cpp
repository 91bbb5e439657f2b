// The fake libamdhip64: initialisation, devices, contexts and errors.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/drivers/gpu_fake/hip.hpp"
#include "tests/drivers/gpu_fake/hip_properties.hpp"
#include "tests/drivers/gpu_fake/module.hpp"

namespace gpu_fake {

const char* const kEnvironment = "HALYARD_FAKE_HIP";
const int kNotPermitted = kNotSupported;
const Vendor kVendor = {"Fake HIP device",
                        "gfx942:sramecc+:xnack-",
                        64,
                        65536,
                        HALYARD_FAKE_HIP_MAJOR * 10000000 + 342131,
                        HALYARD_FAKE_HIP_MAJOR * 10000000 + 342131,
                        "",
                        0xFFFFFFFF,
                        false};

namespace hip {
namespace {

thread_local int last_error = 0;

struct ThreadDevice {
  uint64_t epoch;
  int device;
};
thread_local ThreadDevice thread_device = {};

int& my_device() {
  auto& mine = thread_device;
  if (const uint64_t epoch = machine().epoch; mine.epoch != epoch) mine = {epoch, 0};
  return mine.device;
}

struct ErrorText {
  int code;
  const char* name;
  const char* text;
};
constexpr ErrorText kErrors[] = {
    {0, "hipSuccess", "no error"},
    {1, "hipErrorInvalidValue", "invalid argument"},
    {2, "hipErrorOutOfMemory", "out of memory"},
    {3, "hipErrorNotInitialized", "initialization error"},
    {4, "hipErrorDeinitialized", "driver shutting down"},
    {17, "hipErrorInvalidDevicePointer", "invalid device pointer"},
    {35, "hipErrorInsufficientDriver", "driver version is insufficient for runtime version"},
    {98, "hipErrorInvalidDeviceFunction", "invalid device function"},
    {100, "hipErrorNoDevice", "no ROCm-capable device is detected"},
    {101, "hipErrorInvalidDevice", "invalid device ordinal"},
    {200, "hipErrorInvalidImage", "device kernel image is invalid"},
    {201, "hipErrorInvalidContext", "invalid device context"},
    {209, "hipErrorNoBinaryForGpu", "no kernel image is available for execution on the device"},
    {214, "hipErrorECCNotCorrectable", "uncorrectable ECC error encountered"},
    {217, "hipErrorPeerAccessUnsupported", "peer access is not supported between these two devices"},
    {218, "hipErrorInvalidKernelFile", "invalid kernel file"},
    {303, "hipErrorSharedObjectInitFailed", "shared object initialization failed"},
    {304, "hipErrorOperatingSystem", "OS call failed or operation not supported on this OS"},
    {400, "hipErrorInvalidHandle", "invalid resource handle"},
    {500, "hipErrorNotFound", "named symbol not found"},
    {600, "hipErrorNotReady", "device not ready"},
    {700, "hipErrorIllegalAddress", "an illegal memory access was encountered"},
    {701, "hipErrorLaunchOutOfResources", "out of resources"},
    {702, "hipErrorLaunchTimeOut", "the launch timed out and was terminated"},
    {704, "hipErrorPeerAccessAlreadyEnabled", "peer access is already enabled"},
    {705, "hipErrorPeerAccessNotEnabled", "peer access has not been enabled"},
    {709, "hipErrorContextIsDestroyed", "context is destroyed"},
    {712, "hipErrorHostMemoryAlreadyRegistered", "part or all of the requested memory range is already mapped"},
    {713, "hipErrorHostMemoryNotRegistered", "pointer does not correspond to a registered memory region"},
    {719, "hipErrorLaunchFailure", "unspecified launch failure"},
    {801, "hipErrorNotSupported", "operation not supported"},
    {999, "hipErrorUnknown", "unknown error"},
};

const ErrorText& text_of(int code) {
  for (const ErrorText& error : kErrors) {
    if (error.code == code) return error;
  }
  return kErrors[std::size(kErrors) - 1];
}

// HIP initialises itself at the first call.
int ready(int device, const char* function) {
  if (const int code = initialize()) return code;
  return check_device(device, function);
}

}  // namespace

int note(int code) {
  if (code != 0 && code != kNotReady) last_error = code;
  return code;
}

std::shared_ptr<Context> context_of(int device, const char* function, int* code) {
  *code = ready(device, function);
  if (*code != 0) return nullptr;
  {
    std::lock_guard lock(machine().mutex);
    if (const auto& primary = machine().devices[static_cast<size_t>(device)].primary) return primary;
  }
  return retain_primary(device);
}

std::shared_ptr<Context> current(const char* function, int* code) { return context_of(my_device(), function, code); }

std::shared_ptr<Stream> stream_of(void* handle, const char* function, int* code) {
  if (reinterpret_cast<uintptr_t>(handle) <= 2) {  // the null stream, under all its names
    const auto context = current(function, code);
    return context == nullptr ? nullptr : context->null_stream;
  }
  auto found = find<Stream>(handle, "stream", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

}  // namespace hip
}  // namespace gpu_fake

using namespace gpu_fake;

GPU_FAKE_EXPORT int hipInit(unsigned flags) {
  HIP_ENTER();
  HIP_RETURN(flags != 0 ? misuse(kInvalidValue, "hipInit got flags %u", flags) : initialize());
}
GPU_FAKE_EXPORT int hipDriverGetVersion(int* version) {
  HIP_ENTER();
  *version = static_cast<int>(setting_number("driver_version", kVendor.driver_version));
  return kSuccess;
}
GPU_FAKE_EXPORT int hipRuntimeGetVersion(int* version) {
  HIP_ENTER();
  *version = static_cast<int>(setting_number("runtime_version", kVendor.runtime_version));
  return kSuccess;
}
GPU_FAKE_EXPORT const char* hipGetErrorName(int code) { return hip::text_of(code).name; }
GPU_FAKE_EXPORT const char* hipGetErrorString(int code) { return hip::text_of(code).text; }
#if HALYARD_FAKE_HIP_MAJOR >= 6
GPU_FAKE_EXPORT int hipDrvGetErrorName(int code, const char** name) {
  *name = hip::text_of(code).name;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDrvGetErrorString(int code, const char** text) {
  *text = hip::text_of(code).text;
  return kSuccess;
}
#endif
GPU_FAKE_EXPORT int hipGetLastError() {
  const int code = hip::last_error;
  hip::last_error = 0;
  return code;
}
GPU_FAKE_EXPORT int hipPeekAtLastError() { return hip::last_error; }

// ---- devices ----

GPU_FAKE_EXPORT int hipGetDeviceCount(int* count) {
  HIP_ENTER();
  *count = 0;
  if (const int code = initialize()) HIP_RETURN(code);
  *count = static_cast<int>(machine().devices.size());
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGet(int* device, int ordinal) {
  HIP_ENTER();
  if (const int code = hip::ready(ordinal, __func__)) HIP_RETURN(code);
  *device = ordinal;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGetName(char* name, int length, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  std::snprintf(name, static_cast<size_t>(length), "%s", setting_of("name", device, kVendor.device_name).c_str());
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGetUuid(void* uuid, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  std::memcpy(uuid, uuid_bytes(device).data(), 16);
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceTotalMem(size_t* bytes, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  *bytes = machine().devices[static_cast<size_t>(device)].memory_bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGetAttribute(int* value, int what, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  HIP_RETURN(hip::attribute(what, device, value));
}
GPU_FAKE_EXPORT int hipDeviceGetPCIBusId(char* text, int length, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  if (length < 13) HIP_RETURN(misuse(kInvalidValue, "%s got room for %d characters", __func__, length));
  std::snprintf(text, static_cast<size_t>(length), "%s", pci_address(device).c_str());
  return kSuccess;
}
GPU_FAKE_EXPORT int hipGetDeviceProperties(void* out, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  hip::fill_properties(static_cast<hip::PropertiesR0000*>(out), device);
  return kSuccess;
}
#if HALYARD_FAKE_HIP_MAJOR >= 6
GPU_FAKE_EXPORT int hipGetDevicePropertiesR0600(void* out, int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  hip::fill_properties(static_cast<hip::PropertiesR0600*>(out), device);
  return kSuccess;
}
#endif
GPU_FAKE_EXPORT int hipSetDevice(int device) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  hip::my_device() = device;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipGetDevice(int* device) {
  HIP_ENTER();
  if (const int code = initialize()) HIP_RETURN(code);
  *device = hip::my_device();
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceSynchronize() {
  HIP_ENTER();
  HIP_CURRENT(context);
  HIP_RETURN(synchronize_context(context));
}
GPU_FAKE_EXPORT int hipDeviceGetStreamPriorityRange(int* least, int* greatest) {
  HIP_ENTER();
  *least = 1;
  *greatest = -1;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceCanAccessPeer(int* can, int device, int peer) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  if (const int code = hip::ready(peer, __func__)) HIP_RETURN(code);
  *can = device != peer && setting_number("peers", 1) != 0 ? 1 : 0;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGetP2PAttribute(int* value, int what, int device, int peer) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  if (const int code = hip::ready(peer, __func__)) HIP_RETURN(code);
  if (device == peer) HIP_RETURN(kInvalidDevice);
  *value = what == 0 ? 0 : static_cast<int>(setting_number("peers", 1));  // 0: a rank of performance, 0 is best
  return kSuccess;
}
GPU_FAKE_EXPORT int hipExtGetLinkTypeAndHopCount(int device, int peer, uint32_t* type, uint32_t* hops) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  if (const int code = hip::ready(peer, __func__)) HIP_RETURN(code);
  if (device == peer) HIP_RETURN(kInvalidValue);
  *type = 4;  // xGMI, as HSA numbers links
  *hops = 1;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceEnablePeerAccess(int peer, unsigned flags) {
  HIP_ENTER();
  HIP_CURRENT(context);
  HIP_FIND(other, hip::context_of(peer, __func__, &other_code));
  if (flags != 0) HIP_RETURN(misuse(kInvalidValue, "%s got flags %u", __func__, flags));
  if (setting_number("peers", 1) == 0 || other == context) HIP_RETURN(kInvalidDevice);
  std::lock_guard lock(machine().mutex);
  HIP_RETURN(context->peers.insert(other.get()).second ? kSuccess : kPeerAccessAlreadyEnabled);
}
GPU_FAKE_EXPORT int hipDeviceDisablePeerAccess(int peer) {
  HIP_ENTER_RELEASE();
  HIP_CURRENT(context);
  HIP_FIND(other, hip::context_of(peer, __func__, &other_code));
  std::lock_guard lock(machine().mutex);
  HIP_RETURN_RELEASE(context->peers.erase(other.get()) == 1 ? kSuccess : kPeerAccessNotEnabled);
}

// ---- contexts, as far as HIP has them: the current one is the current device's ----

GPU_FAKE_EXPORT int hipCtxGetCurrent(void** out) {
  HIP_ENTER();
  HIP_CURRENT(context);
  *out = context->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipCtxSetCurrent(void* handle) {
  HIP_ENTER();
  const auto found = find<Context>(handle, "context", __func__);
  if (found == nullptr) HIP_RETURN(kInvalidContext);
  hip::my_device() = found->device;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDevicePrimaryCtxRetain(void** out, int device) {
  HIP_ENTER();
  HIP_FIND(context, hip::context_of(device, __func__, &context_code));
  *out = context->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDevicePrimaryCtxRelease(int device) {
  HIP_ENTER_RELEASE();
  HIP_RETURN_RELEASE(hip::ready(device, __func__));
}
GPU_FAKE_EXPORT int hipDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  HIP_ENTER();
  if (const int code = hip::ready(device, __func__)) HIP_RETURN(code);
  std::lock_guard lock(machine().mutex);
  *flags = 0;
  *active = machine().devices[static_cast<size_t>(device)].primary != nullptr ? 1 : 0;
  return kSuccess;
}
