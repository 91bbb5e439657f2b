// What an application sets wins over the environment, which wins over the default.
#include <gtest/gtest.h>

#include <cstdlib>

#include "runtime/core/config.hpp"

namespace halyard::core {
namespace {

// Sets a variable for one test and puts back what was there.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old, had_ = true;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { had_ ? setenv(name_, old_.c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::string old_;
  bool had_ = false;
};

TEST(Config, TakesListsFromTheEnvironment) {
  const Variable backends("HALYARD_BACKENDS", " cpu , opencl,,");
  const Variable plugins("HALYARD_PLUGINS", "/a/x.so:/b/y.so");
  Config config;
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_EQ(config.backends, (std::vector<std::string>{"cpu", "opencl"}));
  EXPECT_EQ(config.plugins, (std::vector<std::string>{"/a/x.so", "/b/y.so"}));
}

TEST(Config, PrefersTheDescriptionToTheEnvironment) {
  const Variable device("HALYARD_DEVICE", "opencl:1");
  hy_runtime_desc desc{};
  desc.size = sizeof desc;
  desc.default_device = "cpu";
  Config config;
  ASSERT_EQ(read_config(&desc, &config, nullptr), HY_OK);
  EXPECT_EQ(config.default_device, "cpu");
}

TEST(Config, ReadsOnlyWhatASmallerDescriptionHolds) {
  const Variable device("HALYARD_DEVICE", "opencl:1");
  hy_runtime_desc desc{};
  desc.size = offsetof(hy_runtime_desc, default_device);
  desc.default_device = "cpu";
  Config config;
  ASSERT_EQ(read_config(&desc, &config, nullptr), HY_OK);
  EXPECT_EQ(config.default_device, "opencl:1");
}

TEST(Config, RefusesRelativePathsByName) {
  const char* const variables[] = {"HALYARD_PLUGINS", "HALYARD_LIBRARY_PATH", "HALYARD_SYSROOT", "HALYARD_CACHE_DIR"};
  for (const char* name : variables) {
    const Variable variable(name, "not/absolute");
    Config config;
    hy_error error{};
    EXPECT_EQ(read_config(nullptr, &config, &error), HY_INVALID_ARGUMENT) << name;
    EXPECT_NE(std::string(error.message).find(name), std::string::npos) << error.message;
  }
}

TEST(Config, FindsTheCacheFolderInTheOrderOfTheContract) {
  const Variable home("HOME", "/home/somebody");
  const Variable xdg("XDG_CACHE_HOME", "/xdg");
  Config config;
  {
    const Variable own("HALYARD_CACHE_DIR", "/own");
    ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
    EXPECT_EQ(config.cache_dir, "/own");
  }
  const Variable own("HALYARD_CACHE_DIR", nullptr);
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_EQ(config.cache_dir, "/xdg/halyard");
  const Variable no_xdg("XDG_CACHE_HOME", nullptr);
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_EQ(config.cache_dir, "/home/somebody/.cache/halyard");
  const Variable no_home("HOME", nullptr);
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_EQ(config.cache_dir, "");
}

TEST(Config, IsSilentUnlessALogLevelIsAskedFor) {
  const Variable none("HALYARD_LOG", nullptr);
  Config config;
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_EQ(config.log, nullptr);
  EXPECT_EQ(config.warning, "");
}

TEST(Config, TakesALogLevelThatThereIsNotForWarningAndSaysSo) {
  const Variable wrong("HALYARD_LOG", "verbose");
  Config config;
  ASSERT_EQ(read_config(nullptr, &config, nullptr), HY_OK);
  EXPECT_NE(config.log, nullptr);
  EXPECT_EQ(config.log_level, hy_log_level{HY_LOG_WARNING});
  EXPECT_EQ(config.warning,
            "HALYARD_LOG: 'verbose' is not a level; there are: none, error, warning, info, debug, trace. `warning` is "
            "taken");
}

TEST(Config, DoesNotReadTheLogLevelOfTheEnvironmentWhereTheApplicationLogsItself) {
  const Variable wrong("HALYARD_LOG", "verbose");
  hy_runtime_desc desc{};
  desc.size = sizeof desc;
  desc.log = [](void*, hy_log_level, const char*) {};
  Config config;
  ASSERT_EQ(read_config(&desc, &config, nullptr), HY_OK);
  EXPECT_EQ(config.warning, "");
}

}  // namespace
}  // namespace halyard::core
