#include "tests/drivers/gpu_fake/rtc_program.hpp"

#include <cstring>

namespace gpu_fake {
namespace {

struct Programs {
  std::mutex mutex;
  std::unordered_map<void*, std::shared_ptr<RtcProgram>> live;
  uintptr_t next = 0x7C0000001000;
};

Programs& programs() {
  static auto* all = new Programs;
  return *all;
}

int64_t live(const char*) {
  std::lock_guard lock(programs().mutex);
  return static_cast<int64_t>(programs().live.size());
}

__attribute__((constructor)) void hooks() { set_driver_hooks(nullptr, live); }

}  // namespace

const char* rtc_error_text(int code, const char* prefix) {
  static constexpr const char* kNames[] = {"SUCCESS",
                                           "ERROR_OUT_OF_MEMORY",
                                           "ERROR_PROGRAM_CREATION_FAILURE",
                                           "ERROR_INVALID_INPUT",
                                           "ERROR_INVALID_PROGRAM",
                                           "ERROR_INVALID_OPTION",
                                           "ERROR_COMPILATION",
                                           "ERROR_BUILTIN_OPERATION_FAILURE",
                                           "ERROR_NO_NAME_EXPRESSIONS_AFTER_COMPILATION",
                                           "ERROR_NO_LOWERED_NAMES_BEFORE_COMPILATION",
                                           "ERROR_NAME_EXPRESSION_NOT_VALID",
                                           "ERROR_INTERNAL_ERROR"};
  static thread_local std::string text;
  text = std::string(prefix) + (code >= 0 && code < 12 ? kNames[code] : "ERROR unknown");
  return text.c_str();
}

std::shared_ptr<RtcProgram> find_program(void* handle, const char* function) {
  std::lock_guard lock(programs().mutex);
  const auto found = programs().live.find(handle);
  if (found != programs().live.end()) return found->second;
  misuse(0, "%s got %p, which is no program", function, handle);
  return nullptr;
}

int create_program(void** handle, const char* source, const char* name, int count, const char* const* texts,
                   const char* const* names) {
  if (handle == nullptr || source == nullptr || count < 0)
    return misuse(kRtcInvalidInput, "a program without a source");
  auto made = std::make_shared<RtcProgram>();
  made->job.source = source;
  made->job.name = name == nullptr ? "default_program" : name;
  for (int i = 0; i < count; ++i) made->job.headers.emplace_back(names[i], texts[i]);
  std::lock_guard lock(programs().mutex);
  *handle = reinterpret_cast<void*>(programs().next);
  programs().next += 64;
  programs().live[*handle] = made;
  return kRtcSuccess;
}

int destroy_program(void** handle, const char* function) {
  if (handle == nullptr || find_program(*handle, function) == nullptr) return kRtcInvalidProgram;
  std::lock_guard lock(programs().mutex);
  programs().live.erase(*handle);
  *handle = nullptr;
  return kRtcSuccess;
}

int give_size(const std::string& text, size_t* bytes) {
  if (bytes == nullptr) return kRtcInvalidInput;
  *bytes = text.size();
  return kRtcSuccess;
}

int give_text(const std::string& text, char* out) {
  if (out == nullptr) return kRtcInvalidInput;
  std::memcpy(out, text.data(), text.size());
  return kRtcSuccess;
}

bool take_macro(int count, const char* const* words, int* i, CompileJob* job) {
  const std::string word = words[*i];
  for (const auto& [prefix, plain] :
       {std::pair("--define-macro", "-D"), std::pair("--undefine-macro", "-U"), std::pair("--include-path", "-I"),
        std::pair("-D", "-D"), std::pair("-U", "-U"), std::pair("-I", "-I")}) {
    if (word.rfind(prefix, 0) != 0) continue;
    std::string value = word.substr(std::strlen(prefix));
    if (std::strlen(prefix) > 2 && !value.empty() && value[0] == '=') value.erase(0, 1);
    if (value.empty() && *i + 1 < count) value = words[++*i];
    job->macros.push_back(plain + value);
    return true;
  }
  return false;
}

}  // namespace gpu_fake
