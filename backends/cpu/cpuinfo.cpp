// Instruction sets through cpuid, names through /proc/cpuinfo.
#include "backends/cpu/cpuinfo.hpp"

#include <algorithm>
#include <cstring>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace halyard::cpu {
namespace {

uint64_t fnv1a(uint64_t hash, const void* data, size_t bytes) noexcept {
  const auto* at = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < bytes; ++i) hash = (hash ^ at[i]) * 0x100000001b3ull;
  return hash;
}

#if defined(__x86_64__)

struct Leaf {
  uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Leaf leaf(uint32_t index, uint32_t sub = 0) noexcept {
  Leaf result;
  if (__get_cpuid_count(index, sub, &result.eax, &result.ebx, &result.ecx, &result.edx) == 0) return {};
  return result;
}

constexpr bool has(uint32_t word, std::initializer_list<uint32_t> bits) noexcept {
  for (const uint32_t bit : bits) {
    if ((word >> bit & 1u) == 0) return false;
  }
  return true;
}

// Which register files the system saves: bit 1 SSE, 2 AVX, 5-7 AVX-512.
uint32_t saved_registers() noexcept {
  uint32_t low = 0;
  uint32_t high = 0;
  __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

uint32_t x86_level() noexcept {
  const Leaf basic = leaf(1);
  const Leaf more = leaf(0x80000001u);
  const Leaf seven = leaf(7);
  // SSE3 SSSE3 CMPXCHG16B SSE4.1 SSE4.2 POPCNT; LAHF
  if (!has(basic.ecx, {0, 9, 13, 19, 20, 23}) || !has(more.ecx, {0})) return 1;
  // FMA MOVBE OSXSAVE AVX F16C; LZCNT; BMI1 AVX2 BMI2
  if (!has(basic.ecx, {12, 22, 27, 28, 29}) || !has(more.ecx, {5}) || !has(seven.ebx, {3, 5, 8})) return 2;
  const uint32_t saved = saved_registers();
  if ((saved & 0x06u) != 0x06u) return 2;
  // AVX512F AVX512DQ AVX512CD AVX512BW AVX512VL
  if (!has(seven.ebx, {16, 17, 28, 30, 31}) || (saved & 0xe6u) != 0xe6u) return 3;
  return 4;
}

#endif

// The value of the first line "key : value".
std::string field(const std::string& text, const char* key) {
  const size_t length = std::strlen(key);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    size_t colon = at + length;
    while (colon < end && (text[colon] == ' ' || text[colon] == '\t')) ++colon;
    if (text.compare(at, length, key) == 0 && colon < end && text[colon] == ':') {
      size_t first = colon + 1;
      while (first < end && text[first] == ' ') ++first;
      return text.substr(first, end - first);
    }
    at = end + 1;
  }
  return "";
}

struct Known {
  const char* key;
  const char* name;
};

const char* known(const Known* list, size_t count, const std::string& key, const char* otherwise) {
  for (size_t i = 0; i < count; ++i) {
    if (key == list[i].key) return list[i].name;
  }
  return otherwise;
}

// MIDR implementers and the parts of Arm's own that servers and boards carry.
constexpr Known kImplementers[] = {{"0x41", "Arm"},     {"0x42", "Broadcom"},  {"0x43", "Cavium"},
                                   {"0x46", "Fujitsu"}, {"0x48", "HiSilicon"}, {"0x4e", "NVIDIA"},
                                   {"0x50", "APM"},     {"0x51", "Qualcomm"},  {"0x53", "Samsung"},
                                   {"0x61", "Apple"},   {"0x6d", "Microsoft"}, {"0xc0", "Ampere"}};
constexpr Known kArmParts[] = {{"0xd03", "Cortex-A53"},  {"0xd04", "Cortex-A35"},   {"0xd05", "Cortex-A55"},
                               {"0xd07", "Cortex-A57"},  {"0xd08", "Cortex-A72"},   {"0xd09", "Cortex-A73"},
                               {"0xd0b", "Cortex-A76"},  {"0xd0c", "Neoverse-N1"},  {"0xd40", "Neoverse-V1"},
                               {"0xd41", "Cortex-A78"},  {"0xd42", "Cortex-A78AE"}, {"0xd49", "Neoverse-N2"},
                               {"0xd4f", "Neoverse-V2"}, {"0xd84", "Neoverse-V3"},  {"0xd8e", "Neoverse-N3"}};

}  // namespace

