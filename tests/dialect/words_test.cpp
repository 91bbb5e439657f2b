// The list of the dialect's words (words.def) against its documentation, its preludes and the file that uses them all.
#include <regex>
#include <set>

#include "tests/dialect/tools.hpp"

namespace halyard::test {
namespace {

std::vector<std::string> words() {
  return {
#define HY_WORD(name) #name,
#include "runtime/kernels/dialect/words.def"
  };
}

std::set<std::string> names_in(const std::string& text) {
  const std::regex name("\\b(HY|hy)_[A-Za-z0-9_]*[A-Za-z0-9]\\b");
  return {std::sregex_token_iterator(text.begin(), text.end(), name), std::sregex_token_iterator()};
}

TEST(Words, AreAllDocumented) {
  const auto documented = names_in(read_file(root() / "docs/kernel-dialect.md"));
  for (const std::string& word : words()) {
    EXPECT_TRUE(documented.contains(word)) << word << " is not in docs/kernel-dialect.md";
  }
}

TEST(Words, AreAllUsedByTheFileThatEveryCompilerTakes) {
  std::set<std::string> used;
  for (const char* file : {"everything.hk", "barriers.hk"}) {
    used.merge(names_in(read_file(root() / "tests/dialect/kernels" / file)));
  }
  for (const std::string& word : words()) {
    EXPECT_TRUE(used.contains(word)) << word << " is not used in tests/dialect/kernels/everything.hk";
  }
}

TEST(Words, OfTheDocumentationAreWords) {
  const auto all = words();
  std::set<std::string> known(all.begin(), all.end());
  known.merge(std::set<std::string>{"HY_HOST_IMAGE_SYMBOL", "hy_host_image", "HY_ONE_ENTRY"});
  for (const std::string& name : names_in(read_file(root() / "docs/kernel-dialect.md"))) {
    EXPECT_TRUE(known.contains(name)) << name << " is documented but not in words.def";
  }
}

TEST(Words, OfTheMathematicsAreDocumentedWithTheirBounds) {
  const std::string text = read_file(root() / "docs/kernel-dialect.md");
  const auto expect = [&](const std::string& name, const std::string& ulp, const std::string& low,
                          const std::string& high) {
    const std::string row = "| `" + name + "` | " + ulp + " | " + low + " | " + high + " |";
    EXPECT_NE(text.find(row), std::string::npos) << "expected the row " << row;
  };
#define HY_MATH1(name, ulp, low, high) expect(#name, #ulp, #low, #high);
#define HY_MATH2(name, ulp, low, high) expect(#name, #ulp, #low, #high);
#define HY_MATH3(name, ulp, low, high) expect(#name, #ulp, #low, #high);
#include "runtime/kernels/dialect/math_table.def"
}

}  // namespace
}  // namespace halyard::test
