// Where hwloc is met, and nowhere else. The functions here run in halyard-worker where it is installed, in the
// caller's process otherwise: docs/decisions/topology-reading.md.
#pragma once

#include <string>
#include <string_view>

#include "runtime/topology/model.hpp"

namespace halyard::topology {

// This machine, as hwloc sees it with the environment of this process.
// HY_UNAVAILABLE: hwloc is not installed, or it failed.
hy_status read_machine(Model* out, hy_error* error);

// hwloc XML that check_xml() has let through. HY_CORRUPT_ARTIFACT where hwloc refuses it.
hy_status read_hwloc_xml(std::string_view xml, const char* name, Model* out, hy_error* error);

}  // namespace halyard::topology
