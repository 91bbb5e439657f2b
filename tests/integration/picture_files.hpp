// Makes PNG and JPEG files of every kind in memory, for tests of what reads them.
#pragma once

#include <cstdint>
#include <vector>

struct PngKind {
  std::uint32_t width = 4, height = 3;
  int bit_depth = 8;
  int color_type = 0;  // libpng's PNG_COLOR_TYPE_*
  bool interlaced = false;
  std::vector<std::uint8_t> palette = {};       // red, green, blue, …
  std::vector<std::uint8_t> transparency = {};  // alpha of the palette's entries
};

// `rows` holds the packed bytes of all rows, as in the file before compression.
std::vector<std::uint8_t> png_file(const PngKind& kind, const std::vector<std::uint8_t>& rows);

// `samples` are interleaved components: 1 (grey), 3 (RGB) or 4 (CMYK, as in files of Adobe's programs: inverted).
std::vector<std::uint8_t> jpeg_file(std::uint32_t width, std::uint32_t height, int components,
                                    const std::vector<std::uint8_t>& samples, bool progressive = false);
