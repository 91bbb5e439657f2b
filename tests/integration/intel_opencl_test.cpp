// The opencl backend on Intel's own driver, which presents devices without hardware: kernels are built, none computes.
// Shows that the driver takes our SPIR-V, and that its compiler of source, which defines __SPIR__, is told what a
// device has. In a process and a folder of its own for each product: the driver reads its settings when it is opened,
// and writes files where it runs.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "halyard/halyard.hpp"

namespace halyard::test {
namespace {

namespace fs = std::filesystem;

constexpr char kBundles[] = "HALYARD_TEST_BUNDLES";  // for the process on the driver: where they are

struct Product {
  const char* name;
  const char* settings;
  hy_capabilities has;
};
constexpr Product kProducts[] = {
    {"dg2", "ProductFamilyOverride=dg2 HardwareInfoOverride=8x4x8 ForceDeviceId=0x56a0", HY_CAP_ATOMICS_INT64},
    {"pvc", "ProductFamilyOverride=pvc HardwareInfoOverride=8x8x8",
     HY_CAP_ATOMICS_INT64 | HY_CAP_FLOAT64 | HY_CAP_SUBGROUPS},
    {"tgllp", "ProductFamilyOverride=tgllp", HY_CAP_ATOMICS_INT64},
    {"skl", "ProductFamilyOverride=skl", HY_CAP_ATOMICS_INT64 | HY_CAP_FLOAT64 | HY_CAP_SUBGROUPS}};

std::string output_of(const std::string& command, int* status) {
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  std::string output;
  char chunk[4096];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe)) output.append(chunk, got);
  const int ended = pclose(pipe);
  *status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
  return output;
}

class IntelOpencl : public testing::TestWithParam<Product> {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "Intel's driver is not loaded under a sanitizer";
#endif
    const char* unpacked = std::getenv("HALYARD_INTEL_DRIVER");
    if (unpacked == nullptr) GTEST_SKIP() << "HALYARD_INTEL_DRIVER names no folder that scripts/intel-driver made";
    const fs::path root = fs::path(unpacked) / "unpacked";
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.path().filename() == "libigdrcl.so") driver_ = entry.path();
    }
    ASSERT_FALSE(driver_.empty()) << "no libigdrcl.so in " << root;
    char pattern[] = "/tmp/halyard-intel-test-XXXXXX";
    folder_ = mkdtemp(pattern);
    fs::create_directory(folder_ / "bundles");
    std::ofstream(folder_ / "intel.icd") << driver_.string() << "\n";
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder_.empty()) fs::remove_all(folder_, ignored);
  }

  // Of the kernels of the tree; false where there is nothing to make them with.
  bool make_bundles() {
    for (const char* part : {"tests/conformance/kernels", "tests/dialect/kernels", "kernels/basic"}) {
      for (const auto& entry : fs::directory_iterator(fs::path(HALYARD_ROOT) / part)) {
        const bool wide = entry.path().filename() == "atomics64.hk";
        int status = 0;
        const std::string said =
            output_of(std::string("'" HALYARDC "' -o '") + (folder_ / "bundles" / entry.path().stem()).string() +
                          ".hkb' --target " +
                          (wide ? "spirv:int64_atomics" : "spirv:int64_atomics,spirv:fp64:int64_atomics:subgroups") +
                          " '" + entry.path().string() + "'",
                      &status);
        if (said.find("no compiler on this machine makes SPIR-V") != std::string::npos) return false;
        EXPECT_EQ(status, 0) << said;
      }
    }
    return true;
  }

  fs::path folder_;
  fs::path driver_;
};
std::ostream& operator<<(std::ostream& out, const Product& product) { return out << product.name; }

TEST_P(IntelOpencl, BuildsEveryKernelOfTheTreeFromSpirvAndTellsItsCompilerWhatTheDeviceHas) {
  if (!make_bundles()) GTEST_SKIP() << "there are no compilers for SPIR-V";
  const std::string libraries = driver_.parent_path().parent_path().string();
  int status = 0;
  const std::string said =
      output_of("cd '" + folder_.string() + "' && env OCL_ICD_VENDORS=\"$PWD/intel.icd\" LD_LIBRARY_PATH='" +
                    libraries + "' NEOReadDebugKeys=1 SetCommandStreamReceiver=1 " + GetParam().settings +
                    " HALYARD_BACKENDS=opencl HALYARD_CACHE_DIR=\"$PWD/cache\" " + kBundles +
                    "=\"$PWD/bundles\" HALYARD_TEST_HAS=" + std::to_string(GetParam().has) + " '" +
                    fs::read_symlink("/proc/self/exe").string() +
                    "' --gtest_also_run_disabled_tests --gtest_filter='DISABLED_OnTheDriver.*'",
                &status);
  EXPECT_EQ(status, 0) << said;
  EXPECT_NE(said.find("[  PASSED  ] 2 tests"), std::string::npos) << said;
}

