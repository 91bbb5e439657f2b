// Streams: submission counts, late errors, and giving a stream up while its work still runs.
#include "runtime/core/stream.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/launch.hpp"
#include "runtime/core/peers.hpp"
#include "runtime/core/undertaker.hpp"
#include "runtime/memory/retire.hpp"

namespace halyard::core {
namespace {

void copy_error(const hy_error& from, hy_error* to) noexcept {
  if (to == nullptr) return;
  to->code = from.code;
  to->vendor_code = from.vendor_code;
  std::snprintf(to->vendor_name, sizeof to->vendor_name, "%s", from.vendor_name);
  std::snprintf(to->message, sizeof to->message, "%s", from.message);
}

hy_status late_error(hy_stream* stream, hy_error* error) noexcept {
  std::lock_guard lock(stream->error_mutex);
  copy_error(stream->error, error);
  return stream->error.code;
}

std::atomic<std::uint64_t> next_id{1};

HALYARD_HOT void advance(hy_stream* stream, std::uint64_t sequence) noexcept {
  std::uint64_t seen = stream->completed.load(std::memory_order_relaxed);
  while (seen < sequence && !stream->completed.compare_exchange_weak(seen, sequence, std::memory_order_acq_rel)) {
  }
}

// Keeps the first late error of a stream.
void fail_stream(hy_stream* stream, hy_status status, const hy_error& from) noexcept {
  std::lock_guard lock(stream->error_mutex);
  if (stream->failed.load(std::memory_order_relaxed)) return;
  copy_error(from, &stream->error);
  stream->error.code = status;
  stream->failed.store(true, std::memory_order_release);
}

hy_stream* find_stream(const hy_device* device, std::uint64_t id) noexcept {
  for (hy_stream* stream : device->streams) {
    if (stream->id == id) return stream;
  }
  return nullptr;
}

// The points that record_for_retire() left: those that are reached tell how far the stream has come. Where none is
// there that will tell of `sequence`, the stream's thread is asked for one.
void look_at_points(hy_stream* stream, std::uint64_t sequence) noexcept {
  std::lock_guard lock(stream->retire_mutex);
  auto& points = stream->retire_points;
  while (!points.empty()) {
    auto [at, point] = points.front();
    hy_error late;
    clear(late);
    const hy_status status = stream->table->point_query(point, &late);
    if (status == HY_TIMEOUT) break;
    if (status != HY_OK) fail_stream(stream, status, late);
    stream->table->point_release(point);
    points.erase(points.begin());
    advance(stream, at);
  }
  if (points.empty() || points.back().first < sequence) stream->retire_wanted.store(true, std::memory_order_relaxed);
}

// The last handle and the last point of the stream are gone.
void end(hy_stream* stream) noexcept {
  const bool idle = stream->completed.load() >= stream->submitted.load() ||
                    stream->table->stream_synchronize(stream->handle, 0, nullptr) != HY_TIMEOUT;
  idle ? destroy(stream) : bury(stream);
}

// The handle is the new stream's from the call on.
hy_status adopt(hy_device* device, hy_b_stream* handle, hy_stream_flags flags, bool wrapped, hy_stream** out,
                hy_error* error) {
  const hy_status status = stop_exceptions(error, [&] {
    auto stream = std::make_unique<hy_stream>();
    stream->id = next_id.fetch_add(1, std::memory_order_relaxed);
    stream->device = device;
    stream->table = device->table;
    stream->handle = handle;
    stream->flags = flags;
    stream->wrapped = wrapped;
    stream->fork_generation = device->runtime->fork_generation;
    std::lock_guard lock(device->streams_mutex);
    device->streams.push_back(stream.get());
    *out = stream.release();
    return hy_status{HY_OK};
  });
  if (status != HY_OK) {
    device->table->stream_destroy(handle);
    return status;
  }
  hy_device_retain(device);
  return HY_OK;
}

}  // namespace

hy_status refuse(hy_stream* stream, hy_error* error) noexcept {
  if (stream == nullptr) return fail(error, HY_INVALID_ARGUMENT, "stream must not be NULL");
  if (stream->fork_generation != fork_generation()) return fail_forked(error);
  return late_error(stream, error);
}

HALYARD_HOT void reap_around(hy_stream* stream) noexcept {
  reap(stream->device);
  if (HALYARD_UNLIKELY(stream->visiting.load(std::memory_order_acquire))) reap_visited(stream);
}

void record_for_retire(hy_stream* stream) noexcept {
  stream->retire_wanted.store(false, std::memory_order_relaxed);
  hy_b_point* point = nullptr;
  if (stream->table->point_record(stream->handle, 0, &point, nullptr) != HY_OK) return;
  const hy_status kept = stop_exceptions(nullptr, [&] {
    std::lock_guard lock(stream->retire_mutex);
    stream->retire_points.emplace_back(stream->submitted.load(std::memory_order_relaxed), point);
    return hy_status{HY_OK};
  });
  if (kept != HY_OK) stream->table->point_release(point);
  reap_around(stream);
}

HALYARD_HOT void note_completion(hy_stream* stream, std::uint64_t sequence) noexcept {
  advance(stream, sequence);
  reap_around(stream);
}

HALYARD_HOT hy_status settle(hy_stream* stream, hy_status status, const hy_error& from, hy_error* error) noexcept {
  if (status == HY_OK) return stream->failed.load(std::memory_order_acquire) ? late_error(stream, error) : HY_OK;
  if (status == HY_TIMEOUT)
    return fail(error, HY_TIMEOUT, "not done within the time limit; it can be waited for again");
  fail_stream(stream, status, from);
  return late_error(stream, error);
}

bool reached(hy_device* device, std::uint64_t id, std::uint64_t sequence) noexcept {
  std::lock_guard lock(device->streams_mutex);
  hy_stream* stream = find_stream(device, id);
  if (stream == nullptr) return true;
  if (stream->completed.load(std::memory_order_acquire) < sequence) look_at_points(stream, sequence);
  return stream->completed.load(std::memory_order_acquire) >= sequence;
}

std::uint64_t submitted(hy_device* device, std::uint64_t id) noexcept {
  std::lock_guard lock(device->streams_mutex);
  const hy_stream* stream = find_stream(device, id);
  return stream == nullptr ? 0 : stream->submitted.load(std::memory_order_acquire);
}

bool exists(const hy_device* device, std::uint64_t id) noexcept {
  std::lock_guard lock(device->streams_mutex);
  return find_stream(device, id) != nullptr;
}

void destroy(hy_stream* stream) noexcept {
  hy_device* device = stream->device;
  // From now on its work counts as done.
  end_visits(stream);
  leave(device, stream);
  for (auto& [sequence, point] : stream->retire_points) stream->table->point_release(point);
  for (hy_bound_kernel* bound : stream->bound) destroy_bound(bound);
  for (hy_point* point = stream->free_points.load(std::memory_order_acquire); point != nullptr;) {
    delete std::exchange(point, point->next_free);
  }
  stream->table->stream_destroy(stream->handle);
  delete stream;
  reap(device);
  hy_device_release(device);
}

}  // namespace halyard::core

