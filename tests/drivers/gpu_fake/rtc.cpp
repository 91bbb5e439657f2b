#include "tests/drivers/gpu_fake/rtc.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/drivers/gpu_fake/control.hpp"

namespace gpu_fake {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "halyard-fake-rtc-XXXXXX").string();
    if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
  }
  ~Folder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_text(const std::string& path, const std::string& text) {
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string compiler() {
  for (const std::string& name : {setting("compiler", ""), std::string("/usr/bin/clang++-14"),
                                  std::string("/usr/bin/clang++"), std::string("/usr/bin/g++")}) {
    if (!name.empty() && access(name.c_str(), X_OK) == 0) return name;
  }
  return "";
}

bool run(const std::vector<std::string>& words, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  int status = -1;
  if (posix_spawn(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0) {
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
  }
  posix_spawn_file_actions_destroy(&actions);
  return status == 0;
}

// "file:12:5: error: text" as NVRTC writes it, "file(12): error: text".
std::string as_cuda_messages(const std::string& log) {
  static const std::regex pattern("^([^\\n:]+):([0-9]+):[0-9]+: (fatal )?(error|warning):",
                                  std::regex::ECMAScript | std::regex::multiline);
  return std::regex_replace(log, pattern, "$1($2): $4:");
}

}  // namespace

CompileResult compile(const CompileJob& job) {
  CompileResult result;
  const Folder folder;
  const std::string program = compiler();
  if (program.empty()) {
    result.log = "error: the fake run-time compiler finds no C++ compiler";
    return result;
  }
  const std::string source = folder.file("source.cpp"), plain = folder.file("plain.ii"), log = folder.file("log"),
                    object = folder.file("module.so");
  for (const auto& [name, text] : job.headers) write_text(folder.file("headers/" + name), text);
  write_text(source, "#line 1 \"" + job.name + "\"\n" + (job.cuda_messages ? replace_ptx(job.source) : job.source));
  std::vector<std::string> common = {
      program, "-std=c++17", "-w", "-O1", "-fPIC", "-fno-strict-aliasing", "-ffp-contract=off"};
  if (program.find("clang") == std::string::npos) common.emplace_back("-fno-gnu-unique");  // modules can be unloaded
  std::vector<std::string> first = common, second = common;
  first.insert(first.end(), {"-E", "-I", HALYARD_FAKE_ROOT, "-I", folder.file("headers"), "-include",
                             std::string(HALYARD_FAKE_ROOT "/tests/drivers/gpu_fake/shim/") + job.shim});
  first.insert(first.end(), job.macros.begin(), job.macros.end());
  first.insert(first.end(), {"-o", plain, source});
  second.insert(second.end(), {"-shared", "-Wl,--as-needed", "-Wl,--no-undefined", "-x", "c++-cpp-output", plain, "-x",
                               "none", "-lm", "-o", object});
  result.good = run(first, log);
  if (result.good) {
    write_text(plain, describe_kernels(read_text(plain)));
    result.good = run(second, log);
  }
  result.log = read_text(log);
  if (job.cuda_messages) result.log = as_cuda_messages(result.log);
  if (result.good) result.elf = read_text(object);
  return result;
}

}  // namespace gpu_fake
