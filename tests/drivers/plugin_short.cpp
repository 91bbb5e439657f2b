// A plugin built against an older minor version: its table ends before the members for kernels. Whoever reads past
// `size` finds addresses that cannot be called.
#include <cstddef>
#include <cstring>

#include "tests/drivers/template_table.hpp"

HALYARD_PLUGIN_EXPORT const hy_backend* halyard_backend_query(uint32_t newest_abi, const hy_host* host) {
  static hy_backend table;
  const hy_backend* full = halyard_template_query(newest_abi, host);
  if (full == nullptr) return nullptr;
  std::memset(&table, 0x5a, sizeof table);
  std::memcpy(&table, full, offsetof(hy_backend, image_rank));
  table.size = offsetof(hy_backend, image_rank);
  table.name = "short";
  return &table;
}
