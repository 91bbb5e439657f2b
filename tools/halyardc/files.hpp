// Whole files in and out.
#pragma once

#include <string>

namespace halyardc {

// False, with a sentence in `problem`.
bool read_file(const std::string& path, std::string* out, std::string* problem);

// Written aside and renamed, so that a build that is stopped leaves no half of a file.
bool write_file(const std::string& path, const std::string& bytes, std::string* problem);

}  // namespace halyardc
