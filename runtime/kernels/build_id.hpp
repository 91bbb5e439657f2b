// What tells this build of the library from another: part of every cache key.
#pragma once

#include <string>

namespace halyard::kernels {

// The version and, where the linker wrote one, the build id of the program or library that holds this code.
std::string build_id();

}  // namespace halyard::kernels
