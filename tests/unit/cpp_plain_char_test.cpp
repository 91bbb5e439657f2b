// A kernel's parameter `char` is a signed 8-bit integer, as in the dialect, also where the host's own char has no sign.
// Built twice, once for each kind of host (cpp.cmake).
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "halyard/halyard.hpp"

namespace halyard {
namespace {

#if HALYARD_TEST_CHAR_IS_SIGNED
static_assert(std::is_signed_v<char>, "the compiler took no notice of the option that this is about");
#else
static_assert(std::is_unsigned_v<char>, "the compiler took no notice of the option that this is about");
#endif

TEST(PlainCharTest, KeepsWhatASignedByteHolds) {
  EXPECT_TRUE(detail::keeps_value<char>(0));
  EXPECT_TRUE(detail::keeps_value<char>(-1));
  EXPECT_TRUE(detail::keeps_value<char>(127));
  EXPECT_TRUE(detail::keeps_value<char>(127u));
  EXPECT_TRUE(detail::keeps_value<char>(-128));
  EXPECT_TRUE(detail::keeps_value<char>(std::int64_t{-128}));
}

TEST(PlainCharTest, KeepsNothingThatOnlyAnUnsignedByteHolds) {
  EXPECT_FALSE(detail::keeps_value<char>(200));
  EXPECT_FALSE(detail::keeps_value<char>(128));
  EXPECT_FALSE(detail::keeps_value<char>(128u));
  EXPECT_FALSE(detail::keeps_value<char>(255u));
  EXPECT_FALSE(detail::keeps_value<char>(-129));
}

TEST(PlainCharTest, IsStatedAsASignedByte) {
  using Taken = TypedKernel<Out<char>, char>;
  static_assert(std::is_same_v<detail::argument_t<char>, ValueArgument<char>> && sizeof(Taken) != 0);
  EXPECT_EQ(detail::Parameter<char>::type, hy_type{HY_I8});
  EXPECT_EQ(detail::Parameter<Out<char>>::type, hy_type{HY_I8});
}

TEST(PlainCharTest, APassedValueArrivesAsTheSameSignedByte) {
  for (const int wanted : {-128, -1, 0, 1, 127}) {
    const detail::Arguments<1> arguments{ValueArgument<char>(wanted)};
    EXPECT_EQ(arguments.list[0].type, hy_type{HY_I8}) << wanted;
    std::int8_t got = 0;
    std::memcpy(&got, arguments.list[0].u.value, sizeof got);
    EXPECT_EQ(got, wanted);
  }
}

TEST(PlainCharTest, AValueThatDoesNotFitGoesOnWhole) {
  for (const int wanted : {-129, 128, 200, 255}) {
    const detail::Arguments<1> arguments{ValueArgument<char>(wanted)};
    EXPECT_EQ(arguments.list[0].type, hy_type{HY_I64}) << wanted;
    std::int64_t got = 0;
    std::memcpy(&got, arguments.list[0].u.value, sizeof got);
    EXPECT_EQ(got, wanted);
  }
}

}  // namespace
}  // namespace halyard
