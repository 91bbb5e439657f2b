// A device with its vendor's run-time compiler: all that a backend's own Device needs to be besides its image_rank().
#pragma once

#include <utility>

#include "backends/common/gpu/compiler.hpp"
#include "backends/common/gpu/device.hpp"

namespace halyard::gpu {

template <DriverClass Driver, RtcClass Rtc>
class CompilingDevice : public Device<Driver> {
 public:
  CompilingDevice(Driver&& driver, Compiler<Rtc>& compiler, PeerLinks<Driver>& peers)
      : Device<Driver>(std::move(driver), peers), compiler_(compiler) {}

  hy_status compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error) {
    return compiler_.compile(this->driver().found(), source, out, error);
  }
  static void release(hy_b_compiled* compiled) { common::release_compiled(compiled); }
  hy_status identity(char* out, uint64_t capacity, hy_error* error) const {
    return compiler_.identity(this->driver().found(), out, capacity, error);
  }

 private:
  Compiler<Rtc>& compiler_;
};

}  // namespace halyard::gpu
