// Finds and opens the OpenCL library: the loader first, then the names under which vendors of edge devices ship a
// driver that is its own loader.
#include "backends/opencl/api.hpp"

#include <dlfcn.h>
#include <stdlib.h>

#include <cstdio>

#include "halyard/detail/error.hpp"

namespace halyard::opencl {
namespace {

// In this order, as the system finds them; whole paths are where vendors install what the system does not search.
constexpr const char* kNames[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "libmali.so.1",  // Arm Mali
    "libmali.so",
    "libGLES_mali.so",
    "libPVROCL.so.1",  // Imagination PowerVR
    "libPVROCL.so",
    "libOpenCL_adreno.so.1",  // Qualcomm Adreno
    "libOpenCL_adreno.so",
    "libVivanteOpenCL.so",  // VeriSilicon Vivante
    "/opt/rocm/lib/libOpenCL.so.1",
    "/usr/local/cuda/lib64/libOpenCL.so.1",
    "/opt/intel/oneapi/compiler/latest/lib/libOpenCL.so.1",
    "/vendor/lib64/libOpenCL.so",
    "/system/vendor/lib64/libOpenCL.so",
};

// A tool that stands between programs and the driver (oclgrind, an interception layer) is preloaded: its functions are
// found by a search of the process, not in any library that is opened by name.
bool is_preloaded() {
  const char* preloaded = ::secure_getenv("LD_PRELOAD");
  return preloaded != nullptr && preloaded[0] != '\0' && ::dlsym(RTLD_DEFAULT, "clGetPlatformIDs") != nullptr;
}

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  hy_library_request request{};
  request.size = sizeof request;
  request.names = kNames;
  request.name_count = sizeof kNames / sizeof kNames[0];
  void* library = nullptr;
  const bool preloaded = is_preloaded();
  std::snprintf(report->library, sizeof report->library, "%s", preloaded ? "LD_PRELOAD" : kNames[0]);
  hy_status status = HY_OK;
  if (!preloaded) {
    status = host.library_open(host.self, &request, &library, report->library, sizeof report->library, report->reason,
                               sizeof report->reason, error);
  }
  if (status != HY_OK) {
    std::snprintf(
        report->cure, sizeof report->cure,
        "install an OpenCL loader (Debian, Ubuntu: ocl-icd-libopencl1) and the device's driver (for any processor: "
        "pocl-opencl-icd)");
    return status;
  }
  const auto find = [&](const char* name) {
    return preloaded ? ::dlsym(RTLD_DEFAULT, name) : host.library_symbol(host.self, library, name);
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
