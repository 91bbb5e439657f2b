// A buffer of a type that kernels do not know does not compile, and the message lists those that they do.
// expect: buffers hold integers of 8 to 64 bits
#include "halyard/halyard.hpp"

void allocate(halyard::Stream& stream) { (void)stream.allocate<bool>(1); }
