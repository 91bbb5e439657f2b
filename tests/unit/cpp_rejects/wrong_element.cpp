// A buffer of the wrong element type does not compile, and the message names both types.
// expect: Buffer<double>.*View<const float>|View<float const>.*Buffer<double>|Buffer<double>.*View<float const>
#include <cstdint>

#include "halyard/halyard.hpp"

halyard::Result<void> launch(halyard::Stream& stream,
                             const halyard::TypedKernel<halyard::In<float>, std::uint32_t>& kernel,
                             halyard::Buffer<double>& x) {
  return stream.launch(kernel, halyard::Items{1}, x, 1u);
}
