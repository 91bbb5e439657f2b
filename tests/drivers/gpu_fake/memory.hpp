// Memory that a fake device hands out: pages of a reserved region that cannot be touched outside an allocation, with
// every allocation at the end of its pages and the slack around it watched.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace gpu_fake {

enum class MemoryKind { kDevice, kPinned, kManaged, kRegistered, kGlobal };

struct Pool;

inline constexpr size_t kAlignment = 256;

struct Allocation {
  uintptr_t base = 0;
  size_t bytes = 0;
  MemoryKind kind = MemoryKind::kDevice;
  int device = 0;
  uint64_t context = 0;  // the context's number; 0: of none
  std::shared_ptr<Pool> pool;
  uintptr_t pages = 0;  // the mapping around it; 0: not ours
  size_t page_bytes = 0;
  std::atomic<int> pending{0};          // commands in streams that use it
  std::atomic<bool> ready{true};        // false until its stream has come to the allocation
  std::atomic<bool> given_back{false};  // from the call on that frees it
  const void* owner = nullptr;          // the module of a kGlobal
};
using AllocationRef = std::shared_ptr<Allocation>;

// A reservation of addresses, from which runs of pages are made usable.
class Region {
 public:
  explicit Region(size_t bytes);
  ~Region();
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  // 0 when the addresses are used up. `bytes` and the answer are multiples of the page.
  uintptr_t commit(size_t bytes);
  void decommit(uintptr_t pages);

 private:
  uintptr_t begin_ = 0, end_ = 0, next_ = 0;
  std::map<uintptr_t, size_t> runs_;
};

// All allocations of one driver, of all devices and of the host. Thread-safe.
class AddressSpace {
 public:
  // A new allocation in `region`, filled with a pattern where it is small; null when the region is used up.
  // `alignment`: a power of two, at most a page.
  AllocationRef allocate(Region& region, size_t bytes, bool poison, size_t alignment = kAlignment);
  // Memory that someone else owns.
  AllocationRef adopt(uintptr_t base, size_t bytes);
  // The one that holds [address, address + bytes); null when none does. The end of an allocation counts for 0 bytes.
  AllocationRef find(uintptr_t address, size_t bytes);
  AllocationRef find_base(uintptr_t base);
  bool holds(const AllocationRef& allocation);
  // Takes it out of sight; its addresses fault from then on. False when something wrote beside it.
  bool remove(Region* region, const AllocationRef& allocation);
  std::vector<AllocationRef> of_context(uint64_t context);
  void remove_globals(const void* owner);
  size_t count(bool pool_too);

 private:
  std::mutex mutex_;
  std::map<uintptr_t, AllocationRef> live_;
};

// Whether the process can read the first and last bytes there.
bool is_readable(const void* address, size_t bytes);

}  // namespace gpu_fake
