// What CUDA's codes mean to a caller, and what is said where there is no device.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "backends/cuda/absence.hpp"
#include "backends/cuda/errors.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::cuda {
namespace {

struct Case {
  CUresult code;
  const char* name;
  hy_status status;
  const char* word;  // of the sentence
};

TEST(CudaErrors, SayWhatTheCallerCanDo) {
  const Case cases[] = {
      {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY", HY_OUT_OF_MEMORY, "smaller buffers"},
      {CUDA_ERROR_STUB_LIBRARY, "CUDA_ERROR_STUB_LIBRARY", HY_UNAVAILABLE, "lib64/stubs"},
      {CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER, "CUDA_ERROR_CALL_REQUIRES_NEWER_DRIVER", HY_UNSUPPORTED, "update"},
      {CUDA_ERROR_DEVICE_UNAVAILABLE, "CUDA_ERROR_DEVICE_UNAVAILABLE", HY_UNAVAILABLE, "nvidia-smi -c DEFAULT"},
      {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE", HY_UNAVAILABLE, "nvidia-smi"},
      {CUDA_ERROR_INVALID_DEVICE, "CUDA_ERROR_INVALID_DEVICE", HY_UNAVAILABLE, "gone"},
      {CUDA_ERROR_INVALID_IMAGE, "CUDA_ERROR_INVALID_IMAGE", HY_CORRUPT_ARTIFACT, "compile it again"},
      {CUDA_ERROR_NO_BINARY_FOR_GPU, "CUDA_ERROR_NO_BINARY_FOR_GPU", HY_CORRUPT_ARTIFACT, "no code for this device"},
      {CUDA_ERROR_ECC_UNCORRECTABLE, "CUDA_ERROR_ECC_UNCORRECTABLE", HY_DEVICE_LOST, "dmesg"},
      {CUDA_ERROR_INVALID_PTX, "CUDA_ERROR_INVALID_PTX", HY_CORRUPT_ARTIFACT, "compile it again"},
      {CUDA_ERROR_JIT_COMPILER_NOT_FOUND, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", HY_UNAVAILABLE, "ptxjitcompiler"},
      {CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", HY_UNSUPPORTED, "update the driver"},
      {CUDA_ERROR_NOT_FOUND, "CUDA_ERROR_NOT_FOUND", HY_CORRUPT_ARTIFACT, "lacks this kernel"},
      {CUDA_ERROR_NOT_READY, "CUDA_ERROR_NOT_READY", HY_TIMEOUT, "goes on"},
      {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS", HY_DEVICE_LOST, "compute-sanitizer"},
      {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", HY_INVALID_ARGUMENT, "fewer items"},
      {CUDA_ERROR_LAUNCH_TIMEOUT, "CUDA_ERROR_LAUNCH_TIMEOUT", HY_DEVICE_LOST, "display"},
      {CUDA_ERROR_LAUNCH_FAILED, "CUDA_ERROR_LAUNCH_FAILED", HY_DEVICE_LOST, "compute-sanitizer"},
      {CUDA_ERROR_NOT_SUPPORTED, "CUDA_ERROR_NOT_SUPPORTED", HY_UNSUPPORTED, "cannot do it"},
      {CUDA_ERROR_SYSTEM_NOT_READY, "CUDA_ERROR_SYSTEM_NOT_READY", HY_UNAVAILABLE, "fabricmanager"},
      {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", HY_UNAVAILABLE, "restart the machine"},
      {CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", HY_UNAVAILABLE,
       "compat"},
      {CUDA_ERROR_INVALID_VALUE, "CUDA_ERROR_INVALID_VALUE", HY_INTERNAL, "report"},
      {static_cast<CUresult>(4711), "CUDA error", HY_INTERNAL, "report"},
  };
  for (const Case& c : cases) {
    hy_error error{};
    EXPECT_EQ(c.status, fail_cuda(&error, c.code, "cannot try")) << c.name;
    EXPECT_EQ(c.status, error.code) << c.name;
    EXPECT_EQ(static_cast<int>(c.code), error.vendor_code);
    EXPECT_STREQ(c.name, error.vendor_name);
    EXPECT_EQ(0, std::strncmp(error.message, "cannot try: the CUDA driver answered ", 37)) << error.message;
    EXPECT_NE(nullptr, std::strstr(error.message, c.word)) << error.message;
  }
}

TEST(CudaErrors, KnowEveryCodeOfTheListByItsName) {
#define HALYARD_CUDA_CHECK(name, value) EXPECT_STREQ(#name, code_name(static_cast<CUresult>(value)));
  HALYARD_CUDA_RESULTS(HALYARD_CUDA_CHECK)
#undef HALYARD_CUDA_CHECK
#define HALYARD_CUDA_CHECK(name, value) EXPECT_STREQ(#name, code_name(static_cast<nvrtcResult>(value)));
  HALYARD_NVRTC_RESULTS(HALYARD_CUDA_CHECK)
#undef HALYARD_CUDA_CHECK
  EXPECT_STREQ("NVRTC error", code_name(static_cast<nvrtcResult>(4711)));
}

TEST(CudaErrors, HaveCuresThatFitTheReport) {
  for (int code = 0; code < 1000; ++code) {
    EXPECT_LT(std::strlen(cure_of(static_cast<CUresult>(code))), sizeof(hy_b_report::cure)) << code;
  }
}

// The codes after which the vendor's documentation says that the process must be started again, and those of a context
// or a service that is gone.
TEST(CudaErrors, TellTheCodesAfterWhichTheContextIsLost) {
  const int lost[] = {4, 214, 220, 226, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 806, 810, 909, 911};
  for (int code = 0; code < 1000; ++code) {
    const bool expected = std::find(std::begin(lost), std::end(lost), code) != std::end(lost);
    EXPECT_EQ(expected, breaks_context(static_cast<CUresult>(code))) << code;
  }
}

TEST(CudaErrors, BlameTheWorkAndNotTheCallForWhatAppearsLate) {
  hy_error error{};
  EXPECT_EQ(HY_DEVICE_LOST, fail_cuda(&error, CUDA_ERROR_INVALID_VALUE, "work failed", When::kLate));
  EXPECT_EQ(HY_DEVICE_LOST, fail_cuda(&error, CUDA_ERROR_DEVICE_UNAVAILABLE, "work failed", When::kLate));
  EXPECT_EQ(HY_DEVICE_LOST, fail_cuda(&error, CUDA_ERROR_LAUNCH_TIMEOUT, "work failed", When::kLate));
  EXPECT_NE(nullptr, std::strstr(error.message, "display")) << error.message;
  EXPECT_EQ(HY_OUT_OF_MEMORY, fail_cuda(&error, CUDA_ERROR_OUT_OF_MEMORY, "work failed", When::kLate));
  EXPECT_EQ(HY_TIMEOUT, fail_cuda(&error, CUDA_ERROR_NOT_READY, "not yet", When::kLate));
  EXPECT_EQ(HY_INTERNAL, fail_cuda(nullptr, CUDA_ERROR_INVALID_VALUE, "nobody listens"));
}

TEST(CudaErrors, TellTheCompilersTroubleFromTheSources) {
  hy_error error{};
  EXPECT_EQ(HY_COMPILE_FAILED, fail_nvrtc(&error, NVRTC_ERROR_COMPILATION, "cannot compile"));
  EXPECT_EQ(HY_UNSUPPORTED, fail_nvrtc(&error, NVRTC_ERROR_INVALID_OPTION, "cannot compile"));
  EXPECT_EQ(HY_UNAVAILABLE, fail_nvrtc(&error, NVRTC_ERROR_BUILTIN_OPERATION_FAILURE, "cannot compile"));
  EXPECT_STREQ("NVRTC_ERROR_BUILTIN_OPERATION_FAILURE", error.vendor_name);
  EXPECT_EQ(HY_OUT_OF_MEMORY, fail_nvrtc(&error, NVRTC_ERROR_OUT_OF_MEMORY, "cannot compile"));
  EXPECT_EQ(HY_INTERNAL, fail_nvrtc(&error, NVRTC_ERROR_INVALID_PROGRAM, "cannot compile"));
}

constexpr char kVersionFile[] = "/proc/driver/nvidia/version";
constexpr char kVersionText[] =
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version: 12.2.0\n";

// A machine without the files that are not given to it: those of the machine that runs the test do not count.
class CudaAbsence : public testing::Test {
 protected:
  void SetUp() override {
    ::unsetenv("CUDA_VISIBLE_DEVICES");
    report_.size = sizeof report_;
    host_.services().file_read = [](void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) {
      for (const auto& [name, text] : static_cast<CudaAbsence*>(self)->files_) {
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
  void TearDown() override { ::unsetenv("CUDA_VISIBLE_DEVICES"); }

  void explain(CUresult code) {
    hy_error error{};
    EXPECT_EQ(HY_UNAVAILABLE, explain_no_device(*host_.table(), code, "cuInit", &report_, &error));
    EXPECT_EQ(static_cast<int>(code), error.vendor_code);
    EXPECT_NE(nullptr, std::strstr(error.message, report_.reason));
    EXPECT_LT(std::strlen(report_.cure) + 1, sizeof report_.cure) << "cut off";
  }
  bool reason_has(const char* text) const { return std::strstr(report_.reason, text) != nullptr; }
  bool cure_has(const char* text) const { return std::strstr(report_.cure, text) != nullptr; }

  test::FakeHost host_;
  hy_b_report report_{};
  std::vector<std::pair<std::string, std::string>> files_;
};

TEST_F(CudaAbsence, NamesAKernelModuleThatIsNotLoaded) {
  explain(CUDA_ERROR_NO_DEVICE);
  EXPECT_TRUE(reason_has("kernel module is not loaded")) << report_.reason;
  EXPECT_TRUE(cure_has("modprobe nvidia")) << report_.cure;
}

TEST_F(CudaAbsence, NamesAContainerWithoutDevices) {
  files_ = {{kVersionFile, kVersionText}};
  explain(CUDA_ERROR_NO_DEVICE);
  EXPECT_TRUE(reason_has("550.54.15 is loaded, but /dev/nvidiactl cannot be opened: /dev/nvidiactl: not there"))
      << report_.reason;
  EXPECT_TRUE(cure_has("--gpus all")) << report_.cure;
}

TEST_F(CudaAbsence, NamesTheVariableThatHidesDevices) {
  files_ = {{kVersionFile, kVersionText}, {"/dev/nvidiactl", ""}};
  ::setenv("CUDA_VISIBLE_DEVICES", "MIG-no-such", 1);
  explain(CUDA_ERROR_NO_DEVICE);
  EXPECT_TRUE(reason_has("CUDA_VISIBLE_DEVICES is \"MIG-no-such\"")) << report_.reason;
}

TEST_F(CudaAbsence, NamesMultiInstanceModeWithoutAnInstance) {
  files_ = {{kVersionFile, kVersionText}, {"/dev/nvidiactl", ""}, {"/proc/driver/nvidia/capabilities/gpu0/mig", ""}};
  explain(CUDA_ERROR_NO_DEVICE);
  EXPECT_TRUE(reason_has("MIG")) << report_.reason;
  EXPECT_TRUE(cure_has("nvidia-smi mig")) << report_.cure;
}

TEST_F(CudaAbsence, KnowsNoMoreThanTheDriverWhereAllSeemsWell) {
  files_ = {{kVersionFile, "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build\n"},
            {"/dev/nvidiactl", ""}};
  explain(CUDA_ERROR_UNKNOWN);
  EXPECT_TRUE(reason_has("580.65.06")) << report_.reason;
  EXPECT_TRUE(cure_has("dmesg")) << report_.cure;
}

TEST_F(CudaAbsence, NamesTheVersionOfTheModuleThatDoesNotFitTheLibrary) {
  files_ = {{kVersionFile, kVersionText}, {"/dev/nvidiactl", ""}};
  explain(CUDA_ERROR_SYSTEM_DRIVER_MISMATCH);
  EXPECT_TRUE(reason_has("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803); the kernel module is 550.54.15")) << report_.reason;
  EXPECT_TRUE(cure_has("restart the machine")) << report_.cure;
}

TEST_F(CudaAbsence, SaysWhichPackageIsMissingWhereOnlyTheModuleIsThere) {
  explain_no_library(*host_.table(), &report_);
  EXPECT_TRUE(cure_has("install its driver")) << report_.cure;
  files_ = {{kVersionFile, kVersionText}};
  explain_no_library(*host_.table(), &report_);
  EXPECT_TRUE(cure_has("550.54.15")) << report_.cure;
  EXPECT_TRUE(cure_has("libcuda1")) << report_.cure;
}

}  // namespace
}  // namespace halyard::cuda
