// Reads the shared library as the loader does: what it exports, what it needs, how it is hardened.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

std::string readelf(const std::string& options) {
  const std::string command = std::string(HALYARD_READELF) + " " + options + " '" HALYARD_LIBRARY_FILE "'";
  const auto close = [](FILE* file) { pclose(file); };
  const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::string text;
  std::array<char, 4096> part{};
  while (pipe && fgets(part.data(), part.size(), pipe.get()) != nullptr) text += part.data();
  return text;
}

// Defined symbols that other objects can see, without their version.
std::set<std::string> exported_symbols(const std::string& dyn_syms) {
  static const std::regex line(R"(\s*\d+:\s+\S+\s+\d+\s+(\S+)\s+(GLOBAL|WEAK|UNIQUE)\s+(\S+)\s+(\S+)\s+([^@\s]+).*)");
  std::set<std::string> symbols;
  std::istringstream in(dyn_syms);
  for (std::string text; std::getline(in, text);) {
    std::smatch match;
    if (std::regex_match(text, match, line) && match[4] != "UND" && match[4] != "ABS") symbols.insert(match[5]);
  }
  return symbols;
}

std::set<std::string> not_of_the_c_api(const std::set<std::string>& symbols) {
  std::set<std::string> others;
  for (const std::string& symbol : symbols) {
    if (symbol.rfind("hy_", 0) != 0) others.insert(symbol);
  }
  return others;
}

class Library : public testing::Test {
  void SetUp() override {
    if (std::string(HALYARD_READELF).find("readelf") == std::string::npos ||
        std::string(HALYARD_READELF).find("NOTFOUND") != std::string::npos) {
      GTEST_SKIP() << "there is no readelf (package binutils)";
    }
  }
};

using HardenedLibrary = Library;

TEST_F(Library, exports_the_c_api_and_nothing_else) {
  const auto symbols = exported_symbols(readelf("--dyn-syms --wide"));
  EXPECT_GT(symbols.size(), 50u) << "the C API is missing";
  const auto others = not_of_the_c_api(symbols);
  EXPECT_TRUE(others.empty()) << others.size() << " others, the first: " << *others.begin();
}

TEST_F(Library, a_planted_symbol_would_be_found) {
  const auto symbols = exported_symbols(
      "   Num:    Value          Size Type    Bind   Vis      Ndx Name\n"
      "     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND malloc@GLIBC_2.2.5 (2)\n"
      "     2: 0000000000001000    16 FUNC    GLOBAL DEFAULT   12 hy_version\n"
      "     3: 0000000000002000    16 FUNC    WEAK   DEFAULT   12 _ZNSt6vectorIiSaIiEE9push_backEOi\n");
  EXPECT_EQ(symbols.size(), 2u);
  EXPECT_EQ(not_of_the_c_api(symbols).size(), 1u);
}

TEST_F(Library, needs_the_system_and_hwloc_and_no_vendor) {
  static const std::regex needed(R"(\(NEEDED\).*\[([^\]]+)\])");
  static const std::regex allowed(
      R"((libc|libm|libstdc\+\+|libgcc_s|libhwloc|libpthread|libdl|librt|libc\+\+|libc\+\+abi|ld-linux[-a-z0-9_]*)\.so\.\d+)");
  const std::string text = readelf("--dynamic --wide");
  unsigned count = 0;
  for (auto it = std::sregex_iterator(text.begin(), text.end(), needed); it != std::sregex_iterator(); ++it, ++count) {
    EXPECT_TRUE(std::regex_match((*it)[1].str(), allowed)) << (*it)[1];
  }
  EXPECT_GT(count, 0u);
}

TEST_F(Library, has_no_executable_stack) {
  const std::string text = readelf("--program-headers --wide");
  std::smatch match;
  ASSERT_TRUE(std::regex_search(text, match, std::regex(R"(GNU_STACK.*)"))) << text;
  EXPECT_FALSE(std::regex_search(match.str(), std::regex(R"(\sRWE\s)"))) << match.str();
}

TEST_F(Library, has_no_text_relocations) { EXPECT_EQ(readelf("--dynamic --wide").find("TEXTREL"), std::string::npos); }

TEST_F(HardenedLibrary, is_bound_when_it_is_loaded_and_read_only_afterwards) {
  if (!HALYARD_IS_HARDENED) GTEST_SKIP() << "built with HALYARD_HARDENING=OFF";
  const std::string dynamic = readelf("--dynamic --wide");
  EXPECT_TRUE(std::regex_search(dynamic, std::regex(R"(BIND_NOW|\(FLAGS(_1)?\).*\bNOW\b)"))) << dynamic;
  EXPECT_NE(readelf("--program-headers --wide").find("GNU_RELRO"), std::string::npos);
}

TEST_F(HardenedLibrary, checks_its_stacks_and_its_string_functions) {
  if (!HALYARD_IS_HARDENED) GTEST_SKIP() << "built with HALYARD_HARDENING=OFF";
  const std::string symbols = readelf("--dyn-syms --wide");
  EXPECT_NE(symbols.find("__stack_chk_fail"), std::string::npos);
#if defined(_FORTIFY_SOURCE)
  EXPECT_TRUE(std::regex_search(symbols, std::regex(R"(__\w+_chk@)"))) << "no call was fortified";
#else
  GTEST_SKIP() << "FORTIFY is for optimised builds without sanitizers";
#endif
}

TEST(HardenedProgram, is_position_independent) {
  if (!HALYARD_IS_HARDENED) GTEST_SKIP() << "built with HALYARD_HARDENING=OFF";
#if defined(__PIE__) || defined(__PIC__)
  SUCCEED();
#else
  FAIL() << "compiled without -fPIE";
#endif
}

}  // namespace
