// Whether a library file could be opened by this process, as far as its first bytes tell: the loader answers for one of
// another processor that there is no such file, and a file that is cut off kills the process that touches it.
#pragma once

#include <string>

namespace halyard::core {

// What is wrong with `file`: "is for arm64 …", "is cut off …"; "" where nothing is, or where the loader will say it.
std::string library_problem(const std::string& file);

}  // namespace halyard::core
