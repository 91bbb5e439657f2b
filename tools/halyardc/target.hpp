// What an image can be made for, by the names that vendors give: sm_90, compute_75, gfx942:xnack-, dg2; and spirv:fp64.
#pragma once

#include <string>
#include <vector>

#include "halyard/halyard.h"

namespace halyardc {

struct Target {
  std::string name;            // as the bundle names it: the device's architecture
  std::string base;            // without features: "gfx942"
  hy_image_format format = 0;  // HY_IMAGE_CUBIN, _PTX, _HIP_CODE, _SPIRV, _ZE_NATIVE
  bool optional = false;       // left out, and said so, where no compiler here makes it
};

// The names that are taken, for messages.
extern const char kTargetForms[];

// Reads a list "sm_90,gfx942:xnack-" behind those in `out`; a name that is there already is not repeated. False, with
// the reason in `problem`, for a name that is none.
bool read_targets(const std::string& list, bool optional, std::vector<Target>* out, std::string* problem);

// Whether SPIR-V is made for devices that have a feature, "fp64"; and the name of the target that adds it.
bool has_feature(const Target& target, const std::string& feature);
std::string with_feature(const Target& target, const std::string& feature);

// Whether a device may call itself so: ocloc's word for the product, "dg2", else its PCI number, "0x56a0". A newer
// ocloc knows more of them than an older one.
bool is_intel_product(const std::string& name);

}  // namespace halyardc
