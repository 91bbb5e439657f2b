// The .hkb format as it lies in a file: little-endian, every structure 8-byte aligned, read in place. Offsets count
// from the start of the file; those of strings from the start of the string section. docs/reference/bundle-format.md
#pragma once

#include <cstdint>

namespace halyard::kernels::format {

// Eight bytes that a transfer as text, or of 7 bits, would alter.
inline constexpr std::uint8_t kMagic[8] = {0x89, 'H', 'K', 'B', '\r', '\n', 0x1A, '\n'};
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint32_t kNone = 0xFFFFFFFFu;

struct Table {
  std::uint64_t offset;
  std::uint32_t count;   // entries, or bytes for the strings
  std::uint32_t stride;  // bytes of one entry
};

struct Header {
  std::uint8_t magic[8];
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t file_bytes;
  std::uint64_t head_bytes;        // header, tables, strings and sources: what `head_checksum` covers
  std::uint8_t head_checksum[16];  // first half of SHA-256 of the head, these bytes being zero
  Table kernels;
  Table params;
  Table sources;
  Table images;
  Table constants;
  Table strings;                // zero-terminated, the last byte is zero
  std::uint32_t default_first;  // constants that every source is compiled with
  std::uint32_t default_count;
  std::uint64_t reserved;
};

struct Kernel {
  std::uint32_t name;
  std::uint32_t source;
  std::uint32_t first_param;
  std::uint32_t param_count;
  std::uint32_t flags;          // kFixedWorkgroup
  std::uint32_t line;           // of HY_KERNEL in the source
  std::uint64_t tuning_offset;  // reserved for the tuning space: zero
  std::uint64_t tuning_bytes;   // zero
};
inline constexpr std::uint32_t kFixedWorkgroup = 1;

struct Param {
  std::uint32_t name;
  std::uint32_t kind;  // hy_param_kind
  std::uint32_t type;  // hy_type
  std::uint32_t reserved;
};

struct Source {
  std::uint32_t file;  // its name, for messages
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t bytes;
};

struct Image {
  std::uint32_t format;  // hy_image_format; only those that are bytes
  std::uint32_t target;  // string
  std::uint32_t source;
  std::uint32_t first_constant;  // it was compiled with these, defaults included, sorted by name
  std::uint32_t constant_count;
  std::uint32_t reserved;
  std::uint64_t offset;
  std::uint64_t bytes;
  std::uint8_t checksum[16];  // first half of SHA-256 of the bytes
};

struct Constant {
  std::uint32_t name;
  std::uint32_t value;
};

static_assert(sizeof(Table) == 16 && sizeof(Header) == 160 && sizeof(Kernel) == 40 && sizeof(Param) == 16 &&
              sizeof(Source) == 24 && sizeof(Image) == 56 && sizeof(Constant) == 8);

// Writes the head's checksum into the header of a complete head.
void seal(void* data) noexcept;

}  // namespace halyard::kernels::format
