// The driver as a whole: its functions, its devices, its compiler.
#pragma once

#include "backends/common/gpu/instance.hpp"
#include "backends/cuda/device.hpp"

namespace halyard::cuda {

struct Vendor {
  using Api = cuda::Api;
  using Found = cuda::Found;
  using Driver = cuda::Driver;
  using Device = cuda::Device;
  using Compiler = cuda::Compiler;
  static constexpr const char* kName = Driver::kName;
  static hy_status start(const hy_host& host, Api* api, int* count, hy_b_report* report, hy_error* error);
  static std::string version(const hy_host& host, const Api& api) { return driver_version(host, api); }
  static bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why) {
    return cuda::describe(api, ordinal, compiles, out, why);
  }
};

class Instance : public gpu::Instance<Vendor> {
 public:
  // Over the caller's own CUcontext.
  hy_status wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error);
};

}  // namespace halyard::cuda
