// From OpenCL's error codes to Halyard's: name, meaning for the caller, cure.
#pragma once

#include "backends/opencl/api.hpp"
#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::opencl {

// When a code was seen. CL_OUT_OF_RESOURCES from a call means "ask for less"; of work that ran it means that the work
// broke the device's context.
enum class When { kCall, kLate };

// "CL_OUT_OF_RESOURCES", or "CL error" for a code that nobody documents. Static storage.
const char* code_name(cl_int code) noexcept;

// Fills `error` with "`action`: the driver answered NAME (code): cure" and returns the status that fits the code.
hy_status fail_cl(hy_error* error, cl_int code, const char* action, When when = When::kCall) noexcept;

}  // namespace halyard::opencl
