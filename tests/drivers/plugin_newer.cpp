// A plugin built against a newer minor version: its table has members that this library does not know.
#include "tests/drivers/template_table.hpp"

namespace {

struct NewerTable {
  hy_backend known;
  void (*unknown[8])();
};

}  // namespace

HALYARD_PLUGIN_EXPORT const hy_backend* halyard_backend_query(uint32_t newest_abi, const hy_host* host) {
  static NewerTable table;
  const hy_backend* known = halyard_template_query(newest_abi, host);
  if (known == nullptr) return nullptr;
  table.known = *known;
  table.known.size = sizeof table;
  table.known.abi_version = HY_ABI_VERSION + 7;
  table.known.name = "newer";
  return &table.known;
}
