// Reads what images say of their kernels from images that are none: the input itself, and edits to a small good file.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "backends/common/gpu/kernel_facts.hpp"
#include "tests/unit/small_elf.hpp"

namespace {

// In an allocation of exactly the size: a sanitizer sees what is read past the end.
void try_image(const std::string& image) {
  char* data = static_cast<char*>(std::malloc(image.size() + (image.empty() ? 1 : 0)));
  std::memcpy(data, image.data(), image.size());
  for (const auto& facts : halyard::gpu::facts_of({data, image.size()})) {
    if (facts.kernel.empty()) std::abort();
  }
  std::free(data);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string input(reinterpret_cast<const char*>(data), size);
  try_image(input);
  try_image(".const .b8 scale__hy_meta[64] = {" + input);
  std::string edited = halyard::test::small_elf({});
  for (std::size_t at = 0; at + 3 <= size; at += 3) {
    const std::size_t where = (data[at] | data[at + 1] << 8) % edited.size();
    edited[where] = static_cast<char>(data[at + 2]);
  }
  try_image(edited);
  return 0;
}
