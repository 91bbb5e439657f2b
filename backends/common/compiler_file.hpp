// Finds the file of a vendor's run-time compiler, which is named after its version and may be there several times.
#pragma once

#include <string>
#include <vector>

#include "halyard/backend.h"

namespace halyard::common {

// The first of `names`, in their order, that is in HALYARD_LIBRARY_PATH; else in `folders`, in `wheels` (relative to
// where Python keeps packages), or where the system finds it, name by name: so a folder that comes first does not hide
// the more suitable version in the next. "" where there is none. Opens nothing.
std::string find_compiler_file(const hy_host& host, const std::vector<std::string>& names,
                               const std::vector<const char*>& folders, const std::vector<const char*>& wheels);

// Of these only what is in HALYARD_LIBRARY_PATH.
std::string find_where_the_user_said(const hy_host& host, const std::vector<std::string>& names);

}  // namespace halyard::common
