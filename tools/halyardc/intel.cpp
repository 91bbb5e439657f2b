// The compiler for Intel's GPUs: ocloc, which comes with the driver and compiles for every product that its version
// knows, whatever is in the machine.
#include <filesystem>
#include <sstream>
#include <system_error>

#include "files.hpp"
#include "image_compiler.hpp"

namespace halyardc {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kQueryLimitS = 30;

class Ocloc : public ImageCompiler {
 public:
  const char* kind() const override { return "ocloc"; }
  bool serves(hy_image_format format) const override { return format == HY_IMAGE_ZE_NATIVE; }
  // Its list leaves out words that it takes (dg2, adlp).
  bool makes(const Target& target) const override { return serves(target.format); }
  std::string cure() const override {
    return "ocloc is not in the PATH: install Intel's compute runtime (Debian: intel-opencl-icd; Ubuntu: intel-ocloc)";
  }

  bool find(const std::string& chosen) override {
    path_ = find_program(chosen.empty() ? "ocloc" : chosen, {"/opt/intel/oneapi/ocloc/latest/bin"});
    if (path_.empty()) return false;
    name_ = "ocloc";
    name_ += " (" + path_ + ")";
    list_products(run_program({path_, "compile", "--help"}, kQueryLimitS).output);
    return true;
  }

  Made make(const Job& job, std::string* image, std::string* problem) override {
    if (!write_file(job.folder + "/kernel.cl", job.text, problem)) return Made::kRefused;
    // Its own folder, as the name that it gives the file differs between versions.
    const std::string results = job.folder + "/ocloc";
    std::error_code bad;
    fs::remove_all(results, bad);
    const Ran ran = run(job, "");
    if (ran.output.find("HW Info") != std::string::npos || ran.output.find("device target") != std::string::npos) {
      *problem = name_ + " does not know " + job.target.name;
      return Made::kUnusable;
    }
    const Made made = judge(job, name_, ran, problem);
    std::string of_one;  // it saw each body twice: of one entry it speaks of each of the user's lines once
    if (made == Made::kRefused && judge(job, name_, run(job, " -DHY_ONE_ENTRY"), &of_one) == Made::kRefused) {
      *problem = of_one;
    }
    return made == Made::kImage ? take(results, image, problem) : made;
  }

 private:
  // "<device_type> can be: bdw, skl, …, version  or hexadecimal value": what is a product, not a family (gen9, xe).
  void list_products(const std::string& help) {
    const std::string opening = "<device_type> can be: ";
    const std::size_t at = help.find(opening);
    if (at == std::string::npos) return;
    std::istringstream words(help.substr(at + opening.size(), help.find('\n', at) - at - opening.size()));
    for (std::string word; words >> word && word.back() == ',';) {
      word.pop_back();
      if (is_intel_product(word)) targets_.push_back(word);
    }
  }

  // The compiler says of each extension whether the product has it; that it defines __SPIR__ beside would have the
  // prelude believe none of them. Its intermediate code is left out: drivers that can't take the native code are given
  // the bundle's SPIR-V.
  Ran run(const Job& job, const char* more) const {
    const std::vector<std::string> command = {
        path_,
        "compile",
        "-file",
        "kernel.cl",
        "-device",
        job.target.base,
        "-64",
        "-exclude_ir",
        "-output_no_suffix",
        "-output",
        "kernel",
        "-out_dir",
        "ocloc",
        "-options",
        std::string("-cl-std=CL2.0 -DHY_ASSUME_FLOAT64 -DHY_ASSUME_ATOMICS_INT64 -DHY_ASSUME_SUBGROUPS") + more};
    return run_program(command, job.time_limit_s, job.folder);
  }

  Made take(const std::string& folder, std::string* image, std::string* problem) const {
    std::error_code bad;
    for (const fs::directory_entry& file : fs::directory_iterator(folder, bad)) {
      const std::string ending = file.path().extension().string();
      if (ending.empty() || ending == ".bin") {
        return read_file(file.path().string(), image, problem) ? Made::kImage : Made::kFailed;
      }
    }
    *problem = name_ + " said that all was well, but left no file";
    return Made::kFailed;
  }

  std::string path_;
};

}  // namespace

std::unique_ptr<ImageCompiler> make_ocloc() { return std::make_unique<Ocloc>(); }

}  // namespace halyardc
