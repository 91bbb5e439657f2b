// Devices of one driver that reach each other's memory. The driver maps it for a pair and a direction, in contexts that
// are often the application's too, and for a device's use of a pool. What was enabled stays until the context ends:
// somebody else may have come to rely on it since, as NCCL and PyTorch do, and is told only that it was enabled
// already.
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
    const Code code = reaches_by_nature(device, peer, &reaches);
    *out = reaches ? HY_PEER_KERNELS : Driver::kCopiesWithoutAccess ? HY_PEER_COPIES : HY_PEER_NONE;
    return code;
  }

  // Kernels of `device` reach memory of `peer` from now on.
  Code enable(const Driver& device, const Driver& peer) {
    std::lock_guard lock(mutex_);
    for (const Link& link : links_) {
      if (link.device == &device && link.peer == &peer) return Driver::kOk;
    }
    links_.reserve(links_.size() + 1);
    const Code code = map(device, peer);
    if (code == Driver::kOk) links_.push_back({&device, &peer});
    return code;
  }

  // Before copies between the two: both ways where there is a way, so that the bytes need not go through the host.
  // That there is none is no error, nor that it can't be had: the driver then finds another way.
  void prepare_copies(const Driver& one, const Driver& other) {
    for (const auto& [device, peer] : {std::pair{&one, &other}, std::pair{&other, &one}}) {
      bool reaches = false;
      if (reaches_by_nature(*device, *peer, &reaches) == Driver::kOk && reaches) enable(*device, *peer);
    }
  }

  // `closed` is about to lose its context.
  void forget(const Driver& closed) noexcept {
    std::lock_guard lock(mutex_);
    std::erase_if(links_, [&](const Link& link) { return link.device == &closed || link.peer == &closed; });
  }

 private:
  struct Link {
    const Driver* device;
    const Driver* peer;
  };

  // Two devices of ours may stand for one context: then there is nothing to map.
  static Code share_context(const Driver& device, const Driver& peer, bool* shared) {
    *shared = false;
    if (!device.is_same_device(peer)) return Driver::kOk;
    for (const Driver* each : {&device, &peer}) {
      const typename Driver::Current made(*each);
      if (made.code() != Driver::kOk) return made.code();
    }
    *shared = device.context_handle() == peer.context_handle();
    return Driver::kOk;
  }

  static Code reaches_by_nature(const Driver& device, const Driver& peer, bool* reaches) {
    *reaches = false;
    const Code code = share_context(device, peer, reaches);
    if (code != Driver::kOk || device.is_same_device(peer)) return code;
    return device.peer_reaches(peer, reaches);
  }

  static Code map(const Driver& device, const Driver& peer) {
    bool shared = false;
    if (const Code code = share_context(device, peer, &shared); code != Driver::kOk || shared) return code;
    {
      const typename Driver::Current made(peer);
      if (made.code() != Driver::kOk) return made.code();
    }
    const typename Driver::Current current(device);
    if (current.code() != Driver::kOk) return current.code();
    const Code enabled = device.peer_enable(peer);
    if (enabled != Driver::kOk && enabled != Driver::kPeerAlreadyEnabled) return enabled;
    if constexpr (PooledDriver<Driver>) {
      if (peer.has_pool()) return peer.share_pool(device);
    }
    return Driver::kOk;
  }

  std::mutex mutex_;
  std::vector<Link> links_;
};

}  // namespace halyard::gpu
