// What the parts of the runtime ask of streams besides the C API: checks before a submission, progress, the end.
#pragma once

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"

namespace halyard::core {

// The stream's late error, or of fork(). Slow path of check_stream().
hy_status refuse(hy_stream* stream, hy_error* error) noexcept;

// Every submission begins with this.
inline hy_status check_stream(hy_stream* stream, hy_error* error) noexcept {
  if (HALYARD_UNLIKELY(stream == nullptr || stream->fork_generation != fork_generation() ||
                       stream->failed.load(std::memory_order_acquire))) {
    return refuse(stream, error);
  }
  return HY_OK;
}

// Frees what no work uses any more of the stream's device and of those that it visited.
void reap_around(hy_stream* stream) noexcept;

// Somebody waits to free memory: marks how far the stream has come. Slow path of note_submission().
void record_for_retire(hy_stream* stream) noexcept;

// Every submission that succeeded ends with this.
inline void note_submission(hy_stream* stream) noexcept {
  stream->submitted.store(stream->submitted.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  if (HALYARD_UNLIKELY(stream->retire_wanted.load(std::memory_order_relaxed))) record_for_retire(stream);
}

// All submissions up to `sequence` are done, as somebody has seen.
void note_completion(hy_stream* stream, std::uint64_t sequence) noexcept;

// Takes what a wait answered: a late error makes the stream a failed one.
hy_status settle(hy_stream* stream, hy_status status, const hy_error& from, hy_error* error) noexcept;

// An error for a backend to fill: empty, should it return a status and no text.
inline void clear(hy_error& error) noexcept {
  error.code = HY_OK;
  error.vendor_code = 0;
  error.vendor_name[0] = '\0';
  error.message[0] = '\0';
}

// True when the first `sequence` submissions of the stream called `id` are done, as is true of a stream that is gone.
bool reached(hy_device* device, std::uint64_t id, std::uint64_t sequence) noexcept;

// Submissions of that stream so far; 0 for one that is gone.
std::uint64_t submitted(hy_device* device, std::uint64_t id) noexcept;
bool exists(const hy_device* device, std::uint64_t id) noexcept;

// Ends a stream whose work is done and nobody holds, and gives back its device.
void destroy(hy_stream* stream) noexcept;

}  // namespace halyard::core
