// Finds and opens NVRTC. Its library is named after its major version, and several may be installed.
#include "backends/cuda/nvrtc.hpp"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/compiler_file.hpp"
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

std::string Rtc::find(const hy_host& host, int driver_version) {
  std::vector<std::string> names;
  for (int major : majors_in_order(driver_version)) {
    for (std::string& name : names_of(major)) names.push_back(std::move(name));
  }
  names.emplace_back("libnvrtc.so");
  return common::find_compiler_file(host, names, {std::begin(kCompilerFolders), std::end(kCompilerFolders)},
                                    {"nvidia/cu*/lib"});
}

hy_status Rtc::open(const hy_host& host, const std::string& path, int driver_version, hy_error* error) {
  const int wanted = driver_version > 0 ? driver_version / 1000 : 13;
  if (path.empty()) {
    return halyard::fail(
        error, HY_UNAVAILABLE,
        "NVIDIA's run-time compiler (libnvrtc.so.%d) was not found: install it (Debian, Ubuntu: cuda-nvrtc of the "
        "CUDA toolkit; Python: the wheel nvidia-cuda-nvrtc), name its folder in HALYARD_LIBRARY_PATH, or use "
        "kernels compiled ahead of time",
        wanted);
  }
  const char* name = path.c_str();
  hy_library_request request{};
  request.size = sizeof request;
  request.names = &name;
  request.name_count = 1;
  void* library = nullptr;
  Nvrtc found;
  hy_status status =
      host.library_open(host.self, &request, &library, found.library, sizeof found.library, nullptr, 0, error);
  if (status != HY_OK) return status;
  const char* missing = nullptr;
  if (!find_functions(host, library, &found, &missing)) {
    return halyard::fail(error, HY_UNAVAILABLE, "%s has no function %s: it is no NVRTC of CUDA 11 or newer",
                         path.c_str(), missing);
  }
  const nvrtcResult code = found.nvrtcVersion(&found.major, &found.minor);
  if (code != NVRTC_SUCCESS) return fail_nvrtc(error, code, "the run-time compiler does not tell its version");
  nvrtc_ = found;
  return HY_OK;
}

// The newest that the compiler knows and the device runs. Compilers before 11.2 do not say what they know, nor make
// cubins.
Rtc::Target Rtc::target(const Found& device) const {
  const int own = device.major * 10 + device.minor;
  int count = 0;
  std::vector<int> known;
  if (nvrtc_.nvrtcGetNumSupportedArchs != nullptr && nvrtc_.nvrtcGetSupportedArchs != nullptr &&
      nvrtc_.nvrtcGetNumSupportedArchs(&count) == NVRTC_SUCCESS && count > 0) {
    known.resize(static_cast<size_t>(count));
    if (nvrtc_.nvrtcGetSupportedArchs(known.data()) != NVRTC_SUCCESS) known.clear();
  }
  const bool makes_cubins = nvrtc_.nvrtcGetCUBINSize != nullptr && nvrtc_.nvrtcGetCUBIN != nullptr;
  int best = known.empty() ? std::min(own, 80) : 0;
  for (int one : known) best = one <= own ? std::max(best, one) : best;
  if (best == 0) best = own;  // older than all that it knows: it will say so itself
  const bool cubin = makes_cubins && best == own && !known.empty();
  return {(cubin ? "sm_" : "compute_") + std::to_string(best), cubin ? HY_IMAGE_CUBIN : HY_IMAGE_PTX};
}

}  // namespace halyard::cuda