INSTANTIATE_TEST_SUITE_P(On, IntelOpencl, testing::ValuesIn(kProducts),
                         [](const auto& tested) { return std::string(tested.param.name); });

// What runs in the process on the driver.
class DISABLED_OnTheDriver : public testing::Test {
 protected:
  void SetUp() override {
    auto runtime = Runtime::create();
    ASSERT_TRUE(runtime) << runtime.error().c_str();
    auto device = runtime->device("opencl:0");
    ASSERT_TRUE(device) << device.error().c_str();
    runtime_.emplace(std::move(*runtime));
    device_.emplace(std::move(*device));
    ASSERT_EQ(std::string(device_->info().vendor), "Intel");
  }
  static bool uses_doubles(const hy_signature& signature) {
    return std::any_of(signature.params, signature.params + signature.param_count,
                       [](const hy_param& param) { return HY_VECTOR(param.type, 1) == HY_F64; });
  }
  bool has(hy_capabilities capability) const { return (device_->info().capabilities & capability) != 0; }

  std::optional<Runtime> runtime_;
  std::optional<Device> device_;
};

TEST_F(DISABLED_OnTheDriver, EveryKernelComesFromItsImage) {
  const char* folder = std::getenv(kBundles);
  ASSERT_NE(folder, nullptr) << "started by hand";
  EXPECT_TRUE(has(HY_CAP_SPIRV));
  int made = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto bundle = Bundle::from_file(*runtime_, entry.path().c_str());
    ASSERT_TRUE(bundle) << bundle.error().c_str();
    const auto kernels = bundle->kernels();
    ASSERT_TRUE(kernels) << kernels.error().c_str();
    for (const auto& signature : *kernels) {
      if (uses_doubles(signature) && !has(HY_CAP_FLOAT64)) continue;  // in #if HY_HAS_FLOAT64
      const auto kernel = bundle->kernel(*device_, signature.name);
      ASSERT_TRUE(kernel) << entry.path() << ", " << signature.name << ": " << kernel.error().c_str();
      const auto info = kernel->info();
      ASSERT_TRUE(info) << info.error().c_str();
      EXPECT_EQ(info->format, hy_image_format{HY_IMAGE_SPIRV}) << entry.path() << ", " << signature.name;
      ++made;
    }
  }
  EXPECT_GT(made, 60);
  std::printf("%d kernels\n", made);
}

TEST_F(DISABLED_OnTheDriver, TheCompilerOfSourceHasWhatTheDeviceHas) {
  const struct {
    const char* word;
    hy_capabilities capability;
  } words[] = {{"HY_HAS_FLOAT64", HY_CAP_FLOAT64},
               {"HY_HAS_ATOMICS_INT64", HY_CAP_ATOMICS_INT64},
               {"HY_HAS_SUBGROUPS", HY_CAP_SUBGROUPS}};
  const char* expected = std::getenv("HALYARD_TEST_HAS");
  ASSERT_NE(expected, nullptr) << "started by hand";
  for (const auto& [word, capability] : words) {
    EXPECT_EQ(has(capability), (std::strtoull(expected, nullptr, 10) & capability) != 0) << word;
    const std::string text = std::string("#if ") + word + " != " + (has(capability) ? "1" : "0") + "\n#error \"" +
                             word + " is not what the device has\"\n#endif\n" +
                             "HY_KERNEL(k, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n}\n";
    const auto bundle = Bundle::from_source(*runtime_, text.c_str(), "words.hk");
    ASSERT_TRUE(bundle) << bundle.error().c_str();
    const auto kernel = bundle->kernel(*device_, "k");
    EXPECT_TRUE(kernel) << kernel.error().c_str();
  }
}

}  // namespace
}  // namespace halyard::test
