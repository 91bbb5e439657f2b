// A floating-point number for a uint parameter does not compile, and the message says what the parameter takes.
// expect: ValueArgument<unsigned int>
#include <cstdint>

#include "halyard/halyard.hpp"

halyard::Result<void> launch(halyard::Stream& stream, const halyard::TypedKernel<std::uint32_t>& kernel, float n) {
  return stream.launch(kernel, halyard::Items{1}, n);
}
