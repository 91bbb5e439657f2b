// The compilers for AMD: clang, which needs nothing of ROCm's; hipRTC; hipcc. Code object version 4 is what HIP 5 to 7
// take.
#include "clang.hpp"
#include "files.hpp"
#include "library_compiler.hpp"

namespace halyardc {

const CompilerLibrary kHiprtc = {"hiprtc",
                                 "hipRTC",
                                 "Code",
                                 "install ROCm's HIP, or name the folder of libhiprtc.so in HALYARD_LIBRARY_PATH",
                                 {"libhiprtc.so.7", "libhiprtc.so.6", "libhiprtc.so.5", "libhiprtc.so",
                                  "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5", "libamdhip64.so"},
                                 {"/opt/rocm/lib", "/opt/rocm*/lib"}};

namespace {

constexpr std::uint32_t kQueryLimitS = 30;

std::vector<std::string> command_of(const std::string& compiler, const char* device_alone, const Job& job) {
  return {compiler,
          device_alone,
          "--no-gpu-bundle-output",
          "-O3",
          "-std=c++17",
          "-w",
          "-nogpulib",
          "-nogpuinc",
          "-mcode-object-version=4",
          "-fuse-cuid=none",  // no symbol that is made from the names of files
          "--offload-arch=" + job.target.name,
          "kernel.hip",
          "-o",
          "kernel.image"};
}

class CompilerOfFiles : public ImageCompiler {
 public:
  bool serves(hy_image_format format) const override { return format == HY_IMAGE_HIP_CODE; }
  std::string cure() const override { return cure_; }
  Made make(const Job& job, std::string* image, std::string* problem) override {
    if (!write_file(job.folder + "/kernel.hip", job.text, problem)) return Made::kRefused;
    const Ran ran = run_program(command_of(path_, device_alone(), job), job.time_limit_s, job.folder);
    const Made made = judge(job, name_, ran, problem);
    if (made == Made::kImage && !read_file(job.folder + "/kernel.image", image, problem)) return Made::kFailed;
    return made;
  }

 protected:
  // The option that leaves the host's half out.
  virtual const char* device_alone() const = 0;

  std::string path_;
  std::string cure_;
};

class ClangForAmd : public CompilerOfFiles {
 public:
  const char* kind() const override { return "clang"; }
  bool find(const std::string& chosen) override {
    cure_ = "no clang with AMD's targets is in the PATH: install clang-19 and lld-19";
    Clang clang;
    if (!ask_clang(chosen, "amdgcn-amd-amdhsa", "gfx", &clang)) return false;
    // It says a whole path where it has found its linker.
    const std::string linker = run_program({clang.path, "-print-prog-name=lld"}, kQueryLimitS).output;
    cure_ = clang.name + " lacks its linker: install lld of the same version";
    path_ = clang.path;
    name_ = clang.name;
    targets_ = clang.targets;
    return linker.find('/') != std::string::npos;
  }

 protected:
  const char* device_alone() const override { return "--cuda-device-only"; }
};

class Hipcc : public CompilerOfFiles {
 public:
  const char* kind() const override { return "hipcc"; }
  bool find(const std::string& chosen) override {
    cure_ = "hipcc is not in the PATH or /opt/rocm*/bin: install ROCm";
    path_ = find_program(chosen.empty() ? "hipcc" : chosen, {"/opt/rocm/bin", "/opt/rocm*/bin"});
    name_ = "hipcc (" + path_ + ")";
    return !path_.empty();
  }

 protected:
  const char* device_alone() const override { return "--genco"; }
};

class Hiprtc : public LibraryCompiler {
 public:
  Hiprtc() : LibraryCompiler(kHiprtc) {}
  bool serves(hy_image_format format) const override { return format == HY_IMAGE_HIP_CODE; }
  Made make(const Job& job, std::string* image, std::string* problem) override {
    return run(job, "Code", {"--offload-arch=" + job.target.name, "-std=c++17", "-O3"}, image, problem);
  }

 protected:
  std::vector<std::string> targets_of(const std::string&) const override { return {}; }
};

}  // namespace

std::unique_ptr<ImageCompiler> make_clang_for_amd() { return std::make_unique<ClangForAmd>(); }
std::unique_ptr<ImageCompiler> make_hiprtc() { return std::make_unique<Hiprtc>(); }
std::unique_ptr<ImageCompiler> make_hipcc() { return std::make_unique<Hipcc>(); }

}  // namespace halyardc
