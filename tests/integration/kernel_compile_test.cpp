// From a kernel's text to a right result, on every device: compiled ahead of time, at run time, and out of the cache in
// whatever state that is.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "compiled_kernels.hpp"
#include "halyard/halyard.hpp"

namespace {

namespace fs = std::filesystem;
using halyard::Items;

class Compiling : public testing::TestWithParam<std::string> {
 protected:
  Compiling() {
    char name[] = "/tmp/halyard-compile-test-XXXXXX";
    folder_ = mkdtemp(name);
    cache_ = folder_ + "/cache";
  }
  ~Compiling() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  void SetUp() override {
    if (!open()) GTEST_SKIP() << problem_;
  }

  bool open() {
    device_.reset();
    runtime_.reset();
    halyard::RuntimeOptions options;
    options.cache_dir = cache_.c_str();
    auto runtime = halyard::Runtime::create(options);
    if (!runtime) return problem_ = runtime.error().message(), false;
    auto device = runtime->device(GetParam().c_str());
    if (!device) return problem_ = device.error().message(), false;
    runtime_.emplace(*runtime);
    device_.emplace(*device);
    return true;
  }

  halyard::Bundle source(const std::string& text, const char* file = "user.hk") {
    auto bundle = halyard::Bundle::from_source(*runtime_, text, file);
    EXPECT_TRUE(bundle) << bundle.error().message();
    return *bundle;
  }

  // Runs y = f(x) over fresh numbers.
  template <class Kernel, class Expected, class... More>
  void check(const Kernel& kernel, std::size_t count, Expected expected, More... more) {
    std::mt19937 random(std::random_device{}());
    std::vector<float> x(count);
    std::vector<float> y(count, -1e30f);
    for (float& value : x) value = static_cast<float>(random() % 1000);
    auto stream = device_->stream();
    ASSERT_TRUE(stream) << stream.error().message();
    auto from = stream->template allocate<float>(count);
    auto to = stream->template allocate<float>(count);
    ASSERT_TRUE(from && to);
    ASSERT_TRUE(stream->write_now(*from, x));
    ASSERT_TRUE(stream->write_now(*to, y));
    auto launched = stream->launch(kernel, Items{count}, *from, *to, more...);
    ASSERT_TRUE(launched) << launched.error().message();
    ASSERT_TRUE(stream->read_now(y, *to));
    for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(y[i], expected(x, i)) << i;
  }

