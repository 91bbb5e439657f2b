// Writers of test files over libpng's and libjpeg's full interfaces. A failure ends the test program: it is no test's
// subject.
#include "picture_files.hpp"

#include <png.h>

#include <cstdio>
#include <cstdlib>

// clang-format off
#include <jpeglib.h>  // needs <cstdio> before it
// clang-format on

std::vector<std::uint8_t> png_file(const PngKind& kind, const std::vector<std::uint8_t>& rows) {
  std::vector<std::uint8_t> file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  if (setjmp(png_jmpbuf(png)) != 0) std::abort();
  png_set_write_fn(
      png, &file,
      [](png_structp writer, png_bytep data, png_size_t size) {
        auto* to = static_cast<std::vector<std::uint8_t>*>(png_get_io_ptr(writer));
        to->insert(to->end(), data, data + size);
      },
      nullptr);
  png_set_IHDR(png, info, kind.width, kind.height, kind.bit_depth, kind.color_type,
               kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  if (!kind.palette.empty()) {
    png_set_PLTE(png, info, reinterpret_cast<png_const_colorp>(kind.palette.data()),
                 static_cast<int>(kind.palette.size() / 3));
  }
  if (!kind.transparency.empty()) {
    png_set_tRNS(png, info, kind.transparency.data(), static_cast<int>(kind.transparency.size()), nullptr);
  }
  png_write_info(png, info);
  std::vector<png_bytep> starts;
  const std::size_t row_bytes = rows.size() / kind.height;
  for (std::size_t row = 0; row < kind.height; ++row) {
    starts.push_back(const_cast<png_bytep>(rows.data() + row * row_bytes));
  }
  png_write_image(png, starts.data());
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

std::vector<std::uint8_t> jpeg_file(std::uint32_t width, std::uint32_t height, int components,
                                    const std::vector<std::uint8_t>& samples, bool progressive) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = width;
  jpeg.image_height = height;
  jpeg.input_components = components;
  jpeg.in_color_space = components == 1 ? JCS_GRAYSCALE : components == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  if (progressive) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < height) {
    JSAMPROW row = const_cast<JSAMPROW>(samples.data() +
                                        std::size_t{jpeg.next_scanline} * width * static_cast<std::size_t>(components));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  std::vector<std::uint8_t> file(data, data + size);
  std::free(data);
  return file;
}
