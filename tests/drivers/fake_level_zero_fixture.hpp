// A device of the fake Level Zero driver for each test, and what it must not leave behind.
#pragma once

#include "tests/drivers/fake_level_zero_device.hpp"

namespace halyard::test {

class FakeLevelZero : public ::testing::Test {
 protected:
  static FakeLevelZeroDevice& gpu() {
    static FakeLevelZeroDevice device;
    return device;
  }
  static const FakeLibrary& driver() { return gpu().driver(); }

  void SetUp() override { start({}); }
  void TearDown() override {
    driver().configure("orders", "");
    gpu().close();
    EXPECT_EQ(driver().misuses(), "");
    EXPECT_EQ(driver().live(nullptr), 0) << "objects are left";
  }

  // The driver anew, with these settings.
  void start(const std::vector<std::pair<const char*, const char*>>& settings, bool in_order = true) {
    if (gpu().context != nullptr && driver().live("context") > 0) gpu().close();
    for (const char* all : {"orders", "settings", "misuses"}) driver().configure(all, "");
    for (const auto& [key, value] : settings) ASSERT_EQ(driver().configure(key, value), 0) << key;
    driver().configure("restart", "");
    gpu().open(in_order);
  }
  // The misuses so far are what the test was about: they contain `part`.
  void expect_misuse(const std::string& part) {
    const std::string noted = driver().misuses();
    EXPECT_NE(noted.find(part), std::string::npos) << "expected: " << part << "\nnoted: " << noted;
    driver().configure("misuses", "");
  }
  level_zero::ze_module_handle_t load_kernels(const std::string& path) {
    return gpu().build(device_text(path, HY_DIALECT_OPENCL2));
  }
  std::vector<ze::ze_device_handle_t> devices() {
    uint32_t count = 0;
    EXPECT_EQ(ZE_CALL(driver(), zeDeviceGet)(gpu().vendor, &count, nullptr), 0u);
    std::vector<ze::ze_device_handle_t> all(count);
    EXPECT_EQ(ZE_CALL(driver(), zeDeviceGet)(gpu().vendor, &count, all.data()), 0u);
    return all;
  }
  ze::ze_device_properties_t properties(ze::ze_device_handle_t device,
                                        ze::ze_structure_type_t type = ze::ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES) {
    ze::ze_device_properties_t found = {};
    found.stype = type;
    EXPECT_EQ(ZE_CALL(driver(), zeDeviceGetProperties)(device, &found), 0u);
    return found;
  }
};

// ZE(zeMemFree)(context, memory)
#define ZE(name) ZE_CALL(driver(), name)
#define NEED_SPIRV() \
  if (const std::string missing = missing_for_spirv(); !missing.empty()) GTEST_SKIP() << missing

}  // namespace halyard::test
