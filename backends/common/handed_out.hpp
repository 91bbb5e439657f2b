// What every backend hands out through its table alike: what a device says of itself, and compiled kernels.
#pragma once

#include <cstdlib>
#include <cstring>

#include "halyard/backend.h"

namespace halyard::common {

// Copies as much as the caller's structure holds, and keeps what the caller's `size` says.
inline void copy_info(const hy_device_info& from, hy_device_info* to) noexcept {
  const uint32_t size = to->size;
  std::memcpy(to, &from, size < sizeof from ? size : sizeof from);
  to->size = size;
}

// Gives back what compile() filled with malloc()'s memory.
inline void release_compiled(hy_b_compiled* compiled) noexcept {
  std::free(compiled->data);
  std::free(compiled->log);
  compiled->data = nullptr;
  compiled->log = nullptr;
  compiled->bytes = 0;
}

// A copy of `bytes` for release_compiled(); NULL when the host has no memory.
inline char* copied(const void* data, size_t bytes) noexcept {
  auto* copy = static_cast<char*>(std::malloc(bytes == 0 ? 1 : bytes));
  if (copy != nullptr && bytes != 0) std::memcpy(copy, data, bytes);
  return copy;
}

}  // namespace halyard::common
