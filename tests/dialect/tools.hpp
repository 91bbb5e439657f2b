// What the dialect's tests share: files, commands with their output, kernel files expanded for a target.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/kernels/dialect.hpp"

namespace halyard::test {

inline std::filesystem::path root() { return HALYARD_ROOT; }

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// A folder of this process's own, removed at its end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "halyard-dialect-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  // A name in it that was not used before.
  std::filesystem::path fresh(const std::string& suffix) { return path_ / (std::to_string(++used_) + suffix); }
  std::filesystem::path write(const std::string& text, const std::string& suffix) {
    const std::filesystem::path path = fresh(suffix);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

 private:
  std::filesystem::path path_;
  int used_ = 0;
};

inline ScratchFolder& scratch() {
  static ScratchFolder folder;
  return folder;
}

struct CommandResult {
  int status = -1;  // -1: could not be started
  std::string output;
};

// Runs a command and waits; standard output and error come back together.
inline CommandResult run_command(const std::vector<std::string>& words) {
  const std::filesystem::path output = scratch().fresh(".out");
  std::vector<char*> arguments;
  for (const std::string& word : words) {
    arguments.push_back(const_cast<char*>(word.c_str()));
  }
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t child = 0;
  CommandResult result;
  if (posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0) {
    int status = 0;
    waitpid(child, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    result.output = read_file(output);
  }
  posix_spawn_file_actions_destroy(&actions);
  return result;
}

// The first of `names` that is in the PATH or, being absolute, exists; "" when none is.
inline std::string find_program(const std::vector<std::string>& names) {
  const char* path = std::getenv("PATH");
  for (const std::string& name : names) {
    if (name.front() == '/') {
      if (access(name.c_str(), X_OK) == 0) {
        return name;
      }
      continue;
    }
    std::stringstream folders(path == nullptr ? "/usr/bin" : path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (access((folder + "/" + name).c_str(), X_OK) == 0) {
        return folder + "/" + name;
      }
    }
  }
  return "";
}

// Intel's compiler for its GPUs, with what it must be called with: of the folder that HALYARD_INTEL_DRIVER names (see
// scripts/intel-driver), else an installed one; empty when there is none.
inline std::vector<std::string> ocloc_command() {
  std::error_code ignored;
  const char* folder = std::getenv("HALYARD_INTEL_DRIVER");
  if (folder != nullptr) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(folder) + "/unpacked/usr/lib", ignored)) {
      const auto libraries = entry.path();
      const std::string program = std::string(folder) + "/unpacked/usr/bin/ocloc";
      if (std::filesystem::exists(libraries / "libocloc.so") && access(program.c_str(), X_OK) == 0) {
        return {"/usr/bin/env", "LD_LIBRARY_PATH=" + libraries.string(), program};
      }
    }
  }
  const std::string installed = find_program({"ocloc"});
  return installed.empty() ? std::vector<std::string>() : std::vector<std::string>{installed};
}

// The text that `target`'s compiler gets for a kernel; fails the test with the scanner's message.
inline std::string expand_text(const std::string& source, const std::string& name, hy_dialect target,
                               const std::vector<dialect::Constant>& constants = {}) {
  std::string text;
  hy_error error{};
  if (dialect::expand(source, name, target, constants, &text, &error) != HY_OK) {
    ADD_FAILURE() << error.message;
  }
  return text;
}

inline std::string expand_file(const std::filesystem::path& path, hy_dialect target,
                               const std::vector<dialect::Constant>& constants = {}) {
  return expand_text(read_file(path), path.string(), target, constants);
}

// How host code is compiled; as the cpu backend does it.
inline std::vector<std::string> host_command(const std::string& compiler, const std::string& level) {
  return {compiler, "-std=c++17", "-Wall", level, "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-shared"};
}

}  // namespace halyard::test
