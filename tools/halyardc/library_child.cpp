// The child's side of library_compiler.hpp: opens the library, asks it, and writes what it made to standard output.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "halyard/compiler.h"
#include "library_compiler.hpp"

namespace halyardc {
namespace {

constexpr int kExitDone = 0;
constexpr int kExitRefused = 1;
constexpr int kExitUnusable = 2;

class Library {
 public:
  explicit Library(const CompilerLibrary& known) : known_(known) {}

  bool open(const std::string& chosen) {
    const char* one = chosen.c_str();
    hy_library_request request{};
    request.size = sizeof request;
    request.names = chosen.empty() ? known_.names.data() : &one;
    request.name_count = chosen.empty() ? static_cast<std::uint32_t>(known_.names.size()) : 1;
    request.folders = known_.folders.data();
    request.folder_count = static_cast<std::uint32_t>(known_.folders.size());
    hy_error error{};
    if (hy_library_open(&request, &handle_, path, sizeof path, &error) == HY_OK) return true;
    std::fprintf(stderr, "%s\n", error.message);
    return false;
  }

  // The function `<kind><name>`; null, and said so, where the library lacks it.
  template <class Function>
  Function* function(const char* name) {
    const std::string symbol = std::string(known_.kind) + name;
    void* found = dlsym(handle_, symbol.c_str());
    if (found == nullptr) std::fprintf(stderr, "%s lacks %s\n", path, symbol.c_str());
    return reinterpret_cast<Function*>(found);
  }

  char path[4096] = {};

 private:
  const CompilerLibrary& known_;
  void* handle_ = nullptr;
};

using Status = int;  // 0: done
using Program = void*;

int query(Library* library, std::FILE* out) {
  auto* version = library->function<Status(int*, int*)>("Version");
  if (version == nullptr || library->function<Status(Program, int, const char**)>("CompileProgram") == nullptr) {
    return kExitUnusable;
  }
  int major = 0;
  int minor = 0;
  version(&major, &minor);
  std::fprintf(out, "%s\n%d.%d\n", library->path, major, minor);
  auto* count = library->function<Status(int*)>("GetNumSupportedArchs");  // since NVRTC 11.2
  auto* list = library->function<Status(int*)>("GetSupportedArchs");
  int numbers = 0;
  if (count == nullptr || list == nullptr || count(&numbers) != 0 || numbers <= 0) return kExitDone;
  std::vector<int> all(static_cast<std::size_t>(numbers));
  if (list(all.data()) != 0) return kExitDone;
  for (const int number : all) std::fprintf(out, "%d\n", number);
  return kExitDone;
}

bool read_input(std::string* out) {
  char chunk[64 << 10];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, stdin)) out->append(chunk, got);
  return std::ferror(stdin) == 0;
}

// Returns whether there was one.
bool print_log(Library* library, Program program) {
  auto* log_size = library->function<Status(Program, std::size_t*)>("GetProgramLogSize");
  auto* log = library->function<Status(Program, char*)>("GetProgramLog");
  std::size_t bytes = 0;
  if (log_size == nullptr || log == nullptr || log_size(program, &bytes) != 0 || bytes <= 1) return false;
  std::string text(bytes, '\0');
  if (log(program, text.data()) != 0) return false;
  std::fprintf(stderr, "%s\n", text.c_str());
  return true;
}

// arguments: RESULT FILE OPTION...
int compile(Library* library, int argc, char** argv, std::FILE* out) {
  auto* create =
      library->function<Status(Program*, const char*, const char*, int, const char**, const char**)>("CreateProgram");
  auto* run = library->function<Status(Program, int, const char**)>("CompileProgram");
  const std::string result = std::string("Get") + argv[0];
  auto* size = library->function<Status(Program, std::size_t*)>((result + "Size").c_str());
  auto* get = library->function<Status(Program, char*)>(result.c_str());
  std::string text;
  if (create == nullptr || run == nullptr || size == nullptr || get == nullptr || !read_input(&text)) {
    return kExitUnusable;
  }
  Program program = nullptr;
  Status status = create(&program, text.c_str(), argv[1], 0, nullptr, nullptr);
  bool logged = false;
  if (status == 0) {
    std::vector<const char*> options(argv + 2, argv + argc);
    status = run(program, static_cast<int>(options.size()), options.data());
    logged = print_log(library, program);
  }
  if (status != 0 && !logged) std::fprintf(stderr, "error %d, and no reason given\n", status);
  if (status != 0) return kExitRefused;
  std::size_t bytes = 0;
  if (size(program, &bytes) != 0 || bytes == 0) return kExitUnusable;
  std::string image(bytes, '\0');
  if (get(program, image.data()) != 0) return kExitUnusable;
  return std::fwrite(image.data(), 1, bytes, out) == bytes ? kExitDone : kExitUnusable;
}

}  // namespace

// argv: query KIND FILE, or compile KIND FILE RESULT NAME OPTION...
int serve_library(int argc, char** argv) {
  const bool querying = argc == 3 && std::strcmp(argv[0], "query") == 0;
  if (!querying && (argc < 5 || std::strcmp(argv[0], "compile") != 0)) return kExitUnusable;
  // What the library prints goes to standard error, so that it does not mix with the answer.
  const int answer = dup(STDOUT_FILENO);
  std::FILE* out = answer < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? nullptr : fdopen(answer, "w");
  if (out == nullptr) return kExitUnusable;
  Library library(std::strcmp(argv[1], kNvrtc.kind) == 0 ? kNvrtc : kHiprtc);
  int code = kExitUnusable;
  if (library.open(argv[2])) code = querying ? query(&library, out) : compile(&library, argc - 3, argv + 3, out);
  if (std::fclose(out) != 0) code = kExitUnusable;
  // Without the exit handlers of the library, which are of no use here and may fail.
  std::fflush(stderr);
  _exit(code);
}

}  // namespace halyardc
