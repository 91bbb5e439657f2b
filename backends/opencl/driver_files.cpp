// Which files the driver consists of, so that the library knows again one that it has seen work: the loader, the
// registry entries that loaders read, and the libraries that those name. Opens no library.
#include "backends/common/driver_files.hpp"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "backends/opencl/api.hpp"
#include "backends/opencl/instance.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::opencl {
namespace {

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::vector<std::string> split(const char* list) {
  std::vector<std::string> parts;
  for (std::string rest = list == nullptr ? "" : list; !rest.empty();) {
    const size_t colon = rest.find(':');
    if (colon != 0) parts.push_back(rest.substr(0, colon));
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  return parts;
}

// An .icd file holds the name or path of one library.
void add_icd(common::DriverFiles* files, const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return;
  files->add(path);
  char line[1024] = "";
  if (std::fgets(line, sizeof line, file) != nullptr) {
    line[std::strcspn(line, " \t\r\n")] = '\0';
    files->add_library(line);
  }
  std::fclose(file);
}

void add_icd_folder(common::DriverFiles* files, const std::string& folder) {
  DIR* entries = ::opendir(folder.c_str());
  if (entries == nullptr) return;
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(entries)) {
    const std::string name = entry->d_name;
    if (name.size() > 4 && name.compare(name.size() - 4, 4, ".icd") == 0) names.push_back(folder + "/" + name);
  }
  ::closedir(entries);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) add_icd(files, name);
}

// What OCL_ICD_VENDORS and OPENCL_VENDOR_PATH may hold: a folder, an .icd file or a library.
void add_registry(common::DriverFiles* files, const char* value) {
  const std::string text = value;
  if (is_folder(text)) return add_icd_folder(files, text);
  if (text.size() > 4 && text.compare(text.size() - 4, 4, ".icd") == 0) {
    return add_icd(files, text.find('/') == std::string::npos ? "/etc/OpenCL/vendors/" + text : text);
  }
  for (const std::string& name : split(value)) files->add_library(name.c_str());
}

}  // namespace

hy_status list_driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error) {
  common::DriverFiles files(host);
  for (const char* loader : kLoaderNames) files.add_library(loader);
  const char* chosen = nullptr;
  for (const char* variable : {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES"}) {
    const char* value = ::secure_getenv(variable);
    if (value == nullptr || value[0] == '\0') continue;
    chosen = value;
    add_registry(&files, value);
  }
  if (chosen == nullptr) add_icd_folder(&files, "/etc/OpenCL/vendors");
  return files.write(out, capacity, error);
}

}  // namespace halyard::opencl
