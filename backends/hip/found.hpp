// A device as discovery found it: what it said of itself.
#pragma once

#include <string>

#include "backends/hip/api.hpp"

namespace halyard::hip {

struct Found {
  int ordinal = 0;
  bool waits_for_values = false;  // a stream can wait for a word of memory
  uint64_t pooled_bytes = 0;      // that a pool keeps of what is given back; 0: the device has no pools
  hy_device_info info{};
};

// The driver's version, "6.8.5 (HIP 6.2.41134)", or as much of it as is told.
std::string driver_version(const hy_host& host, const Api& api);

// Asks a device everything. False, with `why`, when it cannot be used at all.
bool describe(const Api& api, int ordinal, bool compiles, Found* out, std::string* why);

}  // namespace halyard::hip
