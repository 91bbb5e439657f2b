// Loading a shared object from bytes. The ELF tables are checked first, since the dynamic loader trusts them and would
// fault on a file that was cut off.
#include "backends/cpu/object.hpp"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "halyard/detail/error.hpp"

namespace halyard::cpu {
namespace {

#if defined(__x86_64__)
constexpr uint16_t kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr uint16_t kMachine = EM_AARCH64;
#elif defined(__riscv)
constexpr uint16_t kMachine = EM_RISCV;
#else
constexpr uint16_t kMachine = EM_NONE;
#endif

bool inside(uint64_t offset, uint64_t count, uint64_t each, uint64_t bytes) noexcept {
  uint64_t total = 0;
  return !__builtin_mul_overflow(count, each, &total) && offset <= bytes && total <= bytes - offset;
}

bool write_all(int descriptor, const void* data, uint64_t bytes) noexcept {
  const auto* at = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t written = write(descriptor, at, bytes);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    bytes -= static_cast<uint64_t>(written);
  }
  return true;
}

const char* loader_message() noexcept {
  const char* text = dlerror();
  return text == nullptr ? "no reason given" : text;
}

}  // namespace

const char* elf_problem(const void* data, uint64_t bytes) noexcept {
  Elf64_Ehdr header;
  if (bytes < sizeof header) return "it is too short for an ELF file";
  std::memcpy(&header, data, sizeof header);
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return "it is not an ELF file";
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != kMachine) {
    return "it is for another processor";
  }
  if (header.e_type != ET_DYN) return "it is not a shared object";
  if (header.e_phentsize != sizeof(Elf64_Phdr) || !inside(header.e_phoff, header.e_phnum, sizeof(Elf64_Phdr), bytes)) {
    return "it is cut off or damaged (program headers)";
  }
  if (header.e_shnum != 0 && !inside(header.e_shoff, header.e_shnum, header.e_shentsize, bytes)) {
    return "it is cut off or damaged (section headers)";
  }
  bool dynamic = false;
  for (uint16_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, static_cast<const char*>(data) + header.e_phoff + i * sizeof segment, sizeof segment);
    if (segment.p_type == PT_DYNAMIC) dynamic = true;
    const bool has_bytes = segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC || segment.p_type == PT_NOTE;
    if (has_bytes && !inside(segment.p_offset, segment.p_filesz, 1, bytes))
      return "it is cut off or damaged (segments)";
  }
  return dynamic ? nullptr : "it has no dynamic section";
}

SharedObject::~SharedObject() {
  if (handle_ != nullptr) dlclose(handle_);
  if (descriptor_ >= 0) close(descriptor_);
}

bool SharedObject::load_from_memory(const void* data, uint64_t bytes) {
  descriptor_ = memfd_create("halyard-kernels", MFD_CLOEXEC);
  if (descriptor_ < 0) return false;
  if (write_all(descriptor_, data, bytes)) {
    // The loader knows objects by name. One that could not be unloaded may still hold this name: then use another
    // spelling.
    std::string path = "/proc/self/fd/";
    for (int tries = 0; tries < 64; ++tries, path += "./") {
      const std::string name = path + std::to_string(descriptor_);
      if (void* other = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) {
        dlclose(other);
        continue;
      }
      handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      break;
    }
  }
  if (handle_ != nullptr) return true;
  close(descriptor_);
  descriptor_ = -1;
  return false;
}

hy_status SharedObject::load_from_file(const hy_host& host, const void* data, uint64_t bytes, hy_error* error) {
  static std::atomic<uint32_t> counter{0};
  char folder[512];
  const hy_status status = host.scratch_folder(host.self, folder, sizeof folder, error);
  if (status != HY_OK) return status;
  char path[640];
  std::snprintf(path, sizeof path, "%s/cpu-load-%d-%u.so", folder, static_cast<int>(getpid()),
                counter.fetch_add(1, std::memory_order_relaxed));
  const int file = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0700);
  if (file < 0) return fail(error, HY_UNAVAILABLE, "cannot write %s: %s", path, std::strerror(errno));
  const bool written = write_all(file, data, bytes);
  const int problem = errno;
  close(file);
  if (written) handle_ = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  const char* reason = handle_ == nullptr && written ? loader_message() : std::strerror(problem);
  const hy_status result =
      handle_ != nullptr
          ? HY_OK
          : fail(error, HY_UNAVAILABLE,
                 "the kernels' code cannot be loaded (%s); is %s on a file system that forbids execution?", reason,
                 folder);
  unlink(path);
  return result;
}

hy_status SharedObject::load(const hy_host& host, const void* data, uint64_t bytes, hy_error* error) {
  if (const char* problem = elf_problem(data, bytes)) {
    return fail(error, HY_CORRUPT_ARTIFACT, "the image of kernels for the host cannot be used: %s", problem);
  }
  if (load_from_memory(data, bytes)) return HY_OK;
  return load_from_file(host, data, bytes, error);
}

hy_status SharedObject::image(const hy_host_image** out, hy_error* error) const {
  *out = static_cast<const hy_host_image*>(dlsym(handle_, "hy_host_image"));
  if (*out != nullptr) return HY_OK;
  return fail(error, HY_CORRUPT_ARTIFACT, "the shared object exports no `hy_host_image`: it was not made from kernels");
}

}  // namespace halyard::cpu
