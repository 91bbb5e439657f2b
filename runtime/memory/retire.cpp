// Frees retired memory. Streams that are behind are asked to leave a point at their next submission.
#include "runtime/memory/retire.hpp"

#include <algorithm>

#include "runtime/core/stream.hpp"

namespace halyard::memory {
namespace {

// Drops the uses that are over; true when none is left. The streams to give back are collected, since giving back the
// last reference of one takes locks of its own.
bool settled(std::vector<RetireList::Use>& uses, std::vector<hy_stream*>& given_back) {
  std::erase_if(uses, [&](const RetireList::Use& use) {
    if (!core::reached(use.first, use.second)) return false;
    given_back.push_back(use.first);
    return true;
  });
  return uses.empty();
}

void free_memory(hy_device* device, hy_b_memory memory) {
  if (memory.object != nullptr || memory.address != 0) {
    device->table->memory_free(device->handle.load(std::memory_order_acquire), &memory);
  }
}

}  // namespace

void RetireList::add(hy_device* device, const hy_b_memory& memory, std::vector<Use> uses) {
  std::vector<hy_stream*> given_back;
  given_back.reserve(uses.size());
  if (settled(uses, given_back)) {
    free_memory(device, memory);
  } else {
    for (const Use& use : uses) use.first->retire_wanted.store(true, std::memory_order_relaxed);
    std::lock_guard lock(mutex_);
    entries_.push_back({memory, std::move(uses)});
    count_.store(entries_.size(), std::memory_order_relaxed);
  }
  for (hy_stream* stream : given_back) hy_stream_release(stream);
}

void RetireList::reap(hy_device* device) {
  std::vector<hy_b_memory> free;
  std::vector<hy_stream*> given_back;
  {
    // Somebody else at it is as good.
    std::unique_lock lock(mutex_, std::try_to_lock);
    if (!lock.owns_lock()) return;
    std::erase_if(entries_, [&](Entry& entry) {
      if (!settled(entry.uses, given_back)) return false;
      free.push_back(entry.memory);
      return true;
    });
    count_.store(entries_.size(), std::memory_order_relaxed);
  }
  for (const hy_b_memory& memory : free) free_memory(device, memory);
  for (hy_stream* stream : given_back) hy_stream_release(stream);
}

void RetireList::free_all(hy_device* device) {
  for (Entry& entry : entries_) free_memory(device, entry.memory);
  entries_.clear();
  count_.store(0);
}

std::uint64_t RetireList::bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t sum = 0;
  for (const Entry& entry : entries_) sum += entry.memory.bytes;
  return sum;
}

}  // namespace halyard::memory
