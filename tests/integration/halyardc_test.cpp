// The tool halyardc as builds and people use it.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>

#include "compiled_kernels.hpp"
#include "halyard/halyard.hpp"

namespace {

namespace fs = std::filesystem;

class Halyardc : public testing::Test {
 protected:
  Halyardc() {
    char name[] = "/tmp/halyardc-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~Halyardc() override { fs::remove_all(folder_); }

  // Runs it in the test's folder; what it said is in `said`.
  int run(const std::string& arguments) {
    const std::string command = "cd " + folder_ + " && '" HALYARDC "' " + arguments + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    said.clear();
    char chunk[4096];
    while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe)) said.append(chunk, got);
    return WEXITSTATUS(pclose(pipe));
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }

  const std::string one = HALYARD_KERNELS "/compiled_one.hk";
  const std::string two = HALYARD_KERNELS "/compiled_two.hk";
  std::string folder_;
  std::string said;
};

TEST_F(Halyardc, MakesABundleThatLoads) {
  ASSERT_EQ(run("-o out.hkb -D FACTOR=3 " + one + " " + two), 0) << said;
  EXPECT_EQ(said, "");
  halyard::RuntimeOptions options;
  options.cache_dir = "";
  auto runtime = halyard::Runtime::create(options);
  ASSERT_TRUE(runtime);
  auto bundle = halyard::Bundle::from_file(*runtime, (folder_ + "/out.hkb").c_str());
  ASSERT_TRUE(bundle) << bundle.error().message();
  auto kernels = bundle->kernels();
  ASSERT_TRUE(kernels);
  ASSERT_EQ(kernels->size(), 2u);
  EXPECT_STREQ((*kernels)[0].name, "scaled");
  EXPECT_STREQ((*kernels)[1].name, "reversed");
  auto device = runtime->device("cpu");
  if (!device) GTEST_SKIP() << device.error().message();
  auto kernel = bundle->kernel(*device, "scaled");
  EXPECT_TRUE(kernel) << kernel.error().message();
}

TEST_F(Halyardc, ShowsSignatures) {
  ASSERT_EQ(run("--emit signatures " + one + " " + two), 0) << said;
  EXPECT_EQ(said,
            "HY_KERNEL(scaled, HY_IN(float, x), HY_OUT(float, y), HY_VAL(uint, n))\n"
            "HY_KERNEL(reversed, HY_IN(float, x), HY_OUT(float, y))\n");
}

TEST_F(Halyardc, ShowsWhatEveryCompilerGets) {
  for (const char* target : {"host", "opencl", "opencl2", "cuda", "hip"}) {
    ASSERT_EQ(run("-DFACTOR=3 --emit " + std::string(target) + " " + one), 0) << said;
    EXPECT_NE(said.find("scaled"), std::string::npos) << target;
    EXPECT_NE(said.find("#define FACTOR 3"), std::string::npos) << target;
  }
}

TEST_F(Halyardc, AddsImagesOfOtherCompilers) {
  std::string cubin(
      "\x7f"
      "ELF\x02\x01\x01",
      7);
  cubin.resize(64, '\0');
  cubin[18] = static_cast<char>(190);
  write("image.cubin", cubin);
  ASSERT_EQ(run("-o out.hkb --image cubin:sm_90:0=image.cubin " + one), 0) << said;
  EXPECT_EQ(run("-o out.hkb --image cubin:sm_90:7=image.cubin " + one), 2);
  EXPECT_EQ(run("-o out.hkb --image cubin:sm_90:0=nowhere " + one), 2);
  EXPECT_EQ(run("-o out.hkb --image host:x:0=image.cubin " + one), 64);
  EXPECT_EQ(run("-o out.hkb --image cubin=image.cubin " + one), 64);
}

TEST_F(Halyardc, RefusesAFileThatIsNoImageOfItsFormat) {
  write("junk", "pretended code");
  for (const char* format : {"spirv", "ptx", "cubin", "hip"}) {
    EXPECT_EQ(run("-o out.hkb --image " + std::string(format) + ":any:0=junk " + one), 2);
    EXPECT_EQ(said.rfind("junk: the image for 'any' (", 0), 0u) << said;
  }
  EXPECT_FALSE(fs::exists(folder_ + "/out.hkb"));
}

TEST_F(Halyardc, SaysFileAndLineOfABadSignature) {
  write("bad.hk", "\nHY_KERNEL(bad, HY_IN(quaternion, x))\n{\n}\n");
  EXPECT_EQ(run("-o out.hkb bad.hk"), 2);
  EXPECT_EQ(said.rfind("bad.hk:2", 0), 0u) << said;
  EXPECT_FALSE(fs::exists(folder_ + "/out.hkb")) << "nothing half done is left";
}

