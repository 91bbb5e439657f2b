// Reads kernel files that are none, and expands what the scanner takes: neither may crash, and what one accepts the
// other does too.
#include <cstdint>
#include <cstdlib>

#include "runtime/kernels/dialect.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace halyard::dialect;
  const std::string_view source(reinterpret_cast<const char*>(data), size);
  std::vector<Signature> signatures;
  hy_error error{};
  const hy_status scanned = scan(source, "fuzz.hk", &signatures, &error);
  if (scanned != HY_OK && scanned != HY_COMPILE_FAILED) {
    std::abort();
  }
  if (scanned != HY_OK && std::string_view(error.message).substr(0, 8) != "fuzz.hk:") {
    std::abort();
  }
  std::string text;
  const auto target = static_cast<hy_dialect>(HY_DIALECT_HOST + size % 5);
  if (expand(source, "fuzz.hk", target, {}, &text, nullptr) != scanned) {
    std::abort();
  }
  return 0;
}
