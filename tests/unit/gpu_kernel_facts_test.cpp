// What images say of their kernels, read from ELF files and PTX texts that are made here, whole and damaged. Those that
// compilers make are in vendor_image_test.
#include <gtest/gtest.h>

#include <string>

#include "backends/common/gpu/kernel_facts.hpp"
#include "tests/unit/small_elf.hpp"

namespace halyard::gpu {
namespace {

using test::small_elf;
using test::SmallElf;

void expect_one(const std::vector<KernelFacts>& facts, const std::string& kernel, uint32_t x, uint32_t y, uint32_t z) {
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].kernel, kernel);
  EXPECT_EQ(facts[0].workgroup[0], x);
  EXPECT_EQ(facts[0].workgroup[1], y);
  EXPECT_EQ(facts[0].workgroup[2], z);
}

TEST(GpuKernelFacts, AreInTheConstantBesideTheKernelWhateverItsBinding) {
  for (const unsigned binding : {STB_LOCAL, STB_GLOBAL, STB_WEAK}) {
    SmallElf made;
    made.binding = binding;
    expect_one(facts_of(small_elf(made)), "scale", 16, 300, 2);
  }
}

TEST(GpuKernelFacts, AreFoundByAddressWhereSectionsHaveOne) {
  SmallElf made;
  made.address = 0x1000;
  expect_one(facts_of(small_elf(made)), "scale", 16, 300, 2);
}

TEST(GpuKernelFacts, AreFoundInTheLoadersSymbolsWhereTheOthersWereStripped) {
  SmallElf made;
  made.symbols = SHT_DYNSYM;
  expect_one(facts_of(small_elf(made)), "scale", 16, 300, 2);
}

TEST(GpuKernelFacts, AreLeftOutWhereTheConstantIsNotWhole) {
  SmallElf smaller;
  smaller.bytes = 32;
  EXPECT_TRUE(facts_of(small_elf(smaller)).empty());
  SmallElf elsewhere;
  elsewhere.value = 1;
  EXPECT_TRUE(facts_of(small_elf(elsewhere)).empty()) << "it would end behind its section";
  SmallElf other;
  other.name = "scale__hy_other";
  EXPECT_TRUE(facts_of(small_elf(other)).empty());
  SmallElf nameless;
  nameless.name = "__hy_meta";
  EXPECT_TRUE(facts_of(small_elf(nameless)).empty());
}

TEST(GpuKernelFacts, AreNeverReadOutsideTheImage) {
  const std::string whole = small_elf({});
  for (size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const std::string cut(whole, 0, bytes);  // its own allocation: sanitizers see what is read behind it
    EXPECT_TRUE(facts_of(cut).empty()) << bytes;
  }
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char value : {'\x00', '\x01', '\x7f', '\xff'}) {
      std::string altered = whole;
      altered[at] = value;
      EXPECT_LE(facts_of(altered).size(), 1u);
    }
  }
}

constexpr char kPtx[] =
    ".version 7.0\n.target sm_75\n.visible .const .align 8 .b8 scale__hy_meta[64] = {16, 0, 0, 0, 0, 0, 0, 0, 44, 1, "
    "0, 0, 0, 0, 0, 0, 2};\n";

TEST(GpuKernelFacts, AreInPtxAsBytes) { expect_one(facts_of(kPtx), "scale", 16, 300, 2); }

TEST(GpuKernelFacts, AreInPtxAsWords) {
  expect_one(facts_of(".const .align 8 .u64 scale__hy_meta[8] = {16, 300,\n\t2, 0, 1};"), "scale", 16, 300, 2);
}

TEST(GpuKernelFacts, OfSeveralKernelsAreKeptApart) {
  const std::string other = ".const .b64 other__hy_meta[8] = {8, 1, 1};";
  const auto facts = facts_of(kPtx + ("mov.u64 %rd1, scale__hy_meta;\n" + other));
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].kernel, "scale");
  EXPECT_EQ(facts[1].kernel, "other");
  EXPECT_EQ(facts[1].workgroup[0], 8u);
}

TEST(GpuKernelFacts, AreLeftOutWherePtxDoesNotSayThemPlainly) {
  for (const char* text : {".extern .const .b8 scale__hy_meta[64];", ".const .b8 scale__hy_meta[32] = {16};",
                           ".const .b8 scale__hy_meta[64] = {16, x};", ".const .b8 scale__hy_meta[64] = {16, 0",
                           ".const .b8 scale__hy_meta[64] = {};", ".const .f64 scale__hy_meta[8] = {16};",
                           ".const .b8 scale__hy_meta_too[64] = {16};", ".const .b8 __hy_meta[64] = {16};", ""}) {
    EXPECT_TRUE(facts_of(text).empty()) << text;
  }
  EXPECT_TRUE(facts_of(std::string(".b8 a\0.const .b8 scale__hy_meta[64] = {16};", 44)).empty())
      << "the text has ended";
}

}  // namespace
}  // namespace halyard::gpu
