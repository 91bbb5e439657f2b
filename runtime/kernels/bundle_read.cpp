// Checks a .hkb from its first byte to its last offset before anything of it is used.
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/image_check.hpp"
#include "runtime/kernels/sha256.hpp"

namespace halyard::kernels {
namespace {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "a .hkb is read in place: little-endian hosts only");

constexpr std::size_t kWhatCapacity = 256;

hy_status corrupt(hy_error* error, const char* name, const char* what) noexcept {
  return fail(error, HY_CORRUPT_ARTIFACT, "%s is damaged or cut off (%s); make it again with halyardc", name, what);
}

constexpr bool within(std::uint64_t offset, std::uint64_t bytes, std::uint64_t limit) {
  return offset <= limit && bytes <= limit - offset;
}

template <class Entry>
bool take(const std::uint8_t* base, const format::Table& table, std::uint64_t limit,
          std::span<const Entry>* out) noexcept {
  if (table.stride != sizeof(Entry) || table.offset % 8 != 0) return false;
  if (!within(table.offset, std::uint64_t{table.count} * sizeof(Entry), limit)) return false;
  *out = {reinterpret_cast<const Entry*>(base + table.offset), table.count};
  return true;
}

void head_checksum(const std::uint8_t* base, std::uint64_t bytes, std::uint8_t* out) noexcept {
  constexpr std::size_t kAt = offsetof(format::Header, head_checksum);
  const std::uint8_t zeros[16] = {};
  Sha256 hash;
  hash.add(base, kAt);
  hash.add(zeros, sizeof zeros);
  hash.add(base + kAt + sizeof zeros, bytes - kAt - sizeof zeros);
  std::memcpy(out, hash.finish().data(), sizeof zeros);
}

}  // namespace

namespace format {
void seal(void* data) noexcept {
  auto* header = static_cast<Header*>(data);
  head_checksum(static_cast<const std::uint8_t*>(data), header->head_bytes, header->head_checksum);
}
}  // namespace format

hy_status BundleImage::open(const void* data, std::uint64_t bytes, const char* name, hy_error* error) noexcept {
  const auto* base = static_cast<const std::uint8_t*>(data);
  if (reinterpret_cast<std::uintptr_t>(data) % 8 != 0) {
    return fail(error, HY_INVALID_ARGUMENT, "%s: the bundle must begin at a multiple of 8 bytes", name);
  }
  if (bytes < sizeof(format::kMagic) || std::memcmp(base, format::kMagic, sizeof format::kMagic) != 0) {
    return fail(error, HY_CORRUPT_ARTIFACT, "%s is no Halyard bundle (.hkb)", name);
  }
  if (bytes < sizeof(format::Header)) return corrupt(error, name, "shorter than its header");
  const auto* header = reinterpret_cast<const format::Header*>(base);
  if (header->version > format::kVersion) {
    return fail(error, HY_UNSUPPORTED, "%s has format version %u, this library reads up to %u; use a newer Halyard",
                name, header->version, format::kVersion);
  }
  if (header->version != format::kVersion || header->header_bytes != sizeof(format::Header)) {
    return corrupt(error, name, "its header");
  }
  if (header->file_bytes != bytes) return corrupt(error, name, "its size");
  if (header->head_bytes < sizeof(format::Header) || header->head_bytes > bytes)
    return corrupt(error, name, "its header");
  std::uint8_t expected[16];
  head_checksum(base, header->head_bytes, expected);
  if (std::memcmp(expected, header->head_checksum, sizeof expected) != 0) return corrupt(error, name, "its checksum");
  base_ = base;
  header_ = header;
  const char* problem = check_tables();
  return problem == nullptr ? HY_OK : corrupt(error, name, problem);
}

