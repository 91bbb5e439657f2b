// Devices of one driver that reach each other's memory. The driver maps it for a pair and a direction, in a context
// that may be the application's too, so what was enabled here is taken back when one of the two devices is closed.
#pragma once

#include <mutex>
#include <vector>

#include "backends/common/gpu/driver.hpp"

namespace halyard::gpu {

// Of all devices of an instance, which know one another by their Drivers' addresses.
template <DriverClass Driver>
class PeerLinks {
 public:
  using Code = typename Driver::Code;

  // What kernels and copies of `device` can do with memory of `peer`.
  static Code query(const Driver& device, const Driver& peer, hy_peer_access* out) {
    bool reaches = false;
    const Code code = device.peer_reaches(peer, &reaches);
    *out = reaches ? HY_PEER_KERNELS : HY_PEER_COPIES;
    return code;
  }

  // Kernels of `device` reach memory of `peer` from now on.
  Code enable(const Driver& device, const Driver& peer) {
    std::lock_guard lock(mutex_);
    if (find(device, peer) != nullptr) return Driver::kOk;
    links_.reserve(links_.size() + 1);
    return enable_new(device, peer);
  }

  // Before the first copy between two: both ways, where there is one, so that the bytes need not go through the host.
  // That they can't is no error.
  void prepare_copies(const Driver& one, const Driver& other) {
    std::lock_guard lock(mutex_);
    for (const auto& [device, peer] : {std::pair{&one, &other}, std::pair{&other, &one}}) {
      if (find(*device, *peer) != nullptr) continue;
      links_.reserve(links_.size() + 1);
      bool reaches = false;
      if (device->peer_reaches(*peer, &reaches) == Driver::kOk && reaches &&
          enable_new(*device, *peer) == Driver::kOk) {
        continue;
      }
      links_.push_back({device, peer, false, false});
    }
  }

  // `closed` is about to lose its context.
  void drop(const Driver& closed) {
    std::lock_guard lock(mutex_);
    for (const Link& link : links_) {
      if (link.device != &closed && link.peer != &closed) continue;
      const typename Driver::Current current(*link.device);
      if (link.shares_pool) link.peer->pool_share(*link.device, false);
      if (link.enabled_here) link.device->peer_disable(*link.peer);
    }
    std::erase_if(links_, [&](const Link& link) { return link.device == &closed || link.peer == &closed; });
  }

 private:
  struct Link {
    const Driver* device;
    const Driver* peer;
    bool enabled_here;  // not by the application before
    bool shares_pool;
  };

  const Link* find(const Driver& device, const Driver& peer) const {
    for (const Link& link : links_) {
      if (link.device == &device && link.peer == &peer) return &link;
    }
    return nullptr;
  }

  // With room for it in the list.
  Code enable_new(const Driver& device, const Driver& peer) {
    {
      const typename Driver::Current made(peer);
      if (made.code() != Driver::kOk) return made.code();
    }
    const typename Driver::Current current(device);
    if (current.code() != Driver::kOk) return current.code();
    const Code enabled = device.peer_enable(peer);
    if (enabled != Driver::kOk && enabled != Driver::kPeerAlreadyEnabled) return enabled;
    const Code shared = peer.has_pool() ? peer.pool_share(device, true) : Driver::kOk;
    if (shared != Driver::kOk) {
      if (enabled == Driver::kOk) device.peer_disable(peer);
      return shared;
    }
    links_.push_back({&device, &peer, enabled == Driver::kOk, peer.has_pool()});
    return Driver::kOk;
  }

  std::mutex mutex_;
  std::vector<Link> links_;
};

}  // namespace halyard::gpu
