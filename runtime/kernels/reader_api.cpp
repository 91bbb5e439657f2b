// The C API of compiler.h that reads a .hkb for tools: BundleImage, with what the sources say of workgroups.
#include <cstring>
#include <memory>
#include <vector>

#include "halyard/backend_adapter.hpp"
#include "halyard/compiler.h"
#include "runtime/core/sized.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/dialect/kernel_text.hpp"

using halyard::fail;
using halyard::stop_exceptions;
namespace dialect = halyard::dialect;
namespace format = halyard::kernels::format;

// What was given out last lies in it: a file whose kernels all claim the same parameters can't ask for more.
struct hy_bundle_reader {
  halyard::kernels::BundleImage image;
  std::vector<dialect::FileText> texts;  // of each source; empty where it can't be read
  std::vector<hy_param> params;
  hy_signature signature{};
  std::vector<hy_constant> constants;
  std::vector<hy_constant> defaults;
};

namespace {

std::vector<hy_constant> constants_of(const halyard::kernels::BundleImage& image,
                                      std::span<const format::Constant> stored) {
  std::vector<hy_constant> constants;
  for (const format::Constant& constant : stored) {
    constants.push_back({image.string(constant.name), image.string(constant.value)});
  }
  return constants;
}

// The text is the same whatever a newer scanner would say to it: what can't be read is left out.
void read_texts(hy_bundle_reader* reader) {
  const auto& image = reader->image;
  for (const format::Source& source : image.sources()) {
    dialect::FileText& text = reader->texts.emplace_back();
    hy_error ignored{};
    if (dialect::read_file_text({image.text(source), image.string(source.file)}, &text, &ignored) != HY_OK) text = {};
  }
}

const dialect::KernelText* text_of(const hy_bundle_reader& reader, const format::Kernel& kernel) {
  for (const dialect::KernelText& text : reader.texts[kernel.source].kernels) {
    if (text.signature.name == reader.image.string(kernel.name)) return &text;
  }
  return nullptr;
}

hy_status no_such(const char* what, std::uint32_t index, std::size_t count, hy_error* error) {
  return fail(error, HY_INVALID_ARGUMENT, "index %u: there are %zu %s", index, count, what);
}

}  // namespace

extern "C" {

hy_status hy_bundle_reader_open(const void* data, uint64_t bytes, const char* name, hy_bundle_reader** out,
                                hy_error* error) {
  if (data == nullptr || name == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "data, name and out must not be NULL");
  }
  return stop_exceptions(error, [&] {
    auto reader = std::make_unique<hy_bundle_reader>();
    const hy_status status = reader->image.open(data, bytes, name, error);
    if (status != HY_OK) return status;
    read_texts(reader.get());
    reader->defaults = constants_of(reader->image, reader->image.defaults());
    *out = reader.release();
    return status;
  });
}

void hy_bundle_reader_close(hy_bundle_reader* reader) { delete reader; }

hy_status hy_bundle_reader_get_counts(hy_bundle_reader* reader, hy_bundle_counts* out, hy_error* error) {
  if (reader == nullptr) return fail(error, HY_INVALID_ARGUMENT, "reader must not be NULL");
  hy_bundle_counts counts{};
  counts.size = sizeof counts;
  counts.sources = static_cast<uint32_t>(reader->image.sources().size());
  counts.kernels = static_cast<uint32_t>(reader->image.kernels().size());
  counts.images = static_cast<uint32_t>(reader->image.images().size());
  counts.constant_count = static_cast<uint32_t>(reader->defaults.size());
  counts.constants = reader->defaults.data();
  return halyard::core::copy_info(counts, out, "hy_bundle_counts", error);
}

hy_status hy_bundle_reader_source(hy_bundle_reader* reader, uint32_t index, const char** file, uint64_t* bytes,
                                  hy_error* error) {
  if (reader == nullptr || file == nullptr) return fail(error, HY_INVALID_ARGUMENT, "reader and file must not be NULL");
  const auto sources = reader->image.sources();
  if (index >= sources.size()) return no_such("sources", index, sources.size(), error);
  *file = reader->image.string(sources[index].file);
  if (bytes != nullptr) *bytes = sources[index].bytes;
  return HY_OK;
}

hy_status hy_bundle_reader_kernel(hy_bundle_reader* reader, uint32_t index, hy_bundle_kernel* out, hy_error* error) {
  if (reader == nullptr) return fail(error, HY_INVALID_ARGUMENT, "reader must not be NULL");
  const auto kernels = reader->image.kernels();
  if (index >= kernels.size()) return no_such("kernels", index, kernels.size(), error);
  return stop_exceptions(error, [&] {
    const format::Kernel& kernel = kernels[index];
    reader->params.clear();
    for (const format::Param& param : reader->image.params(kernel)) {
      reader->params.push_back({param.kind, param.type, reader->image.string(param.name)});
    }
    const bool fixed = (kernel.flags & format::kFixedWorkgroup) != 0;
    reader->signature = {reader->image.string(kernel.name), reader->params.data(), kernel.param_count, fixed ? 1u : 0u};
    hy_bundle_kernel info{};
    info.size = sizeof info;
    info.source = kernel.source;
    info.line = kernel.line;
    info.signature = &reader->signature;
    if (const dialect::KernelText* text = text_of(*reader, kernel); fixed && text != nullptr) {
      for (int d = 0; d < 3; ++d) info.workgroup[d] = text->workgroup[static_cast<std::size_t>(d)].c_str();
    }
    return halyard::core::copy_info(info, out, "hy_bundle_kernel", error);
  });
}

hy_status hy_bundle_reader_image(hy_bundle_reader* reader, uint32_t index, hy_bundle_image* out, hy_error* error) {
  if (reader == nullptr) return fail(error, HY_INVALID_ARGUMENT, "reader must not be NULL");
  const auto images = reader->image.images();
  if (index >= images.size()) return no_such("images", index, images.size(), error);
  return stop_exceptions(error, [&] {
    const format::Image& image = images[index];
    reader->constants =
        constants_of(reader->image, reader->image.constants(image.first_constant, image.constant_count));
    hy_bundle_image info{};
    info.size = sizeof info;
    info.format = image.format;
    info.source = image.source;
    info.constant_count = image.constant_count;
    info.constants = reader->constants.data();
    info.target = reader->image.string(image.target);
    info.bytes = image.bytes;
    return halyard::core::copy_info(info, out, "hy_bundle_image", error);
  });
}

hy_status hy_bundle_reader_image_bytes(hy_bundle_reader* reader, uint32_t index, const void** data, uint64_t* bytes,
                                       hy_error* error) {
  if (reader == nullptr || data == nullptr || bytes == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "reader, data and bytes must not be NULL");
  }
  const auto images = reader->image.images();
  if (index >= images.size()) return no_such("images", index, images.size(), error);
  *bytes = images[index].bytes;
  return reader->image.image_bytes(images[index], data, error);
}

}  // extern "C"
