// See clang.hpp.
#include "clang.hpp"

#include <filesystem>
#include <set>
#include <sstream>
#include <system_error>

#include "program.hpp"

namespace halyardc {
namespace {

constexpr std::uint32_t kQueryLimitS = 30;
// 19 first: the one that the kernels are tested with.
constexpr int kVersions[] = {19, 22, 21, 20, 18, 17, 16, 15, 14};

// "Debian clang version 19.1.7 (3~deb12u1)" says 19.1.7.
std::string version_of(const std::string& said) {
  constexpr char kBefore[] = "clang version ";
  const std::size_t at = said.find(kBefore);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + sizeof kBefore - 1;
  return said.substr(begin, said.find_first_of(" \n", begin) - begin);
}

Clang named(const std::string& path, const std::string& said) {
  const std::string version = version_of(said);
  return {path, "clang " + version + " (" + path + ")", version, {}};
}

}  // namespace

std::vector<std::string> clang_programs() {
  std::vector<std::string> programs;
  std::set<std::filesystem::path> files;  // one may have several names
  const auto add = [&](const std::string& program) {
    std::error_code bad;
    const std::filesystem::path file = std::filesystem::canonical(program, bad);
    if (!program.empty() && !bad && files.insert(file).second) programs.push_back(program);
  };
  for (const int version : kVersions) {
    const std::string number = std::to_string(version);
    add(find_program("clang-" + number, {"/usr/lib/llvm-" + number + "/bin"}));
  }
  add(find_program("clang", {"/opt/rocm*/llvm/bin", "/usr/lib/llvm-*/bin"}));
  return programs;
}

bool ask_clang(const std::string& program, const std::string& triple, const std::string& prefix, Clang* out) {
  const std::string path = find_program(program);
  if (path.empty()) return false;
  const Ran ran = run_program({path, "--target=" + triple, "-nogpulib", "--print-supported-cpus"}, kQueryLimitS);
  const std::string said = ran.diagnostics + ran.output;
  *out = named(path, said);
  std::istringstream words(said);
  for (std::string word; words >> word;) {
    const bool generic = word.find("generic") != std::string::npos;  // not before code object version 6
    if (word.rfind(prefix, 0) == 0 && !generic) out->targets.push_back(word);
  }
  return !out->targets.empty();
}

bool ask_clang_version(const std::string& program, Clang* out) {
  const std::string path = find_program(program);
  if (path.empty()) return false;
  const Ran ran = run_program({path, "--version"}, kQueryLimitS);
  *out = named(path, ran.output);
  return !out->version.empty();
}

}  // namespace halyardc
