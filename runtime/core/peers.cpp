// See peers.hpp.
#include "runtime/core/peers.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/stream.hpp"
#include "runtime/memory/buffer.hpp"

namespace halyard::core {
namespace {

bool may_be_peers(const hy_device* device, const hy_device* peer) noexcept {
  return device->runtime == peer->runtime && device->table == peer->table && device->instance == peer->instance &&
         device->table->peer_query != nullptr;
}

hy_status query(hy_device* device, hy_device* peer, hy_peer_access* out, hy_error* error) noexcept {
  *out = HY_PEER_NONE;
  if (device == peer) {
    *out = HY_PEER_KERNELS;
    return HY_OK;
  }
  if (!may_be_peers(device, peer)) return HY_OK;
  hy_b_device *opened = nullptr, *opened_peer = nullptr;
  if (hy_status status = open_device(device, &opened, error); status != HY_OK) return status;
  if (hy_status status = open_device(peer, &opened_peer, error); status != HY_OK) return status;
  return device->table->peer_query(opened, opened_peer, out, error);
}

constexpr hy_peer_access kNotAsked = ~hy_peer_access{0};

// Only the stream's thread changes the list, so it needs no lock to read it.
Visit* visit_to(hy_stream* stream, const hy_device* device) noexcept {
  for (Visit& visit : stream->visits) {
    if (visit.device == device) return &visit;
  }
  return nullptr;
}

}  // namespace

bool is_enabled_peer(const hy_device* device, const hy_device* owner) noexcept {
  const std::vector<std::uint64_t>* peers = device->peers.load(std::memory_order_acquire);
  return peers != nullptr && std::find(peers->begin(), peers->end(), owner->number) != peers->end();
}

hy_status visit(hy_stream* stream, hy_device* device, hy_error* error) noexcept {
  if (visit_to(stream, device) != nullptr) return HY_OK;
  return stop_exceptions(error, [&] {
    {
      std::lock_guard lock(stream->visits_mutex);
      stream->visits.reserve(stream->visits.size() + 1);
    }
    {
      std::lock_guard lock(device->streams_mutex);
      device->streams.push_back(stream);
    }
    hy_device_retain(device);
    std::lock_guard lock(stream->visits_mutex);
    stream->visits.push_back({device, kNotAsked});
    stream->visiting.store(true, std::memory_order_release);
    return hy_status{HY_OK};
  });
}

void leave(hy_device* device, hy_stream* stream) noexcept {
  std::lock_guard lock(device->streams_mutex);
  std::erase(device->streams, stream);
}

void end_visits(hy_stream* stream) noexcept {
  std::vector<Visit> ended;
  {
    std::lock_guard lock(stream->visits_mutex);
    ended.swap(stream->visits);
    stream->visiting.store(false, std::memory_order_relaxed);
  }
  for (const Visit& visit : ended) {
    leave(visit.device, stream);
    reap(visit.device);
    hy_device_release(visit.device);
  }
}

void reap_visited(hy_stream* stream) noexcept {
  std::lock_guard lock(stream->visits_mutex);
  for (const Visit& visit : stream->visits) reap(visit.device);
}

hy_status copy_between(hy_stream* stream, const hy_view& destination, const hy_view& source, hy_error* error) noexcept {
  hy_device* to = destination.buffer->device;
  hy_device* from = source.buffer->device;
  hy_device* other = to == stream->device ? from : to;
  if (!may_be_peers(stream->device, other)) return fail(error, HY_UNSUPPORTED, "they know nothing of one another");
  for (const hy_view* view : {&destination, &source}) {
    if (hy_status status = memory::note_use(view->buffer, stream, error); status != HY_OK) return status;
  }
  Visit* visit = visit_to(stream, other);
  if (visit->access == kNotAsked) {
    hy_peer_access access = HY_PEER_NONE;
    if (hy_status status = query(stream->device, other, &access, error); status != HY_OK) return status;
    visit->access = access;
  }
  if (visit->access == HY_PEER_NONE) return fail(error, HY_UNSUPPORTED, "there is no path between the devices");
  const hy_status status = stream->table->peer_copy(
      stream->handle, to->handle.load(std::memory_order_acquire), &destination.buffer->memory, destination.offset,
      from->handle.load(std::memory_order_acquire), &source.buffer->memory, source.offset, source.bytes, error);
  if (status == HY_OK) note_submission(stream);
  return status;
}

}  // namespace halyard::core

using namespace halyard;        // NOLINT: the C API below is one with it
using namespace halyard::core;  // NOLINT

namespace {

hy_status check_pair(const hy_device* device, const hy_device* peer, hy_error* error) noexcept {
  if (device == nullptr || peer == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "device and peer must not be NULL");
  }
  return forked(device->runtime) ? fail_forked(error) : HY_OK;
}

}  // namespace

extern "C" {

hy_status hy_device_peer_access(hy_device* device, hy_device* peer, hy_peer_access* out, hy_error* error) {
  if (hy_status status = check_pair(device, peer, error); status != HY_OK) return status;
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  return query(device, peer, out, error);
}

hy_status hy_device_enable_peer(hy_device* device, hy_device* peer, hy_error* error) {
  if (hy_status status = check_pair(device, peer, error); status != HY_OK) return status;
  if (device == peer) return HY_OK;
  hy_peer_access access = HY_PEER_NONE;
  if (hy_status status = query(device, peer, &access, error); status != HY_OK) return status;
  if (access != HY_PEER_KERNELS) {
    return fail(error, HY_UNSUPPORTED,
                "kernels of %s do not reach the memory of %s%s; copy between them, as hy_device_peer_access() says",
                device->info.id, peer->info.id,
                may_be_peers(device, peer) ? "" : ", which is a device of another backend");
  }
  return stop_exceptions(error, [&] {
    std::lock_guard lock(device->peers_mutex);
    if (is_enabled_peer(device, peer)) return hy_status{HY_OK};
    const auto* before = device->peers.load(std::memory_order_relaxed);
    auto list = before == nullptr ? std::make_unique<std::vector<std::uint64_t>>()
                                  : std::make_unique<std::vector<std::uint64_t>>(*before);
    list->push_back(peer->number);
    device->peer_lists.reserve(device->peer_lists.size() + 1);
    const hy_status status = device->table->peer_enable(device->handle.load(std::memory_order_acquire),
                                                        peer->handle.load(std::memory_order_acquire), error);
    if (status != HY_OK) return status;
    device->peer_lists.push_back(std::move(list));
    device->peers.store(device->peer_lists.back().get(), std::memory_order_release);
    return hy_status{HY_OK};
  });
}

}  // extern "C"
