// From the error codes of CUDA's driver and of NVRTC to Halyard's: name, meaning for the caller, cure.
#pragma once

#include "backends/common/error_table.hpp"
#include "backends/cuda/abi.hpp"

namespace halyard::cuda {

using common::When;

// "CUDA_ERROR_OUT_OF_MEMORY", or "CUDA error" for a code that nobody documents. Static storage.
const char* code_name(CUresult code) noexcept;
const char* code_name(nvrtcResult code) noexcept;

// Whether the context, or the process's use of CUDA, is lost with it: every later call answers the same.
bool breaks_context(CUresult code) noexcept;

// The cure that is known for a code, or "please report this".
const char* cure_of(CUresult code) noexcept;

// Fills `error` with "`action`: the CUDA driver answered NAME (code): cure" and returns the status that fits the code.
// CUDA_ERROR_NOT_READY is HY_TIMEOUT: not yet.
hy_status fail_cuda(hy_error* error, CUresult code, const char* action, When when = When::kCall) noexcept;

// The same for NVRTC.
hy_status fail_nvrtc(hy_error* error, nvrtcResult code, const char* action) noexcept;

}  // namespace halyard::cuda
