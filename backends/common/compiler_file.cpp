// See compiler_file.hpp.
#include "backends/common/compiler_file.hpp"

#include "backends/common/python_folders.hpp"

namespace halyard::common {
namespace {

std::string find(const hy_host& host, const std::vector<const char*>& names, const std::vector<const char*>& folders) {
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names.data();
  request.name_count = static_cast<uint32_t>(names.size());
  request.folders = folders.data();
  request.folder_count = static_cast<uint32_t>(folders.size());
  char path[4096];
  return host.library_find(host.self, &request, path, sizeof path, nullptr) == HY_OK ? path : "";
}

}  // namespace

// With the slash a name is found in HALYARD_LIBRARY_PATH alone: at the root of the file system there is none.
std::string find_where_the_user_said(const hy_host& host, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::string chosen = "/" + name;
    std::string path = find(host, {chosen.c_str()}, {});
    if (!path.empty()) return path;
  }
  return "";
}

std::string find_compiler_file(const hy_host& host, const std::vector<std::string>& names,
                               const std::vector<const char*>& folders, const std::vector<const char*>& wheels) {
  std::string chosen = find_where_the_user_said(host, names);
  if (!chosen.empty()) return chosen;
  std::vector<const char*> all = folders;
  const std::vector<std::string> python = python_folders(wheels);
  for (const std::string& folder : python) all.push_back(folder.c_str());
  for (const std::string& name : names) {
    std::string path = find(host, {name.c_str()}, all);
    if (!path.empty()) return path;
  }
  return "";
}

}  // namespace halyard::common
