// The fake libcuda.so.1: memory, pools, copies and fills.
#include <cstring>

#include "tests/drivers/gpu_fake/cuda.hpp"
#include "tests/drivers/gpu_fake/module.hpp"
#include "tests/drivers/gpu_fake/transfer.hpp"

using namespace gpu_fake;

namespace {

int give(const AllocationRef& made, uintptr_t* address) {
  if (made == nullptr) return kOutOfMemory;
  *address = made->base;
  return kSuccess;
}

std::shared_ptr<Pool> pool_of(void* handle, const char* function, int* code) {
  auto found = find<Pool>(handle, "pool", function);
  if (found == nullptr) *code = kInvalidValue;
  return found;
}

// The beginning of CUmemPoolProps.
struct PoolProperties {
  int allocation_type, handle_types, location_type, location_id;
};

int pools() { return setting_number("pools", 1) != 0 ? 0 : static_cast<int>(kNotSupported); }

}  // namespace

GPU_FAKE_EXPORT int cuMemAlloc_v2(uintptr_t* address, size_t bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (bytes == 0) return misuse(kInvalidValue, "%s of 0 bytes", __func__);
  return give(allocate_device(context, bytes, nullptr), address);
}
GPU_FAKE_EXPORT int cuMemFree_v2(uintptr_t address) {
  GPU_FAKE_ENTER_RELEASE();
  int code = 0;
  const auto context = cuda::current(__func__, &code);
  if (context == nullptr) return code;
  if (address == 0) return kSuccess;
  code = free_now(context, address, {MemoryKind::kDevice, MemoryKind::kManaged}, __func__);
  GPU_FAKE_RETURN_RELEASE(code != 0 ? code : context->lost.load());
}
GPU_FAKE_EXPORT int cuMemGetInfo_v2(size_t* free, size_t* total) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  *free = free_bytes(context->device);
  *total = machine().devices[static_cast<size_t>(context->device)].memory_bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemGetAddressRange_v2(uintptr_t* base, size_t* bytes, uintptr_t address) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  const AllocationRef found = machine().memory.find(address, 1);
  if (found == nullptr) return kNotFound;
  if (base != nullptr) *base = found->base;
  if (bytes != nullptr) *bytes = found->bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemHostAlloc(void** address, size_t bytes, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (bytes == 0 || flags > 7) return misuse(kInvalidValue, "%s of %zu bytes with flags %u", __func__, bytes, flags);
  return give(allocate_host(context, bytes, MemoryKind::kPinned), reinterpret_cast<uintptr_t*>(address));
}
GPU_FAKE_EXPORT int cuMemFreeHost(void* address) {
  GPU_FAKE_ENTER_RELEASE();
  int code = 0;
  const auto context = cuda::current(__func__, &code);
  if (context == nullptr) return code;
  code = free_now(context, reinterpret_cast<uintptr_t>(address), {MemoryKind::kPinned}, __func__);
  GPU_FAKE_RETURN_RELEASE(code != 0 ? code : context->lost.load());
}
GPU_FAKE_EXPORT int cuMemHostGetDevicePointer_v2(uintptr_t* device, void* address, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  const AllocationRef found = machine().memory.find(reinterpret_cast<uintptr_t>(address), 1);
  if (found == nullptr || flags != 0) return misuse(kInvalidValue, "%s: %p is not pinned", __func__, address);
  *device = reinterpret_cast<uintptr_t>(address);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemHostRegister_v2(void* address, size_t bytes, unsigned) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (!is_readable(address, bytes)) return misuse(kInvalidValue, "%s: %p cannot be read", __func__, address);
  const auto base = reinterpret_cast<uintptr_t>(address);
  if (machine().memory.find(base, 0) != nullptr) return kHostMemoryAlreadyRegistered;
  const AllocationRef made = machine().memory.adopt(base, bytes);
  made->kind = MemoryKind::kRegistered;
  made->device = context->device;
  made->context = context->number;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemHostUnregister(void* address) {
  GPU_FAKE_ENTER_RELEASE();
  int code = 0;
  const auto context = cuda::current(__func__, &code);
  if (context == nullptr) return code;
  code = free_now(context, reinterpret_cast<uintptr_t>(address), {MemoryKind::kRegistered}, __func__);
  GPU_FAKE_RETURN_RELEASE(code != 0 ? static_cast<int>(kHostMemoryNotRegistered) : context->lost.load());
}
GPU_FAKE_EXPORT int cuMemAllocManaged(uintptr_t* address, size_t bytes, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (setting_number("managed", 1) == 0) return kNotSupported;
  if (bytes == 0 || (flags != 1 && flags != 2)) {
    return misuse(kInvalidValue, "%s of %zu bytes with flags %u", __func__, bytes, flags);
  }
  return give(allocate_host(context, bytes, MemoryKind::kManaged), address);
}
GPU_FAKE_EXPORT int cuPointerGetAttribute(void* data, int what, uintptr_t address) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  const AllocationRef found = machine().memory.find(address, 1);
  if (found == nullptr || found->given_back) return kInvalidValue;  // a way to ask, so no misuse
  const bool on_device = found->kind == MemoryKind::kDevice || found->kind == MemoryKind::kGlobal;
  switch (what) {
    case 1: {  // CONTEXT
      std::lock_guard lock(machine().mutex);
      const auto& primary = machine().devices[static_cast<size_t>(found->device)].primary;
      *static_cast<void**>(data) = primary == nullptr ? nullptr : primary->handle;
      return kSuccess;
    }
    case 2:  // MEMORY_TYPE: device or host
      *static_cast<unsigned*>(data) = on_device || found->kind == MemoryKind::kManaged ? 2 : 1;
      return kSuccess;
    case 3:  // DEVICE_POINTER
    case 4:  // HOST_POINTER
      if (what == 4 && on_device) return kInvalidValue;
      *static_cast<uintptr_t*>(data) = address;
      return kSuccess;
    case 8:  // IS_MANAGED
      *static_cast<unsigned*>(data) = found->kind == MemoryKind::kManaged ? 1 : 0;
      return kSuccess;
    case 9:  // DEVICE_ORDINAL
      *static_cast<int*>(data) = found->device;
      return kSuccess;
    case 11:  // RANGE_START_ADDR
      *static_cast<uintptr_t*>(data) = found->base;
      return kSuccess;
    case 12:  // RANGE_SIZE
      *static_cast<size_t*>(data) = found->bytes;
      return kSuccess;
    default:
      return misuse(kInvalidValue, "%s of attribute %d", __func__, what);
  }
}

