// What a fake device's memory costs: allocations and pools, counted against the device's size.
#include <algorithm>
#include <thread>

#include "tests/drivers/gpu_fake/machine.hpp"

namespace gpu_fake {
namespace {

constexpr size_t kGranularity = 256;

size_t cost(size_t bytes) { return (bytes + kGranularity - 1) / kGranularity * kGranularity; }

bool take(Device& device, size_t bytes) {
  if (bytes > device.memory_bytes - device.used_bytes) return false;
  device.used_bytes += bytes;
  return true;
}

// A pool holds what it once had until it is trimmed.
bool take(Device& device, Pool& pool, size_t bytes) {
  const size_t needed = pool.used + bytes;
  if (needed > pool.reserved) {
    if (!take(device, needed - pool.reserved)) return false;
    pool.reserved = needed;
    pool.reserved_high = std::max(pool.reserved_high, needed);
  }
  pool.used = needed;
  pool.used_high = std::max(pool.used_high, needed);
  return true;
}

void trim_locked(Machine& m, Pool& pool, size_t keep) {
  const size_t left = std::max(pool.used, keep);
  if (left >= pool.reserved) return;
  m.devices[static_cast<size_t>(pool.device)].used_bytes -= pool.reserved - left;
  pool.reserved = left;
}

}  // namespace

AllocationRef allocate_device(const std::shared_ptr<Context>& context, size_t bytes, const std::shared_ptr<Pool>& pool,
                              size_t alignment) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  Device& device = m.devices[static_cast<size_t>(pool != nullptr ? pool->device : context->device)];
  if (!(pool != nullptr ? take(device, *pool, cost(bytes)) : take(device, cost(bytes)))) return nullptr;
  const AllocationRef made = m.memory.allocate(*device.region, bytes, true, alignment);
  if (made == nullptr) {
    if (pool != nullptr) {
      pool->used -= cost(bytes);
    } else {
      device.used_bytes -= cost(bytes);
    }
    return nullptr;
  }
  made->device = device.index;
  made->context = context->number;
  made->pool = pool;
  return made;
}

AllocationRef allocate_host(const std::shared_ptr<Context>& context, size_t bytes, MemoryKind kind, size_t alignment) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  Device& device = m.devices[static_cast<size_t>(context->device)];
  if (kind == MemoryKind::kManaged && !take(device, cost(bytes))) return nullptr;
  const AllocationRef made = m.memory.allocate(*m.host_region, bytes, true, alignment);
  if (made == nullptr) {
    if (kind == MemoryKind::kManaged) device.used_bytes -= cost(bytes);
    return nullptr;
  }
  made->kind = kind;
  made->device = context->device;
  made->context = context->number;
  return made;
}

void release_memory(const AllocationRef& allocation, const char* function) {
  if (allocation->pending != 0) {
    misuse(0, "%s of %zu bytes that work in a stream uses", function, allocation->bytes);
    while (allocation->pending != 0) std::this_thread::yield();
  }
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  if (!m.memory.holds(allocation)) return;  // given back by another thread, or of a driver that was restarted since
  Device& device = m.devices[static_cast<size_t>(allocation->device)];
  const bool on_device = allocation->kind == MemoryKind::kDevice;
  if (allocation->pool != nullptr) {
    allocation->pool->used -= cost(allocation->bytes);
  } else if (on_device || allocation->kind == MemoryKind::kManaged) {
    device.used_bytes -= cost(allocation->bytes);
  }
  if (!m.memory.remove(on_device ? device.region.get() : m.host_region.get(), allocation)) {
    misuse(0, "something wrote beside an allocation of %zu bytes, as %s found", allocation->bytes, function);
  }
}

bool reaches(const Context& context, const Allocation& allocation) {
  if (allocation.kind != MemoryKind::kDevice && allocation.kind != MemoryKind::kGlobal) return true;
  if (allocation.context == context.number) return true;
  std::lock_guard lock(machine().mutex);
  if (allocation.pool != nullptr) return allocation.pool->peers.count(context.device) != 0;
  return std::any_of(context.peers.begin(), context.peers.end(),
                     [&](const Context* peer) { return peer->number == allocation.context; });
}

int make_pool(int device, void** handle) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  auto made = std::make_shared<Pool>();
  made->device = device;
  m.devices[static_cast<size_t>(device)].pools.push_back(made);
  *handle = m.add(made);
  return kSuccess;
}

int destroy_pool(const std::shared_ptr<Pool>& pool, const char* function) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  if (m.devices[static_cast<size_t>(pool->device)].default_pool == pool) {
    return misuse(kInvalidValue, "%s of a device's default pool", function);
  }
  if (pool->used > 0) misuse(0, "%s: %zu bytes of the pool are not freed", function, pool->used);
  trim_locked(m, *pool, 0);
  m.drop(pool->handle);
  return kSuccess;
}

int set_pool_attribute(Pool& pool, int what, const void* value) {
  std::lock_guard lock(machine().mutex);
  if (what < 1 || what > 8) return misuse(kInvalidValue, "attribute %d of a pool", what);
  if (what == 4) pool.threshold = *static_cast<const uint64_t*>(value);
  return kSuccess;
}

int get_pool_attribute(Pool& pool, int what, void* value) {
  std::lock_guard lock(machine().mutex);
  if (what >= 1 && what <= 3) {
    *static_cast<int*>(value) = 1;
    return kSuccess;
  }
  const uint64_t values[] = {pool.threshold, pool.reserved, pool.reserved_high, pool.used, pool.used_high};
  if (what < 4 || what > 8) return misuse(kInvalidValue, "attribute %d of a pool", what);
  *static_cast<uint64_t*>(value) = values[what - 4];
  return kSuccess;
}

int set_pool_access(Pool& pool, const void* descriptions, size_t count, const char* function) {
  struct Description {
    int location_type, device, flags;
  };
  const auto* list = static_cast<const Description*>(descriptions);
  for (size_t i = 0; i < count; ++i) {
    if (list[i].location_type != 1) return misuse(kInvalidValue, "%s for a location that is no device", function);
    if (const int code = check_device(list[i].device, function)) return code;
    if (list[i].device == pool.device && list[i].flags != 3) {
      return misuse(kInvalidValue, "%s takes a pool from its own device", function);
    }
    std::lock_guard lock(machine().mutex);
    if (list[i].flags == 3) {
      pool.peers.insert(list[i].device);
    } else {
      pool.peers.erase(list[i].device);
    }
  }
  return kSuccess;
}

void trim_pool(Pool& pool, size_t keep) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  trim_locked(m, pool, keep);
}

void trim_pools(int device) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  for (const auto& entry : m.devices[static_cast<size_t>(device)].pools) {
    if (const auto pool = entry.lock()) trim_locked(m, *pool, pool->threshold);
  }
}

size_t free_bytes(int device) {
  Machine& m = machine();
  std::lock_guard lock(m.mutex);
  const Device& of = m.devices[static_cast<size_t>(device)];
  return of.memory_bytes - of.used_bytes;
}

}  // namespace gpu_fake
