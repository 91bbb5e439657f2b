// The fake libze_loader has the shape that Level Zero's header gives the real one. Compiled where that is installed;
// what a header lacks is not compared.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include "backends/level_zero/abi.hpp"
// After ours, whose names its macros would rewrite.
#include <level_zero/ze_api.h>

#include "tests/drivers/fake_abi.hpp"
#include "tests/drivers/gpu_fake/fake_control.hpp"

namespace halyard::level_zero {
#define FUNCTION(name, result, parameters) using Ours_##name = result parameters;
HALYARD_ZE_FUNCTIONS(FUNCTION)
HALYARD_OCLOC_FUNCTIONS(FUNCTION)
#undef FUNCTION
}  // namespace halyard::level_zero

namespace halyard::test {
namespace {

TEST(FakeLevelZeroAbi, every_function_has_the_vendors_shape) {
#define FUNCTION(name, result, parameters) \
  EXPECT_TRUE((SameShape<level_zero::Ours_##name, decltype(::name)>::value)) << #name;
  HALYARD_ZE_REQUIRED(FUNCTION)
#if defined(ZE_API_VERSION_CURRENT_M)  // in headers that have all of them
  HALYARD_ZE_OPTIONAL(FUNCTION)
#endif
#undef FUNCTION
}

TEST(FakeLevelZeroAbi, every_function_is_exported) {
  void* library = dlopen(HALYARD_FAKE_ZE_PATH, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
#define FUNCTION(name, result, parameters) EXPECT_NE(dlsym(library, #name), nullptr) << #name;
  HALYARD_ZE_FUNCTIONS(FUNCTION)
  void* compiler = dlopen(HALYARD_FAKE_OCLOC_PATH, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(compiler, nullptr) << dlerror();
  library = compiler;
  HALYARD_OCLOC_FUNCTIONS(FUNCTION)
#undef FUNCTION
}

TEST(FakeLevelZeroAbi, the_loader_of_an_older_release_lacks_what_came_later) {
  void* library = dlopen(HALYARD_FAKE_ZE18_PATH, RTLD_NOW | RTLD_LOCAL);
  ASSERT_NE(library, nullptr) << dlerror();
#define FUNCTION(name, result, parameters) EXPECT_NE(dlsym(library, #name), nullptr) << #name;
  HALYARD_ZE_REQUIRED(FUNCTION)
#undef FUNCTION
#define FUNCTION(name, result, parameters) EXPECT_EQ(dlsym(library, #name), nullptr) << #name;
  HALYARD_ZE_OPTIONAL(FUNCTION)
#undef FUNCTION
}

}  // namespace
}  // namespace halyard::test
