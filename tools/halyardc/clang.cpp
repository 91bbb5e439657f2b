// See clang.hpp.
#include "clang.hpp"

#include <algorithm>
#include <sstream>

#include "program.hpp"

namespace halyardc {
namespace {

constexpr std::uint32_t kQueryLimitS = 30;
// 19 first: the one that the kernels are tested with.
constexpr int kVersions[] = {19, 22, 21, 20, 18, 17, 16, 15, 14};

std::vector<std::string> candidates(const std::string& chosen) {
  if (!chosen.empty()) return {find_program(chosen)};
  std::vector<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (!path.empty() && std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
  };
  for (const int version : kVersions) {
    const std::string number = std::to_string(version);
    add(find_program("clang-" + number, {"/usr/lib/llvm-" + number + "/bin", "/usr/local/bin"}));
  }
  add(find_program("clang", {"/opt/rocm*/llvm/bin", "/usr/lib/llvm-*/bin"}));
  return paths;
}

// "Debian clang version 19.1.7 (3~deb12u1)" says 19.1.7.
std::string version_of(const std::string& said) {
  constexpr char kBefore[] = "clang version ";
  const std::size_t at = said.find(kBefore);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + sizeof kBefore - 1;
  return said.substr(begin, said.find_first_of(" \n", begin) - begin);
}

}  // namespace

std::vector<Clang> find_clangs(const std::string& chosen, const std::string& triple, const std::string& prefix) {
  std::vector<Clang> found;
  for (const std::string& path : candidates(chosen)) {
    if (path.empty()) continue;
    const Ran ran = run_program({path, "--target=" + triple, "-nogpulib", "--print-supported-cpus"}, kQueryLimitS);
    const std::string said = ran.diagnostics + ran.output;
    Clang clang{path, "clang " + version_of(said) + " (" + path + ")", {}};
    std::istringstream words(said);
    for (std::string word; words >> word;) {
      const bool generic = word.find("generic") != std::string::npos;  // not before code object version 6
      if (word.rfind(prefix, 0) == 0 && !generic) clang.targets.push_back(word);
    }
    if (!clang.targets.empty()) found.push_back(clang);
  }
  return found;
}

}  // namespace halyardc
