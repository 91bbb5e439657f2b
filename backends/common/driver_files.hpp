// Which files a driver consists of, so that the library knows again one that it has seen work. Opens nothing.
#pragma once

#include <string>
#include <vector>

#include "halyard/backend.h"

namespace halyard::common {

class DriverFiles {
 public:
  explicit DriverFiles(const hy_host& host) : host_(host) {}

  // Once each.
  void add(const std::string& path);
  // The file that opening `name` would try first, if there is one.
  void add_library(const char* name, const char* const* folders = nullptr, uint32_t folder_count = 0);

  // One a line. HY_INVALID_ARGUMENT when `capacity` is too small.
  hy_status write(char* out, uint64_t capacity, hy_error* error) const;

 private:
  const hy_host& host_;
  std::vector<std::string> files_;
};

}  // namespace halyard::common
