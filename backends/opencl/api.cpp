// Finds and opens the OpenCL library: the loader first, then the names under which vendors of edge devices ship a driver
// that is its own loader.
#include "backends/opencl/api.hpp"

#include <cstdio>

#include "halyard/detail/error.hpp"

namespace halyard::opencl {
namespace {

constexpr const char* kNames[] = {
    "libOpenCL.so.1", "libOpenCL.so",
    "libmali.so.1",   "libmali.so",           // Arm Mali
    "libGLES_mali.so",                        // Arm Mali on Android-derived systems
    "libPVROCL.so.1", "libPVROCL.so",         // Imagination PowerVR
    "libOpenCL_adreno.so.1", "libOpenCL_adreno.so",  // Qualcomm Adreno
    "libVSC_CL.so",   "libVivanteOpenCL.so",  // VeriSilicon Vivante (NXP i.MX)
};

constexpr const char* kFolders[] = {
    "/usr/lib/*-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib", "/vendor/lib64", "/system/vendor/lib64",
    "/opt/intel/oneapi/lib", "/opt/rocm/lib", "/usr/local/cuda/lib64",
};

template <size_t N>
constexpr uint32_t count(const char* const (&)[N]) {
  return static_cast<uint32_t>(N);
}

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  hy_library_request request{};
  request.size = sizeof request;
  request.names = kNames;
  request.name_count = count(kNames);
  request.folders = kFolders;
  request.folder_count = count(kFolders);
  void* library = nullptr;
  std::snprintf(report->library, sizeof report->library, "%s", kNames[0]);
  hy_status status = host.library_open(host.self, &request, &library, report->library, sizeof report->library,
                                       report->reason, sizeof report->reason, error);
  if (status != HY_OK) {
    std::snprintf(report->cure, sizeof report->cure,
                  "install an OpenCL loader (Debian, Ubuntu: ocl-icd-libopencl1) and the device's driver (for any processor: "
                  "pocl-opencl-icd)");
    return status;
  }
  const char* missing = nullptr;
#define HALYARD_OPENCL_LOAD(name)                                                                     \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name)); \
  if (api->name == nullptr && missing == nullptr) missing = #name;
  HALYARD_OPENCL_REQUIRED(HALYARD_OPENCL_LOAD)
#undef HALYARD_OPENCL_LOAD
#define HALYARD_OPENCL_LOAD(name) \
  api->name = reinterpret_cast<decltype(api->name)>(host.library_symbol(host.self, library, #name));
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
