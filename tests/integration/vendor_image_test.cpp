// Images that halyardc makes with the compilers of this machine: each is in the bundle, of its format, and has its
// kernels and what the host reads of them. A compiler that is missing is skipped by name.
#include <algorithm>
#include <ostream>

#include "backends/common/gpu/kernel_facts.hpp"
#include "tests/integration/vendor_images.hpp"

namespace halyard::test {
namespace {

struct Made {
  const char* compiler;
  const char* target;
};
std::ostream& operator<<(std::ostream& out, const Made& made) { return out << made.compiler << " " << made.target; }

class EachImage : public VendorImages, public testing::WithParamInterface<Made> {
 protected:
  // Skips where this machine has no such compiler.
  void make(const std::string& sources) {
    const std::string compiler = GetParam().compiler;
    const int status = run("-o out.hkb --compiler " + compiler + " --target " + GetParam().target + " " + sources);
    const bool crashed = said.find("crashed with signal") != std::string::npos && compiler == "hiprtc";
    if (lacks_compiler() || crashed) GTEST_SKIP() << said;
    ASSERT_EQ(status, 0) << said;
    EXPECT_EQ(said, "");
  }
};

const char* const kKernels[] = {"reduce_sum", "saxpy", "transpose"};

// The line of PTX that declares `name`.
std::string declaration(const std::string& ptx, const std::string& name) {
  const std::size_t at = std::min(ptx.find(" " + name + "("), ptx.find(" " + name + "["));
  if (at == std::string::npos) return "";
  const std::size_t begin = ptx.rfind('\n', at) + 1;
  return ptx.substr(begin, ptx.find('\n', at) - begin);
}

void expect_ptx(const std::string& ptx, const std::string& kernel) {
  EXPECT_EQ(declaration(ptx, kernel).rfind(".visible .entry", 0), 0u) << kernel;
  const std::string meta = declaration(ptx, kernel + "__hy_meta");
  EXPECT_EQ(meta.rfind(".visible .const", 0), 0u) << kernel << ": " << meta;
}

void expect_symbols(const VendorImage& image, const std::string& kernel) {
  const std::vector<Symbol> symbols = symbols_of(image.bytes);
  const auto find = [&](const std::string& name) {
    const auto found = std::find_if(symbols.begin(), symbols.end(),
                                    [&](const Symbol& symbol) { return symbol.name == name && symbol.defined; });
    EXPECT_NE(found, symbols.end()) << name << " is not in the image";
    return found == symbols.end() ? Symbol{} : *found;
  };
  const Symbol code = find(kernel);
  EXPECT_TRUE(code.global && code.function) << kernel;
  const Symbol meta = find(kernel + "__hy_meta");
  EXPECT_EQ(meta.bytes, 64u) << kernel;
  // CUDA's compilers make the variables of a whole program local.
  if (image.format == HY_IMAGE_HIP_CODE) {
    EXPECT_TRUE(meta.global) << kernel;
    EXPECT_TRUE(find(kernel + ".kd").global) << kernel;
  }
}

TEST_P(EachImage, HoldsItsKernelsAndWhatTheHostReadsOfThem) {
  make(kernels());
  if (IsSkipped()) return;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 3u);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_EQ(images[i].target, GetParam().target);
    EXPECT_EQ(images[i].source, i);
    if (images[i].format == HY_IMAGE_PTX) {
      expect_ptx(images[i].bytes, kKernels[i]);
    } else {
      expect_symbols(images[i], kKernels[i]);
    }
  }
}

// Without a driver, whose answer about symbols that are local nobody has seen.
TEST_P(EachImage, TellsTheHostTheWorkgroupOfEachKernel) {
  write("two.hk",
        "HY_WORKGROUP(16, 12, 2)\nHY_KERNEL(scale, HY_INOUT(float, x))\n{\n  HY_ITEMS(i) { x[i] *= 2.0f; }\n}\n"
        "HY_WORKGROUP(300)\nHY_KERNEL(other, HY_INOUT(float, x))\n{\n  HY_ITEMS(i) { x[i] *= 3.0f; }\n}\n");
  make("two.hk");
  if (IsSkipped()) return;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 1u);
  std::vector<gpu::KernelFacts> facts = gpu::facts_of(images[0].bytes);
  std::sort(facts.begin(), facts.end(), [](const auto& a, const auto& b) { return a.kernel > b.kernel; });
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[0].kernel, "scale");
  EXPECT_EQ(facts[1].kernel, "other");
  const std::uint32_t expected[2][3] = {{16, 12, 2}, {300, 1, 1}};
  for (int i = 0; i < 2; ++i) {
    for (int d = 0; d < 3; ++d) EXPECT_EQ(facts[i].workgroup[d], expected[i][d]) << i << " " << d;
  }
}

