// Finds and opens the OpenCL library: a preloaded tool's, the loader, or a driver that is its own loader.
#include "backends/opencl/api.hpp"

#include <dlfcn.h>
#include <stdlib.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "halyard/detail/error.hpp"

namespace halyard::opencl {
namespace {

// Whether LD_PRELOAD names this file. What it names without a folder was searched by the system's loader, and one with
// "$" (as in $LIB) was expanded by it: of those the last part must be the same.
bool names_file(const std::string& preloaded, const std::string& file) {
  const auto last_part = [](const std::string& path) { return path.substr(path.rfind('/') + 1); };
  for (size_t begin = 0; begin < preloaded.size();) {
    const size_t end = std::min(preloaded.find_first_of(": ", begin), preloaded.size());
    const std::string entry = preloaded.substr(begin, end - begin);
    const bool searched = entry.find('/') == std::string::npos || entry.find('$') != std::string::npos;
    if (!entry.empty() && (searched ? last_part(entry) == last_part(file) : entry == file)) return true;
    begin = end + 1;
  }
  return false;
}

// A tool that stands between programs and the driver (oclgrind, an interception layer) is preloaded, and is there under
// no name of a loader. NULL without one: OpenCL may be in the process for other reasons.
const char* preloaded_file() {
  const char* preloaded = ::secure_getenv("LD_PRELOAD");
  if (preloaded == nullptr) return nullptr;
  void* function = ::dlsym(RTLD_DEFAULT, "clGetPlatformIDs");
  Dl_info info{};
  if (function == nullptr || ::dladdr(function, &info) == 0 || info.dli_fname == nullptr) return nullptr;
  return names_file(preloaded, info.dli_fname) ? info.dli_fname : nullptr;
}

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  // By its path the preloaded file is found in no folder of HALYARD_LIBRARY_PATH, which so comes first, and before
  // every name that is left to the system.
  const char* preloaded = preloaded_file();
  std::vector<const char*> names(std::begin(kLoaderNames), std::end(kLoaderNames));
  if (preloaded != nullptr) names.insert(names.begin(), preloaded);
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names.data();
  request.name_count = static_cast<uint32_t>(names.size());
  void* library = nullptr;
  std::snprintf(report->library, sizeof report->library, "%s", names[0]);
  const hy_status status = host.library_open(host.self, &request, &library, report->library, sizeof report->library,
                                             report->reason, sizeof report->reason, error);
  if (status != HY_OK) {
    std::snprintf(
        report->cure, sizeof report->cure,
        "install an OpenCL loader (Debian, Ubuntu: ocl-icd-libopencl1) and the device's driver (for any processor: "
        "pocl-opencl-icd)");
    return status;
  }
  // Several files may be preloaded, of which each has some of the functions: then the process's order holds.
  constexpr char kFirst[] = "clGetPlatformIDs";
  const bool search_process =
      preloaded != nullptr && host.library_symbol(host.self, library, kFirst) == ::dlsym(RTLD_DEFAULT, kFirst);
  const auto find = [&](const char* name) {
    return search_process ? ::dlsym(RTLD_DEFAULT, name) : host.library_symbol(host.self, library, name);
  };
  const char* missing = nullptr;
#define HALYARD_OPENCL_LOAD(name)                                 \
  api->name = reinterpret_cast<decltype(api->name)>(find(#name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  HALYARD_OPENCL_REQUIRED(HALYARD_OPENCL_LOAD)
#undef HALYARD_OPENCL_LOAD
#define HALYARD_OPENCL_LOAD(name) api->name = reinterpret_cast<decltype(api->name)>(find(#name));
  HALYARD_OPENCL_OPTIONAL(HALYARD_OPENCL_LOAD)
#undef HALYARD_OPENCL_LOAD
  if (missing != nullptr) {
    std::snprintf(report->reason, sizeof report->reason, "%.200s has no function %s: it is no OpenCL 1.2 library",
                  report->library, missing);
    std::snprintf(report->cure, sizeof report->cure, "update the OpenCL loader (Debian, Ubuntu: ocl-icd-libopencl1)");
    return fail(error, HY_UNAVAILABLE, "%s", report->reason);
  }
  return HY_OK;
}

}  // namespace halyard::opencl
