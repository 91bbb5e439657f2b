// halyardc and compilers that are missing, hang, crash, or make what they should not: played by small scripts.
#include "tests/integration/vendor_images.hpp"

namespace halyard::test {
namespace {

class VendorCompiler : public VendorImages {
 protected:
  VendorCompiler() {
    write("k.hk", "HY_KERNEL(k, HY_OUT(float, y))\n{\n  y[0] = 1.0f;\n}\n");
    std::string cubin(
        "\x7f"
        "ELF\x02\x01\x01",
        7);
    cubin.resize(64, '\0');
    cubin[18] = static_cast<char>(190);
    write("good.cubin", cubin);
  }
  // An nvcc that answers what it is asked of itself, and compiles by `script`.
  void nvcc(const std::string& name, const std::string& script) {
    write_program(name,
                  "case \"$1\" in\n--list-gpu-code) echo sm_90;;\n--list-gpu-arch) echo compute_90;;\n"
                  "--version) echo 'release 99.1, V99.1.2';;\n*) " +
                      script + ";;\nesac");
  }
  std::string copy() const { return "cp '" + folder_ + "/good.cubin' kernel.image"; }
};

TEST_F(VendorCompiler, IsFoundByItsFileAndGivesTheImage) {
  nvcc("mine", copy());
  ASSERT_EQ(run("-o out.hkb --compiler nvcc=./mine --target sm_90 k.hk"), 0) << said;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].target, "sm_90");
  EXPECT_EQ(images[0].bytes.size(), 64u);
}

TEST_F(VendorCompiler, IsFoundInThePath) {
  nvcc("nvcc", copy());
  ASSERT_EQ(run("-o out.hkb --compiler nvcc --target sm_90 k.hk", "PATH=\"" + folder_ + ":$PATH\""), 0) << said;
  EXPECT_EQ(images_of("out.hkb").size(), 1u);
}

TEST_F(VendorCompiler, ThatHangsIsStoppedAfterItsTime) {
  nvcc("slow", "sleep 600");
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./slow --time-limit 1 --optional-target sm_90 k.hk"), 2)
      << "a target that could be made is not left out for it";
  EXPECT_EQ(said,
            "k.hk: nvcc 99.1 (" + folder_ + "/slow), compiling for sm_90, was stopped: it took longer than 1 s\n");
}

TEST_F(VendorCompiler, ThatCrashesMakesRoomForTheNext) {
  nvcc("broken", "kill -ABRT $$");
  nvcc("mine", copy());
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./broken,nvcc=./mine --target sm_90 k.hk"), 0) << said;
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./broken --target sm_90 k.hk"), 2);
  EXPECT_EQ(said, "k.hk: nvcc 99.1 (" + folder_ + "/broken), compiling for sm_90, crashed with signal 6\n");
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./broken --optional-target sm_90 k.hk"), 0);
  EXPECT_EQ(said.rfind("halyardc: the optional target sm_90 is left out: k.hk: nvcc", 0), 0u) << said;
  EXPECT_TRUE(images_of("out.hkb").empty());
}

TEST_F(VendorCompiler, ThatFailsByItselfIsQuotedAndNotLeftOut) {
  nvcc("broken", "echo 'note: by the way'; echo 'nvcc fatal error: no host compiler' >&2; exit 1");
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./broken --optional-target sm_90 k.hk"), 2);
  EXPECT_NE(said.find("failed: nvcc fatal error: no host compiler"), std::string::npos) << said;
}

TEST_F(VendorCompiler, ThatMakesSomethingElseIsNotBelieved) {
  nvcc("wrong", "echo something else >kernel.image");
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./wrong --target sm_90 k.hk"), 2);
  EXPECT_NE(said.find("the image for 'sm_90' (15 bytes) is not a cubin"), std::string::npos) << said;
  nvcc("wrong", "true");
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./wrong --target sm_90 k.hk"), 2);
  EXPECT_NE(said.find("kernel.image"), std::string::npos) << said;
}

TEST_F(VendorCompiler, ThatIsMissingIsNamedWithItsCure) {
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=/nonexistent/nvcc,nvrtc=/nonexistent/libnvrtc.so --target sm_90 k.hk"), 2);
  EXPECT_EQ(said.rfind("sm_90: no compiler that --compiler allows (nvcc, nvrtc) makes a cubin for it\n", 0), 0u)
      << said;
  EXPECT_NE(said.find("nvcc is not "), std::string::npos) << said;
  EXPECT_NE(said.find("NVRTC is not here (there is no /nonexistent/libnvrtc.so)"), std::string::npos) << said;
  EXPECT_NE(said.find("install CUDA's toolkit"), std::string::npos) << said;
  EXPECT_EQ(run("-o out.hkb --compiler clang=/nonexistent/clang --target gfx942 k.hk"), 2);
  EXPECT_NE(said.find("install clang-19 and lld-19"), std::string::npos) << said;
}

