// Bundles: kernels as an application carries them. `BundleImage` reads a .hkb in place and trusts no byte of it before
// it was checked; `BundleWriter` makes one; hy_bundle is the object behind the handle. docs/reference/bundle-format.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "halyard/halyard.h"
#include "halyard/host_kernel.h"
#include "runtime/core/refcount.hpp"
#include "runtime/kernels/bundle_format.hpp"
#include "runtime/kernels/dialect.hpp"

namespace halyard::kernels {

class ModuleTable;

// A verified .hkb that lies in memory. Everything it gives points into that memory.
class BundleImage {
 public:
  // Checks magic, version, sizes, the checksum of the head, and every offset in it. `name` is for messages.
  // Errors: HY_CORRUPT_ARTIFACT, HY_UNSUPPORTED (made by a newer Halyard), HY_INVALID_ARGUMENT (not 8-byte aligned).
  hy_status open(const void* data, std::uint64_t bytes, const char* name, hy_error* error) noexcept;

  std::span<const format::Kernel> kernels() const noexcept { return kernels_; }
  std::span<const format::Param> params(const format::Kernel& kernel) const noexcept;
  std::span<const format::Source> sources() const noexcept { return sources_; }
  std::span<const format::Image> images() const noexcept { return images_; }
  std::span<const format::Constant> constants(std::uint32_t first, std::uint32_t count) const noexcept;
  std::span<const format::Constant> defaults() const noexcept;  // that every source is compiled with
  const char* string(std::uint32_t offset) const noexcept { return strings_ + offset; }
  std::string_view text(const format::Source& source) const noexcept;

  // The bytes of an image, after comparing them with their checksum and looking whether they are of its format.
  const void* unchecked_bytes(const format::Image& image) const noexcept { return base_ + image.offset; }
  hy_status image_bytes(const format::Image& image, const void** data, hy_error* error) const noexcept;

 private:
  const char* check_tables() noexcept;
  bool check_manifest(std::uint64_t string_bytes) const noexcept;
  bool check_images(std::uint64_t string_bytes) const noexcept;

  const std::uint8_t* base_ = nullptr;
  const format::Header* header_ = nullptr;
  std::span<const format::Kernel> kernels_;
  std::span<const format::Param> params_;
  std::span<const format::Source> sources_;
  std::span<const format::Image> images_;
  std::span<const format::Constant> constants_;
  const char* strings_ = "";
};

// What goes into a .hkb. Only copies of what is passed in are kept.
class BundleWriter {
 public:
  // A kernel file: its text is kept, its signatures become the manifest. HY_COMPILE_FAILED, or HY_INVALID_ARGUMENT for
  // a kernel name that another file has.
  hy_status add_source(std::string_view text, std::string_view file, hy_error* error);
  void set_defaults(std::span<const dialect::Constant> constants);
  // An image compiled from source `source` with exactly `constants`.
  void add_image(hy_image_format image_format, std::string_view target, std::uint32_t source,
                 std::span<const dialect::Constant> constants, std::string_view bytes);
  std::string finish() const;
  const std::vector<dialect::Signature>& signatures(std::uint32_t source) const { return sources_[source].signatures; }

 private:
  struct Source {
    std::string file, text;
    std::vector<dialect::Signature> signatures;
  };
  struct Image {
    hy_image_format format;
    std::string target;
    std::uint32_t source;
    std::vector<dialect::Constant> constants;
    std::string bytes;
  };
  std::vector<Source> sources_;
  std::vector<Image> images_;
  std::vector<dialect::Constant> defaults_;
};

}  // namespace halyard::kernels

struct hy_bundle {
  halyard::core::RefCount refs;
  hy_runtime* runtime = nullptr;  // held
  std::string origin;             // for messages: its file's, else what it came out of

  struct Source {
    std::string file;
    std::string_view text;  // of the image, or of `owned_text`
  };
  struct Kernel {
    hy_signature signature;
    std::uint32_t source;
  };
  struct Linked {
    const hy_host_image* image;
    std::uint32_t source;
  };
  std::vector<Source> sources;
  std::vector<Kernel> kernels;
  std::vector<hy_param> params;
  std::vector<Linked> linked;
  std::vector<halyard::dialect::Constant> defaults;
  halyard::kernels::BundleImage image;  // has no images when made from source
  bool has_image = false;

  std::string owned_text;                                // from source
  std::vector<halyard::dialect::Signature> owned_names;  // from source: holds the strings of `kernels`
  void* mapping = nullptr;                               // from file
  std::uint64_t mapping_bytes = 0;

  std::vector<halyard::kernels::ModuleTable*> users;  // tables with modules of this; guarded by links_mutex()

  hy_bundle() = default;
  ~hy_bundle();
  hy_bundle(const hy_bundle&) = delete;
  hy_bundle& operator=(const hy_bundle&) = delete;

  const Kernel* find(std::string_view name) const noexcept;
};

namespace halyard::kernels {
// Guards who uses which bundle, for the rare moments at which a bundle or a device goes away.
std::mutex& links_mutex() noexcept;
}  // namespace halyard::kernels
