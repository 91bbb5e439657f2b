// From Level Zero's result codes to Halyard's: name, meaning for the caller, cure.
#pragma once

#include "backends/common/error_table.hpp"
#include "backends/level_zero/abi.hpp"

namespace halyard::level_zero {

using common::When;

// "ZE_RESULT_ERROR_DEVICE_LOST", or "Level Zero error" for a code that nobody documents. Static storage.
const char* code_name(ze_result_t code) noexcept;

// The cure that is known for a code, or "please report this".
const char* cure_of(ze_result_t code) noexcept;

// Fills `error` with "`action`: Level Zero answered NAME (code): cure", with `words` of the driver's own, if any,
// behind it, and returns the status that fits the code. ZE_RESULT_NOT_READY is HY_TIMEOUT: not yet.
hy_status fail_ze(hy_error* error, ze_result_t code, const char* action, When when = When::kCall,
                  const char* words = "") noexcept;

}  // namespace halyard::level_zero
