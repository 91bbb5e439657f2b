// Why there is no device: what HIP answered, put together with what the system's files and the environment say.
#pragma once

#include "backends/hip/abi.hpp"
#include "halyard/backend.h"

namespace halyard::hip {

// Whether /dev/kfd is there and may be opened: without it no AMD device computes.
bool has_compute_node(const hy_host& host);

// Whether the kernel has no driver for AMD's devices, in any form: then opening HIP's library, which takes long, could
// only find that out. Not so where HALYARD_LIBRARY_PATH holds it: the user wants it opened.
bool is_hopeless(const hy_host& host);

// For is_hopeless(): fills `report` and `error`. HY_UNAVAILABLE.
hy_status explain_hopeless(const hy_host& host, hy_b_report* report, hy_error* error);

// libamdhip64 could not be opened, and `report` has the system's words: adds the cure.
void explain_no_library(const hy_host& host, hy_b_report* report);

// `call` ("hipInit") answered `code`, or there is no device (hipErrorNoDevice): fills reason and cure, and `error` with
// both. Returns HY_UNAVAILABLE.
hy_status explain_no_device(const hy_host& host, hipError_t code, const char* call, hy_b_report* report,
                            hy_error* error);

}  // namespace halyard::hip
