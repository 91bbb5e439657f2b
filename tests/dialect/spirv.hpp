// From the dialect's OpenCL C 2.0 to SPIR-V, as halyardc does it: clang, LLVM's translator of the same version, and
// spirv-val over what they made.
#pragma once

#include "tests/dialect/tools.hpp"

namespace halyard::test {

// What a device has beyond the plain one.
struct SpirvFeatures {
  bool fp64 = false;
  bool int64_atomics = false;
  bool subgroups = false;
};

class SpirvCompilers {
 public:
  SpirvCompilers() : validator_(find_program({"spirv-val"})) {
    for (const char* version : {"19", "22", "21", "20", "18", "17", "16", "15", "14"}) {
      const std::string clang = find_program({std::string("clang-") + version});
      const std::string translator = find_program({std::string("llvm-spirv-") + version});
      if (translator_.empty() && !clang.empty() && !translator.empty()) {
        clang_ = clang;
        translator_ = translator;
      }
    }
  }

  // "" or what is not installed.
  std::string missing() const {
    if (translator_.empty()) {
      return "clang-14 with llvm-spirv-14";
    }
    return validator_.empty() ? "spirv-val" : "";
  }

  // "" or what one of them said.
  std::string compile(const std::string& text, const SpirvFeatures& features, std::string* image) const {
    const auto source = scratch().write(text, ".cl"), bitcode = scratch().fresh(".bc"),
               module = scratch().fresh(".spv");
    std::vector<std::string> compiler = {clang_,
                                         "-cc1",
                                         "-triple",
                                         "spir64-unknown-unknown",
                                         "-O2",
                                         "-Wall",
                                         "-x",
                                         "cl",
                                         "-cl-std=CL2.0",
                                         "-finclude-default-header",
                                         "-disable-llvm-passes",
                                         "-emit-llvm-bc",
                                         source,
                                         "-o",
                                         bitcode};
    std::vector<std::string> translator = {translator_, "--spirv-max-version=1.0", bitcode, "-o", module};
    std::string extensions = "-cl-ext=-all";
    if (features.fp64) {
      compiler.emplace_back("-DHY_ASSUME_FLOAT64");
      extensions += ",+cl_khr_fp64";
    }
    if (features.int64_atomics) {
      compiler.emplace_back("-DHY_ASSUME_ATOMICS_INT64");
      extensions += ",+cl_khr_int64_base_atomics,+cl_khr_int64_extended_atomics";
    }
    if (features.subgroups) {
      compiler.emplace_back("-DHY_ASSUME_SUBGROUPS");
      extensions += ",+cl_khr_subgroups,+cl_intel_subgroups";
      translator.emplace_back("--spirv-ext=+SPV_INTEL_subgroups");
    }
    compiler.push_back(extensions);
    const bool plain = !features.int64_atomics && !features.subgroups;
    for (const std::vector<std::string>& step :
         {compiler, translator, {validator_, "--target-env", plain ? "opencl2.1" : "spv1.0", module}}) {
      const CommandResult result = run_command(step);
      if (result.status != 0 || !result.output.empty()) {
        return step[0] + " ended with " + std::to_string(result.status) + ":\n" + result.output;
      }
    }
    *image = read_file(module);
    return "";
  }

 private:
  std::string clang_, translator_, validator_;
};

}  // namespace halyard::test
