// NVRTC as the backend uses it: the real one, where there is one; it needs no device.
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "backends/common/gpu/compiler.hpp"
#include "backends/cuda/nvrtc.hpp"
#include "runtime/kernels/dialect.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::cuda {
namespace {

constexpr char kSource[] =
    "// a comment\n"
    "HY_KERNEL(twice, HY_INOUT(float, x), HY_VAL(uint, n))\n"
    "{\n"
    "  HY_BOUND(i, n);\n"
    "  x[i] = 2.0f * x[i];\n"
    "}\n";

class CudaCompile : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!compiler_.found()) GTEST_SKIP() << "there is no libnvrtc here";
  }
  hy_status compile(int major, int minor, const std::string& source) {
    std::string text;
    const hy_status status = dialect::expand(source, "user.hk", HY_DIALECT_CUDA, {}, &text, &error_);
    if (status != HY_OK) return status;
    Found device;
    device.major = major;
    device.minor = minor;
    common::release_compiled(&compiled_);
    compiled_ = {};
    compiled_.size = sizeof compiled_;
    return compiler_.compile(device, {sizeof(hy_b_source), 0, text.data(), text.size(), "user.hk"}, &compiled_,
                             &error_);
  }
  void TearDown() override { common::release_compiled(&compiled_); }

  test::FakeHost host_;
  gpu::Compiler<Rtc> compiler_{*host_.table(), 13000};
  hy_b_compiled compiled_{};
  hy_error error_{};
};

TEST_F(CudaCompile, MakesACubinForADeviceThatTheCompilerKnows) {
  ASSERT_EQ(HY_OK, compile(9, 0, kSource)) << error_.message;
  EXPECT_EQ(hy_image_format{HY_IMAGE_CUBIN}, compiled_.format);
  EXPECT_STREQ("sm_90", compiled_.target);
  EXPECT_EQ(0, std::memcmp("\177ELF", compiled_.data, 4));
}

TEST_F(CudaCompile, MakesPtxForADeviceThatIsNewerThanTheCompiler) {
  ASSERT_EQ(HY_OK, compile(99, 0, kSource)) << error_.message;
  EXPECT_EQ(hy_image_format{HY_IMAGE_PTX}, compiled_.format);
  EXPECT_EQ(0, std::strncmp("compute_", compiled_.target, 8)) << compiled_.target;
  const std::string text(static_cast<const char*>(compiled_.data), compiled_.bytes);
  EXPECT_NE(std::string::npos, text.find(".entry twice"));
  EXPECT_NE(std::string::npos, text.find(".visible .const .align 8 .b8 twice__hy_meta[64]")) << text;
}

TEST_F(CudaCompile, SaysWhatIsWrongInTheUsersLine) {
  std::string source = kSource;
  source.replace(source.find("2.0f"), 4, "nosuch");
  EXPECT_EQ(HY_COMPILE_FAILED, compile(9, 0, source));
  EXPECT_NE(nullptr, std::strstr(error_.message, "user.hk(5)")) << error_.message;
  ASSERT_NE(nullptr, compiled_.log);
  EXPECT_NE(nullptr, std::strstr(compiled_.log, "nosuch"));
}

TEST_F(CudaCompile, KnowsTheCompilerByItsFileWithoutOpeningIt) {
  Found device;
  std::strcpy(device.info.architecture, "sm_90");
  char text[1024] = "";
  ASSERT_EQ(HY_OK, compiler_.identity(device, text, sizeof text, &error_)) << error_.message;
  EXPECT_NE(nullptr, std::strstr(text, "libnvrtc.so"));
  EXPECT_NE(nullptr, std::strstr(text, "sm_90"));
  EXPECT_EQ(HY_INVALID_ARGUMENT, compiler_.identity(device, text, 8, &error_));
}

}  // namespace
}  // namespace halyard::cuda
