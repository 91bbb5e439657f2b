// The fake libze_loader.so.1: contexts and their memory.
#include <unistd.h>

#include "tests/drivers/gpu_fake/transfer.hpp"
#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake::ze {
namespace {

// A context of the core for each device, which reach one another's memory as far as the devices do.
std::shared_ptr<ZeContext> make_context(Driver& driver) {
  auto made = std::make_shared<ZeContext>();
  made->driver = &driver;
  std::lock_guard lock(machine().mutex);
  for (const auto& device : front()->devices) {
    if (device->driver != &driver) continue;
    auto part = std::make_shared<Context>();
    part->device = device->index;
    part->number = machine().next_context++;
    made->of[device->index] = part;
  }
  for (const auto& [index, part] : made->of) {
    for (const auto& [other_index, other] : made->of) {
      const auto& devices = front()->devices;
      if (can_access(*devices[static_cast<size_t>(index)], *devices[static_cast<size_t>(other_index)])) {
        part->peers.insert(other.get());
      }
    }
  }
  machine().add(made);
  return made;
}

void note_what_is_left(const ZeContext& context, const char* function) {
  Machine& m = machine();
  if (setting("leaks", "") == "allowed") return;
  std::vector<const char*> left;
  {
    std::lock_guard lock(m.mutex);
    for (const auto& [handle, object] : m.objects) {
      if (object->context != nullptr && context.owns(object->context->number)) left.push_back(object->kind());
    }
  }
  for (const char* kind : left) misuse(0, "%s: a %s was left in the context", function, kind);
  for (const auto& [index, part] : context.of) {
    for (const AllocationRef& allocation : m.memory.of_context(part->number)) {
      if (allocation->kind == MemoryKind::kGlobal) continue;
      misuse(0, "%s: %zu bytes were left in the context", function, allocation->bytes);
    }
  }
}

// The code to answer to a wish for memory; `*alignment` becomes that of the core.
ze_result_t check_wish(size_t bytes, size_t most, size_t* alignment, const char* function) {
  if (bytes == 0) return wrong(ZE_RESULT_ERROR_UNSUPPORTED_SIZE, "%s of 0 bytes", function);
  if (bytes > most) return ZE_RESULT_ERROR_UNSUPPORTED_SIZE;
  if ((*alignment & (*alignment - 1)) != 0) {
    return wrong(ZE_RESULT_ERROR_UNSUPPORTED_ALIGNMENT, "%s aligned to %zu", function, *alignment);
  }
  if (*alignment > static_cast<size_t>(sysconf(_SC_PAGESIZE))) return ZE_RESULT_ERROR_UNSUPPORTED_ALIGNMENT;
  *alignment = std::max(*alignment, kAlignment);
  return ZE_RESULT_SUCCESS;
}

size_t most_bytes(const ZeDevice& device) { return machine().devices[static_cast<size_t>(device.index)].memory_bytes; }

ze_result_t give(const AllocationRef& made, ze_result_t otherwise, void** out) {
  if (made == nullptr) return otherwise;
  *out = reinterpret_cast<void*>(made->base);
  return ZE_RESULT_SUCCESS;
}

// The core's context of a device in a context of the driver's.
std::shared_ptr<Context> part_of(const ZeContext& context, const ZeDevice& device, const char* function) {
  const auto found = context.of.find(device.index);
  if (found != context.of.end()) return found->second;
  misuse(0, "%s: the device is of another driver than the context", function);
  return nullptr;
}

}  // namespace

bool ZeContext::owns(uint64_t number) const {
  return number >= of.begin()->second->number && number <= of.rbegin()->second->number;
}

}  // namespace gpu_fake::ze

using namespace gpu_fake;
using namespace gpu_fake::ze;

