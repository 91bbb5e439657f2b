// A Level Zero device: what all GPUs have in common, its modules, and which images it takes.
#pragma once

#include "backends/common/gpu/compiling_device.hpp"
#include "backends/level_zero/module.hpp"
#include "backends/level_zero/ocloc.hpp"

namespace halyard::level_zero {

using Point = gpu::Point<Driver>;
using Compiler = gpu::Compiler<Rtc>;

class Device : public gpu::CompilingDevice<Driver, Rtc> {
 public:
  using gpu::CompilingDevice<Driver, Rtc>::CompilingDevice;
  uint32_t image_rank(const hy_b_image& image) const;
  hy_status load(const hy_b_image& image, Module** out, hy_error* error);
  // With the device's own number: products of one name take different native code.
  hy_status identity(char* out, uint64_t capacity, hy_error* error) const;
};

}  // namespace halyard::level_zero
