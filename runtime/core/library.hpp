// Opens vendors' libraries and reads files of the system, as a backend asks for them.
#pragma once

#include "halyard/backend.h"
#include "runtime/core/config.hpp"

namespace halyard::core {

// See hy_host::library_open. What was opened is never closed: drivers do not survive it. `passed_over`, if given, gets
// what is wrong with files that came before the one that was opened.
hy_status open_library(const Config& config, const hy_library_request& request, void** handle, char* path,
                       std::uint64_t path_capacity, char* report, std::uint64_t report_capacity, hy_error* error,
                       std::string* passed_over = nullptr);

// See hy_host::library_find.
hy_status find_library(const Config& config, const hy_library_request& request, char* path, std::uint64_t capacity,
                       hy_error* error);

// See hy_host::file_read.
hy_status read_system_file(const Config& config, const char* path, char* data, std::uint64_t* bytes, hy_error* error);

}  // namespace halyard::core
