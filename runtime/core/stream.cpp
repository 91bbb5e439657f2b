// Streams: submission counts, late errors, and giving a stream up while its work still runs.
#include "runtime/core/stream.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/launch.hpp"
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

void destroy(hy_stream* stream) noexcept {
  for (auto& [sequence, point] : stream->retire_points) stream->table->point_release(point);
  for (hy_bound_kernel* bound : stream->bound) destroy_bound(bound);
  for (hy_point* point = stream->free_points.load(std::memory_order_acquire); point != nullptr;) {
    delete std::exchange(point, point->next_free);
  }
  stream->table->stream_destroy(stream->handle);
  delete stream;
}

// The last handle, point or buffer of the stream is gone.
void end(hy_stream* stream) {
  hy_device* device = stream->device;
  {
    std::lock_guard lock(device->streams_mutex);
    std::erase(device->streams, stream);
  }
  const bool idle = stream->completed.load() >= stream->submitted.load() ||
                    stream->table->stream_synchronize(stream->handle, 0, nullptr) != HY_TIMEOUT;
  if (idle) {
    destroy(stream);
  } else {
    std::lock_guard lock(device->streams_mutex);
    device->zombies.push_back(stream);
    device->zombie_count.store(static_cast<std::uint32_t>(device->zombies.size()), std::memory_order_relaxed);
  }
}

hy_status adopt(hy_device* device, hy_b_stream* handle, hy_stream_flags flags, bool wrapped, hy_stream** out) {
  auto stream = std::make_unique<hy_stream>();
  stream->device = device;
  stream->table = device->table;
  stream->handle = handle;
  stream->flags = flags;
  stream->wrapped = wrapped;
  stream->fork_generation = device->runtime->fork_generation;
  {
    std::lock_guard lock(device->streams_mutex);
    device->streams.push_back(stream.get());
  }
  hy_device_retain(device);
  *out = stream.release();
  return HY_OK;
}

}  // namespace

hy_status refuse(hy_stream* stream, hy_error* error) noexcept {
  if (stream == nullptr) return fail(error, HY_INVALID_ARGUMENT, "stream must not be NULL");
  if (stream->fork_generation != fork_generation()) return fail_forked(error);
  return late_error(stream, error);
}

void record_for_retire(hy_stream* stream) noexcept {
  stream->retire_wanted.store(false, std::memory_order_relaxed);
  hy_b_point* point = nullptr;
  if (stream->table->point_record(stream->handle, 0, &point, nullptr) != HY_OK) return;
  (void)stop_exceptions(nullptr, [&] {
    std::lock_guard lock(stream->retire_mutex);
    stream->retire_points.emplace_back(stream->submitted.load(std::memory_order_relaxed), point);
    return HY_OK;
  });
  reap(stream->device);
}

void note_completion(hy_stream* stream, std::uint64_t sequence) noexcept {
  std::uint64_t seen = stream->completed.load(std::memory_order_relaxed);
  while (seen < sequence && !stream->completed.compare_exchange_weak(seen, sequence, std::memory_order_acq_rel)) {
  }
  (void)stop_exceptions(nullptr, [&] {
    reap(stream->device);
    return HY_OK;
  });
}

hy_status settle(hy_stream* stream, hy_status status, const hy_error& from, hy_error* error) noexcept {
  if (status == HY_OK) return stream->failed.load(std::memory_order_acquire) ? late_error(stream, error) : HY_OK;
  if (status == HY_TIMEOUT) return fail(error, HY_TIMEOUT, "not done within the time limit; it can be waited for again");
  {
    std::lock_guard lock(stream->error_mutex);
    if (!stream->failed.load(std::memory_order_relaxed)) {
      copy_error(from, &stream->error);
      stream->error.code = status;
      stream->failed.store(true, std::memory_order_release);
    }
  }
  return late_error(stream, error);
}

