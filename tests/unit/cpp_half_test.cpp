// half and bfloat16 against a reference in double: every one of the 65,536 values one way, and the other way every
// place where rounding changes its mind (conversion is monotonic, so between those nothing can go wrong unseen).
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "halyard/half.hpp"

namespace halyard {
namespace {

// What distinguishes the two formats; both have a sign bit on top.
struct HalfFormat {
  using Type = half;
  static constexpr int kMantissaBits = 10, kBias = 15, kLargestExponent = 31;
};
struct Bfloat16Format {
  using Type = bfloat16;
  static constexpr int kMantissaBits = 7, kBias = 127, kLargestExponent = 255;
};

template <class Format>
class StorageTypeTest : public ::testing::Test {
 protected:
  using Stored = typename Format::Type;
  static constexpr std::uint32_t kInfinity = Format::kLargestExponent << Format::kMantissaBits;

  // The exact value, straight from the definition of the format. Magnitudes from 0 to that of infinity; infinity's is
  // the value that the next larger exponent would have, which is what rounding compares with.
  static double reference(std::uint32_t magnitude) {
    const int exponent = static_cast<int>(magnitude >> Format::kMantissaBits);
    const double mantissa = magnitude & ((1u << Format::kMantissaBits) - 1);
    const double one = std::ldexp(1.0, Format::kMantissaBits);
    if (exponent == 0) return std::ldexp(mantissa / one, 1 - Format::kBias);
    return std::ldexp(1.0 + mantissa / one, exponent - Format::kBias);
  }
  static std::uint32_t magnitude_of(float value) { return Stored(value).bits & 0x7FFFu; }
};

using Formats = ::testing::Types<HalfFormat, Bfloat16Format>;
TYPED_TEST_SUITE(StorageTypeTest, Formats);

TYPED_TEST(StorageTypeTest, EveryFiniteValueBecomesExactlyThatFloat) {
  using Type = typename TypeParam::Type;
  for (std::uint32_t bits = 0; bits < TestFixture::kInfinity; ++bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    const auto negative = static_cast<std::uint16_t>(bits | 0x8000u);
    ASSERT_EQ(static_cast<double>(float{Type::from_bits(low)}), TestFixture::reference(bits)) << bits;
    ASSERT_EQ(static_cast<double>(float{Type::from_bits(negative)}), -TestFixture::reference(bits)) << bits;
    ASSERT_TRUE(std::signbit(float{Type::from_bits(negative)}));
  }
}

TYPED_TEST(StorageTypeTest, EveryValueThatIsNotANaNComesBackFromFloatUnchanged) {
  using Type = typename TypeParam::Type;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7FFFu) > TestFixture::kInfinity) continue;
    ASSERT_EQ(Type(float{Type::from_bits(static_cast<std::uint16_t>(bits))}).bits, bits);
  }
}

TYPED_TEST(StorageTypeTest, EveryNaNStaysANaNWithItsSign) {
  using Type = typename TypeParam::Type;
  for (std::uint32_t bits = TestFixture::kInfinity + 1; bits < 0x8000; ++bits) {
    for (const std::uint32_t sign : {0u, 0x8000u}) {
      const float value = Type::from_bits(static_cast<std::uint16_t>(bits | sign));
      ASSERT_TRUE(std::isnan(value));
      ASSERT_EQ(std::signbit(value), sign != 0);
      const Type back(value);
      ASSERT_GT(back.bits & 0x7FFFu, TestFixture::kInfinity);
      ASSERT_EQ(back.bits & 0x8000u, sign);
    }
  }
}

TYPED_TEST(StorageTypeTest, ANaNWithOnlyLowBitsSetDoesNotBecomeInfinity) {
  const float value = std::bit_cast<float>(0x7F800001u);
  EXPECT_GT(TestFixture::magnitude_of(value), TestFixture::kInfinity);
}

TYPED_TEST(StorageTypeTest, RoundsToNearestWithTiesToEvenBetweenEveryTwoNeighbours) {
  for (std::uint32_t low = 0; low < TestFixture::kInfinity; ++low) {
    const std::uint32_t high = low + 1;
    const double middle = (TestFixture::reference(low) + TestFixture::reference(high)) / 2;
    const auto tie = static_cast<float>(middle);
    ASSERT_EQ(static_cast<double>(tie), middle) << "the test needs ties to be floats";
    ASSERT_EQ(TestFixture::magnitude_of(tie), low % 2 == 0 ? low : high) << low;
    ASSERT_EQ(TestFixture::magnitude_of(std::nextafter(tie, 0.0f)), low) << low;
    ASSERT_EQ(TestFixture::magnitude_of(std::nextafter(tie, std::numeric_limits<float>::infinity())), high) << low;
    ASSERT_EQ(typename TypeParam::Type(-tie).bits & 0x8000u, 0x8000u);
  }
}

TYPED_TEST(StorageTypeTest, IsMonotonicOverFloats) {
  std::uint32_t last = 0;
  for (std::uint64_t bits = 0; bits <= 0x7F800000u; bits += 257) {
    const std::uint32_t now = TestFixture::magnitude_of(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
    ASSERT_GE(now, last) << bits;
    last = now;
  }
}

TYPED_TEST(StorageTypeTest, WhatIsTooLargeBecomesInfinityWithItsSign) {
  using Type = typename TypeParam::Type;
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(Type(infinity).bits, TestFixture::kInfinity);
  EXPECT_EQ(Type(-infinity).bits, TestFixture::kInfinity | 0x8000u);
  EXPECT_EQ(Type(std::numeric_limits<float>::max()).bits, TestFixture::kInfinity);
  EXPECT_EQ(float{Type(infinity)}, infinity);
}

TYPED_TEST(StorageTypeTest, KeepsTheSignOfZero) {
  using Type = typename TypeParam::Type;
  EXPECT_EQ(Type(-0.0f).bits, 0x8000u);
  EXPECT_TRUE(std::signbit(float{Type(-0.0f)}));
  EXPECT_EQ(Type(0.0f).bits, 0u);
}

TEST(HalfTest, CanBeUsedInConstantExpressions) {
  static_assert(half(1.0f).bits == 0x3C00);
  static_assert(half(65504.0f).bits == 0x7BFF);
  static_assert(float(half(0.1f)) == 0.0999755859375f);
  static_assert(bfloat16(1.0f).bits == 0x3F80);
}

}  // namespace
}  // namespace halyard
