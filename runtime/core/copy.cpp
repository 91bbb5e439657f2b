// Copies and fills: ranges and owners are checked here; between devices they go through the host where nothing better
// is known.
#include <algorithm>
#include <cstring>
#include <memory>
#include <new>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/peers.hpp"
#include "runtime/core/stream.hpp"
#include "runtime/memory/buffer.hpp"

using namespace halyard;          // NOLINT: the C API below is one with it
using namespace halyard::core;    // NOLINT
using namespace halyard::memory;  // NOLINT

namespace {

constexpr std::uint64_t kBounceBytes = 4ull << 20;

// What host copies have in common. `view` is the device's side.
HALYARD_HOT hy_status check_host_copy(hy_stream* stream, const hy_view* view, const char* what, const void* host,
                                      std::uint64_t bytes, hy_copy_flags flags, hy_error* error) noexcept {
  if (hy_status status = check_stream(stream, error); HALYARD_UNLIKELY(status != HY_OK)) return status;
  if (hy_status status = check_view(view, stream->device, what, error); HALYARD_UNLIKELY(status != HY_OK))
    return status;
  if (HALYARD_UNLIKELY(bytes > view->bytes)) {
    return fail(error, HY_INVALID_ARGUMENT, "%llu bytes: %s has %llu", static_cast<unsigned long long>(bytes), what,
                static_cast<unsigned long long>(view->bytes));
  }
  if (HALYARD_UNLIKELY(host == nullptr && bytes != 0)) {
    return fail(error, HY_INVALID_ARGUMENT, "the host's memory must not be NULL");
  }
  if (HALYARD_UNLIKELY((flags & ~HY_COPY_BLOCKING) != 0))
    return fail(error, HY_INVALID_ARGUMENT, "flags: 0x%x is unknown", flags);
  return note_use(view->buffer, stream, error);
}

// A blocking call that came back has waited for everything before it too.
void note_host_copy(hy_stream* stream, hy_copy_flags flags) noexcept {
  note_submission(stream);
  if ((flags & HY_COPY_BLOCKING) != 0) note_completion(stream, stream->submitted.load(std::memory_order_relaxed));
}

// Bytes of the other device. Its streams may belong to other threads, so one of our own is used; what `stream` has
// waited for is done by now.
hy_status read_foreign(const hy_view& source, std::uint64_t offset, void* out, std::uint64_t bytes, hy_stream* reader,
                       hy_error* error) {
  hy_view part = source;
  part.offset += offset;
  part.bytes = bytes;
  return hy_stream_read(reader, out, &part, bytes, HY_COPY_BLOCKING, error);
}

hy_status copy_through_host(hy_stream* stream, const hy_view& destination, const hy_view& source, hy_error* error) {
  if (hy_status status = hy_stream_synchronize(stream, HY_FOREVER, error); status != HY_OK) return status;
  const bool into_stream = destination.buffer->device == stream->device;
  hy_stream* other = nullptr;
  hy_device* other_device = into_stream ? source.buffer->device : destination.buffer->device;
  if (hy_status status = hy_stream_create(other_device, 0, &other, error); status != HY_OK) return status;
  const std::unique_ptr<hy_stream, void (*)(hy_stream*)> keep(other, hy_stream_release);
  hy_stream* reader = into_stream ? other : stream;
  hy_stream* writer = into_stream ? stream : other;
  const std::uint64_t step = std::min(source.bytes, kBounceBytes);
  const std::unique_ptr<unsigned char[]> bounce(new unsigned char[step]);
  for (std::uint64_t done = 0; done < source.bytes; done += step) {
    const std::uint64_t bytes = std::min(step, source.bytes - done);
    if (hy_status status = read_foreign(source, done, bounce.get(), bytes, reader, error); status != HY_OK)
      return status;
    hy_view part = destination;
    part.offset += done;
    part.bytes = bytes;
    hy_status status = hy_stream_write(writer, &part, bounce.get(), bytes, HY_COPY_BLOCKING, error);
    if (status != HY_OK) return status;
  }
  return HY_OK;
}

}  // namespace

