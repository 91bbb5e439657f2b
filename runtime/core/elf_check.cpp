// See elf_check.hpp.
#include "runtime/core/elf_check.hpp"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

namespace halyard::core {
namespace {

#if defined(__x86_64__)
constexpr unsigned kOwnMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kOwnMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr unsigned kOwnMachine = EM_RISCV;
#else
constexpr unsigned kOwnMachine = EM_NONE;  // any
#endif

std::string machine_name(unsigned machine, bool is_64_bit) {
  switch (machine) {
    case EM_386:
      return "32-bit x86";
    case EM_X86_64:
      return is_64_bit ? "x86-64" : "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_AARCH64:
      return "arm64";
    case EM_PPC64:
      return "POWER";
    case EM_RISCV:
      return is_64_bit ? "riscv64" : "riscv32";
    default:
      return "another processor (ELF machine " + std::to_string(machine) + ")";
  }
}

// Where the file must reach to hold all that is loaded of it; 0 where that cannot be told.
std::uint64_t loaded_end(int file, const Elf64_Ehdr& header) {
  std::uint64_t end = 0;
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr part{};
    const auto at = static_cast<off_t>(header.e_phoff + i * sizeof part);
    if (pread(file, &part, sizeof part, at) != static_cast<ssize_t>(sizeof part)) return end;
    const bool wraps = part.p_offset + part.p_filesz < part.p_offset;
    if (part.p_type == PT_LOAD && !wraps && part.p_offset + part.p_filesz > end) end = part.p_offset + part.p_filesz;
  }
  return end;
}

std::string problem_of(int file) {
  Elf64_Ehdr header{};
  struct stat seen {};
  if (fstat(file, &seen) != 0 || !S_ISREG(seen.st_mode)) return "";
  const ssize_t got = pread(file, &header, sizeof header, 0);
  if (got < EI_NIDENT + 4 || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
    return "is no shared library: remove it, or take its folder out of the search";
  }
  const bool is_64_bit = header.e_ident[EI_CLASS] == ELFCLASS64;
  if (kOwnMachine != EM_NONE && (header.e_machine != kOwnMachine || !is_64_bit)) {
    return "is for " + machine_name(header.e_machine, is_64_bit) + ", and this process runs on " +
           machine_name(kOwnMachine, true);
  }
  const auto bytes = static_cast<std::uint64_t>(seen.st_size);
  const std::uint64_t end = got == static_cast<ssize_t>(sizeof header) && is_64_bit ? loaded_end(file, header) : 0;
  if (got == static_cast<ssize_t>(sizeof header) && end <= bytes) return "";
  return "is cut off: it has " + std::to_string(bytes) + " bytes" +
         (end > bytes ? ", and needs " + std::to_string(end) : "");
}

}  // namespace

std::string library_problem(const std::string& file) {
  const int opened = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (opened < 0) return "";
  std::string problem = problem_of(opened);
  close(opened);
  return problem;
}

}  // namespace halyard::core
