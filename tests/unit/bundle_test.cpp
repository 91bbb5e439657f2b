// The .hkb format: what is written is read; whatever is cut off or altered is an error, never an access.
#include "runtime/kernels/bundle.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "halyard/compiler.h"

namespace {

using halyard::kernels::BundleImage;
using halyard::kernels::BundleWriter;
namespace format = halyard::kernels::format;

constexpr char kAxpy[] =
    "HY_KERNEL(axpy, HY_IN(float, x), HY_INOUT(float4, y), HY_VAL(ulong, n))\n{\n  const ulong i = hy_global_id(0);\n"
    "  if (i < n) { y[i].x += x[i]; }\n}\n";
constexpr char kScale[] =
    "HY_WORKGROUP(TILE)\nHY_KERNEL(scale, HY_OUT(half, out), HY_VAL(int, n))\n{\n  HY_ITEMS(i) { if (i < n) "
    "hy_store_half(out, i, 1.0f); }\n}\n";

// A bundle at an address that is a multiple of 8, of exactly its size: a sanitizer sees a read past the end.
class Bytes {
 public:
  explicit Bytes(const std::string& from, std::size_t bytes = std::string::npos)
      : size_(std::min(bytes, from.size())), data_(static_cast<char*>(std::malloc(size_ + (size_ == 0)))) {
    std::memcpy(data_, from.data(), size_);
  }
  ~Bytes() { std::free(data_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  char* data() { return data_; }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_;
  char* data_;
};

// As long as its header.
std::string spirv() { return std::string("\x03\x02\x23\x07\0\0\1\0\0\0\0\0\1\0\0\0\0\0\0\0", 20); }
std::string cubin() {
  std::string elf(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  elf.resize(100, '\0');
  elf[18] = static_cast<char>(190);
  return elf;
}

std::string example() {
  BundleWriter writer;
  hy_error error{};
  EXPECT_EQ(writer.add_source(kAxpy, "axpy.hk", &error), HY_OK) << error.message;
  EXPECT_EQ(writer.add_source(kScale, "scale.hk", &error), HY_OK) << error.message;
  const halyard::dialect::Constant constants[] = {{"TILE", "64"}, {"FAST", "1"}};
  writer.set_defaults(constants);
  writer.add_image(HY_IMAGE_SPIRV, "spirv64", 0, constants, spirv());
  writer.add_image(HY_IMAGE_CUBIN, "sm_90", 1, {}, cubin());
  return writer.finish();
}

// Reads everything that a bundle gives: with a sanitizer, any byte outside shows.
std::uint64_t read_all(const BundleImage& image) {
  std::uint64_t sum = 0;
  for (const format::Kernel& kernel : image.kernels()) {
    sum += std::strlen(image.string(kernel.name));
    for (const format::Param& param : image.params(kernel)) sum += std::strlen(image.string(param.name)) + param.type;
  }
  for (const format::Source& source : image.sources()) {
    sum += std::strlen(image.string(source.file));
    for (const char c : image.text(source)) sum += static_cast<unsigned char>(c);
  }
  for (const format::Constant& constant : image.defaults()) sum += std::strlen(image.string(constant.value));
  for (const format::Image& entry : image.images()) {
    const void* data = nullptr;
    for (const format::Constant& constant : image.constants(entry.first_constant, entry.constant_count)) {
      sum += std::strlen(image.string(constant.name));
    }
    if (image.image_bytes(entry, &data, nullptr) == HY_OK) sum += std::strlen(image.string(entry.target));
  }
  return sum;
}

class Runtime : public testing::Test {
 protected:
  Runtime() {
    hy_runtime_desc desc{};
    desc.size = sizeof desc;
    desc.backends = "cpu";
    desc.cache_dir = "";
    hy_runtime_create(&desc, &runtime_, nullptr);
  }
  ~Runtime() override { hy_runtime_release(runtime_); }

  std::string file(const std::string& bytes) {
    path_ = "/tmp/halyard-bundle-test-" + std::to_string(getpid());
    const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    close(fd);
    return path_;
  }
  void TearDown() override {
    if (!path_.empty()) unlink(path_.c_str());
  }

  hy_runtime* runtime_ = nullptr;
  hy_bundle* bundle_ = nullptr;
  hy_error error_{};
  std::string path_;
};

TEST(Bundle, GivesBackWhatWasWritten) {
  Bytes bytes(example());
  BundleImage image;
  hy_error error{};
  ASSERT_EQ(image.open(bytes.data(), bytes.size(), "it", &error), HY_OK) << error.message;
  ASSERT_EQ(image.kernels().size(), 2u);
  EXPECT_STREQ(image.string(image.kernels()[0].name), "axpy");
  EXPECT_EQ(image.kernels()[0].source, 0u);
  EXPECT_EQ(image.kernels()[0].line, 1u);
  EXPECT_EQ(image.kernels()[0].flags, 0u);
  EXPECT_STREQ(image.string(image.kernels()[1].name), "scale");
  EXPECT_EQ(image.kernels()[1].flags, format::kFixedWorkgroup);
  const auto params = image.params(image.kernels()[0]);
  ASSERT_EQ(params.size(), 3u);
  EXPECT_EQ(params[1].kind, HY_PARAM_INOUT);
  EXPECT_EQ(params[1].type, HY_VECTOR(HY_F32, 4));
  ASSERT_EQ(image.sources().size(), 2u);
  EXPECT_STREQ(image.string(image.sources()[1].file), "scale.hk");
  EXPECT_EQ(image.text(image.sources()[1]), kScale);
  ASSERT_EQ(image.defaults().size(), 2u);
  EXPECT_STREQ(image.string(image.defaults()[0].name), "FAST") << "sorted by name";
  ASSERT_EQ(image.images().size(), 2u);
  const void* data = nullptr;
  ASSERT_EQ(image.image_bytes(image.images()[0], &data, &error), HY_OK);
  EXPECT_EQ(std::memcmp(data, spirv().data(), spirv().size()), 0);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(data) % 8, 0u);
}

TEST(Bundle, IsTheSameBytesForTheSameInput) { EXPECT_EQ(example(), example()); }

TEST(Bundle, CutOffAnywhereIsAnError) {
  const std::string whole = example();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Bytes cut(whole, bytes);
    BundleImage image;
    hy_error error{};
    EXPECT_EQ(image.open(cut.data(), cut.size(), "it", &error), HY_CORRUPT_ARTIFACT) << bytes;
  }
}

TEST(Bundle, AlteredAnywhereIsAnErrorBeforeItIsUsed) {
  const std::string whole = example();
  const auto* header = reinterpret_cast<const format::Header*>(whole.data());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string altered = whole;
      altered[i] = static_cast<char>(altered[i] ^ (1 << bit));
      Bytes bytes(altered);
      BundleImage image;
      const hy_status status = image.open(bytes.data(), bytes.size(), "it", nullptr);
      if (i < header->head_bytes) {
        EXPECT_NE(status, HY_OK) << "byte " << i;
      } else {
        ASSERT_EQ(status, HY_OK);
        read_all(image);
      }
    }
  }
}

