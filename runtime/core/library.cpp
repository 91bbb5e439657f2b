// Opens vendors' libraries: HALYARD_LIBRARY_PATH first, then the backend's folders, then as the system finds them.
#include "runtime/core/library.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <glob.h>
#include <link.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "halyard/detail/error.hpp"
#include "runtime/core/elf_check.hpp"
#include "runtime/core/file.hpp"

namespace halyard::core {
namespace {

std::vector<std::string> expand_folder(const char* pattern) {
  if (std::strchr(pattern, '*') == nullptr) return {pattern};
  std::vector<std::string> folders;
  glob_t found{};
  if (glob(pattern, GLOB_ONLYDIR, nullptr, &found) == 0) {
    folders.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
    // Newest version first: "/usr/local/cuda-12.4" before "/usr/local/cuda-9.2".
    std::sort(folders.begin(), folders.end(),
              [](const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) > 0; });
  }
  globfree(&found);
  return folders;
}

// Every file to try, in order; a plain name is left to the system's own search.
std::vector<std::string> candidates(const Config& config, const hy_library_request& request) {
  std::vector<std::string> folders = config.library_path;
  for (std::uint32_t i = 0; i < request.folder_count; ++i) {
    for (std::string& folder : expand_folder(request.folders[i])) folders.push_back(std::move(folder));
  }
  std::vector<std::string> files;
  for (const std::string& folder : folders) {
    for (std::uint32_t i = 0; i < request.name_count; ++i) {
      std::string file = folder + "/" + request.names[i];
      if (access(file.c_str(), F_OK) == 0) files.push_back(std::move(file));
    }
  }
  // Of whole paths only those that exist: what is not there would only make the report longer.
  for (std::uint32_t i = 0; i < request.name_count; ++i) {
    const char* name = request.names[i];
    if (std::strchr(name, '/') == nullptr || access(name, F_OK) == 0) files.emplace_back(name);
  }
  return files;
}

// Where the system's own search looks, as far as it can be told without opening anything.
constexpr const char* kSystemFolders[] = {
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
    "/usr/lib/wsl/lib",  // the driver of a Windows host
    "/vendor/lib64",
    "/system/vendor/lib64",
};

bool is_file(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

// The file that the system would take for a plain name, "" where it finds none.
std::string system_file(const char* name) {
  std::vector<std::string> folders;
  if (const char* path = secure_getenv("LD_LIBRARY_PATH")) folders = split(path, ':');
  folders.insert(folders.end(), std::begin(kSystemFolders), std::end(kSystemFolders));
  for (const std::string& folder : folders) {
    std::string file = folder + "/" + name;
    if (is_file(file)) return file;
  }
  return "";
}

void copy_text(char* out, std::uint64_t capacity, const std::string& text) {
  if (out == nullptr || capacity == 0) return;
  const std::size_t n = text.size() < capacity - 1 ? text.size() : static_cast<std::size_t>(capacity - 1);
  std::memcpy(out, text.data(), n);
  out[n] = '\0';
}

}  // namespace

hy_status open_library(const Config& config, const hy_library_request& request, void** handle, char* path,
                       std::uint64_t path_capacity, char* report, std::uint64_t report_capacity, hy_error* error,
                       std::string* passed_over) {
  std::string tried;
  for (const std::string& file : candidates(config, request)) {
    const bool is_path = file.find('/') != std::string::npos;  // and exists
    std::string problem = is_path ? library_problem(file) : "";
    if (problem.empty() && config.opening) config.opening(is_path ? file : system_file(file.c_str()));
    void* opened = problem.empty() ? dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (opened != nullptr) {
      *handle = opened;
      link_map* map = nullptr;
      const bool known = dlinfo(opened, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr && map->l_name[0] != '\0';
      copy_text(path, path_capacity, known ? map->l_name : file);
      if (known && config.opening) config.opening(map->l_name);
      return HY_OK;
    }
    const char* answer = problem.empty() ? dlerror() : nullptr;
    if (answer != nullptr) {
      problem = answer;
    } else {
      problem = file + (problem.empty() ? ": unknown reason" : " " + problem);
    }
    tried += (tried.empty() ? "" : "; ") + problem;
    if (is_path && passed_over != nullptr) *passed_over += (passed_over->empty() ? "" : "; ") + problem;
  }
  if (tried.empty()) tried = std::string("there is no ") + (request.name_count > 0 ? request.names[0] : "such library");
  copy_text(report, report_capacity, tried);
  copy_text(path, path_capacity, request.name_count > 0 ? request.names[0] : "");
  return fail(error, HY_UNAVAILABLE, "%s", tried.c_str());
}

hy_status find_library(const Config& config, const hy_library_request& request, char* path, std::uint64_t capacity,
                       hy_error* error) {
  for (const std::string& candidate : candidates(config, request)) {
    const bool is_path = candidate.find('/') != std::string::npos;
    const std::string file = is_path ? (is_file(candidate) ? candidate : "") : system_file(candidate.c_str());
    if (file.empty()) continue;
    copy_text(path, capacity, file);
    return HY_OK;
  }
  return fail(error, HY_UNAVAILABLE, "there is no %s", request.name_count > 0 ? request.names[0] : "such library");
}

hy_status read_system_file(const Config& config, const char* path, char* data, std::uint64_t* bytes, hy_error* error) {
  const std::string file = config.sysroot + path;
  const Fd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.open()) return fail(error, HY_UNAVAILABLE, "%s: %s", file.c_str(), std::strerror(errno));
  const std::uint64_t capacity = *bytes;
  std::uint64_t size = 0;
  while (size < capacity) {
    const ssize_t n = read(fd.get(), data + size, capacity - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(error, HY_UNAVAILABLE, "%s: %s", file.c_str(), std::strerror(errno));
    if (n == 0) break;
    size += static_cast<std::uint64_t>(n);
  }
  if (size < capacity) data[size] = '\0';
  *bytes = size;
  return HY_OK;
}

}  // namespace halyard::core
