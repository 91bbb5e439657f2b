// Bound kernels, as streams keep them.
#pragma once

#include "runtime/core/objects.hpp"

namespace halyard::core {

void destroy_bound(hy_bound_kernel* bound) noexcept;

}  // namespace halyard::core