// ---- copies ----

GPU_FAKE_EXPORT int cuMemcpyHtoD_v2(uintptr_t to, const void* from, size_t bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  const Copy wanted{to, reinterpret_cast<uintptr_t>(from), bytes, Side::kDevice, Side::kHost};
  const int code = copy(context->null_stream, wanted, __func__);
  return code != 0 ? code : synchronize(*context->null_stream);
}
GPU_FAKE_EXPORT int cuMemcpyDtoH_v2(void* to, uintptr_t from, size_t bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  const Copy wanted{reinterpret_cast<uintptr_t>(to), from, bytes, Side::kHost, Side::kDevice};
  const int code = copy(context->null_stream, wanted, __func__);
  return code != 0 ? code : synchronize(*context->null_stream);
}
GPU_FAKE_EXPORT int cuMemcpyHtoDAsync_v2(uintptr_t to, const void* from, size_t bytes, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  return copy(in, {to, reinterpret_cast<uintptr_t>(from), bytes, Side::kDevice, Side::kHost}, __func__);
}
GPU_FAKE_EXPORT int cuMemcpyDtoHAsync_v2(void* to, uintptr_t from, size_t bytes, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  return copy(in, {reinterpret_cast<uintptr_t>(to), from, bytes, Side::kHost, Side::kDevice}, __func__);
}
GPU_FAKE_EXPORT int cuMemcpyDtoDAsync_v2(uintptr_t to, uintptr_t from, size_t bytes, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  return copy(in, {to, from, bytes, Side::kDevice, Side::kDevice}, __func__);
}
GPU_FAKE_EXPORT int cuMemcpyAsync(uintptr_t to, uintptr_t from, size_t bytes, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  return copy(in, {to, from, bytes}, __func__);
}
GPU_FAKE_EXPORT int cuMemcpyPeerAsync(uintptr_t to, void* to_context, uintptr_t from, void* from_context, size_t bytes,
                                      void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  for (const auto& [address, handle] : {std::pair(to, to_context), std::pair(from, from_context)}) {
    const auto of = find<Context>(handle, "context", __func__);
    const AllocationRef memory = machine().memory.find(address, bytes);
    if (of == nullptr) return kInvalidContext;
    if (memory != nullptr && memory->kind == MemoryKind::kDevice && memory->context != of->number) {
      return misuse(kInvalidValue, "%s: %p is not of the context that was named", __func__,
                    reinterpret_cast<void*>(address));
    }
  }
  return copy(in, {to, from, bytes, Side::kDevice, Side::kDevice, true}, __func__);
}

