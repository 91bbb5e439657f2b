// NVRTC as the backend uses it: found when the driver is, opened at the first compilation.
#pragma once

#include <mutex>
#include <string>

#include "backends/cuda/found.hpp"

namespace halyard::cuda {

class Compiler {
 public:
  Compiler(const hy_host& host, int driver_version);

  // Whether there is one.
  bool found() const { return !path_.empty(); }

  // For the device itself where the compiler knows it: a cubin; else PTX for the newest architecture before it, which
  // the driver compiles. It may hang or take the process down, so the library prefers to call it in its worker.
  hy_status compile(const Found& device, const hy_b_source& source, hy_b_compiled* out, hy_error* error);

  // Compiler, driver and device, without opening the compiler.
  hy_status identity(const Found& device, char* out, uint64_t capacity, hy_error* error) const;

 private:
  hy_status open(hy_error* error);

  const hy_host& host_;
  const int driver_version_;
  const std::string path_;
  std::mutex mutex_;  // over nvrtc_
  Nvrtc nvrtc_{};
};

}  // namespace halyard::cuda
