// What Level Zero's codes mean to a caller, and what is said where there is no device.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "backends/level_zero/absence.hpp"
#include "backends/level_zero/errors.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::level_zero {
namespace {

struct Case {
  ze_result_t code;
  hy_status status;
  const char* word;  // of the sentence
};

const Case kCases[] = {
    {ZE_RESULT_NOT_READY, HY_TIMEOUT, "goes on"},
    {ZE_RESULT_ERROR_DEVICE_LOST, HY_DEVICE_LOST, "outside its buffers"},
    {ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY, HY_OUT_OF_MEMORY, "the host is out of memory"},
    {ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, HY_OUT_OF_MEMORY, "smaller buffers"},
    {ZE_RESULT_ERROR_MODULE_BUILD_FAILURE, HY_CORRUPT_ARTIFACT, "see its log"},
    {ZE_RESULT_ERROR_MODULE_LINK_FAILURE, HY_CORRUPT_ARTIFACT, "does not hold"},
    {ZE_RESULT_ERROR_DEVICE_REQUIRES_RESET, HY_DEVICE_LOST, "dmesg"},
    {ZE_RESULT_ERROR_DEVICE_IN_LOW_POWER_STATE, HY_UNAVAILABLE, "wake it"},
    {ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS, HY_UNAVAILABLE, "usermod"},
    {ZE_RESULT_ERROR_NOT_AVAILABLE, HY_UNAVAILABLE, "another process holds it"},
    {ZE_RESULT_ERROR_DEPENDENCY_UNAVAILABLE, HY_UNAVAILABLE, "libigc"},
    {ZE_RESULT_ERROR_UNINITIALIZED, HY_UNAVAILABLE, "libze-intel-gpu1"},
    {ZE_RESULT_ERROR_UNSUPPORTED_VERSION, HY_UNSUPPORTED, "update it"},
    {ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, HY_UNSUPPORTED, "cannot do it"},
    {ZE_RESULT_ERROR_UNSUPPORTED_SIZE, HY_OUT_OF_MEMORY, "max_allocation_bytes"},
    {ZE_RESULT_ERROR_INVALID_NATIVE_BINARY, HY_CORRUPT_ARTIFACT, "compile it again, or as SPIR-V"},
    {ZE_RESULT_ERROR_INVALID_KERNEL_NAME, HY_CORRUPT_ARTIFACT, "lacks this kernel"},
    {ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION, HY_INVALID_ARGUMENT, "smaller workgroup"},
    {ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_INDEX, HY_CORRUPT_ARTIFACT, "other parameters"},
    {ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_SIZE, HY_CORRUPT_ARTIFACT, "other parameters"},
    {ZE_RESULT_ERROR_INVALID_MODULE_UNLINKED, HY_CORRUPT_ARTIFACT, "does not hold"},
    {ZE_RESULT_ERROR_INVALID_ARGUMENT, HY_INTERNAL, "report"},
    {ZE_RESULT_ERROR_UNKNOWN, HY_INTERNAL, "dmesg"},
    {static_cast<ze_result_t>(4711), HY_INTERNAL, "report"},
};

TEST(LevelZeroErrors, SayWhatTheCallerCanDo) {
  for (const Case& c : kCases) {
    hy_error error{};
    const char* const name = code_name(c.code);
    EXPECT_EQ(c.status, fail_ze(&error, c.code, "cannot try")) << name;
    EXPECT_EQ(c.status, error.code) << name;
    EXPECT_EQ(static_cast<int>(c.code), error.vendor_code);
    EXPECT_STREQ(name, error.vendor_name);
    EXPECT_EQ(std::string(error.message).rfind("cannot try: Level Zero answered " + std::string(name) + " (", 0), 0u)
        << error.message;
    EXPECT_NE(nullptr, std::strstr(error.message, c.word)) << error.message;
  }
}

TEST(LevelZeroErrors, KnowEveryCodeOfTheListByItsName) {
#define HALYARD_ZE_CHECK(name, value) EXPECT_STREQ(#name, code_name(static_cast<ze_result_t>(value)));
  HALYARD_ZE_RESULTS(HALYARD_ZE_CHECK)
#undef HALYARD_ZE_CHECK
  EXPECT_STREQ("Level Zero error", code_name(static_cast<ze_result_t>(4711)));
}

TEST(LevelZeroErrors, HaveCuresThatFitTheReport) {
#define HALYARD_ZE_CHECK(name, value) EXPECT_LT(std::strlen(cure_of(name)) + 1, sizeof(hy_b_report::cure)) << #name;
  HALYARD_ZE_RESULTS(HALYARD_ZE_CHECK)
#undef HALYARD_ZE_CHECK
}

TEST(LevelZeroErrors, BlameTheWorkAndNotTheCallForWhatAppearsLate) {
  hy_error error{};
  EXPECT_EQ(HY_DEVICE_LOST, fail_ze(&error, ZE_RESULT_ERROR_INVALID_ARGUMENT, "work failed", When::kLate));
  EXPECT_EQ(HY_DEVICE_LOST, fail_ze(&error, ZE_RESULT_ERROR_UNKNOWN, "work failed", When::kLate));
  EXPECT_NE(nullptr, std::strstr(error.message, "outside its buffers")) << error.message;
  EXPECT_EQ(HY_OUT_OF_MEMORY, fail_ze(&error, ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, "work failed", When::kLate));
  EXPECT_EQ(HY_TIMEOUT, fail_ze(&error, ZE_RESULT_NOT_READY, "not yet", When::kLate));
  EXPECT_EQ(HY_INTERNAL, fail_ze(nullptr, ZE_RESULT_ERROR_INVALID_ARGUMENT, "nobody listens"));
}

TEST(LevelZeroErrors, QuoteTheDriversOwnWordsBehindTheSentenceAndNeverBeyondTheMessage) {
  hy_error error{};
  fail_ze(&error, ZE_RESULT_ERROR_MODULE_BUILD_FAILURE, "cannot load", When::kCall, "line 3: no such thing");
  const std::string whole(error.message);
  EXPECT_NE(whole.find(" (line 3: no such thing)"), std::string::npos) << whole;
  const std::string much(10000, 'x');
  fail_ze(&error, ZE_RESULT_ERROR_MODULE_BUILD_FAILURE, "cannot load", When::kCall, much.c_str());
  EXPECT_LT(std::strlen(error.message), sizeof error.message);
  EXPECT_NE(nullptr, std::strstr(error.message, "see its log")) << error.message;
}

constexpr const char* kVariables[] = {"ZE_AFFINITY_MASK", "ZE_ENABLE_ALT_DRIVERS"};

// A machine without the files that are not given to it: those of the machine that runs the test do not count.
class LevelZeroAbsence : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kVariables) ::unsetenv(name);
    report_.size = sizeof report_;
    hy_host& services = host_.services();
    services.self = this;
    services.file_read = [](void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) {
      for (const auto& [name, text] : static_cast<LevelZeroAbsence*>(self)->files_) {
        if (name != path) continue;
        const uint64_t capacity = *bytes;
        *bytes = std::min<uint64_t>(capacity, text.size());
        std::memcpy(data, text.data(), *bytes);
        if (*bytes < capacity) data[*bytes] = '\0';
        return static_cast<hy_status>(HY_OK);
      }
      return fail(error, HY_UNAVAILABLE, "%s: not there", path);
    };
    services.library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                               hy_error* error) {
      const std::string& there = static_cast<LevelZeroAbsence*>(self)->library_;
      for (uint32_t i = 0; i < request->name_count; ++i) {
        if (there != request->names[i]) continue;
        std::snprintf(path, capacity, "/opt/test/%s", request->names[i]);
        return static_cast<hy_status>(HY_OK);
      }
      return fail(error, HY_UNAVAILABLE, "not there");
    };
  }
  void TearDown() override {
    for (const char* name : kVariables) ::unsetenv(name);
  }

  void expect_whole() const {
    EXPECT_NE('\0', report_.cure[0]);
    EXPECT_LT(std::strlen(report_.cure) + 1, sizeof report_.cure) << "cut off";
    EXPECT_LT(std::strlen(report_.reason) + 1, sizeof report_.reason) << "cut off";
  }
  void explain(ze_result_t code, const char* call = "zeInit") {
    hy_error error{};
    EXPECT_EQ(HY_UNAVAILABLE, explain_no_device(host(), code, call, &report_, &error));
    EXPECT_EQ(static_cast<int>(code), error.vendor_code);
    EXPECT_NE(nullptr, std::strstr(error.message, report_.reason)) << error.message;
    expect_whole();
  }
  const hy_host& host() const { return *host_.table(); }
  bool reason_has(const char* text) const { return std::strstr(report_.reason, text) != nullptr; }
  bool cure_has(const char* text) const { return std::strstr(report_.cure, text) != nullptr; }

  // A machine with an Intel GPU, as the kernel sees it, behind another vendor's.
  void give_device(bool may_open = true) {
    files_ = {{"/sys/class/drm/renderD128/device/vendor", "0x1002\n"},
              {"/sys/class/drm/renderD129/device/vendor", "0x8086\n"},
              {"/dev/dri/renderD128", ""}};
    if (may_open) files_.emplace_back("/dev/dri/renderD129", "");
  }

  test::FakeHost host_;
  hy_b_report report_{};
  std::vector<std::pair<std::string, std::string>> files_;
  std::string library_;  // the name by which the loader is found
};

