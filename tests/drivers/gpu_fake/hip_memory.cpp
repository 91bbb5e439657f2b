// The fake libamdhip64: memory, pools, copies and fills.
#include <cstring>

#include "tests/drivers/gpu_fake/hip.hpp"
#include "tests/drivers/gpu_fake/transfer.hpp"

using namespace gpu_fake;

namespace {

uintptr_t number(const void* address) { return reinterpret_cast<uintptr_t>(address); }

int give(const AllocationRef& made, void** address) {
  if (made == nullptr) return kOutOfMemory;
  *address = reinterpret_cast<void*>(made->base);
  return kSuccess;
}

std::shared_ptr<Pool> pool_of(void* handle, const char* function, int* code) {
  auto found = find<Pool>(handle, "pool", function);
  if (found == nullptr) *code = kInvalidValue;
  return found;
}

// The beginning of hipMemPoolProps.
struct PoolProperties {
  int allocation_type, handle_types, location_type, location_id;
};

// hipPointerAttribute_t, whose first number HIP 6 changed.
struct PointerAttributes {
  int type;
  int device;
  void* device_pointer;
  void* host_pointer;
  int is_managed;
  unsigned flags;
};

int memory_type(MemoryKind kind) {
  const bool on_device = kind == MemoryKind::kDevice || kind == MemoryKind::kGlobal;
  if (HALYARD_FAKE_HIP_MAJOR < 6) return on_device || kind == MemoryKind::kManaged ? 1 : 0;
  return on_device ? 2 : kind == MemoryKind::kManaged ? 3 : 1;
}

int pools() { return setting_number("pools", 1) != 0 ? 0 : static_cast<int>(kNotSupported); }

// hipMemcpyKind: host to host, host to device, device to host, device to device, by the addresses.
int sides(int kind, Copy* copy, const char* function) {
  constexpr Side kTo[] = {Side::kHost, Side::kDevice, Side::kHost, Side::kDevice, Side::kEither};
  constexpr Side kFrom[] = {Side::kHost, Side::kHost, Side::kDevice, Side::kDevice, Side::kEither};
  if (kind < 0 || kind > 4) return misuse(21, "%s in direction %d", function, kind);
  copy->to_side = kTo[kind];
  copy->from_side = kFrom[kind];
  return kSuccess;
}

}  // namespace