bool reached(hy_stream* stream, std::uint64_t sequence) noexcept {
  if (stream->completed.load(std::memory_order_acquire) >= sequence) return true;
  std::lock_guard lock(stream->retire_mutex);
  auto& points = stream->retire_points;
  while (!points.empty()) {
    auto [at, point] = points.front();
    if (stream->table->point_query(point, nullptr) == HY_TIMEOUT) break;
    stream->table->point_release(point);
    points.erase(points.begin());
    std::uint64_t seen = stream->completed.load(std::memory_order_relaxed);
    while (seen < at && !stream->completed.compare_exchange_weak(seen, at, std::memory_order_acq_rel)) {
    }
  }
  return stream->completed.load(std::memory_order_acquire) >= sequence;
}

void reap_zombies(hy_device* device) {
  std::vector<hy_stream*> done;
  {
    std::lock_guard lock(device->streams_mutex);
    std::erase_if(device->zombies, [&](hy_stream* stream) {
      const bool idle = stream->table->stream_synchronize(stream->handle, 0, nullptr) != HY_TIMEOUT;
      if (idle) done.push_back(stream);
      return idle;
    });
    device->zombie_count.store(static_cast<std::uint32_t>(device->zombies.size()), std::memory_order_relaxed);
  }
  for (hy_stream* stream : done) destroy(stream);
}

void finish_zombies(hy_device* device) {
  for (hy_stream* stream : device->zombies) {
    (void)stream->table->stream_synchronize(stream->handle, HY_FOREVER, nullptr);
    destroy(stream);
  }
  device->zombies.clear();
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
      return fail(error, HY_UNSUPPORTED, "%s cannot time points; make the stream without HY_STREAM_TIMING", device->info.id);
    }
    hy_b_stream* handle = nullptr;
    if (hy_status status = device->table->stream_create(opened, flags, &handle, error); status != HY_OK) return status;
    return adopt(device, handle, flags, false, out);
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
    return adopt(device, handle, 0, true, out);
  });
}

void hy_stream_retain(hy_stream* stream) {
  if (stream != nullptr) stream->refs.retain();
}

void hy_stream_release(hy_stream* stream) {
  if (stream == nullptr || !stream->refs.release()) return;
  if (stream->fork_generation != fork_generation()) return;
  hy_device* device = stream->device;
  (void)stop_exceptions(nullptr, [&] {
    end(stream);
    return HY_OK;
  });
  hy_device_release(device);
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

hy_status hy_stream_synchronize(hy_stream* stream, uint64_t timeout_ns, hy_error* error) {
  if (stream == nullptr || stream->fork_generation != fork_generation()) return refuse(stream, error);
  const std::uint64_t sequence = stream->submitted.load(std::memory_order_relaxed);
  // Nothing new since all was seen done: some drivers need a moment even to say so. A wrapped queue may have work of others.
  if (timeout_ns != HY_FOREVER && !stream->wrapped && !stream->failed.load(std::memory_order_acquire) &&
      stream->completed.load(std::memory_order_acquire) >= sequence) {
    return HY_OK;
  }
  hy_error late;
  late.code = HY_OK;
  const hy_status status = stream->table->stream_synchronize(stream->handle, timeout_ns, &late);
  if (status != HY_TIMEOUT) note_completion(stream, sequence);
  return settle(stream, status, late, error);
}

hy_status hy_stream_host_function(hy_stream* stream, hy_host_fn fn, void* user, hy_error* error) {
  if (hy_status status = check_stream(stream, error); status != HY_OK) return status;
  if (fn == nullptr) return fail(error, HY_INVALID_ARGUMENT, "fn must not be NULL");
  if (stream->table->stream_host_function == nullptr) {
    return fail(error, HY_UNSUPPORTED, "%s runs no host functions", stream->table->name);
  }
  if (hy_status status = stream->table->stream_host_function(stream->handle, fn, user, error); status != HY_OK) return status;
  note_submission(stream);
  return HY_OK;
}

}  // extern "C"
