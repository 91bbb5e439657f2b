// Sees streams to their end that were given up with work in flight, so that nobody who releases a handle has to wait.
#pragma once

#include "runtime/core/objects.hpp"

namespace halyard::core {

// Takes over a stream that nobody holds: it is destroyed, and its device given back, when its work is done.
void bury(hy_stream* stream) noexcept;

}  // namespace halyard::core
