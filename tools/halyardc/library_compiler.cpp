// See library_compiler.hpp. The host's side, which never opens the library.
#include "library_compiler.hpp"

#include <sstream>

namespace halyardc {
namespace {

constexpr std::uint32_t kQueryLimitS = 30;

}  // namespace

// The child answers with the file that it opened, its version, and the numbers of architectures, a line each.
bool LibraryCompiler::find(const std::string& chosen) {
  const Ran ran = run_program({own_path(), kLibraryVerb, "query", library_.kind, chosen}, kQueryLimitS);
  if (ran.end == Ran::End::kExited && ran.exit_code == 0) {
    std::istringstream answer(ran.output);
    std::string version;
    std::string numbers;
    std::getline(answer, path_);
    std::getline(answer, version);
    name_ = std::string(library_.title) + " " + version + " (" + path_ + ")";
    for (std::string number; answer >> number;) {
      for (std::string& target : targets_of(number)) targets_.push_back(std::move(target));
    }
    return true;
  }
  std::string why = ran.end == Ran::End::kExited ? ran.diagnostics : ran.problem;
  while (!why.empty() && why.back() == '\n') why.pop_back();
  cure_ = std::string(library_.title) + " is not here (" + why.substr(0, why.find(';')) + "): " + library_.cure;
  return false;
}

Made LibraryCompiler::run(const Job& job, const char* result, const std::vector<std::string>& options,
                          std::string* image, std::string* problem) {
  std::vector<std::string> words = {own_path(), kLibraryVerb, "compile", library_.kind, path_, result, job.file};
  words.insert(words.end(), options.begin(), options.end());
  Ran ran = run_program(words, job.time_limit_s, job.folder, job.text);
  const Made made = judge(job, name_, ran, problem);
  if (made == Made::kImage) *image = std::move(ran.output);
  return made;
}

}  // namespace halyardc
