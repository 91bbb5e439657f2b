// The driver as a whole: its functions, its devices, its compiler.
#pragma once

#include <memory>
#include <vector>

#include "backends/cuda/device.hpp"

namespace halyard::cuda {

class Instance {
 public:
  static hy_status create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error);

  uint32_t device_count() const { return static_cast<uint32_t>(devices_.size()); }
  hy_status device_info(uint32_t index, hy_device_info* out, hy_error* error) const;
  hy_status open(uint32_t index, Device** out, hy_error* error);

  // Over the caller's own CUcontext.
  hy_status wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error);

 private:
  Instance() = default;

  Api api_{};
  std::unique_ptr<Compiler> compiler_;
  std::vector<Found> devices_;
};

}  // namespace halyard::cuda
