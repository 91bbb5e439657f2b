// SPIR-V images: which of them a device takes, by the target's name ("spirv:fp64:subgroups") and by the version in the
// image itself.
#pragma once

#include <cstdint>

#include "halyard/backend.h"

namespace halyard::common {

// As image_rank() answers: 0 where the device, which takes SPIR-V up to `major`.`minor`, lacks a feature of the target
// or the version; else from 50 on, more for every feature that the image uses. (Of images without a name of ours, such
// as other compilers' "", it is the caller of halyardc who vouches for the features.)
uint32_t spirv_rank(const hy_b_image& image, hy_capabilities has, uint32_t major, uint32_t minor) noexcept;

}  // namespace halyard::common
