// A backend that writes to standard output, as drivers do, and offers nothing.
#include <cstdio>

#include "halyard/backend.h"

extern "C" __attribute__((visibility("default"))) const hy_backend* halyard_backend_query(uint32_t, const hy_host*) {
  std::printf("driver: hello\n");
  std::fflush(stdout);
  return nullptr;
}
