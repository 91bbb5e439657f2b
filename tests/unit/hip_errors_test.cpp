// What HIP's codes mean to a caller, and what is said where there is no device.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "backends/hip/absence.hpp"
#include "backends/hip/errors.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::hip {
namespace {

struct Case {
  hipError_t code;
  const char* name;
  hy_status status;
  const char* word;  // of the sentence
};

TEST(HipErrors, SayWhatTheCallerCanDo) {
  const Case cases[] = {
      {hipErrorOutOfMemory, "hipErrorOutOfMemory", HY_OUT_OF_MEMORY, "smaller buffers"},
      {hipErrorInvalidConfiguration, "hipErrorInvalidConfiguration", HY_INVALID_ARGUMENT, "smaller workgroup"},
      {hipErrorInsufficientDriver, "hipErrorInsufficientDriver", HY_UNAVAILABLE, "amdgpu is too old"},
      {hipErrorNoDevice, "hipErrorNoDevice", HY_UNAVAILABLE, "rocminfo"},
      {hipErrorInvalidDevice, "hipErrorInvalidDevice", HY_UNAVAILABLE, "gone"},
      {hipErrorInvalidImage, "hipErrorInvalidImage", HY_CORRUPT_ARTIFACT, "compile it again"},
      {hipErrorNoBinaryForGpu, "hipErrorNoBinaryForGpu", HY_CORRUPT_ARTIFACT, "HSA_OVERRIDE_GFX_VERSION"},
      {hipErrorInvalidDeviceFunction, "hipErrorInvalidDeviceFunction", HY_CORRUPT_ARTIFACT, "gfx target"},
      {hipErrorECCNotCorrectable, "hipErrorECCNotCorrectable", HY_DEVICE_LOST, "dmesg"},
      {hipErrorOperatingSystem, "hipErrorOperatingSystem", HY_UNAVAILABLE, "/dev/kfd"},
      {hipErrorNotFound, "hipErrorNotFound", HY_CORRUPT_ARTIFACT, "lacks this kernel"},
      {hipErrorNotReady, "hipErrorNotReady", HY_TIMEOUT, "goes on"},
      {hipErrorIllegalAddress, "hipErrorIllegalAddress", HY_DEVICE_LOST, "outside its buffers"},
      {hipErrorLaunchOutOfResources, "hipErrorLaunchOutOfResources", HY_INVALID_ARGUMENT, "fewer items"},
      {hipErrorLaunchFailure, "hipErrorLaunchFailure", HY_DEVICE_LOST, "outside its buffers"},
      {hipErrorNotSupported, "hipErrorNotSupported", HY_UNSUPPORTED, "cannot do it"},
      {hipErrorRuntimeMemory, "hipErrorRuntimeMemory", HY_OUT_OF_MEMORY, "smaller buffers"},
      {hipErrorInvalidValue, "hipErrorInvalidValue", HY_INTERNAL, "report"},
      {static_cast<hipError_t>(4711), "HIP error", HY_INTERNAL, "report"},
  };
  for (const Case& c : cases) {
    hy_error error{};
    EXPECT_EQ(c.status, fail_hip(&error, c.code, "cannot try")) << c.name;
    EXPECT_EQ(c.status, error.code) << c.name;
    EXPECT_EQ(static_cast<int>(c.code), error.vendor_code);
    EXPECT_STREQ(c.name, error.vendor_name);
    EXPECT_EQ(0, std::strncmp(error.message, "cannot try: HIP answered ", 25)) << error.message;
    EXPECT_NE(nullptr, std::strstr(error.message, c.word)) << error.message;
  }
}

TEST(HipErrors, KnowEveryCodeOfTheListByItsName) {
#define HALYARD_HIP_CHECK(name, value) EXPECT_STREQ(#name, code_name(static_cast<hipError_t>(value)));
  HALYARD_HIP_RESULTS(HALYARD_HIP_CHECK)
#undef HALYARD_HIP_CHECK
#define HALYARD_HIP_CHECK(name, value) EXPECT_STREQ(#name, code_name(static_cast<hiprtcResult>(value)));
  HALYARD_HIPRTC_RESULTS(HALYARD_HIP_CHECK)
#undef HALYARD_HIP_CHECK
  EXPECT_STREQ("hipRTC error", code_name(static_cast<hiprtcResult>(4711)));
}

TEST(HipErrors, HaveCuresThatFitTheReport) {
  for (int code = 0; code < 1100; ++code) {
    EXPECT_LT(std::strlen(cure_of(static_cast<hipError_t>(code))), sizeof(hy_b_report::cure)) << code;
  }
}

TEST(HipErrors, TellTheCodesAfterWhichTheContextIsLost) {
  const int lost[] = {4, 53, 214, 700, 702, 709, 710, 719};
  for (int code = 0; code < 1100; ++code) {
    const bool expected = std::find(std::begin(lost), std::end(lost), code) != std::end(lost);
    EXPECT_EQ(expected, breaks_context(static_cast<hipError_t>(code))) << code;
  }
}

TEST(HipErrors, BlameTheWorkAndNotTheCallForWhatAppearsLate) {
  hy_error error{};
  EXPECT_EQ(HY_DEVICE_LOST, fail_hip(&error, hipErrorInvalidValue, "work failed", When::kLate));
  EXPECT_EQ(HY_DEVICE_LOST, fail_hip(&error, hipErrorUnknown, "work failed", When::kLate));
  EXPECT_EQ(HY_OUT_OF_MEMORY, fail_hip(&error, hipErrorOutOfMemory, "work failed", When::kLate));
  EXPECT_EQ(HY_TIMEOUT, fail_hip(&error, hipErrorNotReady, "not yet", When::kLate));
  EXPECT_EQ(HY_INTERNAL, fail_hip(nullptr, hipErrorInvalidValue, "nobody listens"));
}

TEST(HipErrors, TellTheCompilersTroubleFromTheSources) {
  hy_error error{};
  EXPECT_EQ(HY_COMPILE_FAILED, fail_hiprtc(&error, HIPRTC_ERROR_COMPILATION, "cannot compile"));
  EXPECT_EQ(HY_COMPILE_FAILED, fail_hiprtc(&error, HIPRTC_ERROR_LINKING, "cannot compile"));
  EXPECT_EQ(HY_UNSUPPORTED, fail_hiprtc(&error, HIPRTC_ERROR_INVALID_OPTION, "cannot compile"));
  EXPECT_EQ(HY_UNAVAILABLE, fail_hiprtc(&error, HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE, "cannot compile"));
  EXPECT_STREQ("HIPRTC_ERROR_BUILTIN_OPERATION_FAILURE", error.vendor_name);
  EXPECT_EQ(HY_INTERNAL, fail_hiprtc(&error, HIPRTC_ERROR_INVALID_PROGRAM, "cannot compile"));
}

constexpr const char* kVariables[] = {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES",
                                      "HSA_OVERRIDE_GFX_VERSION"};

// A machine without the files that are not given to it: those of the machine that runs the test do not count.
class HipAbsence : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : kVariables) ::unsetenv(name);
    report_.size = sizeof report_;
    host_.services().file_read = [](void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) {
      for (const auto& [name, text] : static_cast<HipAbsence*>(self)->files_) {
        if (name != path) continue;
        const uint64_t capacity = *bytes;
        *bytes = std::min<uint64_t>(capacity, text.size());
        std::memcpy(data, text.data(), *bytes);
        return static_cast<hy_status>(HY_OK);
      }
      return fail(error, HY_UNAVAILABLE, "%s: not there", path);
    };
    host_.services().self = this;
  }
  void TearDown() override {
    for (const char* name : kVariables) ::unsetenv(name);
  }

  void explain(hipError_t code) {
    hy_error error{};
    EXPECT_EQ(HY_UNAVAILABLE, explain_no_device(*host_.table(), code, "hipInit", &report_, &error));
    EXPECT_EQ(static_cast<int>(code), error.vendor_code);
    EXPECT_NE(nullptr, std::strstr(error.message, report_.reason));
    EXPECT_LT(std::strlen(report_.cure) + 1, sizeof report_.cure) << "cut off";
  }
  bool reason_has(const char* text) const { return std::strstr(report_.reason, text) != nullptr; }
  bool cure_has(const char* text) const { return std::strstr(report_.cure, text) != nullptr; }

  // A machine with a device, as the kernel sees it.
  void give_device() {
    files_ = {{"/sys/module/amdgpu", ""},
              {"/dev/kfd", ""},
              {"/dev/dri/renderD129", ""},
              {"/sys/class/kfd/kfd/topology/nodes/0/gpu_id", "0\n"},
              {"/sys/class/kfd/kfd/topology/nodes/1/gpu_id", "51140\n"}};
  }

  test::FakeHost host_;
  hy_b_report report_{};
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(HipAbsence, NamesAKernelModuleThatIsNotLoaded) {
  explain(hipErrorInvalidDevice);
  EXPECT_TRUE(reason_has("hipInit answered hipErrorInvalidDevice (101): the kernel module amdgpu is not loaded"))
      << report_.reason;
  EXPECT_TRUE(cure_has("modprobe amdgpu")) << report_.cure;
}

