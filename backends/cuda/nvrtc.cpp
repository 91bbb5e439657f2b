// Finds and opens NVRTC. Its library is named after its major version, and several may be installed.
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/python_folders.hpp"
#include "backends/cuda/api.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::cuda {
namespace {

constexpr int kOldestMajor = 11;
constexpr int kNewestMajor =
    19;  // 13 is the newest at the time of writing; trying the name of one that is not there is cheap

// A newer compiler's code may be too new for the driver, so that is tried last.
std::vector<int> majors_in_order(int driver_version) {
  const int own = driver_version > 0 ? std::clamp(driver_version / 1000, kOldestMajor, kNewestMajor) : kNewestMajor;
  std::vector<int> majors;
  for (int major = own; major >= kOldestMajor; --major) majors.push_back(major);
  for (int major = own + 1; major <= kNewestMajor; ++major) majors.push_back(major);
  return majors;
}

// CUDA 11's library kept the name of 11.2 to the end.
std::vector<std::string> names_of(int major) {
  const std::string base = "libnvrtc.so.";
  if (major == 11) return {base + "11.2", base + "11.1", base + "11.0"};
  return {base + std::to_string(major)};
}

bool find_functions(const hy_host& host, void* library, Nvrtc* nvrtc, const char** missing) {
  *missing = nullptr;
#define HALYARD_NVRTC_LOAD(name, result, parameters)                                                     \
  nvrtc->name = reinterpret_cast<decltype(nvrtc->name)>(host.library_symbol(host.self, library, #name)); \
  if (nvrtc->name == nullptr && *missing == nullptr) *missing = #name;
  HALYARD_NVRTC_REQUIRED(HALYARD_NVRTC_LOAD)
#undef HALYARD_NVRTC_LOAD
#define HALYARD_NVRTC_LOAD(name, result, parameters) \
  nvrtc->name = reinterpret_cast<decltype(nvrtc->name)>(host.library_symbol(host.self, library, #name));
  HALYARD_NVRTC_OPTIONAL(HALYARD_NVRTC_LOAD)
#undef HALYARD_NVRTC_LOAD
  return *missing == nullptr;
}

}  // namespace

hy_status load_nvrtc(const hy_host& host, int driver_version, Nvrtc* nvrtc, hy_error* error) {
  const std::vector<std::string> wheels = common::python_folders({"nvidia/cu1*/lib", "nvidia/cuda_nvrtc/lib"});
  std::vector<const char*> folders(std::begin(kCompilerFolders), std::end(kCompilerFolders));
  for (const std::string& folder : wheels) folders.push_back(folder.c_str());
  std::vector<std::vector<std::string>> tries;
  for (int major : majors_in_order(driver_version)) tries.push_back(names_of(major));
  tries.push_back({"libnvrtc.so"});
  std::string refused;
  for (const std::vector<std::string>& texts : tries) {
    std::vector<const char*> names;
    for (const std::string& text : texts) names.push_back(text.c_str());
    hy_library_request request{};
    request.size = sizeof request;
    request.names = names.data();
    request.name_count = static_cast<uint32_t>(names.size());
    request.folders = folders.data();
    request.folder_count = static_cast<uint32_t>(folders.size());
    void* library = nullptr;
    Nvrtc found;
    if (host.library_open(host.self, &request, &library, found.library, sizeof found.library, nullptr, 0, nullptr) !=
        HY_OK) {
      continue;
    }
    const char* missing = nullptr;
    if (!find_functions(host, library, &found, &missing)) {
      refused = std::string(found.library) + " has no function " + missing + "; ";
      continue;
    }
    if (found.nvrtcVersion(&found.major, &found.minor) != NVRTC_SUCCESS) {
      refused = std::string(found.library) + " does not tell its version; ";
      continue;
    }
    *nvrtc = found;
    return HY_OK;
  }
  return fail(
      error, HY_UNAVAILABLE,
      "%sNVIDIA's run-time compiler (libnvrtc.so.%d) was not found: install it (Debian, Ubuntu: cuda-nvrtc of the "
      "CUDA toolkit; Python: the wheel nvidia-cuda-nvrtc), name its folder in HALYARD_LIBRARY_PATH, or use kernels "
      "compiled ahead of time",
      refused.c_str(), driver_version > 0 ? driver_version / 1000 : 13);
}

}  // namespace halyard::cuda
