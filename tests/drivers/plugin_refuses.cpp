// A plugin that finds the library too old for it, and says so as the contract asks: with NULL.
#include "halyard/backend.h"

extern "C" __attribute__((visibility("default"))) const hy_backend* halyard_backend_query(uint32_t, const hy_host*) {
  return nullptr;
}
