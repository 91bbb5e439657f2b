// Opens libcuda.so.1 and finds each function in the form that abi.hpp declares.
#include "backends/cuda/api.hpp"

#include <cstdio>
#include <iterator>

#include "backends/common/host_services.hpp"
#include "backends/cuda/absence.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::cuda {
namespace {

// Finds functions by cuGetProcAddress with the version of their form, else by the symbol of that form.
class Finder {
 public:
  Finder(const hy_host& host, void* library) : host_(host), library_(library) {
#define HALYARD_CUDA_FIND(name, symbol, version, result, parameters) \
  name = reinterpret_cast<result(*) parameters>(host_.library_symbol(host_.self, library_, #symbol));
    HALYARD_CUDA_FINDERS(HALYARD_CUDA_FIND)
#undef HALYARD_CUDA_FIND
  }

  void* find(const char* name, const char* symbol, int version) const {
    void* function = nullptr;
    if (get_proc_address_v2 != nullptr) {
      CUdriverProcAddressQueryResult found = CU_GET_PROC_ADDRESS_SUCCESS;
      const CUresult code = get_proc_address_v2(name, &function, version, CU_GET_PROC_ADDRESS_DEFAULT, &found);
      if (code == CUDA_SUCCESS && found == CU_GET_PROC_ADDRESS_SUCCESS && function != nullptr) return function;
    } else if (get_proc_address != nullptr) {
      const CUresult code = get_proc_address(name, &function, version, CU_GET_PROC_ADDRESS_DEFAULT);
      if (code == CUDA_SUCCESS && function != nullptr) return function;
    }
    return host_.library_symbol(host_.self, library_, symbol);
  }

 private:
  const hy_host& host_;
  void* library_;
#define HALYARD_CUDA_POINTER(name, symbol, version, result, parameters) result(*name) parameters = nullptr;
  HALYARD_CUDA_FINDERS(HALYARD_CUDA_POINTER)
#undef HALYARD_CUDA_POINTER
};

}  // namespace

hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error) {
  void* library = nullptr;
  std::snprintf(report->library, sizeof report->library, "%s", kDriverName);
  const hy_status status =
      common::open_library(host, {kDriverName}, {std::begin(kDriverFolders), std::end(kDriverFolders)}, &library,
                           report->library, report->reason, sizeof report->reason, error);
  if (status != HY_OK) {
    explain_no_library(host, report);
    return status;
  }
  const Finder finder(host, library);
  const char* missing = nullptr;
#define HALYARD_CUDA_LOAD(name, symbol, version, result, parameters)                       \
  api->name = reinterpret_cast<decltype(api->name)>(finder.find(#name, #symbol, version)); \
  if (api->name == nullptr && missing == nullptr) missing = #symbol;
  HALYARD_CUDA_REQUIRED(HALYARD_CUDA_LOAD)
#undef HALYARD_CUDA_LOAD
#define HALYARD_CUDA_LOAD(name, symbol, version, result, parameters) \
  api->name = reinterpret_cast<decltype(api->name)>(finder.find(#name, #symbol, version));
  HALYARD_CUDA_OPTIONAL(HALYARD_CUDA_LOAD)
#undef HALYARD_CUDA_LOAD
  int version = 0;
  if (api->cuDriverGetVersion != nullptr && api->cuDriverGetVersion(&version) == CUDA_SUCCESS && version > 0) {
    api->version = version;
    std::snprintf(report->version, sizeof report->version, "CUDA %d.%d", version / 1000, version % 1000 / 10);
  }
  const bool old = api->version > 0 && api->version < kOldestVersion;
  if (missing == nullptr && !old) return HY_OK;
  if (missing == nullptr) {
    std::snprintf(report->reason, sizeof report->reason, "%.200s is of %s, and 11.4 is needed", report->library,
                  report->version);
  } else if (api->version > 0) {
    std::snprintf(report->reason, sizeof report->reason, "%.200s has no function %s: it is of %s, and 11.4 is needed",
                  report->library, missing, report->version);
  } else {
    std::snprintf(report->reason, sizeof report->reason, "%.200s has no function %s: it is no CUDA driver from 11.4 on",
                  report->library, missing);
  }
  std::snprintf(report->cure, sizeof report->cure, "update NVIDIA's driver: version 470 or later");
  return fail(error, HY_UNAVAILABLE, "%s", report->reason);
}

hy_status start_driver(const hy_host& host, const Api& api, int* device_count, hy_b_report* report, hy_error* error) {
  *device_count = 0;
  CUresult code = api.cuInit(0);
  const char* call = "cuInit";
  if (code == CUDA_SUCCESS) {
    code = api.cuDeviceGetCount(device_count);
    call = "cuDeviceGetCount";
    if (code == CUDA_SUCCESS && *device_count > 0) return HY_OK;
    if (code == CUDA_SUCCESS) code = CUDA_ERROR_NO_DEVICE;
  }
  *device_count = 0;
  return explain_no_device(host, code, call, report, error);
}

}  // namespace halyard::cuda
