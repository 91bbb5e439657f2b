// The fake libcuda.so.1: initialisation, devices, contexts and entry points.
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "tests/drivers/gpu_fake/cuda.hpp"
#include "tests/drivers/gpu_fake/module.hpp"

namespace gpu_fake {

const char* const kEnvironment = "HALYARD_FAKE_CUDA";
const int kNotPermitted = cuda::kNotPermittedCode;
const Vendor kVendor = {"Fake CUDA device", "sm_90", 32, 65535, 13000, 13000, "9.0", ~uint64_t{0}, true};

namespace cuda {
namespace {

// Contexts pushed in this thread, as handles of one run of the driver.
struct Stack {
  uint64_t epoch;
  int depth;
  void* handles[32];
};
thread_local Stack stack = {};

Stack& my_stack() {
  Stack& mine = stack;
  if (const uint64_t epoch = machine().epoch; mine.epoch != epoch) mine = Stack{epoch, 0, {}};
  return mine;
}

void* top() {
  const Stack& mine = my_stack();
  return mine.depth == 0 ? nullptr : mine.handles[mine.depth - 1];
}

std::shared_ptr<Context> context_of(void* handle, const char* function, int* code) {
  Machine& m = machine();
  {
    std::lock_guard lock(m.mutex);
    if (!m.initialized) {
      *code = misuse(kNotInitialized, "%s was called before cuInit", function);
      return nullptr;
    }
    if (m.destroyed.count(handle) != 0) *code = kContextIsDestroyed;
  }
  if (handle == nullptr) {
    *code = misuse(kInvalidContext, "%s was called without a current context", function);
    return nullptr;
  }
  auto found = find<Context>(handle, "context", function);
  if (found == nullptr && *code == 0) *code = kInvalidContext;
  return found;
}

int initialized(const char* function) {
  return machine().initialized ? 0 : misuse(kNotInitialized, "%s was called before cuInit", function);
}

}  // namespace

std::shared_ptr<Context> current(const char* function, int* code) { return context_of(top(), function, code); }

std::shared_ptr<Stream> stream_of(void* handle, const char* function, int* code) {
  if (reinterpret_cast<uintptr_t>(handle) <= 2) {  // the null stream, under all its names
    const auto context = current(function, code);
    return context == nullptr ? nullptr : context->null_stream;
  }
  auto found = find<Stream>(handle, "stream", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

std::shared_ptr<Event> event_of(void* handle, const char* function, int* code) {
  auto found = find<Event>(handle, "event", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

}  // namespace cuda
}  // namespace gpu_fake

using namespace gpu_fake;

GPU_FAKE_EXPORT int cuInit(unsigned flags) {
  GPU_FAKE_ENTER();
  return flags != 0 ? misuse(kInvalidValue, "cuInit got flags %u", flags) : initialize();
}
GPU_FAKE_EXPORT int cuDriverGetVersion(int* version) {
  GPU_FAKE_ENTER();
  if (version == nullptr) return kInvalidValue;
  *version = static_cast<int>(setting_number("driver_version", kVendor.driver_version));
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetCount(int* count) {
  GPU_FAKE_ENTER();
  if (const int code = cuda::initialized(__func__)) return code;
  *count = static_cast<int>(machine().devices.size());
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGet(int* device, int ordinal) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(ordinal, __func__)) return code;
  *device = ordinal;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetName(char* name, int length, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  std::snprintf(name, static_cast<size_t>(length), "%s", setting_of("name", device, kVendor.device_name).c_str());
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetUuid(void* uuid, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  std::memcpy(uuid, uuid_bytes(device).data(), 16);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetUuid_v2(void* uuid, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  std::memcpy(uuid, uuid_bytes(device).data(), 16);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceTotalMem_v2(size_t* bytes, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  *bytes = machine().devices[static_cast<size_t>(device)].memory_bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetAttribute(int* value, int what, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  return cuda::attribute(what, device, value);
}
GPU_FAKE_EXPORT int cuDeviceGetPCIBusId(char* text, int length, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (length < 13) return misuse(kInvalidValue, "%s got room for %d characters", __func__, length);
  std::snprintf(text, static_cast<size_t>(length), "%s", pci_address(device).c_str());
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceCanAccessPeer(int* can, int device, int peer) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (const int code = check_device(peer, __func__)) return code;
  *can = device != peer && setting_number("peers", 1) != 0 ? 1 : 0;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetP2PAttribute(int* value, int what, int device, int peer) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (const int code = check_device(peer, __func__)) return code;
  if (device == peer) return kInvalidDevice;
  *value = what == 1 ? 0 : static_cast<int>(setting_number("peers", 1));  // 1: a rank of performance, 0 is best
  return kSuccess;
}

// ---- contexts ----

GPU_FAKE_EXPORT int cuDevicePrimaryCtxRetain(void** context, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (setting_number("compute_mode", 0) == 2) return kInvalidDevice;  // prohibited
  *context = retain_primary(device)->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
  GPU_FAKE_ENTER_RELEASE();
  if (const int code = check_device(device, __func__)) return code;
  GPU_FAKE_RETURN_RELEASE(release_primary(device, __func__));
}
GPU_FAKE_EXPORT int cuDevicePrimaryCtxGetState(int device, unsigned* flags, int* active) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  std::lock_guard lock(machine().mutex);
  const Device& of = machine().devices[static_cast<size_t>(device)];
  *flags = of.primary_flags;
  *active = of.primary != nullptr ? 1 : 0;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDevicePrimaryCtxSetFlags_v2(int device, unsigned flags) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  std::lock_guard lock(machine().mutex);
  machine().devices[static_cast<size_t>(device)].primary_flags = flags;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxGetCurrent(void** context) {
  GPU_FAKE_ENTER();
  if (const int code = cuda::initialized(__func__)) return code;
  *context = cuda::top();
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxSetCurrent(void* context) {
  GPU_FAKE_ENTER();
  if (const int code = cuda::initialized(__func__)) return code;
  cuda::Stack& stack = cuda::my_stack();
  if (context == nullptr) {
    stack.depth = std::max(0, stack.depth - 1);
    return kSuccess;
  }
  GPU_FAKE_FIND(found, cuda::context_of(context, __func__, &found_code));
  if (stack.depth == 0) stack.depth = 1;
  stack.handles[stack.depth - 1] = context;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxPushCurrent_v2(void* context) {
  GPU_FAKE_ENTER();
  if (const int code = cuda::initialized(__func__)) return code;
  GPU_FAKE_FIND(found, cuda::context_of(context, __func__, &found_code));
  cuda::Stack& stack = cuda::my_stack();
  if (stack.depth == 32) return misuse(kUnknown, "%s: 32 contexts were pushed and not popped", __func__);
  stack.handles[stack.depth++] = context;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxPopCurrent_v2(void** context) {
  GPU_FAKE_ENTER_RELEASE();
  if (const int code = cuda::initialized(__func__)) return code;
  cuda::Stack& stack = cuda::my_stack();
  if (stack.depth == 0) return misuse(kInvalidContext, "%s without a context to pop", __func__);
  void* const popped = stack.handles[--stack.depth];
  if (context != nullptr) *context = popped;
  GPU_FAKE_RETURN_RELEASE(kSuccess);
}
GPU_FAKE_EXPORT int cuCtxGetDevice(int* device) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  *device = context->device;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxSynchronize() {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  return synchronize_context(context);
}
GPU_FAKE_EXPORT int cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  *least = 0;
  *greatest = -5;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuCtxEnablePeerAccess(void* peer, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_FIND(other, cuda::context_of(peer, __func__, &other_code));
  if (flags != 0) return misuse(kInvalidValue, "%s got flags %u", __func__, flags);
  if (setting_number("peers", 1) == 0 || other->device == context->device) return kPeerAccessUnsupported;
  std::lock_guard lock(machine().mutex);
  return context->peers.insert(other.get()).second ? kSuccess : kPeerAccessAlreadyEnabled;
}
GPU_FAKE_EXPORT int cuCtxDisablePeerAccess(void* peer) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_FIND(other, cuda::context_of(peer, __func__, &other_code));
  std::lock_guard lock(machine().mutex);
  GPU_FAKE_RETURN_RELEASE(context->peers.erase(other.get()) == 1 ? kSuccess : kPeerAccessNotEnabled);
}