TEST_F(HipAbsence, NamesAComputeNodeThatCannotBeOpened) {
  files_ = {{"/sys/module/amdgpu", ""}};
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("/dev/kfd cannot be opened: /dev/kfd: not there")) << report_.reason;
  EXPECT_TRUE(cure_has("render and video")) << report_.cure;
  EXPECT_TRUE(cure_has("--device /dev/kfd")) << report_.cure;
}

TEST_F(HipAbsence, NamesRenderNodesThatCannotBeOpened) {
  files_ = {{"/sys/module/amdgpu", ""}, {"/dev/kfd", ""}};
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("none of /dev/dri/renderD* can be opened: /dev/dri/renderD128: not there")) << report_.reason;
  EXPECT_TRUE(cure_has("/dev/dri")) << report_.cure;
}

TEST_F(HipAbsence, NamesAKernelThatKnowsNoDevice) {
  give_device();
  files_.pop_back();
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("the kernel knows no AMD device")) << report_.reason;
}

TEST_F(HipAbsence, NamesTheVariablesThatHideDevices) {
  give_device();
  ::setenv("ROCR_VISIBLE_DEVICES", "GPU-no-such", 1);
  ::setenv("CUDA_VISIBLE_DEVICES", "9", 1);
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("ROCR_VISIBLE_DEVICES=GPU-no-such, CUDA_VISIBLE_DEVICES=9")) << report_.reason;
}

TEST_F(HipAbsence, NamesAnArchitectureThatIsOnlyClaimed) {
  give_device();
  ::setenv("HSA_OVERRIDE_GFX_VERSION", "99.0.0", 1);
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("HSA_OVERRIDE_GFX_VERSION is \"99.0.0\"")) << report_.reason;
}

TEST_F(HipAbsence, NamesADeviceThatThisHipDoesNotKnow) {
  give_device();
  explain(hipErrorNoDevice);
  EXPECT_TRUE(reason_has("but this HIP does not")) << report_.reason;
  EXPECT_TRUE(cure_has("rocminfo")) << report_.cure;
}

TEST_F(HipAbsence, SaysWhichPackageIsMissingWhereOnlyTheModuleIsThere) {
  explain_no_library(*host_.table(), &report_);
  EXPECT_TRUE(cure_has("if the machine has an AMD device")) << report_.cure;
  files_ = {{"/sys/module/amdgpu", ""}};
  explain_no_library(*host_.table(), &report_);
  EXPECT_TRUE(cure_has("amdgpu is loaded: install HIP")) << report_.cure;
}

}  // namespace
}  // namespace halyard::hip
