// Pictures in memory, read from PNG and JPEG and written as PNG. Whatever is in a file, reading it ends in a picture or
// in a sentence.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "halyard/result.hpp"

// Interleaved red, green and blue, 8 bits each, rows from the top, without gaps.
struct Picture {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::vector<std::uint8_t> rgb;
};

// Larger pictures and files are refused before memory is taken for them.
inline constexpr std::uint32_t kMaxSide = 30000;
inline constexpr std::uint64_t kMaxPixels = 100'000'000;
inline constexpr std::uint64_t kMaxFileBytes = 512u << 20;

// Any PNG or JPEG, turned into 8-bit RGB: 1 to 16 bits, grey, palette, CMYK; transparency is laid over white.
// unavailable: no such file; unsupported: neither PNG nor JPEG, or too large; corrupt_artifact: damaged or cut off.
halyard::Result<Picture> read_picture(const char* path);
halyard::Result<Picture> decode_picture(std::span<const std::uint8_t> file);

// An 8-bit grey picture of width * height bytes. unavailable: could not be written.
halyard::Result<void> write_grey_png(const char* path, std::uint32_t width, std::uint32_t height,
                                     std::span<const std::uint8_t> grey);