uint32_t isa_level() noexcept {
#if defined(__x86_64__)
  return x86_level();
#else
  return 1;
#endif
}

const char* isa_name() noexcept {
#if defined(__x86_64__)
  static constexpr const char* kNames[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  return kNames[isa_level() - 1];
#elif defined(__aarch64__)
  return "aarch64";
#elif defined(__riscv)
  return "riscv64";
#else
  return "";
#endif
}

uint32_t target_rank(const char* target) noexcept {
  if (target == nullptr || target[0] == '\0') return 1;
  if (std::strcmp(target, "native") == 0) return 100;
#if defined(__x86_64__)
  static constexpr const char* kLevels[] = {"x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4"};
  for (uint32_t i = 0; i < 4; ++i) {
    if (std::strcmp(target, kLevels[i]) == 0) return i < isa_level() ? 10 + i : 0;
  }
  return 0;
#else
  return std::strcmp(target, isa_name()) == 0 ? 10 : 0;
#endif
}

uint64_t isa_fingerprint(const std::string& cpuinfo) noexcept {
  uint64_t hash = 0xcbf29ce484222325ull;
#if defined(__x86_64__)
  (void)cpuinfo;
  // Leaf 1 also tells the processor's number and its count of neighbours in ebx: left out.
  const Leaf basic = leaf(1);
  const uint32_t words[] = {basic.eax, basic.ecx, basic.edx};
  hash = fnv1a(hash, words, sizeof words);
  for (const Leaf& one : {leaf(7), leaf(7, 1), leaf(0xd, 1), leaf(0x80000001u)}) hash = fnv1a(hash, &one, sizeof one);
  const uint32_t saved = (basic.ecx >> 27 & 1u) != 0 ? saved_registers() : 0;
  hash = fnv1a(hash, &saved, sizeof saved);
#else
  for (const char* key : {"Features", "CPU implementer", "CPU part", "CPU variant", "isa", "uarch"}) {
    const std::string value = field(cpuinfo, key);
    hash = fnv1a(hash, value.c_str(), value.size() + 1);
  }
#endif
  return hash;
}

Model model_of(const std::string& cpuinfo, const std::string& board) {
  Model model;
  model.name = field(cpuinfo, "model name");
  const std::string x86 = field(cpuinfo, "vendor_id");
  const std::string implementer = field(cpuinfo, "CPU implementer");
  if (!x86.empty()) {
    static constexpr Known kX86[] = {
        {"GenuineIntel", "Intel"}, {"AuthenticAMD", "AMD"}, {"HygonGenuine", "Hygon"}, {"CentaurHauls", "Zhaoxin"}};
    model.vendor = known(kX86, std::size(kX86), x86, x86.c_str());
  } else if (!implementer.empty()) {
    model.vendor = known(kImplementers, std::size(kImplementers), implementer, implementer.c_str());
    if (model.name.empty() && implementer == "0x41") {
      model.name = known(kArmParts, std::size(kArmParts), field(cpuinfo, "CPU part"), "");
    }
  } else {
    model.name = field(cpuinfo, "uarch");
    const size_t comma = model.name.find(',');
    if (comma != std::string::npos) model.vendor = model.name.substr(0, comma);
  }
  if (model.name.empty()) model.name = board.c_str();  // the device tree's string ends with a zero
  if (model.name.empty()) model.name = std::string(isa_name()) + " processor";
  if (model.vendor.empty()) model.vendor = "unknown";
  return model;
}

std::string read_file(const hy_host& host, const char* path) {
  std::string text(16 * 1024, '\0');
  for (;;) {
    uint64_t bytes = text.size();
    const hy_status status = host.file_read(host.self, path, text.data(), &bytes, nullptr);
    if (bytes > text.size() && bytes < (64u << 20)) {
      text.assign(bytes + 4096, '\0');
      continue;
    }
    text.resize(status == HY_OK ? std::min<size_t>(bytes, text.size()) : 0);
    return text;
  }
}

}  // namespace halyard::cpu
