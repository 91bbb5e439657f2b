// Memory that was released while submitted work may still use it: freed when every stream concerned has come past it.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/core/objects.hpp"

namespace halyard::memory {

class RetireList {
 public:
  // A stream (whose reference this takes over) and how many of its submissions must be done.
  using Use = std::pair<hy_stream*, std::uint64_t>;

  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }

  // Frees at once where all is done.
  void add(hy_device* device, const hy_b_memory& memory, std::vector<Use> uses);

  // Frees what has become free.
  void reap(hy_device* device);

  // At the end of the device, when its streams are gone.
  void free_all(hy_device* device);

  std::uint64_t bytes() const;

 private:
  struct Entry {
    hy_b_memory memory;
    std::vector<Use> uses;
  };

  std::atomic<std::size_t> count_{0};
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
};

}  // namespace halyard::memory
