// The programs of a run-time compiler's API, which NVRTC and hipRTC have in common down to the numbers of their errors.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <unordered_map>

#include "tests/drivers/gpu_fake/control.hpp"
#include "tests/drivers/gpu_fake/rtc.hpp"

namespace gpu_fake {

enum RtcCode : int {
  kRtcSuccess = 0,
  kRtcOutOfMemory = 1,
  kRtcProgramCreationFailure = 2,
  kRtcInvalidInput = 3,
  kRtcInvalidProgram = 4,
  kRtcInvalidOption = 5,
  kRtcCompilation = 6,
  kRtcBuiltinFailure = 7,
  kRtcNoNamesAfterCompilation = 8,
  kRtcNoLoweredNamesBefore = 9,
  kRtcNameNotValid = 10,
  kRtcInternalError = 11,
};
const char* rtc_error_text(int code, const char* prefix);

struct RtcProgram {
  CompileJob job;
  std::set<std::string> names;
  bool tried = false;
  CompileResult result;
  std::string target;  // "sm_90"
  bool real = true;    // machine code, not PTX
};

// null, with a misuse noted, for what is no program.
std::shared_ptr<RtcProgram> find_program(void* handle, const char* function);
int create_program(void** handle, const char* source, const char* name, int count, const char* const* texts,
                   const char* const* names);
int destroy_program(void** handle, const char* function);

// Writes `text` to the caller's memory, whose size it asked for before.
int give_size(const std::string& text, size_t* bytes);
int give_text(const std::string& text, char* out);

// "-D", "-U", "-I" and what follows, also as a word of its own; true when `words[*i]` was one.
bool take_macro(int count, const char* const* words, int* i, CompileJob* job);

}  // namespace gpu_fake

// Declares `name` as the program of a handle, or returns the error of what is none.
#define GPU_FAKE_PROGRAM(name, handle)              \
  const auto name = find_program(handle, __func__); \
  if (name == nullptr) return kRtcInvalidProgram
