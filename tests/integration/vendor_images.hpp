// What the tests of halyardc's images share: the tool run in a folder, the images of the bundle that it made, and the
// symbols in them.
#pragma once

#include <elf.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "runtime/kernels/bundle.hpp"

namespace halyard::test {

struct VendorImage {
  std::string target;
  hy_image_format format;
  std::uint32_t source;
  std::string bytes;
};

struct Symbol {
  std::string name;
  bool global;
  bool defined;
  bool function;
  std::uint64_t bytes;
};

// Of a 64-bit ELF file; empty where its tables do not lie inside it.
inline std::vector<Symbol> symbols_of(const std::string& file) {
  std::vector<Symbol> symbols;
  const auto read = [&](std::uint64_t at, auto* out) {
    if (at + sizeof *out > file.size()) return false;
    std::memcpy(out, file.data() + at, sizeof *out);
    return true;
  };
  Elf64_Ehdr header{};
  if (!read(0, &header)) return symbols;
  for (unsigned i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr table{};
    Elf64_Shdr strings{};
    if (!read(header.e_shoff + i * sizeof table, &table) || table.sh_type != SHT_SYMTAB) continue;
    if (!read(header.e_shoff + table.sh_link * sizeof strings, &strings)) continue;
    for (std::uint64_t at = 0; at < table.sh_size; at += sizeof(Elf64_Sym)) {
      Elf64_Sym symbol{};
      if (!read(table.sh_offset + at, &symbol) || strings.sh_offset + symbol.st_name >= file.size()) break;
      symbols.push_back({file.c_str() + strings.sh_offset + symbol.st_name, ELF64_ST_BIND(symbol.st_info) == STB_GLOBAL,
                         symbol.st_shndx != SHN_UNDEF, ELF64_ST_TYPE(symbol.st_info) == STT_FUNC, symbol.st_size});
    }
  }
  return symbols;
}

class VendorImages : public testing::Test {
 protected:
  VendorImages() {
    char name[] = "/tmp/halyard-images-test-XXXXXX";
    folder_ = mkdtemp(name);
  }
  ~VendorImages() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // Runs halyardc in the test's folder; what it said is in `said`.
  int run(const std::string& arguments, const std::string& environment = "") {
    return shell(environment + " '" HALYARDC "' " + arguments);
  }
  int shell(const std::string& words) {
    const std::string command = "cd " + folder_ + " && " + words + " 2>&1";
    std::FILE* pipe = popen(command.c_str(), "r");
    said.clear();
    char chunk[4096];
    while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, pipe)) said.append(chunk, got);
    const int status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  // Whether the machine lacks the compiler that was asked for.
  bool lacks_compiler() const {
    return said.find("no compiler on this machine makes") != std::string::npos ||
           said.find("no compiler that --compiler allows") != std::string::npos;
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ + "/" + name) << text; }
  void write_program(const std::string& name, const std::string& script) {
    write(name, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder_ + "/" + name, std::filesystem::perms::owner_all);
  }
  // The images of a bundle, after their checksums and formats were looked at.
  std::vector<VendorImage> images_of(const std::string& name) {
    std::ifstream stream(folder_ + "/" + name, std::ios::binary);
    const std::string file((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
    std::vector<std::uint64_t> words(file.size() / 8 + 1);
    std::memcpy(words.data(), file.data(), file.size());
    kernels::BundleImage bundle;
    hy_error error{};
    std::vector<VendorImage> images;
    EXPECT_EQ(bundle.open(words.data(), file.size(), name.c_str(), &error), HY_OK) << error.message;
    for (const kernels::format::Image& image : bundle.images()) {
      const void* data = nullptr;
      EXPECT_EQ(bundle.image_bytes(image, &data, &error), HY_OK) << error.message;
      images.push_back({bundle.string(image.target), image.format, image.source,
                        std::string(static_cast<const char*>(data), image.bytes)});
    }
    return images;
  }
  std::string kernels() const {
    return HALYARD_KERNELS "/reduce.hk " HALYARD_KERNELS "/saxpy.hk " HALYARD_KERNELS "/transpose.hk";
  }

  std::string folder_;
  std::string said;
};

}  // namespace halyard::test
