// Our declarations of Level Zero and of ocloc against the vendor's own headers (from 1.4 on), and our symbols against
// the loader that is installed. Ours come first, so that the header's macros do not rewrite their names.
#include <dlfcn.h>

#include "backends/level_zero/abi.hpp"
#include "tests/unit/abi_compare.hpp"

namespace halyard::level_zero {

#define HALYARD_TEST_FUNCTION(name, result, parameters) using Ours_##name = result parameters;
HALYARD_ZE_FUNCTIONS(HALYARD_TEST_FUNCTION)
HALYARD_OCLOC_FUNCTIONS(HALYARD_TEST_FUNCTION)
#undef HALYARD_TEST_FUNCTION

}  // namespace halyard::level_zero

#if defined(HALYARD_HAS_ZE_API_H)

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Outside of our own namespace: the header must find none of our names, only its own or that it lacks one.
namespace without_header {

// What is found where the header lacks a name.
using halyard::test::Missing;
namespace test = halyard::test;
namespace ours = halyard::level_zero;
#define HALYARD_TEST_MISSING(name, ...) [[maybe_unused]] constexpr Missing name{};
HALYARD_ZE_FUNCTIONS(HALYARD_TEST_MISSING)
HALYARD_ZE_FLAGS(HALYARD_TEST_MISSING)
HALYARD_ZE_EXTENSIONS(HALYARD_TEST_MISSING)
#define HALYARD_TEST_ENUM(type, list) list(HALYARD_TEST_MISSING)
HALYARD_ZE_ENUMS(HALYARD_TEST_ENUM)
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_MISSING
#define HALYARD_TEST_NOTHING(...)
#define HALYARD_TEST_MISSING(name, members) using name = Missing;
HALYARD_ZE_STRUCTS(HALYARD_TEST_MISSING, HALYARD_TEST_NOTHING)
#undef HALYARD_TEST_MISSING
#undef HALYARD_TEST_NOTHING

namespace header {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#include <level_zero/ze_api.h>
#if defined(HALYARD_HAS_OCLOC_API_H)
#include <ocloc_api.h>
#endif
#pragma GCC diagnostic pop

#define HALYARD_TEST_NOTHING(...)
#define HALYARD_TEST_TYPE(name, members) using Theirs_##name = name;
HALYARD_ZE_STRUCTS(HALYARD_TEST_TYPE, HALYARD_TEST_NOTHING)
#undef HALYARD_TEST_TYPE
#undef HALYARD_TEST_NOTHING
}  // namespace header
}  // namespace without_header

namespace halyard::test {

namespace theirs = without_header::header;
#define HALYARD_TEST_PAIR(type, list) \
  template <>                         \
  inline constexpr bool kPaired<level_zero::type, theirs::type> = true;
HALYARD_ZE_ENUMS(HALYARD_TEST_PAIR)
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_PAIR(handle) \
  template <>                     \
  inline constexpr bool kPaired<level_zero::_##handle, theirs::_##handle> = true;
HALYARD_ZE_HANDLES(HALYARD_TEST_PAIR)
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_NOTHING(...)
#define HALYARD_TEST_PAIR(type, members) \
  template <>                            \
  inline constexpr bool kPaired<level_zero::type, theirs::Theirs_##type> = true;
HALYARD_ZE_STRUCTS(HALYARD_TEST_PAIR, HALYARD_TEST_NOTHING)
#undef HALYARD_TEST_PAIR
#undef HALYARD_TEST_NOTHING
// A number to us, as newer drivers answer versions that no header has.
template <>
inline constexpr bool kPaired<level_zero::ze_api_version_t, theirs::ze_api_version_t> = true;

template <typename Theirs>
Row text_row(const char* name, const char* ours, const Theirs& theirs, bool must) {
  if constexpr (std::is_same_v<Theirs, Missing>) {
    return {name, !must, false};
  } else {
    return {name, false, ours == std::string(theirs)};
  }
}

// Where a member stands and how long it is, of a structure that the header may lack; {0, 0} then.
struct Place {
  size_t offset, bytes;
};
inline Row place_row(const char* name, Place ours, Place theirs, bool must) {
  if (theirs.bytes == 0) return {name, !must, false};
  return {name, false, ours.offset == theirs.offset && ours.bytes == theirs.bytes};
}

}  // namespace halyard::test

