// A HIP device: what all such backends have in common, and which images it takes.
#pragma once

#include "backends/common/gpu/compiling_device.hpp"
#include "backends/hip/driver.hpp"
#include "backends/hip/hiprtc.hpp"

namespace halyard::hip {

using Stream = gpu::Stream<Driver>;
using Point = gpu::Point<Driver>;
using Module = gpu::Module<Driver>;
using Kernel = gpu::Kernel<Driver>;
using Bound = gpu::Bound<Driver>;
using Compiler = gpu::Compiler<Rtc>;

class Device : public gpu::CompilingDevice<Driver, Rtc> {
 public:
  using gpu::CompilingDevice<Driver, Rtc>::CompilingDevice;
  uint32_t image_rank(const hy_b_image& image) const;
};

}  // namespace halyard::hip
