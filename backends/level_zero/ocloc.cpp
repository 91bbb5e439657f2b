#include "backends/level_zero/ocloc.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <new>

#include "backends/common/compiler_file.hpp"
#include "backends/common/error_table.hpp"

namespace halyard::level_zero {
namespace {

constexpr const char* kNames[] = {"libocloc.so.1", "libocloc.so"};
constexpr char kSource[] = "kernel.cl";
constexpr char kLog[] = "stdout.log";

bool ends_with(const char* text, const char* ending) {
  const size_t length = std::strlen(text), tail = std::strlen(ending);
  return length >= tail && std::strcmp(text + length - tail, ending) == 0;
}

// Of what it prints, that which is of the source, and not of the command.
std::string without_remarks(const std::string& text) {
  constexpr const char* kRemarks[] = {"Auto-detected target", "Build succeeded", "Build failed with error code",
                                      "Command was:"};
  std::string kept;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    const bool remark = std::any_of(std::begin(kRemarks), std::end(kRemarks),
                                    [&](const char* word) { return line.rfind(word, 0) == 0; });
    if (!remark && !(line.empty() && kept.empty())) kept += line + "\n";
    at = end + 1;
  }
  while (!kept.empty() && kept.back() == '\n') kept.pop_back();
  return kept;
}

}  // namespace

std::string Rtc::find(const hy_host& host, int) {
  return common::find_compiler_file(host, {std::begin(kNames), std::end(kNames)},
                                    {std::begin(kLibraryFolders), std::end(kLibraryFolders)}, {});
}

hy_status Rtc::open(const hy_host& host, const std::string& path, int, hy_error* error) {
  if (path.empty()) {
    return halyard::fail(error, HY_UNAVAILABLE,
                         "Intel's offline compiler (libocloc.so) was not found: install it (intel-ocloc; Debian 12: "
                         "intel-opencl-icd), name its folder in HALYARD_LIBRARY_PATH, or use kernels compiled ahead of "
                         "time");
  }
  const char* name = path.c_str();
  hy_library_request request{};
  request.size = sizeof request;
  request.names = &name;
  request.name_count = 1;
  void* library = nullptr;
  char opened[256];
  const hy_status status = host.library_open(host.self, &request, &library, opened, sizeof opened, nullptr, 0, error);
  if (status != HY_OK) return status;
  const char* missing = nullptr;
#define HALYARD_OCLOC_LOAD(name, result, parameters)                                                     \
  ocloc_.name = reinterpret_cast<decltype(ocloc_.name)>(host.library_symbol(host.self, library, #name)); \
  if (ocloc_.name == nullptr && missing == nullptr) missing = #name;
  HALYARD_OCLOC_FUNCTIONS(HALYARD_OCLOC_LOAD)
#undef HALYARD_OCLOC_LOAD
  if (missing == nullptr) return HY_OK;
  return halyard::fail(error, HY_UNAVAILABLE, "%s has no function %s: it is no ocloc", opened, missing);
}

// A compiler that makes SPIR-V on its way claims every extension, so it is told what the device has.
std::vector<std::string> Rtc::options(const Target& target) const {
  char device[16];
  std::snprintf(device, sizeof device, "0x%04x", target.device_id);
  std::string words = "-cl-std=CL2.0";
  if ((target.capabilities & HY_CAP_FLOAT64) != 0) words += " -DHY_ASSUME_FLOAT64";
  if ((target.capabilities & HY_CAP_ATOMICS_INT64) != 0) words += " -DHY_ASSUME_ATOMICS_INT64";
  if ((target.capabilities & HY_CAP_SUBGROUPS) != 0) words += " -DHY_ASSUME_SUBGROUPS";
  return {"ocloc", "compile", "-file", kSource, "-device", device, "-64", "-options", words};
}

Rtc::Code Rtc::create(Program* out, const char* text, const char*) const {
  *out = new (std::nothrow) Run;
  if (*out == nullptr) return kNoOutput;
  (*out)->text = text;
  return kOk;
}

Rtc::Code Rtc::compile(Program program, int count, const char* const* options) const {
  const auto* source = reinterpret_cast<const uint8_t*>(program->text.c_str());
  const uint64_t bytes = program->text.size() + 1;
  const char* name = kSource;
  uint32_t output_count = 0;
  uint8_t** outputs = nullptr;
  uint64_t* sizes = nullptr;
  char** names = nullptr;
  const int code =
      ocloc_.oclocInvoke(static_cast<unsigned>(count), const_cast<const char**>(options), 1, &source, &bytes, &name, 0,
                         nullptr, nullptr, nullptr, &output_count, &outputs, &sizes, &names);
  for (uint32_t i = 0; i < output_count; ++i) {
    const std::string output(reinterpret_cast<const char*>(outputs[i]), sizes[i]);
    if (std::strcmp(names[i], kLog) == 0) program->log = without_remarks(output.c_str());
    if (ends_with(names[i], ".bin") || ends_with(names[i], ".ar")) program->image = output;
  }
  if (outputs != nullptr) ocloc_.oclocFreeOutput(&output_count, &outputs, &sizes, &names);
  return static_cast<Code>(code);
}

Rtc::Code Rtc::log(Program program, char* out) const {
  std::memcpy(out, program->log.c_str(), program->log.size() + 1);
  return kOk;
}

Rtc::Code Rtc::image(Program program, const Target&, char* out) const {
  std::memcpy(out, program->image.data(), program->image.size());
  return kOk;
}

hy_status Rtc::fail(hy_error* error, Code code, const char* action) const {
  return fail_vendor(error, HY_COMPILE_FAILED, code, "ocloc error",
                     code == kNoOutput ? "%s: Intel's offline compiler gave no code (%d): %s"
                                       : "%s: Intel's offline compiler answered %d: %s",
                     action, static_cast<int>(code),
                     "it may be older than the device; update it, or use kernels compiled ahead of time");
}

}  // namespace halyard::level_zero
