// The fake libhiprtc: programs of HIP C++, compiled for the host in the dress of AMD code objects.
#include <cstring>

#include "tests/drivers/gpu_fake/image.hpp"
#include "tests/drivers/gpu_fake/rtc_program.hpp"

#ifndef HALYARD_FAKE_HIP_MAJOR
#define HALYARD_FAKE_HIP_MAJOR 6
#endif

namespace gpu_fake {
namespace hiprtc {
#define FUNCTION(symbol, ...) using symbol##_type = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hiprtc_functions.def"
}  // namespace hiprtc

const char* const kEnvironment = "HALYARD_FAKE_HIPRTC";
const int kNotPermitted = kRtcInternalError;

namespace {

bool take_architecture(const std::string& word, RtcProgram* program) {
  for (const char* prefix : {"--offload-arch=", "--gpu-architecture=", "-arch="}) {
    if (word.rfind(prefix, 0) != 0) continue;
    program->target = word.substr(std::strlen(prefix));
    return true;
  }
  return false;
}

bool is_known_flag(const std::string& word) {
  for (const char* prefix : {"-std=", "--std=", "-O", "-W", "-w", "-f", "-m", "-g", "-nogpulib", "-nogpuinc",
                             "--gpu-max-threads-per-block=", "-include", "-Xclang", "-mllvm"}) {
    if (word.rfind(prefix, 0) == 0) return true;
  }
  return false;
}

int compile_program(RtcProgram* program, int count, const char** words) {
  CompileJob& job = program->job;
  job.shim = "hip.hpp";
  job.macros.clear();
  program->target = "gfx942";
  program->tried = true;
  program->result = {};
  for (int i = 0; i < count; ++i) {
    if (take_macro(count, words, &i, &job) || take_architecture(words[i], program) || is_known_flag(words[i])) continue;
    program->result.log = "error: unknown argument: '" + std::string(words[i]) + "'\n";
    return kRtcInvalidOption;
  }
  if (program->target.rfind("gfx", 0) != 0) {
    program->result.log = "error: invalid target ID '" + program->target + "'\n";
    return kRtcCompilation;
  }
  job.macros.push_back("-D__HIP__");
  job.macros.push_back("-D__HIPCC_RTC__");
  job.macros.push_back("-D__HIP_DEVICE_COMPILE__");
  program->result = compile(job);
  return program->result.good ? kRtcSuccess : kRtcCompilation;
}

std::string code_of(const RtcProgram& program) {
  return program.result.good ? make_code_object(program.result.elf, program.target) : "";
}

}  // namespace
}  // namespace gpu_fake

using namespace gpu_fake;

#define FUNCTION(symbol, ...) GPU_FAKE_EXPORT hiprtc::symbol##_type symbol;
#include "tests/drivers/gpu_fake/hiprtc_functions.def"

GPU_FAKE_EXPORT const char* hiprtcGetErrorString(int code) { return rtc_error_text(code, "HIPRTC_"); }
GPU_FAKE_EXPORT int hiprtcVersion(int* major, int* minor) {
  GPU_FAKE_ENTER();
  *major = HALYARD_FAKE_HIP_MAJOR;
  *minor = 0;
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int hiprtcCreateProgram(void** program, const char* source, const char* name, int count,
                                        const char** headers, const char** names) {
  GPU_FAKE_ENTER();
  return create_program(program, source, name, count, headers, names);
}
GPU_FAKE_EXPORT int hiprtcDestroyProgram(void** program) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_RETURN_RELEASE(destroy_program(program, __func__));
}
GPU_FAKE_EXPORT int hiprtcCompileProgram(void* program, int count, const char** options) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return compile_program(found.get(), count, options);
}
GPU_FAKE_EXPORT int hiprtcGetProgramLogSize(void* program, size_t* bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  *bytes = found->result.log.size() + 1;
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int hiprtcGetProgramLog(void* program, char* out) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  std::memcpy(out, found->result.log.c_str(), found->result.log.size() + 1);
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int hiprtcGetCodeSize(void* program, size_t* bytes) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_size(code_of(*found), bytes) : static_cast<int>(kRtcInvalidProgram);
}
GPU_FAKE_EXPORT int hiprtcGetCode(void* program, char* out) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  return found->result.good ? give_text(code_of(*found), out) : static_cast<int>(kRtcInvalidProgram);
}
GPU_FAKE_EXPORT int hiprtcAddNameExpression(void* program, const char* name) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  if (found->tried) return kRtcNoNamesAfterCompilation;
  found->names.insert(name);
  return kRtcSuccess;
}
GPU_FAKE_EXPORT int hiprtcGetLoweredName(void* program, const char* name, const char** lowered) {
  GPU_FAKE_ENTER();
  GPU_FAKE_PROGRAM(found, program);
  if (!found->tried) return kRtcNoLoweredNamesBefore;
  const auto known = found->names.find(name);
  if (known == found->names.end()) return kRtcNameNotValid;
  *lowered = known->c_str();
  return kRtcSuccess;
}
