// The driver as a whole: its functions and the devices of all its platforms.
#pragma once

#include <vector>

#include "backends/opencl/found.hpp"

namespace halyard::opencl {

class Device;

class Instance {
 public:
  static hy_status create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error);

  uint32_t device_count() const { return static_cast<uint32_t>(devices_.size()); }
  hy_status device_info(uint32_t index, hy_device_info* out, hy_error* error) const;
  hy_status open(uint32_t index, Device** out, hy_error* error);

  // Over the caller's own cl_device_id and cl_context.
  hy_status wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error);

  const Api& cl() const { return cl_; }
  const hy_host& host() const { return host_; }

 private:
  explicit Instance(const hy_host& host) : host_(host) {}
  hy_status find_devices(hy_b_report* report, hy_error* error);
  void add_platform(cl_platform_id platform, hy_b_report* report);

  const hy_host& host_;
  Api cl_{};
  std::vector<Found> devices_;
};

// Files of the driver, one a line (see hy_backend::driver_files).
hy_status list_driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error);

}  // namespace halyard::opencl
