// SPIR-V and Intel's native code, as halyardc makes them: what is in the images, and what is said of a kernel or a
// compiler that is not as it should be. Real compilers where this machine has them, played by small scripts elsewhere.
#include <map>
#include <set>

#include "tests/integration/vendor_images.hpp"

namespace halyard::test {
namespace {

// Of the SPIR-V specification.
enum : std::uint32_t { kOpEntryPoint = 15, kOpExecutionMode = 16, kOpCapability = 17, kLocalSize = 17 };
enum : std::uint32_t { kFloat64 = 10, kInt64Atomics = 12, kSubgroupShuffleIntel = 5568 };

// What a module says of itself.
struct SpirvModule {
  std::uint32_t version = 0;
  std::set<std::uint32_t> capabilities;
  std::map<std::string, std::uint32_t> entries;               // to their numbers
  std::map<std::uint32_t, std::vector<std::uint32_t>> sizes;  // of fixed workgroups, by the entries' numbers
};

SpirvModule read_spirv(const std::string& bytes) {
  std::vector<std::uint32_t> words(bytes.size() / 4);
  std::memcpy(words.data(), bytes.data(), words.size() * 4);
  SpirvModule module;
  if (words.size() < 5 || words[0] != 0x07230203) return module;
  module.version = words[1];
  for (std::size_t at = 5; at < words.size();) {
    const std::uint32_t count = words[at] >> 16;
    const std::uint32_t* operands = &words[at] + 1;
    if (count == 0 || at + count > words.size()) break;
    switch (words[at] & 0xffff) {
      case kOpCapability:
        module.capabilities.insert(operands[0]);
        break;
      case kOpEntryPoint:
        module.entries[reinterpret_cast<const char*>(operands + 2)] = operands[1];
        break;
      case kOpExecutionMode:
        if (operands[1] == kLocalSize) module.sizes[operands[0]] = {operands + 2, operands + 5};
        break;
    }
    at += count;
  }
  return module;
}

constexpr char kPlain[] = "HY_KERNEL(k, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n}\n";
constexpr char kDouble[] = "HY_KERNEL(wide, HY_OUT(double, y))\n{\n  y[0] = 1.0;\n}\n";
constexpr char kAtomic[] = "HY_KERNEL(count, HY_INOUT(ulong, y))\n{\n  hy_atomic_add(&y[0], 1ul);\n}\n";

class SpirvImage : public VendorImages {
 protected:
  // Skips where there are no compilers.
  void make(const std::string& targets, const std::string& sources) {
    const int status = run("-o out.hkb --target " + targets + " " + sources);
    if (said.find("no compiler on this machine makes SPIR-V") != std::string::npos) GTEST_SKIP() << said;
    ASSERT_EQ(status, 0) << said;
  }
};

TEST_F(SpirvImage, HoldsBothEntriesOfEachKernelWithItsWorkgroup) {
  make("spirv", kernels());
  if (IsSkipped()) return;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 3u);
  const char* const names[] = {"reduce_sum", "saxpy", "transpose"};
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(images[i].format, hy_image_format{HY_IMAGE_SPIRV});
    EXPECT_EQ(images[i].target, "spirv");
    EXPECT_EQ(images[i].source, i);
    const SpirvModule module = read_spirv(images[i].bytes);
    EXPECT_EQ(module.version, 0x10000u) << "what every driver takes";
    EXPECT_EQ(module.entries.count(names[i]), 1u);
    EXPECT_EQ(module.entries.count(std::string(names[i]) + "__hy_whole"), 1u);
  }
  write("fixed.hk",
        "HY_WORKGROUP(16, 12, 2)\nHY_KERNEL(scale, HY_INOUT(float, x))\n{\n  HY_ITEMS(i) { x[i] = 2.0f; }\n}\n");
  make("spirv", "fixed.hk");
  const SpirvModule module = read_spirv(images_of("out.hkb").at(0).bytes);
  ASSERT_EQ(module.entries.size(), 2u);
  for (const auto& [name, number] : module.entries) {
    EXPECT_EQ(module.sizes.at(number), (std::vector<std::uint32_t>{16, 12, 2})) << name;
  }
}

