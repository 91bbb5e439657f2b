// How Level Zero is started, and devices over the caller's own.
#include "backends/level_zero/instance.hpp"

namespace halyard::level_zero {

hy_status Vendor::start(const hy_host& host, Api* api, int* count, hy_b_report* report, hy_error* error) {
  if (is_hopeless(host)) return explain_hopeless(host, report, error);
  if (hy_status status = load_api(host, api, report, error)) return status;
  if (hy_status status = start_driver(host, api, report, error)) return status;
  *count = static_cast<int>(api->listed.size());
  return HY_OK;
}

hy_status Instance::wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error) {
  auto* const context = reinterpret_cast<ze_context_handle_t>(static_cast<uintptr_t>(native.handle[0]));
  auto* const device = reinterpret_cast<ze_device_handle_t>(static_cast<uintptr_t>(native.handle[1]));
  if (native.kind != HY_NATIVE_ZE_CONTEXT || context == nullptr || device == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT,
                "a Level Zero device is wrapped from a context and a device of it (HY_NATIVE_ZE_CONTEXT)");
  }
  for (const Found& found : devices()) {
    if (found.listed.device != device) continue;
    auto wrapped = std::make_shared<Context>(api(), found.listed.platform.handle, context);
    *out = new Device({api(), found, std::move(wrapped)}, compiler(), peers());
    if (info != nullptr) common::copy_info(found.info, info);
    return HY_OK;
  }
  return fail(error, HY_INVALID_ARGUMENT,
              "the device is none of those that are listed: a tile, or a GPU that has none");
}

}  // namespace halyard::level_zero
