// Which host types are elements, what the library calls them, and how they lie in memory; and the extents of launches.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "halyard/element.hpp"
#include "halyard/grid.hpp"
#include "halyard/halyard.h"
#include "halyard/point.hpp"

namespace halyard {
namespace {

template <class T>
void expect_type(std::string_view name) {
  EXPECT_TRUE(Element<T>) << name;
  EXPECT_EQ(hy_type_name(element_type_v<T>), name);
  EXPECT_EQ(hy_type_size(element_type_v<T>), sizeof(T)) << name;
}

TEST(ElementTest, ScalarsHaveTheDialectsNamesAndSizes) {
  expect_type<std::int8_t>("char");
  expect_type<char>("char");
  expect_type<std::uint8_t>("uchar");
  expect_type<std::byte>("uchar");
  expect_type<std::int16_t>("short");
  expect_type<std::uint16_t>("ushort");
  expect_type<std::int32_t>("int");
  expect_type<std::uint32_t>("uint");
  expect_type<std::int64_t>("long");
  expect_type<std::uint64_t>("ulong");
  expect_type<long long>("long");
  expect_type<unsigned long long>("ulong");
  expect_type<half>("half");
  expect_type<bfloat16>("bfloat16");
  expect_type<float>("float");
  expect_type<double>("double");
}

TEST(ElementTest, VectorsHaveTheDialectsNamesAndSizes) {
  expect_type<char2>("char2");
  expect_type<uchar4>("uchar4");
  expect_type<short4>("short4");
  expect_type<ushort2>("ushort2");
  expect_type<int2>("int2");
  expect_type<uint4>("uint4");
  expect_type<long2>("long2");
  expect_type<ulong4>("ulong4");
  expect_type<float2>("float2");
  expect_type<float4>("float4");
  expect_type<double4>("double4");
}

TEST(ElementTest, VectorsAreAlignedToTheirSize) {
  EXPECT_EQ(alignof(float2), 8u);
  EXPECT_EQ(alignof(float4), 16u);
  EXPECT_EQ(alignof(double4), 32u);
  EXPECT_EQ(alignof(uchar4), 4u);
}

TEST(ElementTest, ConstnessDoesNotChangeTheType) { EXPECT_EQ(element_type_v<const float>, element_type_v<float>); }

TEST(ElementTest, TypesThatKernelsDoNotKnowAreNoElements) {
  struct Pair {
    float a, b;
  };
  EXPECT_FALSE(Element<bool>);
  EXPECT_FALSE(Element<wchar_t>);
  EXPECT_FALSE(Element<char32_t>);
  EXPECT_FALSE(Element<long double>);
  EXPECT_FALSE(Element<float*>);
  EXPECT_FALSE(Element<Pair>);
  EXPECT_FALSE(Element<std::string>);
  EXPECT_FALSE((Element<Vec<half, 2>>));
}

TEST(GridTest, ItemsLeaveTheGroupsToTheLibrary) {
  const Grid grid = Items{1000, 20};
  EXPECT_EQ(grid.native().items[0], 1000u);
  EXPECT_EQ(grid.native().items[1], 20u);
  EXPECT_EQ(grid.native().items[2], 1u);
  EXPECT_EQ(grid.native().groups[0], 0u);
  EXPECT_EQ(grid.native().workgroup[0], 0u);
}

TEST(GridTest, GroupsAreTakenAsTheyAre) {
  const Grid grid = Groups{7}.in(64, 2);
  EXPECT_EQ(grid.native().items[0], 0u);
  EXPECT_EQ(grid.native().groups[0], 7u);
  EXPECT_EQ(grid.native().groups[1], 1u);
  EXPECT_EQ(grid.native().workgroup[0], 64u);
  EXPECT_EQ(grid.native().workgroup[1], 2u);
  EXPECT_EQ(grid.native().workgroup[2], 1u);
}

TEST(GridTest, TakesAnyIntegerTypeForExtents) {
  const std::size_t wide = std::size_t{1} << 40;
  EXPECT_EQ((Grid(Items{wide, 3, 4u}).native().items[0]), wide);
}

TEST(TimeoutTest, ForeverHasNoLimitAndNegativeTimesAreZero) {
  EXPECT_EQ(detail::timeout_ns(forever), HY_FOREVER);
  EXPECT_EQ(detail::timeout_ns(std::chrono::seconds(-1)), 0u);
  EXPECT_EQ(detail::timeout_ns(std::chrono::microseconds(3)), 3000u);
}

}  // namespace
}  // namespace halyard
