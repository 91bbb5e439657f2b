// See image_check.hpp.
#include "runtime/kernels/image_check.hpp"

#include <cstdint>
#include <cstring>

#include "halyard/detail/error.hpp"

namespace halyard::kernels {
namespace {

// Of the ELF specification and its registry of machines.
constexpr std::size_t kElfHeaderBytes = 64;
constexpr std::size_t kElfMachineAt = 18;
constexpr unsigned kMachineCuda = 190;
constexpr unsigned kMachineAmdGpu = 224;

constexpr std::size_t kSpirvHeaderBytes = 20;
constexpr std::string_view kSpirvMagic = "\x03\x02\x23\x07";
constexpr std::string_view kSpirvMagicReversed = "\x07\x23\x02\x03";

// What clang and hipcc bundle code objects of several targets in, plain and compressed.
constexpr std::string_view kOffloadBundle = "__CLANG_OFFLOAD_BUNDLE__";
constexpr std::string_view kCompressedBundle = "CCOB";

bool begins(std::string_view bytes, std::string_view magic) noexcept { return bytes.substr(0, magic.size()) == magic; }

// A 64-bit little-endian ELF file for `machine`.
bool is_elf(std::string_view bytes, unsigned machine) noexcept {
  constexpr std::string_view k64LittleEndian =
      "\x7f"
      "ELF\x02\x01";
  if (bytes.size() < kElfHeaderBytes || !begins(bytes, k64LittleEndian)) return false;
  const unsigned low = static_cast<std::uint8_t>(bytes[kElfMachineAt]);
  const unsigned high = static_cast<std::uint8_t>(bytes[kElfMachineAt + 1]);
  return (high << 8 | low) == machine;
}

bool is_spirv(std::string_view bytes) noexcept {
  return bytes.size() >= kSpirvHeaderBytes && bytes.size() % 4 == 0 &&
         (begins(bytes, kSpirvMagic) || begins(bytes, kSpirvMagicReversed));
}

// Whether a line of `text` begins with `word` and a blank.
bool has_line(std::string_view text, std::string_view word) noexcept {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::string_view rest = text.substr(at + word.size(), 1);
    std::size_t before = at;
    while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '\t')) --before;
    if ((before == 0 || text[before - 1] == '\n') && (rest == " " || rest == "\t")) return true;
  }
  return false;
}

// Some compilers end it with more than one zero.
bool is_ptx(std::string_view bytes) noexcept {
  const std::size_t end = bytes.find('\0');
  if (end == std::string_view::npos || bytes.find_first_not_of('\0', end) != std::string_view::npos) return false;
  const std::string_view text = bytes.substr(0, end);
  return has_line(text, ".version") && has_line(text, ".target");
}

}  // namespace

hy_status check_image(hy_image_format format, std::string_view bytes, const char* what, hy_error* error) noexcept {
  const auto refuse = [&](const char* expected) {
    return fail(error, HY_CORRUPT_ARTIFACT, "%s (%zu bytes) is not %s", what, bytes.size(), expected);
  };
  if (bytes.empty()) return fail(error, HY_CORRUPT_ARTIFACT, "%s is empty", what);
  switch (format) {
    case HY_IMAGE_SPIRV:
      return is_spirv(bytes) ? HY_OK : refuse("SPIR-V: it has not its magic number, or is cut off");
    case HY_IMAGE_PTX:
      return is_ptx(bytes) ? HY_OK : refuse("PTX: text with the lines .version and .target");
    case HY_IMAGE_CUBIN:
      return is_elf(bytes, kMachineCuda) ? HY_OK : refuse("a cubin: a 64-bit ELF file for NVIDIA's machine");
    case HY_IMAGE_HIP_CODE:
      if (is_elf(bytes, kMachineAmdGpu) || begins(bytes, kOffloadBundle) || begins(bytes, kCompressedBundle))
        return HY_OK;
      return refuse("a code object: a 64-bit ELF file for AMD's GPUs, or clang's offload bundle of such");
    default:
      return HY_OK;
  }
}

}  // namespace halyard::kernels
