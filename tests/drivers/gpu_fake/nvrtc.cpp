// The fake libnvrtc: programs of CUDA C++, compiled for the host in the dress of PTX and cubins.
#include <cstring>

#include "tests/drivers/gpu_fake/image.hpp"
#include "tests/drivers/gpu_fake/rtc_program.hpp"

namespace gpu_fake {
namespace nvrtc {
#define FUNCTION(symbol, ...) using symbol##_type = __VA_ARGS__;
#include "tests/drivers/gpu_fake/nvrtc_functions.def"
}  // namespace nvrtc

const char* const kEnvironment = "HALYARD_FAKE_NVRTC";
const int kNotPermitted = kRtcInternalError;

namespace {

constexpr int kArchitectures[] = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};

int version() { return static_cast<int>(setting_number("runtime_version", 13000)); }

bool is_supported(const std::string& target) {
  const int number = architecture_number(target);
  for (const int known : kArchitectures) {
    if (known == number) return true;
  }
  return false;
}

// "compute_90" or "sm_90", of -arch= and its long form.
bool take_architecture(const std::string& word, RtcProgram* program) {
  for (const char* prefix : {"-arch=", "--gpu-architecture=", "-arch ", "--gpu-architecture "}) {
    if (word.rfind(prefix, 0) != 0) continue;
    const std::string value = word.substr(std::strlen(prefix));
    program->real = value.rfind("sm_", 0) == 0;
    program->target = program->real ? value : value.rfind("compute_", 0) == 0 ? "sm_" + value.substr(8) : "";
    return true;
  }
  return false;
}

bool is_known_flag(const std::string& word) {
  for (const char* prefix : {"-std=",
                             "--std=",
                             "-default-device",
                             "--device-as-default-execution-space",
                             "--fmad=",
                             "-fmad=",
                             "-ftz=",
                             "--ftz=",
                             "-prec-div=",
                             "--prec-div=",
                             "-prec-sqrt=",
                             "--prec-sqrt=",
                             "--use_fast_math",
                             "-use_fast_math",
                             "-w",
                             "--disable-warnings",
                             "-lineinfo",
                             "--generate-line-info",
                             "-G",
                             "--relocatable-device-code=",
                             "-rdc=",
                             "--device-debug",
                             "--restrict",
                             "-restrict",
                             "--maxrregcount=",
                             "-maxrregcount=",
                             "--extra-device-vectorization",
                             "-diag-suppress=",
                             "--diag-suppress=",
                             "-dopt=",
                             "-dopt",
                             "--split-compile=",
                             "-split-compile=",
                             "--minimal",
                             "-minimal",
                             "-no-source-include",
                             "--no-source-include",
                             "--builtin-initializer-list=",
                             "-Xptxas",
                             "--ptxas-options",
                             "--fdevice-time-trace",
                             "-no-cache",
                             "--no-cache"}) {
    if (word.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

int compile_program(RtcProgram* program, int count, const char* const* words) {
  CompileJob& job = program->job;
  job.shim = "cuda.hpp";
  job.cuda_messages = true;
  job.macros.clear();
  program->target = "sm_75";
  program->real = false;
  program->tried = true;
  program->result = {};
  for (int i = 0; i < count; ++i) {
    if (take_macro(count, words, &i, &job) || take_architecture(words[i], program) || is_known_flag(words[i])) continue;
    program->result.log = "nvrtc: error: unrecognized option " + std::string(words[i]) + " found\n";
    return kRtcInvalidOption;
  }
  if (!is_supported(program->target)) {
    program->result.log = "nvrtc: error: invalid value for --gpu-architecture (-arch)\n";
    return kRtcInvalidOption;
  }
  job.macros.push_back("-D__CUDACC__");
  job.macros.push_back("-D__CUDACC_RTC__");
  job.macros.push_back("-D__CUDA_ARCH__=" + std::to_string(architecture_number(program->target) * 10));
  program->result = compile(job);
  return program->result.good ? kRtcSuccess : kRtcCompilation;
}

// The PTX version that NVRTC of a version writes: 9.0 with 13.0, 8.x with 12.x.
std::string ptx_version() {
  const int major = version() / 1000, minor = version() % 1000 / 10;
  return std::to_string(major - 4) + "." + std::to_string(minor);
}

std::string ptx_of(const RtcProgram& program) {
  return program.result.good ? make_ptx(program.result.elf, program.target, setting("ptx_version", ptx_version())) : "";
}
std::string cubin_of(const RtcProgram& program) {
  return program.result.good && program.real ? make_cubin(program.result.elf, program.target) : "";
}

}  // namespace
}  // namespace gpu_fake

using namespace gpu_fake;

#define FUNCTION(symbol, ...) GPU_FAKE_EXPORT nvrtc::symbol##_type symbol;
#include "tests/drivers/gpu_fake/nvrtc_functions.def"

GPU_FAKE_EXPORT const char* nvrtcGetErrorString(int code) { return rtc_error_text(code, "NVRTC_"); }
GPU_FAKE_EXPORT int nvrtcVersion(int* major, int* minor) {
  GPU_FAKE_ENTER();
  *major = version() / 1000;
  *minor = version() % 1000 / 10;
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int nvrtcGetNumSupportedArchs(int* count) {
  GPU_FAKE_ENTER();
  *count = static_cast<int>(sizeof kArchitectures / sizeof kArchitectures[0]);
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int nvrtcGetSupportedArchs(int* architectures) {
  GPU_FAKE_ENTER();
  std::memcpy(architectures, kArchitectures, sizeof kArchitectures);
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int nvrtcCreateProgram(void** program, const char* source, const char* name, int count,
                                       const char* const* headers, const char* const* names) {
  GPU_FAKE_ENTER();
  return create_program(program, source, name, count, headers, names);
}
GPU_FAKE_EXPORT int nvrtcDestroyProgram(void** program) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_RETURN_RELEASE(destroy_program(program, __func__));
}
GPU_FAKE_EXPORT int nvrtcCompileProgram(void* program, int count, const char* const* options) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return compile_program(found.get(), count, options);
}
GPU_FAKE_EXPORT int nvrtcGetPTXSize(void* program, size_t* bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_size(ptx_of(*found), bytes) : static_cast<int>(kRtcInvalidProgram);
}
GPU_FAKE_EXPORT int nvrtcGetPTX(void* program, char* out) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_text(ptx_of(*found), out) : static_cast<int>(kRtcInvalidProgram);
}
// 0 bytes, and no error, where the architecture was a virtual one.
GPU_FAKE_EXPORT int nvrtcGetCUBINSize(void* program, size_t* bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_size(cubin_of(*found), bytes) : static_cast<int>(kRtcInvalidProgram);
}
GPU_FAKE_EXPORT int nvrtcGetCUBIN(void* program, char* out) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_text(cubin_of(*found), out) : static_cast<int>(kRtcInvalidProgram);
}
GPU_FAKE_EXPORT int nvrtcGetProgramLogSize(void* program, size_t* bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  *bytes = found->result.log.size() + 1;
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int nvrtcGetProgramLog(void* program, char* out) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  std::memcpy(out, found->result.log.c_str(), found->result.log.size() + 1);
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int nvrtcAddNameExpression(void* program, const char* name) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  if (found->tried) return kRtcNoNamesAfterCompilation;
  found->names.insert(name);
  return kRtcSuccess;
}
// Kernels have C names, so a name is its own lowered one.
GPU_FAKE_EXPORT int nvrtcGetLoweredName(void* program, const char* name, const char** lowered) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  if (!found->tried) return kRtcNoLoweredNamesBefore;
  const auto known = found->names.find(name);
  if (known == found->names.end()) return kRtcNameNotValid;
  *lowered = known->c_str();
  return kRtcSuccess;
}
