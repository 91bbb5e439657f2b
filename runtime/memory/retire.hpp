// Memory that was released while submitted work may still use it: freed when every stream concerned has come past it.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "runtime/core/objects.hpp"

namespace halyard::memory {

class RetireList {
 public:
  // A stream's id and how many of its submissions must be done.
  using Use = std::pair<std::uint64_t, std::uint64_t>;

  bool empty() const noexcept { return count_.load(std::memory_order_relaxed) == 0; }

  // An entry, made before there is no way back; so add() cannot fail.
  struct Entry {
    hy_b_memory memory;
    std::vector<Use> uses;
    Entry* next = nullptr;
  };

  // Frees at once where all is done.
  void add(hy_device* device, std::unique_ptr<Entry> entry) noexcept;

  // Frees what has become free.
  void reap(hy_device* device) noexcept;

  // At the end of the device, when its streams are gone.
  void free_all(hy_device* device) noexcept;

  std::uint64_t bytes() const;

 private:
  std::atomic<std::size_t> count_{0};
  mutable std::mutex mutex_;
  Entry* first_ = nullptr;
};

}  // namespace halyard::memory
