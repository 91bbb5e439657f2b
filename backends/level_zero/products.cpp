#include "backends/level_zero/products.hpp"

#include <cstdio>

namespace halyard::level_zero {
namespace {

// Numbers and names: Intel's compute runtime, shared/source/dll/devices/{devices,product_config}_base.inl.
struct Range {
  uint32_t first, last;
  const char* word;
};

constexpr Range kDeviceIds[] = {
    {0x4F80, 0x4F88, "dg2"},   {0x5690, 0x5697, "dg2"},   {0x56A0, 0x56AF, "dg2"},   {0x56B0, 0x56C2, "dg2"},
    {0x0BD0, 0x0BDB, "pvc"},   {0x0B69, 0x0B6E, "pvc"},   {0xE202, 0xE223, "bmg"},   {0x6420, 0x6420, "lnl"},
    {0x64A0, 0x64B0, "lnl"},   {0xB080, 0xB0B0, "ptl"},   {0xFD80, 0xFD81, "ptl"},   {0x7D40, 0x7D40, "mtl"},
    {0x7D45, 0x7D45, "mtl"},   {0x7D55, 0x7D55, "mtl"},   {0x7DD5, 0x7DD5, "mtl"},   {0x7D41, 0x7D41, "arl"},
    {0x7D51, 0x7D51, "arl"},   {0x7D67, 0x7D67, "arl"},   {0x7DD1, 0x7DD1, "arl"},   {0x9A40, 0x9A78, "tgllp"},
    {0xFF20, 0xFF20, "tgllp"}, {0x4905, 0x4909, "dg1"},   {0x4C80, 0x4C9A, "rkl"},   {0x4680, 0x4693, "adl-s"},
    {0xA780, 0xA78B, "adl-s"}, {0x46D0, 0x46D4, "adl-n"}, {0x46A0, 0x46C3, "adl-p"}, {0x4626, 0x462A, "adl-p"},
    {0xA720, 0xA721, "adl-p"}, {0xA7A0, 0xA7AD, "adl-p"}, {0x1902, 0x193D, "skl"},
};

// Of IP versions without their revision: architecture and release.
constexpr uint32_t ip(uint32_t architecture, uint32_t release) { return architecture << 8 | release; }
constexpr Range kIpVersions[] = {
    {ip(9, 0), ip(9, 0), "skl"},     {ip(12, 0), ip(12, 0), "tgllp"}, {ip(12, 1), ip(12, 1), "rkl"},
    {ip(12, 2), ip(12, 2), "adl-s"}, {ip(12, 3), ip(12, 3), "adl-p"}, {ip(12, 4), ip(12, 4), "adl-n"},
    {ip(12, 10), ip(12, 10), "dg1"}, {ip(12, 55), ip(12, 57), "dg2"}, {ip(12, 60), ip(12, 61), "pvc"},
    {ip(12, 70), ip(12, 71), "mtl"}, {ip(12, 74), ip(12, 74), "arl"}, {ip(20, 1), ip(20, 2), "bmg"},
    {ip(20, 4), ip(20, 4), "lnl"},   {ip(30, 0), ip(30, 1), "ptl"},
};

template <size_t N>
const char* word_of(const Range (&ranges)[N], uint32_t number) {
  for (const Range& range : ranges) {
    if (range.first <= number && number <= range.last) return range.word;
  }
  return nullptr;
}

}  // namespace

std::string product_word(uint32_t device_id, uint32_t ip_version) {
  // 10 bits of architecture, 8 of release, 8 unused, 6 of revision.
  const char* word = word_of(kIpVersions, ip(ip_version >> 22, ip_version >> 14 & 0xFF));
  if (word == nullptr) word = word_of(kDeviceIds, device_id);
  if (word != nullptr) return word;
  char number[16];
  std::snprintf(number, sizeof number, "0x%04x", device_id);
  return number;
}

}  // namespace halyard::level_zero
