// The expander: prelude, constants, then the user's text with each kernel's head replaced, #line keeping the
// compiler's messages on the user's lines.
#include <utility>

#include "halyard/detail/config.hpp"
#include "runtime/kernels/dialect/message.hpp"
#include "runtime/kernels/dialect/target.hpp"

namespace halyard::dialect {
namespace {

const Target* find_target(hy_dialect dialect) {
  switch (dialect) {
    case HY_DIALECT_HOST:
      return &kHostTarget;
    case HY_DIALECT_OPENCL:
    case HY_DIALECT_OPENCL2:
      return &kOpenclTarget;
    case HY_DIALECT_CUDA:
      return &kCudaTarget;
    case HY_DIALECT_HIP:
      return &kHipTarget;
    default:
      return nullptr;
  }
}

// `#line N "name"`, the name escaped; control characters, which no file name needs, become '?'.
void append_line(std::uint32_t line, std::string_view name, std::string* out) {
  *out += "#line " + std::to_string(line) + " \"";
  for (const char c : name) {
    if (c == '"' || c == '\\') {
      *out += '\\';
    }
    *out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  *out += "\"\n";
}

hy_status append_constants(const SourceFile& file, std::span<const Constant> constants, std::string* out,
                           hy_error* error) {
  for (const Constant& constant : constants) {
    const std::string_view name = constant.name;
    bool good = !name.empty() && is_name_start(name.front());
    for (const char c : name) {
      good = good && is_name_part(c);
    }
    for (const char c : constant.value) {
      good = good && static_cast<unsigned char>(c) >= 0x20 && c != '\\';
    }
    if (!good) {
      return fail(error, HY_INVALID_ARGUMENT,
                  "constant '%.*s' for %.*s: the name must be an identifier and the value one line without backslashes",
                  quote_length(name), name.data(), quote_length(file.name), file.name.data());
    }
    *out += "#define " + constant.name + " " + constant.value + "\n";
  }
  return HY_OK;
}

// The body once more under the second entry's head; a compiler that was told so sees, and complains of, the first
// alone.
void append_whole_entry(const SourceFile& file, const KernelText& kernel, const Target& target, std::string_view body,
                        std::string* out) {
  *out += "\n#ifndef HY_ONE_ENTRY\n";
  append_line(kernel.signature.line, file.name, out);
  target.whole_head(kernel, out);
  *out += '\n';
  append_line(kernel.body_line, file.name, out);
  *out += "{ ";
  target.whole_prologue(kernel, out);
  *out += body;
  *out += "\n#endif\n";
  append_line(kernel.close_line, file.name, out);
}

void append_source(const SourceFile& file, const FileText& text, const Target& target, std::string* out) {
  std::size_t copied = file.text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  append_line(1, file.name, out);
  for (const KernelText& kernel : text.kernels) {
    *out += file.text.substr(copied, kernel.head_begin - copied);
    *out += '\n';
    target.before_head(kernel, out);
    append_line(kernel.signature.line, file.name, out);
    target.head(kernel, out);
    *out += '\n';
    append_line(kernel.body_line, file.name, out);
    *out += "{ ";
    target.prologue(kernel, out);
    copied = kernel.body_begin + 1;
    if (target.after_body != nullptr) {
      *out += file.text.substr(copied, kernel.body_close + 1 - copied);
      *out += '\n';
      append_line(1, "halyard/after a kernel", out);
      target.after_body(kernel, out);
      append_line(kernel.close_line, file.name, out);
      copied = kernel.body_close + 1;
    }
    if (target.whole_head != nullptr && !kernel.changes_macros) {
      const std::string_view body = file.text.substr(kernel.body_begin + 1, kernel.body_close - kernel.body_begin);
      *out += file.text.substr(copied, kernel.body_close + 1 - copied);
      append_whole_entry(file, kernel, target, body, out);
      copied = kernel.body_close + 1;
    }
  }
  *out += file.text.substr(copied);
  *out += '\n';
}

}  // namespace

std::string type_spelling(hy_type type) {
  static constexpr std::pair<hy_type, const char*> kNames[] = {
#define HY_SCALAR(spelling, value) {value, #spelling},
#include "runtime/kernels/dialect/types.def"
  };
  const std::uint32_t lanes = type >> 8;
  for (const auto& [value, name] : kNames) {
    if (HY_VECTOR(type, 1) == value) {
      return lanes > 1 ? name + std::to_string(lanes) : std::string(name);
    }
  }
  return {};
}

hy_status expand(std::string_view source, std::string_view file, hy_dialect dialect,
                 std::span<const Constant> constants, std::string* out, hy_error* error) noexcept {
  const Target* target = find_target(dialect);
  if (target == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "dialect %u is none of HY_DIALECT_HOST, OPENCL, OPENCL2, CUDA, HIP",
                dialect);
  }
  HALYARD_TRY {
    const SourceFile input{source, file};
    FileText text;
    if (const hy_status status = read_file_text(input, &text, error); status != HY_OK) {
      return status;
    }
    out->clear();
    for (const PreludePart* part : target->prelude) {
      append_line(1, part->name, out);
      *out += part->text;
      *out += '\n';
    }
    if (const hy_status status = append_constants(input, constants, out, error); status != HY_OK) {
      return status;
    }
    *out += target->opening;
    append_source(input, text, *target, out);
    append_line(1, "halyard/closing", out);
    target->closing(text, out);
    return HY_OK;
  }
  HALYARD_CATCH(...) {
    return fail(error, HY_OUT_OF_MEMORY, "no memory left to expand the kernels of %.*s", quote_length(file),
                file.data());
  }
}

}  // namespace halyard::dialect
