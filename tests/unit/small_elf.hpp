// The smallest ELF file that holds the constant beside a kernel, for tests of what reads such files.
#pragma once

#include <elf.h>

#include <cstdint>
#include <cstring>
#include <string>

namespace halyard::test {

struct SmallElf {
  std::string name = "scale__hy_meta";
  unsigned binding = STB_LOCAL;
  uint32_t symbols = SHT_SYMTAB;
  uint64_t address = 0;  // of the section, and so in the symbol's value
  uint64_t value = 0;    // beyond that
  uint64_t bytes = 64;
  uint16_t machine = 190;  // NVIDIA's
};

template <class T>
void append(std::string* file, const T& part) {
  file->append(reinterpret_cast<const char*>(&part), sizeof part);
}

inline std::string small_elf(const SmallElf& made) {
  const uint64_t words[8] = {16, 300, 2, 0, 1, 0, 0, 0};
  const std::string names = '\0' + made.name + '\0';
  Elf64_Sym symbols[2] = {};
  symbols[1].st_name = 1;
  symbols[1].st_info = static_cast<unsigned char>(ELF64_ST_INFO(made.binding, STT_OBJECT));
  symbols[1].st_shndx = 1;
  symbols[1].st_value = made.address + made.value;
  symbols[1].st_size = made.bytes;
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG "\2\1\1", 7);
  header.e_machine = made.machine;
  header.e_ehsize = sizeof header;
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = 4;
  const uint64_t words_at = sizeof header, symbols_at = words_at + sizeof words, names_at = symbols_at + sizeof symbols;
  header.e_shoff = names_at + names.size();
  Elf64_Shdr sections[4] = {};
  sections[1].sh_type = SHT_PROGBITS;
  sections[1].sh_addr = made.address;
  sections[1].sh_offset = words_at;
  sections[1].sh_size = sizeof words;
  sections[2].sh_type = made.symbols;
  sections[2].sh_offset = symbols_at;
  sections[2].sh_size = sizeof symbols;
  sections[2].sh_link = 3;
  sections[3].sh_type = SHT_STRTAB;
  sections[3].sh_offset = names_at;
  sections[3].sh_size = names.size();
  std::string file;
  append(&file, header);
  append(&file, words);
  append(&file, symbols);
  file += names;
  append(&file, sections);
  return file;
}

}  // namespace halyard::test
