// Backends of third parties, loaded from HALYARD_PLUGINS: the sample, an older and a newer table, and libraries that
// are no plugin or not there.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "halyard/halyard.hpp"
#include "tests/integration/process_tools.hpp"

namespace {

using halyard::ErrorCode;
using halyard::Runtime;
using halyard::RuntimeOptions;
using halyard::test::Variable;

// The one backend of `path`, or the error.
struct Loaded {
  bool created = false;
  std::string error;
  hy_backend_info info{};
  bool found = false;
};

Loaded load(const char* path, const char* name) {
  Loaded out;
  RuntimeOptions options;
  options.plugins = path;
  auto runtime = Runtime::create(options);
  out.created = static_cast<bool>(runtime);
  if (!runtime) {
    out.error = runtime.error().message();
    return out;
  }
  auto backends = runtime->backends();
  if (!backends) {
    out.error = backends.error().message();
    return out;
  }
  for (const auto& backend : *backends) {
    if (std::strcmp(backend.name, name) == 0 || std::strstr(backend.library, path) != nullptr) {
      out.info = backend;
      out.found = true;
    }
  }
  return out;
}

TEST(Plugin, TheSampleBackendPresentsADevice) {
  RuntimeOptions options;
  options.plugins = HALYARD_TEMPLATE_PATH;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  auto device = runtime->device("template");
  ASSERT_TRUE(device) << device.error().c_str();
  auto stream = device->stream();
  ASSERT_TRUE(stream) << stream.error().c_str();
  auto buffer = stream->allocate<std::uint32_t>(100);
  ASSERT_TRUE(buffer) << buffer.error().c_str();
  ASSERT_TRUE(stream->fill(buffer->view(), 7u));
  std::vector<std::uint32_t> got(100);
  ASSERT_TRUE(stream->read_now(std::span(got), buffer->view()));
  EXPECT_EQ(got[99], 7u);
}

TEST(Plugin, TheVariableNamesPluginsToo) {
  const Variable plugins("HALYARD_PLUGINS", HALYARD_TEMPLATE_PATH);
  auto runtime = Runtime::create();
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  EXPECT_TRUE(runtime->device("template"));
}

TEST(Plugin, TheFileItCameFromIsReported) {
  const Loaded loaded = load(HALYARD_TEMPLATE_PATH, "template");
  ASSERT_TRUE(loaded.found) << loaded.error;
  EXPECT_EQ(loaded.info.available, 1u);
}

TEST(Plugin, AShorterTableWorks) {
  RuntimeOptions options;
  options.plugins = HALYARD_PLUGIN_SHORT_PATH;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  auto device = runtime->device("short");
  ASSERT_TRUE(device) << device.error().c_str();
  auto stream = device->stream();
  ASSERT_TRUE(stream) << stream.error().c_str();
  auto buffer = stream->allocate<std::uint32_t>(100);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(stream->fill(buffer->view(), 3u));
  ASSERT_TRUE(stream->synchronize());
  auto bundle = halyard::Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(int, x)) { x[0] = 1; }\n", "k.hk");
  ASSERT_TRUE(bundle);
  auto kernel = bundle->kernel(*device, "k");
  ASSERT_FALSE(kernel) << "its table has no kernels";
  EXPECT_EQ(kernel.error().code(), ErrorCode::unsupported);
}

TEST(Plugin, WhatItDeclaresWithoutAFunctionForItIsNotBelieved) {
  RuntimeOptions options;
  options.plugins = HALYARD_PLUGIN_BOASTS_PATH;
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  auto device = runtime->device("boasts");
  ASSERT_TRUE(device) << device.error().c_str();
  hy_stream* stream = nullptr;
  EXPECT_EQ(hy_stream_create(device->native_handle(), HY_STREAM_TIMING, &stream, nullptr), HY_UNSUPPORTED);
  auto bundle = halyard::Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(int, x)) { x[0] = 1; }\n", "k.hk");
  ASSERT_TRUE(bundle);
  auto kernel = bundle->kernel(*device, "k");
  ASSERT_FALSE(kernel);
  EXPECT_EQ(kernel.error().code(), ErrorCode::unsupported);
}

TEST(Plugin, ALongerTableWorks) {
  const Loaded loaded = load(HALYARD_PLUGIN_NEWER_PATH, "newer");
  ASSERT_TRUE(loaded.found) << loaded.error;
  EXPECT_EQ(loaded.info.available, 1u) << loaded.info.reason;
}

TEST(Plugin, AnotherMajorVersionIsAClearError) {
  const Loaded loaded = load(HALYARD_PLUGIN_MAJOR_PATH, "major");
  ASSERT_TRUE(loaded.created) << "one bad plugin does not keep the rest from working: " << loaded.error;
  ASSERT_TRUE(loaded.found);
  EXPECT_EQ(loaded.info.available, 0u);
  EXPECT_NE(std::string(loaded.info.reason).find("ABI 2"), std::string::npos) << loaded.info.reason;
}

TEST(Plugin, OneThatRefusesSaysSo) {
  const Loaded loaded = load(HALYARD_PLUGIN_REFUSES_PATH, "refuses");
  ASSERT_TRUE(loaded.created) << loaded.error;
  ASSERT_TRUE(loaded.found);
  EXPECT_EQ(loaded.info.available, 0u);
  EXPECT_STRNE(loaded.info.reason, "");
}

TEST(Plugin, ALibraryThatIsNoPluginIsAClearError) {
  const Loaded loaded = load(HALYARD_PLUGIN_NONE_PATH, "none");
  ASSERT_TRUE(loaded.created) << loaded.error;
  ASSERT_TRUE(loaded.found);
  EXPECT_EQ(loaded.info.available, 0u);
  EXPECT_NE(std::string(loaded.info.reason).find("halyard_backend_query"), std::string::npos) << loaded.info.reason;
}

TEST(Plugin, AFileThatIsNoLibraryIsAClearError) {
  const Loaded loaded = load("/etc/hostname", "hostname");
  ASSERT_TRUE(loaded.created) << loaded.error;
  ASSERT_TRUE(loaded.found);
  EXPECT_EQ(loaded.info.available, 0u);
  EXPECT_STRNE(loaded.info.reason, "");
}

TEST(Plugin, AMissingFileIsAClearError) {
  const Loaded loaded = load("/nowhere/libmissing.so", "missing");
  ASSERT_TRUE(loaded.created) << loaded.error;
  ASSERT_TRUE(loaded.found);
  EXPECT_EQ(loaded.info.available, 0u);
  EXPECT_NE(std::string(loaded.info.reason).find("/nowhere/libmissing.so"), std::string::npos) << loaded.info.reason;
}

TEST(Plugin, ARelativePathIsRefused) {
  RuntimeOptions options;
  options.plugins = "libplugin.so";
  auto runtime = Runtime::create(options);
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(runtime.error().message().find("libplugin.so"), std::string_view::npos);
}

TEST(Plugin, ABadOneLeavesTheOthersUsable) {
  RuntimeOptions options;
  const std::string plugins = std::string(HALYARD_PLUGIN_NONE_PATH) + ":" + HALYARD_TEMPLATE_PATH;
  options.plugins = plugins.c_str();
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime);
  EXPECT_TRUE(runtime->device("template"));
  EXPECT_TRUE(runtime->device("cpu"));
}

}  // namespace
