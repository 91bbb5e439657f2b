// What an image can be made for, by the names that vendors give: sm_90, compute_75, gfx942:xnack-.
#pragma once

#include <string>
#include <vector>

#include "halyard/halyard.h"

namespace halyardc {

struct Target {
  std::string name;            // as the bundle names it: the device's architecture
  std::string base;            // without features: "gfx942"
  hy_image_format format = 0;  // HY_IMAGE_CUBIN, _PTX, _HIP_CODE
  bool optional = false;       // left out, and said so, where no compiler here makes it
};

// The names that are taken, for messages.
extern const char kTargetForms[];

// Reads a list "sm_90,gfx942:xnack-" behind those in `out`; a name that is there already is not repeated. False, with
// the reason in `problem`, for a name that is none.
bool read_targets(const std::string& list, bool optional, std::vector<Target>* out, std::string* problem);

}  // namespace halyardc
