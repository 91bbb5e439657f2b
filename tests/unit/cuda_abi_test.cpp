// Our declarations of CUDA's driver API and of NVRTC against NVIDIA's own headers (from 11.4 on), and our symbols
// against the libraries that are installed. Ours come first, so that the header's macros do not rewrite their names.
#include <dlfcn.h>

#include "backends/cuda/abi.hpp"
#include "tests/unit/abi_compare.hpp"

namespace halyard::cuda {

#define HALYARD_TEST_FUNCTION(name, symbol, version, result, parameters) using Ours_##name = result parameters;
HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_FUNCTION)
HALYARD_CUDA_FINDERS(HALYARD_TEST_FUNCTION)
#undef HALYARD_TEST_FUNCTION
#define HALYARD_TEST_FUNCTION(name, result, parameters) using Ours_##name = result parameters;
HALYARD_NVRTC_FUNCTIONS(HALYARD_TEST_FUNCTION)
#undef HALYARD_TEST_FUNCTION

}  // namespace halyard::cuda

#if defined(HALYARD_HAS_CUDA_H)

#include <stdint.h>
#include <stdlib.h>

// Outside of our own namespace: the header must find none of our names, only its own or that it lacks one.
namespace without_header {

using halyard::test::Missing;
namespace test = halyard::test;
namespace ours = halyard::cuda;
#define HALYARD_TEST_MISSING(name, symbol, version, result, parameters) \
  [[maybe_unused]] constexpr Missing symbol{};                          \
  using PFN_##name##_v##version = Missing*;
HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_MISSING)
HALYARD_CUDA_FINDERS(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
#define HALYARD_TEST_MISSING(name, result, parameters) [[maybe_unused]] constexpr Missing name{};
HALYARD_NVRTC_FUNCTIONS(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
#define HALYARD_TEST_MISSING(name, value) [[maybe_unused]] constexpr Missing name{};
#define HALYARD_TEST_ENUM(type, list) \
  using type = Missing;               \
  list(HALYARD_TEST_MISSING)
HALYARD_CUDA_ENUMS(HALYARD_TEST_ENUM)
HALYARD_NVRTC_ENUMS(HALYARD_TEST_ENUM)
HALYARD_CUDA_FLAGS(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_MISSING

namespace header {
// Every form of a function under its own name, the oldest ones too.
#define __CUDA_API_VERSION_INTERNAL
#include <cuda.h>
#include <cudaTypedefs.h>
#if defined(HALYARD_HAS_NVRTC_H)
#include <nvrtc.h>
#endif

#define HALYARD_TEST_TYPE(type, list) using Theirs_##type = type;
HALYARD_CUDA_ENUMS(HALYARD_TEST_TYPE)
HALYARD_NVRTC_ENUMS(HALYARD_TEST_TYPE)
#undef HALYARD_TEST_TYPE
}  // namespace header
}  // namespace without_header

namespace halyard::test {

namespace theirs = without_header::header;
#define HALYARD_TEST_PAIR(type, list) \
  template <>                         \
  inline constexpr bool kPaired<cuda::type, theirs::Theirs_##type> = true;
HALYARD_CUDA_ENUMS(HALYARD_TEST_PAIR)
HALYARD_NVRTC_ENUMS(HALYARD_TEST_PAIR)
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_PAIR(handle, type) \
  template <>                           \
  inline constexpr bool kPaired<cuda::type, theirs::type> = true;
HALYARD_CUDA_HANDLES(HALYARD_TEST_PAIR)
#if defined(HALYARD_HAS_NVRTC_H)
HALYARD_NVRTC_HANDLES(HALYARD_TEST_PAIR)
#endif
#undef HALYARD_TEST_PAIR
#define HALYARD_TEST_NOTHING(type, member)
#define HALYARD_TEST_PAIR(type, members) \
  template <>                            \
  inline constexpr bool kPaired<cuda::type, theirs::type> = true;
HALYARD_CUDA_STRUCTS(HALYARD_TEST_PAIR, HALYARD_TEST_NOTHING)
#undef HALYARD_TEST_PAIR
#undef HALYARD_TEST_NOTHING

}  // namespace halyard::test

namespace without_header::header {

// Our lists were made from this version: it and later ones have every name in them.
constexpr int kNewestKnown = 13000;

#define HALYARD_TEST_ROW(name, symbol, version, result, parameters) \
  test::function_row<ours::Ours_##name, decltype(symbol)>(#symbol, version <= CUDA_VERSION),
const std::vector<test::Row> kFunctions = {HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_ROW)
                                               HALYARD_CUDA_FINDERS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW
#define HALYARD_TEST_ROW(name, symbol, version, result, parameters)                                            \
  test::function_row<ours::Ours_##name, std::remove_pointer_t<PFN_##name##_v##version>>(#name " of " #version, \
                                                                                        version <= CUDA_VERSION),
const std::vector<test::Row> kForms = {HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_ROW(name, value) test::value_row(#name, value, name, CUDA_VERSION >= kNewestKnown),
#define HALYARD_TEST_ENUM(type, list) list(HALYARD_TEST_ROW)
const std::vector<test::Row> kValues = {HALYARD_CUDA_ENUMS(HALYARD_TEST_ENUM) HALYARD_CUDA_FLAGS(HALYARD_TEST_ROW)};
const std::vector<test::Row> kCompilerValues = {HALYARD_NVRTC_ENUMS(HALYARD_TEST_ENUM)};
#undef HALYARD_TEST_ENUM
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_ROW(name, result, parameters) test::function_row<ours::Ours_##name, decltype(name)>(#name, true),
const std::vector<test::Row> kCompilerFunctions = {HALYARD_NVRTC_FUNCTIONS(HALYARD_TEST_ROW)};
#undef HALYARD_TEST_ROW

#define HALYARD_TEST_MEMBER(type, member) \
  test::value_row(#type "::" #member, offsetof(ours::type, member), offsetof(type, member), true),
#define HALYARD_TEST_STRUCT(type, members) \
  test::value_row("size of " #type, sizeof(ours::type), sizeof(type), true), members
const std::vector<test::Row> kLayouts = {HALYARD_CUDA_STRUCTS(HALYARD_TEST_STRUCT, HALYARD_TEST_MEMBER)};
#undef HALYARD_TEST_STRUCT
#undef HALYARD_TEST_MEMBER

}  // namespace without_header::header

namespace halyard::cuda {
namespace {

namespace theirs = without_header::header;

TEST(CudaAbi, DeclaresEveryFunctionAsTheHeaderDoes) { test::expect_same(theirs::kFunctions, "function"); }

TEST(CudaAbi, AsksForTheVersionInWhichEachFormAppeared) { test::expect_same(theirs::kForms, "form"); }

TEST(CudaAbi, GivesEveryEnumeratorTheHeadersValue) { test::expect_same(theirs::kValues, "value"); }

TEST(CudaAbi, LaysOutEveryStructureAsTheHeaderDoes) { test::expect_same(theirs::kLayouts, "layout"); }

#if defined(HALYARD_HAS_NVRTC_H)
TEST(NvrtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { test::expect_same(theirs::kCompilerFunctions, "function"); }

TEST(NvrtcAbi, GivesEveryEnumeratorTheHeadersValue) { test::expect_same(theirs::kCompilerValues, "value"); }
#else
TEST(NvrtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no nvrtc.h here"; }
#endif

}  // namespace
}  // namespace halyard::cuda

#else
TEST(CudaAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no cuda.h from 11.4 on here"; }
TEST(NvrtcAbi, DeclaresEveryFunctionAsTheHeaderDoes) { GTEST_SKIP() << "no nvrtc.h with a cuda.h from 11.4 on here"; }
#endif

namespace halyard::cuda {
namespace {

TEST(CudaAbi, NamesOnlySymbolsThatTheDriversLibraryHas) {
#if defined(HALYARD_CUDA_STUB)
  void* library = ::dlopen(HALYARD_CUDA_STUB, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(nullptr, library) << ::dlerror();
#define HALYARD_TEST_SYMBOL(name, symbol, version, result, parameters) \
  EXPECT_NE(nullptr, ::dlsym(library, #symbol)) << #symbol;
  HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_SYMBOL)
  HALYARD_CUDA_FINDERS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
#else
  GTEST_SKIP() << "no lib64/stubs/libcuda.so of a CUDA toolkit here";
#endif
}

TEST(NvrtcAbi, NamesOnlySymbolsThatTheLibraryHas) {
#if defined(HALYARD_NVRTC_LIBRARY)
  void* library = ::dlopen(HALYARD_NVRTC_LIBRARY, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(nullptr, library) << ::dlerror();
#define HALYARD_TEST_SYMBOL(name, result, parameters) EXPECT_NE(nullptr, ::dlsym(library, #name)) << #name;
  HALYARD_NVRTC_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
#else
  GTEST_SKIP() << "no libnvrtc.so of a CUDA toolkit here";
#endif
}

}  // namespace
}  // namespace halyard::cuda
