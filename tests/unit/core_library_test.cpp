// A library that is not there is a sentence with every place that was tried; files of the system are read under the
// sysroot.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "runtime/core/elf_check.hpp"
#include "runtime/core/library.hpp"

namespace halyard::core {
namespace {

class Folder : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/halyard-core-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string folder_;
};

using Library = Folder;
using SystemFile = Folder;

TEST_F(Library, NamesWhatTheSystemAnsweredForEachPlace) {
  std::ofstream(folder_ + "/libhalyard-no-such.so.1") << "not a library";
  Config config;
  config.library_path = {folder_};
  const char* names[] = {"libhalyard-no-such.so.1"};
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names;
  request.name_count = 1;
  void* handle = nullptr;
  char path[256];
  char report[512];
  hy_error error{};
  EXPECT_EQ(open_library(config, request, &handle, path, sizeof path, report, sizeof report, &error), HY_UNAVAILABLE);
  EXPECT_EQ(handle, nullptr);
  EXPECT_NE(std::string(report).find(folder_), std::string::npos) << report;
  EXPECT_NE(std::string(report).find("No such file"), std::string::npos) << report;
  EXPECT_STREQ(path, "libhalyard-no-such.so.1");
}

// A file that says it is for `machine` and that what is loaded of it ends at `end`.
std::string library_file(unsigned machine, unsigned char width, std::uint64_t end) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = width;
  header.e_machine = static_cast<Elf64_Half>(machine);
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  Elf64_Phdr part{};
  part.p_type = PT_LOAD;
  part.p_filesz = end;
  std::string file(reinterpret_cast<const char*>(&header), sizeof header);
  return file.append(reinterpret_cast<const char*>(&part), sizeof part);
}

TEST_F(Library, SaysWhatTheLoaderWouldNotSayOfAFile) {
  Elf64_Ehdr own{};
  std::ifstream("/proc/self/exe", std::ios::binary).read(reinterpret_cast<char*>(&own), sizeof own);
  const unsigned other = own.e_machine == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
  const struct {
    std::string file;
    const char* problem;
  } kFiles[] = {
      {library_file(other, ELFCLASS64, 0), other == EM_AARCH64 ? "is for arm64, and" : "is for x86-64, and"},
      {library_file(EM_386, ELFCLASS32, 0), "is for 32-bit x86, and"},
      {library_file(own.e_machine, ELFCLASS64, 5000), "is cut off: it has 120 bytes, and needs 5000"},
      {library_file(own.e_machine, ELFCLASS64, 0).substr(0, 40), "is cut off: it has 40 bytes"},
      {library_file(own.e_machine, ELFCLASS64, 120), ""},
      {library_file(own.e_machine, ELFCLASS64, UINT64_MAX), "is cut off"},
      {"not a library", "is no shared library"},
      {"", "is no shared library"},
  };
  for (const auto& tested : kFiles) {
    std::ofstream(folder_ + "/libx.so", std::ios::trunc | std::ios::binary) << tested.file;
    const std::string problem = library_problem(folder_ + "/libx.so");
    if (*tested.problem == '\0') {
      EXPECT_EQ(problem, "");
    } else {
      EXPECT_NE(problem.find(tested.problem), std::string::npos) << problem;
    }
  }
  EXPECT_EQ(library_problem(folder_ + "/nothing"), "");
  EXPECT_EQ(library_problem("/proc/self/exe"), "");
}

TEST_F(Library, TellsOfFilesThatItPassedOver) {
  std::ofstream(folder_ + "/libc.so.6") << "not a library";
  Config config;
  config.library_path = {folder_};
  const char* names[] = {"libc.so.6"};
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names;
  request.name_count = 1;
  void* handle = nullptr;
  std::string passed_over;
  EXPECT_EQ(open_library(config, request, &handle, nullptr, 0, nullptr, 0, nullptr, &passed_over), HY_OK);
  EXPECT_NE(handle, nullptr);
  EXPECT_NE(passed_over.find(folder_ + "/libc.so.6"), std::string::npos) << passed_over;
}

TEST_F(Library, SearchesMatchingFoldersNewestFirst) {
  for (const char* version : {"rocm-5.7", "rocm-6.1"}) {
    std::filesystem::create_directory(folder_ + "/" + version);
    std::ofstream(folder_ + "/" + version + "/libx.so") << version;
  }
  const std::string pattern = folder_ + "/rocm-*";
  const char* names[] = {"libx.so"};
  const char* folders[] = {pattern.c_str()};
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names;
  request.name_count = 1;
  request.folders = folders;
  request.folder_count = 1;
  void* handle = nullptr;
  char report[1024];
  EXPECT_EQ(open_library(Config{}, request, &handle, nullptr, 0, report, sizeof report, nullptr), HY_UNAVAILABLE);
  const std::string text = report;
  EXPECT_LT(text.find("rocm-6.1"), text.find("rocm-5.7")) << text;
}

TEST_F(Library, ComparesVersionsAsNumbers) {
  for (const char* version : {"cuda-9.2", "cuda-12.4", "cuda-12.10"}) {
    std::filesystem::create_directory(folder_ + "/" + version);
    std::ofstream(folder_ + "/" + version + "/libx.so") << version;
  }
  const std::string pattern = folder_ + "/cuda-*";
  const char* names[] = {"libx.so"};
  const char* folders[] = {pattern.c_str()};
  hy_library_request request{};
  request.size = sizeof request;
  request.names = names;
  request.name_count = 1;
  request.folders = folders;
  request.folder_count = 1;
  void* handle = nullptr;
  char report[1024];
  EXPECT_EQ(open_library(Config{}, request, &handle, nullptr, 0, report, sizeof report, nullptr), HY_UNAVAILABLE);
  const std::string text = report;
  EXPECT_LT(text.find("cuda-12.10"), text.find("cuda-12.4")) << text;
  EXPECT_LT(text.find("cuda-12.4"), text.find("cuda-9.2")) << text;
}

TEST_F(SystemFile, IsReadUnderTheSysroot) {
  std::filesystem::create_directories(folder_ + "/sys/class");
  std::ofstream(folder_ + "/sys/class/value") << "42";
  Config config;
  config.sysroot = folder_;
  char data[16];
  std::uint64_t bytes = sizeof data;
  ASSERT_EQ(read_system_file(config, "/sys/class/value", data, &bytes, nullptr), HY_OK);
  EXPECT_EQ(bytes, 2u);
  EXPECT_STREQ(data, "42");
  bytes = sizeof data;
  EXPECT_EQ(read_system_file(config, "/sys/class/other", data, &bytes, nullptr), HY_UNAVAILABLE);
}

TEST_F(SystemFile, NeverWritesPastTheCapacity) {
  std::ofstream(folder_ + "/long") << std::string(100, 'x');
  Config config;
  config.sysroot = folder_;
  char data[11] = "0123456789";
  std::uint64_t bytes = 5;
  ASSERT_EQ(read_system_file(config, "/long", data, &bytes, nullptr), HY_OK);
  EXPECT_EQ(bytes, 5u);
  EXPECT_STREQ(data, "xxxxx56789");
}

}  // namespace
}  // namespace halyard::core
