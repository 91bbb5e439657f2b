// Every kernel file of the tree through every compiler that it is written for. One test a target and file; ctest
// starts this program once a target (--target=NAME). A target whose compiler is missing is skipped by its name.
#include <dlfcn.h>

#include <algorithm>
#include <cstring>
#include <functional>

#include "tests/dialect/raw_opencl.hpp"
#include "tests/dialect/tools.hpp"
#include "tests/drivers/fake_gpu_runner.hpp"

namespace halyard::test {
namespace {

namespace fs = std::filesystem;

// All .hk files of the tree but those that are meant not to compile.
std::vector<fs::path> kernel_files() {
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
  return files;
}

// The file as `target` gets it, with the constants that it cannot do without.
std::string text_of(const fs::path& file, hy_dialect target) {
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

Verdict spirv(const fs::path& file) {
  const std::string compiler = find_program({"clang-14"});
  const std::string translator = find_program({"llvm-spirv-14"});
  const std::string validator = find_program({"spirv-val"});
  for (const auto& [found, name] :
       {std::pair(compiler, "clang-14"), {translator, "llvm-spirv-14"}, {validator, "spirv-val"}}) {
    if (found.empty()) {
      return {name, ""};
    }
  }
  const auto source = scratch().write(text_of(file, HY_DIALECT_OPENCL2), ".cl");
  // Once for any device, and once for those that have 64-bit types and atomics; -O0 keeps control flow structured.
  for (const bool wide : {false, true}) {
    if (!wide && file.filename() == "atomics64.hk") {
      continue;
    }
    const auto bitcode = scratch().fresh(".bc"), module = scratch().fresh(".spv");
    std::vector<std::string> command = {
        compiler, "-x",         "cl", "-cl-std=CL2.0", "-O0", "-Xclang", "-finclude-default-header", "-target",
        "spir64", "-emit-llvm", "-c", source,          "-o",  bitcode};
    if (wide) {
      command.insert(command.end(), {"-DHY_ASSUME_FLOAT64", "-DHY_ASSUME_ATOMICS_INT64"});
    }
    for (const std::vector<std::string>& step : {command,
                                                 {translator, "--spirv-max-version=1.0", bitcode, "-o", module},
                                                 {validator, "--target-env", wide ? "spv1.0" : "opencl2.1", module}}) {
      if (const Verdict verdict = compile(step); !verdict.messages.empty()) {
        return verdict;
      }
    }
  }
  return {};
}

// NVRTC, as the cuda backend uses it: no headers, no driver, no device.
class Nvrtc {
 public:
  Nvrtc() {
    for (const char* name : {"libnvrtc.so", "libnvrtc.so.13", "libnvrtc.so.12", "/usr/local/cuda/lib64/libnvrtc.so"}) {
      library_ = library_ == nullptr ? dlopen(name, RTLD_NOW | RTLD_LOCAL) : library_;
    }
  }
  bool available() const { return library_ != nullptr; }

  std::string build(const std::string& source, const std::string& architecture) {
    void* program = nullptr;
    if (call<int(void**, const char*, const char*, int, const char**, const char**)>("nvrtcCreateProgram")(
            &program, source.c_str(), "kernel.cu", 0, nullptr, nullptr) != 0) {
      return "nvrtcCreateProgram failed";
    }
    const std::string option = "-arch=" + architecture;
    const char* options[] = {option.c_str(), "-std=c++17"};
    const int status = call<int(void*, int, const char**)>("nvrtcCompileProgram")(program, 2, options);
    std::size_t size = 0;
    call<int(void*, std::size_t*)>("nvrtcGetProgramLogSize")(program, &size);
    std::string log(size, '\0');
    call<int(void*, char*)>("nvrtcGetProgramLog")(program, log.data());
    call<int(void**)>("nvrtcDestroyProgram")(&program);
    log.resize(std::strlen(log.c_str()));
    return status != 0 && log.empty() ? "failed without a log" : log;
  }

 private:
  template <typename Function>
  Function* call(const char* name) {
    return reinterpret_cast<Function*>(dlsym(library_, name));
  }
  void* library_ = nullptr;
};

Verdict cuda(const std::string& architecture, const fs::path& file) {
  static auto* nvrtc = new Nvrtc;
  const std::string text = text_of(file, HY_DIALECT_CUDA);
  if (nvrtc->available()) {
    return {"", nvrtc->build(text, architecture)};
  }
  const std::string nvcc = find_program({"nvcc", "/usr/local/cuda/bin/nvcc"});
  if (nvcc.empty()) {
    return {"neither libnvrtc nor nvcc", ""};
  }
  return compile({nvcc, "-std=c++17", "-cubin", "-arch=" + architecture, scratch().write(text, ".cu"), "-o",
                  scratch().fresh(".cubin")});
}

Verdict hip(const std::string& architecture, const fs::path& file) {
  const std::string compiler = find_program({"clang-19", "clang-18", "clang-17"});
  if (compiler.empty()) {
    return {"clang-19", ""};
  }
  // Up to the assembler's text where the linker of that version is missing.
  const bool linker = !find_program({"/usr/lib/llvm-19/bin/lld", "lld-19"}).empty();
  return compile({compiler, "-x", "hip", "--cuda-device-only", "-nogpulib", "-nogpuinc", "--no-gpu-bundle-output",
                  "--offload-arch=" + architecture, "-O2", "-std=c++17", "-Wall", linker ? "-c" : "-S",
                  scratch().write(text_of(file, HY_DIALECT_HIP), ".hip"), "-o", scratch().fresh(".co")});
}

// The fake run-time compilers (tests/drivers): the preludes of CUDA and HIP through the host's compiler.
Verdict fake_cuda(const fs::path& file) {
  static auto* gpu = new FakeCudaGpu;
  return {"", gpu->load(text_of(file, HY_DIALECT_CUDA))};
}
Verdict fake_hip(const fs::path& file) {
  static auto* gpu = new FakeHipGpu;
  return {"", gpu->load(text_of(file, HY_DIALECT_HIP))};
}

using Check = std::function<Verdict(const fs::path&)>;
const std::vector<std::pair<std::string, Check>>& targets() {
  static const std::vector<std::pair<std::string, Check>> all = {
      {"gcc", [](const fs::path& f) { return host({"g++"}, f); }},
      {"clang",
       [](const fs::path& f) {
         return host({"clang++-14", "clang++"}, f);
       }},
      {"pocl", pocl},
      {"clang_opencl", clang_opencl},
      {"spirv", spirv},
      {"sm_75", [](const fs::path& f) { return cuda("sm_75", f); }},
      {"sm_90", [](const fs::path& f) { return cuda("sm_90", f); }},
      {"sm_100", [](const fs::path& f) { return cuda("sm_100", f); }},
      {"fake_cuda", fake_cuda},
      {"fake_hip", fake_hip},
      {"gfx90a", [](const fs::path& f) { return hip("gfx90a", f); }},
      {"gfx942", [](const fs::path& f) { return hip("gfx942", f); }},
      {"gfx1100", [](const fs::path& f) { return hip("gfx1100", f); }},
      {"gfx1201", [](const fs::path& f) { return hip("gfx1201", f); }}};
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
    for (const auto& file : kernel_files()) {
      std::string test = std::filesystem::relative(file, root()).string();
      std::replace_if(
          test.begin(), test.end(), [](char c) { return !isalnum(static_cast<unsigned char>(c)); }, '_');
      ::testing::RegisterTest(name.c_str(), test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                              [check = check, file]() -> ::testing::Test* { return new CompileCheck(check, file); });
    }
  }
  return RUN_ALL_TESTS();
}
