// See spirv.hpp.
#include "backends/common/spirv.hpp"

#include <cstring>
#include <string_view>

namespace halyard::common {
namespace {

constexpr uint32_t kPlain = 50;
constexpr uint32_t kMagic = 0x07230203;

// What a target may ask for beside SPIR-V. halyardc writes these.
constexpr struct {
  std::string_view name;
  hy_capabilities needs;
} kFeatures[] = {{"fp64", HY_CAP_FLOAT64}, {"int64_atomics", HY_CAP_ATOMICS_INT64}, {"subgroups", HY_CAP_SUBGROUPS}};

// How many features there are behind "spirv"; -1 where the device lacks one, or where it is not known here.
int count_features(std::string_view target, hy_capabilities has) noexcept {
  int count = 0;
  for (size_t at = target.find(':'); at != std::string_view::npos;) {
    const size_t end = target.find(':', at + 1);
    const std::string_view word = target.substr(at + 1, end == std::string_view::npos ? end : end - at - 1);
    bool found = false;
    for (const auto& feature : kFeatures) found = found || (word == feature.name && (has & feature.needs) != 0);
    if (!found) return -1;
    ++count;
    at = end;
  }
  return count;
}

// The second word: 0, major, minor, 0, in the byte order that the first one tells.
bool is_newer(const hy_b_image& image, uint32_t major, uint32_t minor) noexcept {
  uint32_t words[2] = {};
  if (image.data == nullptr || image.bytes < sizeof words) return false;
  std::memcpy(words, image.data, sizeof words);
  if (words[0] == __builtin_bswap32(kMagic)) {
    words[1] = __builtin_bswap32(words[1]);
  } else if (words[0] != kMagic) {
    return false;  // what is damaged is taken, and then refused by its checksum or by the driver
  }
  return (words[1] & 0xffff00u) > (major << 16 | minor << 8);
}

}  // namespace

uint32_t spirv_rank(const hy_b_image& image, hy_capabilities has, uint32_t major, uint32_t minor) noexcept {
  const int features = count_features(image.target == nullptr ? "" : image.target, has);
  return features < 0 || is_newer(image, major, minor) ? 0 : kPlain + static_cast<uint32_t>(features);
}

}  // namespace halyard::common
