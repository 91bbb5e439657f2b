// What holds for every file of the tree: its size, and that it says nothing of one machine or of one package host.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "tree.hpp"

namespace structure {
namespace {

constexpr std::size_t kMostLines = 600;

// "path<blank>reason" a line; a path without a reason does not count.
std::map<std::string, std::string> read_reasons(const std::filesystem::path& list) {
  std::map<std::string, std::string> reasons;
  std::ifstream in(list);
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string path, first;
    if (!(words >> path) || path[0] == '#' || !(words >> first)) continue;
    reasons[path] = line;
  }
  return reasons;
}

std::vector<std::string> too_large(const std::filesystem::path& root) {
  const auto reasons = read_reasons(root / "tests/structure/large_files.txt");
  std::vector<std::string> found;
  for (const File& file : read_tree(root)) {
    const std::string path = file.path.generic_string();
    if (is_code(file) && file.lines.size() > kMostLines && reasons.count(path) == 0) {
      found.push_back(path + " has " + std::to_string(file.lines.size()) + " lines");
    }
  }
  return found;
}

// The words are put together here so that this file does not contain them.
std::vector<std::string> machine_words(const std::filesystem::path& root) {
  const std::string slash = "/";
  const std::regex word(slash + "(work" + slash + "(main|shared|\\.)|tmp" + slash + "hy|root" + slash +
                        "(?!\\.))|\\b(deb|snapshot|security)\\.deb" + "ian\\.org|archive\\.ubu" + "ntu\\.com|py" +
                        "pi\\.org|registry\\.n" + "pm");
  std::vector<std::string> found;
  for (const File& file : read_tree(root)) {
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(file.lines[i], match, word)) continue;
      found.push_back(file.path.generic_string() + ":" + std::to_string(i + 1) + ": " + match.str());
    }
  }
  return found;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "  " + line + "\n";
  return text;
}

TEST(Files, a_source_file_of_more_than_600_lines_gives_its_reason) {
  const auto found = too_large(HALYARD_SOURCE_ROOT);
  EXPECT_TRUE(found.empty()) << joined(found) << "split it, or say why in tests/structure/large_files.txt";
}

TEST(Files, most_source_files_have_fewer_than_300_lines) {
  std::vector<std::size_t> sizes;
  for (const File& file : read_tree(HALYARD_SOURCE_ROOT)) {
    if (is_code(file)) sizes.push_back(file.lines.size());
  }
  std::sort(sizes.begin(), sizes.end());
  ASSERT_FALSE(sizes.empty());
  const auto small = static_cast<std::size_t>(std::lower_bound(sizes.begin(), sizes.end(), 300) - sizes.begin());
  std::printf("%zu files, median %zu lines, largest %zu, %zu of 300 and more\n", sizes.size(), sizes[sizes.size() / 2],
              sizes.back(), sizes.size() - small);
  EXPECT_GE(small * 10, sizes.size() * 7);
}

TEST(Files, nothing_names_a_path_of_one_machine_or_a_package_host) {
  const auto found = machine_words(HALYARD_SOURCE_ROOT);
  EXPECT_TRUE(found.empty()) << joined(found);
}

TEST(Files, every_script_stops_at_the_first_error) {
  std::vector<std::string> found;
  for (const File& file : read_tree(HALYARD_SOURCE_ROOT)) {
    const bool is_shell =
        !file.lines.empty() && file.lines[0].rfind("#!", 0) == 0 && file.lines[0].find("sh") != std::string::npos;
    if (!is_shell) continue;
    const bool strict = std::any_of(file.lines.begin(), file.lines.end(), [](const std::string& line) {
      return line.rfind("set -e", 0) == 0 || line.rfind("exec ", 0) == 0;
    });
    if (!strict) found.push_back(file.path.generic_string());
  }
  EXPECT_TRUE(found.empty()) << joined(found);
}

TEST(Files, a_planted_large_file_is_found_and_a_reason_lets_it_pass) {
  PlantedTree tree;
  std::string text;
  for (std::size_t i = 0; i <= kMostLines; ++i) text += "\n";
  tree.write("runtime/large.cpp", text);
  EXPECT_EQ(too_large(tree.root()).size(), 1u);
  tree.write("tests/structure/large_files.txt", "runtime/large.cpp\n");
  EXPECT_EQ(too_large(tree.root()).size(), 1u) << "a path without a reason must not count";
  tree.write("tests/structure/large_files.txt", "runtime/large.cpp one table, generated from a standard\n");
  EXPECT_EQ(too_large(tree.root()).size(), 0u);
}

TEST(Files, a_planted_machine_path_is_found) {
  PlantedTree tree;
  tree.write("scripts/good.sh", "cat /etc/os-release\n");
  EXPECT_EQ(machine_words(tree.root()).size(), 0u);
  tree.write("docs/a.md", std::string("built in /wor") + "k/main\n");
  tree.write("docs/b.md", std::string("from deb.deb") + "ian.org\n");
  EXPECT_EQ(machine_words(tree.root()).size(), 2u);
}

}  // namespace
}  // namespace structure