TEST(Bundle, WithAnAlteredImageGivesTheOthers) {
  std::string altered = example();
  Bytes whole(altered);
  BundleImage image;
  ASSERT_EQ(image.open(whole.data(), whole.size(), "it", nullptr), HY_OK);
  altered[image.images()[0].offset] ^= 1;
  Bytes bytes(altered);
  ASSERT_EQ(image.open(bytes.data(), bytes.size(), "it", nullptr), HY_OK);
  const void* data = nullptr;
  hy_error error{};
  EXPECT_EQ(image.image_bytes(image.images()[0], &data, &error), HY_CORRUPT_ARTIFACT);
  EXPECT_NE(std::strstr(error.message, "the image of axpy.hk for 'spirv64' is damaged"), nullptr) << error.message;
  EXPECT_EQ(image.image_bytes(image.images()[1], &data, &error), HY_OK);
}

TEST(Bundle, GivesNoImageThatIsNotOfItsFormat) {
  BundleWriter writer;
  ASSERT_EQ(writer.add_source(kAxpy, "axpy.hk", nullptr), HY_OK);
  writer.add_image(HY_IMAGE_CUBIN, "sm_90", 0, {}, spirv());
  Bytes bytes(writer.finish());
  BundleImage image;
  ASSERT_EQ(image.open(bytes.data(), bytes.size(), "it", nullptr), HY_OK);
  const void* data = nullptr;
  hy_error error{};
  EXPECT_EQ(image.image_bytes(image.images()[0], &data, &error), HY_CORRUPT_ARTIFACT);
  EXPECT_NE(std::strstr(error.message, "the image of axpy.hk for 'sm_90' (20 bytes) is not a cubin"), nullptr)
      << error.message;
}

