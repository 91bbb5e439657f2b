// The C API of compiler.h over BundleWriter and the dialect.
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "halyard/compiler.h"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/constants.hpp"
#include "runtime/kernels/image_check.hpp"

using halyard::fail;
using halyard::stop_exceptions;
namespace dialect = halyard::dialect;

// The writer, and the signatures of its kernels as the C API gives them out.
struct hy_bundle_writer {
  struct Kernel {
    dialect::Signature names;  // holds the strings of `signature`
    std::vector<hy_param> params;
    hy_signature signature;
    std::uint32_t source;
  };
  halyard::kernels::BundleWriter writer;
  std::deque<Kernel> kernels;
  std::uint32_t sources = 0;
  std::string bytes;
};

namespace {

hy_status to_constants(const hy_constant* constants, std::uint32_t count, std::vector<dialect::Constant>* out,
                       hy_error* error) {
  if (constants == nullptr && count != 0) return fail(error, HY_INVALID_ARGUMENT, "constants must not be NULL");
  return halyard::kernels::merge_constants({}, {constants, count}, out, error);
}

void add_kernels(hy_bundle_writer* writer, const std::vector<dialect::Signature>& signatures) {
  for (const dialect::Signature& signature : signatures) {
    hy_bundle_writer::Kernel& kernel = writer->kernels.emplace_back();
    kernel.names = signature;
    for (const dialect::Parameter& parameter : kernel.names.parameters) {
      kernel.params.push_back({parameter.kind, parameter.type, parameter.name.c_str()});
    }
    kernel.signature = {kernel.names.name.c_str(), kernel.params.data(),
                        static_cast<std::uint32_t>(kernel.params.size()), signature.fixed_workgroup ? 1u : 0u};
    kernel.source = writer->sources;
  }
}

}  // namespace

extern "C" {

hy_status hy_bundle_writer_create(hy_bundle_writer** out, hy_error* error) {
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  return stop_exceptions(error, [&] {
    *out = new hy_bundle_writer;
    return hy_status{HY_OK};
  });
}

void hy_bundle_writer_destroy(hy_bundle_writer* writer) { delete writer; }

hy_status hy_bundle_writer_add_source(hy_bundle_writer* writer, const char* text, uint64_t bytes, const char* file,
                                      hy_error* error) {
  if (writer == nullptr || text == nullptr || file == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "writer, text and file must not be NULL");
  }
  return stop_exceptions(error, [&] {
    const hy_status status = writer->writer.add_source({text, bytes}, file, error);
    if (status != HY_OK) return status;
    add_kernels(writer, writer->writer.signatures(writer->sources));
    ++writer->sources;
    return status;
  });
}

hy_status hy_bundle_writer_set_constants(hy_bundle_writer* writer, const hy_constant* constants, uint32_t count,
                                         hy_error* error) {
  if (writer == nullptr) return fail(error, HY_INVALID_ARGUMENT, "writer must not be NULL");
  return stop_exceptions(error, [&] {
    std::vector<dialect::Constant> own;
    const hy_status status = to_constants(constants, count, &own, error);
    if (status == HY_OK) writer->writer.set_defaults(own);
    return status;
  });
}

hy_status hy_bundle_writer_add_image(hy_bundle_writer* writer, hy_image_format format, const char* target,
                                     uint32_t source, const hy_constant* constants, uint32_t constant_count,
                                     const void* data, uint64_t bytes, hy_error* error) {
  if (writer == nullptr || target == nullptr || (data == nullptr && bytes != 0)) {
    return fail(error, HY_INVALID_ARGUMENT, "writer, target and data must not be NULL");
  }
  if (source >= writer->sources)
    return fail(error, HY_INVALID_ARGUMENT, "source %u: there are %u", source, writer->sources);
  if (format < HY_IMAGE_SPIRV) {
    return fail(error, HY_INVALID_ARGUMENT,
                "bundles hold no host code; link it into the program (halyard_add_kernels)");
  }
  return stop_exceptions(error, [&] {
    std::vector<dialect::Constant> own;
    if (hy_status status = to_constants(constants, constant_count, &own, error); status != HY_OK) return status;
    std::string image(static_cast<const char*>(data), bytes);
    if (format == HY_IMAGE_PTX && (image.empty() || image.back() != '\0')) image += '\0';
    const std::string what = std::string("the image for '") + target + "'";
    const hy_status status = halyard::kernels::check_image(format, image, what.c_str(), error);
    if (status == HY_OK) writer->writer.add_image(format, target, source, own, image);
    return status;
  });
}

hy_status hy_bundle_writer_kernel_count(hy_bundle_writer* writer, uint32_t* out, hy_error* error) {
  if (writer == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "writer and out must not be NULL");
  *out = static_cast<uint32_t>(writer->kernels.size());
  return HY_OK;
}

hy_status hy_bundle_writer_kernel(hy_bundle_writer* writer, uint32_t index, const hy_signature** out, uint32_t* source,
                                  hy_error* error) {
  if (writer == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "writer and out must not be NULL");
  if (index >= writer->kernels.size()) {
    return fail(error, HY_INVALID_ARGUMENT, "index %u: there are %zu kernels", index, writer->kernels.size());
  }
  *out = &writer->kernels[index].signature;
  if (source != nullptr) *source = writer->kernels[index].source;
  return HY_OK;
}

hy_status hy_bundle_writer_finish(hy_bundle_writer* writer, const void** data, uint64_t* bytes, hy_error* error) {
  if (writer == nullptr || data == nullptr || bytes == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "writer, data and bytes must not be NULL");
  }
  return stop_exceptions(error, [&] {
    writer->bytes = writer->writer.finish();
    *data = writer->bytes.data();
    *bytes = writer->bytes.size();
    return hy_status{HY_OK};
  });
}

hy_status hy_expand(const char* text, uint64_t bytes, const char* file, hy_dialect target, const hy_constant* constants,
                    uint32_t count, char** out, uint64_t* out_bytes, hy_error* error) {
  if (text == nullptr || file == nullptr || out == nullptr || out_bytes == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "text, file, out and out_bytes must not be NULL");
  }
  if (target < HY_DIALECT_HOST || target > HY_DIALECT_OPENCL2) {
    return fail(error, HY_INVALID_ARGUMENT, "dialect: %u is none of HY_DIALECT_*", target);
  }
  return stop_exceptions(error, [&]() -> hy_status {
    std::vector<dialect::Constant> own;
    std::string expanded;
    if (hy_status status = to_constants(constants, count, &own, error); status != HY_OK) return status;
    hy_status status = dialect::expand({text, bytes}, file, target, own, &expanded, error);
    if (status != HY_OK) return status;
    char* copy = static_cast<char*>(std::malloc(expanded.size() + 1));
    if (copy == nullptr) return fail(error, HY_OUT_OF_MEMORY, "no memory for the expanded text");
    std::memcpy(copy, expanded.c_str(), expanded.size() + 1);
    *out = copy;
    *out_bytes = expanded.size();
    return HY_OK;
  });
}

void hy_text_free(char* text) { std::free(text); }

}  // extern "C"
