// A vendor's driver as a whole: its functions, its devices, its compiler. Listing devices makes no context, so it costs
// no device memory. What the vendors differ in is in the backend's Vendor:
//
//   struct Vendor {
//     using Api; using Found; using Driver; using Device; using Compiler;
//     static constexpr const char* kName;                                                     // for sentences: "CUDA"
//     static hy_status start(const hy_host&, Api*, int* count, hy_b_report*, hy_error*);      // opens; says why not
//     static std::string version(const hy_host&, const Api&);
//     static bool describe(const Api&, int ordinal, bool compiles, Found*, std::string* why); // false: of no use
//   };
#pragma once

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backends/common/gpu/peers.hpp"
#include "backends/common/handed_out.hpp"
#include "halyard/backend.h"
#include "halyard/detail/error.hpp"

namespace halyard::gpu {

template <class Vendor>
class Instance {
 public:
  using Api = typename Vendor::Api;
  using Found = typename Vendor::Found;
  using Device = typename Vendor::Device;

  // `Self` is the backend's own Instance, which this is the base of.
  template <class Self>
  static hy_status create(const hy_host& host, Self** out, hy_b_report* report, hy_error* error) {
    auto made = std::make_unique<Self>();
    hy_b_report scratch{};
    const hy_status status = made->start(host, report == nullptr ? &scratch : report, error);
    if (status == HY_OK) *out = made.release();
    return status;
  }

  uint32_t device_count() const { return static_cast<uint32_t>(devices_.size()); }
  hy_status device_info(uint32_t index, hy_device_info* out, hy_error* error) const {
    if (index >= devices_.size()) return no_device(index, error);
    common::copy_info(devices_[index].info, out);
    return HY_OK;
  }
  hy_status open(uint32_t index, Device** out, hy_error* error) {
    if (index >= devices_.size()) return no_device(index, error);
    *out = new Device({api_, devices_[index]}, *compiler_, peers_);
    return HY_OK;
  }

 protected:
  const Api& api() const { return api_; }
  const std::vector<Found>& devices() const { return devices_; }
  typename Vendor::Compiler& compiler() { return *compiler_; }
  PeerLinks<typename Vendor::Driver>& peers() { return peers_; }

 private:
  hy_status start(const hy_host& host, hy_b_report* report, hy_error* error);
  static hy_status no_device(uint32_t index, hy_error* error) {
    return halyard::fail(error, HY_INVALID_ARGUMENT, "no %s device %u", Vendor::kName, index);
  }

  Api api_{};
  std::unique_ptr<typename Vendor::Compiler> compiler_;
  std::vector<Found> devices_;
  PeerLinks<typename Vendor::Driver> peers_;
};

template <class Vendor>
hy_status Instance<Vendor>::start(const hy_host& host, hy_b_report* report, hy_error* error) {
  int count = 0;
  if (hy_status status = Vendor::start(host, &api_, &count, report, error)) return status;
  const std::string version = Vendor::version(host, api_);
  std::snprintf(report->version, sizeof report->version, "%s", version.c_str());
  compiler_ = std::make_unique<typename Vendor::Compiler>(host, api_.version);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    Found found;
    std::string why;
    if (!Vendor::describe(api_, ordinal, compiler_->found(), &found, &why)) {
      std::snprintf(report->reason, sizeof report->reason, "%s device %d is left out: %s", Vendor::kName, ordinal,
                    why.c_str());
      host.log(host.self, HY_LOG_WARNING, report->reason);
      continue;
    }
    // Partitions of a device may all say its UUID: then it names the first alone, and the others are not taken for it.
    for (const Found& before : devices_) {
      if (std::memcmp(before.info.uuid, found.info.uuid, sizeof found.info.uuid) == 0) found.info.has_uuid = 0;
    }
    std::snprintf(found.info.driver_version, sizeof found.info.driver_version, "%s", version.c_str());
    devices_.push_back(std::move(found));
  }
  if (devices_.empty()) return halyard::fail(error, HY_UNAVAILABLE, "%s", report->reason);
  report->reason[0] = '\0';
  return HY_OK;
}

}  // namespace halyard::gpu
