// The compilers for NVIDIA: NVRTC, nvcc, and clang, which makes PTX alone. CUDA's compilers make the variables of a
// whole program local. Drivers find them by name all the same, but PTX need not rely on it: as relocatable code it is
// the same, with its variables visible. (A relocatable cubin would have to be linked.)
#include "nvidia.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "clang.hpp"
#include "files.hpp"
#include "library_compiler.hpp"

namespace halyardc {

const CompilerLibrary kNvrtc = {
    "nvrtc",
    "NVRTC",
    "CUBIN",
    "install CUDA's toolkit, or the Python package nvidia-cuda-nvrtc, and name its folder in HALYARD_LIBRARY_PATH",
    {"libnvrtc.so.14", "libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so.11.1", "libnvrtc.so.11.0",
     "libnvrtc.so"},
    {"/usr/local/cuda/lib64", "/usr/local/cuda*/lib64", "/usr/local/cuda*/targets/*/lib", "/opt/cuda/lib64",
     "/usr/local/lib/python3*/*-packages/nvidia/*/lib", "/usr/lib/python3*/*-packages/nvidia/*/lib"}};

namespace {

constexpr std::uint32_t kQueryLimitS = 30;

// "90" of "sm_90a".
std::string number_of(const Target& target) {
  std::string number = target.name.substr(target.name.find('_') + 1);
  while (!number.empty() && (number.back() == 'a' || number.back() == 'f')) number.pop_back();
  return number;
}

// Whether `known` has the target, or the architecture that it is a feature set of (sm_90a).
bool knows(const std::vector<std::string>& known, const Target& target) {
  const std::string plain = target.name.substr(0, target.name.find('_') + 1) + number_of(target);
  return known.empty() || std::any_of(known.begin(), known.end(),
                                      [&](const std::string& name) { return name == target.name || name == plain; });
}

bool is_for_nvidia(hy_image_format format) { return format == HY_IMAGE_CUBIN || format == HY_IMAGE_PTX; }

class Nvrtc : public LibraryCompiler {
 public:
  Nvrtc() : LibraryCompiler(kNvrtc) {}
  bool serves(hy_image_format format) const override { return is_for_nvidia(format); }
  bool makes(const Target& target) const override { return serves(target.format) && knows(targets(), target); }
  Made make(const Job& job, std::string* image, std::string* problem) override {
    std::vector<std::string> options = {"-arch=" + job.target.name, "-std=c++17"};
    const bool ptx = job.target.format == HY_IMAGE_PTX;
    if (ptx) options.emplace_back("--relocatable-device-code=true");
    return run(job, ptx ? "PTX" : "CUBIN", options, image, problem);
  }