TEST_P(EachImage, IsTheSameEveryTime) {
  make(HALYARD_KERNELS "/reduce.hk");
  if (IsSkipped()) return;
  const std::vector<VendorImage> before = images_of("out.hkb");
  make(HALYARD_KERNELS "/reduce.hk");
  const std::vector<VendorImage> after = images_of("out.hkb");
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].bytes == after[i].bytes) << i;
}

TEST_P(EachImage, IsMadeWithTheConstantsOfTheBundle) {
  write("value.hk", "HY_KERNEL(value, HY_OUT(float, y))\n{\n  y[0] = VALUE;\n}\n");
  make("-D VALUE=2.0f value.hk");
}

TEST_P(EachImage, OfASourceThatDoesNotCompileIsAnErrorAtTheUsersLine) {
  write("good.hk", "HY_KERNEL(good, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n}\n");
  make("good.hk");
  if (IsSkipped()) return;
  std::filesystem::remove(folder_ + "/out.hkb");
  write("my bad.hk", "HY_KERNEL(bad, HY_OUT(float, y))\n{\n  y[0] = undeclared_name;\n}\n");
  EXPECT_EQ(run(std::string("-o out.hkb --compiler ") + GetParam().compiler + " --optional-target " +
                GetParam().target + " 'my bad.hk'"),
            2);
  EXPECT_TRUE(said.rfind("my bad.hk:3:", 0) == 0 || said.rfind("my bad.hk(3)", 0) == 0) << said;
  EXPECT_NE(said.find("undeclared_name"), std::string::npos) << said;
  EXPECT_NE(said.find(std::string("compiling for ") + GetParam().target), std::string::npos) << said;
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/out.hkb")) << "nothing half done is left";
}

// A launch alone would tell, and the fewest machines that build have the device.
TEST_P(EachImage, OfAWorkgroupThatNoDeviceTakesIsAnErrorAtTheUsersLine) {
  write("most.hk",
        "HY_WORKGROUP(32, SIZE)\nHY_KERNEL(most, HY_INOUT(float, x))\n{\n  HY_ITEMS(i) { x[i] = 1.0f; }\n}\n");
  make("-D SIZE=32 most.hk");
  if (IsSkipped()) return;
  EXPECT_EQ(run(std::string("-o out.hkb --compiler ") + GetParam().compiler + " --target " + GetParam().target +
                " -D SIZE=33 most.hk"),
            2);
  EXPECT_EQ(said.rfind("most.hk:2", 0), 0u) << said;
  EXPECT_NE(said.find("HY_WORKGROUP has more items than any device of this target takes (1024)"), std::string::npos)
      << said;
}

constexpr Made kMade[] = {
    {"nvrtc", "sm_75"},      {"nvrtc", "sm_90"},
    {"nvrtc", "sm_90a"},     {"nvrtc", "sm_100"},
    {"nvrtc", "compute_75"}, {"nvcc", "sm_75"},
    {"nvcc", "sm_90"},       {"nvcc", "sm_100"},
    {"nvcc", "compute_75"},  {"clang", "compute_75"},
    {"clang", "compute_90"}, {"clang", "gfx90a"},
    {"clang", "gfx942"},     {"clang", "gfx942:sramecc+:xnack-"},
    {"clang", "gfx1100"},    {"clang", "gfx1201"},
    {"hiprtc", "gfx90a"},    {"hiprtc", "gfx942"},
    {"hiprtc", "gfx1100"},   {"hipcc", "gfx90a"},
};
INSTANTIATE_TEST_SUITE_P(By, EachImage, testing::ValuesIn(kMade), [](const testing::TestParamInfo<Made>& tested) {
  std::string name = std::string(tested.param.compiler) + "_" + tested.param.target;
  std::replace(name.begin(), name.end(), '+', 'p');
  std::replace(name.begin(), name.end(), '-', 'm');
  std::replace(name.begin(), name.end(), ':', '_');
  return name;
});

