// Checked arithmetic against 128-bit arithmetic, which does not overflow here.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <vector>

#include "halyard/checked.hpp"

namespace halyard {
namespace {

__extension__ typedef __int128 Wide;

template <class T>
class CheckedTest : public ::testing::Test {
 protected:
  // Values near the edges, and random ones of every magnitude.
  static std::vector<T> samples() {
    using Limits = std::numeric_limits<T>;
    std::vector<T> all = {T{0},
                          T{1},
                          T{2},
                          static_cast<T>(-1),
                          Limits::max(),
                          Limits::min(),
                          static_cast<T>(Limits::max() - 1),
                          static_cast<T>(Limits::min() + 1),
                          static_cast<T>(Limits::max() / 2),
                          static_cast<T>(Limits::max() / 2 + 1)};
    const unsigned seed = std::random_device{}();
    ::testing::Test::RecordProperty("seed", static_cast<int>(seed));
    std::mt19937_64 random(seed);
    for (int i = 0; i < 60; ++i) all.push_back(static_cast<T>(random() >> (random() % 64)));
    return all;
  }
  static bool fits(Wide value) {
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
  }
  static void expect(std::optional<T> got, Wide exact) {
    ASSERT_EQ(got.has_value(), fits(exact));
    if (got) {
      ASSERT_EQ(static_cast<Wide>(*got), exact);
    }
  }
};

using Types = ::testing::Types<std::uint8_t, std::int8_t, std::uint32_t, std::int32_t, std::uint64_t, std::int64_t>;
TYPED_TEST_SUITE(CheckedTest, Types);

TYPED_TEST(CheckedTest, AddSubtractAndMultiplyAreExactOrNothing) {
  const auto values = TestFixture::samples();
  for (const TypeParam a : values) {
    for (const TypeParam b : values) {
      TestFixture::expect(checked_add<TypeParam>(a, b), static_cast<Wide>(a) + b);
      TestFixture::expect(checked_sub<TypeParam>(a, b), static_cast<Wide>(a) - b);
      // The product of two 64-bit unsigned numbers may pass a signed 128-bit one: those are nothing in any case.
      Wide product = 0;
      if (__builtin_mul_overflow(static_cast<Wide>(a), static_cast<Wide>(b), &product)) {
        ASSERT_FALSE(checked_mul<TypeParam>(a, b));
      } else {
        TestFixture::expect(checked_mul<TypeParam>(a, b), product);
      }
    }
  }
}

TYPED_TEST(CheckedTest, NarrowKeepsTheNumberOrGivesNothing) {
  for (const TypeParam a : TestFixture::samples()) {
    const auto narrow = checked_narrow<std::int16_t>(a);
    ASSERT_EQ(narrow.has_value(), static_cast<Wide>(a) >= -32768 && static_cast<Wide>(a) <= 32767);
    if (narrow) {
      ASSERT_EQ(static_cast<Wide>(*narrow), static_cast<Wide>(a));
    }
  }
}

TYPED_TEST(CheckedTest, CeilDivRoundsUpWithoutOverflow) {
  using Limits = std::numeric_limits<TypeParam>;
  EXPECT_EQ(*checked_ceil_div<TypeParam>(0, 5), 0);
  EXPECT_EQ(*checked_ceil_div<TypeParam>(1, 5), 1);
  EXPECT_EQ(*checked_ceil_div<TypeParam>(10, 5), 2);
  EXPECT_EQ(*checked_ceil_div<TypeParam>(11, 5), 3);
  EXPECT_EQ(*checked_ceil_div<TypeParam>(Limits::max(), 1), Limits::max());
  EXPECT_EQ(*checked_ceil_div<TypeParam>(Limits::max(), Limits::max()), 1);
  EXPECT_FALSE(checked_ceil_div<TypeParam>(1, 0));
}

TEST(CheckedProductTest, MultipliesAnyNumberOfFactors) {
  EXPECT_EQ(*checked_product<std::uint64_t>(2, 3, 4), 24u);
  EXPECT_EQ(*checked_product<std::uint64_t>(7), 7u);
  EXPECT_FALSE(checked_product<std::uint64_t>(std::uint64_t{1} << 32, std::uint64_t{1} << 32));
  EXPECT_FALSE(checked_product<std::uint64_t>(std::uint64_t{1} << 32, std::uint64_t{1} << 32, 0u));
}

TEST(CheckedAlignUpTest, GivesTheNextMultipleOfAPowerOfTwo) {
  EXPECT_EQ(*checked_align_up<std::uint64_t>(0, 64), 0u);
  EXPECT_EQ(*checked_align_up<std::uint64_t>(1, 64), 64u);
  EXPECT_EQ(*checked_align_up<std::uint64_t>(64, 64), 64u);
  EXPECT_EQ(*checked_align_up<std::uint8_t>(250, 2), 250);
}

TEST(CheckedAlignUpTest, GivesNothingForOverflowAndForWhatIsNoPowerOfTwo) {
  EXPECT_FALSE(checked_align_up<std::uint64_t>(UINT64_MAX, 64));
  EXPECT_FALSE(checked_align_up<std::uint8_t>(250, 8));
  EXPECT_FALSE(checked_align_up<std::uint64_t>(1, 0));
  EXPECT_FALSE(checked_align_up<std::uint64_t>(1, 48));
}

TEST(RangeFitsTest, AcceptsExactlyTheRangesWithin) {
  for (unsigned size = 0; size < 6; ++size) {
    for (unsigned offset = 0; offset < 8; ++offset) {
      for (unsigned count = 0; count < 8; ++count) {
        EXPECT_EQ(range_fits<std::uint64_t>(offset, count, size), offset + count <= size);
      }
    }
  }
}

TEST(RangeFitsTest, IsNotFooledByOverflow) {
  EXPECT_FALSE(range_fits<std::uint64_t>(1, UINT64_MAX, 10));
  EXPECT_FALSE(range_fits<std::uint64_t>(UINT64_MAX, 1, 10));
  EXPECT_FALSE(range_fits<std::uint64_t>(UINT64_MAX, UINT64_MAX, UINT64_MAX));
  EXPECT_TRUE(range_fits<std::uint64_t>(UINT64_MAX, 0, UINT64_MAX));
}

TEST(CheckedConstantTest, CanBeUsedInConstantExpressions) {
  static_assert(*checked_add<std::uint32_t>(1, 2) == 3);
  static_assert(!checked_mul<std::uint32_t>(1u << 31, 2));
  static_assert(range_fits<std::uint64_t>(0, 0, 0));
}

}  // namespace
}  // namespace halyard
