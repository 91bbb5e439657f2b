// A plugin of another major version that does not look at what the library understands: nothing in its table but the
// size and the version may be believed.
#include <cstring>

#include "halyard/backend.h"

extern "C" __attribute__((visibility("default"))) const hy_backend* halyard_backend_query(uint32_t, const hy_host*) {
  static hy_backend table;
  std::memset(&table, 0x5a, sizeof table);
  table.size = sizeof table;
  table.abi_version = (HY_ABI_MAJOR + 1) << 16;
  return &table;
}