extern "C" {

HALYARD_HOT hy_status hy_stream_write(hy_stream* stream, const hy_view* destination, const void* source, uint64_t bytes,
                                      hy_copy_flags flags, hy_error* error) {
  hy_status status = check_host_copy(stream, destination, "destination", source, bytes, flags, error);
  if (HALYARD_UNLIKELY(status != HY_OK)) return status;
  if (bytes == 0) return HY_OK;
  const hy_copy_mode mode = (flags & HY_COPY_BLOCKING) != 0 ? HY_COPY_WAIT : HY_COPY_ASYNC;
  status = stream->table->copy_to_device(stream->handle, &destination->buffer->memory, destination->offset, source,
                                         bytes, mode, error);
  if (HALYARD_LIKELY(status == HY_OK)) note_host_copy(stream, flags);
  return status;
}

HALYARD_HOT hy_status hy_stream_read(hy_stream* stream, void* destination, const hy_view* source, uint64_t bytes,
                                     hy_copy_flags flags, hy_error* error) {
  hy_status status = check_host_copy(stream, source, "source", destination, bytes, flags, error);
  if (HALYARD_UNLIKELY(status != HY_OK)) return status;
  if (bytes == 0) return HY_OK;
  const hy_copy_mode mode = (flags & HY_COPY_BLOCKING) != 0 ? HY_COPY_WAIT : HY_COPY_ASYNC;
  status = stream->table->copy_to_host(stream->handle, destination, &source->buffer->memory, source->offset, bytes,
                                       mode, error);
  if (HALYARD_LIKELY(status == HY_OK)) note_host_copy(stream, flags);
  return status;
}

hy_status hy_stream_copy(hy_stream* stream, const hy_view* destination, const hy_view* source, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  for (const auto& [view, what] : {std::pair{destination, "destination"}, std::pair{source, "source"}}) {
    const hy_device* own = view == nullptr || view->buffer == nullptr ? nullptr : view->buffer->device;
    if (hy_status status = check_view(view, own, what, error); status != HY_OK) return status;
  }
  if (destination->bytes != source->bytes) {
    return fail(error, HY_INVALID_ARGUMENT, "destination has %llu bytes, source %llu; they must be the same",
                static_cast<unsigned long long>(destination->bytes), static_cast<unsigned long long>(source->bytes));
  }
  const bool to_own = destination->buffer->device == stream->device;
  const bool from_own = source->buffer->device == stream->device;
  if (!to_own && !from_own) {
    return fail(error, HY_INVALID_ARGUMENT, "neither destination nor source is on the stream's device %s",
                stream->device->info.id);
  }
  if (source->bytes == 0) return HY_OK;
  if (!to_own || !from_own) {
    const hy_status status = copy_between(stream, *destination, *source, error);
    if (status != HY_UNSUPPORTED) return status;
    if (error != nullptr) clear(*error);
    return stop_exceptions(error, [&] { return copy_through_host(stream, *destination, *source, error); });
  }
  for (const hy_view* view : {destination, source}) {
    if (hy_status status = note_use(view->buffer, stream, error); status != HY_OK) return status;
  }
  hy_status status = stream->table->copy_on_device(stream->handle, &destination->buffer->memory, destination->offset,
                                                   &source->buffer->memory, source->offset, source->bytes, error);
  if (status == HY_OK) note_submission(stream);
  return status;
}

hy_status hy_stream_fill(hy_stream* stream, const hy_view* destination, const void* pattern, uint32_t pattern_bytes,
                         hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (hy_status status = check_view(destination, stream->device, "destination", error); status != HY_OK) return status;
  const bool power = pattern_bytes != 0 && pattern_bytes <= 16 && (pattern_bytes & (pattern_bytes - 1)) == 0;
  if (pattern == nullptr || !power) {
    return fail(error, HY_INVALID_ARGUMENT, "a pattern has 1, 2, 4, 8 or 16 bytes, not %u", pattern_bytes);
  }
  if (((destination->offset | destination->bytes) & (pattern_bytes - 1)) != 0) {
    return fail(error, HY_INVALID_ARGUMENT,
                "destination: offset %llu and size %llu must be multiples of the pattern's %u bytes",
                static_cast<unsigned long long>(destination->offset),
                static_cast<unsigned long long>(destination->bytes), pattern_bytes);
  }
  if (destination->bytes == 0) return HY_OK;
  if (hy_status status = note_use(destination->buffer, stream, error); status != HY_OK) return status;
  hy_status status = stream->table->fill(stream->handle, &destination->buffer->memory, destination->offset,
                                         destination->bytes, pattern, pattern_bytes, error);
  if (status == HY_OK) note_submission(stream);
  return status;
}

}  // extern "C"