TEST_F(SpirvImage, AsksOfDevicesWhatItsTargetSaysAndNoMore) {
  write("all.hk",
        "HY_KERNEL(all, HY_INOUT(ulong, y), HY_OUT(float, x))\n{\n  x[0] = hy_subgroup_reduce_add(x[1]);\n"
        "  y[1] = (ulong)hy_subgroup_shuffle_xor(1, 1u);\n"
        "#if HY_HAS_FLOAT64\n  y[0] = (ulong)((double)y[1] * 0.1);\n#endif\n"
        "#if HY_HAS_ATOMICS_INT64\n  hy_atomic_add(&y[2], y[3]);\n#endif\n}\n");
  make("spirv,spirv:fp64,spirv:int64_atomics,spirv:subgroups,spirv:fp64:int64_atomics:subgroups", "all.hk");
  if (IsSkipped()) return;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 5u);
  for (const VendorImage& image : images) {
    const auto has = read_spirv(image.bytes).capabilities;
    const auto names = [&](const char* feature) { return image.target.find(feature) != std::string::npos; };
    EXPECT_EQ(has.count(kFloat64) != 0, names(":fp64")) << image.target;
    EXPECT_EQ(has.count(kInt64Atomics) != 0, names(":int64_atomics")) << image.target;
    EXPECT_EQ(has.count(kSubgroupShuffleIntel) != 0, names(":subgroups")) << image.target;
  }
}

TEST_F(SpirvImage, IsNamedByItsFeaturesInOneOrder) {
  write("k.hk", kPlain);
  make("spirv:subgroups:fp64,spirv:fp64:subgroups", "k.hk");
  if (IsSkipped()) return;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 1u) << "one target, named twice";
  EXPECT_EQ(images[0].target, "spirv:fp64:subgroups");
  for (const char* wrong : {"spirv:fp64:fp64", "spirv:fp65", "spirv:", "spirv64"}) {
    EXPECT_EQ(run(std::string("-o out.hkb --target ") + wrong + " k.hk"), 64) << wrong;
    EXPECT_NE(said.find(std::string("no target '") + wrong + "'"), std::string::npos) << said;
  }
}

TEST_F(SpirvImage, IsTheSameEveryTime) {
  make("spirv:fp64", kernels());
  if (IsSkipped()) return;
  const std::vector<VendorImage> before = images_of("out.hkb");
  make("spirv:fp64", kernels());
  const std::vector<VendorImage> after = images_of("out.hkb");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].bytes == after[i].bytes) << i;
}

TEST_F(SpirvImage, OfAKernelThatNeedsMoreThanTheTargetSaysWhichTargetHasIt) {
  write("k.hk", kPlain);
  make("spirv", "k.hk");
  if (IsSkipped()) return;
  write("wide.hk", kDouble);
  EXPECT_EQ(run("-o out.hkb --target spirv:subgroups wide.hk"), 2);
  EXPECT_EQ(said.rfind("wide.hk:", 0), 0u) << said;
  EXPECT_NE(said.find("use of type 'double'"), std::string::npos) << said;
  EXPECT_NE(said.find("target spirv:fp64:subgroups"), std::string::npos) << said;
  EXPECT_NE(said.find("#if HY_HAS_FLOAT64"), std::string::npos) << said;
  write("count.hk", kAtomic);
  EXPECT_EQ(run("-o out.hkb --target spirv count.hk"), 2);
  EXPECT_EQ(said.rfind("count.hk:3:", 0), 0u) << said;
  EXPECT_NE(said.find("target spirv:int64_atomics;"), std::string::npos) << said;
  EXPECT_EQ(run("-o out.hkb --target spirv:fp64:int64_atomics wide.hk count.hk"), 0) << said;
}

TEST_F(SpirvImage, OfASourceThatDoesNotCompileIsAnErrorAtTheUsersLineOnce) {
  write("k.hk", kPlain);
  make("spirv", "k.hk");
  if (IsSkipped()) return;
  write("my bad.hk", "HY_KERNEL(bad, HY_OUT(float, y))\n{\n  y[0] = undeclared_name;\n}\n");
  EXPECT_EQ(run("-o out.hkb --optional-target spirv 'my bad.hk'"), 2);
  EXPECT_EQ(said.rfind("my bad.hk:3:", 0), 0u) << said;
  EXPECT_EQ(said.find("undeclared_name"), said.rfind("'undeclared_name'") + 1) << said;
  EXPECT_NE(said.find("compiling for spirv"), std::string::npos) << said;
}

