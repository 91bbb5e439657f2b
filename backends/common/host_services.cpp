// Reads of the system's files through the host.
#include "backends/common/host_services.hpp"

namespace halyard::common {

bool can_open(const hy_host& host, const char* path, hy_error* error) {
  char nothing[1];
  uint64_t bytes = 0;
  return host.file_read(host.self, path, nothing, &bytes, error) == HY_OK;
}

std::string read_text(const hy_host& host, const char* path) {
  char text[512];
  uint64_t bytes = sizeof text;
  if (host.file_read(host.self, path, text, &bytes, nullptr) != HY_OK) return "";
  return {text, bytes < sizeof text ? static_cast<size_t>(bytes) : sizeof text};
}

}  // namespace halyard::common
