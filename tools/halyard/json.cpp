// The documents' common parts.
#include "tools/halyard/json.hpp"

#include <iterator>

namespace halyard::command {

const Capability kCapabilities[] = {
    {HY_CAP_KERNELS, "kernels"},
    {HY_CAP_RUNTIME_COMPILE, "runtime_compile"},
    {HY_CAP_FLOAT64, "float64"},
    {HY_CAP_FLOAT16, "float16"},
    {HY_CAP_BFLOAT16, "bfloat16"},
    {HY_CAP_ATOMICS_INT64, "atomics_int64"},
    {HY_CAP_ATOMICS_FLOAT, "atomics_float"},
    {HY_CAP_SUBGROUPS, "subgroups"},
    {HY_CAP_BARRIERS, "barriers"},
    {HY_CAP_LOCAL_MEMORY, "local_memory"},
    {HY_CAP_SHARED_MEMORY, "shared_memory"},
    {HY_CAP_PINNED_MEMORY, "pinned_memory"},
    {HY_CAP_HOST_UNIFIED, "host_unified"},
    {HY_CAP_HOST_FUNCTIONS, "host_functions"},
    {HY_CAP_TIMED_POINTS, "timed_points"},
    {HY_CAP_NATIVE_OUT, "native_out"},
    {HY_CAP_NATIVE_IN, "native_in"},
    {HY_CAP_PRINTF, "printf"},
    {HY_CAP_CONCURRENT_STREAMS, "concurrent_streams"},
    {HY_CAP_SPIRV, "spirv"},
};
const std::size_t kCapabilityCount = std::size(kCapabilities);

Json document(std::string_view name) {
  Json json;
  json["schema"] = "halyard." + std::string(name) + "/1";
  return json;
}

std::string serialised(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json text_or_null(std::string_view text) { return text.empty() ? Json(nullptr) : Json(std::string(text)); }
Json number_or_null(std::uint64_t number) { return number == 0 ? Json(nullptr) : Json(number); }

const char* device_kind_name(hy_device_kind kind) {
  switch (kind) {
    case HY_DEVICE_CPU:
      return "cpu";
    case HY_DEVICE_GPU:
      return "gpu";
    case HY_DEVICE_INTEGRATED_GPU:
      return "integrated_gpu";
    case HY_DEVICE_ACCELERATOR:
      return "accelerator";
    case HY_DEVICE_SIMULATED:
      return "simulated";
    default:
      return "unknown";
  }
}

std::string selector_of(const Device& device) {
  return std::string(device.backend()) + ":" + std::to_string(device.index());
}

}  // namespace halyard::command