// clang, the translator and the validator as scripts; with nothing else in the PATH.
class SpirvCompiler : public VendorImages {
 protected:
  SpirvCompiler() {
    write("k.hk", kPlain);
    write("good.spv",
          std::string("\x03\x02\x23\x07\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00", 20));
    clang("14.0.6");
    write_program("llvm-spirv-14", "/bin/cp '" + folder_ + "/good.spv' kernel.spv");
    write_program("spirv-val", "exit 0");
  }
  void clang(const std::string& version) {
    write_program("clang",
                  "case \"$1\" in\n--version) echo 'Some clang version " + version + "';;\n*) : >kernel.bc;;\nesac");
  }
  int make(const std::string& option = "--target") {
    return run("-o out.hkb --compiler clang=./clang " + option + " spirv k.hk", "PATH='" + folder_ + "'");
  }
  std::string compiler() const { return "clang 14.0.6 (" + folder_ + "/clang)"; }
};

TEST_F(SpirvCompiler, GivesTheImageWithoutAWord) {
  ASSERT_EQ(make(), 0) << said;
  EXPECT_EQ(said, "");
  EXPECT_EQ(images_of("out.hkb").size(), 1u);
}

TEST_F(SpirvCompiler, WithoutItsTranslatorIsNamedWithTheCure) {
  std::filesystem::remove(folder_ + "/llvm-spirv-14");
  EXPECT_EQ(make(), 2);
  EXPECT_EQ(said, "spirv: no compiler that --compiler allows (clang) makes SPIR-V for it\n  " + compiler() +
                      " lacks its translator: install llvm-spirv-14\n");
  EXPECT_EQ(run("-o out.hkb --compiler clang=/nonexistent/clang --target spirv k.hk"), 2);
  EXPECT_NE(said.find("install clang-14 and llvm-spirv-14"), std::string::npos) << said;
  // One without its version in its name is taken when it says the right one.
  write_program("llvm-spirv", "[ \"$1\" = --version ] && echo 'LLVM version 14.0.6' || /bin/cp '" + folder_ +
                                  "/good.spv' kernel.spv");
  EXPECT_EQ(make(), 0) << said;
  write_program("llvm-spirv", "echo 'LLVM version 15.0.6'");
  EXPECT_EQ(make(), 2);
}

TEST_F(SpirvCompiler, ThatMakesWhatTheValidatorRefusesIsNotBelieved) {
  write_program("spirv-val", "echo 'error: line 7: no such capability' >&2; exit 1");
  EXPECT_EQ(make("--optional-target"), 2) << "not left out: the compilers are there";
  EXPECT_EQ(said, "k.hk: spirv-val does not take what " + compiler() +
                      " made for spirv: error: line 7: no such capability\n");
}

TEST_F(SpirvCompiler, WithoutAValidatorIsBelievedWithAWarning) {
  std::filesystem::remove(folder_ + "/spirv-val");
  write("l.hk", "HY_KERNEL(l, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n}\n");
  ASSERT_EQ(run("-o out.hkb --compiler clang=./clang --target spirv k.hk l.hk", "PATH='" + folder_ + "'"), 0) << said;
  EXPECT_EQ(said, "halyardc: warning: SPIR-V is not validated: install spirv-tools, which has spirv-val\n");
}

TEST_F(SpirvCompiler, WhoseTranslatorCrashesIsToldByTheTranslatorsName) {
  write_program("llvm-spirv-14", "kill -ABRT $$");
  EXPECT_EQ(make(), 2);
  EXPECT_EQ(said, "k.hk: " + folder_ + "/llvm-spirv-14, compiling for spirv, crashed with signal 6\n");
}

class Ocloc : public VendorImages {
 protected:
  Ocloc() { write("k.hk", kPlain); }
  void play(const std::string& script) {
    write_program(
        "ocloc",
        "case \"$2\" in\n--help) echo '<device_type> can be: skl, dg2, pvc, gen9, version  or hexadecimal';;\n*) " +
            script + ";;\nesac");
  }
  int make(const std::string& targets = "dg2", const std::string& option = "--target") {
    return run("-o out.hkb --compiler ocloc=./ocloc " + option + " " + targets + " k.hk");
  }
};

