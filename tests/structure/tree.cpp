#include "tree.hpp"

#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>
#include <system_error>

namespace structure {
namespace fs = std::filesystem;

namespace {

bool is_left_out(const fs::path& name) {
  const std::string text = name.string();
  return text == ".git" || text == ".cache" || text == "out" || text.rfind("build", 0) == 0;
}

bool is_text(const fs::path& path) {
  static const std::set<std::string> kExtensions = {".c",   ".h",   ".cpp",  ".hpp", ".hk",   ".def", ".cmake",
                                                    ".txt", ".md",  ".in",   ".sh",  ".awk",  ".inc", ".cl",
                                                    ".cu",  ".hip", ".json", ".map", ".supp", ".yml", ""};
  return kExtensions.count(path.extension().string()) != 0;
}

File read_file(const fs::path& root, const fs::path& path) {
  File file;
  file.path = path.lexically_relative(root).generic_string();
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  return file;
}

}  // namespace

std::vector<File> read_tree(const fs::path& root) {
  std::vector<File> files;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::recursive_directory_iterator(); ++it) {
    if (it->is_directory() && is_left_out(it->path().filename())) it.disable_recursion_pending();
    if (it->path().filename() == ".git") continue;  // a file where the tree is a linked one of git's
    if (it->is_regular_file() && is_text(it->path())) files.push_back(read_file(root, it->path()));
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.path < b.path; });
  return files;
}

bool is_code(const File& file) {
  const std::string extension = file.path.extension().string();
  return extension == ".c" || extension == ".h" || extension == ".cpp" || extension == ".hpp" || extension == ".hk";
}

std::vector<Include> includes_of(const fs::path& root, const File& file) {
  static const std::regex kInclude(R"(^\s*#\s*include\s*[<"]([^>"]+)[>"])");
  std::vector<Include> includes;
  unsigned number = 0;
  for (const std::string& line : file.lines) {
    ++number;
    std::smatch match;
    if (!std::regex_search(line, match, kInclude)) continue;
    Include include{match[1], number, false};
    const std::vector<fs::path> folders = {root / file.path.parent_path(), root / "include", root};
    for (const fs::path& folder : folders) {
      const fs::path candidate = (folder / include.target).lexically_normal();
      if (!fs::is_regular_file(candidate)) continue;
      include.target = candidate.lexically_relative(root).generic_string();
      include.in_tree = true;
      break;
    }
    includes.push_back(include);
  }
  return includes;
}

std::vector<CmakeWord> link_words_of(const File& file) {
  static const std::regex kBegin(
      R"(^\s*(target_link_libraries|target_include_directories|include_directories|link_libraries|halyard_add_\w+)\s*\()",
      std::regex::icase);
  static const std::regex kWord(R"~([^\s()";]+)~");
  std::vector<CmakeWord> words;
  bool inside = false;
  unsigned number = 0;
  for (std::string line : file.lines) {
    ++number;
    line = line.substr(0, line.find('#'));
    inside = inside || std::regex_search(line, kBegin);
    if (!inside) continue;
    for (auto it = std::sregex_iterator(line.begin(), line.end(), kWord); it != std::sregex_iterator(); ++it) {
      words.push_back({it->str(), number});
    }
    inside = line.find(')') == std::string::npos;
  }
  return words;
}

PlantedTree::PlantedTree() {
  std::string pattern = (fs::temp_directory_path() / "halyard-structure-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  root_ = pattern;
}

PlantedTree::~PlantedTree() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void PlantedTree::write(const std::string& path, const std::string& text) const {
  fs::create_directories((root_ / path).parent_path());
  std::ofstream(root_ / path, std::ios::binary) << text;
}

}  // namespace structure
