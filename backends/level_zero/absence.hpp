// Why there is no device: what the loader answered, put together with what the system's files and the environment say.
#pragma once

#include "backends/level_zero/abi.hpp"
#include "halyard/backend.h"

namespace halyard::level_zero {

// Whether the kernel has no driver for Intel's GPUs, in any form: then opening the loader, which opens every driver
// that it finds, could only find that out. Not so where HALYARD_LIBRARY_PATH holds the loader, or ZE_ENABLE_ALT_DRIVERS
// names a driver: the user wants it opened.
bool is_hopeless(const hy_host& host);

// For is_hopeless(): fills `report` and `error`. HY_UNAVAILABLE.
hy_status explain_hopeless(const hy_host& host, hy_b_report* report, hy_error* error);

// The loader could not be opened, and `report` has the system's words: adds the cure.
void explain_no_library(const hy_host& host, hy_b_report* report);

// `call` ("zeInit") answered `code`, or there is no GPU (ZE_RESULT_SUCCESS): fills reason and cure, and `error` with
// both. Returns HY_UNAVAILABLE.
hy_status explain_no_device(const hy_host& host, ze_result_t code, const char* call, hy_b_report* report,
                            hy_error* error);

}  // namespace halyard::level_zero
