// Points: how far a stream had come when they were recorded; waited for by hosts and by other streams.
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/stream.hpp"

using namespace halyard;        // NOLINT: the C API below is one with it
using namespace halyard::core;  // NOLINT

namespace {

hy_status check_point(const hy_point* point, hy_error* error) noexcept {
  if (point == nullptr) return fail(error, HY_INVALID_ARGUMENT, "point must not be NULL");
  return point->stream->fork_generation != fork_generation() ? fail_forked(error) : HY_OK;
}

// Waits on a host thread for a point that the waiting stream's backend does not understand. Owns a reference to it.
hy_status wait_on_host(void* user, hy_error* error) {
  auto* point = static_cast<hy_point*>(user);
  // The waiting stream failed before its turn came: only let go.
  const hy_status status = error->code != HY_OK ? error->code : hy_point_wait(point, HY_FOREVER, error);
  hy_point_release(point);
  return status;
}

hy_status bridge(hy_stream* stream, hy_point* point, hy_error* error) {
  if (stream->table->stream_host_function == nullptr) {
    hy_error late;
    clear(late);
    return settle(stream, hy_point_wait(point, HY_FOREVER, &late), late, error);
  }
  hy_point_retain(point);
  const hy_status status = stream->table->stream_host_function(stream->handle, wait_on_host, point, error);
  if (status != HY_OK) hy_point_release(point);
  return status;
}

hy_point* take_free(hy_stream* stream) noexcept {
  hy_point* first = stream->free_points.load(std::memory_order_acquire);
  while (first != nullptr &&
         !stream->free_points.compare_exchange_weak(first, first->next_free, std::memory_order_acquire)) {
  }
  return first;
}

void give_free(hy_stream* stream, hy_point* point) noexcept {
  point->next_free = stream->free_points.load(std::memory_order_relaxed);
  while (!stream->free_points.compare_exchange_weak(point->next_free, point, std::memory_order_release)) {
  }
}

hy_status answer(hy_point* point, hy_status status, const hy_error& late, hy_error* error) noexcept {
  // The error first: who sees the work done must see that it failed.
  const hy_status settled = settle(point->stream, status, late, error);
  if (status != HY_TIMEOUT) note_completion(point->stream, point->sequence);
  return settled;
}

}  // namespace

extern "C" {

hy_status hy_stream_record(hy_stream* stream, hy_point_flags flags, hy_point** out, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  if ((flags & ~HY_POINT_TIMED) != 0) return fail(error, HY_INVALID_ARGUMENT, "flags: 0x%x is unknown", flags);
  if ((flags & HY_POINT_TIMED) != 0 && (stream->flags & HY_STREAM_TIMING) == 0) {
    return fail(error, HY_INVALID_ARGUMENT, "a timed point needs a stream made with HY_STREAM_TIMING");
  }
  return stop_exceptions(error, [&] {
    hy_point* point = take_free(stream);
    if (point == nullptr) point = new hy_point;
    if (hy_status status = stream->table->point_record(stream->handle, flags, &point->handle, error); status != HY_OK) {
      give_free(stream, point);
      return status;
    }
    if (point->stream != nullptr) point->refs.retain();  // used again: nobody held it
    point->stream = stream;
    point->sequence = stream->submitted.load(std::memory_order_relaxed);
    point->flags = flags;
    hy_stream_retain(stream);
    *out = point;
    return hy_status{HY_OK};
  });
}

hy_status hy_stream_wait(hy_stream* stream, hy_point* point, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (hy_status status = check_point(point, error); status != HY_OK) return status;
  if (point->stream == stream) return HY_OK;  // in order already
  return stop_exceptions(error, [&] {
    hy_status status = HY_UNSUPPORTED;
    if (point->stream->table == stream->table)
      status = stream->table->stream_wait(stream->handle, point->handle, error);
    if (status == HY_UNSUPPORTED) status = bridge(stream, point, error);
    if (status == HY_OK) note_submission(stream);
    return status;
  });
}

void hy_point_retain(hy_point* point) {
  if (point != nullptr) point->refs.retain();
}

void hy_point_release(hy_point* point) {
  if (point == nullptr || !point->refs.release()) return;
  hy_stream* stream = point->stream;
  if (stream->fork_generation != fork_generation()) return;
  stream->table->point_release(point->handle);
  give_free(stream, point);
  hy_stream_release(stream);
}

hy_status hy_point_query(hy_point* point, hy_error* error) {
  if (hy_status status = check_point(point, error); status != HY_OK) return status;
  hy_error late;
  clear(late);
  return answer(point, point->stream->table->point_query(point->handle, &late), late, error);
}

hy_status hy_point_wait(hy_point* point, uint64_t timeout_ns, hy_error* error) {
  if (hy_status status = check_point(point, error); status != HY_OK) return status;
  hy_error late;
  clear(late);
  return answer(point, point->stream->table->point_wait(point->handle, timeout_ns, &late), late, error);
}

hy_status hy_point_elapsed(hy_point* begin, hy_point* end, uint64_t* out_ns, hy_error* error) {
  if (hy_status status = check_point(begin, error); status != HY_OK) return status;
  if (hy_status status = check_point(end, error); status != HY_OK) return status;
  if (out_ns == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out_ns must not be NULL");
  if ((begin->flags & end->flags & HY_POINT_TIMED) == 0) {
    return fail(error, HY_INVALID_ARGUMENT, "both points must be recorded with HY_POINT_TIMED");
  }
  if (begin->stream->device != end->stream->device) {
    return fail(error, HY_INVALID_ARGUMENT, "the points belong to two devices, whose clocks are not one");
  }
  if (hy_status status = hy_point_query(begin, error); status != HY_OK) return status;
  if (hy_status status = hy_point_query(end, error); status != HY_OK) return status;
  return end->stream->table->point_elapsed(begin->handle, end->handle, out_ns, error);
}

}  // extern "C"
