// Waiting for an event with a time limit, which OpenCL has no call for.
#pragma once

#include "backends/opencl/api.hpp"

namespace halyard::opencl {

// HY_OK when `event` was reached, HY_TIMEOUT when not within `timeout_ns`, else what its work failed with. The queue of
// the event must have been flushed.
hy_status wait_event(const Api& cl, cl_event event, uint64_t timeout_ns, hy_error* error);

// The same without waiting.
hy_status query_event(const Api& cl, cl_event event, hy_error* error);

}  // namespace halyard::opencl
