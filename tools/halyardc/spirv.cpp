// The compilers for SPIR-V: clang with LLVM's translator of the same version. spirv-val sees what they made, where it
// is installed. Optimising is left to the driver that takes the image: the translator knows not all that LLVM's passes
// make
// ("freeze"), and has no order of blocks for the loops that they rotate.
#include <algorithm>
#include <cstdio>

#include "clang.hpp"
#include "files.hpp"
#include "image_compiler.hpp"

namespace halyardc {
namespace {

constexpr std::uint32_t kQueryLimitS = 30;

// What a device may lack: as the target names it, as the prelude is told, and the extensions that the compiler may then
// take. Without them it refuses the user's line, as the device's own compiler would.
struct Feature {
  const char* name;
  const char* assume;
  const char* extensions;
};
constexpr Feature kFeatures[] = {
    {"fp64", "-DHY_ASSUME_FLOAT64", ",+cl_khr_fp64"},
    {"int64_atomics", "-DHY_ASSUME_ATOMICS_INT64", ",+cl_khr_int64_base_atomics,+cl_khr_int64_extended_atomics"},
    {"subgroups", "-DHY_ASSUME_SUBGROUPS", ",+cl_khr_subgroups,+cl_intel_subgroups"}};

// "19" of "19.1.7".
std::string major_of(const std::string& version) { return version.substr(0, version.find('.')); }

// Where the compiler refused a line for want of a feature, how to ask for it.
std::string advice(const Target& target, const std::string& message) {
  const auto says = [&](const char* words) { return message.find(words) != std::string::npos; };
  const char* lacks = nullptr;
  const char* word = nullptr;
  if (!has_feature(target, "fp64") && says("cl_khr_fp64")) {
    lacks = "fp64", word = "HY_HAS_FLOAT64";
  } else if (!has_feature(target, "int64_atomics") && says("hy_atomic_")) {
    lacks = "int64_atomics", word = "HY_HAS_ATOMICS_INT64";
  }
  if (lacks == nullptr) return "";
  return std::string("\nFor devices that have it: target ") + with_feature(target, lacks) +
         "; for all: lines that need it in #if " + word;
}

class ClangForSpirv : public ImageCompiler {
 public:
  const char* kind() const override { return "clang"; }
  bool serves(hy_image_format format) const override { return format == HY_IMAGE_SPIRV; }
  std::string cure() const override { return cure_; }
  std::string list(hy_image_format) const override { return "spirv, with any of :fp64:int64_atomics:subgroups"; }

  bool find(const std::string& chosen) override {
    cure_ = "no clang is in the PATH: install clang-14 and llvm-spirv-14, or newer ones of one version";
    Clang clang;
    if (!ask_clang_version(chosen, &clang)) return false;
    const std::string major = major_of(clang.version);
    cure_ = clang.name + " lacks its translator: install llvm-spirv-" + major;
    translator_ = find_program("llvm-spirv-" + major, {"/usr/lib/llvm-" + major + "/bin"});
    if (translator_.empty()) translator_ = plain_translator(clang.path, major);
    clang_ = clang.path;
    name_ = clang.name;
    validator_ = find_program("spirv-val");
    return !translator_.empty();
  }

  Made make(const Job& job, std::string* image, std::string* problem) override {
    if (!write_file(job.folder + "/kernel.cl", job.text, problem)) return Made::kRefused;
    std::vector<std::string> command = clang_command(job.target);
    Made made = step(job, name_, command, problem);
    if (made == Made::kRefused) {
      // It saw each body twice: of one entry it speaks of each of the user's lines once.
      command.emplace_back("-DHY_ONE_ENTRY");
      std::string of_one;
      if (step(job, name_, command, &of_one) == Made::kRefused) *problem = of_one;
      *problem += advice(job.target, *problem);
    }
    if (made == Made::kImage) made = step(job, translator_, translator_command(job.target), problem);
    if (made == Made::kImage) made = validate(job, problem);
    if (made == Made::kImage && !read_file(job.folder + "/kernel.spv", image, problem)) return Made::kFailed;
    return made;
  }

 private:
  // One that is named without its version; "" where it is another's.
  static std::string plain_translator(const std::string& clang, const std::string& major) {
    const std::string path = find_program("llvm-spirv", {clang.substr(0, clang.rfind('/'))});
    if (path.empty()) return "";
    const std::string said = run_program({path, "--version"}, kQueryLimitS).output;
    const std::size_t at = said.find("LLVM version ");
    return at != std::string::npos && said.compare(at + 13, major.size() + 1, major + ".") == 0 ? path : "";
  }

  static Made step(const Job& job, const std::string& who, const std::vector<std::string>& command,
                   std::string* problem) {
    return judge(job, who, run_program(command, job.time_limit_s, job.folder), problem);
  }

  std::vector<std::string> clang_command(const Target& target) const {
    std::vector<std::string> command = {clang_,
                                        "-cc1",
                                        "-triple",
                                        "spir64-unknown-unknown",
                                        "-finclude-default-header",
                                        "-cl-std=CL2.0",
                                        "-O2",
                                        "-disable-llvm-passes",
                                        "-w",
                                        "-emit-llvm-bc",
                                        "-x",
                                        "cl",
                                        "kernel.cl",
                                        "-o",
                                        "kernel.bc"};
    std::string extensions = "-cl-ext=-all";
    for (const Feature& feature : kFeatures) {
      if (!has_feature(target, feature.name)) continue;
      command.emplace_back(feature.assume);
      extensions += feature.extensions;
    }
    command.push_back(extensions);
    return command;
  }

  // 1.0 is what every driver takes. Shuffles are not in it; those of Intel's extension are taken by more drivers than
  // those of 1.3, by Intel's own of 2022 for one.
  std::vector<std::string> translator_command(const Target& target) const {
    std::vector<std::string> command = {translator_, "--spirv-max-version=1.0", "kernel.bc", "-o", "kernel.spv"};
    if (has_feature(target, "subgroups")) command.emplace_back("--spirv-ext=+SPV_INTEL_subgroups");
    return command;
  }

  Made validate(const Job& job, std::string* problem) {
    if (validator_.empty()) {
      if (!said_unchecked_) {
        std::fprintf(stderr, "halyardc: warning: SPIR-V is not validated: install spirv-tools, which has spirv-val\n");
      }
      said_unchecked_ = true;
      return Made::kImage;
    }
    // OpenCL's own environment knows no 64-bit atomics and no extensions.
    const bool plain = !has_feature(job.target, "int64_atomics") && !has_feature(job.target, "subgroups");
    const Ran ran = run_program({validator_, "--target-env", plain ? "opencl2.1" : "spv1.0", "kernel.spv"},
                                job.time_limit_s, job.folder);
    if (ran.end == Ran::End::kExited && ran.exit_code == 0) return Made::kImage;
    if (ran.end != Ran::End::kExited) return judge(job, validator_, ran, problem);
    std::string said = ran.diagnostics + ran.output;
    while (!said.empty() && said.back() == '\n') said.pop_back();
    *problem = job.file + ": spirv-val does not take what " + name_ + " made for " + job.target.name + ": " + said;
    return Made::kFailed;
  }

  std::string clang_;
  std::string translator_;
  std::string validator_;
  std::string cure_;
  bool said_unchecked_ = false;
};

}  // namespace

std::unique_ptr<ImageCompiler> make_clang_for_spirv() { return std::make_unique<ClangForSpirv>(); }

}  // namespace halyardc
