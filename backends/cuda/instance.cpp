// Opens the driver and lists its devices. No context is made here, so listing costs no device memory.
#include "backends/cuda/instance.hpp"

#include <cstdio>
#include <cstring>

namespace halyard::cuda {
hy_status Instance::create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error) {
  std::unique_ptr<Instance> instance(new Instance);
  hy_b_report scratch{};
  if (report == nullptr) report = &scratch;
  if (hy_status status = load_api(host, &instance->api_, report, error)) return status;
  int count = 0;
  if (hy_status status = start_driver(host, instance->api_, &count, report, error)) return status;
  const std::string version = driver_version(host, instance->api_);
  std::snprintf(report->version, sizeof report->version, "%s", version.c_str());
  instance->compiler_ = std::make_unique<Compiler>(host, instance->api_.version);
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    Found found;
    std::string why;
    if (!describe(instance->api_, ordinal, instance->compiler_->found(), &found, &why)) {
      std::snprintf(report->reason, sizeof report->reason, "CUDA device %d is left out: %s", ordinal, why.c_str());
      host.log(host.self, HY_LOG_WARNING, report->reason);
      continue;
    }
    std::snprintf(found.info.driver_version, sizeof found.info.driver_version, "%s", version.c_str());
    instance->devices_.push_back(std::move(found));
  }
  if (instance->devices_.empty()) return fail(error, HY_UNAVAILABLE, "%s", report->reason);
  report->reason[0] = '\0';
  *out = instance.release();
  return HY_OK;
}

hy_status Instance::device_info(uint32_t index, hy_device_info* out, hy_error* error) const {
  if (index >= devices_.size()) return fail(error, HY_INVALID_ARGUMENT, "no CUDA device %u", index);
  gpu::copy_info(devices_[index].info, out);
  return HY_OK;
}

hy_status Instance::open(uint32_t index, Device** out, hy_error* error) {
  if (index >= devices_.size()) return fail(error, HY_INVALID_ARGUMENT, "no CUDA device %u", index);
  *out = new Device(Driver(api_, devices_[index]), *compiler_);
  return HY_OK;
}

hy_status Instance::wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error) {
  auto context = reinterpret_cast<CUcontext>(static_cast<uintptr_t>(native.handle[0]));
  if (native.kind != HY_NATIVE_CUDA_CONTEXT || context == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "a CUDA device is wrapped from a CUcontext (HY_NATIVE_CUDA_CONTEXT)");
  }
  CUdevice device = 0;
  CUresult code = api_.cuCtxPushCurrent(context);
  if (code == CUDA_SUCCESS) {
    code = api_.cuCtxGetDevice(&device);
    CUcontext popped = nullptr;
    api_.cuCtxPopCurrent(&popped);
  }
  if (code != CUDA_SUCCESS) return fail_cuda(error, code, "cannot wrap the CUcontext");
  for (const Found& found : devices_) {
    if (found.device != device) continue;
    *out = new Device(Driver(api_, found, context), *compiler_);
    if (info != nullptr) gpu::copy_info(found.info, info);
    return HY_OK;
  }
  return fail(error, HY_UNSUPPORTED, "the CUcontext is of a device that was left out when devices were listed");
}

}  // namespace halyard::cuda
