// Finds and opens hipRTC: a library of its own, or, in HIP 5 as some distributions build it, a part of libamdhip64.
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/python_folders.hpp"
#include "backends/hip/api.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::hip {
namespace {

constexpr int kOldestMajor = 5;
constexpr int kNewestMajor = 9;  // 7 is the newest at the time of writing

bool find_functions(const hy_host& host, void* library, Hiprtc* hiprtc, std::string* refused) {
  const char* missing = nullptr;
#define HALYARD_HIPRTC_LOAD(name, result, parameters)                                                      \
  hiprtc->name = reinterpret_cast<decltype(hiprtc->name)>(host.library_symbol(host.self, library, #name)); \
  if (hiprtc->name == nullptr && missing == nullptr) missing = #name;
  HALYARD_HIPRTC_FUNCTIONS(HALYARD_HIPRTC_LOAD)
#undef HALYARD_HIPRTC_LOAD
  if (missing == nullptr && hiprtc->hiprtcVersion(&hiprtc->major, &hiprtc->minor) == HIPRTC_SUCCESS) return true;
  *refused = std::string(hiprtc->library) +
             (missing == nullptr ? " does not tell its version" : " has no function " + std::string(missing)) + "; ";
  return false;
}

bool open(const hy_host& host, const std::vector<const char*>& names, const std::vector<const char*>& folders,
          Hiprtc* hiprtc, std::string* refused) {
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names.data();
  request.name_count = static_cast<uint32_t>(names.size());
  request.folders = folders.data();
  request.folder_count = static_cast<uint32_t>(folders.size());
  void* library = nullptr;
  Hiprtc found;
  if (host.library_open(host.self, &request, &library, found.library, sizeof found.library, nullptr, 0, nullptr) !=
          HY_OK ||
      !find_functions(host, library, &found, refused)) {
    return false;
  }
  *hiprtc = found;
  return true;
}

}  // namespace

hy_status load_hiprtc(const hy_host& host, const Api& api, Hiprtc* hiprtc, hy_error* error) {
  const std::vector<std::string> wheels = common::python_folders({"_rocm_sdk_core/lib", "torch/lib"});
  std::vector<const char*> folders(std::begin(kLibraryFolders), std::end(kLibraryFolders));
  for (const std::string& folder : wheels) folders.push_back(folder.c_str());
  std::string refused;
  const std::string own = "libhiprtc.so." + std::to_string(api.major());
  if (api.version > 0 && open(host, {own.c_str()}, folders, hiprtc, &refused)) return HY_OK;
  if (api.library != nullptr) {
    Hiprtc inside;
    std::snprintf(inside.library, sizeof inside.library, "libamdhip64");
    std::string ignored;
    if (find_functions(host, api.library, &inside, &ignored)) {
      *hiprtc = inside;
      return HY_OK;
    }
  }
  std::vector<std::string> others;
  for (int major = kNewestMajor; major >= kOldestMajor; --major) {
    others.push_back("libhiprtc.so." + std::to_string(major));
  }
  others.emplace_back("libhiprtc.so");
  std::vector<const char*> names;
  for (const std::string& name : others) names.push_back(name.c_str());
  if (open(host, names, folders, hiprtc, &refused)) return HY_OK;
  return fail(
      error, HY_UNAVAILABLE,
      "%sAMD's run-time compiler (%s) was not found: install it (ROCm: hip-runtime-amd and comgr; Debian, Ubuntu: "
      "libhiprtc-builtins), name its folder in HALYARD_LIBRARY_PATH, or use kernels compiled ahead of time",
      refused.c_str(), api.version > 0 ? own.c_str() : "libhiprtc.so");
}

}  // namespace halyard::hip
