// Reads the source tree for the tests of its structure: its own files, the #include lines and the CMake link lines in
// them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace structure {

struct File {
  std::filesystem::path path;  // relative to the root, with '/'
  std::vector<std::string> lines;
};

struct Include {
  std::string target;  // as written, or relative to the root where it is a file of the tree
  unsigned line = 0;
  bool in_tree = false;
};

// Every file that is written by hand: sources, scripts, documents. Not build folders and what git keeps.
std::vector<File> read_tree(const std::filesystem::path& root);

// The #include lines of a C or C++ file, resolved as the compiler would: beside the file, in include/, at the root.
std::vector<Include> includes_of(const std::filesystem::path& root, const File& file);

// What a CMakeLists.txt links with and adds as include folders: the words of those commands, with their lines.
struct CmakeWord {
  std::string word;
  unsigned line = 0;
};
std::vector<CmakeWord> link_words_of(const File& file);

bool is_code(const File& file);

// A folder that is gone with the object, for planted violations.
class PlantedTree {
 public:
  PlantedTree();
  ~PlantedTree();
  PlantedTree(const PlantedTree&) = delete;
  PlantedTree& operator=(const PlantedTree&) = delete;
  const std::filesystem::path& root() const { return root_; }
  void write(const std::string& path, const std::string& text) const;

 private:
  std::filesystem::path root_;
};

}  // namespace structure
