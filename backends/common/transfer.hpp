// Copies and fills of host memory in a queue. Small ones in an idle queue are done at once by the caller.
#pragma once

#include <cstdint>

#include "backends/common/queue.hpp"
#include "halyard/backend.h"

namespace halyard::host {

// Copies `bytes`; ranges may overlap. With `wait` it is done on return.
hy_status copy(Queue& queue, void* to, const void* from, uint64_t bytes, bool wait, hy_error* error) noexcept;

// Fills with a pattern of 1, 2, 4, 8 or 16 bytes, of which `bytes` is a multiple.
hy_status fill(Queue& queue, void* to, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
               hy_error* error) noexcept;

}  // namespace halyard::host
