// From the error codes of HIP and hipRTC to Halyard's: name, meaning for the caller, cure.
#pragma once

#include "backends/common/error_table.hpp"
#include "backends/hip/abi.hpp"

namespace halyard::hip {

using common::When;

// "hipErrorOutOfMemory", or "HIP error" for a code that nobody documents. Static storage.
const char* code_name(hipError_t code) noexcept;
const char* code_name(hiprtcResult code) noexcept;

// Whether the context, or the process's use of HIP, is lost with it: every later call answers the same.
bool breaks_context(hipError_t code) noexcept;

// The cure that is known for a code, or "please report this".
const char* cure_of(hipError_t code) noexcept;

// Fills `error` with "`action`: HIP answered NAME (code): cure" and returns the status that fits the code.
// hipErrorNotReady is HY_TIMEOUT: not yet.
hy_status fail_hip(hy_error* error, hipError_t code, const char* action, When when = When::kCall) noexcept;

// The same for hipRTC.
hy_status fail_hiprtc(hy_error* error, hiprtcResult code, const char* action) noexcept;

}  // namespace halyard::hip