GPU_FAKE_EXPORT int hipMalloc(void** address, size_t bytes) {
  HIP_ENTER();
  HIP_CURRENT(context);
  *address = nullptr;
  if (bytes == 0) return kSuccess;
  HIP_RETURN(give(allocate_device(context, bytes, nullptr), address));
}
GPU_FAKE_EXPORT int hipFree(void* address) {
  HIP_ENTER_RELEASE();
  if (address == nullptr) HIP_RETURN_RELEASE(kSuccess);
  HIP_RETURN_RELEASE(free_now(nullptr, number(address), {MemoryKind::kDevice, MemoryKind::kManaged}, __func__));
}
GPU_FAKE_EXPORT int hipMemGetInfo(size_t* free, size_t* total) {
  HIP_ENTER();
  HIP_CURRENT(context);
  *free = free_bytes(context->device);
  *total = machine().devices[static_cast<size_t>(context->device)].memory_bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipMemGetAddressRange(void** base, size_t* bytes, void* address) {
  HIP_ENTER();
  const AllocationRef found = machine().memory.find(number(address), 1);
  if (found == nullptr) HIP_RETURN(kNotFound);
  if (base != nullptr) *base = reinterpret_cast<void*>(found->base);
  if (bytes != nullptr) *bytes = found->bytes;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipHostMalloc(void** address, size_t bytes, unsigned flags) {
  HIP_ENTER();
  HIP_CURRENT(context);
  if ((flags & ~0xE0000007u) != 0) HIP_RETURN(misuse(kInvalidValue, "%s with flags %u", __func__, flags));
  *address = nullptr;
  if (bytes == 0) return kSuccess;
  HIP_RETURN(give(allocate_host(context, bytes, MemoryKind::kPinned), address));
}
GPU_FAKE_EXPORT int hipHostFree(void* address) {
  HIP_ENTER_RELEASE();
  if (address == nullptr) HIP_RETURN_RELEASE(kSuccess);
  HIP_RETURN_RELEASE(free_now(nullptr, number(address), {MemoryKind::kPinned}, __func__));
}
GPU_FAKE_EXPORT int hipHostGetDevicePointer(void** device, void* address, unsigned flags) {
  HIP_ENTER();
  const AllocationRef found = machine().memory.find(number(address), 1);
  if (found == nullptr || flags != 0) {
    HIP_RETURN(misuse(kInvalidValue, "%s: %p is not pinned", __func__, address));
  }
  *device = address;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipHostRegister(void* address, size_t bytes, unsigned) {
  HIP_ENTER();
  HIP_CURRENT(context);
  if (!is_readable(address, bytes)) HIP_RETURN(misuse(kInvalidValue, "%s: %p cannot be read", __func__, address));
  if (machine().memory.find(number(address), 0) != nullptr) HIP_RETURN(kHostMemoryAlreadyRegistered);
  const AllocationRef made = machine().memory.adopt(number(address), bytes);
  made->kind = MemoryKind::kRegistered;
  made->device = context->device;
  made->context = context->number;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipHostUnregister(void* address) {
  HIP_ENTER_RELEASE();
  const int code = free_now(nullptr, number(address), {MemoryKind::kRegistered}, __func__);
  HIP_RETURN_RELEASE(code != 0 ? kHostMemoryNotRegistered : kSuccess);
}
GPU_FAKE_EXPORT int hipMallocManaged(void** address, size_t bytes, unsigned flags) {
  HIP_ENTER();
  HIP_CURRENT(context);
  if (setting_number("managed", 1) == 0) HIP_RETURN(kNotSupported);
  if (bytes == 0 || (flags != 1 && flags != 2)) {
    HIP_RETURN(misuse(kInvalidValue, "%s of %zu bytes with flags %u", __func__, bytes, flags));
  }
  HIP_RETURN(give(allocate_host(context, bytes, MemoryKind::kManaged), address));
}
GPU_FAKE_EXPORT int hipPointerGetAttributes(void* out, const void* address) {
  HIP_ENTER();
  const AllocationRef found = machine().memory.find(number(address), 1);
  PointerAttributes attributes{};
  if (found == nullptr) {
    std::memcpy(out, &attributes, sizeof attributes);
    HIP_RETURN(HALYARD_FAKE_HIP_MAJOR < 6 ? kInvalidValue : kSuccess);  // later it is "unregistered"
  }
  attributes.type = memory_type(found->kind);
  attributes.device = found->device;
  attributes.device_pointer = const_cast<void*>(address);
  attributes.host_pointer = found->kind == MemoryKind::kDevice ? nullptr : const_cast<void*>(address);
  attributes.is_managed = found->kind == MemoryKind::kManaged ? 1 : 0;
  std::memcpy(out, &attributes, sizeof attributes);
  return kSuccess;
}

// ---- copies ----

GPU_FAKE_EXPORT int hipMemcpy(void* to, const void* from, size_t bytes, int kind) {
  HIP_ENTER();
  HIP_CURRENT(context);
  Copy wanted{number(to), number(from), bytes};
  if (const int code = sides(kind, &wanted, __func__)) HIP_RETURN(code);
  const int code = copy(context->null_stream, wanted, __func__);
  HIP_RETURN(code != 0 ? code : synchronize(*context->null_stream));
}
GPU_FAKE_EXPORT int hipMemcpyAsync(void* to, const void* from, size_t bytes, int kind, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  Copy wanted{number(to), number(from), bytes};
  if (const int code = sides(kind, &wanted, __func__)) HIP_RETURN(code);
  HIP_RETURN(copy(in, wanted, __func__));
}
GPU_FAKE_EXPORT int hipMemcpyHtoDAsync(void* to, void* from, size_t bytes, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(copy(in, {number(to), number(from), bytes, Side::kDevice, Side::kHost}, __func__));
}
GPU_FAKE_EXPORT int hipMemcpyDtoHAsync(void* to, void* from, size_t bytes, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(copy(in, {number(to), number(from), bytes, Side::kHost, Side::kDevice}, __func__));
}
GPU_FAKE_EXPORT int hipMemcpyDtoDAsync(void* to, void* from, size_t bytes, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(copy(in, {number(to), number(from), bytes, Side::kDevice, Side::kDevice}, __func__));
}
GPU_FAKE_EXPORT int hipMemcpyPeerAsync(void* to, int to_device, const void* from, int from_device, size_t bytes,
                                       void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  for (const auto& [address, device] : {std::pair(number(to), to_device), std::pair(number(from), from_device)}) {
    const AllocationRef memory = machine().memory.find(address, bytes);
    if (memory != nullptr && memory->kind == MemoryKind::kDevice && memory->device != device) {
      HIP_RETURN(
          misuse(kInvalidValue, "%s: %p is not of device %d", __func__, reinterpret_cast<void*>(address), device));
    }
  }
  HIP_RETURN(copy(in, {number(to), number(from), bytes, Side::kDevice, Side::kDevice, true}, __func__));
}

// ---- fills ----

GPU_FAKE_EXPORT int hipMemsetAsync(void* to, int value, size_t bytes, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(fill(in, {number(to), static_cast<uint32_t>(value), 1, bytes}, __func__));
}
GPU_FAKE_EXPORT int hipMemset2DAsync(void* to, size_t pitch, int value, size_t width, size_t height, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(fill(in, {number(to), static_cast<uint32_t>(value), 1, width, height, pitch}, __func__));
}
GPU_FAKE_EXPORT int hipMemsetD8Async(void* to, unsigned char value, size_t count, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(fill(in, {number(to), value, 1, count}, __func__));
}
GPU_FAKE_EXPORT int hipMemsetD16Async(void* to, unsigned short value, size_t count, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(fill(in, {number(to), value, 2, count}, __func__));
}
GPU_FAKE_EXPORT int hipMemsetD32Async(void* to, int value, size_t count, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(fill(in, {number(to), static_cast<uint32_t>(value), 4, count}, __func__));
}

// ---- pools ----

GPU_FAKE_EXPORT int hipDeviceGetDefaultMemPool(void** pool, int device) {
  HIP_ENTER();
  HIP_FIND(context, hip::context_of(device, __func__, &context_code));
  if (const int code = pools()) HIP_RETURN(code);
  *pool = machine().devices[static_cast<size_t>(device)].default_pool->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipDeviceGetMemPool(void** pool, int device) {
  HIP_ENTER();
  HIP_FIND(context, hip::context_of(device, __func__, &context_code));
  if (const int code = pools()) HIP_RETURN(code);
  *pool = machine().devices[static_cast<size_t>(device)].default_pool->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipMemPoolCreate(void** pool, const void* properties) {
  HIP_ENTER();
  PoolProperties wanted;
  std::memcpy(&wanted, properties, sizeof wanted);
  HIP_FIND(context, hip::context_of(wanted.location_id, __func__, &context_code));
  if (const int code = pools()) HIP_RETURN(code);
  if (wanted.allocation_type != 1 || wanted.location_type != 1) {
    HIP_RETURN(misuse(kInvalidValue, "%s: of allocation type %d and location type %d", __func__, wanted.allocation_type,
                      wanted.location_type));
  }
  HIP_RETURN(make_pool(wanted.location_id, pool));
}
GPU_FAKE_EXPORT int hipMemPoolDestroy(void* pool) {
  HIP_ENTER_RELEASE();
  HIP_FIND(found, pool_of(pool, __func__, &found_code));
  HIP_RETURN_RELEASE(destroy_pool(found, __func__));
}
GPU_FAKE_EXPORT int hipMemPoolSetAttribute(void* pool, int what, void* value) {
  HIP_ENTER();
  HIP_FIND(found, pool_of(pool, __func__, &found_code));
  HIP_RETURN(set_pool_attribute(*found, what, value));
}
GPU_FAKE_EXPORT int hipMemPoolGetAttribute(void* pool, int what, void* value) {
  HIP_ENTER();
  HIP_FIND(found, pool_of(pool, __func__, &found_code));
  HIP_RETURN(get_pool_attribute(*found, what, value));
}
GPU_FAKE_EXPORT int hipMemPoolSetAccess(void* pool, const void* descriptions, size_t count) {
  HIP_ENTER();
  HIP_FIND(found, pool_of(pool, __func__, &found_code));
  HIP_RETURN(set_pool_access(*found, descriptions, count, __func__));
}
GPU_FAKE_EXPORT int hipMemPoolTrimTo(void* pool, size_t keep) {
  HIP_ENTER();
  HIP_FIND(found, pool_of(pool, __func__, &found_code));
  trim_pool(*found, keep);
  return kSuccess;
}
GPU_FAKE_EXPORT int hipMallocAsync(void** address, size_t bytes, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  if (const int code = pools()) HIP_RETURN(code);
  const auto& pool = machine().devices[static_cast<size_t>(in->context->device)].default_pool;
  HIP_RETURN(allocate_in(in, pool, bytes, reinterpret_cast<uintptr_t*>(address), __func__));
}
GPU_FAKE_EXPORT int hipMallocFromPoolAsync(void** address, size_t bytes, void* pool, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_FIND(from, pool_of(pool, __func__, &from_code));
  HIP_RETURN(allocate_in(in, from, bytes, reinterpret_cast<uintptr_t*>(address), __func__));
}
GPU_FAKE_EXPORT int hipFreeAsync(void* address, void* stream) {
  HIP_ENTER_RELEASE();
  HIP_STREAM(in, stream);
  HIP_RETURN_RELEASE(free_in(in, number(address), __func__));
}