TEST_F(LevelZeroAbsence, NamesTheNodeThatCannotBeOpened) {
  give_device(false);
  explain(ZE_RESULT_ERROR_UNINITIALIZED);
  EXPECT_TRUE(
      reason_has("zeInit answered ZE_RESULT_ERROR_UNINITIALIZED (0x78000001): /dev/dri/renderD129 cannot be "
                 "opened: /dev/dri/renderD129: not there"))
      << report_.reason;
  EXPECT_TRUE(cure_has("render and video")) << report_.cure;
  EXPECT_TRUE(cure_has("--device /dev/dri")) << report_.cure;
}

TEST_F(LevelZeroAbsence, NamesTheVariableThatHidesDevices) {
  give_device();
  ::setenv("ZE_AFFINITY_MASK", "7.1", 1);
  for (const ze_result_t code : {ZE_RESULT_SUCCESS, ZE_RESULT_ERROR_UNINITIALIZED}) {
    explain(code);
    EXPECT_TRUE(reason_has("ZE_AFFINITY_MASK=7.1 shows no device")) << report_.reason;
    EXPECT_TRUE(cure_has("unset it")) << report_.cure;
  }
  ::setenv("ZE_AFFINITY_MASK", std::string(5000, '1').c_str(), 1);
  explain(ZE_RESULT_SUCCESS);
  ::setenv("ZE_AFFINITY_MASK", "", 1);
  explain(ZE_RESULT_SUCCESS);
  EXPECT_FALSE(reason_has("ZE_AFFINITY_MASK")) << report_.reason;
}

