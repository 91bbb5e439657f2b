// The devices of a fake driver, their primary contexts, and every handle that it gave out.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/drivers/gpu_fake/codes.hpp"
#include "tests/drivers/gpu_fake/control.hpp"
#include "tests/drivers/gpu_fake/memory.hpp"

namespace gpu_fake {

struct Stream;
struct Context;

// How one front end's vendor is; set by it before anything else.
struct Vendor {
  const char* device_name;
  const char* architecture;
  int wave_size;
  int max_grid_y;
  int driver_version, runtime_version;
  const char* ptx_version;
  uint64_t max_items_a_dimension;       // groups times items
  bool own_contexts;                    // applications retain and release them
  int64_t (*device_total)() = nullptr;  // as many devices are made; none: the setting "devices"
};
extern const Vendor kVendor;

struct Device {
  int index = 0;
  size_t memory_bytes = 0;
  size_t used_bytes = 0;  // allocations and what pools hold
  std::unique_ptr<Region> region;
  std::shared_ptr<Context> primary;  // null while nobody retains it
  unsigned primary_flags = 0;
  std::shared_ptr<Pool> default_pool;
  std::vector<std::weak_ptr<Pool>> pools;
};

// What a handle stands for.
struct Object {
  virtual ~Object() = default;
  virtual const char* kind() const = 0;
  void* handle = nullptr;
  std::shared_ptr<Context> context;  // null for a context itself, and for pools
};

struct Context : Object {
  const char* kind() const override { return "context"; }
  int device = 0;
  uint64_t number = 0;
  int retains = 0;
  std::atomic<int> lost{0};  // the code that everything answers from then on
  std::shared_ptr<Stream> null_stream;
  std::set<const Context*> peers;
};

struct Pool : Object {
  const char* kind() const override { return "pool"; }
  int device = 0;
  size_t used = 0, reserved = 0, used_high = 0, reserved_high = 0;
  uint64_t threshold = 0;
  std::set<int> peers;  // other devices that may use its memory
};

struct Machine {
  std::atomic<bool> initialized{false};
  uint64_t epoch = 0;         // of restarts
  std::mutex mutex;           // of all below; never held while something is waited for
  Machine* before = nullptr;  // the last one's
  std::vector<Device> devices;
  std::unique_ptr<Region> host_region;
  std::unordered_map<void*, std::shared_ptr<Object>> objects;
  std::unordered_map<void*, const char*> destroyed;
  uintptr_t next_handle = 0x7A0000001000;
  uint64_t next_context = 1;
  AddressSpace memory;
  std::shared_ptr<void> front;  // what a front end keeps of its own

  void* add(const std::shared_ptr<Object>& object);
  // Notes a misuse and answers null for what is not of that kind.
  std::shared_ptr<Object> find(void* handle, const char* kind, const char* function);
  void drop(void* handle);
};
Machine& machine();

template <class T>
std::shared_ptr<T> find(void* handle, const char* kind, const char* function) {
  return std::static_pointer_cast<T>(machine().find(handle, kind, function));
}

// Makes the devices from the settings, once.
int initialize();
// Not initialised, lost or no such device: the code to answer.
int check_device(int device, const char* function);

// ---- primary contexts ----

std::shared_ptr<Context> retain_primary(int device);
// The last release destroys all that is left in it; with `leaks_noted` that is a misuse.
int release_primary(int device, const char* function);
std::string uuid_bytes(int device);   // 16 of them
std::string pci_address(int device);  // "0000:41:00.0"
int pci_bus(int device);

// ---- memory ----

// Memory of the device, counted against it. `pool`: taken from there, and not ready until its stream says so.
AllocationRef allocate_device(const std::shared_ptr<Context>& context, size_t bytes, const std::shared_ptr<Pool>& pool,
                              size_t alignment = kAlignment);
AllocationRef allocate_host(const std::shared_ptr<Context>& context, size_t bytes, MemoryKind kind,
                            size_t alignment = kAlignment);
void release_memory(const AllocationRef& allocation, const char* function);
// Whether a context's work may use it: its own, the host's, or that of a context whose peer it is.
bool reaches(const Context& context, const Allocation& allocation);
int make_pool(int device, void** handle);
int destroy_pool(const std::shared_ptr<Pool>& pool, const char* function);
// By the numbers that both vendors give to the attributes.
int set_pool_attribute(Pool& pool, int what, const void* value);
int get_pool_attribute(Pool& pool, int what, void* value);
// `descriptions`: location type, device and flags of each, as both vendors lay them out.
int set_pool_access(Pool& pool, const void* descriptions, size_t count, const char* function);
void trim_pool(Pool& pool, size_t keep);
// What every synchronisation does for pools above their threshold.
void trim_pools(int device);
size_t free_bytes(int device);

}  // namespace gpu_fake
