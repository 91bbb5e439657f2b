// A CUDA device: what all such backends have in common, and which images it takes and how it compiles.
#pragma once

#include "backends/common/gpu/compiler.hpp"
#include "backends/common/gpu/device.hpp"
#include "backends/cuda/driver.hpp"
#include "backends/cuda/nvrtc.hpp"

namespace halyard::cuda {

using Stream = gpu::Stream<Driver>;
using Point = gpu::Point<Driver>;
using Module = gpu::Module<Driver>;
using Kernel = gpu::Kernel<Driver>;
using Bound = gpu::Bound<Driver>;
using Compiler = gpu::Compiler<Rtc>;

class Device : public gpu::Device<Driver> {
 public:
  Device(Driver&& driver, Compiler& compiler, gpu::PeerLinks<Driver>& peers)
      : gpu::Device<Driver>(std::move(driver), peers), compiler_(compiler) {}

  uint32_t image_rank(const hy_b_image& image) const;
  hy_status compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
    return compiler_.compile(driver().found(), source, out, error);
  }
  static void release(hy_b_compiled* compiled) { common::release_compiled(compiled); }
  hy_status identity(char* out, uint64_t capacity, hy_error* error) const {
    return compiler_.identity(driver().found(), out, capacity, error);
  }

 private:
  Compiler& compiler_;
};

}  // namespace halyard::cuda
