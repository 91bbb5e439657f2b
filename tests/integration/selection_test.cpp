// Which device an application gets: selectors, HALYARD_DEVICE, HALYARD_BACKENDS, and options that win over both.
#include <gtest/gtest.h>
#include <strings.h>

#include <cstring>
#include <string>

#include "halyard/halyard.hpp"
#include "tests/integration/process_tools.hpp"

namespace {

using halyard::Device;
using halyard::ErrorCode;
using halyard::Runtime;
using halyard::RuntimeOptions;
using halyard::test::Variable;

RuntimeOptions cpu_only() {
  RuntimeOptions options;
  options.backends = "cpu";
  return options;
}

TEST(Selection, CpuIsAlwaysThere) {
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  auto device = runtime->device("cpu");
  ASSERT_TRUE(device) << device.error().c_str();
  EXPECT_STREQ(device->info().backend, "cpu");
  EXPECT_EQ(device->info().kind, hy_device_kind{HY_DEVICE_CPU});
}

TEST(Selection, TheBackendsOptionLimitsWhatIsSeen) {
  auto runtime = Runtime::create(cpu_only());
  ASSERT_TRUE(runtime);
  auto devices = runtime->devices();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1u);
  EXPECT_STREQ(devices->front().info().backend, "cpu");
  auto backends = runtime->backends();
  ASSERT_TRUE(backends);
  EXPECT_EQ(backends->size(), 1u);
  auto absent = runtime->device("opencl:0");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code(), ErrorCode::unavailable);
}

TEST(Selection, TheBackendsVariableLimitsWhatIsSeen) {
  const Variable backends("HALYARD_BACKENDS", "cpu");
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime);
  auto devices = runtime->devices();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 1u);
  EXPECT_STREQ(devices->front().info().backend, "cpu");
}

TEST(Selection, AnUnknownNameInTheBackendsVariableIsNamed) {
  const Variable backends("HALYARD_BACKENDS", "cpu,abacus");
  auto runtime = Runtime::create();
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(runtime.error().message().find("abacus"), std::string_view::npos);
}

TEST(Selection, AnOptionWinsOverItsVariable) {
  const Variable backends("HALYARD_BACKENDS", "abacus");
  auto runtime = Runtime::create(cpu_only());
  EXPECT_TRUE(runtime) << runtime.error().c_str();
}

TEST(Selection, TheDeviceVariableChoosesTheDefault) {
  const Variable variable("HALYARD_DEVICE", "cpu");
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime);
  for (const char* selector : {static_cast<const char*>(nullptr), ""}) {
    auto device = runtime->device(selector);
    ASSERT_TRUE(device) << device.error().c_str();
    EXPECT_STREQ(device->info().backend, "cpu");
  }
}

TEST(Selection, TheDefaultDeviceOptionWinsOverTheVariable) {
  const Variable variable("HALYARD_DEVICE", "nothing_like_that:0");
  RuntimeOptions options = cpu_only();
  options.default_device = "cpu:0";
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime);
  EXPECT_TRUE(runtime->device());
}

TEST(Selection, ADeviceVariableThatNamesNothingIsAnErrorWhenItIsUsed) {
  const Variable variable("HALYARD_DEVICE", "cpu:99");
  auto runtime = Runtime::create(cpu_only());
  ASSERT_TRUE(runtime);
  auto device = runtime->device();
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code(), ErrorCode::unavailable);
  EXPECT_NE(device.error().message().find("cpu:99"), std::string_view::npos);
  EXPECT_EQ(device.error().message().find("HALYARD_DEVICE"), 0u) << device.error().message();
  EXPECT_TRUE(runtime->device("cpu")) << "a selector that is given wins";
}

TEST(Selection, AMissingDeviceSaysWhatThereIs) {
  auto runtime = Runtime::create(cpu_only());
  ASSERT_TRUE(runtime);
  auto device = runtime->device("cpu:7");
  ASSERT_FALSE(device);
  EXPECT_NE(device.error().message().find("cpu has 1"), std::string_view::npos) << device.error().message();
}

TEST(Selection, ABackendThatIsNotInUseIsUnavailableWithAndWithoutANumber) {
  auto runtime = Runtime::create(cpu_only());
  ASSERT_TRUE(runtime);
  for (const char* selector : {"cuda", "cuda:0", "nothing_like_that:0"}) {
    auto device = runtime->device(selector);
    ASSERT_FALSE(device) << selector;
    EXPECT_EQ(device.error().code(), ErrorCode::unavailable) << selector;
    for (const char* word : {selector, "cpu:0", "the option `backends`"}) {
      EXPECT_NE(device.error().message().find(word), std::string_view::npos) << device.error().message();
    }
  }
  auto wrong = runtime->device("cpu:x");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::invalid_argument) << "what follows the colon is no number";
}

TEST(Selection, ABackendsNameIsTakenWhateverItsCase) {
  auto runtime = Runtime::create(cpu_only());
  ASSERT_TRUE(runtime);
  for (const char* selector : {"CPU", "Cpu:0"}) {
    auto device = runtime->device(selector);
    ASSERT_TRUE(device) << device.error().c_str();
    EXPECT_STREQ(device->info().backend, "cpu");
  }
  auto absent = runtime->device("CUDA");
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message().find("there is no backend 'cuda' in use"), std::string_view::npos)
      << absent.error().message();
}

