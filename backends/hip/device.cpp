// Which images a device takes.
#include "backends/hip/device.hpp"

#include <string>

namespace halyard::hip {
namespace {

// Takes "gfx942" off "gfx942:sramecc+:xnack-", and after it each feature; "" at the end.
std::string next_part(std::string* text) {
  const size_t colon = text->find(':');
  std::string part = text->substr(0, colon);
  *text = colon == std::string::npos ? "" : text->substr(colon + 1);
  return part;
}

bool has_part(std::string text, const std::string& wanted) {
  while (!text.empty()) {
    if (next_part(&text) == wanted) return true;
  }
  return false;
}

}  // namespace

// A code object is for one architecture; each feature that it names (sramecc, xnack) must be set as on the device,
// those that it does not name may be either.
uint32_t Device::image_rank(const hy_b_image& image) const {
  if (image.format != HY_IMAGE_HIP_CODE || image.target == nullptr) return 0;
  std::string target = image.target;
  const std::string own = driver().info().architecture;
  std::string own_rest = own;
  if (next_part(&target) != next_part(&own_rest)) return 0;
  uint32_t features = 0;
  while (!target.empty()) {
    if (!has_part(own_rest, next_part(&target))) return 0;
    ++features;
  }
  return 1000 + features;
}

}  // namespace halyard::hip