TEST_F(Ocloc, GivesTheImageWhateverItCallsTheFile) {
  for (const char* name : {"kernel", "kernel.bin", "kernel_dg2.bin"}) {
    play("/bin/mkdir ocloc; echo code >ocloc/" + std::string(name) +
         "; echo other >ocloc/kernel.spv; echo 'Build succeeded.'");
    ASSERT_EQ(make(), 0) << said;
    EXPECT_EQ(said, "");
    const std::vector<VendorImage> images = images_of("out.hkb");
    ASSERT_EQ(images.size(), 1u);
    EXPECT_EQ(images[0].format, hy_image_format{HY_IMAGE_ZE_NATIVE});
    EXPECT_EQ(images[0].target, "dg2");
    EXPECT_EQ(images[0].bytes, "code\n");
  }
}

TEST_F(Ocloc, IsToldTheProductAndTheLanguage) {
  play("/bin/mkdir ocloc; echo \"$*\" >ocloc/kernel");
  ASSERT_EQ(make("adlp,0x56a0"), 0) << said;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 2u);
  EXPECT_EQ(images[0].target, "adl-p") << "as devices call themselves";
  EXPECT_NE(images[0].bytes.find(" -device adl-p "), std::string::npos) << images[0].bytes;
  EXPECT_NE(images[0].bytes.find("-cl-std=CL2.0"), std::string::npos) << images[0].bytes;
  EXPECT_NE(images[1].bytes.find(" -device 0x56a0 "), std::string::npos) << images[1].bytes;
}

TEST_F(Ocloc, ThatDoesNotKnowTheProductLetsItBeLeftOut) {
  play("echo 'Error: Cannot get HW Info for device bmg.'; exit 223");
  EXPECT_EQ(make("bmg"), 2);
  EXPECT_EQ(said.rfind("ocloc (" + folder_ + "/ocloc) does not know bmg\n", 0), 0u) << said;
  EXPECT_EQ(make("bmg", "--optional-target"), 0) << said;
}

TEST_F(Ocloc, ThatLeavesNoFileIsNotBelieved) {
  play("echo 'Build succeeded.'");
  EXPECT_EQ(make(), 2);
  EXPECT_NE(said.find("left no file"), std::string::npos) << said;
}

TEST_F(Ocloc, ThatHangsOrCrashesIsNamedAndNotLeftOut) {
  const std::string who = "k.hk: ocloc (" + folder_ + "/ocloc), compiling for dg2, ";
  play("/bin/sleep 600");
  EXPECT_EQ(make("dg2", "--time-limit 1 --optional-target"), 2);
  EXPECT_EQ(said, who + "was stopped: it took longer than 1 s\n");
  play("kill -ABRT $$");
  EXPECT_EQ(make(), 2);
  EXPECT_EQ(said, who + "crashed with signal 6\n");
}

TEST_F(Ocloc, ThatIsMissingIsNamedWithTheCure) {
  EXPECT_EQ(run("-o out.hkb --compiler ocloc=/nonexistent/ocloc --target dg2 k.hk"), 2);
  EXPECT_NE(said.find("intel-opencl-icd"), std::string::npos) << said;
}

// Intel's own, where scripts/intel-driver has unpacked it.
TEST_F(Ocloc, OfIntelMakesCodeForEveryProductThatTheDriverIsTestedWith) {
  const char* folder = std::getenv("HALYARD_INTEL_DRIVER");
  if (folder == nullptr) GTEST_SKIP() << "HALYARD_INTEL_DRIVER names no folder that scripts/intel-driver made";
  const std::string root = std::string(folder) + "/unpacked/usr";
  const std::string environment = "PATH=\"" + root + "/bin:$PATH\" LD_LIBRARY_PATH='" + root + "/lib/x86_64-linux-gnu'";
  const char* const products[] = {"dg2", "pvc", "tgllp", "skl"};
  ASSERT_EQ(run("-o out.hkb --target dg2,pvc,tgllp,skl " + kernels(), environment), 0) << said;
  EXPECT_EQ(said, "");
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 12u);
  for (std::size_t i = 0; i < images.size(); ++i) {
    EXPECT_EQ(images[i].target, products[i / 3]);
    EXPECT_GT(images[i].bytes.size(), 1000u);
    EXPECT_NE(images[i].bytes.find("__hy_whole"), std::string::npos) << "of its two entries one is named so";
  }
  write("wide.hk", kDouble);
  EXPECT_EQ(run("-o out.hkb --target skl wide.hk", environment), 0) << "which has 64-bit floats: " << said;
  EXPECT_EQ(run("-o out.hkb --target dg2 wide.hk", environment), 2) << "which has none";
  EXPECT_EQ(said.rfind("wide.hk:", 0), 0u) << said;
}

}  // namespace
}  // namespace halyard::test
