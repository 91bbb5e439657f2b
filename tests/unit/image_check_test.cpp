// What is taken as an image of a format, and what is refused before a driver would see it.
#include "runtime/kernels/image_check.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "halyard/compiler.h"

namespace {

constexpr int kCuda = 190;
constexpr int kAmdGpu = 224;
constexpr int kX86 = 62;

std::string elf(int machine, std::size_t bytes = 64) {
  std::string text(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  text.resize(bytes, '\0');
  if (bytes > 18) text[18] = static_cast<char>(machine);
  return text;
}
const std::string kSpirv("\x03\x02\x23\x07\0\0\1\0\0\0\0\0\1\0\0\0\0\0\0\0", 20);
const std::string kPtx = "//\n.version 7.4\n.target sm_75\n.address_size 64\n";

class ImageCheck : public testing::Test {
 protected:
  ImageCheck() {
    const char text[] = "HY_KERNEL(k, HY_OUT(float, y)) { }\n";
    hy_bundle_writer_create(&writer_, nullptr);
    hy_bundle_writer_add_source(writer_, text, sizeof text - 1, "k.hk", nullptr);
  }
  ~ImageCheck() override { hy_bundle_writer_destroy(writer_); }

  hy_status add(hy_image_format format, const std::string& bytes) {
    return hy_bundle_writer_add_image(writer_, format, "any", 0, nullptr, 0, bytes.data(), bytes.size(), &error_);
  }
  void expect_refused(hy_image_format format, const std::string& bytes, const char* says) {
    error_ = {};
    EXPECT_EQ(add(format, bytes), HY_CORRUPT_ARTIFACT) << bytes;
    EXPECT_NE(std::strstr(error_.message, says), nullptr) << error_.message;
    EXPECT_EQ(std::strncmp(error_.message, "the image for 'any'", 19), 0) << error_.message;
  }

  hy_bundle_writer* writer_ = nullptr;
  hy_error error_{};
};

TEST_F(ImageCheck, TakesSpirvOfEitherByteOrder) {
  EXPECT_EQ(add(HY_IMAGE_SPIRV, kSpirv), HY_OK) << error_.message;
  EXPECT_EQ(add(HY_IMAGE_SPIRV, std::string("\x07\x23\x02\x03", 4) + kSpirv.substr(4)), HY_OK) << error_.message;
}

TEST_F(ImageCheck, RefusesWhatIsNoSpirv) {
  expect_refused(HY_IMAGE_SPIRV, "pretended code that is long enough", "is not SPIR-V");
  expect_refused(HY_IMAGE_SPIRV, kSpirv.substr(0, 16), "is not SPIR-V");
  expect_refused(HY_IMAGE_SPIRV, kSpirv + "x", "is not SPIR-V");
}

TEST_F(ImageCheck, TakesElfOfItsOwnMachineAlone) {
  EXPECT_EQ(add(HY_IMAGE_CUBIN, elf(kCuda)), HY_OK) << error_.message;
  EXPECT_EQ(add(HY_IMAGE_HIP_CODE, elf(kAmdGpu)), HY_OK) << error_.message;
  for (const hy_image_format format : {HY_IMAGE_CUBIN, HY_IMAGE_HIP_CODE}) {
    const char* says = format == HY_IMAGE_CUBIN ? "is not a cubin" : "is not a code object";
    expect_refused(format, elf(format == HY_IMAGE_CUBIN ? kAmdGpu : kCuda), says);
    expect_refused(format, elf(kX86), says);
    expect_refused(format, elf(format == HY_IMAGE_CUBIN ? kCuda : kAmdGpu, 63), says);
    expect_refused(format, kPtx, says);
    expect_refused(format,
                   "\x7f"
                   "ELF",
                   says);
  }
}

TEST_F(ImageCheck, TakesClangsOffloadBundlesForHip) {
  EXPECT_EQ(add(HY_IMAGE_HIP_CODE, "__CLANG_OFFLOAD_BUNDLE__ and so on"), HY_OK) << error_.message;
  EXPECT_EQ(add(HY_IMAGE_HIP_CODE, "CCOB and so on"), HY_OK) << error_.message;
  expect_refused(HY_IMAGE_HIP_CODE, "__CLANG_OFFLOAD", "is not a code object");
  expect_refused(HY_IMAGE_CUBIN, "__CLANG_OFFLOAD_BUNDLE__", "is not a cubin");
}

TEST_F(ImageCheck, TakesPtxWithAndWithoutItsClosingZero) {
  EXPECT_EQ(add(HY_IMAGE_PTX, kPtx), HY_OK) << error_.message;
  EXPECT_EQ(add(HY_IMAGE_PTX, kPtx + '\0'), HY_OK) << error_.message;
  const void* data = nullptr;
  std::uint64_t bytes = 0;
  ASSERT_EQ(hy_bundle_writer_finish(writer_, &data, &bytes, nullptr), HY_OK);
  const std::string bundle(static_cast<const char*>(data), bytes);
  const std::size_t first = bundle.find(kPtx + '\0');
  ASSERT_NE(first, std::string::npos);
  EXPECT_NE(bundle.find(kPtx + '\0', first + 1), std::string::npos) << "either way it has one in the bundle";
}

TEST_F(ImageCheck, RefusesWhatIsNoPtx) {
  expect_refused(HY_IMAGE_PTX, "pretended code", "is not PTX");
  expect_refused(HY_IMAGE_PTX, ".version 7.4\n", "is not PTX");
  expect_refused(HY_IMAGE_PTX, ".target sm_75\n", "is not PTX");
  expect_refused(HY_IMAGE_PTX, "see .version 7.4 and .target sm_75\n", "is not PTX");
  expect_refused(HY_IMAGE_PTX, kPtx + '\0' + "more", "is not PTX");
  expect_refused(HY_IMAGE_PTX, elf(kCuda), "is not PTX");
}

TEST_F(ImageCheck, PtxThatDoesNotEndIsRefusedWhereItIsRead) {
  EXPECT_EQ(halyard::kernels::check_image(HY_IMAGE_PTX, kPtx, "it", &error_), HY_CORRUPT_ARTIFACT);
}

TEST_F(ImageCheck, LeavesABinaryOfADriverToTheDriver) {
  EXPECT_EQ(add(HY_IMAGE_OPENCL_BINARY, "whatever"), HY_OK) << error_.message;
}

TEST_F(ImageCheck, RefusesNothingAtAll) {
  for (const hy_image_format format : {HY_IMAGE_SPIRV, HY_IMAGE_OPENCL_BINARY, HY_IMAGE_CUBIN, HY_IMAGE_HIP_CODE}) {
    expect_refused(format, "", "is empty");
  }
  expect_refused(HY_IMAGE_PTX, "", "is not PTX");  // the closing zero alone
}

}  // namespace
