#include "arrows.hpp"

#include <algorithm>
#include <set>

#include "tree.hpp"

namespace structure {
namespace {

bool starts_with(const std::string& text, const std::string& prefix) { return text.rfind(prefix, 0) == 0; }

// The part of the tree that a path is of: "include", "runtime", "backends/cpu", "tools", …
std::string part_of(const std::string& path) {
  const std::size_t slash = path.find('/');
  const std::string first = path.substr(0, slash);
  if (first != "backends" || slash == std::string::npos) return first;
  return path.substr(0, path.find('/', slash + 1));
}

// What is not of the tree: the language's headers and the system's, the vendors', third parties'.
bool is_language_header(const std::string& target) {
  static const std::set<std::string> kC = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h",
                                           "string.h", "limits.h", "float.h"};
  return target.find_first_of("./") == std::string::npos || kC.count(target) != 0;
}

bool is_vendor_header(const std::string& target) {
  static const std::vector<std::string> kPrefixes = {"CL/",         "cuda",   "nvrtc", "nvml",    "hip/",  "hiprtc",
                                                     "level_zero/", "ze_api", "rocm",  "amd_smi", "hwloc", "boost/"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](const std::string& p) { return starts_with(target, p); });
}

bool is_user_part(const std::string& part) {
  return part == "samples" || part == "tools" || part == "kernels" || part == "bench";
}

// Where a user-side file stands in for someone else: which, what it may see all the same, and why.
struct Exception {
  const char* from;
  const char* to;
  const char* reason;
};
constexpr Exception kExceptions[] = {
    {"tools/", "tests/conformance/", "the command runs the suite, which is a library over the public API"},
    {"samples/backend_template/", "halyard/backend", "it is a backend, and sees what a backend sees"},
};

bool is_excepted(const std::string& from, const std::string& to) {
  return std::any_of(std::begin(kExceptions), std::end(kExceptions),
                     [&](const Exception& e) { return starts_with(from, e.from) && starts_with(to, e.to); });
}

// Empty when `from` may include `target`, else the rule that it breaks.
std::string broken_rule(const std::string& from, const Include& include) {
  const std::string part = part_of(from);
  const std::string& target = include.target;
  const std::string target_part = include.in_tree ? part_of(target) : "";
  if (is_excepted(from, target)) return "";
  if (part == "include") {
    if (include.in_tree ? target_part == "include" : is_language_header(target)) return "";
    return "a public header includes only the language's headers and other public ones";
  }
  if (is_user_part(part)) {
    if (starts_with(target, "runtime/") || starts_with(target, "backends/") || starts_with(target, "tests/")) {
      return part + " uses the public API alone";
    }
    if (part == "samples" && starts_with(target, "include/halyard/detail/")) return "samples show what users may use";
    if (part != "bench" && is_vendor_header(target)) return part + " is free of vendors";
    return "";
  }
  if (part == "runtime") {
    if (starts_with(target, "backends/")) return "the runtime knows backends only as tables";
    const bool topology = starts_with(from, "runtime/topology/") && starts_with(target, "hwloc");
    if (is_vendor_header(target) && !topology) return "the runtime knows no vendor";
    return "";
  }
  if (starts_with(part, "backends/")) {
    if (!include.in_tree) return starts_with(target, "runtime/") ? "a backend does not know the runtime" : "";
    if (target_part == "include" || target_part == "backends/common" || target_part == part) return "";
    return "a backend knows include/halyard, backends/common and its own folder";
  }
  return "";
}

void check_cmake(const File& file, std::vector<std::string>* broken) {
  const std::string path = file.path.generic_string();
  const std::string part = part_of(path);
  for (const CmakeWord& word : link_words_of(file)) {
    std::string rule;
    const bool internals = word.word == "halyard_internal" || word.word == "halyard_objects" || word.word == "internal";
    if (is_user_part(part) && internals) rule = part + " links the public library alone";
    if (is_user_part(part) &&
        (word.word.find("/runtime") != std::string::npos || word.word.find("/backends") != std::string::npos)) {
      rule = part + " sees no internal folder";
    }
    if (!rule.empty()) broken->push_back(path + ":" + std::to_string(word.line) + " names " + word.word + ": " + rule);
  }
}

}  // namespace

std::vector<std::string> broken_arrows(const std::filesystem::path& root) {
  std::vector<std::string> broken;
  for (const File& file : read_tree(root)) {
    const std::string path = file.path.generic_string();
    if (file.path.filename() == "CMakeLists.txt") check_cmake(file, &broken);
    if (!is_code(file)) continue;
    for (const Include& include : includes_of(root, file)) {
      const std::string rule = broken_rule(path, include);
      if (rule.empty()) continue;
      broken.push_back(path + ":" + std::to_string(include.line) + " includes " + include.target + ": " + rule);
    }
  }
  return broken;
}

}  // namespace structure
