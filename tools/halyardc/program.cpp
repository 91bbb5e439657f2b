// See program.hpp. Children are run by the library, which kills what outlives its time, with all that it started.
#include "program.hpp"

#include <glob.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "halyard/compiler.h"

namespace halyardc {
namespace {

namespace fs = std::filesystem;

bool is_program(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> matching(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t matches{};
  if (glob(pattern.c_str(), 0, nullptr, &matches) == 0) {
    found.assign(matches.gl_pathv, matches.gl_pathv + matches.gl_pathc);
    // "cuda-12.4" before "cuda-9.2".
    std::sort(found.begin(), found.end(),
              [](const std::string& a, const std::string& b) { return strverscmp(a.c_str(), b.c_str()) > 0; });
  }
  globfree(&matches);
  return found;
}

}  // namespace

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

bool ScratchFolder::make(std::string* problem) {
  if (!path_.empty()) return true;
  std::error_code bad;
  std::string pattern = (fs::temp_directory_path(bad) / "halyardc-XXXXXX").string();
  if (bad || mkdtemp(pattern.data()) == nullptr) {
    *problem = "no folder for temporary files can be made in TMPDIR (" + pattern + "): " + std::strerror(errno);
    return false;
  }
  path_ = pattern;
  return true;
}

std::string find_program(const std::string& name, const std::vector<std::string>& folders) {
  if (name.find('/') != std::string::npos) {
    std::error_code ignored;
    return is_program(name) ? fs::absolute(name, ignored).lexically_normal().string() : "";
  }
  const char* variable = std::getenv("PATH");
  const std::string path = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    std::string file = path.substr(at, end - at) + "/" + name;
    const bool absolute = path[at] == '/';  // not found in a working folder that happens to have such a file
    at = end + 1;
    if (absolute && is_program(file)) return file;
  }
  for (const std::string& folder : folders) {
    for (const std::string& file : matching(folder + "/" + name)) {
      if (is_program(file)) return file;
    }
  }
  return "";
}

Ran run_program(const std::vector<std::string>& arguments, std::uint32_t time_limit_s, const std::string& folder,
                const std::string& input) {
  std::vector<const char*> words;
  words.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  hy_child_request request{};
  request.size = sizeof request;
  request.timeout_ms = time_limit_s * 1000;
  request.argv = words.data();
  request.directory = folder.empty() ? nullptr : folder.c_str();
  request.input = input.data();
  request.input_bytes = input.size();
  hy_child_result result{};
  result.size = sizeof result;
  hy_error error{};
  Ran ran;
  if (hy_child_run(&request, &result, &error) != HY_OK) {
    ran.problem = error.message;
    return ran;
  }
  ran.exit_code = result.exit_code;
  ran.output.assign(result.output, result.output_bytes);
  ran.diagnostics.assign(result.diagnostics, result.diagnostics_bytes);
  if (result.timed_out != 0) {
    ran.end = Ran::End::kTimedOut;
    ran.problem = "was stopped: it took longer than " + std::to_string(time_limit_s) + " s";
  } else if (result.signal != 0) {
    ran.end = Ran::End::kCrashed;
    ran.problem = "crashed with signal " + std::to_string(result.signal);
  } else {
    ran.end = Ran::End::kExited;
  }
  hy_child_free(&result);
  return ran;
}

std::string own_path() {
  std::error_code bad;
  const fs::path path = fs::read_symlink("/proc/self/exe", bad);
  return bad ? "" : path.string();
}

}  // namespace halyardc
