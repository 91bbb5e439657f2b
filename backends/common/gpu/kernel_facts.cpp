// See kernel_facts.hpp. The numbers are those of the ELF specification.
#include "backends/common/gpu/kernel_facts.hpp"

#include <algorithm>
#include <cstring>

namespace halyard::gpu {
namespace {

constexpr std::string_view kSuffix = "__hy_meta";
constexpr uint64_t kWords = 8;
constexpr uint64_t kBytes = kWords * sizeof(uint64_t);

KernelFacts facts(std::string_view name, const unsigned char (&bytes)[kBytes]) {
  KernelFacts made;
  made.kernel = name.substr(0, name.size() - kSuffix.size());
  for (int d = 0; d < 3; ++d) {
    for (int i = 3; i >= 0; --i) made.workgroup[d] = made.workgroup[d] << 8 | bytes[d * 8 + i];
  }
  return made;
}

bool is_meta(std::string_view name) {
  return name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix;
}

// ---- ELF ----

class Elf {
 public:
  explicit Elf(std::string_view file) : file_(file) {}

  // A stripped code object has the loader's table alone. Of either there is at most one.
  std::vector<KernelFacts> read() const {
    std::vector<KernelFacts> found;
    if (half(kSectionBytesAt) != kSectionBytes) return found;
    for (const uint64_t type : {kSymbolTable, kLoadersSymbols}) {
      Section symbols{};
      for (uint64_t i = 0; i < sections() && symbols.type != type; ++i) {
        if (!section(i, &symbols)) return found;
      }
      if (symbols.type == type) read_symbols(symbols, &found);
      if (!found.empty()) break;
    }
    return found;
  }

 private:
  static constexpr uint64_t kTableAt = 40, kSectionBytesAt = 58, kSectionCountAt = 60;  // in the header
  static constexpr uint64_t kSectionBytes = 64, kSymbolBytes = 24, kLongestName = 4096;
  static constexpr uint64_t kSymbolTable = 2, kNoBytes = 8, kLoadersSymbols = 11;  // types of sections

  struct Section {
    uint64_t type, address, offset, bytes, link;
  };

  template <int kCount>
  uint64_t number(uint64_t at) const {
    uint64_t value = 0;
    if (!within(at, kCount)) return 0;
    for (int i = kCount - 1; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(file_[at + i]);
    return value;
  }
  uint64_t half(uint64_t at) const { return number<2>(at); }
  uint64_t quarter(uint64_t at) const { return number<4>(at); }
  uint64_t word(uint64_t at) const { return number<8>(at); }
  bool within(uint64_t at, uint64_t bytes) const { return at <= file_.size() && bytes <= file_.size() - at; }

  uint64_t sections() const { return half(kSectionCountAt); }

  // False where its entry or its bytes are not in the file.
  bool section(uint64_t index, Section* out) const {
    const uint64_t table = word(kTableAt);
    if (index >= sections() || table > file_.size() || !within(table + index * kSectionBytes, kSectionBytes))
      return false;
    const uint64_t at = table + index * kSectionBytes;
    *out = {quarter(at + 4), word(at + 16), word(at + 24), word(at + 32), quarter(at + 40)};
    if (out->type == kNoBytes) out->bytes = 0;
    return within(out->offset, out->bytes) || out->bytes == 0;
  }

  std::string_view name_at(const Section& strings, uint64_t at) const {
    if (at >= strings.bytes) return "";
    const std::string_view rest = file_.substr(strings.offset + at, std::min(strings.bytes - at, kLongestName));
    const size_t end = rest.find('\0');
    return end == std::string_view::npos ? "" : rest.substr(0, end);
  }

  void read_symbols(const Section& symbols, std::vector<KernelFacts>* found) const {
    Section strings{};
    if (!section(symbols.link, &strings)) return;
    for (uint64_t at = 0; at + kSymbolBytes <= symbols.bytes; at += kSymbolBytes) {
      const uint64_t symbol = symbols.offset + at;
      const std::string_view name = name_at(strings, quarter(symbol));
      Section held{};
      if (!is_meta(name) || word(symbol + 16) != kBytes || !section(half(symbol + 6), &held)) continue;
      // A place in the section, or an address where the section has one.
      const uint64_t place = word(symbol + 8) - held.address;
      if (place > held.bytes || kBytes > held.bytes - place) continue;
      unsigned char bytes[kBytes];
      std::memcpy(bytes, file_.data() + held.offset + place, kBytes);
      found->push_back(facts(name, bytes));
    }
  }

  std::string_view file_;
};

// ---- PTX ----

// ".visible .const .align 8 .b8 NAME__hy_meta[64] = {16, 0, …};": what is left out at the end is zero.
class Ptx {
 public:
  explicit Ptx(std::string_view text) : text_(text) {}

  std::vector<KernelFacts> read() {
    std::vector<KernelFacts> found;
    for (size_t last = 0; (at_ = text_.find(kSuffix, last)) != std::string_view::npos; last = at_) {
      size_t begin = at_;
      while (begin > last && is_name(text_[begin - 1])) --begin;
      const std::string_view name = text_.substr(begin, at_ + kSuffix.size() - begin);
      at_ += kSuffix.size();
      unsigned char bytes[kBytes] = {};
      if (is_meta(name) && initialiser(element_bytes(begin), &bytes)) found.push_back(facts(name, bytes));
    }
    return found;
  }

 private:
  static bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$';
  }

  // Of the type before the name, 0 where there is none that is known.
  uint64_t element_bytes(size_t name) const {
    const std::string_view before = text_.substr(0, name);
    for (const std::string_view type : {".b8 ", ".u8 "}) {
      if (before.size() >= type.size() && before.substr(before.size() - type.size()) == type) return 1;
    }
    for (const std::string_view type : {".b64 ", ".u64 "}) {
      if (before.size() >= type.size() && before.substr(before.size() - type.size()) == type) return 8;
    }
    return 0;
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }

  bool take(char wanted) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool number(uint64_t* out) {
    skip_blanks();
    const size_t begin = at_;
    *out = 0;
    for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9' && at_ - begin < 20; ++at_)
      *out = *out * 10 + static_cast<uint64_t>(text_[at_] - '0');
    return at_ != begin;
  }

  bool initialiser(uint64_t element, unsigned char (*out)[kBytes]) {
    uint64_t count = 0;
    if (element == 0 || !take('[') || !number(&count) || count != kBytes / element || !take(']')) return false;
    if (!take('=') || !take('{')) return false;
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t value = 0;
      if (!number(&value)) return false;
      for (uint64_t b = 0; b < element; ++b) (*out)[i * element + b] = static_cast<unsigned char>(value >> (8 * b));
      if (take('}')) return true;
      if (!take(',')) return false;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::vector<KernelFacts> facts_of(std::string_view image) {
  constexpr std::string_view k64LittleEndian = "\177ELF\002\001";
  if (image.substr(0, k64LittleEndian.size()) == k64LittleEndian) return Elf(image).read();
  return Ptx(image.substr(0, image.find('\0'))).read();
}

}  // namespace halyard::gpu
