// What a typed kernel takes and what it refuses, decided by the compiler. The messages of refusals are in cpp_rejects/.
#include <gtest/gtest.h>

#include <cstdint>
#include <type_traits>
#include <vector>

#include "halyard/halyard.hpp"

namespace halyard {
namespace {

using Saxpy = TypedKernel<In<float>, InOut<float>, float, std::uint32_t>;

template <class K, class... Args>
concept Launches = requires(Stream& stream, const K& kernel, Args... args) {
  stream.launch(kernel, Items{1}, args...);
};
template <class K, class... Args>
concept Calls = requires(const K& bound, Args... args) {
  bound(Items{1}, args...);
};

using In_ = Buffer<float>&;
using View_ = View<float>;

TEST(TypedKernelTest, TakesBuffersAndViewsOfItsElementType) {
  static_assert(Launches<Saxpy, In_, In_, float, std::uint32_t>);
  static_assert(Launches<Saxpy, View_, View_, float, std::uint32_t>);
  static_assert(Launches<Saxpy, View<const float>, View_, float, std::uint32_t>);
  static_assert(Launches<Saxpy, const Buffer<float>&, In_, float, std::uint32_t>);
}

TEST(TypedKernelTest, RefusesBuffersOfAnotherElementType) {
  static_assert(!Launches<Saxpy, Buffer<double>&, In_, float, std::uint32_t>);
  static_assert(!Launches<Saxpy, View<int>, In_, float, std::uint32_t>);
  static_assert(!Launches<Saxpy, View<float4>, In_, float, std::uint32_t>);
}

TEST(TypedKernelTest, RefusesConstElementsWhereItWrites) {
  static_assert(!Launches<Saxpy, In_, View<const float>, float, std::uint32_t>);
  static_assert(!Launches<Saxpy, In_, const Buffer<float>&, float, std::uint32_t>);
}

TEST(TypedKernelTest, RefusesAWrongNumberOfArguments) {
  static_assert(!Launches<Saxpy, In_, In_, float>);
  static_assert(!Launches<Saxpy, In_, In_, float, std::uint32_t, std::uint32_t>);
  static_assert(!Launches<Saxpy>);
}

TEST(TypedKernelTest, RefusesBuffersForValuesAndValuesForBuffers) {
  static_assert(!Launches<Saxpy, In_, In_, In_, std::uint32_t>);
  static_assert(!Launches<Saxpy, float, In_, float, std::uint32_t>);
  static_assert(!Launches<Saxpy, float*, In_, float, std::uint32_t>);
  static_assert(!Launches<Saxpy, std::vector<float>&, In_, float, std::uint32_t>);
}

TEST(TypedKernelTest, TakesIntegersOfAnyTypeAndFloatingPointThatIsNotWider) {
  static_assert(Launches<Saxpy, In_, In_, float, int>);
  static_assert(Launches<Saxpy, In_, In_, float, std::uint16_t>);
  static_assert(Launches<Saxpy, In_, In_, float, std::size_t>);
  static_assert(Calls<TypedBoundKernel<double>, float>);
}

TEST(TypedKernelTest, RefusesToMixIntegersFloatingPointAndBool) {
  static_assert(!Launches<Saxpy, In_, In_, int, std::uint32_t>);
  static_assert(!Launches<Saxpy, In_, In_, float, float>);
  static_assert(!Launches<Saxpy, In_, In_, float, double>);
  static_assert(!Launches<Saxpy, In_, In_, float, bool>);
  static_assert(!Launches<Saxpy, In_, In_, bool, std::uint32_t>);
}

TEST(TypedKernelTest, RefusesFloatingPointThatCouldLoseDigits) {
  static_assert(!Launches<Saxpy, In_, In_, double, std::uint32_t>);
}

TEST(TypedKernelTest, ABoundKernelChecksTheSame) {
  using Bound = TypedBoundKernel<In<float>, InOut<float>, float, std::uint32_t>;
  static_assert(Calls<Bound, In_, In_, float, std::uint32_t>);
  static_assert(!Calls<Bound, Buffer<double>&, In_, float, std::uint32_t>);
  static_assert(!Calls<Bound, In_, In_, float>);
}

TEST(TypedKernelTest, TakesVectorsAndStorageTypesAsValues) {
  static_assert(Calls<TypedBoundKernel<float4, half, bfloat16>, float4, half, bfloat16>);
  static_assert(!Calls<TypedBoundKernel<half>, bfloat16>);
  static_assert(!Calls<TypedBoundKernel<half>, float>);
  static_assert(!Calls<TypedBoundKernel<float4>, float2>);
}

TEST(ViewTest, BecomesAViewOfConstElementsButNotBack) {
  static_assert(std::is_convertible_v<View<float>, View<const float>>);
  static_assert(!std::is_convertible_v<View<const float>, View<float>>);
  static_assert(!std::is_convertible_v<View<float>, View<double>>);
  static_assert(std::is_convertible_v<Buffer<float>&, View<float>>);
  static_assert(std::is_convertible_v<Buffer<float>&, View<const float>>);
  static_assert(std::is_convertible_v<const Buffer<float>&, View<const float>>);
  static_assert(!std::is_convertible_v<const Buffer<float>&, View<float>>);
}

TEST(ViewTest, IsTriviallyCopyableAndBuffersAndStreamsOnlyMove) {
  static_assert(std::is_trivially_copyable_v<View<float>>);
  static_assert(!std::is_copy_constructible_v<Buffer<float>> && std::is_nothrow_move_constructible_v<Buffer<float>>);
  static_assert(!std::is_copy_constructible_v<Stream> && std::is_nothrow_move_constructible_v<Stream>);
  static_assert(std::is_copy_constructible_v<Device> && std::is_copy_constructible_v<Point>);
}

TEST(ViewTest, SubviewCountsInElementsAndChecksItsRange) {
  const View<float> all(hy_view{nullptr, 0, 16, 40});
  EXPECT_EQ(all.size(), 10u);
  const auto part = all.subview(2, 3);
  ASSERT_TRUE(part);
  EXPECT_EQ(part->native().offset, 24u);
  EXPECT_EQ(part->native().bytes, 12u);
  EXPECT_TRUE(all.subview(10, 0));
  EXPECT_TRUE(all.subview(0, 10));
  EXPECT_FALSE(all.subview(0, 11));
  EXPECT_FALSE(all.subview(11, 0));
  const auto overflow = all.subview(1, UINT64_MAX);
  ASSERT_FALSE(overflow);
  EXPECT_EQ(overflow.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(overflow.error().message().find("not within a view of 10"), std::string_view::npos);
}

TEST(ViewTest, CanBeSeenAsAnotherElementTypeWhereItFits) {
  const View<float> all(hy_view{nullptr, 0, 16, 48});
  ASSERT_TRUE(all.as<float4>());
  EXPECT_EQ(all.as<float4>()->size(), 3u);
  const auto odd = View<float>(hy_view{nullptr, 0, 4, 48}).as<float4>();
  ASSERT_FALSE(odd);
  EXPECT_EQ(odd.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(odd.error().message().find("float4"), std::string_view::npos);
}

template <class D, class T>
concept Writes = requires(Stream& stream, D destination, std::vector<T> source) {
  stream.write(destination, source);
};

TEST(StreamTest, WritesOnlyMatchingElementsToWritableMemory) {
  static_assert(Writes<Buffer<float>&, float>);
  static_assert(Writes<View<float>, float>);
  static_assert(!Writes<Buffer<float>&, double>);
  static_assert(!Writes<View<const float>, float>);
  static_assert(!Writes<const Buffer<float>&, float>);
}

TEST(ArgumentTest, AValueIsItsBytesFromTheFirstOn) {
  const detail::Arguments<3> arguments(2.0f, std::uint16_t{0x1234}, half(1.0f));
  EXPECT_EQ(arguments.list[0].is_view, 0u);
  EXPECT_EQ(arguments.list[0].type, hy_type{HY_F32});
  float value = 0;
  std::memcpy(&value, arguments.list[0].u.value, sizeof value);
  EXPECT_EQ(value, 2.0f);
  EXPECT_EQ(arguments.list[1].type, hy_type{HY_U16});
  EXPECT_EQ(arguments.list[2].type, hy_type{HY_F16});
}

template <class T, class U>
bool keeps(U value) {
  return ValueArgument<T>(value).type == element_type_v<T>;
}

TEST(ArgumentTest, AnIntegerIsConvertedOnlyWhereItKeepsItsValue) {
  EXPECT_TRUE(keeps<std::uint32_t>(0));
  EXPECT_FALSE(keeps<std::uint32_t>(-1));
  EXPECT_TRUE(keeps<std::uint32_t>(std::uint64_t{UINT32_MAX}));
  EXPECT_FALSE(keeps<std::uint32_t>(std::uint64_t{UINT32_MAX} + 1));
  EXPECT_TRUE(keeps<std::int32_t>(std::uint32_t{INT32_MAX}));
  EXPECT_FALSE(keeps<std::int32_t>(UINT32_MAX));
  EXPECT_TRUE(keeps<std::int8_t>(std::int64_t{-128}));
  EXPECT_FALSE(keeps<std::int8_t>(std::int64_t{-129}));
  EXPECT_FALSE(keeps<std::int8_t>(128));
  EXPECT_FALSE(keeps<std::uint64_t>(std::int8_t{-1}));
  EXPECT_TRUE(keeps<std::uint64_t>(UINT64_MAX));
  EXPECT_FALSE(keeps<std::int64_t>(UINT64_MAX));
  EXPECT_TRUE(keeps<std::int64_t>(INT64_MIN));
  EXPECT_TRUE(keeps<std::int64_t>(std::int8_t{-1}));
}

TEST(ArgumentTest, AnIntegerThatFitsIsItsBytesInTheParametersType) {
  const detail::Arguments<2> arguments(ValueArgument<std::uint16_t>(0x1234), ValueArgument<std::int64_t>(-2));
  EXPECT_EQ(arguments.list[0].type, hy_type{HY_U16});
  std::uint16_t first = 0;
  std::memcpy(&first, arguments.list[0].u.value, sizeof first);
  EXPECT_EQ(first, 0x1234);
  EXPECT_EQ(arguments.list[1].type, hy_type{HY_I64});
  std::int64_t second = 0;
  std::memcpy(&second, arguments.list[1].u.value, sizeof second);
  EXPECT_EQ(second, -2);
}

TEST(ArgumentTest, AViewKeepsItsRangeAndElementType) {
  const View<double> view(hy_view{nullptr, 3, 8, 24});
  const detail::Arguments<1> arguments(view);
  EXPECT_EQ(arguments.list[0].is_view, 1u);
  EXPECT_EQ(arguments.list[0].type, hy_type{HY_F64});
  EXPECT_EQ(arguments.list[0].u.view.generation, 3u);
  EXPECT_EQ(arguments.list[0].u.view.offset, 8u);
  EXPECT_EQ(arguments.list[0].u.view.bytes, 24u);
}

}  // namespace
}  // namespace halyard
