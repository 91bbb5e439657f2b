#include "backends/level_zero/device.hpp"

#include <cstdio>
#include <cstring>

#include "backends/common/spirv.hpp"

namespace halyard::level_zero {

// Native code is for one product. SPIR-V is for all that have what it assumes.
uint32_t Device::image_rank(const hy_b_image& image) const {
  const hy_device_info& info = driver().info();
  if (image.target == nullptr) return 0;
  if (image.format == HY_IMAGE_ZE_NATIVE) return std::string(info.architecture) == image.target ? 2000 : 0;
  if (image.format != HY_IMAGE_SPIRV || (info.capabilities & HY_CAP_SPIRV) == 0) return 0;
  const uint32_t newest = driver().found().spirv_version;
  return common::spirv_rank(image, info.capabilities, newest >> 16, newest & 0xFFFFu);
}

hy_status Device::identity(char* out, uint64_t capacity, hy_error* error) const {
  if (hy_status status = gpu::CompilingDevice<Driver, Rtc>::identity(out, capacity, error)) return status;
  const Found& found = driver().found();
  const size_t used = std::strlen(out);
  const int more =
      std::snprintf(out + used, capacity - used, " 0x%04x driver %08x", found.device_id, found.listed.platform.version);
  if (more >= 0 && static_cast<uint64_t>(more) < capacity - used) return HY_OK;
  return fail(error, HY_INVALID_ARGUMENT, "the identity needs %zu bytes", used + static_cast<size_t>(more) + 1);
}

hy_status Device::load(const hy_b_image& image, Module** out, hy_error* error) {
  HALYARD_GPU_ENTER(driver(), error, "cannot load the kernel image");
  std::shared_ptr<Program> program;
  std::string log;
  const ze_result_t code = load_program(driver(), image, &program, &log);
  if (code != ZE_RESULT_SUCCESS) return fail_ze(error, code, "cannot load the kernel image", When::kCall, log.c_str());
  *out = new Module(std::move(program));
  return HY_OK;
}

}  // namespace halyard::level_zero