 protected:
  std::vector<std::string> targets_of(const std::string& number) const override {
    return {"sm_" + number, "compute_" + number};
  }
};

// Writes the text, runs a compiler on it in the job's folder, and reads what it made.
Made compile_files(const Job& job, const std::string& compiler, const std::string& text,
                   std::vector<std::string> command, std::string* image, std::string* problem) {
  const std::string source = job.folder + "/kernel.cu";
  const std::string result = job.folder + "/kernel.image";
  if (!write_file(source, text, problem)) return Made::kRefused;
  command.insert(command.end(), {"kernel.cu", "-o", "kernel.image"});
  const Ran ran = run_program(command, job.time_limit_s, job.folder);
  const Made made = judge(job, compiler, ran, problem);
  if (made == Made::kImage && !read_file(result, image, problem)) return Made::kFailed;
  return made;
}

class Nvcc : public ImageCompiler {
 public:
  const char* kind() const override { return "nvcc"; }
  bool serves(hy_image_format format) const override { return is_for_nvidia(format); }
  bool makes(const Target& target) const override { return serves(target.format) && knows(targets(), target); }
  std::string cure() const override {
    return "nvcc is not in the PATH or /usr/local/cuda*/bin: install CUDA's toolkit";
  }
  bool find(const std::string& chosen) override {
    path_ = find_program(chosen.empty() ? "nvcc" : chosen,
                         {"/usr/local/cuda/bin", "/usr/local/cuda*/bin", "/opt/cuda/bin"});
    if (path_.empty()) return false;
    for (const char* list : {"--list-gpu-code", "--list-gpu-arch"}) {  // since nvcc 11
      std::istringstream said(run_program({path_, list}, kQueryLimitS).output);
      for (std::string word; said >> word;) {
        if (word.rfind("sm_", 0) == 0 || word.rfind("compute_", 0) == 0) targets_.push_back(word);
      }
    }
    const std::string version = run_program({path_, "--version"}, kQueryLimitS).output;
    const std::size_t release = version.find("release ");
    name_ = "nvcc";
    if (release != std::string::npos) name_ += version.substr(release + 7, version.find(',', release) - release - 7);
    name_ += " (" + path_ + ")";
    return true;
  }
  Made make(const Job& job, std::string* image, std::string* problem) override {
    std::vector<std::string> command = {path_, "-std=c++17", "-O3", "-arch=" + job.target.name};
    if (job.target.format == HY_IMAGE_PTX) {
      command.insert(command.end(), {"-ptx", "-rdc=true"});
    } else {
      command.emplace_back("-cubin");
    }
    return compile_files(job, name_, job.text, command, image, problem);
  }

 private:
  std::string path_;
};

// The oldest version of PTX that has the architecture and what the prelude needs (6.0, for shuffles): so that the
// image works with the oldest drivers.
const char* ptx_version(int architecture) {
  static constexpr struct {
    int architecture;
    const char* version;
  } kOldest[] = {{72, "60"}, {75, "63"}, {80, "70"}, {86, "71"}, {87, "74"}, {90, "78"}, {100, "86"}};
  for (const auto& known : kOldest) {
    if (architecture <= known.architecture) return known.version;
  }
  return "87";
}

class ClangForNvidia : public ImageCompiler {
 public:
  const char* kind() const override { return "clang"; }
  bool serves(hy_image_format format) const override { return format == HY_IMAGE_PTX; }
  bool makes(const Target& target) const override { return serves(target.format) && knows(targets(), target); }
  std::string cure() const override { return "no clang with NVIDIA's targets is in the PATH: install clang-19"; }
  bool find(const std::string& chosen) override {
    Clang clang;
    if (!ask_clang(chosen, "nvptx64-nvidia-cuda", "sm_", &clang)) return false;
    path_ = clang.path;
    name_ = clang.name;
    for (const std::string& target : clang.targets) {
      if (std::atoi(target.c_str() + 3) >= 50) targets_.push_back("compute_" + target.substr(3));
    }
    return true;
  }
  Made make(const Job& job, std::string* image, std::string* problem) override {
    const std::string number = number_of(job.target);
    const std::vector<std::string> command = {
        path_,
        "-x",
        "cuda",
        "-S",
        "-O3",
        "-std=c++17",
        "-w",
        "-nocudainc",
        "-nocudalib",
        "--cuda-path=/nonexistent",  // else the version of PTX is that of a CUDA that happens to be installed
        "-Xclang",
        "-target-feature",
        "-Xclang",
        std::string("+ptx") + ptx_version(std::atoi(number.c_str())),
        "--cuda-device-only",
        "--offload-arch=sm_" + job.target.name.substr(job.target.name.find('_') + 1)};
    return compile_files(job, name_, kCudaWords + job.text, command, image, problem);
  }

 private:
  std::string path_;
};

}  // namespace

std::unique_ptr<ImageCompiler> make_nvrtc() { return std::make_unique<Nvrtc>(); }
std::unique_ptr<ImageCompiler> make_nvcc() { return std::make_unique<Nvcc>(); }
std::unique_ptr<ImageCompiler> make_clang_for_nvidia() { return std::make_unique<ClangForNvidia>(); }

}  // namespace halyardc
