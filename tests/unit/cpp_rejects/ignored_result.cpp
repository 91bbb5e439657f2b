// A result that is ignored is a warning.
// expect: nodiscard
#include "halyard/halyard.hpp"

void wait(halyard::Stream& stream) { stream.synchronize(); }