namespace without_header::header {

// From this version on every optional function, structure and enumerator is in the header.
constexpr bool kHasAll = ZE_API_VERSION_CURRENT >= ZE_MAKE_VERSION(1, 12);

#define HALYARD_TEST_ROW(name, result, parameters) test::function_row<ours::Ours_##name, decltype(name)>(#name, true),
const std::vector<test::Row> kRequired = {HALYARD_ZE_REQUIRED(HALYARD_TEST_ROW)};
#if defined(HALYARD_HAS_OCLOC_API_H)
const std::vector<test::Row> kCompilerFunctions = {HALYARD_OCLOC_FUNCTIONS(HALYARD_TEST_ROW)};
#endif
#undef HALYARD_TEST_ROW
#define HALYARD_TEST_ROW(name, result, parameters) \
  test::function_row<ours::Ours_##name, decltype(name)>(#name, kHasAll),
const std::vector<test::Row> kOptional = {HALYARD_ZE_OPTIONAL(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_ROW(name, value) test::value_row(#name, value, name, kHasAll),
#define HALYARD_TEST_ENUM(type, list) list(HALYARD_TEST_ROW)
const std::vector<test::Row> kValues = {HALYARD_ZE_ENUMS(HALYARD_TEST_ENUM) HALYARD_ZE_FLAGS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_ROW
#define HALYARD_TEST_ROW(name, value) test::text_row(#name, value, name, kHasAll),
const std::vector<test::Row> kExtensions = {HALYARD_ZE_EXTENSIONS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_MEMBER(type, member_type, member, array)                         \
  test::place_row(                                                                    \
      #type "::" #member, {offsetof(ours::type, member), sizeof(ours::type::member)}, \
      []<typename T>(std::type_identity<T>) {                                         \
        if constexpr (std::is_same_v<T, Missing>) {                                   \
          return test::Place{0, 0};                                                   \
        } else {                                                                      \
          return test::Place{offsetof(T, member), sizeof(T::member)};                 \
        }                                                                             \
      }(std::type_identity<type>()),                                                  \
      kHasAll),
#define HALYARD_TEST_STRUCT(type, members)                                                                          \
  test::place_row("size of " #type, {0, sizeof(ours::type)}, {0, std::is_same_v<type, Missing> ? 0 : sizeof(type)}, \
                  kHasAll),                                                                                         \
      members
const std::vector<test::Row> kLayouts = {HALYARD_ZE_STRUCTS(HALYARD_TEST_STRUCT, HALYARD_TEST_MEMBER)};
#undef HALYARD_TEST_STRUCT
#undef HALYARD_TEST_MEMBER

}  // namespace without_header::header

namespace halyard::level_zero {
namespace {

namespace theirs = without_header::header;

TEST(LevelZeroAbi, DeclaresEveryFunctionAsTheHeaderDoes) {
  std::vector<test::Row> all = theirs::kRequired;
  all.insert(all.end(), theirs::kOptional.begin(), theirs::kOptional.end());
  test::expect_same(all, "function");
}

TEST(LevelZeroAbi, GivesEveryEnumeratorTheHeadersValue) { test::expect_same(theirs::kValues, "value"); }

TEST(LevelZeroAbi, NamesExtensionsAsTheHeaderDoes) {
  std::string missing;
  for (const test::Row& row : theirs::kExtensions) {
    if (row.missing) missing += std::string(" ") + row.name;
    EXPECT_TRUE(row.missing || row.same) << row.name;
  }
  std::printf("not in this header:%s\n", missing.empty() ? " nothing" : missing.c_str());
}

TEST(LevelZeroAbi, LaysOutEveryStructureAsTheHeaderDoes) { test::expect_same(theirs::kLayouts, "layout"); }

#if defined(HALYARD_HAS_OCLOC_API_H)
TEST(OclocAbi, DeclaresEveryFunctionAsTheHeaderDoes) { test::expect_same(theirs::kCompilerFunctions, "function"); }
#else
TEST(OclocAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no ocloc_api.h here"; }
#endif

}  // namespace
}  // namespace halyard::level_zero

#else
TEST(LevelZeroAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no level_zero/ze_api.h here"; }
TEST(OclocAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no level_zero/ze_api.h here"; }
#endif

namespace halyard::level_zero {
namespace {

TEST(LevelZeroAbi, NamesOnlySymbolsThatTheLoaderHas) {
#if defined(HALYARD_ZE_LOADER)
  void* library = ::dlopen(HALYARD_ZE_LOADER, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(nullptr, library) << ::dlerror();
#define HALYARD_TEST_SYMBOL(name, result, parameters) EXPECT_NE(nullptr, ::dlsym(library, #name)) << #name;
  HALYARD_ZE_REQUIRED(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
  std::string absent;
#define HALYARD_TEST_SYMBOL(name, result, parameters) \
  if (::dlsym(library, #name) == nullptr) absent += " " #name;
  HALYARD_ZE_OPTIONAL(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
  std::printf("%s lacks:%s\n", HALYARD_ZE_LOADER, absent.empty() ? " nothing" : absent.c_str());
#else
  GTEST_SKIP() << "no libze_loader.so.1 here";
#endif
}

}  // namespace
}  // namespace halyard::level_zero
