#include "tests/drivers/gpu_fake/image.hpp"

#include <elf.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "tests/drivers/gpu_fake/codes.hpp"
#include "tests/drivers/gpu_fake/memory.hpp"

namespace gpu_fake {
namespace {

constexpr uint16_t kMachineCuda = 190, kMachineAmdgpu = 224, kMachineIntelGpu = 205;
constexpr unsigned char kAbiCuda = 51, kAbiAmdHsa = 64;
constexpr char kMagic[] = "HYFAKE1";
constexpr char kPtxPayload[] = "// fake payload: ";

// Behind the shared object, whose headers say where it ends.
struct Trailer {
  char magic[8];
  char target[112];
  uint64_t bytes;
  uint64_t checksum;
};

uint64_t checksum(const char* data, size_t bytes) {
  uint64_t sum = 14695981039346656037u;
  for (size_t i = 0; i < bytes; ++i) sum = (sum ^ static_cast<unsigned char>(data[i])) * 1099511628211u;
  return sum;
}

Elf64_Ehdr header_of(const std::string& elf) {
  Elf64_Ehdr header;
  std::memcpy(&header, elf.data(), sizeof header);
  return header;
}

std::string dressed(std::string elf, const std::string& target, uint16_t machine, unsigned char abi, uint32_t flags) {
  Elf64_Ehdr header = header_of(elf);
  header.e_machine = machine;
  header.e_ident[EI_OSABI] = abi;
  header.e_flags = flags;
  std::memcpy(elf.data(), &header, sizeof header);
  elf.resize(header.e_shoff + uint64_t{header.e_shnum} * header.e_shentsize);  // the table of sections comes last
  Trailer trailer{};
  std::memcpy(trailer.magic, kMagic, sizeof trailer.magic);
  std::memcpy(trailer.target, target.c_str(), std::min(target.size(), sizeof trailer.target - 1));
  trailer.bytes = elf.size();
  trailer.checksum = checksum(elf.data(), elf.size());
  return elf.append(reinterpret_cast<const char*>(&trailer), sizeof trailer);
}

int read_elf(const char* data, size_t available, Image* out, std::string* why) {
  Elf64_Ehdr header;
  std::memcpy(&header, data, sizeof header);
  const bool cuda = header.e_machine == kMachineCuda, intel = header.e_machine == kMachineIntelGpu;
  if (!cuda && !intel && header.e_machine != kMachineAmdgpu) {
    *why = "the machine of the image is no GPU";
    return kInvalidImage;
  }
  const uint64_t bytes = header.e_shoff + uint64_t{header.e_shnum} * header.e_shentsize;
  Trailer trailer{};
  if (header.e_shoff < sizeof header || bytes > (uint64_t{1} << 30) || bytes + sizeof trailer > available ||
      !is_readable(data, bytes + sizeof trailer)) {
    *why = "the image is cut off";
    return kInvalidImage;
  }
  std::memcpy(&trailer, data + bytes, sizeof trailer);
  if (std::memcmp(trailer.magic, kMagic, sizeof trailer.magic) != 0 || trailer.bytes != bytes ||
      trailer.checksum != checksum(data, bytes)) {
    *why = "the image is damaged, or was not made by a fake run-time compiler";
    return kInvalidImage;
  }
  out->kind = cuda ? Image::kCubin : intel ? Image::kZebin : Image::kCodeObject;
  out->target = trailer.target;
  out->elf.assign(data, bytes);
  header.e_machine = EM_X86_64;
#if defined(__aarch64__)
  header.e_machine = EM_AARCH64;
#endif
  header.e_ident[EI_OSABI] = ELFOSABI_NONE;
  header.e_flags = 0;
  std::memcpy(out->elf.data(), &header, sizeof header);
  return kSuccess;
}

std::string word_after(const std::string& text, const std::string& directive) {
  const size_t at = text.find(directive);
  if (at == std::string::npos) return "";
  const size_t begin = at + directive.size();
  return text.substr(begin, text.find_first_of(" \n,", begin) - begin);
}

int read_ptx(const char* data, Image* out, std::string* why) {
  const std::string text = data;
  out->kind = Image::kPtx;
  out->ptx_version = word_after(text, ".version ");
  out->target = word_after(text, ".target ");
  const size_t payload = text.find(kPtxPayload);
  if (out->ptx_version.empty() || out->target.empty() || payload == std::string::npos) {
    *why = "ptxas fatal: Missing .version directive at start of file, or text that no fake run-time compiler made";
    return kInvalidPtx;
  }
  const std::string digits = word_after(text, kPtxPayload);
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    out->elf += static_cast<char>(std::strtol(digits.substr(i, 2).c_str(), nullptr, 16));
  }
  return kSuccess;
}

}  // namespace

std::string make_cubin(const std::string& elf, const std::string& target) {
  return dressed(elf, target, kMachineCuda, kAbiCuda, static_cast<uint32_t>(architecture_number(target)));
}

std::string make_code_object(const std::string& elf, const std::string& target) {
  return dressed(elf, target, kMachineAmdgpu, kAbiAmdHsa, 0);
}

std::string make_zebin(const std::string& elf, const std::string& target) {
  return dressed(elf, target, kMachineIntelGpu, 0, 0);
}

std::string make_ptx(const std::string& elf, const std::string& target, const std::string& version) {
  std::string text = "//\n// Made by a fake run-time compiler.\n//\n\n.version " + version + "\n.target " + target +
                     "\n.address_size 64\n\n" + kPtxPayload;
  constexpr char kDigits[] = "0123456789abcdef";
  for (const char c : elf) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  text += "\n";
  text += '\0';
  return text;
}

int read_image(const void* data, Image* out, std::string* why, size_t available) {
  if (data == nullptr || available < sizeof(Elf64_Ehdr) || !is_readable(data, 4)) {
    *why = "the image cannot be read";
    return kInvalidValue;
  }
  const auto* bytes = static_cast<const char*>(data);
  if (std::memcmp(bytes, ELFMAG, SELFMAG) != 0) return read_ptx(bytes, out, why);
  if (!is_readable(data, sizeof(Elf64_Ehdr))) return kInvalidImage;
  return read_elf(bytes, available, out, why);
}

int architecture_number(const std::string& target) {
  const size_t at = target.find_first_of("0123456789");
  return at == std::string::npos ? 0 : std::atoi(target.c_str() + at);
}

}  // namespace gpu_fake
