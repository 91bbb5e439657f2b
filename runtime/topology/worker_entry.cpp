// The child's half of reading a topology. The memory of the process is bounded: a recording may lie about sizes.
#include "runtime/topology/worker_entry.hpp"

#include <sys/resource.h>

#include <cstring>
#include <string>

#include "halyard/detail/error.hpp"
#include "runtime/topology/hwloc_reader.hpp"
#include "runtime/topology/xml_check.hpp"

namespace halyard::topology {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kShadowMemory = true;  // of a sanitizer: counts as address space, but is not used
#elif defined(__has_feature)
constexpr bool kShadowMemory = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kShadowMemory = false;
#endif

void bound_memory() {
  constexpr rlim_t kBytes = rlim_t{2} << 30;
  rlimit limit{};
  if (kShadowMemory || sizeof(void*) < 8 || getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur <= kBytes) return;
  limit.rlim_cur = kBytes;
  setrlimit(RLIMIT_AS, &limit);
}

std::string read_all(std::FILE* input) {
  std::string text;
  char block[65536];
  while (text.size() <= kMaxXmlBytes) {
    const std::size_t got = std::fread(block, 1, sizeof block, input);
    if (got == 0) break;
    text.append(block, got);
  }
  return text;
}

int answer(std::FILE* output, const std::string& text, int code) {
  const bool written = std::fwrite(text.data(), 1, text.size(), output) == text.size() && std::fflush(output) == 0;
  return written ? code : 1;
}

}  // namespace

int worker_entry(int count, const char* const* arguments, std::FILE* input, std::FILE* output) {
  bound_memory();
  hy_error error{};
  Model model;
  hy_status status = HY_INVALID_ARGUMENT;
  if (count == 1 && std::strcmp(arguments[0], "machine") == 0) {
    status = read_machine(&model, &error);
  } else if (count == 2 && std::strcmp(arguments[0], "recording") == 0) {
    status = read_hwloc_xml(read_all(input), arguments[1], &model, &error);
  } else {
    fail(&error, status, "halyard-worker topology takes 'machine' or 'recording NAME'");
  }
  if (status != HY_OK) return answer(output, std::to_string(status) + "\n" + error.message, kExitFailed);
  return answer(output, encode(model), kExitDone);
}

}  // namespace halyard::topology
