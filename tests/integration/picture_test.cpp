// Reading pictures: every kind of PNG and JPEG becomes RGB, and every bad file an error.
#include "picture.hpp"

#include <gtest/gtest.h>
#include <png.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "picture_files.hpp"

namespace {

using Bytes = std::vector<std::uint8_t>;
using halyard::ErrorCode;
using halyard::Result;

Bytes file_bytes(const std::string& name) {
  std::ifstream file(std::string(PICTURES "/") + name, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

// Red, green, blue of one pixel.
Bytes pixel(const Picture& picture, std::size_t index) {
  return Bytes(picture.rgb.begin() + static_cast<std::ptrdiff_t>(3 * index),
               picture.rgb.begin() + static_cast<std::ptrdiff_t>(3 * index + 3));
}

void expect_near(const Bytes& got, const Bytes& wanted, int bound) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], wanted[i], bound) << "component " << i;
}

// Whatever the bytes are: a picture whose size fits its pixels, or an error with a sentence.
bool is_picture(const Bytes& file) {
  const Result<Picture> picture = decode_picture(file);
  if (!picture) {
    EXPECT_FALSE(picture.error().message().empty());
    return false;
  }
  EXPECT_EQ(picture->rgb.size(), std::size_t{picture->width} * picture->height * 3);
  return true;
}

TEST(ReadPictureTest, ReadsAPhotographFromAJpeg) {
  const Result<Picture> picture = read_picture(PICTURES "/cat.jpg");
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(picture->width, 451u);
  EXPECT_EQ(picture->height, 300u);
}

TEST(ReadPictureTest, ReadsAPhotographFromAPng) {
  const Result<Picture> picture = read_picture(PICTURES "/cat_face.png");
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(picture->width, 201u);
  EXPECT_EQ(picture->height, 133u);
}

TEST(ReadPictureTest, NamesAFileThatIsNotThere) {
  const Result<Picture> picture = read_picture("/nowhere/at_all.png");
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code(), ErrorCode::unavailable);
  EXPECT_NE(picture.error().message().find("/nowhere/at_all.png"), std::string_view::npos);
}

TEST(ReadPictureTest, RefusesAFolder) {
  const Result<Picture> picture = read_picture(PICTURES);
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code(), ErrorCode::unavailable);
}

TEST(ReadPictureTest, RefusesWhatIsNoPicture) {
  const Bytes text = {'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd'};
  const Result<Picture> picture = decode_picture(text);
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code(), ErrorCode::unsupported);
  EXPECT_FALSE(decode_picture({}));
}