using namespace halyard;        // NOLINT: the C API below is one with it
using namespace halyard::core;  // NOLINT

namespace {

hy_status open_for_stream(hy_device* device, const void* out, hy_b_device** handle, hy_error* error) {
  if (device == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "device and out must not be NULL");
  if (forked(device->runtime)) return fail_forked(error);
  if (hy_status status = open_device(device, handle, error); status != HY_OK) return status;
  reap(device);
  return HY_OK;
}

}  // namespace

extern "C" {

hy_status hy_stream_create(hy_device* device, hy_stream_flags flags, hy_stream** out, hy_error* error) {
  return stop_exceptions(error, [&] {
    hy_b_device* opened = nullptr;
    if (hy_status status = open_for_stream(device, out, &opened, error); status != HY_OK) return status;
    if ((flags & ~HY_STREAM_TIMING) != 0) return fail(error, HY_INVALID_ARGUMENT, "flags: 0x%x is unknown", flags);
    if ((flags & HY_STREAM_TIMING) != 0 && (device->info.capabilities & HY_CAP_TIMED_POINTS) == 0) {
      return fail(error, HY_UNSUPPORTED, "%s cannot time points; make the stream without HY_STREAM_TIMING",
                  device->info.id);
    }
    hy_b_stream* handle = nullptr;
    if (hy_status status = device->table->stream_create(opened, flags, &handle, error); status != HY_OK) return status;
    return adopt(device, handle, flags, false, out, error);
  });
}

hy_status hy_stream_wrap(hy_device* device, const hy_native* native, hy_stream** out, hy_error* error) {
  return stop_exceptions(error, [&] {
    hy_b_device* opened = nullptr;
    if (hy_status status = open_for_stream(device, out, &opened, error); status != HY_OK) return status;
    if (native == nullptr) return fail(error, HY_INVALID_ARGUMENT, "native must not be NULL");
    if (device->table->stream_wrap == nullptr) {
      return fail(error, HY_UNSUPPORTED, "%s wraps no native streams", device->info.backend);
    }
    hy_b_stream* handle = nullptr;
    if (hy_status status = device->table->stream_wrap(opened, native, &handle, error); status != HY_OK) return status;
    return adopt(device, handle, 0, true, out, error);
  });
}

void hy_stream_retain(hy_stream* stream) {
  if (stream != nullptr) stream->refs.retain();
}

void hy_stream_release(hy_stream* stream) {
  if (stream == nullptr || !stream->refs.release()) return;
  if (stream->fork_generation == fork_generation()) end(stream);
}

hy_status hy_stream_get_native(hy_stream* stream, hy_native* out, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  if (stream->table->stream_native == nullptr) {
    return fail(error, HY_UNSUPPORTED, "%s has no native stream handle", stream->table->name);
  }
  return stream->table->stream_native(stream->handle, out, error);
}

hy_status hy_stream_get_device(hy_stream* stream, hy_device** out, hy_error* error) {
  if (stream == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "stream and out must not be NULL");
  *out = stream->device;
  hy_device_retain(*out);
  return HY_OK;
}

hy_status hy_stream_flush(hy_stream* stream, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  return stream->table->stream_flush == nullptr ? HY_OK : stream->table->stream_flush(stream->handle, error);
}

HALYARD_HOT hy_status hy_stream_synchronize(hy_stream* stream, uint64_t timeout_ns, hy_error* error) {
  if (stream == nullptr || stream->fork_generation != fork_generation()) return refuse(stream, error);
  const std::uint64_t sequence = stream->submitted.load(std::memory_order_relaxed);
  // Nothing new since all was seen done: some drivers need a moment even to say so. A wrapped queue may have work of
  // others.
  if (timeout_ns != HY_FOREVER && !stream->wrapped && !stream->failed.load(std::memory_order_acquire) &&
      stream->completed.load(std::memory_order_acquire) >= sequence) {
    return HY_OK;
  }
  hy_error late;
  clear(late);
  const hy_status status = stream->table->stream_synchronize(stream->handle, timeout_ns, &late);
  // The error first: who sees the work done must see that it failed.
  const hy_status settled = settle(stream, status, late, error);
  if (status != HY_TIMEOUT) {
    note_completion(stream, sequence);
    if (HALYARD_UNLIKELY(stream->visiting.load(std::memory_order_relaxed))) end_visits(stream);
  }
  return settled;
}

hy_status hy_stream_host_function(hy_stream* stream, hy_host_fn fn, void* user, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (fn == nullptr) return fail(error, HY_INVALID_ARGUMENT, "fn must not be NULL");
  if (stream->table->stream_host_function == nullptr) {
    return fail(error, HY_UNSUPPORTED, "%s runs no host functions", stream->table->name);
  }
  if (hy_status status = stream->table->stream_host_function(stream->handle, fn, user, error); status != HY_OK)
    return status;
  note_submission(stream);
  return HY_OK;
}

}  // extern "C"
