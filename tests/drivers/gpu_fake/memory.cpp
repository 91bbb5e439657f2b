#include "tests/drivers/gpu_fake/memory.hpp"

#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gpu_fake {
namespace {

constexpr size_t kMostPoisoned = 64 * 1024;  // at each end, so that large memory stays unbacked
constexpr unsigned char kPoison = 0xCD, kSlack = 0xA5;

size_t page_size() {
  static const auto size = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

size_t round_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

bool is_filled(uintptr_t from, uintptr_t to) {
  const auto* p = reinterpret_cast<const unsigned char*>(from);
  return std::all_of(p, p + (to - from), [](unsigned char c) { return c == kSlack; });
}

bool can_read_byte(uintptr_t address) {
  char byte = 0;
  iovec here{&byte, 1}, there{reinterpret_cast<void*>(address), 1};
  return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == 1 || errno != EFAULT;
}

}  // namespace

Region::Region(size_t bytes) {
  void* all = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return;
  begin_ = next_ = reinterpret_cast<uintptr_t>(all);
  end_ = begin_ + bytes;
}

Region::~Region() {
  if (begin_ != 0) munmap(reinterpret_cast<void*>(begin_), end_ - begin_);
}

// Goes round, so that an address is used again as late as possible, and leaves a page between runs.
uintptr_t Region::commit(size_t bytes) {
  const size_t step = bytes + page_size();
  for (int turn = 0; turn < 2; ++turn) {
    uintptr_t at = next_;
    for (auto run = runs_.upper_bound(at); run != runs_.end() && run->first - at < step; ++run) {
      at = run->first + run->second;
    }
    if (at + step <= end_ && begin_ != 0) {
      if (mprotect(reinterpret_cast<void*>(at), bytes, PROT_READ | PROT_WRITE) != 0) return 0;
      runs_[at] = step;
      next_ = at + step;
      return at;
    }
    next_ = begin_;
  }
  return 0;
}

void Region::decommit(uintptr_t pages) {
  const auto run = runs_.find(pages);
  if (run == runs_.end()) return;
  madvise(reinterpret_cast<void*>(pages), run->second, MADV_DONTNEED);
  mprotect(reinterpret_cast<void*>(pages), run->second, PROT_NONE);
  runs_.erase(run);
}

AllocationRef AddressSpace::allocate(Region& region, size_t bytes, bool poison, size_t alignment) {
  const size_t aligned = round_up(bytes, alignment), page_bytes = round_up(aligned, page_size());
  std::lock_guard lock(mutex_);
  const uintptr_t pages = region.commit(page_bytes);
  if (pages == 0) return nullptr;
  auto made = std::make_shared<Allocation>();
  made->pages = pages;
  made->page_bytes = page_bytes;
  made->base = pages + page_bytes - aligned;
  made->bytes = bytes;
  std::memset(reinterpret_cast<void*>(pages), kSlack, made->base - pages);
  std::memset(reinterpret_cast<void*>(made->base + bytes), kSlack, aligned - bytes);
  if (poison) {
    const size_t part = std::min(bytes, kMostPoisoned);
    std::memset(reinterpret_cast<void*>(made->base), kPoison, part);
    std::memset(reinterpret_cast<void*>(made->base + bytes - part), kPoison, part);
  }
  live_[made->base] = made;
  return made;
}

AllocationRef AddressSpace::adopt(uintptr_t base, size_t bytes) {
  std::lock_guard lock(mutex_);
  auto made = std::make_shared<Allocation>();
  made->base = base;
  made->bytes = bytes;
  live_[base] = made;
  return made;
}

AllocationRef AddressSpace::find(uintptr_t address, size_t bytes) {
  std::lock_guard lock(mutex_);
  auto after = live_.upper_bound(address);
  if (after == live_.begin()) return nullptr;
  const AllocationRef& found = std::prev(after)->second;
  const size_t offset = address - found->base;
  return offset <= found->bytes && bytes <= found->bytes - offset ? found : nullptr;
}

AllocationRef AddressSpace::find_base(uintptr_t base) {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(base);
  return found == live_.end() ? nullptr : found->second;
}

bool AddressSpace::holds(const AllocationRef& allocation) {
  std::lock_guard lock(mutex_);
  const auto found = live_.find(allocation->base);
  return found != live_.end() && found->second == allocation;
}

bool AddressSpace::remove(Region* region, const AllocationRef& allocation) {
  std::lock_guard lock(mutex_);
  live_.erase(allocation->base);
  if (region == nullptr || allocation->pages == 0) return true;
  const bool clean = is_filled(allocation->pages, allocation->base) &&
                     is_filled(allocation->base + allocation->bytes, allocation->pages + allocation->page_bytes);
  region->decommit(allocation->pages);
  return clean;
}

std::vector<AllocationRef> AddressSpace::of_context(uint64_t context) {
  std::lock_guard lock(mutex_);
  std::vector<AllocationRef> found;
  for (const auto& [base, allocation] : live_) {
    if (allocation->context == context) found.push_back(allocation);
  }
  return found;
}

void AddressSpace::remove_globals(const void* owner) {
  std::lock_guard lock(mutex_);
  std::erase_if(live_, [&](const auto& entry) { return entry.second->owner == owner; });
}

size_t AddressSpace::count(bool pool_too) {
  std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(live_.begin(), live_.end(), [&](const auto& entry) {
    return entry.second->kind != MemoryKind::kGlobal && (pool_too || entry.second->pool == nullptr);
  }));
}

bool is_readable(const void* address, size_t bytes) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  return bytes == 0 || (can_read_byte(at) && can_read_byte(at + bytes - 1));
}

}  // namespace gpu_fake
