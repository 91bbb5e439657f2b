// A device: what it says of itself, and where its streams come from.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "halyard/detail/shared.hpp"
#include "halyard/result.hpp"

namespace halyard {

class Stream;   // stream.hpp
class Runtime;  // runtime.hpp

/** Everything a device says of itself; see hy_device_info for each field. */
using DeviceInfo = hy_device_info;

enum class DeviceKind : hy_device_kind {
  cpu = HY_DEVICE_CPU,
  gpu = HY_DEVICE_GPU,
  integrated_gpu = HY_DEVICE_INTEGRATED_GPU,
  accelerator = HY_DEVICE_ACCELERATOR,
  simulated = HY_DEVICE_SIMULATED
};

/** What a device can do with the memory of another; see hy_peer_access. */
enum class PeerAccess : hy_peer_access {
  none = HY_PEER_NONE,       ///< Copies between them go through the host.
  copies = HY_PEER_COPIES,   ///< Copies go from one to the other in the order of a stream.
  kernels = HY_PEER_KERNELS  ///< Also its kernels reach the other's memory, after Device::enable_peer().
};

struct StreamOptions {
  bool timing = false;  ///< Points of the stream may be timed (Stream::record_timed()).
};

/** Memory of a device, now and in all; 0 where the driver does not say. */
struct DeviceMemory {
  std::uint64_t free_bytes = 0;
  std::uint64_t total_bytes = 0;
};

/**
 * One device, through one backend. A counted handle with a copy of the device's information: copies are cheap, name the
 * same device and may be used from any thread. Keeps alive what it needs, also after the last Runtime is gone.
 *
 *     halyard::Device device = *runtime.device("cpu");
 *     auto stream = device.stream({.timing = true});
 */
class Device {
 public:
  /** Takes over a handle of the C API and asks for its information. Releases the handle where that fails. */
  static Result<Device> adopt(hy_device* handle) noexcept {
    Handle owner(handle);
    DeviceInfo info{};
    info.size = sizeof info;
    hy_error error;
    if (hy_device_get_info(handle, &info, &error) != HY_OK) return Error(error);
    return Device(std::move(owner), info);
  }

  /** A device over the caller's own context, which must outlive it. ErrorCode::unsupported without HY_CAP_NATIVE_IN. */
  static Result<Device> wrap(const Runtime& runtime, const char* backend, const hy_native& native) noexcept;

  [[nodiscard]] const DeviceInfo& info() const noexcept { return info_; }

  /** Stable over restarts. This and the next live as long as the Device object and are zero-terminated. */
  [[nodiscard]] std::string_view id() const noexcept { return info_.id; }
  [[nodiscard]] std::string_view name() const noexcept { return info_.name; }
  [[nodiscard]] std::string_view vendor() const noexcept { return info_.vendor; }
  [[nodiscard]] std::string_view backend() const noexcept { return info_.backend; }

  /** Among the devices of its backend: backend() and index() make the selector "cuda:0". */
  [[nodiscard]] std::uint32_t index() const noexcept { return info_.index; }
  [[nodiscard]] DeviceKind kind() const noexcept { return static_cast<DeviceKind>(info_.kind); }

  /** Whether it has all of these capabilities: `device.has(HY_CAP_FLOAT64 | HY_CAP_KERNELS)`. */
  [[nodiscard]] bool has(hy_capabilities wanted) const noexcept { return (info_.capabilities & wanted) == wanted; }

  /** The same physical device through other backends. */
  [[nodiscard]] Result<std::vector<Device>> alternatives() const noexcept;

  /** What can be allocated now, and in all. */
  [[nodiscard]] Result<DeviceMemory> memory() const noexcept {
    return detail::checked_value<DeviceMemory>([&](DeviceMemory* out, hy_error* error) {
      return hy_device_memory(native_handle(), &out->free_bytes, &out->total_bytes, error);
    });
  }

  /** What kernels and copies of this device can do with buffers of `peer`. Changes nothing. */
  [[nodiscard]] Result<PeerAccess> peer_access(const Device& peer) const noexcept {
    hy_peer_access access = HY_PEER_NONE;
    hy_error error;
    if (hy_device_peer_access(native_handle(), peer.native_handle(), &access, &error) != HY_OK) return Error(error);
    return static_cast<PeerAccess>(access);
  }

  /** From now on launches on this device's streams may be given views of buffers of `peer`; order the two devices'
   *  accesses with points. One direction; calling it again changes nothing. ErrorCode::unsupported where peer_access()
   *  is not `kernels`.
   *
   *      if (*first.peer_access(second) == halyard::PeerAccess::kernels) {
   *        if (auto enabled = first.enable_peer(second); !enabled) return enabled.error();
   *      }
   */
  Result<void> enable_peer(const Device& peer) const noexcept {
    return detail::checked(
        [&](hy_error* error) { return hy_device_enable_peer(native_handle(), peer.native_handle(), error); });
  }

  /** A new in-order stream; include stream.hpp. ErrorCode::out_of_memory, device_lost, unavailable; unsupported for
   * timing without HY_CAP_TIMED_POINTS. */
  [[nodiscard]] Result<Stream> stream(StreamOptions options = {}) const noexcept;

  /** A stream over the caller's own queue, which must outlive it; include stream.hpp. */
  [[nodiscard]] Result<Stream> wrap_stream(const hy_native& native) const noexcept;

  /** The vendor's own handles, valid while the device is. ErrorCode::unsupported without HY_CAP_NATIVE_OUT. */
  [[nodiscard]] Result<hy_native> native() const noexcept {
    return detail::checked_value<hy_native>(
        [&](hy_native* out, hy_error* error) { return hy_device_get_native(native_handle(), out, error); });
  }

  [[nodiscard]] hy_device* native_handle() const noexcept { return handle_.get(); }

 private:
  using Handle = detail::Shared<hy_device, hy_device_retain, hy_device_release>;
  Device(Handle handle, const DeviceInfo& info) noexcept : handle_(std::move(handle)), info_(info) {}

  Handle handle_;
  DeviceInfo info_;
};

namespace detail {

// Fills a vector by index: `one(index)` gives a Result<T>. A host without memory is an Error, not an exception.
template <class T, class One>
Result<std::vector<T>> collect(std::uint32_t count, One&& one) noexcept {
  HALYARD_TRY {
    std::vector<T> all;
    all.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index) {
      Result<T> item = one(index);
      if (!item) return item.error();
      all.push_back(std::move(*item));
    }
    return all;
  }
  HALYARD_CATCH(...) { return Error(ErrorCode::out_of_memory, "the host has no memory left for a list"); }
}

}  // namespace detail

inline Result<std::vector<Device>> Device::alternatives() const noexcept {
  std::uint32_t count = 0;
  hy_error error;
  if (hy_device_alternative_count(native_handle(), &count, &error) != HY_OK) return Error(error);
  return detail::collect<Device>(count, [&](std::uint32_t index) -> Result<Device> {
    hy_device* device = nullptr;
    if (hy_device_alternative_at(native_handle(), index, &device, &error) != HY_OK) return Error(error);
    return Device::adopt(device);
  });
}

}  // namespace halyard
