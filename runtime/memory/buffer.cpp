// Buffers: slots with generations, allocation with one retry after freeing what is done, release in stream order.
#include "runtime/memory/buffer.hpp"

#include <cstdio>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/fork.hpp"
#include "runtime/core/peers.hpp"
#include "runtime/core/stream.hpp"
#include "runtime/memory/retire.hpp"

namespace halyard::memory {
namespace {

// Slots of the whole process, in blocks that stay. Views can outlive everything else.
struct Slots {
  std::mutex mutex;
  hy_buffer* first = nullptr;  // used again in the order of their release, so that a stale handle is noticed for long
  hy_buffer* last = nullptr;

  Slots() { core::guard_over_fork(mutex); }
};

constexpr std::size_t kBlock = 64;

Slots& slots() {
  static Slots& only = *new Slots;  // never destroyed: no static may have a destructor
  return only;
}

void append(Slots& all, hy_buffer* slot) noexcept {
  slot->next_free = nullptr;
  (all.first == nullptr ? all.first : all.last->next_free) = slot;
  all.last = slot;
}

hy_buffer* take_slot() {
  Slots& all = slots();
  std::lock_guard lock(all.mutex);
  if (all.first == nullptr) {
    auto* block = new hy_buffer[kBlock];
    for (std::size_t i = 0; i < kBlock; ++i) append(all, &block[i]);
  }
  hy_buffer* slot = all.first;
  all.first = slot->next_free;
  return slot;
}

void give_slot(hy_buffer* slot) noexcept {
  Slots& all = slots();
  std::lock_guard lock(all.mutex);
  append(all, slot);
}

// Frees what is done, waiting for this stream's own work: the caller owns it, and memory is short.
void trim(hy_stream* stream) {
  (void)hy_stream_synchronize(stream, HY_FOREVER, nullptr);
  stream->device->retired->reap(stream->device);
}

hy_status out_of_memory(hy_device* device, hy_b_device* opened, std::uint64_t bytes, const hy_error& from,
                        hy_error* error) {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = device->info.memory_bytes;
  if (device->table->device_memory != nullptr) {
    (void)device->table->device_memory(opened, &free_bytes, &total_bytes, nullptr);
  }
  char left[64] = "";  // 0: it does not say
  if (free_bytes != 0)
    std::snprintf(left, sizeof left, " %llu free as it says,", static_cast<unsigned long long>(free_bytes));
  return fail_vendor(error, HY_OUT_OF_MEMORY, from.vendor_code, from.vendor_name,
                     "%llu bytes are asked for; %s has %llu in all,%s %llu waiting for work in flight. Release buffers "
                     "or ask for less. (%s)",
                     static_cast<unsigned long long>(bytes), device->info.id,
                     static_cast<unsigned long long>(total_bytes), left,
                     static_cast<unsigned long long>(device->retired->bytes()), from.message);
}

hy_status check_kind(const hy_device* device, hy_memory_kind kind, hy_error* error) {
  const hy_capabilities has = device->info.capabilities;
  switch (kind) {
    case HY_MEMORY_DEVICE:
      return HY_OK;
    case HY_MEMORY_PINNED:
      if ((has & HY_CAP_PINNED_MEMORY) != 0) return HY_OK;
      return fail(error, HY_UNSUPPORTED, "%s has no pinned memory; ask for HY_CAP_PINNED_MEMORY first",
                  device->info.id);
    case HY_MEMORY_SHARED:
      if ((has & HY_CAP_SHARED_MEMORY) != 0) return HY_OK;
      return fail(error, HY_UNSUPPORTED, "%s has no shared memory; ask for HY_CAP_SHARED_MEMORY first",
                  device->info.id);
    default:
      return fail(error, HY_INVALID_ARGUMENT, "kind: %u is none of HY_MEMORY_*", kind);
  }
}

hy_status allocate(hy_stream* stream, hy_memory_kind kind, std::uint64_t bytes, hy_b_memory* out, hy_error* error) {
  hy_device* device = stream->device;
  if (hy_status status = check_kind(device, kind, error); status != HY_OK) return status;
  if (bytes == 0) return HY_OK;
  const std::uint64_t most = device->info.max_allocation_bytes;
  if (most != 0 && bytes > most) {
    return fail(
        error, HY_OUT_OF_MEMORY,
        "%llu bytes are asked for in one buffer; %s gives at most %llu (max_allocation_bytes). Ask for less, or "
        "use several buffers.",
        static_cast<unsigned long long>(bytes), device->info.id, static_cast<unsigned long long>(most));
  }
  hy_b_device* opened = device->handle.load(std::memory_order_acquire);
  core::reap(device);
  hy_error late{};
  hy_status status = device->table->memory_allocate(opened, kind, bytes, out, &late);
  if (status == HY_OUT_OF_MEMORY) {
    trim(stream);
    status = device->table->memory_allocate(opened, kind, bytes, out, &late);
  }
  if (status == HY_OUT_OF_MEMORY) return out_of_memory(device, opened, bytes, late, error);
  if (status != HY_OK && error != nullptr) *error = late;
  return status;
}

hy_buffer* make(hy_stream* stream, const hy_b_memory& memory, std::uint64_t bytes, hy_buffer* slot) {
  slot->device = stream->device;
  slot->home = stream->id;
  slot->memory = memory;
  slot->bytes = bytes;
  for (auto& user : slot->users) user.store(0, std::memory_order_relaxed);
  slot->more_users.store(nullptr, std::memory_order_relaxed);
  hy_device_retain(slot->device);
  slot->generation.fetch_add(1, std::memory_order_release);
  return slot;
}

// The streams that must have come past their present submissions before the memory is free.
std::vector<RetireList::Use> uses_of(hy_buffer* buffer) {
  std::vector<RetireList::Use> uses;
  uses.reserve(buffer->users.size() + 1);
  auto add = [&](std::uint64_t id) {
    if (id != 0) uses.emplace_back(id, core::submitted(buffer->device, id));
  };
  add(buffer->home);
  for (const auto& user : buffer->users) add(user.load(std::memory_order_acquire));
  for (const MoreUsers* more = buffer->more_users.load(std::memory_order_acquire); more != nullptr; more = more->next) {
    add(more->stream.load(std::memory_order_acquire));
  }
  return uses;
}

// Puts `id` where nobody is, or a stream that is gone, unless it is there. False: the place is another's.
bool claim(std::atomic<std::uint64_t>& place, std::uint64_t id, const hy_device* device) noexcept {
  std::uint64_t seen = place.load(std::memory_order_acquire);
  if (seen != 0 && seen != id && core::exists(device, seen)) return false;
  return seen == id || place.compare_exchange_strong(seen, id, std::memory_order_acq_rel) || seen == id;
}

bool is_noted(const hy_buffer* buffer, std::uint64_t id) noexcept {
  for (const auto& user : buffer->users) {
    if (user.load(std::memory_order_acquire) == id) return true;
  }
  for (const MoreUsers* more = buffer->more_users.load(std::memory_order_acquire); more != nullptr; more = more->next) {
    if (more->stream.load(std::memory_order_acquire) == id) return true;
  }
  return false;
}

}  // namespace

hy_status refuse_view(const hy_view* view, const hy_device* device, const char* what, hy_error* error) noexcept {
  if (view == nullptr || view->buffer == nullptr) return fail(error, HY_INVALID_ARGUMENT, "%s is an empty view", what);
  const hy_buffer* buffer = view->buffer;
  if (buffer->generation.load() != view->generation || (view->generation & 1) == 0) {
    return fail(error, HY_INVALID_ARGUMENT, "%s is a view of a buffer that was released", what);
  }
  if (buffer->device != device) {
    const hy_device_info &there = buffer->device->info, &here = device->info;
    return fail(error, HY_INVALID_ARGUMENT,
                "%s is on %s:%u (%s), the stream is on %s:%u (%s); use a stream of that device, copy the buffer first, "
                "or for launches on a peer call enable_peer()",
                what, there.backend, there.index, there.name, here.backend, here.index, here.name);
  }
  return fail(error, HY_INVALID_ARGUMENT, "%s is out of range: bytes %llu to %llu of a buffer of %llu", what,
              static_cast<unsigned long long>(view->offset),
              static_cast<unsigned long long>(view->offset + view->bytes),
              static_cast<unsigned long long>(buffer->bytes));
}

hy_status note_foreign_use(hy_buffer* buffer, hy_stream* stream, hy_error* error) noexcept {
  if (buffer->device != stream->device) {  // again, too, where the stream was idle since
    if (hy_status status = core::visit(stream, buffer->device, error); status != HY_OK) return status;
  }
  if (is_noted(buffer, stream->id)) return HY_OK;
  // A stream belongs to one thread, so nobody else notes the same one meanwhile. Its first use of a buffer alone looks
  // whether other streams still exist, which takes a lock.
  for (auto& user : buffer->users) {
    if (claim(user, stream->id, buffer->device)) return HY_OK;
  }
  MoreUsers* head = buffer->more_users.load(std::memory_order_acquire);
  for (MoreUsers* more = head; more != nullptr; more = more->next) {
    if (claim(more->stream, stream->id, buffer->device)) return HY_OK;
  }
  auto* added = new (std::nothrow) MoreUsers{{stream->id}, head};
  if (added == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  while (!buffer->more_users.compare_exchange_weak(added->next, added, std::memory_order_acq_rel)) {
  }
  return HY_OK;
}

}  // namespace halyard::memory

using namespace halyard;          // NOLINT: the C API below is one with it
using namespace halyard::memory;  // NOLINT

namespace {

hy_status check_buffer(const hy_buffer* buffer, const void* out, hy_error* error) {
  if (buffer == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "buffer and out must not be NULL");
  if ((buffer->generation.load() & 1) == 0) return fail(error, HY_INVALID_ARGUMENT, "the buffer was released");
  return core::forked(buffer->device->runtime) ? core::fail_forked(error) : HY_OK;
}

}  // namespace

extern "C" {

hy_status hy_buffer_create(hy_stream* stream, hy_memory_kind kind, uint64_t bytes, hy_buffer** out, hy_error* error) {
  if (hy_status status = core::check_stream(stream, error); status != HY_OK) return status;
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  return stop_exceptions(error, [&] {
    hy_b_memory memory{};
    memory.kind = kind;
    hy_buffer* slot = take_slot();
    const hy_status status = allocate(stream, kind, bytes, &memory, error);
    if (status != HY_OK) {
      give_slot(slot);
      return status;
    }
    *out = make(stream, memory, bytes, slot);
    stream->device->runtime->host.log(HY_LOG_TRACE, "%s: buffer of %llu bytes allocated (kind %u)",
                                      stream->device->info.id, static_cast<unsigned long long>(bytes), kind);
    return hy_status{HY_OK};
  });
}

hy_status hy_buffer_wrap(hy_stream* stream, const hy_native* native, uint64_t bytes, hy_buffer** out, hy_error* error) {
  if (hy_status status = core::check_stream(stream, error); status != HY_OK) return status;
  if (native == nullptr || out == nullptr || bytes == 0) {
    return fail(error, HY_INVALID_ARGUMENT, "native and out must not be NULL, bytes not 0");
  }
  hy_device* device = stream->device;
  if (device->table->memory_wrap == nullptr) {
    return fail(error, HY_UNSUPPORTED, "%s wraps no native memory", device->info.backend);
  }
  return stop_exceptions(error, [&] {
    hy_b_memory memory{};
    hy_buffer* slot = take_slot();
    const hy_status status = device->table->memory_wrap(device->handle.load(), native, bytes, &memory, error);
    if (status != HY_OK) {
      give_slot(slot);
      return status;
    }
    memory.wrapped = 1;
    *out = make(stream, memory, bytes, slot);
    device->runtime->host.log(HY_LOG_TRACE, "%s: buffer of %llu bytes wrapped", device->info.id,
                              static_cast<unsigned long long>(bytes));
    return hy_status{HY_OK};
  });
}

hy_status hy_buffer_release(hy_buffer* buffer, hy_error* error) {
  if (buffer == nullptr) return HY_OK;
  std::uint64_t seen = buffer->generation.load(std::memory_order_acquire);
  if ((seen & 1) == 0) return fail(error, HY_INVALID_ARGUMENT, "the buffer was released before");
  if (core::forked(buffer->device->runtime)) return core::fail_forked(error);
  return stop_exceptions(error, [&] {
    hy_device* device = buffer->device;
    auto entry = std::make_unique<RetireList::Entry>(RetireList::Entry{buffer->memory, uses_of(buffer)});
    if (!buffer->generation.compare_exchange_strong(seen, seen + 1, std::memory_order_acq_rel)) {
      return fail(error, HY_INVALID_ARGUMENT, "the buffer was released by another thread at the same time");
    }
    for (MoreUsers* more = buffer->more_users.load(std::memory_order_acquire); more != nullptr;) {
      delete std::exchange(more, more->next);
    }
    device->runtime->host.log(HY_LOG_TRACE, "%s: buffer of %llu bytes released", device->info.id,
                              static_cast<unsigned long long>(buffer->bytes));
    give_slot(buffer);
    device->retired->add(device, std::move(entry));
    hy_device_release(device);
    return hy_status{HY_OK};
  });
}

hy_status hy_buffer_view(hy_buffer* buffer, hy_view* out, hy_error* error) {
  if (hy_status status = check_buffer(buffer, out, error); status != HY_OK) return status;
  *out = hy_view{buffer, buffer->generation.load(std::memory_order_relaxed), 0, buffer->bytes};
  return HY_OK;
}

hy_status hy_buffer_get_native(hy_buffer* buffer, hy_native* out, hy_error* error) {
  if (hy_status status = check_buffer(buffer, out, error); status != HY_OK) return status;
  hy_device* device = buffer->device;
  if (device->table->memory_native == nullptr || buffer->bytes == 0) {
    return fail(error, HY_UNSUPPORTED, "%s has no native handle for this buffer", device->info.backend);
  }
  return device->table->memory_native(device->handle.load(), &buffer->memory, out, error);
}

hy_status hy_buffer_host_pointer(hy_buffer* buffer, void** out, hy_error* error) {
  if (hy_status status = check_buffer(buffer, out, error); status != HY_OK) return status;
  if (buffer->bytes != 0 && buffer->memory.host == nullptr) {
    return fail(error, HY_UNSUPPORTED, "the host does not reach this buffer; allocate it as pinned or shared, or copy");
  }
  *out = buffer->memory.host;
  return HY_OK;
}

hy_status hy_buffer_get_device(hy_buffer* buffer, hy_device** out, hy_error* error) {
  if (hy_status status = check_buffer(buffer, out, error); status != HY_OK) return status;
  *out = buffer->device;
  hy_device_retain(*out);
  return HY_OK;
}

}  // extern "C"
