// Reads the GNU build id out of the loaded object's notes; without one, the file's own identity does.
#include "runtime/kernels/build_id.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include <cstring>

#include "halyard/halyard.h"

namespace halyard::kernels {
namespace {

struct Search {
  std::uintptr_t address;
  std::string found;
};

void read_notes(const char* notes, std::size_t bytes, std::string* out) {
  while (bytes >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t name_bytes = (note.n_namesz + 3) & ~std::size_t{3};
    const std::size_t note_bytes = sizeof note + name_bytes + ((note.n_descsz + 3) & ~std::size_t{3});
    if (note_bytes > bytes) return;
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && std::memcmp(notes + sizeof note, "GNU", 4) == 0) {
      out->assign(notes + sizeof note + name_bytes, note.n_descsz);
      return;
    }
    notes += note_bytes;
    bytes -= note_bytes;
  }
}

int look(dl_phdr_info* object, std::size_t, void* argument) {
  auto& search = *static_cast<Search*>(argument);
  bool here = false;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    const std::uintptr_t start = object->dlpi_addr + part.p_vaddr;
    here = here || (part.p_type == PT_LOAD && search.address >= start && search.address < start + part.p_memsz);
  }
  if (!here) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type == PT_NOTE && search.found.empty()) {
      read_notes(reinterpret_cast<const char*>(object->dlpi_addr + part.p_vaddr), part.p_memsz, &search.found);
    }
  }
  return 1;
}

}  // namespace

std::string build_id() {
  Search search{reinterpret_cast<std::uintptr_t>(&build_id), {}};
  dl_iterate_phdr(look, &search);
  std::string id = std::string(hy_version()) + "/";
  if (!search.found.empty()) return id + search.found;
  Dl_info object{};
  struct stat seen {};
  if (dladdr(reinterpret_cast<void*>(&build_id), &object) != 0 && stat(object.dli_fname, &seen) == 0) {
    id += std::to_string(seen.st_ino) + "/" + std::to_string(seen.st_size) + "/" + std::to_string(seen.st_mtim.tv_sec) +
          "." + std::to_string(seen.st_mtim.tv_nsec);
  }
  return id;
}

}  // namespace halyard::kernels
