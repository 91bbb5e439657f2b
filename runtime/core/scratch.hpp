// A private folder for files that a compiler or loader needs for a moment.
#pragma once

#include "runtime/core/config.hpp"

namespace halyard::core {

// See hy_host::scratch_folder: `<cache>/scratch` where there is a usable cache, else one in the system's temporary folder.
hy_status scratch_folder(const Config& config, char* path, std::uint64_t capacity, hy_error* error);

}  // namespace halyard::core
