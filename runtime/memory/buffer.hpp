// What is behind a buffer handle. Slots are never given back to the system, so that a view of a released buffer can
// always be recognised by its generation.
#pragma once

#include <array>
#include <atomic>

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"

namespace halyard::memory {

// A further stream, where a buffer is used on more than it has slots for.
struct MoreUsers {
  std::atomic<std::uint64_t> stream;
  MoreUsers* next;
};

}  // namespace halyard::memory

struct hy_buffer {
  std::atomic<std::uint64_t> generation{0};  // odd while the buffer lives
  hy_device* device = nullptr;               // retained
  std::uint64_t home = 0;                    // id of the stream, which the buffer does not keep alive
  hy_b_memory memory{};                      // object null: a buffer without bytes
  std::uint64_t bytes = 0;
  // Other streams that it was used on, by id. No lock: a slot is claimed by compare-and-swap when it is empty, or when
  // its stream is gone; so is a node of the list, or the head of it.
  std::array<std::atomic<std::uint64_t>, 4> users{};
  std::atomic<halyard::memory::MoreUsers*> more_users{nullptr};
  hy_buffer* next_free = nullptr;
};

namespace halyard::memory {

// A view that can be used on `device`. `what` names it in the message ("destination", "saxpy: argument 1 (x)").
hy_status refuse_view(const hy_view* view, const hy_device* device, const char* what, hy_error* error) noexcept;

inline bool usable(const hy_view& view, const hy_device* device) noexcept {
  const hy_buffer* buffer = view.buffer;
  return HALYARD_LIKELY(buffer != nullptr && (view.generation & 1) != 0 &&
                        buffer->generation.load(std::memory_order_relaxed) == view.generation &&
                        buffer->device == device && view.offset <= buffer->bytes &&
                        view.bytes <= buffer->bytes - view.offset);
}

inline hy_status check_view(const hy_view* view, const hy_device* device, const char* what, hy_error* error) noexcept {
  return view != nullptr && usable(*view, device) ? HY_OK : refuse_view(view, device, what, error);
}

hy_status note_foreign_use(hy_buffer* buffer, hy_stream* stream, hy_error* error) noexcept;

// The buffer's release must wait for `stream` too. Can fail when a fifth stream uses the buffer and the host has no
// memory.
inline hy_status note_use(hy_buffer* buffer, hy_stream* stream, hy_error* error) noexcept {
  return HALYARD_LIKELY(buffer->home == stream->id) ? HY_OK : note_foreign_use(buffer, stream, error);
}

}  // namespace halyard::memory
