// Our declarations of HIP and of hipRTC against AMD's own headers (from 5.2 on), and our symbols against the libraries
// that are installed. Ours come first, so that the header's macros do not rewrite their names.
#include <dlfcn.h>

#include "backends/hip/abi.hpp"
#include "tests/unit/abi_compare.hpp"

namespace halyard::hip {

#define HALYARD_TEST_FUNCTION(name, result, parameters) using Ours_##name = result parameters;
HALYARD_HIP_FUNCTIONS(HALYARD_TEST_FUNCTION)
HALYARD_HIPRTC_FUNCTIONS(HALYARD_TEST_FUNCTION)
#undef HALYARD_TEST_FUNCTION

}  // namespace halyard::hip

#if defined(HALYARD_HAS_HIP_H)

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Outside of our own namespace: the header must find none of our names, only its own or that it lacks one.
namespace without_header {

// What is found where the header lacks a name.
using halyard::test::Missing;
namespace test = halyard::test;
namespace ours = halyard::hip;
#define HALYARD_TEST_MISSING(name, ...) [[maybe_unused]] constexpr Missing name{};
HALYARD_HIP_FUNCTIONS(HALYARD_TEST_MISSING)
HALYARD_HIPRTC_FUNCTIONS(HALYARD_TEST_MISSING)
HALYARD_HIP_FLAGS(HALYARD_TEST_MISSING)
HALYARD_HIP_MEMORY_TYPES(HALYARD_TEST_MISSING)
#define HALYARD_TEST_ENUM(type, list) list(HALYARD_TEST_MISSING)
HALYARD_HIP_ENUMS(HALYARD_TEST_ENUM)
HALYARD_HIPRTC_ENUMS(HALYARD_TEST_ENUM)
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_MISSING
using hiprtcResult = Missing;

namespace header {
// As a C program sees it: what the header adds for C++ works in the global namespace alone.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wbuiltin-macro-redefined"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma push_macro("__cplusplus")
#undef __cplusplus
// A word of C++, which C's own headers would declare.
#pragma push_macro("wchar_t")
#define wchar_t c_wchar_t
#define __HIP_PLATFORM_AMD__ 1
#define __HIP_PLATFORM_HCC__ 1
#include <hip/hip_runtime_api.h>
#if defined(HALYARD_HAS_HIPRTC_H)
#include <hip/hiprtc.h>
#endif
#pragma pop_macro("wchar_t")
#pragma pop_macro("__cplusplus")
#pragma GCC diagnostic pop

#define HALYARD_TEST_TYPE(type, list) using Theirs_##type = type;
HALYARD_HIP_ENUMS(HALYARD_TEST_TYPE)
HALYARD_HIPRTC_ENUMS(HALYARD_TEST_TYPE)
#undef HALYARD_TEST_TYPE
}  // namespace header
}  // namespace without_header

namespace halyard::test {

namespace theirs = without_header::header;
#define HALYARD_TEST_PAIR(type, list) \
  template <>                         \
  inline constexpr bool kPaired<hip::type, theirs::Theirs_##type> = true;
HALYARD_HIP_ENUMS(HALYARD_TEST_PAIR)
HALYARD_HIPRTC_ENUMS(HALYARD_TEST_PAIR)
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_PAIR(handle, type) \
  template <>                           \
  inline constexpr bool kPaired<hip::type, theirs::type> = true;
HALYARD_HIP_HANDLES(HALYARD_TEST_PAIR)
#if defined(HALYARD_HAS_HIPRTC_H)
HALYARD_HIPRTC_HANDLES(HALYARD_TEST_PAIR)
#endif
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_NOTHING(type, member)
#define HALYARD_TEST_PAIR(type, members) \
  template <>                            \
  inline constexpr bool kPaired<hip::type, theirs::type> = true;
HALYARD_HIP_STRUCTS(HALYARD_TEST_PAIR, HALYARD_TEST_NOTHING)
#undef HALYARD_TEST_PAIR
#undef HALYARD_TEST_NOTHING

}  // namespace halyard::test