TEST_F(Halyardc, NamesSourcesInMessagesAsGivenAndInTheBundleFromTheFolder) {
  write("good.hk", "HY_KERNEL(k) { }\n");
  write("bad.hk", "\nHY_KERNEL(k, HY_IN(int, x)) { } }\n");
  ASSERT_EQ(run("-o plain.hkb good.hk"), 0) << said;
  const std::string good = folder_ + "/good.hk";
  ASSERT_EQ(run("-o named.hkb --host-text text --relative-to " + folder_ + " " + good + " && cmp plain.hkb named.hkb"),
            0)
      << said;
  ASSERT_EQ(run("-o none.hkb good.hk >/dev/null; grep -q '#line 1 \"" + good + "\"' text.0.inc"), 0) << said;
  EXPECT_EQ(run("-o none.hkb --relative-to " + folder_ + " " + folder_ + "/bad.hk"), 2);
  EXPECT_EQ(said.rfind(folder_ + "/bad.hk:2: ", 0), 0u) << said;
}

TEST_F(Halyardc, RefusesTwoKernelsOfOneName) {
  EXPECT_EQ(run("-o out.hkb " + one + " " + one), 2);
  EXPECT_NE(said.find("'scaled' too"), std::string::npos) << said;
}

TEST_F(Halyardc, AnswersWrongUsageWithAHint) {
  for (const char* arguments : {"", "-o out.hkb", "--unknown x.hk", "-o", "--emit fortran x.hk", "x.hk",
                                "--header x.hpp x.hk", "-D 1X=2 -o out.hkb x.hk", "--emit host a.hk b.hk",
                                "-o out.hkb --time-limit 0 x.hk", "-o out.hkb --compiler gcc x.hk"}) {
    EXPECT_EQ(run(arguments), 64) << arguments << ": " << said;
    EXPECT_EQ(said.rfind("halyardc: ", 0), 0u) << said;
  }
  EXPECT_EQ(run("-o out.hkb nowhere.hk"), 2);
  EXPECT_EQ(run("--help"), 0);
  EXPECT_NE(said.find("Exit codes"), std::string::npos);
  EXPECT_EQ(run("--version"), 0);
  EXPECT_EQ(said, std::string("halyardc ") + hy_version() + "\n");
}

TEST_F(Halyardc, RefusesATargetThatThereIsNot) {
  for (const char* name : {"sm90", "sm_", "compute_x", "gfx", "gfx942:xnack", "gfx942:xnack+:xnack-", "gfx942:speed+",
                           "h100", "", "sm_90,,sm_75"}) {
    EXPECT_EQ(run("-o out.hkb --target '" + std::string(name) + "' " + one), 64) << name;
    EXPECT_NE(said.find("there are sm_75, sm_90"), std::string::npos) << said;
  }
}

TEST_F(Halyardc, HasEveryOptionOfItsHelpInItsReference) {
  std::ifstream file(HALYARD_KERNELS "/../../docs/reference/halyardc.md");
  const std::string page((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  ASSERT_FALSE(page.empty());
  ASSERT_EQ(run("--help"), 0);
  const std::regex option(R"((^|[ ,])(--?[A-Za-z][A-Za-z-]*))");
  for (std::sregex_iterator at(said.begin(), said.end(), option), end; at != end; ++at) {
    EXPECT_NE(page.find("`" + at->str(2)), std::string::npos) << at->str(2);
  }
}

TEST_F(Halyardc, LeavesTheOldFileWhenTheNewCanNotBeWritten) {
  EXPECT_EQ(run("-o /nonexistent/out.hkb " + one), 2);
  EXPECT_NE(said.find("/nonexistent/out.hkb"), std::string::npos) << said;
}

TEST_F(Halyardc, MakesTheSameBytesEveryTime) {
  ASSERT_EQ(run("-o a.hkb " + one + " && '" HALYARDC "' -o b.hkb " + one + " && cmp a.hkb b.hkb"), 0) << said;
}

// With the images for the devices that the build names, where it could make them.
TEST_F(Halyardc, MakesTheBundleThatTheBuildHasLinkedIn) {
  ASSERT_EQ(run("-o out.hkb -D FACTOR=2 --relative-to " HALYARD_KERNELS " --optional-target "
                "compute_75,gfx90a,spirv,spirv:fp64:int64_atomics:subgroups,dg2 " +
                one + " " + two),
            0)
      << said;
  std::ifstream file(folder_ + "/out.hkb", std::ios::binary);
  const std::string made((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const hy_linked_bundle& linked = compiled_kernels::bundle();
  EXPECT_TRUE(made == std::string(static_cast<const char*>(linked.data), linked.bytes)) << said;
}

}  // namespace