// The checksum is made right again, as an attacker would: every single offset and count must be checked by itself.
TEST(Bundle, WithAnyFieldAlteredAndSealedAgainReadsNothingOutside) {
  const std::string whole = example();
  const auto head_bytes = reinterpret_cast<const format::Header*>(whole.data())->head_bytes;
  for (std::size_t at = 0; at + 4 <= head_bytes; at += 4) {
    for (const std::uint32_t value :
         {0u, 1u, 7u, 8u, 0x7fu, 0xffffu, 0x7fffffffu, 0x80000000u, 0xfffffff8u, 0xffffffffu}) {
      std::string altered = whole;
      std::memcpy(altered.data() + at, &value, sizeof value);
      const auto* header = reinterpret_cast<const format::Header*>(altered.data());
      if (header->head_bytes < sizeof *header || header->head_bytes > altered.size()) continue;
      format::seal(altered.data());
      Bytes bytes(altered);
      BundleImage image;
      if (image.open(bytes.data(), bytes.size(), "it", nullptr) == HY_OK) read_all(image);
    }
  }
}

// The arguments of a launch lie on the stack, in room for as many as a kernel may have.
TEST(Bundle, WithAKernelOfMoreParametersThanThereMayBeIsDamaged) {
  std::string parameters;
  for (std::size_t i = 0; i < halyard::dialect::kMaxParameters; ++i) {
    parameters += (i == 0 ? ", HY_OUT(int, x" : ", HY_VAL(int, x") + std::to_string(i) + ")";
  }
  BundleWriter writer;
  hy_error error{};
  ASSERT_EQ(writer.add_source("HY_KERNEL(a" + parameters + ") {}\nHY_KERNEL(b, HY_OUT(int, y)) {}\n", "a.hk", &error),
            HY_OK)
      << error.message;
  std::string whole = writer.finish();
  BundleImage image;
  ASSERT_EQ(image.open(Bytes(whole).data(), whole.size(), "it", nullptr), HY_OK);
  const auto* header = reinterpret_cast<const format::Header*>(whole.data());
  auto* kernel = reinterpret_cast<format::Kernel*>(whole.data() + header->kernels.offset);
  ASSERT_EQ(kernel->param_count, halyard::dialect::kMaxParameters);
  ++kernel->param_count;  // takes b's as well
  format::seal(whole.data());
  EXPECT_EQ(image.open(Bytes(whole).data(), whole.size(), "it", nullptr), HY_CORRUPT_ARTIFACT);
}

TEST(Bundle, OfANewerFormatSaysSo) {
  std::string newer = example();
  newer[8] = 2;
  Bytes bytes(newer);
  BundleImage image;
  hy_error error{};
  EXPECT_EQ(image.open(bytes.data(), bytes.size(), "new.hkb", &error), HY_UNSUPPORTED);
  EXPECT_NE(std::strstr(error.message, "new.hkb has format version 2"), nullptr) << error.message;
}

