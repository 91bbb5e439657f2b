// Who a device is: its stable id, and when two entries are the same physical device.
#pragma once

#include <memory>
#include <vector>

#include "runtime/core/objects.hpp"

namespace halyard::core {

// Asks the backend about its device `index` and fills what the library adds: backend, index, id, NUMA node.
hy_status describe_device(hy_device& device, std::uint32_t index, const std::vector<std::unique_ptr<hy_device>>& before,
                          hy_error* error);

// What a backend said of a device, made safe to rely on: texts end, and what is declared but can't be done (a function
// is missing, a limit is 0) is taken away, with a warning. Part of describe_device().
void settle_info(hy_device& device);

// "uuid-…", else "pci-0000:65:00.0", else made of kind and model ("cpu-amd-epyc-9b14").
std::string make_id(const hy_device_info& info);

bool same_physical(const hy_device_info& a, const hy_device_info& b);

}  // namespace halyard::core
