// Reading and writing picture files through libpng's simplified interface and libjpeg.
#include "picture.hpp"

#include <png.h>

#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <string>

// clang-format off
#include <jpeglib.h>  // needs <cstdio> before it
// clang-format on

using halyard::Error;
using halyard::ErrorCode;
using halyard::Result;

namespace {

Error error(ErrorCode code, const std::string& text) { return Error(code, text); }

// Takes the memory for a picture, if its size is a sane one.
Result<Picture> make_picture(std::uint64_t width, std::uint64_t height) {
  if (width == 0 || height == 0 || width > kMaxSide || height > kMaxSide || width * height > kMaxPixels) {
    return error(ErrorCode::unsupported, "a picture of " + std::to_string(width) + " x " + std::to_string(height) +
                                             " pixels is not taken: at most " + std::to_string(kMaxSide) +
                                             " on a side and " + std::to_string(kMaxPixels) + " in all");
  }
  try {
    return Picture{static_cast<std::uint32_t>(width), static_cast<std::uint32_t>(height),
                   std::vector<std::uint8_t>(width * height * 3)};
  } catch (const std::bad_alloc&) {
    return error(ErrorCode::out_of_memory, "no memory for the picture");
  }
}

Result<Picture> decode_png(std::span<const std::uint8_t> file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  const std::unique_ptr<png_image, void (*)(png_image*)> freed(&image, png_image_free);
  if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
    return error(ErrorCode::corrupt_artifact, std::string("the PNG is damaged: ") + image.message);
  }
  image.format = PNG_FORMAT_RGB;
  image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;  // as programs write them; libpng would take 16 bits for linear light
  Result<Picture> picture = make_picture(image.width, image.height);
  if (!picture) return picture;
  const png_color white = {255, 255, 255};
  if (png_image_finish_read(&image, &white, picture->rgb.data(), 0, nullptr) == 0) {
    return error(ErrorCode::corrupt_artifact, std::string("the PNG is damaged: ") + image.message);
  }
  return picture;
}

// ---- JPEG: libjpeg leaves by longjmp on errors, so what is between holds nothing that needs a destructor ----

struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf leave;
  char message[JMSG_LENGTH_MAX];
};

void keep_message(j_common_ptr info, int level) {
  if (level > 0) return;  // only tracing
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  if (errors->base.num_warnings == 0) errors->base.format_message(info, errors->message);
  if (level < 0) ++errors->base.num_warnings;
}

[[noreturn]] void leave(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  errors->base.format_message(info, errors->message);
  std::longjmp(errors->leave, 1);
}

void print_nothing(j_common_ptr) {}

// The state of a decoder; destroyed in every case.
struct JpegDecoder {
  jpeg_decompress_struct info{};
  JpegErrors errors{};

  JpegDecoder() {
    info.err = jpeg_std_error(&errors.base);
    errors.base.error_exit = leave;
    errors.base.emit_message = keep_message;
    errors.base.output_message = print_nothing;
  }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;
  ~JpegDecoder() { jpeg_destroy_decompress(&info); }

  // Reads up to the size of the picture, and chooses what comes out: RGB, or CMYK for those that are.
  bool begin(std::span<const std::uint8_t> file) {
    if (setjmp(errors.leave) != 0) return false;
    jpeg_create_decompress(&info);
    jpeg_mem_src(&info, file.data(), file.size());
    if (jpeg_read_header(&info, TRUE) != JPEG_HEADER_OK) return false;
    const bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = four ? JCS_CMYK : JCS_RGB;
    info.dct_method = JDCT_ISLOW;
    return true;
  }

