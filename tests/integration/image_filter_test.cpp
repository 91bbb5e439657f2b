// The chain of filters gives, on every device of the machine, the very picture that plain C++ gives.
#include <gtest/gtest.h>

#include <cstdio>
#include <numeric>
#include <random>

#include "filter.hpp"

namespace {

using halyard::Device;
using halyard::Result;
using halyard::Runtime;

class ImageFilterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Result<Runtime> made = Runtime::create();
    ASSERT_TRUE(made) << made.error().c_str();
    runtime_.push_back(*made);
    const auto devices = made->devices();
    ASSERT_TRUE(devices) << devices.error().c_str();
    for (const Device& device : *devices) {
      add(device);
      const auto alternatives = device.alternatives();
      ASSERT_TRUE(alternatives) << alternatives.error().c_str();
      for (const Device& alternative : *alternatives) add(alternative);
    }
    ASSERT_FALSE(devices_.empty());
  }

  void expect_same_everywhere(const Picture& picture, int radius) {
    const std::vector<std::uint8_t> wanted = filter_in_plain_cpp(picture, radius);
    for (const Device& device : devices_) {
      SCOPED_TRACE(device.backend().data());
      const auto got = filter_on_device(runtime_.front(), device, picture, radius);
      ASSERT_TRUE(got) << got.error().c_str();
      ASSERT_EQ(got->size(), wanted.size());
      std::size_t different = 0;
      for (std::size_t i = 0; i < wanted.size(); ++i) different += (*got)[i] != wanted[i] ? 1 : 0;
      EXPECT_EQ(different, 0u) << "of " << wanted.size() << " pixels";
    }
  }

  static Picture noise(std::uint32_t width, std::uint32_t height) {
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    std::mt19937 random(seed);
    Picture picture{width, height, std::vector<std::uint8_t>(std::size_t{width} * height * 3)};
    for (std::uint8_t& value : picture.rgb) value = static_cast<std::uint8_t>(random());
    return picture;
  }

 private:
  void add(const Device& device) {
    if (device.has(HY_CAP_KERNELS)) devices_.push_back(device);
  }
  std::vector<Runtime> runtime_;  // one, once it is made
  std::vector<Device> devices_;
};

TEST_F(ImageFilterTest, APhotographIsTheSameOnEveryDevice) {
  const Result<Picture> picture = read_picture(PICTURES "/cat.jpg");
  ASSERT_TRUE(picture) << picture.error().c_str();
  expect_same_everywhere(*picture, 3);
}

TEST_F(ImageFilterTest, NoiseOfAnOddSizeIsTheSameOnEveryDevice) { expect_same_everywhere(noise(257, 131), 5); }

TEST_F(ImageFilterTest, ABlurThatIsWiderThanThePictureIsTheSame) { expect_same_everywhere(noise(5, 3), 64); }

TEST_F(ImageFilterTest, NoBlurAtAllIsTheSame) { expect_same_everywhere(noise(64, 64), 0); }

TEST_F(ImageFilterTest, OnePixelAndOneRowAndOneColumnAreTheSame) {
  expect_same_everywhere(noise(1, 1), 2);
  expect_same_everywhere(noise(1000, 1), 2);
  expect_same_everywhere(noise(1, 1000), 2);
}

TEST_F(ImageFilterTest, APictureOfOneColourHasNoEdges) {
  const Picture flat{40, 30, std::vector<std::uint8_t>(40 * 30 * 3, 200)};
  expect_same_everywhere(flat, 3);
  for (const std::uint8_t value : filter_in_plain_cpp(flat, 3)) ASSERT_EQ(value, 0);
}

TEST(GaussianWeightsTest, SumUpToOneAndAreSymmetric) {
  for (int radius = 0; radius <= 64; ++radius) {
    const auto weights = gaussian_weights(radius);
    ASSERT_EQ(weights.size(), 2 * static_cast<std::size_t>(radius) + 1);
    EXPECT_EQ(std::accumulate(weights.begin(), weights.end(), 0u), 65536u);
    for (std::size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(weights[i], weights[weights.size() - 1 - i]);
  }
}

}  // namespace
