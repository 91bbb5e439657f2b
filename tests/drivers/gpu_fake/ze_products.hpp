// The devices that the fakes of Level Zero and of ocloc can be.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace gpu_fake {

struct Product {
  const char* word;    // as ocloc takes it
  const char* ending;  // of the files that ocloc makes for it
  uint32_t device_id;
  uint32_t major, minor, revision;                   // of its IP version
  uint32_t slices, subslices, units, threads, simd;  // each within the one before
  bool integrated;
};
inline constexpr Product kProducts[] = {
    {"dg2", "XE_HPG_COREdg2", 0x56a0, 12, 55, 8, 8, 4, 16, 8, 8, false},
    {"pvc", "XE_HPC_COREpvc", 0x0bd5, 12, 60, 7, 8, 8, 8, 8, 16, false},
    {"tgllp", "Gen12LPlp", 0x9a49, 12, 0, 0, 1, 6, 16, 7, 8, true},
    {"skl", "Gen9core", 0x1912, 9, 0, 9, 1, 3, 8, 7, 8, true},
    {"bmg", "XE2_HPG_COREbmg", 0xe20b, 20, 1, 4, 5, 4, 8, 8, 16, false},
    {"lnl", "XE2_HPG_CORElnl", 0x64a0, 20, 4, 4, 2, 4, 8, 8, 16, true},
    {"mtl", "XE_HPG_COREmtl", 0x7d55, 12, 70, 4, 2, 4, 16, 8, 8, true},
};

// By its word, or by its device id as "0x56a0"; null: none.
inline const Product* find_product(const std::string& name) {
  const bool id = name.rfind("0x", 0) == 0;
  for (const Product& product : kProducts) {
    if (id ? std::strtoul(name.c_str(), nullptr, 16) == product.device_id : name == product.word) return &product;
  }
  return nullptr;
}

}  // namespace gpu_fake
