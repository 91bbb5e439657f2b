// Structures that begin with their size: a caller's may be an older and shorter one, or a newer and longer one, than
// this library's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "halyard/detail/error.hpp"

namespace halyard::core {

// Fills what both know of `out`, and leaves what is past that and `out->size` as they are. `what` is the structure's
// name.
template <class Info>
hy_status copy_info(const Info& from, Info* out, const char* what, hy_error* error) noexcept {
  static_assert(offsetof(Info, size) == 0 && sizeof from.size == sizeof(std::uint32_t));
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  const std::uint32_t size = out->size;
  if (size < sizeof size || size > 1u << 20) {
    return fail(error, HY_INVALID_ARGUMENT, "out->size is %u: set it to sizeof(%s) before the call", size, what);
  }
  std::memcpy(static_cast<void*>(out), &from, std::min<std::size_t>(size, sizeof from));
  out->size = size;
  return HY_OK;
}

}  // namespace halyard::core