  // Decodes into `rgb`; `row` takes one row of four components.
  bool finish(std::uint8_t* rgb, std::uint8_t* row) {
    if (setjmp(errors.leave) != 0) return false;
    (void)jpeg_start_decompress(&info);
    const std::size_t row_bytes = std::size_t{info.output_width} * 3;
    while (info.output_scanline < info.output_height) {
      std::uint8_t* to = rgb + info.output_scanline * row_bytes;
      const bool four = info.out_color_space == JCS_CMYK;
      JSAMPROW rows[1] = {four ? row : to};
      if (jpeg_read_scanlines(&info, rows, 1) != 1) return false;
      if (four) rgb_of_cmyk(row, to);
    }
    (void)jpeg_finish_decompress(&info);
    return true;
  }

  // Without ink profiles: each ink takes away its part. Adobe's files hold what is left, not the ink.
  void rgb_of_cmyk(const std::uint8_t* cmyk, std::uint8_t* rgb) const {
    const unsigned flip = info.saw_Adobe_marker != 0 ? 0u : 255u;
    for (unsigned col = 0; col < info.output_width; ++col, cmyk += 4, rgb += 3) {
      const unsigned black = cmyk[3] ^ flip;
      for (int channel = 0; channel < 3; ++channel) {
        rgb[channel] = static_cast<std::uint8_t>(((cmyk[channel] ^ flip) * black + 127) / 255);
      }
    }
  }
};

Result<Picture> decode_jpeg(std::span<const std::uint8_t> file) {
  JpegDecoder decoder;
  const auto damaged = [&] {
    return error(ErrorCode::corrupt_artifact, std::string("the JPEG is damaged: ") + decoder.errors.message);
  };
  if (!decoder.begin(file)) return damaged();
  Result<Picture> picture = make_picture(decoder.info.image_width, decoder.info.image_height);
  if (!picture) return picture;
  std::vector<std::uint8_t> row(std::size_t{picture->width} * 4);
  if (!decoder.finish(picture->rgb.data(), row.data())) return damaged();
  if (decoder.errors.base.num_warnings != 0) return damaged();  // libjpeg fills what is missing with grey, and warns
  return picture;
}

Result<std::vector<std::uint8_t>> read_file(const char* path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path, "rb"), std::fclose);
  if (!file) return error(ErrorCode::unavailable, std::string("cannot read ") + path + ": " + std::strerror(errno));
  std::vector<std::uint8_t> bytes;
  std::uint8_t chunk[1 << 16];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, file.get())) {
    if (bytes.size() + got > kMaxFileBytes) {
      return error(ErrorCode::unsupported, std::string(path) + " is larger than any picture that is taken");
    }
    bytes.insert(bytes.end(), chunk, chunk + got);
  }
  if (std::ferror(file.get()) != 0) {
    return error(ErrorCode::unavailable, std::string("cannot read ") + path + ": " + std::strerror(errno));
  }
  return bytes;
}

}  // namespace

Result<Picture> decode_picture(std::span<const std::uint8_t> file) {
  static constexpr std::uint8_t kPng[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
  static constexpr std::uint8_t kJpeg[] = {0xFF, 0xD8, 0xFF};
  if (file.size() >= sizeof kPng && std::memcmp(file.data(), kPng, sizeof kPng) == 0) return decode_png(file);
  if (file.size() >= sizeof kJpeg && std::memcmp(file.data(), kJpeg, sizeof kJpeg) == 0) return decode_jpeg(file);
  return error(ErrorCode::unsupported, "the file is neither a PNG nor a JPEG");
}

Result<Picture> read_picture(const char* path) {
  const Result<std::vector<std::uint8_t>> file = read_file(path);
  if (!file) return file.error();
  return decode_picture(*file);
}

Result<void> write_grey_png(const char* path, std::uint32_t width, std::uint32_t height,
                            std::span<const std::uint8_t> grey) {
  if (width == 0 || height == 0 || grey.size() != std::uint64_t{width} * height) {
    return error(ErrorCode::invalid_argument, "the picture to write does not have the size that is said");
  }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_GRAY;
  if (png_image_write_to_file(&image, path, 0, grey.data(), 0, nullptr) == 0) {
    return error(ErrorCode::unavailable, std::string("cannot write ") + path + ": " + image.message);
  }
  return {};
}
