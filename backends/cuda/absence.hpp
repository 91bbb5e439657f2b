// Why there is no device: what the driver answered, put together with what the system's files and the environment say.
#pragma once

#include "backends/cuda/abi.hpp"
#include "halyard/backend.h"

namespace halyard::cuda {

// libcuda.so.1 could not be opened, and `report` has the system's words: adds the cure.
void explain_no_library(const hy_host& host, hy_b_report* report);

// `call` ("cuInit") answered `code`, or there is no device (CUDA_ERROR_NO_DEVICE): fills reason and cure, and `error`
// with both. Returns HY_UNAVAILABLE.
hy_status explain_no_device(const hy_host& host, CUresult code, const char* call, hy_b_report* report, hy_error* error);

}  // namespace halyard::cuda
