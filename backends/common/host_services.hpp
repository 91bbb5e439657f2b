// What backends ask of their host, in the words in which they need it.
#pragma once

#include <string>
#include <vector>

#include "halyard/backend.h"

namespace halyard::common {

// Whether this process may open a file of the system (/dev/…, a folder of /sys); `error`, if given, tells why not.
bool can_open(const hy_host& host, const char* path, hy_error* error = nullptr);

// The beginning of a small file of the system; "" when it is not there.
std::string read_text(const hy_host& host, const char* path);

// Opens the first of `names` that is in HALYARD_LIBRARY_PATH, in `folders`, or where the system finds it. `path`, and
// `report` if given, as library_open of hy_host fills them.
template <size_t N>
hy_status open_library(const hy_host& host, const std::vector<std::string>& names,
                       const std::vector<std::string>& folders, void** library, char (&path)[N], char* report = nullptr,
                       size_t report_capacity = 0, hy_error* error = nullptr) {
  std::vector<const char*> name_texts, folder_texts;
  for (const std::string& name : names) name_texts.push_back(name.c_str());
  for (const std::string& folder : folders) folder_texts.push_back(folder.c_str());
  hy_library_request request{};
  request.size = sizeof request;
  request.names = name_texts.data();
  request.name_count = static_cast<uint32_t>(name_texts.size());
  request.folders = folder_texts.data();
  request.folder_count = static_cast<uint32_t>(folder_texts.size());
  return host.library_open(host.self, &request, library, path, N, report, report_capacity, error);
}

}  // namespace halyard::common
