// See generate.hpp.
#include "generate.hpp"

#include <cstdio>
#include <cstring>

namespace halyardc {
namespace {

// The C++ type of a value or of a buffer's elements, as halyard/element.hpp names it.
std::string cpp_type(hy_type type) {
  static constexpr struct {
    hy_type scalar;
    const char* name;
  } kScalars[] = {{HY_I8, "std::int8_t"},           {HY_U8, "std::uint8_t"},   {HY_I16, "std::int16_t"},
                  {HY_U16, "std::uint16_t"},        {HY_I32, "std::int32_t"},  {HY_U32, "std::uint32_t"},
                  {HY_I64, "std::int64_t"},         {HY_U64, "std::uint64_t"}, {HY_F16, "::halyard::half"},
                  {HY_BF16, "::halyard::bfloat16"}, {HY_F32, "float"},         {HY_F64, "double"}};
  const std::uint32_t lanes = type >> 8;
  for (const auto& known : kScalars) {
    if (known.scalar != HY_VECTOR(type, 1)) continue;
    return lanes == 1 ? known.name : "::halyard::Vec<" + std::string(known.name) + ", " + std::to_string(lanes) + ">";
  }
  return "void";
}

const char* tag(hy_param_kind kind) {
  switch (kind) {
    case HY_PARAM_IN:
      return "::halyard::In";
    case HY_PARAM_OUT:
      return "::halyard::Out";
    case HY_PARAM_INOUT:
      return "::halyard::InOut";
    default:
      return nullptr;
  }
}

std::string kernel_type(const hy_signature& signature) {
  std::string text = "::halyard::TypedKernel<";
  for (std::uint32_t i = 0; i < signature.param_count; ++i) {
    const hy_param& param = signature.params[i];
    if (i != 0) text += ", ";
    text += tag(param.kind) != nullptr ? std::string(tag(param.kind)) + "<" + cpp_type(param.type) + ">"
                                       : cpp_type(param.type);
  }
  return text + ">";
}

std::string template_arguments(const std::string& kernel) {
  return kernel.substr(std::strlen("::halyard::TypedKernel"));
}

}  // namespace

std::string signature_text(const hy_signature& signature) {
  std::string text = "HY_KERNEL(" + std::string(signature.name);
  for (std::uint32_t i = 0; i < signature.param_count; ++i) {
    const hy_param& param = signature.params[i];
    text +=
        std::string(", ") + hy_param_kind_name(param.kind) + "(" + hy_type_name(param.type) + ", " + param.name + ")";
  }
  return text + ")";
}

std::string cpp_header(const std::string& name_space, const std::vector<const hy_signature*>& kernels) {
  std::string text = "// Made by halyardc; do not edit. The kernels of '" + name_space +
                     "' as C++ sees them.\n"
                     "#pragma once\n\n#include <cstdint>\n\n#include \"halyard/halyard.hpp\"\n\nnamespace " +
                     name_space +
                     " {\n\n"
                     "/** The bundle as it is linked into this program: Bundle::from_linked(runtime, " +
                     name_space +
                     "::bundle()). */\n"
                     "const hy_linked_bundle& bundle() noexcept;\n";
  for (const hy_signature* kernel : kernels) {
    const std::string type = kernel_type(*kernel);
    text += "\n/** " + signature_text(*kernel) +
            (kernel->fixed_workgroup != 0 ? ", its workgroup fixed by the source" : "") +
            ". Errors: those of Bundle::kernel(). */\n"
            "inline ::halyard::Result<" +
            type + "> " + kernel->name +
            "(const ::halyard::Bundle& from, const ::halyard::Device& device, ::halyard::Constants constants = {}) "
            "noexcept {\n"
            "  return from.template kernel" +
            template_arguments(type) + "(device, \"" + kernel->name + "\", constants);\n}\n";
  }
  return text + "\n}  // namespace " + name_space + "\n";
}

std::string cpp_embedding(const std::string& name_space, std::string_view bundle,
                          const std::vector<std::string>& host_images) {
  std::string text = "// Made by halyardc; do not edit. The bundle '" + name_space +
                     "' and the host images beside it.\n"
                     "#include <cstdint>\n\n#include \"halyard/halyard.h\"\n#include \"halyard/host_kernel.h\"\n\n";
  for (const std::string& symbol : host_images) {
    text += "extern \"C\" __attribute__((visibility(\"hidden\"))) const hy_host_image " + symbol + ";\n";
  }
  text +=
      "\nnamespace {\n\n// The .hkb, in words: a bundle begins at a multiple of 8 bytes.\nconst std::uint64_t "
      "kBundle[] = {";
  for (std::size_t at = 0; at < bundle.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8 && at + i < bundle.size(); ++i) {
      word |= std::uint64_t{static_cast<unsigned char>(bundle[at + i])} << (8 * i);
    }
    char digits[32];
    std::snprintf(digits, sizeof digits, "%s0x%llx,", at % 48 == 0 ? "\n    " : " ",
                  static_cast<unsigned long long>(word));
    text += digits;
  }
  text += "};\n\n";
  if (!host_images.empty()) {
    text += "const void* const kHostImages[] = {";
    for (const std::string& symbol : host_images) text += "\n    &" + symbol + ",";
    text += "};\n\n";
  }
  text += "const hy_linked_bundle kLinked = {sizeof(hy_linked_bundle), " + std::to_string(host_images.size()) +
          ", kBundle, " + std::to_string(bundle.size()) + "u, " + (host_images.empty() ? "nullptr" : "kHostImages") +
          "};\n\n}  // namespace\n\n";
  return text + "namespace " + name_space +
         " {\nconst hy_linked_bundle& bundle() noexcept;\n"
         "const hy_linked_bundle& bundle() noexcept { return kLinked; }\n}  // namespace " +
         name_space + "\n";
}

}  // namespace halyardc
