// How HIP is started, and devices over the caller's own.
#include "backends/hip/instance.hpp"

#include "backends/hip/absence.hpp"

namespace halyard::hip {

hy_status Vendor::start(const hy_host& host, Api* api, int* count, hy_b_report* report, hy_error* error) {
  if (is_hopeless(host)) return explain_hopeless(host, report, error);
  if (hy_status status = load_api(host, api, report, error)) return status;
  return start_driver(host, *api, count, report, error);
}

hy_status Instance::wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error) {
  if (native.kind != HY_NATIVE_HIP_CONTEXT) {
    return fail(error, HY_INVALID_ARGUMENT, "a HIP device is wrapped from its number (HY_NATIVE_HIP_CONTEXT)");
  }
  for (const Found& found : devices()) {
    if (static_cast<uint64_t>(found.ordinal) != native.handle[0]) continue;
    *out = new Device({api(), found}, compiler(), peers());
    if (info != nullptr) common::copy_info(found.info, info);
    return HY_OK;
  }
  return fail(error, HY_INVALID_ARGUMENT, "there is no HIP device %llu",
              static_cast<unsigned long long>(native.handle[0]));
}

}  // namespace halyard::hip
