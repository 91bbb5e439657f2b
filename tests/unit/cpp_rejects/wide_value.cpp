// A size_t for a uint parameter does not compile, and the message says what the parameter takes.
// expect: ValueArgument<unsigned int>
#include <cstddef>
#include <cstdint>

#include "halyard/halyard.hpp"

halyard::Result<void> launch(halyard::Stream& stream, const halyard::TypedKernel<std::uint32_t>& kernel,
                             std::size_t n) {
  return stream.launch(kernel, halyard::Items{1}, n);
}
