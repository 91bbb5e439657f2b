// What is no argument at all does not compile for an untyped kernel either.
// expect: arguments of a launch are Buffers, Views, and values
#include <string>

#include "halyard/halyard.hpp"

halyard::Result<void> launch(halyard::Stream& stream, const halyard::Kernel& kernel) {
  return stream.launch(kernel, halyard::Items{1}, std::string("x"));
}