TEST(ReadPngTest, TakesOneBitGrey) {
  const auto picture =
      decode_picture(png_file({.width = 8, .height = 1, .bit_depth = 1, .color_type = 0}, {0b10100000}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(pixel(*picture, 0), (Bytes{255, 255, 255}));
  EXPECT_EQ(pixel(*picture, 1), (Bytes{0, 0, 0}));
  EXPECT_EQ(pixel(*picture, 2), (Bytes{255, 255, 255}));
}

TEST(ReadPngTest, TakesEightBitGrey) {
  const auto picture = decode_picture(png_file({.width = 3, .height = 1}, {0, 77, 255}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(picture->rgb, (Bytes{0, 0, 0, 77, 77, 77, 255, 255, 255}));
}

TEST(ReadPngTest, TakesSixteenBitColour) {
  const PngKind kind{.width = 1, .height = 1, .bit_depth = 16, .color_type = PNG_COLOR_TYPE_RGB};
  const auto picture = decode_picture(png_file(kind, {0xFF, 0xFF, 0x80, 0x80, 0x00, 0x00}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  expect_near(pixel(*picture, 0), {255, 128, 0}, 1);
}

TEST(ReadPngTest, TakesAPaletteOfTwoBits) {
  const PngKind kind{.width = 4,
                     .height = 1,
                     .bit_depth = 2,
                     .color_type = PNG_COLOR_TYPE_PALETTE,
                     .palette = {10, 20, 30, 40, 50, 60, 70, 80, 90, 1, 2, 3}};
  const auto picture = decode_picture(png_file(kind, {0b00011011}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(picture->rgb, kind.palette);
}

TEST(ReadPngTest, LaysTransparencyOverWhite) {
  const PngKind kind{.width = 2, .height = 1, .color_type = PNG_COLOR_TYPE_RGB_ALPHA};
  const auto picture = decode_picture(png_file(kind, {10, 20, 30, 0, 10, 20, 30, 255}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(pixel(*picture, 0), (Bytes{255, 255, 255}));
  EXPECT_EQ(pixel(*picture, 1), (Bytes{10, 20, 30}));
}

TEST(ReadPngTest, LaysATransparentPaletteEntryOverWhite) {
  const PngKind kind{.width = 2,
                     .height = 1,
                     .color_type = PNG_COLOR_TYPE_PALETTE,
                     .palette = {10, 20, 30, 40, 50, 60},
                     .transparency = {0}};
  const auto picture = decode_picture(png_file(kind, {0, 1}));
  ASSERT_TRUE(picture) << picture.error().c_str();
  EXPECT_EQ(pixel(*picture, 0), (Bytes{255, 255, 255}));
  EXPECT_EQ(pixel(*picture, 1), (Bytes{40, 50, 60}));
}

TEST(ReadPngTest, TakesGreyWithAlphaAndInterlacing) {
  const PngKind kind{
      .width = 5, .height = 5, .bit_depth = 8, .color_type = PNG_COLOR_TYPE_GRAY_ALPHA, .interlaced = true};
  Bytes rows;
  for (std::uint8_t i = 0; i < 25; ++i) rows.insert(rows.end(), {static_cast<std::uint8_t>(i * 10), 255});
  const auto picture = decode_picture(png_file(kind, rows));
  ASSERT_TRUE(picture) << picture.error().c_str();
  for (std::uint8_t i = 0; i < 25; ++i) EXPECT_EQ(picture->rgb[i * 3u], i * 10);
}

TEST(ReadPngTest, RefusesASizeThatIsAbsurdBeforeTakingMemoryForIt) {
  Bytes file = png_file({.width = 3, .height = 1}, {0, 77, 255});
  const Bytes huge = {0x7F, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF};  // width and height, at 16 in every PNG
  std::copy(huge.begin(), huge.end(), file.begin() + 16);
  EXPECT_FALSE(is_picture(file));  // its checksum is wrong too; the next has a right one
  EXPECT_FALSE(is_picture(png_file({.width = 1'000'000, .height = 1}, Bytes(1'000'000))));
}

TEST(ReadPngTest, AFileThatIsCutOffAnywhereIsAnError) {
  const Bytes whole = file_bytes("cat_face.png");
  ASSERT_TRUE(is_picture(whole));
  constexpr std::size_t kTrailer = 12;  // IEND: without it all pixels are there, and either answer is right
  for (std::size_t size = 0; size < whole.size() - kTrailer - 4; size += size < 200 ? 1 : 1009) {
    EXPECT_FALSE(is_picture(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
}

TEST(ReadJpegTest, TakesGrey) {
  const auto picture = decode_picture(jpeg_file(16, 16, 1, Bytes(256, 90)));
  ASSERT_TRUE(picture) << picture.error().c_str();
  expect_near(pixel(*picture, 100), {90, 90, 90}, 2);
}

TEST(ReadJpegTest, TakesColourInAProgressiveFile) {
  Bytes samples;
  for (int i = 0; i < 256; ++i) samples.insert(samples.end(), {200, 100, 50});
  const auto picture = decode_picture(jpeg_file(16, 16, 3, samples, true));
  ASSERT_TRUE(picture) << picture.error().c_str();
  expect_near(pixel(*picture, 100), {200, 100, 50}, 3);
}

TEST(ReadJpegTest, TurnsCmykIntoRgb) {
  Bytes samples;  // inverted, as Adobe's programs write it: no cyan, half magenta, full yellow, no black
  for (int i = 0; i < 256; ++i) samples.insert(samples.end(), {255, 128, 0, 255});
  const auto picture = decode_picture(jpeg_file(16, 16, 4, samples));
  ASSERT_TRUE(picture) << picture.error().c_str();
  expect_near(pixel(*picture, 100), {255, 128, 0}, 3);
}

TEST(ReadJpegTest, AFileThatIsCutOffAnywhereIsAnError) {
  const Bytes whole = file_bytes("cat.jpg");
  ASSERT_TRUE(is_picture(whole));
  for (std::size_t size = 0; size + 2 < whole.size(); size += size < 700 ? 1 : 1009) {
    EXPECT_FALSE(is_picture(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  }
}

TEST(ReadJpegTest, RefusesASizeThatIsAbsurdBeforeTakingMemoryForIt) {
  Bytes file = jpeg_file(16, 16, 3, Bytes(16 * 16 * 3));
  const Bytes frame = {0xFF, 0xC0};  // start of frame: length, precision, height, width
  const auto at = std::search(file.begin(), file.end(), frame.begin(), frame.end());
  ASSERT_NE(at, file.end());
  std::fill(at + 5, at + 9, std::uint8_t{0xFD});
  const Result<Picture> picture = decode_picture(file);
  ASSERT_FALSE(picture);
  EXPECT_EQ(picture.error().code(), ErrorCode::unsupported);
}

TEST(ReadPictureTest, ChangedBytesGiveAPictureOrAnErrorAndNothingElse) {
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  for (const char* name : {"cat.jpg", "cat_face.png"}) {
    const Bytes whole = file_bytes(name);
    for (int round = 0; round < 100; ++round) {
      Bytes changed = whole;
      const std::size_t among = round % 2 == 0 ? changed.size() : 600;  // half of them in the headers
      for (int i = 0; i < 1 + round % 8; ++i) changed[random() % among] = static_cast<std::uint8_t>(random());
      (void)is_picture(changed);
    }
  }
}

TEST(WritePictureTest, WritesWhatIsReadBackTheSame) {
  const std::string path = ::testing::TempDir() + "halyard_picture_test.png";
  const Bytes grey = {0, 50, 100, 150, 200, 250};
  const Result<void> written = write_grey_png(path.c_str(), 3, 2, grey);
  ASSERT_TRUE(written) << written.error().c_str();
  const Result<Picture> back = read_picture(path.c_str());
  ASSERT_TRUE(back) << back.error().c_str();
  EXPECT_EQ(back->width, 3u);
  EXPECT_EQ(back->height, 2u);
  for (std::size_t i = 0; i < grey.size(); ++i) EXPECT_EQ(back->rgb[3 * i], grey[i]);
  std::remove(path.c_str());
}

TEST(WritePictureTest, NamesAPathThatCannotBeWritten) {
  const Result<void> written = write_grey_png("/nowhere/at_all.png", 1, 1, Bytes{0});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find("/nowhere/at_all.png"), std::string_view::npos);
}

TEST(WritePictureTest, RefusesASizeThatDoesNotFitThePixels) {
  EXPECT_FALSE(write_grey_png("/tmp/unused.png", 3, 3, Bytes(8)));
  EXPECT_FALSE(write_grey_png("/tmp/unused.png", 0, 0, {}));
}

}  // namespace
