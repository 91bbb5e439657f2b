// See locate.hpp. Only absolute paths: nothing is looked for in the working directory or in PATH.
#include "runtime/worker/locate.hpp"

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#ifndef HALYARD_WORKER_INSTALL_PATH
#define HALYARD_WORKER_INSTALL_PATH ""
#endif

namespace halyard::worker {
namespace {

constexpr const char* kPlaces[] = {"/", "/../libexec/halyard/", "/../../libexec/halyard/", "/../bin/", "/../../bin/"};

bool can_run(const std::string& path) {
  struct stat seen {};
  return stat(path.c_str(), &seen) == 0 && S_ISREG(seen.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string resolved(const std::string& path) {
  char* text = realpath(path.c_str(), nullptr);
  if (text == nullptr) return "";
  std::string result = text;
  std::free(text);
  return result;
}

// Folder of the shared library or program that this code is in.
std::string own_folder() {
  Dl_info object{};
  const bool known = dladdr(reinterpret_cast<void*>(&locate_worker), &object) != 0 && object.dli_fname != nullptr;
  const std::string path = resolved(known && object.dli_fname[0] == '/' ? object.dli_fname : "/proc/self/exe");
  return path.substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
}

}  // namespace

std::string locate_worker(const std::string& chosen) {
  if (!chosen.empty()) return chosen[0] == '/' && can_run(chosen) ? chosen : "";
  const std::string folder = own_folder();
  for (const char* place : kPlaces) {
    if (folder.empty()) break;
    const std::string path = folder + place + "halyard-worker";
    if (can_run(path)) return resolved(path);
  }
  const std::string installed = HALYARD_WORKER_INSTALL_PATH;
  return !installed.empty() && can_run(installed) ? installed : "";
}

}  // namespace halyard::worker
