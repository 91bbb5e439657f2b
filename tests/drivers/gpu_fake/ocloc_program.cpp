// The command `ocloc` as halyardc calls it: a shell around the fake libocloc.so, with the files that it reads and
// writes.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "backends/level_zero/abi.hpp"

namespace {

#define OCLOC_TYPE(name, result, parameters) using name##_fn = result parameters;
HALYARD_OCLOC_FUNCTIONS(OCLOC_TYPE)
#undef OCLOC_TYPE

template <class Function>
Function* find(const char* name) {
  static void* const library = dlopen(HALYARD_FAKE_OCLOC_PATH, RTLD_NOW | RTLD_LOCAL);
  return library == nullptr ? nullptr : reinterpret_cast<Function*>(dlsym(library, name));
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<const char*> words;
  const char* file = "";
  bool spirv = true;
  for (int i = 0; i < argc; ++i) {
    if (i > 0 && std::strcmp(argv[i - 1], "-file") == 0) file = argv[i];
    const bool keeps_none = std::strcmp(argv[i], "-exclude_ir") == 0;
    if (keeps_none) spirv = false;
    if (!keeps_none) words.push_back(argv[i]);
  }
  auto* const invoke = find<oclocInvoke_fn>("oclocInvoke");
  auto* const free_output = find<oclocFreeOutput_fn>("oclocFreeOutput");
  if (invoke == nullptr || free_output == nullptr) return 1;
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  const auto* source = reinterpret_cast<const uint8_t*>(text.c_str());
  const uint64_t bytes = text.size() + 1;
  uint32_t count = 0;
  uint8_t** outputs = nullptr;
  uint64_t* sizes = nullptr;
  char** names = nullptr;
  const int code = invoke(static_cast<unsigned>(words.size()), words.data(), 1, &source, &bytes, &file, 0, nullptr,
                          nullptr, nullptr, &count, &outputs, &sizes, &names);
  for (uint32_t i = 0; i < count; ++i) {
    const std::filesystem::path path(names[i]);
    const auto* output = reinterpret_cast<const char*>(outputs[i]);
    if (path == "stdout.log") {
      std::fwrite(output, 1, sizes[i], stdout);
    } else if (spirv || path.extension() != ".spv") {
      std::filesystem::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary).write(output, static_cast<std::streamsize>(sizes[i]));
    }
  }
  free_output(&count, &outputs, &sizes, &names);
  // Its parent watches it as no search for leaks at the end can bear; the library's own tests search for them.
  std::fflush(stdout);
  _exit(code & 0xFF);
}