TEST(Bundle, MustBeAligned) {
  const std::string whole = example();
  std::vector<char> bytes(whole.size() + 16);
  char* odd = reinterpret_cast<char*>((reinterpret_cast<std::uintptr_t>(bytes.data()) + 7) / 8 * 8 + 1);
  std::memcpy(odd, whole.data(), whole.size());
  BundleImage image;
  EXPECT_EQ(image.open(odd, whole.size(), "it", nullptr), HY_INVALID_ARGUMENT);
}

TEST(Bundle, TakesNoHostCodeFromAFile) {
  for (const hy_image_format host : {HY_IMAGE_SOURCE, HY_IMAGE_HOST_LINKED, HY_IMAGE_HOST_OBJECT}) {
    BundleWriter writer;
    ASSERT_EQ(writer.add_source(kAxpy, "axpy.hk", nullptr), HY_OK);
    writer.add_image(host, "", 0, {}, "some code");
    Bytes bytes(writer.finish());
    BundleImage image;
    EXPECT_EQ(image.open(bytes.data(), bytes.size(), "it", nullptr), HY_CORRUPT_ARTIFACT);
  }
}

TEST(Bundle, HasEveryKernelNameOnce) {
  BundleWriter writer;
  hy_error error{};
  ASSERT_EQ(writer.add_source(kAxpy, "one.hk", &error), HY_OK);
  EXPECT_EQ(writer.add_source(kAxpy, "two.hk", &error), HY_INVALID_ARGUMENT);
  EXPECT_STREQ(error.message, "two.hk:1: one.hk:1 has a kernel 'axpy' too; names are unique in a bundle");
}

TEST_F(Runtime, ReadsABundleFromAFile) {
  ASSERT_EQ(hy_bundle_from_file(runtime_, file(example()).c_str(), &bundle_, &error_), HY_OK) << error_.message;
  unlink(path_.c_str());
  std::uint32_t count = 0;
  ASSERT_EQ(hy_bundle_kernel_count(bundle_, &count, nullptr), HY_OK);
  EXPECT_EQ(count, 2u);
  const hy_signature* signature = nullptr;
  ASSERT_EQ(hy_bundle_signature(bundle_, 0, &signature, nullptr), HY_OK);
  EXPECT_STREQ(signature->name, "axpy");
  ASSERT_EQ(signature->param_count, 3u);
  EXPECT_STREQ(signature->params[2].name, "n");
  EXPECT_EQ(signature->params[2].type, static_cast<hy_type>(HY_U64));
  EXPECT_EQ(hy_bundle_signature(bundle_, 2, &signature, &error_), HY_INVALID_ARGUMENT);
  hy_bundle_release(bundle_);
}

TEST_F(Runtime, AnswersForEveryKindOfBadFile) {
  const std::string whole = example();
  EXPECT_EQ(hy_bundle_from_file(runtime_, "/nonexistent.hkb", &bundle_, &error_), HY_UNAVAILABLE);
  EXPECT_NE(std::strstr(error_.message, "/nonexistent.hkb"), nullptr) << error_.message;
  EXPECT_EQ(hy_bundle_from_file(runtime_, "/tmp", &bundle_, &error_), HY_UNAVAILABLE);
  EXPECT_EQ(hy_bundle_from_file(runtime_, file("").c_str(), &bundle_, &error_), HY_CORRUPT_ARTIFACT);
  EXPECT_EQ(hy_bundle_from_file(runtime_, file("not a bundle at all").c_str(), &bundle_, &error_), HY_CORRUPT_ARTIFACT);
  EXPECT_EQ(hy_bundle_from_file(runtime_, file(whole.substr(0, whole.size() / 2)).c_str(), &bundle_, &error_),
            HY_CORRUPT_ARTIFACT);
  EXPECT_NE(std::strstr(error_.message, path_.c_str()), nullptr) << error_.message;
  EXPECT_EQ(hy_bundle_from_file(runtime_, file(whole + "more").c_str(), &bundle_, &error_), HY_CORRUPT_ARTIFACT);
  EXPECT_EQ(bundle_, nullptr);
}