class ImagesTogether : public VendorImages {
 protected:
  // ptxas, or "".
  std::string find_assembler() {
    shell("PATH=\"$PATH:/usr/local/cuda/bin\" command -v ptxas");
    return said.substr(0, said.find('\n'));
  }
};

TEST_F(ImagesTogether, AreInTheBundleInTheOrderOfTheTargets) {
  ASSERT_EQ(run("-o out.hkb --optional-target compute_75,gfx90a --optional-target gfx1100,compute_75 " + kernels()), 0)
      << said;
  std::vector<std::string> expected;
  for (const char* target : {"compute_75", "gfx90a", "gfx1100"}) {
    const bool left_out = said.find("optional target " + std::string(target) + " is left out") != std::string::npos;
    if (!left_out) expected.insert(expected.end(), 3, target);
  }
  std::vector<std::string> targets;
  for (const VendorImage& image : images_of("out.hkb")) targets.push_back(image.target);
  EXPECT_EQ(targets, expected);
}

// So that it works with old drivers, whatever CUDA is installed.
TEST_F(ImagesTogether, OfClangForNvidiaAreInTheOldestPtxOfTheArchitecture) {
  for (const auto& [target, version] : {std::pair("compute_75", ".version 6.3\n"), {"compute_90", ".version 7.8\n"}}) {
    run("-o out.hkb --compiler clang --target " + std::string(target) + " " HALYARD_KERNELS "/saxpy.hk");
    if (lacks_compiler()) GTEST_SKIP() << said;
    const std::vector<VendorImage> images = images_of("out.hkb");
    ASSERT_EQ(images.size(), 1u) << said;
    EXPECT_NE(images[0].bytes.find(version), std::string::npos) << images[0].bytes.substr(0, 200);
  }
}

// Without CUDA clang gets its words from halyardc: all that kernels use of them must be there, and NVIDIA's assembler
// take what comes of it.
TEST_F(ImagesTogether, OfClangForNvidiaAreMadeOfEveryKernelFileOfTheTree) {
  const std::string assembler = find_assembler();
  for (const char* part : {"kernels", "samples", "tests", "bench"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(HALYARD_ROOT "/" + std::string(part))) {
      const std::string path = entry.path().string();
      if (entry.path().extension() != ".hk" || path.find("/bad") != std::string::npos) continue;
      const int status = run("-o out.hkb --compiler clang --target compute_75 -D FACTOR=2.0f '" + path + "'");
      if (lacks_compiler()) GTEST_SKIP() << said;
      ASSERT_EQ(status, 0) << said;
      if (assembler.empty()) continue;
      const std::vector<VendorImage> images = images_of("out.hkb");
      ASSERT_EQ(images.size(), 1u);
      write("kernel.ptx", images[0].bytes.substr(0, images[0].bytes.size() - 1));
      EXPECT_EQ(shell("'" + assembler + "' -arch=sm_75 kernel.ptx -o kernel.cubin"), 0) << path << ":\n" << said;
    }
  }
  if (assembler.empty()) GTEST_SKIP() << "made, but ptxas is not installed to look at them";
}

TEST_F(ImagesTogether, CanBeAskedForWithoutAnythingElse) {
  ASSERT_EQ(run("--target help"), 0) << said;
  const std::string help = said;
  for (const char* same : {"--target list", "--targets"}) {
    ASSERT_EQ(run(same), 0) << said;
    EXPECT_EQ(said, help);
  }
  for (const char* part : {"a cubin:", "PTX:", "a code object:", "NVRTC", "nvcc", "clang", "hipRTC", "hipcc",
                           "SPIR-V:", "Intel's native code:", "ocloc"}) {
    EXPECT_NE(said.find(part), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace halyard::test
