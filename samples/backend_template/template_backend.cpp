// A complete backend, to be copied: one device, whose "memory" is the host's and whose work is done at the moment it is
// submitted. Each place marked STEP is where a real device comes in; README.md goes through them in order.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "halyard/backend_adapter.hpp"

namespace {

using halyard::fail;

// What the device is pretended to have.
constexpr uint64_t kMemoryBytes = 256ull << 20;
constexpr uint64_t kAlignment = 256;

// A place in a stream. As work is done when it is submitted, it is reached when it is recorded.
class Point {
 public:
  // STEP 5: ask the device. HY_OK: reached; HY_TIMEOUT: not yet; else what the work failed with.
  hy_status query(hy_error*) { return HY_OK; }
  // STEP 5: sleep until reached, at most `timeout_ns` (HY_FOREVER: no limit). Any thread may wait.
  hy_status wait(uint64_t, hy_error*) { return HY_OK; }
  // Points are many: a real backend keeps them in a pool.
  void release() { delete this; }
};

// An in-order queue. Ranges, devices and sizes were checked before a call arrives here: bytes are never 0.
class Stream {
 public:
  // STEP 4: replace every memcpy by the device's own copy, queued behind what the stream already holds. With
  // HY_COPY_WAIT the caller waits for it, so that the cheapest way may be taken.
  hy_status write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes, hy_copy_mode, hy_error*) {
    std::memcpy(at(to, offset), from, bytes);
    return HY_OK;
  }
  hy_status read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes, hy_copy_mode, hy_error*) {
    std::memcpy(to, at(from, offset), bytes);
    return HY_OK;
  }
  // Both ranges may be of one memory and overlap.
  hy_status copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                 uint64_t bytes, hy_error*) {
    std::memmove(at(to, to_offset), at(from, from_offset), bytes);
    return HY_OK;
  }
  // `bytes` and `offset` are multiples of `pattern_bytes`, which is 1, 2, 4, 8 or 16.
  hy_status fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
                 hy_error*) {
    for (uint64_t done = 0; done < bytes; done += pattern_bytes)
      std::memcpy(at(to, offset + done), pattern, pattern_bytes);
    return HY_OK;
  }

  // STEP 5: wait for all that was submitted, at most `timeout_ns`.
  hy_status synchronize(uint64_t, hy_error*) { return HY_OK; }
  // STEP 5: what is submitted from now on begins after `point`, of any stream of this backend.
  hy_status wait(Point&, hy_error*) { return HY_OK; }
  hy_status record(hy_point_flags, Point** out, hy_error*) {
    *out = new Point;
    return HY_OK;
  }

 private:
  static unsigned char* at(const hy_b_memory& memory, uint64_t offset) {
    return static_cast<unsigned char*>(memory.object) + offset;
  }
};

class Device {
 public:
  // STEP 3: the device's own allocation. `out->object` is whatever finds it again; `out->host` stays NULL unless the
  // host may touch the memory at any time. Running out must show here, not when the memory is first used.
  hy_status allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error) {
    if (kind != HY_MEMORY_DEVICE) return fail(error, HY_UNSUPPORTED, "this device has no pinned and no shared memory");
    if (used_.fetch_add(bytes) + bytes > kMemoryBytes) {
      used_.fetch_sub(bytes);
      return fail(error, HY_OUT_OF_MEMORY, "%llu bytes asked for, the device has %llu and %llu are in use",
                  static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(kMemoryBytes),
                  static_cast<unsigned long long>(used_.load()));
    }
    void* memory = std::aligned_alloc(kAlignment, (bytes + kAlignment - 1) / kAlignment * kAlignment);
    if (memory == nullptr) {
      used_.fetch_sub(bytes);
      return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
    }
    *out = {};
    out->object = memory;
    out->bytes = bytes;
    out->kind = kind;
    return HY_OK;
  }
  // Called when no submitted work uses the memory any more.
  void free(hy_b_memory* memory) {
    if (memory->object == nullptr) return;
    std::free(memory->object);
    used_.fetch_sub(memory->bytes);
    memory->object = nullptr;
  }
  hy_status memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error*) {
    *free_bytes = kMemoryBytes - used_.load();
    *total_bytes = kMemoryBytes;
    return HY_OK;
  }
  hy_status create_stream(hy_stream_flags, Stream** out, hy_error*) {
    *out = new Stream;
    return HY_OK;
  }

 private:
  std::atomic<uint64_t> used_{0};
};

class Instance {
 public:
  // STEP 1: open the vendor's library with host.library_open and look for devices. Where there are none return
  // HY_UNAVAILABLE and say in the report what was looked for, what the system answered and what to install.
  static hy_status create(const hy_host& host, Instance** out, hy_b_report* report, hy_error*) {
    std::strncpy(report->version, "1.0", sizeof report->version - 1);
    if (host.log_enabled(host.self, HY_LOG_DEBUG)) host.log(host.self, HY_LOG_DEBUG, "template: one device");
    *out = new Instance;
    return HY_OK;
  }
  uint32_t device_count() { return 1; }

  // STEP 2: what the device is. The library fills `id`, `backend`, `index` and `numa_node`. Every capability that is
  // declared is tested by `halyard conformance`; what is not declared is skipped there by name.
  hy_status device_info(uint32_t, hy_device_info* out, hy_error*) {
    hy_device_info info{};
    info.size = out->size;
    info.kind = HY_DEVICE_SIMULATED;
    std::strncpy(info.name, "Template device", sizeof info.name - 1);
    std::strncpy(info.vendor, "Template", sizeof info.vendor - 1);
    std::strncpy(info.driver_version, "1.0", sizeof info.driver_version - 1);
    info.compute_units = 1;
    info.memory_bytes = kMemoryBytes;
    info.max_allocation_bytes = kMemoryBytes;
    info.base_alignment = kAlignment;
    info.subgroup_size = 1;
    // The caller may be older or newer than this plugin: never write more than it has room for.
    std::memcpy(out, &info, out->size < sizeof info ? out->size : sizeof info);
    return HY_OK;
  }
  hy_status open(uint32_t, Device** out, hy_error*) {
    *out = new Device;
    return HY_OK;
  }
};

// STEP 6: a backend that launches kernels also names its Module, Kernel and Bound here (backend_adapter.hpp lists their
// members) and declares HY_CAP_KERNELS.
struct Traits {
  static constexpr const char* kName = "template";
  static constexpr const char* kDescription = "An example: host memory, no kernels";
  static constexpr uint64_t kFlags = 0;
  using Instance = ::Instance;
  using Device = ::Device;
  using Stream = ::Stream;
  using Point = ::Point;
};

}  // namespace

// The only symbol that a plugin exports.
extern "C" __attribute__((visibility("default"))) const hy_backend* halyard_backend_query(uint32_t newest_abi,
                                                                                          const hy_host*) {
  return halyard::table_of<Traits>(newest_abi);
}
