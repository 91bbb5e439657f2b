// Which images a device takes.
#include "backends/cuda/device.hpp"

#include <cstdio>

namespace halyard::cuda {

// A cubin runs on devices of its own generation that are not older; one for "sm_90a" on that generation's very member.
// PTX is compiled by the driver, for any device that is not older than it was made for.
uint32_t Device::image_rank(const hy_b_image& image) const {
  const bool is_cubin = image.format == HY_IMAGE_CUBIN;
  if (!is_cubin && image.format != HY_IMAGE_PTX) return 0;
  const char* target = image.target == nullptr ? "" : image.target;
  unsigned number = 0;
  char feature[2] = "";
  const int read = std::sscanf(target, is_cubin ? "sm_%u%1s" : "compute_%u%1s", &number, feature);
  if (read < 1 || number < 10 || number > 9999) return 0;
  const int major = static_cast<int>(number / 10), minor = static_cast<int>(number % 10);
  const Found& found = driver().found();
  const int own = found.major * 10 + found.minor;
  if (feature[0] == 'a' && (major != found.major || minor != found.minor)) return 0;  // of one architecture alone
  if (feature[0] == 'f' && (major != found.major || minor > found.minor)) return 0;   // of its family
  if (feature[0] != '\0' && feature[0] != 'a' && feature[0] != 'f') return 0;
  if (is_cubin) {
    if (major != found.major || minor > found.minor) return 0;
    return 2000 + number * 2 + (feature[0] != '\0' ? 1 : 0);
  }
  return static_cast<int>(number) <= own ? 1000 + number / 2 : 0;
}

}  // namespace halyard::cuda