TEST_F(VendorCompiler, ThatDoesNotKnowTheTargetSaysWhichItKnows) {
  nvcc("mine", copy());
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./mine --target sm_75 k.hk"), 2);
  EXPECT_NE(said.find("nvcc 99.1 (" + folder_ + "/mine) makes sm_90\n"), std::string::npos) << said;
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./mine --optional-target sm_75 k.hk"), 0);
  EXPECT_EQ(said.rfind("halyardc: the optional target sm_75 is left out: ", 0), 0u) << said;
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./mine --target sm_90a k.hk"), 0) << "its features are those of sm_90";
}

TEST_F(VendorCompiler, ThatDoesNotKnowTheTargetIsNamedWithItsNewestAndWithWhatWouldDo) {
  write_program("old-clang",
                "case \"$*\" in *nvptx*) echo 'Debian clang version 9.8.7 (x)'; echo sm_70 sm_80 sm_75;; esac");
  write_program("new-clang", "case \"$*\" in *nvptx*) echo 'Debian clang version 99.8.7 (x)'; echo sm_80 sm_90;; esac");
  nvcc("nvcc", copy());
  const std::string path = "PATH=\"" + folder_ + ":$PATH\"";
  EXPECT_EQ(run("-o out.hkb --compiler clang=./old-clang --target sm_90 k.hk", path), 2);
  EXPECT_NE(
      said.find("sm_90: no compiler that --compiler allows (clang) makes a cubin for it\n  clang 9.8.7 (" + folder_ +
                "/old-clang) makes PTX alone: compute_70 compute_80 compute_75 (the newest: "
                "compute_80)\n  without --compiler: "),
      std::string::npos)
      << said;
  EXPECT_EQ(run("-o out.hkb --compiler clang=./new-clang --target sm_90 k.hk", path), 2);
  EXPECT_NE(said.find("new-clang) makes PTX for it instead: --target compute_90\n"), std::string::npos) << said;
  EXPECT_EQ(run("-o out.hkb --compiler clang=./old-clang --target compute_90 k.hk", path), 2);
  EXPECT_NE(said.find("old-clang) makes compute_70 compute_80 compute_75 (the newest: compute_80)\n"),
            std::string::npos)
      << said;
}

TEST_F(VendorCompiler, ThatIsALibraryWithoutItsFunctionsIsNotUsed) {
  EXPECT_EQ(run("-o out.hkb --compiler nvrtc=libdl.so.2 --target sm_90 k.hk"), 2);
  EXPECT_NE(said.find("lacks nvrtcVersion"), std::string::npos) << said;
}

// A library is opened in a process of its own.
class VendorLibrary : public VendorCompiler {
 protected:
  int compile(const std::string& word, const std::string& options = "") {
    write("user.hk", "HY_KERNEL(k, HY_OUT(float, y))\n{\n  y[0] = 1.0f;  // " + word + "\n}\n");
    return run("-o out.hkb --compiler nvrtc=" HALYARD_FAKE_NVRTC " --target sm_90 " + options + " user.hk");
  }
  const std::string who = "user.hk: NVRTC 77.1 (" HALYARD_FAKE_NVRTC "), compiling for sm_90, ";
};

TEST_F(VendorLibrary, GivesTheImageAloneWhateverItPrints) {
  ASSERT_EQ(compile("good"), 0) << said;
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 1u);
  EXPECT_EQ(images[0].bytes.size(), 64u);
}

TEST_F(VendorLibrary, ThatAbortsTakesNothingDown) {
  EXPECT_EQ(compile("FAKE_ABORT"), 2);
  EXPECT_EQ(said, who + "crashed with signal 6\n");
}

TEST_F(VendorLibrary, ThatHangsIsStoppedAfterItsTime) {
  EXPECT_EQ(compile("FAKE_HANG", "--time-limit 1"), 2);
  EXPECT_EQ(said, who + "was stopped: it took longer than 1 s\n");
}

TEST_F(VendorLibrary, ThatRefusesTheSourceSaysTheUsersLine) {
  EXPECT_EQ(compile("FAKE_BAD"), 2);
  EXPECT_EQ(said.rfind("user.hk:3: error: FAKE_BAD is not good", 0), 0u) << said;
}

TEST_F(VendorLibrary, IsFoundInTheLibraryPath) {
  std::filesystem::create_symlink(HALYARD_FAKE_NVRTC, folder_ + "/libnvrtc.so.13");
  ASSERT_EQ(run("-o out.hkb --compiler nvrtc --target sm_90 k.hk", "HALYARD_LIBRARY_PATH='" + folder_ + "'"), 0)
      << said;
  EXPECT_EQ(images_of("out.hkb")[0].bytes.size(), 64u) << "of the fake, whatever else is installed";
}

TEST_F(VendorCompiler, LeavesNoFileBehind) {
  nvcc("mine", copy());
  nvcc("broken", "exit 1");
  std::filesystem::create_directory(folder_ + "/tmp");
  const std::string environment = "TMPDIR='" + folder_ + "/tmp'";
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./mine --target sm_90 k.hk", environment), 0) << said;
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./broken --target sm_90 k.hk", environment), 2);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ + "/tmp"));
  EXPECT_EQ(run("-o out.hkb --compiler nvcc=./mine --target sm_90 k.hk", "TMPDIR=/nonexistent"), 2);
  EXPECT_NE(said.find("TMPDIR"), std::string::npos) << said;
}

}  // namespace
}  // namespace halyard::test
