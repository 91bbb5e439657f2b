// Intel's offline compiler under the names of backends/common/gpu/compiler.hpp: from OpenCL C to native code of the
// device. It is one call that takes a command line and gives files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/level_zero/abi.hpp"
#include "backends/level_zero/found.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::level_zero {

struct Ocloc {
#define HALYARD_OCLOC_MEMBER(name, result, parameters) result(*name) parameters = nullptr;
  HALYARD_OCLOC_FUNCTIONS(HALYARD_OCLOC_MEMBER)
#undef HALYARD_OCLOC_MEMBER
};

class Rtc {
 public:
  // What oclocInvoke() answers.
  enum Code : int { kOk = 0, kRefused = -11, kNoOutput = INT32_MIN };
  struct Run {
    std::string text, log, image;
  };
  using Program = Run*;
  using Device = Found;

  static std::string find(const hy_host& host, int driver_version);
  hy_status open(const hy_host& host, const std::string& path, int driver_version, hy_error* error);

  struct Target {
    std::string architecture;  // as the device says it, for the image
    hy_image_format format;
    uint32_t device_id;
    hy_capabilities capabilities;
  };
  Target target(const Found& device) const {
    return {device.info.architecture, HY_IMAGE_ZE_NATIVE, device.device_id, device.info.capabilities};
  }
  std::vector<std::string> options(const Target& target) const;

  Code create(Program* out, const char* text, const char* name) const;
  void destroy(Program* program) const { delete *program; }
  Code compile(Program program, int count, const char* const* options) const;
  Code log_bytes(Program program, size_t* out) const { return *out = program->log.size() + 1, kOk; }
  Code log(Program program, char* out) const;
  Code image_bytes(Program program, const Target&, size_t* out) const {
    return *out = program->image.size(), program->image.empty() ? kNoOutput : kOk;
  }
  Code image(Program program, const Target&, char* out) const;
  hy_status fail(hy_error* error, Code code, const char* action) const;

 private:
  Ocloc ocloc_{};
};

}  // namespace halyard::level_zero
