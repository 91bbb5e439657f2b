// Lays out a .hkb: header, tables, strings, sources, then the images.
#include <cstring>
#include <map>

#include "halyard/detail/error.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/constants.hpp"
#include "runtime/kernels/sha256.hpp"

namespace halyard::kernels {
namespace {

// Every string once.
class Strings {
 public:
  Strings() { add(""); }
  std::uint32_t add(const std::string& text) {
    const auto [found, added] = offsets_.try_emplace(text, static_cast<std::uint32_t>(bytes_.size()));
    if (added) bytes_.append(text.c_str(), text.size() + 1);
    return found->second;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::map<std::string, std::uint32_t> offsets_;
  std::string bytes_;
};

// A file that grows; sections begin at multiples of 8.
class Layout {
 public:
  std::uint64_t align() {
    file_.resize((file_.size() + 7) & ~std::size_t{7});
    return file_.size();
  }
  std::uint64_t append(const void* data, std::uint64_t bytes) {
    const std::uint64_t offset = align();
    file_.append(static_cast<const char*>(data), bytes);
    return offset;
  }
  template <class Entry>
  format::Table table(const std::vector<Entry>& entries) {
    return {append(entries.data(), entries.size() * sizeof(Entry)), static_cast<std::uint32_t>(entries.size()),
            sizeof(Entry)};
  }
  template <class T>
  void put(std::uint64_t offset, const T& value) {
    std::memcpy(file_.data() + offset, &value, sizeof value);
  }
  std::string& file() { return file_; }

 private:
  std::string file_;
};

std::uint32_t add_constants(const std::vector<dialect::Constant>& from, Strings* strings,
                            std::vector<format::Constant>* to) {
  const auto first = static_cast<std::uint32_t>(to->size());
  for (const dialect::Constant& constant : from)
    to->push_back({strings->add(constant.name), strings->add(constant.value)});
  return first;
}

}  // namespace

hy_status BundleWriter::add_source(std::string_view text, std::string_view file, hy_error* error) {
  Source source{std::string(file), std::string(text), {}};
  if (hy_status status = dialect::scan(source.text, source.file, &source.signatures, error); status != HY_OK)
    return status;
  for (const dialect::Signature& added : source.signatures) {
    for (const Source& other : sources_) {
      for (const dialect::Signature& known : other.signatures) {
        if (known.name != added.name) continue;
        return fail(error, HY_INVALID_ARGUMENT, "%s:%u: %s:%u has a kernel '%s' too; names are unique in a bundle",
                    source.file.c_str(), added.line, other.file.c_str(), known.line, added.name.c_str());
      }
    }
  }
  sources_.push_back(std::move(source));
  return HY_OK;
}

void BundleWriter::set_defaults(std::span<const dialect::Constant> constants) {
  defaults_.assign(constants.begin(), constants.end());
  sort_constants(&defaults_);
}

void BundleWriter::add_image(hy_image_format image_format, std::string_view target, std::uint32_t source,
                             std::span<const dialect::Constant> constants, std::string_view bytes) {
  Image image{image_format, std::string(target), source, {constants.begin(), constants.end()}, std::string(bytes)};
  sort_constants(&image.constants);
  images_.push_back(std::move(image));
}

std::string BundleWriter::finish() const {
  Strings strings;
  std::vector<format::Kernel> kernels;
  std::vector<format::Param> params;
  std::vector<format::Source> sources;
  std::vector<format::Image> images;
  std::vector<format::Constant> constants;
  format::Header header{};
  header.default_first = add_constants(defaults_, &strings, &constants);
  header.default_count = static_cast<std::uint32_t>(defaults_.size());
  for (const Source& source : sources_) {
    for (const dialect::Signature& signature : source.signatures) {
      kernels.push_back({strings.add(signature.name), static_cast<std::uint32_t>(sources.size()),
                         static_cast<std::uint32_t>(params.size()),
                         static_cast<std::uint32_t>(signature.parameters.size()),
                         signature.fixed_workgroup ? format::kFixedWorkgroup : 0, signature.line, 0, 0});
      for (const dialect::Parameter& parameter : signature.parameters) {
        params.push_back({strings.add(parameter.name), parameter.kind, parameter.type, 0});
      }
    }
    sources.push_back({strings.add(source.file), 0, 0, source.text.size()});
  }
  for (const Image& image : images_) {
    format::Image entry{image.format,
                        strings.add(image.target),
                        image.source,
                        add_constants(image.constants, &strings, &constants),
                        static_cast<std::uint32_t>(image.constants.size()),
                        0,
                        0,
                        image.bytes.size(),
                        {}};
    std::memcpy(entry.checksum, sha256(image.bytes.data(), image.bytes.size()).data(), sizeof entry.checksum);
    images.push_back(entry);
  }

  Layout layout;
  layout.append(&header, sizeof header);
  header.kernels = layout.table(kernels);
  header.params = layout.table(params);
  header.sources = layout.table(sources);
  header.images = layout.table(images);
  header.constants = layout.table(constants);
  header.strings = {layout.append(strings.bytes().data(), strings.bytes().size()),
                    static_cast<std::uint32_t>(strings.bytes().size()), 1};
  for (std::size_t i = 0; i < sources.size(); ++i) {
    sources[i].offset = layout.append(sources_[i].text.data(), sources_[i].text.size());
    layout.put(header.sources.offset + i * sizeof(format::Source), sources[i]);
  }
  header.head_bytes = layout.align();
  for (std::size_t i = 0; i < images.size(); ++i) {
    images[i].offset = layout.append(images_[i].bytes.data(), images_[i].bytes.size());
    layout.put(header.images.offset + i * sizeof(format::Image), images[i]);
  }
  std::memcpy(header.magic, format::kMagic, sizeof header.magic);
  header.version = format::kVersion;
  header.header_bytes = sizeof header;
  header.file_bytes = layout.align();
  layout.put(0, header);
  format::seal(layout.file().data());
  return std::move(layout.file());
}

}  // namespace halyard::kernels