namespace without_header::header {

// Versions from which on every optional function, and every enumerator, is in the header.
constexpr bool kHasFunctions = HIP_VERSION_MAJOR >= 6;
constexpr bool kHasValues = HIP_VERSION_MAJOR >= 7;

#define HALYARD_TEST_ROW(name, result, parameters) test::function_row<ours::Ours_##name, decltype(name)>(#name, true),
const std::vector<test::Row> kRequired = {HALYARD_HIP_REQUIRED(HALYARD_TEST_ROW)};
const std::vector<test::Row> kCompilerFunctions = {HALYARD_HIPRTC_FUNCTIONS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW
#define HALYARD_TEST_ROW(name, result, parameters) \
  test::function_row<ours::Ours_##name, decltype(name)>(#name, kHasFunctions),
const std::vector<test::Row> kOptional = {HALYARD_HIP_OPTIONAL(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_ROW(name, value) test::value_row(#name, value, name, kHasValues),
#define HALYARD_TEST_ENUM(type, list) list(HALYARD_TEST_ROW)
const std::vector<test::Row> kValues = {HALYARD_HIP_ENUMS(HALYARD_TEST_ENUM) HALYARD_HIP_FLAGS(HALYARD_TEST_ROW)};
const std::vector<test::Row> kCompilerValues = {HALYARD_HIPRTC_ENUMS(HALYARD_TEST_ENUM)};
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_ROW
#define HALYARD_TEST_ROW(name, before_6, from_6) \
  test::value_row(#name, HIP_VERSION_MAJOR < 6 ? before_6 : from_6, name, HIP_VERSION_MAJOR >= 6),
const std::vector<test::Row> kMemoryTypes = {HALYARD_HIP_MEMORY_TYPES(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_MEMBER(type, member) \
  test::value_row(#type "::" #member, offsetof(ours::type, member), offsetof(type, member), true),
#define HALYARD_TEST_STRUCT(type, members) \
  test::value_row("size of " #type, sizeof(ours::type), sizeof(type), true), members
const std::vector<test::Row> kLayouts = {HALYARD_HIP_STRUCTS(HALYARD_TEST_STRUCT, HALYARD_TEST_MEMBER)};
#undef HALYARD_TEST_STRUCT
#undef HALYARD_TEST_MEMBER

// The header has the layout of its own version under the plain name.
#define HALYARD_TEST_SIZE(symbol, layout, size, offset) size,
#define HALYARD_TEST_OFFSET(symbol, layout, size, offset) offset,
constexpr size_t kSizes[] = {HALYARD_HIP_PROPERTIES(HALYARD_TEST_SIZE)};
constexpr size_t kOffsets[] = {HALYARD_HIP_PROPERTIES(HALYARD_TEST_OFFSET)};
#undef HALYARD_TEST_SIZE
#undef HALYARD_TEST_OFFSET
constexpr size_t kLayout = HIP_VERSION_MAJOR >= 6 ? 0 : 1;
constexpr size_t kTheirSize = sizeof(hipDeviceProp_t);
constexpr size_t kTheirOffset = offsetof(hipDeviceProp_t, gcnArchName);

}  // namespace without_header::header

namespace halyard::hip {
namespace {

namespace theirs = without_header::header;

TEST(HipAbi, DeclaresEveryFunctionAsTheHeaderDoes) {
  test::expect_same(theirs::kRequired, "function");
  test::expect_same(theirs::kOptional, "function");
}

TEST(HipAbi, GivesEveryEnumeratorTheHeadersValue) { test::expect_same(theirs::kValues, "value"); }

TEST(HipAbi, GivesMemoryTypesTheValuesOfTheHeadersVersion) { test::expect_same(theirs::kMemoryTypes, "value"); }

TEST(HipAbi, LaysOutEveryStructureAsTheHeaderDoes) { test::expect_same(theirs::kLayouts, "layout"); }

TEST(HipAbi, FindsTheArchitectureWhereTheHeadersVersionHasIt) {
  EXPECT_EQ(theirs::kTheirSize, theirs::kSizes[theirs::kLayout]);
  EXPECT_EQ(theirs::kTheirOffset, theirs::kOffsets[theirs::kLayout]);
  EXPECT_EQ(theirs::kOffsets[0], offsetof(hipDeviceProp_tR0600, gcnArchName));
  EXPECT_EQ(theirs::kOffsets[1], offsetof(hipDeviceProp_tR0000, gcnArchName));
}

#if defined(HALYARD_HAS_HIPRTC_H)
TEST(HiprtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { test::expect_same(theirs::kCompilerFunctions, "function"); }

TEST(HiprtcAbi, GivesEveryEnumeratorTheHeadersValue) { test::expect_same(theirs::kCompilerValues, "value"); }
#else
TEST(HiprtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no hip/hiprtc.h here"; }
#endif

}  // namespace
}  // namespace halyard::hip

#else
TEST(HipAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no hip/hip_runtime_api.h from 5.2 on here"; }
TEST(HiprtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no hip/hiprtc.h here"; }
#endif

namespace halyard::hip {
namespace {

TEST(HipAbi, NamesOnlySymbolsThatTheLibraryHas) {
#if defined(HALYARD_HIP_LIBRARY)
  void* library = ::dlopen(HALYARD_HIP_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(nullptr, library) << ::dlerror();
#define HALYARD_TEST_SYMBOL(name, result, parameters) EXPECT_NE(nullptr, ::dlsym(library, #name)) << #name;
  HALYARD_HIP_REQUIRED(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
  const bool from_6 = ::dlsym(library, "hipGetDevicePropertiesR0600") != nullptr;
  EXPECT_NE(nullptr, ::dlsym(library, "hipGetDeviceProperties"));
  std::string absent;
#define HALYARD_TEST_SYMBOL(name, result, parameters) \
  if (::dlsym(library, #name) == nullptr) absent += " " #name;
  HALYARD_HIP_OPTIONAL(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
  EXPECT_TRUE(absent.empty() || !from_6) << absent;
  std::printf("%s lacks:%s\n", HALYARD_HIP_LIBRARY, absent.empty() ? " nothing" : absent.c_str());
#else
  GTEST_SKIP() << "no libamdhip64 here";
#endif
}

TEST(HiprtcAbi, NamesOnlySymbolsThatTheLibraryHas) {
#if defined(HALYARD_HIPRTC_LIBRARY)
  void* library = ::dlopen(HALYARD_HIPRTC_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(nullptr, library) << ::dlerror();
#define HALYARD_TEST_SYMBOL(name, result, parameters) EXPECT_NE(nullptr, ::dlsym(library, #name)) << #name;
  HALYARD_HIPRTC_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
#else
  GTEST_SKIP() << "no libhiprtc, nor a libamdhip64 that could have it, here";
#endif
}

}  // namespace
}  // namespace halyard::hip