// Null when all is well, else the part that is not.
const char* BundleImage::check_tables() noexcept {
  const std::uint64_t limit = header_->head_bytes;
  std::span<const char> strings;
  if (header_->strings.stride != 1 || !within(header_->strings.offset, header_->strings.count, limit))
    return "its strings";
  strings = {reinterpret_cast<const char*>(base_ + header_->strings.offset), header_->strings.count};
  if (strings.empty() || strings.back() != '\0') return "its strings";
  strings_ = strings.data();
  if (!take(base_, header_->kernels, limit, &kernels_)) return "its kernels";
  if (!take(base_, header_->params, limit, &params_)) return "its parameters";
  if (!take(base_, header_->sources, limit, &sources_)) return "its sources";
  if (!take(base_, header_->images, limit, &images_)) return "its images";
  if (!take(base_, header_->constants, limit, &constants_)) return "its constants";
  if (!within(header_->default_first, header_->default_count, constants_.size())) return "its constants";
  if (!check_manifest(strings.size())) return "its manifest";
  return check_images(strings.size()) ? nullptr : "its images";
}

bool BundleImage::check_manifest(std::uint64_t string_bytes) const noexcept {
  for (const format::Kernel& kernel : kernels_) {
    if (kernel.name >= string_bytes || string(kernel.name)[0] == '\0' || kernel.source >= sources_.size()) return false;
    if (!within(kernel.first_param, kernel.param_count, params_.size())) return false;
    if (kernel.param_count > dialect::kMaxParameters) return false;
    if ((kernel.flags & ~format::kFixedWorkgroup) != 0 || kernel.tuning_offset != 0 || kernel.tuning_bytes != 0)
      return false;
  }
  for (const format::Param& param : params_) {
    if (param.name >= string_bytes || param.kind < HY_PARAM_VALUE || param.kind > HY_PARAM_INOUT) return false;
    if (hy_type_size(param.type) == 0) return false;
  }
  for (const format::Source& source : sources_) {
    if (source.file >= string_bytes || !within(source.offset, source.bytes, header_->head_bytes)) return false;
  }
  for (const format::Constant& constant : constants_) {
    if (constant.name >= string_bytes || constant.value >= string_bytes) return false;
  }
  return true;
}

// Images lie behind the head. Host code never comes out of a file: it is linked in, or a plugin.
bool BundleImage::check_images(std::uint64_t string_bytes) const noexcept {
  for (const format::Image& image : images_) {
    if (image.format < HY_IMAGE_SPIRV || image.target >= string_bytes || image.source >= sources_.size()) return false;
    if (!within(image.first_constant, image.constant_count, constants_.size())) return false;
    if (image.offset % 8 != 0 || image.offset < header_->head_bytes) return false;
    if (!within(image.offset, image.bytes, header_->file_bytes)) return false;
  }
  return true;
}

std::span<const format::Param> BundleImage::params(const format::Kernel& kernel) const noexcept {
  return params_.subspan(kernel.first_param, kernel.param_count);
}

std::span<const format::Constant> BundleImage::constants(std::uint32_t first, std::uint32_t count) const noexcept {
  return constants_.subspan(first, count);
}

std::span<const format::Constant> BundleImage::defaults() const noexcept {
  return constants_.subspan(header_->default_first, header_->default_count);
}

std::string_view BundleImage::text(const format::Source& source) const noexcept {
  return {reinterpret_cast<const char*>(base_ + source.offset), source.bytes};
}

hy_status BundleImage::image_bytes(const format::Image& image, const void** data, hy_error* error) const noexcept {
  char what[kWhatCapacity];
  std::snprintf(what, sizeof what, "the image of %s for '%s'", string(sources_[image.source].file),
                string(image.target));
  const Digest digest = sha256(base_ + image.offset, image.bytes);
  if (std::memcmp(digest.data(), image.checksum, sizeof image.checksum) != 0) {
    return corrupt(error, what, "its checksum");
  }
  *data = base_ + image.offset;
  return check_image(image.format, {reinterpret_cast<const char*>(base_ + image.offset), image.bytes}, what, error);
}

}  // namespace halyard::kernels
