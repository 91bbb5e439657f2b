// How CUDA is started, and devices over the caller's own contexts.
#include "backends/cuda/instance.hpp"

namespace halyard::cuda {

hy_status Vendor::start(const hy_host& host, Api* api, int* count, hy_b_report* report, hy_error* error) {
  if (hy_status status = load_api(host, api, report, error)) return status;
  return start_driver(host, *api, count, report, error);
}

hy_status Instance::wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error) {
  auto context = reinterpret_cast<CUcontext>(static_cast<uintptr_t>(native.handle[0]));
  if (native.kind != HY_NATIVE_CUDA_CONTEXT || context == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "a CUDA device is wrapped from a CUcontext (HY_NATIVE_CUDA_CONTEXT)");
  }
  CUdevice device = 0;
  CUresult code = api().cuCtxPushCurrent(context);
  if (code == CUDA_SUCCESS) {
    code = api().cuCtxGetDevice(&device);
    CUcontext popped = nullptr;
    api().cuCtxPopCurrent(&popped);
  }
  if (code != CUDA_SUCCESS) return fail_cuda(error, code, "cannot wrap the CUcontext");
  for (const Found& found : devices()) {
    if (found.device != device) continue;
    *out = new Device({api(), found, context}, compiler(), peers());
    if (info != nullptr) common::copy_info(found.info, info);
    return HY_OK;
  }
  return fail(error, HY_UNSUPPORTED, "the CUcontext is of a device that was left out when devices were listed");
}

}  // namespace halyard::cuda
