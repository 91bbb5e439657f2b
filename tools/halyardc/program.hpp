// Other programs: where they are, and how they are run, with a time limit and in a folder of this run's own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace halyardc {

// A folder that is there until this goes.
class ScratchFolder {
 public:
  ScratchFolder() = default;
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  // Made when first asked for. False, with a sentence in `problem`.
  bool make(std::string* problem);
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The program `name`: itself where it is an absolute path, else in the PATH, then in `folders` (with '*', the newest
// first). "" when there is none.
std::string find_program(const std::string& name, const std::vector<std::string>& folders = {});

struct Ran {
  enum class End : std::uint8_t { kExited, kCrashed, kTimedOut, kNotStarted };
  End end = End::kNotStarted;
  int exit_code = -1;
  std::string output;
  std::string diagnostics;
  std::string problem;  // where it did not exit by itself: "was killed by signal 6"
};

Ran run_program(const std::vector<std::string>& arguments, std::uint32_t time_limit_s, const std::string& folder = "",
                const std::string& input = "");

// This program, for what must run in a process of its own.
std::string own_path();

}  // namespace halyardc