TEST_F(LevelZeroAbsence, NamesADriverThatIsNotInstalled) {
  give_device();
  explain(ZE_RESULT_ERROR_UNINITIALIZED);
  EXPECT_TRUE(reason_has("the loader found no driver that has a device")) << report_.reason;
  EXPECT_TRUE(cure_has("install Intel's driver for Level Zero")) << report_.cure;
}

TEST_F(LevelZeroAbsence, NamesTheKernelsDriverWhereTheKernelKnowsNoDevice) {
  explain(ZE_RESULT_ERROR_UNINITIALIZED);
  EXPECT_TRUE(cure_has("i915 or xe")) << report_.cure;
}

TEST_F(LevelZeroAbsence, TellsDriversThatHaveNoGpu) {
  explain(ZE_RESULT_SUCCESS, "zeDeviceGet");
  EXPECT_TRUE(reason_has("Level Zero's drivers present no GPU")) << report_.reason;
  EXPECT_FALSE(reason_has("answered")) << report_.reason;
}

TEST_F(LevelZeroAbsence, HasTheCureOfTheCodeWhereNothingElseIsKnown) {
  give_device();
  for (const ze_result_t code :
       {ZE_RESULT_ERROR_DEVICE_LOST, ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY, ZE_RESULT_ERROR_DEPENDENCY_UNAVAILABLE,
        ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS, ZE_RESULT_ERROR_UNSUPPORTED_VERSION, ZE_RESULT_ERROR_UNKNOWN}) {
    explain(code);
    EXPECT_TRUE(reason_has(code_name(code))) << report_.reason;
    EXPECT_STREQ(cure_of(code), report_.cure);
  }
}

TEST_F(LevelZeroAbsence, SaysWhichPackageIsMissingWhereOnlyTheKernelsDriverIsThere) {
  explain_no_library(host(), &report_);
  EXPECT_TRUE(cure_has("if the machine has an Intel GPU")) << report_.cure;
  expect_whole();
  give_device();
  explain_no_library(host(), &report_);
  EXPECT_TRUE(cure_has("the kernel has a driver for an Intel GPU: install Level Zero")) << report_.cure;
  expect_whole();
}

TEST_F(LevelZeroAbsence, IsHopelessWhereTheKernelKnowsNoIntelGpuAndNobodyWantsTheLoader) {
  EXPECT_TRUE(is_hopeless(host()));
  files_ = {{"/sys/class/drm/renderD128/device/vendor", "0x10de\n"}};
  EXPECT_TRUE(is_hopeless(host())) << "another vendor's";
  library_ = "libze_loader.so.1";
  EXPECT_TRUE(is_hopeless(host())) << "the loader is installed, as many packages bring it along";
  give_device(false);
  EXPECT_FALSE(is_hopeless(host())) << "the loader tells why";
  files_ = {{"/dev/dxg", ""}};
  EXPECT_FALSE(is_hopeless(host())) << "Windows' subsystem for Linux";
  files_.clear();
  library_ = "/libze_loader.so.1";  // which the host finds in HALYARD_LIBRARY_PATH alone
  EXPECT_FALSE(is_hopeless(host())) << "the user named it";
  library_.clear();
  ::setenv("ZE_ENABLE_ALT_DRIVERS", "/opt/mine/libze_mine.so", 1);
  EXPECT_FALSE(is_hopeless(host())) << "the user named a driver";
}

TEST_F(LevelZeroAbsence, SaysOfAHopelessMachineWhatWasNotOpened) {
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, explain_hopeless(host(), &report_, &error));
  EXPECT_TRUE(reason_has("the kernel knows no Intel GPU")) << report_.reason;
  EXPECT_FALSE(reason_has("was not opened")) << report_.reason;
  EXPECT_TRUE(cure_has("i915 or xe")) << report_.cure;
  expect_whole();
  library_ = "libze_loader.so.1";
  EXPECT_EQ(HY_UNAVAILABLE, explain_hopeless(host(), &report_, &error));
  EXPECT_TRUE(reason_has("so this was not opened: /opt/test/libze_loader.so.1")) << report_.reason;
  EXPECT_STREQ("/opt/test/libze_loader.so.1", report_.library);
  EXPECT_NE(nullptr, std::strstr(error.message, report_.cure)) << error.message;
}

}  // namespace
}  // namespace halyard::level_zero