  std::string folder_;
  std::string cache_;
  std::string problem_;
  std::optional<halyard::Runtime> runtime_;
  std::optional<halyard::Device> device_;
};

constexpr char kPlusOne[] =
    "HY_KERNEL(plus_one, HY_IN(float, x), HY_OUT(float, y), HY_VAL(uint, n))\n{\n  const ulong i = hy_global_id(0);\n"
    "  if (i < n) { y[i] = x[i] + 1; }\n}\n";

TEST_P(Compiling, LinkedKernelsOfTwoFilesRun) {
  auto bundle = halyard::Bundle::from_linked(*runtime_, compiled_kernels::bundle());
  ASSERT_TRUE(bundle) << bundle.error().message();
  auto scaled = compiled_kernels::scaled(*bundle, *device_);
  ASSERT_TRUE(scaled) << scaled.error().message();
  check(
      *scaled, 1000, [](const std::vector<float>& x, std::size_t i) { return x[i] * 2; }, std::uint32_t{1000});
  auto reversed = compiled_kernels::reversed(*bundle, *device_);
  ASSERT_TRUE(reversed) << reversed.error().message();
  check(*reversed, 640, [](const std::vector<float>& x, std::size_t i) { return x[i / 64 * 64 + 63 - i % 64]; });
}

TEST_P(Compiling, OtherConstantsGiveOtherKernels) {
  auto bundle = halyard::Bundle::from_linked(*runtime_, compiled_kernels::bundle());
  ASSERT_TRUE(bundle);
  auto scaled = compiled_kernels::scaled(*bundle, *device_, {{"FACTOR", "5"}});
  ASSERT_TRUE(scaled) << scaled.error().message();
  check(
      *scaled, 1000, [](const std::vector<float>& x, std::size_t i) { return x[i] * 5; }, std::uint32_t{1000});
  auto reversed = compiled_kernels::reversed(*bundle, *device_, {{"TILE", "16"}});
  ASSERT_TRUE(reversed) << reversed.error().message();
  check(*reversed, 640, [](const std::vector<float>& x, std::size_t i) { return x[i / 16 * 16 + 15 - i % 16]; });
}

TEST_P(Compiling, AtRunTimeHappensOnceAndIsRemembered) {
  for (int process = 0; process < 2; ++process) {
    ASSERT_TRUE(open());
    auto bundle = source(kPlusOne);
    auto kernel = bundle.kernel(*device_, "plus_one");
    ASSERT_TRUE(kernel) << kernel.error().message();
    EXPECT_EQ(kernel->info()->from_cache, process == 0 ? 0u : 1u);
    check(
        *kernel, 777, [](const std::vector<float>& x, std::size_t i) { return x[i] + 1; }, std::uint32_t{777});
  }
}

TEST_P(Compiling, WorksWithADamagedCache) {
  {
    auto kernel = source(kPlusOne).kernel(*device_, "plus_one");
    ASSERT_TRUE(kernel) << kernel.error().message();
  }
  for (const auto& item : fs::directory_iterator(cache_)) {
    if (item.is_regular_file()) fs::resize_file(item.path(), item.file_size() / 2);
  }
  ASSERT_TRUE(open());
  auto kernel = source(kPlusOne).kernel(*device_, "plus_one");
  ASSERT_TRUE(kernel) << kernel.error().message();
  EXPECT_EQ(kernel->info()->from_cache, 0u);
  check(
      *kernel, 100, [](const std::vector<float>& x, std::size_t i) { return x[i] + 1; }, std::uint32_t{100});
}

TEST_P(Compiling, WorksWithoutACache) {
  cache_ = "";
  ASSERT_TRUE(open());
  auto kernel = source(kPlusOne).kernel(*device_, "plus_one");
  ASSERT_TRUE(kernel) << kernel.error().message();
  check(
      *kernel, 100, [](const std::vector<float>& x, std::size_t i) { return x[i] + 1; }, std::uint32_t{100});
}

TEST_P(Compiling, WorksWithACacheFromWhichNothingMayBeExecuted) {
  fs::create_directory(cache_);
  if (mount("tmpfs", cache_.c_str(), "tmpfs", MS_NOEXEC, "size=64m,mode=0700") != 0) {
    GTEST_SKIP() << "this process may not mount a file system without execution: " << std::strerror(errno);
  }
  for (int process = 0; process < 2; ++process) {
    ASSERT_TRUE(open());
    auto kernel = source(kPlusOne).kernel(*device_, "plus_one");
    EXPECT_TRUE(kernel) << kernel.error().message();
    if (!kernel) break;
    check(
        *kernel, 100, [](const std::vector<float>& x, std::size_t i) { return x[i] + 1; }, std::uint32_t{100});
  }
  device_.reset();
  runtime_.reset();
  umount2(cache_.c_str(), MNT_DETACH);
}

TEST_P(Compiling, WorksWithAFullCache) {
  fs::create_directory(cache_);
  if (mount("tmpfs", cache_.c_str(), "tmpfs", 0, "size=4k,mode=0700") != 0) {
    GTEST_SKIP() << "this process may not mount a small file system: " << std::strerror(errno);
  }
  std::ofstream(cache_ + "/filler") << std::string(4096, 'x');
  ASSERT_TRUE(open());
  auto kernel = source(kPlusOne).kernel(*device_, "plus_one");
  EXPECT_TRUE(kernel) << kernel.error().message();
  device_.reset();
  runtime_.reset();
  umount2(cache_.c_str(), MNT_DETACH);
}

TEST_P(Compiling, SaysTheUsersLineWhenItFails) {
  auto bundle =
      source("// one\n// two\nHY_KERNEL(bad, HY_OUT(float, y))\n{\n  y[0] = no_such_name;\n}\n", "folder/bad.hk");
  auto kernel = bundle.kernel(*device_, "bad");
  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().code(), halyard::ErrorCode::compile_failed);
  const std::string message(kernel.error().message());
  EXPECT_EQ(message.rfind("folder/bad.hk:5", 0), 0u) << message;
  EXPECT_NE(message.find("no_such_name"), std::string::npos) << message;
}

std::vector<std::string> selectors() { return {"cpu", "opencl"}; }
INSTANTIATE_TEST_SUITE_P(On, Compiling, testing::ValuesIn(selectors()),
                         [](const auto& parameter) { return parameter.param; });

TEST(LinkedKernels, NeedNoCompilerOnTheHost) {
  halyard::RuntimeOptions options;
  options.cache_dir = "";
  auto runtime = halyard::Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().message();
  auto device = runtime->device("cpu");
  if (!device) GTEST_SKIP() << device.error().message();
  auto bundle = halyard::Bundle::from_linked(*runtime, compiled_kernels::bundle());
  ASSERT_TRUE(bundle) << bundle.error().message();
  for (const char* name : {"scaled", "reversed"}) {
    auto kernel = bundle->kernel(*device, name);
    ASSERT_TRUE(kernel) << kernel.error().message();
    EXPECT_EQ(kernel->info()->format, static_cast<hy_image_format>(HY_IMAGE_HOST_LINKED));
    EXPECT_EQ(kernel->info()->from_cache, 1u);
  }
}

}  // namespace
