// The files of tests/conformance/kernels as text, embedded when the suite is built.
#pragma once

#include <span>

#include "tests/conformance/context.hpp"

namespace halyard::conformance {

std::span<const KernelSource> kernel_sources();

}  // namespace halyard::conformance
