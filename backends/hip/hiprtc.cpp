// Finds and opens hipRTC: a library of its own, or, in HIP 5 as some distributions build it, a part of libamdhip64.
#include "backends/hip/hiprtc.hpp"

#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/compiler_file.hpp"
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

}  // namespace

std::string Rtc::find(const hy_host& host, int hip_version) {
  const int own = hip_version / 10000000;
  std::vector<std::string> names;
  if (own > 0) names.push_back("libhiprtc.so." + std::to_string(own));
  // HIP 5 as some distributions build it has hipRTC inside; one of another version would be a worse choice.
  if (own > 0 && own < 6) names.push_back("libamdhip64.so." + std::to_string(own));
  for (int major = kNewestMajor; major >= kOldestMajor; --major) {
    if (major != own) names.push_back("libhiprtc.so." + std::to_string(major));
  }
  names.emplace_back("libhiprtc.so");
  return common::find_compiler_file(host, names, {std::begin(kLibraryFolders), std::end(kLibraryFolders)},
                                    {"_rocm_sdk_core/lib", "torch/lib"});
}

hy_status Rtc::open(const hy_host& host, const std::string& path, int hip_version, hy_error* error) {
  if (path.empty()) {
    return halyard::fail(
        error, HY_UNAVAILABLE,
        "AMD's run-time compiler (libhiprtc.so.%d) was not found: install it (ROCm: hip-runtime-amd and comgr; Debian, "
        "Ubuntu: libhiprtc-builtins), name its folder in HALYARD_LIBRARY_PATH, or use kernels compiled ahead of time",
        hip_version > 0 ? hip_version / 10000000 : 6);
  }
  const char* name = path.c_str();
  hy_library_request request{};
  request.size = sizeof request;
  request.names = &name;
  request.name_count = 1;
  void* library = nullptr;
  Hiprtc found;
  hy_status status =
      host.library_open(host.self, &request, &library, found.library, sizeof found.library, nullptr, 0, error);
  if (status != HY_OK) return status;
  std::string refused;
  if (!find_functions(host, library, &found, &refused))
    return halyard::fail(error, HY_UNAVAILABLE, "%sit is no hipRTC", refused.c_str());
  hiprtc_ = found;
  return HY_OK;
}

}  // namespace halyard::hip
