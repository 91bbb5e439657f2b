// Gets a model for a runtime: from a child process where halyard-worker is installed, else from hwloc in this one.
#pragma once

#include <string_view>

#include "runtime/topology/model.hpp"

namespace halyard::topology {

inline constexpr std::uint32_t kReadTimeoutMs = 30'000;

// This machine, under the runtime's sysroot.
hy_status machine_model(const hy_runtime& runtime, Model* out, hy_error* error);

// A recording; `name` is how messages call it.
hy_status recorded_model(const hy_runtime& runtime, std::string_view text, const char* name, Model* out,
                         hy_error* error);

}  // namespace halyard::topology