TEST_F(Runtime, ReadsABundleFromSource) {
  const std::string both = std::string(kAxpy) + kScale;
  ASSERT_EQ(hy_bundle_from_source(runtime_, both.data(), both.size(), "both.hk", &bundle_, &error_), HY_OK)
      << error_.message;
  const hy_signature* signature = nullptr;
  ASSERT_EQ(hy_bundle_signature(bundle_, 1, &signature, nullptr), HY_OK);
  EXPECT_STREQ(signature->name, "scale");
  EXPECT_EQ(signature->fixed_workgroup, 1u);
  hy_bundle_release(bundle_);
}

TEST_F(Runtime, SaysWhereASignatureCanNotBeRead) {
  const char bad[] = "\n\nHY_KERNEL(broken, HY_IN(float x))\n{\n}\n";
  EXPECT_EQ(hy_bundle_from_source(runtime_, bad, sizeof bad - 1, "bad.hk", &bundle_, &error_), HY_COMPILE_FAILED);
  EXPECT_EQ(std::strncmp(error_.message, "bad.hk:3", 8), 0) << error_.message;
}

TEST_F(Runtime, RefusesAFileWithoutKernels) {
  EXPECT_EQ(hy_bundle_from_source(runtime_, "int x;\n", 7, "none.hk", &bundle_, &error_), HY_COMPILE_FAILED);
  EXPECT_EQ(std::strncmp(error_.message, "none.hk:1", 9), 0) << error_.message;
  EXPECT_EQ(hy_bundle_from_source(runtime_, nullptr, 0, nullptr, &bundle_, &error_), HY_COMPILE_FAILED);
}

TEST_F(Runtime, RefusesAHostImageThatIsNotTheBundles) {
  static const hy_host_kernel kernels[] = {{"stranger", HY_HOST_LOOP, {0, 0, 0}, 0, nullptr, nullptr, 0, 0}};
  static const hy_host_image images[] = {{HY_HOST_KERNEL_VERSION, 1, kernels, "x86-64"}, {99, 0, nullptr, ""}};
  Bytes bytes(example());
  for (const hy_host_image& image : images) {
    const void* const list[] = {&image};
    const hy_linked_bundle linked{sizeof linked, 1, bytes.data(), bytes.size(), list};
    EXPECT_EQ(hy_bundle_from_linked(runtime_, &linked, &bundle_, &error_), HY_CORRUPT_ARTIFACT);
  }
}

TEST_F(Runtime, TakesALinkedTableAsItWasInTheFirstVersion) {
  Bytes bytes(example());
  const hy_linked_bundle linked{32, 0, bytes.data(), bytes.size(), nullptr};
  EXPECT_EQ(hy_bundle_from_linked(runtime_, &linked, &bundle_, &error_), HY_OK) << error_.message;
  hy_bundle_release(bundle_);
  const hy_linked_bundle shorter{31, 0, bytes.data(), bytes.size(), nullptr};
  EXPECT_EQ(hy_bundle_from_linked(runtime_, &shorter, &bundle_, &error_), HY_INVALID_ARGUMENT);
}

TEST_F(Runtime, MayGoBeforeItsBundle) {
  Bytes bytes(example());
  ASSERT_EQ(hy_bundle_from_memory(runtime_, bytes.data(), bytes.size(), &bundle_, &error_), HY_OK);
  hy_runtime_release(runtime_);
  runtime_ = nullptr;
  std::uint32_t count = 0;
  EXPECT_EQ(hy_bundle_kernel_count(bundle_, &count, nullptr), HY_OK);
  hy_bundle_release(bundle_);
}

TEST_F(Runtime, RefusesNull) {
  EXPECT_EQ(hy_bundle_from_memory(runtime_, nullptr, 10, &bundle_, &error_), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_bundle_from_file(nullptr, "x", &bundle_, &error_), HY_INVALID_ARGUMENT);
  EXPECT_EQ(hy_bundle_from_linked(runtime_, nullptr, &bundle_, &error_), HY_INVALID_ARGUMENT);
  hy_bundle_release(nullptr);
}

}  // namespace
