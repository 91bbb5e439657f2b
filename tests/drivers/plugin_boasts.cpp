// A plugin whose device declares everything, and whose table has none of the functions for it. Whoever believes it
// calls NULL.
#include "tests/drivers/template_table.hpp"

HALYARD_PLUGIN_EXPORT const hy_backend* halyard_backend_query(uint32_t newest_abi, const hy_host* host) {
  static hy_backend table;
  static const hy_backend* full;
  full = halyard_template_query(newest_abi, host);
  if (full == nullptr) return nullptr;
  table = *full;
  table.name = "boasts";
  table.device_info = [](hy_b_instance* instance, uint32_t index, hy_device_info* out, hy_error* error) -> hy_status {
    const hy_status status = full->device_info(instance, index, out, error);
    out->capabilities = ~0ull;
    return status;
  };
  return &table;
}
