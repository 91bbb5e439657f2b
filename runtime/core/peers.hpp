// Devices that reach one another's memory: copies from one to the other, and launches with buffers of both.
#pragma once

#include "runtime/core/objects.hpp"

namespace halyard::core {

// Whether hy_device_enable_peer(device, owner) was called.
bool is_enabled_peer(const hy_device* device, const hy_device* owner) noexcept;

// The stream is about to use a buffer of `device`, another one than its own, which must therefore wait for the stream
// before it gives memory away. From the stream's thread.
hy_status visit(hy_stream* stream, hy_device* device, hy_error* error) noexcept;

// The stream is idle: no device needs to wait for it, or be kept for it. From the stream's thread, or when it ends.
void end_visits(hy_stream* stream) noexcept;

// Frees what no work uses any more of the devices that the stream visits.
void reap_visited(hy_stream* stream) noexcept;

// Takes the stream out of the device's list.
void leave(hy_device* device, hy_stream* stream) noexcept;

// Copies in the order of `stream`. HY_UNSUPPORTED: there is no way but through the host.
hy_status copy_between(hy_stream* stream, const hy_view& destination, const hy_view& source, hy_error* error) noexcept;

}  // namespace halyard::core
