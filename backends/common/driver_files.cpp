// See driver_files.hpp.
#include "backends/common/driver_files.hpp"

#include <algorithm>
#include <cstring>

#include "halyard/detail/error.hpp"

namespace halyard::common {

void DriverFiles::add(const std::string& path) {
  if (std::find(files_.begin(), files_.end(), path) == files_.end()) files_.push_back(path);
}

void DriverFiles::add_library(const char* name, const char* const* folders, uint32_t folder_count) {
  hy_library_request request{};
  request.size = sizeof request;
  request.names = &name;
  request.name_count = 1;
  request.folders = folders;
  request.folder_count = folder_count;
  char path[4096];
  if (host_.library_find(host_.self, &request, path, sizeof path, nullptr) == HY_OK) add(path);
}

hy_status DriverFiles::write(char* out, uint64_t capacity, hy_error* error) const {
  uint64_t used = 0;
  for (const std::string& file : files_) {
    if (used + file.size() + 2 > capacity)
      return fail(error, HY_INVALID_ARGUMENT, "the list of driver files needs more room");
    std::memcpy(out + used, file.data(), file.size());
    used += file.size();
    out[used++] = '\n';
  }
  if (capacity > 0) out[used] = '\0';
  return HY_OK;
}

}  // namespace halyard::common
