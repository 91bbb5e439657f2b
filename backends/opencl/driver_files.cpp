// Which files the driver consists of, so that the library knows again one that it has seen work: the loader, the
// registry entries that loaders read, and the libraries that those name. Opens no library.
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

constexpr const char* kFolders[] = {
#if defined(__x86_64__)
    "/usr/lib/x86_64-linux-gnu",
    "/lib/x86_64-linux-gnu",
#elif defined(__aarch64__)
    "/usr/lib/aarch64-linux-gnu",
    "/lib/aarch64-linux-gnu",
#elif defined(__riscv)
    "/usr/lib/riscv64-linux-gnu",
    "/lib/riscv64-linux-gnu",
#endif
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
    "/vendor/lib64",
    "/system/vendor/lib64",
};

bool is_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

bool is_folder(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

void add(std::vector<std::string>* files, const std::string& path) {
  if (std::find(files->begin(), files->end(), path) == files->end()) files->push_back(path);
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

// As the system's loader would find it: by path, else in LD_LIBRARY_PATH, else in the usual folders.
void add_library(std::vector<std::string>* files, const std::string& name) {
  if (name.empty()) return;
  if (name.find('/') != std::string::npos) {
    if (is_file(name)) add(files, name);
    return;
  }
  std::vector<std::string> folders = split(::secure_getenv("LD_LIBRARY_PATH"));
  folders.insert(folders.end(), std::begin(kFolders), std::end(kFolders));
  for (const std::string& folder : folders) {
    if (!is_file(folder + "/" + name)) continue;
    add(files, folder + "/" + name);
    return;
  }
}

// An .icd file holds the name or path of one library.
void add_icd(std::vector<std::string>* files, const std::string& path) {
  FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return;
  add(files, path);
  char line[1024] = "";
  if (std::fgets(line, sizeof line, file) != nullptr) {
    line[std::strcspn(line, " \t\r\n")] = '\0';
    add_library(files, line);
  }
  std::fclose(file);
}

void add_icd_folder(std::vector<std::string>* files, const std::string& folder) {
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
void add_registry(std::vector<std::string>* files, const char* value) {
  const std::string text = value;
  if (is_folder(text)) return add_icd_folder(files, text);
  if (text.size() > 4 && text.compare(text.size() - 4, 4, ".icd") == 0) {
    return add_icd(files, text.find('/') == std::string::npos ? "/etc/OpenCL/vendors/" + text : text);
  }
  for (const std::string& name : split(value)) add_library(files, name);
}

}  // namespace

hy_status list_driver_files(char* out, uint64_t capacity, hy_error* error) {
  std::vector<std::string> files;
  for (const char* loader : kLoaderNames) add_library(&files, loader);
  const char* chosen = nullptr;
  for (const char* variable : {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH", "OCL_ICD_FILENAMES"}) {
    const char* value = ::secure_getenv(variable);
    if (value == nullptr || value[0] == '\0') continue;
    chosen = value;
    add_registry(&files, value);
  }
  if (chosen == nullptr) add_icd_folder(&files, "/etc/OpenCL/vendors");
  uint64_t used = 0;
  for (const std::string& file : files) {
    if (used + file.size() + 2 > capacity)
      return fail(error, HY_INVALID_ARGUMENT, "the list of driver files needs more room");
    std::memcpy(out + used, file.data(), file.size());
    used += file.size();
    out[used++] = '\n';
  }
  if (capacity > 0) out[used] = '\0';
  return HY_OK;
}

}  // namespace halyard::opencl
