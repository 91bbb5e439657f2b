// The prefixes of Python environments, and the package folders under each.
#include "backends/common/python_folders.hpp"

#include <stdlib.h>

#include <algorithm>
#include <string_view>

namespace halyard::common {
namespace {

void add_prefix(std::string_view prefix, std::vector<std::string>* prefixes) {
  if (prefix.empty() || prefix.front() != '/') return;
  if (std::find(prefixes->begin(), prefixes->end(), prefix) == prefixes->end()) prefixes->emplace_back(prefix);
}

void add_variable(const char* name, std::string_view ending, std::vector<std::string>* prefixes) {
  const char* value = ::secure_getenv(name);
  if (value != nullptr && *value != '\0') add_prefix(std::string(value).append(ending), prefixes);
}

void add_search_path(std::vector<std::string>* prefixes) {
  const char* value = ::secure_getenv("PATH");
  std::string_view path = value == nullptr ? "" : value;
  constexpr std::string_view kBin = "/bin";
  while (!path.empty()) {
    const std::string_view entry = path.substr(0, path.find(':'));
    path.remove_prefix(std::min(path.size(), entry.size() + 1));
    if (entry.size() > kBin.size() && entry.substr(entry.size() - kBin.size()) == kBin) {
      add_prefix(entry.substr(0, entry.size() - kBin.size()), prefixes);
    }
  }
}

}  // namespace

std::vector<std::string> python_folders(const std::vector<const char*>& inside) {
  std::vector<std::string> prefixes;
  add_variable("VIRTUAL_ENV", "", &prefixes);
  add_variable("CONDA_PREFIX", "", &prefixes);
  add_search_path(&prefixes);
  add_variable("HOME", "/.local", &prefixes);
  for (const char* prefix : {"/usr/local", "/usr", "/opt/*"}) add_prefix(prefix, &prefixes);
  std::vector<std::string> folders;
  for (const std::string& prefix : prefixes) {
    for (const char* packages : {"/lib/python3*/site-packages/", "/lib/python3*/dist-packages/"}) {
      for (const char* folder : inside) folders.push_back(prefix + packages + folder);
    }
  }
  return folders;
}

}  // namespace halyard::common
