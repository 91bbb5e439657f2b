// How a vendor's error code becomes one of Halyard's: a table of codes with their meaning and cure, and the sentence
// made from it.
#pragma once

#include <cstddef>

#include "halyard/detail/error.hpp"

namespace halyard::common {

template <typename Code>
struct ErrorEntry {
  Code code;
  hy_status status;
  const char* cure;
};

// When a code was seen. Of work that was accepted and failed, a code that would blame the call says that the device's
// context is broken.
enum class When { kCall, kLate };

inline constexpr char kReport[] = "please report this";
inline constexpr char kLess[] = "free device memory, use smaller buffers or fewer at a time";

// The entry of a code. A code that is not in the table is a fault of ours.
template <typename Code, size_t N>
constexpr ErrorEntry<Code> entry_of(const ErrorEntry<Code> (&table)[N], Code code) noexcept {
  for (const ErrorEntry<Code>& entry : table) {
    if (entry.code == code) return entry;
  }
  return {code, HY_INTERNAL, kReport};
}

// Work that was accepted and then fails tells nothing of the call, and has broken the device's context; but memory that
// a driver gave lazily is memory.
template <typename Code>
constexpr ErrorEntry<Code> seen_late(ErrorEntry<Code> entry, const char* lost_cure) noexcept {
  switch (entry.status) {
    case HY_DEVICE_LOST:
    case HY_OUT_OF_MEMORY:
    case HY_UNSUPPORTED:
    case HY_TIMEOUT:
      return entry;
    default:
      return {entry.code, HY_DEVICE_LOST, lost_cure};
  }
}

// Fills `error` with "`action`: `who` answered NAME (code): cure" and returns the entry's status.
template <typename Code>
hy_status fail_entry(hy_error* error, const ErrorEntry<Code>& entry, const char* name, const char* who,
                     const char* action) noexcept {
  const int code = static_cast<int>(entry.code);
  return fail_vendor(error, entry.status, code, name, "%s: %s answered %s (%d): %s", action, who, name, code,
                     entry.cure);
}

}  // namespace halyard::common
