// hipRTC under the names of backends/common/gpu/compiler.hpp: a code object for the device itself.
#pragma once

#include <string>
#include <vector>

#include "backends/hip/errors.hpp"
#include "backends/hip/found.hpp"

namespace halyard::hip {

class Rtc {
 public:
  using Code = hiprtcResult;
  using Program = hiprtcProgram;
  using Device = Found;
  static constexpr Code kOk = HIPRTC_SUCCESS, kRefused = HIPRTC_ERROR_COMPILATION;

  // Of the HIP library's major version, else the HIP library itself, where that has hipRTC inside, else another.
  static std::string find(const hy_host& host, int hip_version);
  hy_status open(const hy_host& host, const std::string& path, int hip_version, hy_error* error);

  struct Target {
    std::string architecture;  // "gfx90a:sramecc+:xnack-"
    hy_image_format format;
  };
  Target target(const Found& device) const { return {device.info.architecture, HY_IMAGE_HIP_CODE}; }
  std::vector<std::string> options(const Target& target) const {
    return {"--offload-arch=" + target.architecture, "-std=c++17"};
  }

  Code create(Program* out, const char* text, const char* name) const {
    return hiprtc_.hiprtcCreateProgram(out, text, name, 0, nullptr, nullptr);
  }
  void destroy(Program* program) const { hiprtc_.hiprtcDestroyProgram(program); }
  Code compile(Program program, int count, const char* const* options) const {
    return hiprtc_.hiprtcCompileProgram(program, count, const_cast<const char**>(options));
  }
  Code log_bytes(Program program, size_t* out) const { return hiprtc_.hiprtcGetProgramLogSize(program, out); }
  Code log(Program program, char* out) const { return hiprtc_.hiprtcGetProgramLog(program, out); }
  Code image_bytes(Program program, const Target&, size_t* out) const {
    return hiprtc_.hiprtcGetCodeSize(program, out);
  }
  Code image(Program program, const Target&, char* out) const { return hiprtc_.hiprtcGetCode(program, out); }
  hy_status fail(hy_error* error, Code code, const char* action) const { return fail_hiprtc(error, code, action); }

  const Hiprtc& functions() const { return hiprtc_; }

 private:
  Hiprtc hiprtc_{};
};

}  // namespace halyard::hip
