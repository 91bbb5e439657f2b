// Whether the bytes of an image are what its format says, as far as their beginning tells: a driver should not be the
// first to look at a file that somebody named by mistake.
#pragma once

#include <string_view>

#include "halyard/types.h"

namespace halyard::kernels {

// HY_CORRUPT_ARTIFACT with a sentence that begins with `what` and says what was expected. PTX must end in a zero byte,
// so that it can be given to a driver in place. What only its own driver can tell (an OpenCL binary) passes.
hy_status check_image(hy_image_format format, std::string_view bytes, const char* what, hy_error* error) noexcept;

}  // namespace halyard::kernels