// ---- fills ----

#define GPU_FAKE_FILL(name, type, bytes)                                                                            \
  GPU_FAKE_EXPORT int cuMemsetD##name##Async(uintptr_t to, type value, size_t count, void* stream) {                \
    GPU_FAKE_ENTER();                                                                                               \
    GPU_FAKE_CURRENT(context);                                                                                      \
    GPU_FAKE_STREAM(in, stream);                                                                                    \
    return fill(in, {to, value, bytes, count}, __func__);                                                           \
  }                                                                                                                 \
  GPU_FAKE_EXPORT int cuMemsetD2D##name##Async(uintptr_t to, size_t pitch, type value, size_t width, size_t height, \
                                               void* stream) {                                                      \
    GPU_FAKE_ENTER();                                                                                               \
    GPU_FAKE_CURRENT(context);                                                                                      \
    GPU_FAKE_STREAM(in, stream);                                                                                    \
    return fill(in, {to, value, bytes, width, height, pitch}, __func__);                                            \
  }
GPU_FAKE_FILL(8, unsigned char, 1)
GPU_FAKE_FILL(16, unsigned short, 2)
GPU_FAKE_FILL(32, unsigned, 4)

// ---- pools ----

GPU_FAKE_EXPORT int cuDeviceGetDefaultMemPool(void** pool, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (const int code = pools()) return code;
  *pool = machine().devices[static_cast<size_t>(device)].default_pool->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuDeviceGetMemPool(void** pool, int device) {
  GPU_FAKE_ENTER();
  if (const int code = check_device(device, __func__)) return code;
  if (const int code = pools()) return code;
  *pool = machine().devices[static_cast<size_t>(device)].default_pool->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemPoolCreate(void** pool, const void* properties) {
  GPU_FAKE_ENTER();
  PoolProperties wanted;
  std::memcpy(&wanted, properties, sizeof wanted);
  if (const int code = check_device(wanted.location_id, __func__)) return code;
  if (const int code = pools()) return code;
  if (wanted.allocation_type != 1 || wanted.location_type != 1) {
    return misuse(kInvalidValue, "%s: of allocation type %d and location type %d", __func__, wanted.allocation_type,
                  wanted.location_type);
  }
  return make_pool(wanted.location_id, pool);
}
GPU_FAKE_EXPORT int cuMemPoolDestroy(void* pool) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_FIND(found, pool_of(pool, __func__, &found_code));
  GPU_FAKE_RETURN_RELEASE(destroy_pool(found, __func__));
}
GPU_FAKE_EXPORT int cuMemPoolSetAttribute(void* pool, int what, void* value) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, pool_of(pool, __func__, &found_code));
  return set_pool_attribute(*found, what, value);
}
GPU_FAKE_EXPORT int cuMemPoolGetAttribute(void* pool, int what, void* value) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, pool_of(pool, __func__, &found_code));
  return get_pool_attribute(*found, what, value);
}
GPU_FAKE_EXPORT int cuMemPoolSetAccess(void* pool, const void* descriptions, size_t count) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, pool_of(pool, __func__, &found_code));
  return set_pool_access(*found, descriptions, count, __func__);
}
GPU_FAKE_EXPORT int cuMemPoolTrimTo(void* pool, size_t keep) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, pool_of(pool, __func__, &found_code));
  trim_pool(*found, keep);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuMemAllocAsync(uintptr_t* address, size_t bytes, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  if (const int code = pools()) return code;
  const auto& pool = machine().devices[static_cast<size_t>(in->context->device)].default_pool;
  return allocate_in(in, pool, bytes, address, __func__);
}
GPU_FAKE_EXPORT int cuMemAllocFromPoolAsync(uintptr_t* address, size_t bytes, void* pool, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  GPU_FAKE_FIND(from, pool_of(pool, __func__, &from_code));
  return allocate_in(in, from, bytes, address, __func__);
}
GPU_FAKE_EXPORT int cuMemFreeAsync(uintptr_t address, void* stream) {
  GPU_FAKE_ENTER_RELEASE();
  int code = 0;
  const auto in = cuda::stream_of(stream, __func__, &code);
  if (in == nullptr) return code;
  GPU_FAKE_RETURN_RELEASE(free_in(in, address, __func__));
}
