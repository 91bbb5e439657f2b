// Level Zero as a whole: its functions, its devices, its compiler.
#pragma once

#include "backends/common/gpu/instance.hpp"
#include "backends/level_zero/absence.hpp"
#include "backends/level_zero/device.hpp"

namespace halyard::level_zero {

struct Vendor {
  using Api = level_zero::Api;
  using Found = level_zero::Found;
  using Driver = level_zero::Driver;
  using Device = level_zero::Device;
  using Compiler = level_zero::Compiler;
  static constexpr const char* kName = Driver::kName;
  static hy_status start(const hy_host& host, Api* api, int* count, hy_b_report* report, hy_error* error);
  static std::string version(const hy_host&, const Api& api) { return driver_version(api); }
  static bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why) {
    return level_zero::describe(api, api.listed[static_cast<size_t>(ordinal)], compiles, out, why);
  }
};

class Instance : public gpu::Instance<Vendor> {
 public:
  // Over the caller's own context and device.
  hy_status wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error);
};

}  // namespace halyard::level_zero
