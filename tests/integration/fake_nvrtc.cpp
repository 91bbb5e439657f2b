// A run-time compiler with NVRTC's names that does what words in the source tell it: FAKE_HANG, FAKE_ABORT, FAKE_BAD.
// Else it "makes" the beginning of a cubin. It talks on standard output, as libraries do.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

constexpr std::size_t kImageBytes = 64;
constexpr char kLog[] = "user.hk(3): error: FAKE_BAD is not good\n";
std::string& source() {
  static std::string text;
  return text;
}
bool told(const char* word) { return source().find(word) != std::string::npos; }

}  // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) int

FAKE nvrtcVersion(int* major, int* minor);
FAKE nvrtcVersion(int* major, int* minor) {
  *major = 77;
  *minor = 1;
  return 0;
}
FAKE nvrtcGetNumSupportedArchs(int* count);
FAKE nvrtcGetNumSupportedArchs(int* count) { return *count = 1, 0; }
FAKE nvrtcGetSupportedArchs(int* numbers);
FAKE nvrtcGetSupportedArchs(int* numbers) { return numbers[0] = 90, 0; }
FAKE nvrtcCreateProgram(void** program, const char* text, const char*, int, const char**, const char**);
FAKE nvrtcCreateProgram(void** program, const char* text, const char*, int, const char**, const char**) {
  source() = text;
  *program = &source();
  return 0;
}
FAKE nvrtcCompileProgram(void*, int, const char**);
FAKE nvrtcCompileProgram(void*, int, const char**) {
  std::printf("a compiler that talks\n");
  if (told("FAKE_ABORT")) std::abort();
  if (told("FAKE_HANG")) sleep(600);
  return told("FAKE_BAD") ? 6 : 0;
}
FAKE nvrtcGetProgramLogSize(void*, std::size_t* bytes);
FAKE nvrtcGetProgramLogSize(void*, std::size_t* bytes) { return *bytes = told("FAKE_BAD") ? sizeof kLog : 1, 0; }
FAKE nvrtcGetProgramLog(void*, char* log);
FAKE nvrtcGetProgramLog(void*, char* log) { return std::memcpy(log, kLog, sizeof kLog), 0; }
FAKE nvrtcGetCUBINSize(void*, std::size_t* bytes);
FAKE nvrtcGetCUBINSize(void*, std::size_t* bytes) { return *bytes = kImageBytes, 0; }
FAKE nvrtcGetCUBIN(void*, char* image);
FAKE nvrtcGetCUBIN(void*, char* image) {
  std::memset(image, 0, kImageBytes);
  std::memcpy(image,
              "\x7f"
              "ELF\x02\x01\x01",
              7);
  image[18] = static_cast<char>(190);
  return 0;
}