namespace halyard::level_zero {

ze_result_t zeContextCreate(ze_driver_handle_t driver, const ze_context_desc_t* description, ze_context_handle_t* out) {
  ZE_ENTER();
  ZE_FIND(Driver, found, driver, "driver");
  if (!ZE_PLAIN(description, CONTEXT_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  *out = static_cast<ze_context_handle_t>(make_context(*found)->handle);
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeContextDestroy(ze_context_handle_t context) {
  ZE_ENTER_RELEASE();
  ZE_CONTEXT(found, context);
  note_what_is_left(*found, __func__);
  std::lock_guard lock(machine().mutex);
  machine().drop(context);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeMemAllocDevice(ze_context_handle_t context, const ze_device_mem_alloc_desc_t* description, size_t bytes,
                             size_t alignment, ze_device_handle_t device, void** out) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  ZE_DEVICE(on, device);
  if (!ZE_PLAIN(description, DEVICE_MEM_ALLOC_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  if (description->ordinal != 0)
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s in memory %u of 1", __func__, description->ordinal);
  if (const ze_result_t code = check_wish(bytes, most_bytes(*on), &alignment, __func__)) return code;
  const auto part = part_of(*in, *on, __func__);
  if (part == nullptr) return ZE_RESULT_ERROR_INVALID_ARGUMENT;
  if (part->lost != 0) return as_result(part->lost);
  return give(allocate_device(part, bytes, nullptr, alignment), ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, out);
}

ze_result_t zeMemAllocHost(ze_context_handle_t context, const ze_host_mem_alloc_desc_t* description, size_t bytes,
                           size_t alignment, void** out) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  if (!ZE_PLAIN(description, HOST_MEM_ALLOC_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  if (const ze_result_t code = check_wish(bytes, ~size_t{0}, &alignment, __func__)) return code;
  return give(allocate_host(in->any(), bytes, MemoryKind::kPinned, alignment), ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY, out);
}

ze_result_t zeMemAllocShared(ze_context_handle_t context, const ze_device_mem_alloc_desc_t* device_description,
                             const ze_host_mem_alloc_desc_t* host_description, size_t bytes, size_t alignment,
                             ze_device_handle_t device, void** out) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  if (!ZE_PLAIN(device_description, DEVICE_MEM_ALLOC_DESC) || !ZE_PLAIN(host_description, HOST_MEM_ALLOC_DESC)) {
    return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  }
  auto part = in->any();
  size_t most = ~size_t{0};
  if (device != nullptr) {
    ZE_DEVICE(on, device);
    part = part_of(*in, *on, __func__);
    if (part == nullptr) return ZE_RESULT_ERROR_INVALID_ARGUMENT;
    most = most_bytes(*on);
  }
  if (setting_number("unshared", 0) != 0) {
    return wrong(ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, "%s, which the device does not have", __func__);
  }
  if (const ze_result_t code = check_wish(bytes, most, &alignment, __func__)) return code;
  if (part->lost != 0) return as_result(part->lost);
  return give(allocate_host(part, bytes, MemoryKind::kManaged, alignment), ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, out);
}

ze_result_t zeMemFree(ze_context_handle_t context, void* memory) {
  ZE_ENTER_RELEASE();
  ZE_CONTEXT(in, context);
  const auto address = reinterpret_cast<uintptr_t>(memory);
  const AllocationRef found = machine().memory.find_base(address);
  if (found != nullptr && !in->owns(found->context)) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: %p is memory of another context", __func__, memory);
  }
  const int code =
      free_now(nullptr, address, {MemoryKind::kDevice, MemoryKind::kPinned, MemoryKind::kManaged}, __func__);
  ZE_RETURN_RELEASE(as_result(code));
}

ze_result_t zeMemGetAllocProperties(ze_context_handle_t context, const void* memory,
                                    ze_memory_allocation_properties_t* out, ze_device_handle_t* device) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  if (!ZE_PLAIN(out, MEMORY_ALLOCATION_PROPERTIES)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  const AllocationRef found = machine().memory.find(reinterpret_cast<uintptr_t>(memory), 1);
  const bool known = found != nullptr && in->owns(found->context);
  const bool host = known && found->kind == MemoryKind::kPinned, shared = known && found->kind == MemoryKind::kManaged;
  out->type = !known   ? ZE_MEMORY_TYPE_UNKNOWN
              : host   ? ZE_MEMORY_TYPE_HOST
              : shared ? ZE_MEMORY_TYPE_SHARED
                       : ZE_MEMORY_TYPE_DEVICE;
  out->id = known ? found->base : 0;
  out->pageSize = known ? static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
  if (device != nullptr) {
    void* const handle = known && !host ? front()->devices[static_cast<size_t>(found->device)]->handle : nullptr;
    *device = static_cast<ze_device_handle_t>(handle);
  }
  return ZE_RESULT_SUCCESS;
}

}  // namespace halyard::level_zero