// What is not there is told with what discovery found, for every way not to find a device.
TEST(Selection, WithoutTheDeviceSaysWhichBackendsAreNotThereAndWhyAndWhereThereIsMore) {
  const std::string other = "/nowhere/" + std::string(150, 'x') + ".so";
  RuntimeOptions options = cpu_only();
  const std::string plugins = "/nowhere/plugin.so:" + other + ":" + other + "1:" + other + "2:" + other + "3";
  options.plugins = plugins.c_str();
  options.default_device = "nothing_like_that";
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  for (const char* selector : {"", "cuda", "nothing_like_that"}) {
    auto device = runtime->device(selector);
    ASSERT_FALSE(device);
    const std::string message(device.error().message());
    EXPECT_NE(message.find("cpu:0"), std::string::npos) << message;
    EXPECT_NE(message.find("; not there: plugin (plugin /nowhere/plugin.so can't be loaded: "), std::string::npos)
        << message;
    EXPECT_NE(message.find("x...), plugin ("), std::string::npos) << message;
    const std::string end = "; `halyard devices` says more";
    EXPECT_EQ(message.substr(message.size() - end.size()), end);
  }
}

TEST(Selection, WithoutAnyDeviceSaysOfEachBackendWhy) {
  RuntimeOptions options;
  options.backends = "cuda,hip";
  auto runtime = Runtime::create(options);
  if (!runtime) GTEST_SKIP() << runtime.error().c_str();
  auto device = runtime->device();
  if (device) GTEST_SKIP() << "this machine has a GPU";
  const std::string message(device.error().message());
  EXPECT_NE(message.find("not there: cuda ("), std::string::npos) << message;
  EXPECT_NE(message.find(", hip ("), std::string::npos) << message;
}

TEST(Selection, AVendorsNameMeansItsAcceleratorsWhateverItsCaseAndNotItsProcessor) {
  RuntimeOptions options = cpu_only();
  options.backends = "cpu,template";
  options.plugins = HALYARD_TEMPLATE_PATH;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  for (const char* selector : {"template", "TEMP"}) {
    auto device = runtime->device(selector);
    ASSERT_TRUE(device) << device.error().c_str();
    EXPECT_STREQ(device->info().vendor, "Template");
  }
  ASSERT_TRUE(runtime);
  auto cpu = runtime->device("cpu");
  ASSERT_TRUE(cpu);
  std::string vendor(cpu->info().vendor);
  if (vendor.empty()) GTEST_SKIP() << "the processor names no vendor";
  for (char& c : vendor) c = static_cast<char>(toupper(c));
  auto device = runtime->device(vendor.c_str());
  ASSERT_FALSE(device);
  EXPECT_EQ(device.error().code(), ErrorCode::unavailable);
  EXPECT_NE(device.error().message().find("the processor alone"), std::string_view::npos) << device.error().message();
  EXPECT_NE(device.error().message().find("is chosen by 'cpu'"), std::string_view::npos) << device.error().message();
}

TEST(Selection, IdsAreTheSameInAnotherProcess) {
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime);
  auto devices = runtime->devices();
  ASSERT_TRUE(devices);
  std::string here;
  for (const Device& device : *devices) here += std::string(device.info().id) + "\n";
  EXPECT_EQ(halyard::test::run_again("--print-ids"), here);
}

TEST(Selection, TheProcessorIsListedOnceHoweverManyBackendsFindIt) {
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime);
  auto through_opencl = runtime->device("opencl");
  if (!through_opencl) GTEST_SKIP() << through_opencl.error().c_str();
  if (through_opencl->info().kind != HY_DEVICE_CPU) GTEST_SKIP() << "the first OpenCL device is no processor";
  auto devices = runtime->devices();
  ASSERT_TRUE(devices);
  int processors = 0;
  for (const Device& device : *devices) {
    if (device.info().kind != HY_DEVICE_CPU) continue;
    ++processors;
    EXPECT_STREQ(device.info().backend, "cpu") << "the best of them is the one that is listed";
    auto others = device.alternatives();
    ASSERT_TRUE(others);
    bool there = false;
    for (const Device& other : *others) there |= std::strcmp(other.info().backend, "opencl") == 0;
    EXPECT_TRUE(there);
  }
  EXPECT_EQ(processors, 1);
}

TEST(Selection, TheOrderOfBackendsIsTheOrderOfPreference) {
  RuntimeOptions options;
  options.backends = "opencl,cpu";
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime);
  auto through_opencl = runtime->device("opencl");
  if (!through_opencl) GTEST_SKIP() << through_opencl.error().c_str();
  if (through_opencl->info().kind != HY_DEVICE_CPU) GTEST_SKIP() << "the first OpenCL device is no processor";
  auto devices = runtime->devices();
  ASSERT_TRUE(devices);
  for (const Device& device : *devices) {
    if (device.info().kind != HY_DEVICE_CPU) continue;
    EXPECT_STREQ(device.info().backend, "opencl");
  }
}

TEST(Selection, AskingForCpuOpensNoDriver) {
  // In a process of its own, since drivers stay open once they are.
  EXPECT_EQ(halyard::test::run_again("--libraries-for-cpu"), "");
}

}  // namespace
