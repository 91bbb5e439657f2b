// Frees retired memory. Streams that are behind are asked to leave a point at their next submission.
#include "runtime/memory/retire.hpp"

#include <algorithm>
#include <utility>

#include "runtime/core/stream.hpp"

namespace halyard::memory {
namespace {

// Drops the uses that are over; true when none is left.
bool settled(hy_device* device, std::vector<RetireList::Use>& uses) noexcept {
  std::erase_if(uses, [&](const RetireList::Use& use) { return core::reached(device, use.first, use.second); });
  return uses.empty();
}

void free_memory(hy_device* device, hy_b_memory memory) noexcept {
  if (memory.object != nullptr || memory.address != 0) {
    device->table->memory_free(device->handle.load(std::memory_order_acquire), &memory);
  }
}

void free_entries(hy_device* device, RetireList::Entry* first) noexcept {
  while (first != nullptr) {
    const std::unique_ptr<RetireList::Entry> entry(std::exchange(first, first->next));
    free_memory(device, entry->memory);
  }
}

}  // namespace

void RetireList::add(hy_device* device, std::unique_ptr<Entry> entry) noexcept {
  if (settled(device, entry->uses)) {
    free_memory(device, entry->memory);
    return;
  }
  std::lock_guard lock(mutex_);
  entry->next = first_;
  first_ = entry.release();
  count_.fetch_add(1, std::memory_order_relaxed);
}

void RetireList::reap(hy_device* device) noexcept {
  Entry* free = nullptr;
  {
    // Somebody else at it is as good.
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    for (Entry** link = &first_; *link != nullptr;) {
      Entry* entry = *link;
      if (!settled(device, entry->uses)) {
        link = &entry->next;
        continue;
      }
      *link = entry->next;
      entry->next = free;
      free = entry;
      count_.fetch_sub(1, std::memory_order_relaxed);
    }
  }
  free_entries(device, free);
}

void RetireList::free_all(hy_device* device) noexcept {
  free_entries(device, std::exchange(first_, nullptr));
  count_.store(0);
}

std::uint64_t RetireList::bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Entry* entry = first_; entry != nullptr; entry = entry->next) sum += entry->memory.bytes;
  return sum;
}

}  // namespace halyard::memory
