// NVRTC under the names of backends/common/gpu/compiler.hpp: for the device itself where the compiler knows it a cubin,
// else PTX for the newest architecture before it, which the driver compiles.
#pragma once

#include <string>
#include <vector>

#include "backends/cuda/errors.hpp"
#include "backends/cuda/found.hpp"

namespace halyard::cuda {

class Rtc {
 public:
  using Code = nvrtcResult;
  using Program = nvrtcProgram;
  using Device = Found;
  static constexpr Code kOk = NVRTC_SUCCESS, kRefused = NVRTC_ERROR_COMPILATION;

  // Of the driver's major version if there is one, else an older one, else a newer one.
  static std::string find(const hy_host& host, int driver_version);
  hy_status open(const hy_host& host, const std::string& path, int driver_version, hy_error* error);

  struct Target {
    std::string architecture;  // "sm_90" or "compute_90"
    hy_image_format format;
  };
  Target target(const Found& device) const;
  std::vector<std::string> options(const Target& target) const {
    std::vector<std::string> list = {"--gpu-architecture=" + target.architecture, "-std=c++17"};
    // In whole programs constants beside kernels are not visible in PTX, and could not be asked for.
    if (target.format == HY_IMAGE_PTX) list.push_back("--relocatable-device-code=true");
    return list;
  }

  Code create(Program* out, const char* text, const char* name) const {
    return nvrtc_.nvrtcCreateProgram(out, text, name, 0, nullptr, nullptr);
  }
  void destroy(Program* program) const { nvrtc_.nvrtcDestroyProgram(program); }
  Code compile(Program program, int count, const char* const* options) const {
    return nvrtc_.nvrtcCompileProgram(program, count, options);
  }
  Code log_bytes(Program program, size_t* out) const { return nvrtc_.nvrtcGetProgramLogSize(program, out); }
  Code log(Program program, char* out) const { return nvrtc_.nvrtcGetProgramLog(program, out); }
  Code image_bytes(Program program, const Target& target, size_t* out) const {
    return target.format == HY_IMAGE_CUBIN ? nvrtc_.nvrtcGetCUBINSize(program, out)
                                           : nvrtc_.nvrtcGetPTXSize(program, out);
  }
  Code image(Program program, const Target& target, char* out) const {
    return target.format == HY_IMAGE_CUBIN ? nvrtc_.nvrtcGetCUBIN(program, out) : nvrtc_.nvrtcGetPTX(program, out);
  }
  hy_status fail(hy_error* error, Code code, const char* action) const { return fail_nvrtc(error, code, action); }

  const Nvrtc& functions() const { return nvrtc_; }

 private:
  Nvrtc nvrtc_{};
};

}  // namespace halyard::cuda
