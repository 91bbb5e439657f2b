// A device as discovery found it: what it said of itself.
#pragma once

#include <string>

#include "backends/level_zero/api.hpp"

namespace halyard::level_zero {

struct Found {
  Listed listed;
  uint32_t queue_group = 0, queue_count = 1;  // of the engines that compute
  uint64_t ticks_per_second = 0;              // of the device's clock; 0: unknown
  uint64_t tick_mask = 0;                     // of the bits that count
  uint32_t device_id = 0;                     // of PCI, as the offline compiler takes it
  uint32_t spirv_version = 0;                 // that it takes at most: 0x10002 is 1.2
  hy_device_info info{};
};

// The version of the first driver, "1.3.24595 (API 1.3)".
std::string driver_version(const Api& api);

// Asks a device everything. False, with `why`, when it cannot be used at all. What a driver leaves at zero gets the
// least that the specification demands, or is left out of what the device can do.
bool describe(const Api& api, const Listed& listed, bool compiles, Found* out, std::string* why);

}  // namespace halyard::level_zero
