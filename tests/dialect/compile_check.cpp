// Every kernel file of the tree through every compiler that it is written for, and what machine code became of it. One
// test a target and file; ctest starts this program once a target (--target=NAME). A target whose compiler is missing
// is skipped by its name.
#include <algorithm>
#include <functional>

#include "tests/dialect/machine_code.hpp"
#include "tests/dialect/nvrtc.hpp"
#include "tests/dialect/raw_opencl.hpp"
#include "tests/dialect/spirv.hpp"
#include "tests/drivers/fake_gpu_runner.hpp"
#include "tests/drivers/fake_level_zero_device.hpp"

namespace halyard::test {
namespace {

namespace fs = std::filesystem;

// All .hk files of the tree but those that are meant not to compile, and what is in a vendor's own language.
std::vector<fs::path> kernel_files(const std::string& target) {
  std::vector<fs::path> files;
  for (const char* folder : {"kernels", "samples", "tests", "bench", "tools"}) {
    if (!fs::exists(root() / folder)) {
      continue;
    }
    for (const auto& entry : fs::recursive_directory_iterator(root() / folder)) {
      const std::string path = entry.path().string();
      if (entry.path().extension() == ".hk" && path.find("/bad") == std::string::npos) {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  if (target.starts_with("sm_")) {
    files.push_back(root() / "tests/dialect/vendor/matrix.cu");
  } else if (target.starts_with("gfx")) {
    files.push_back(root() / "tests/dialect/vendor/matrix.hip");
  }
  return files;
}

// The file as `target` gets it, with the constants that it cannot do without.
std::string text_of(const fs::path& file, hy_dialect target) {
  if (file.extension() != ".hk") {
    return read_file(file);
  }
  if (file.filename() == "compiled_one.hk") {
    return expand_file(file, target, {{"FACTOR", "2.0f"}});
  }
  return expand_file(file, target);
}

struct Verdict {
  std::string missing;   // what is not installed
  std::string messages;  // of the compiler; empty when it was content
};

Verdict compile(const std::vector<std::string>& command) {
  const CommandResult result = run_command(command);
  if (result.status == 0 && result.output.empty()) {
    return {};
  }
  return {"", command[0] + " ended with " + std::to_string(result.status) + ":\n" + result.output};
}

Verdict host(const std::vector<std::string>& names, const fs::path& file) {
  const std::string compiler = find_program(names);
  if (compiler.empty()) {
    return {names[0], ""};
  }
  auto command = host_command(compiler, "-O2");
  if (names[0] == "g++") {  // takes local memory that an earlier phase filled for uninitialised
    command.emplace_back("-Wno-maybe-uninitialized");
  }
  command.insert(command.end(), {"-Wextra", "-Wno-unused-parameter", "-march=native",
                                 scratch().write(text_of(file, HY_DIALECT_HOST), ".cpp").string(), "-o",
                                 scratch().fresh(".so").string()});
  return compile(command);
}

Verdict pocl(const fs::path& file) {
  static auto* opencl = new RawOpencl;
  if (!opencl->available()) {
    return {opencl->reason(), ""};
  }
  return {"", opencl->build(text_of(file, HY_DIALECT_OPENCL))};
}

Verdict clang_opencl(const fs::path& file) {
  const std::string compiler = find_program({"clang-14", "clang"});
  if (compiler.empty()) {
    return {"clang-14", ""};
  }
  return compile({compiler, "-x", "cl", "-cl-std=CL1.2", "-Wall", "-Xclang", "-finclude-default-header", "-target",
                  "spir64", "-DHY_ASSUME_FLOAT64", "-DHY_ASSUME_ATOMICS_INT64", "-DHY_ASSUME_SUBGROUPS",
                  "-fsyntax-only", scratch().write(text_of(file, HY_DIALECT_OPENCL), ".cl")});
}

// Once for any device, and once for those that have all that a target can ask for.
Verdict spirv(const fs::path& file) {
  static const SpirvCompilers compilers;
  if (!compilers.missing().empty()) {
    return {compilers.missing(), ""};
  }
  std::string image;
  const std::string text = text_of(file, HY_DIALECT_OPENCL2);
  if (file.filename() != "atomics64.hk") {
    if (const std::string message = compilers.compile(text, {}, &image); !message.empty()) {
      return {"", "for any device: " + message};
    }
  }
  return {"", compilers.compile(text, {true, true, true}, &image)};
}

Verdict cuda(const std::string& architecture, const fs::path& file) {
  static auto* nvrtc = new Nvrtc;
  const std::string text = text_of(file, HY_DIALECT_CUDA);
  const fs::path image = scratch().fresh(".cubin");
  std::string log;
  if (nvrtc->available()) {
    if (!nvrtc->knows(architecture)) {
      return {"an NVRTC that knows " + architecture, ""};
    }
    std::string cubin;
    log = nvrtc->build(text, architecture, &cubin);
    std::ofstream(image, std::ios::binary) << cubin;
  } else {
    const std::string nvcc = find_program({"nvcc", "/usr/local/cuda/bin/nvcc"});
    if (nvcc.empty()) {
      return {"neither libnvrtc nor nvcc", ""};
    }
    log = run_command({nvcc, "-std=c++17", "-cubin", "-Xptxas", "-v", "-arch=" + architecture,
                       scratch().write(text, ".cu"), "-o", image})
              .output;
  }
  const std::string faults = faults_in_ptxas_log(log);
  if (!faults.empty() || file.extension() != ".cu") {
    return {"", faults};
  }
  const std::string disassembler = find_program({"nvdisasm", "/usr/local/cuda/bin/nvdisasm"});
  if (disassembler.empty()) {
    return {"compiled without spills, but nvdisasm", ""};
  }
  return {"", fault_unless_disassembled({disassembler, "-c", image}, "HMMA\\.[0-9]+\\.F32 ")};
}

// As halyardc does it for AMD.
Verdict hip(const std::string& architecture, const fs::path& file) {
  const std::string compiler = find_program({"clang-19", "clang-18", "clang-17"});
  if (compiler.empty()) {
    return {"clang-19", ""};
  }
  const std::string version = compiler.substr(compiler.rfind('-'));
  const bool linker = !find_program({"/usr/lib/llvm" + version + "/bin/lld", "lld" + version}).empty();
  const fs::path image = scratch().fresh(".co");
  const Verdict verdict =
      compile({compiler, "-x", "hip", "--cuda-device-only", "-nogpulib", "-nogpuinc", "--no-gpu-bundle-output",
               "--offload-arch=" + architecture, "-O3", "-std=c++17", "-mcode-object-version=4", "-Wall",
               linker ? "-c" : "-S", scratch().write(text_of(file, HY_DIALECT_HIP), ".hip"), "-o", image});
  if (!verdict.messages.empty()) {
    return verdict;
  }
  if (!linker || !kReadsAmdMetadata) {
    return {"compiled, but to look for spills " + (linker ? "nlohmann-json3-dev" : "lld" + version), ""};
  }
  const std::string faults = faults_of_code_object(read_file(image));
  if (!faults.empty() || file.extension() != ".hip") {
    return {"", faults};
  }
  const std::string disassembler =
      find_program({"llvm-objdump" + version, "/usr/lib/llvm" + version + "/bin/llvm-objdump"});
  if (disassembler.empty()) {
    return {"compiled without spills, but llvm-objdump" + version, ""};
  }
  const bool cdna = architecture.starts_with("gfx9");
  return {"", fault_unless_disassembled({disassembler, "-d", image},
                                        cdna ? "v_mfma_f32_16x16x16_?f16 " : "v_wmma_f32_16x16x16_f16 ")};
}

// As halyardc does it for Intel; the compiler is one that scripts/intel-driver has unpacked, or an installed one.
Verdict intel(const std::string& product, const fs::path& file) {
  const std::vector<std::string> ocloc = ocloc_command();
  if (ocloc.empty()) {
    return {"ocloc (scripts/intel-driver unpacks it, HALYARD_INTEL_DRIVER names the folder)", ""};
  }
  std::vector<std::string> command = ocloc;
  const std::string options = "-cl-std=CL2.0 -DHY_ASSUME_FLOAT64 -DHY_ASSUME_ATOMICS_INT64 -DHY_ASSUME_SUBGROUPS";
  command.insert(command.end(),
                 {"compile", "-file", scratch().write(text_of(file, HY_DIALECT_OPENCL2), ".cl"), "-device", product,
                  "-64", "-exclude_ir", "-out_dir", scratch().fresh(".ocloc"), "-options", options});
  const CommandResult result = run_command(command);
  return {"", result.status == 0 ? faults_in_ocloc_log(result.output)
                                 : "ocloc ended with " + std::to_string(result.status) + ":\n" + result.output};
}

// The fake run-time compilers (tests/drivers): the preludes of CUDA, HIP and OpenCL (as SPIR-V) through the host's
// compiler.
Verdict fake_cuda(const fs::path& file) {
  static auto* gpu = new FakeCudaGpu;
  return {"", gpu->load(text_of(file, HY_DIALECT_CUDA))};
}
Verdict fake_hip(const fs::path& file) {
  static auto* gpu = new FakeHipGpu;
  return {"", gpu->load(text_of(file, HY_DIALECT_HIP))};
}

Verdict fake_level_zero(const fs::path& file) {
  static auto* compiler = new FakeLibrary(HALYARD_FAKE_OCLOC_PATH);
  if (const std::string missing = missing_for_spirv(); !missing.empty()) {
    return {"llvm-spirv with its clang and LLVM", ""};
  }
  const OclocOutput made = compile_with_ocloc(*compiler, text_of(file, HY_DIALECT_OPENCL2));
  return {"", made.code == 0 ? "" : made.log()};
}

using Check = std::function<Verdict(const fs::path&)>;
std::vector<std::pair<std::string, Check>> targets() {
  std::vector<std::pair<std::string, Check>> all = {{"gcc", [](const fs::path& f) { return host({"g++"}, f); }},
                                                    {"clang",
                                                     [](const fs::path& f) {
                                                       return host({"clang++-14", "clang++"}, f);
                                                     }},
                                                    {"pocl", pocl},
                                                    {"clang_opencl", clang_opencl},
                                                    {"spirv", spirv},
                                                    {"fake_cuda", fake_cuda},
                                                    {"fake_hip", fake_hip},
                                                    {"fake_level_zero", fake_level_zero}};
  for (const char* name : {"sm_75", "sm_80", "sm_86", "sm_89", "sm_90", "sm_100", "sm_120"}) {
    all.emplace_back(name, [name](const fs::path& f) { return cuda(name, f); });
  }
  for (const char* name : {"gfx90a", "gfx942", "gfx1100", "gfx1201"}) {
    all.emplace_back(name, [name](const fs::path& f) { return hip(name, f); });
  }
  for (const char* name : {"dg2", "pvc", "tgllp", "skl"}) {
    all.emplace_back(name, [name](const fs::path& f) { return intel(name, f); });
  }
  return all;
}

class CompileCheck : public ::testing::Test {
 public:
  CompileCheck(Check check, fs::path file) : check_(std::move(check)), file_(std::move(file)) {}
  void TestBody() override {
    const Verdict verdict = check_(file_);
    if (!verdict.missing.empty()) {
      GTEST_SKIP() << verdict.missing << " is not installed";
    }
    EXPECT_EQ(verdict.messages, "");
  }

 private:
  Check check_;
  fs::path file_;
};

}  // namespace
}  // namespace halyard::test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using namespace halyard::test;
  for (const auto& [name, check] : targets()) {
    if (argc > 1 && std::string(argv[1]) != "--target=" + name) {
      continue;
    }
    for (const auto& file : kernel_files(name)) {
      std::string test = std::filesystem::relative(file, root()).string();
      std::replace_if(
          test.begin(), test.end(), [](char c) { return !isalnum(static_cast<unsigned char>(c)); }, '_');
      ::testing::RegisterTest(name.c_str(), test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [check = check, file]() -> ::testing::Test* { return new CompileCheck(check, file); });
    }
  }
  return RUN_ALL_TESTS();
}
