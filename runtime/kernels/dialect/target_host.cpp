// C++ for the host: a kernel's body becomes an inlined function, around which a generated function loops over the
// items; one table at the end names them all (include/halyard/host_kernel.h).
#include "runtime/kernels/dialect/target.hpp"

namespace halyard::dialect {
namespace {

constexpr const PreludePart* kPrelude[] = {&kPreludeHostAbi, &kPreludeHost, &kPreludeCxx, &kPreludeMath};

const char* mode_of(const KernelText& kernel) {
  return kernel.signature.model == ItemModel::kPhases     ? "PHASES"
         : kernel.signature.model == ItemModel::kBarriers ? "FIBERS"
                                                          : "LOOP";
}

void before_head(const KernelText& kernel, std::string* out) {
  const std::string& name = kernel.signature.name;
  *out += "#define HY_HAVE_" + name + " 1\n#undef HY_MODE\n#define HY_MODE " + mode_of(kernel) + "\n";
  if (kernel.signature.fixed_workgroup) {
    *out += "typedef hy_fixed_workgroup<(" + kernel.workgroup[0] + "), (" + kernel.workgroup[1] + "), (" +
            kernel.workgroup[2] + ")> hy_workgroup_of_" + name + ";\n";
  } else {
    *out += "typedef hy_chosen_workgroup hy_workgroup_of_" + name + ";\n";
  }
}

void append_type(const Parameter& parameter, std::string* out) {
  *out += is_read_only(parameter) ? "const " : "";
  *out += type_spelling(parameter.type);
  *out += is_buffer(parameter) ? "* " : " ";
}

void append_parameters(const KernelText& kernel, std::string* out) {
  for (const Parameter& parameter : kernel.signature.parameters) {
    *out += ", ";
    append_type(parameter, out);
    *out += is_buffer(parameter) ? "__restrict " : "";
    *out += "HY_MAYBE_UNUSED " + parameter.name;
  }
}

void head(const KernelText& kernel, std::string* out) {
  const bool phases = kernel.signature.model == ItemModel::kPhases;
  *out += "HY_FUNCTION void hy_body_" + kernel.signature.name + "(const ";
  *out += phases ? "hy_group_t& hy_group" : "hy_item_t& hy_item";
  append_parameters(kernel, out);
  *out += ")";
}

void prologue(const KernelText& kernel, std::string* out) {
  *out += "using hy_workgroup HY_MAYBE_UNUSED = hy_workgroup_of_" + kernel.signature.name + "; ";
  if (kernel.signature.model == ItemModel::kPhases) {
    *out += "HY_MAYBE_UNUSED const hy_group_t& hy_item = hy_group; ";
  }
}

// The bounds of HY_BOUND as a function of the arguments, under their own names.
void append_limits(const KernelText& kernel, std::string* out) {
  *out += "HY_FUNCTION hy_limits_t hy_limits_of_" + kernel.signature.name + "(int";
  append_parameters(kernel, out);
  *out += ") {\n  hy_limits_t hy_limits;\n";
  for (std::size_t d = 0; d < kernel.bounds.size(); ++d) {
    *out += std::string("  hy_limits.") + "xyz"[d] + " = ulong(" + kernel.bounds[d] + ");\n";
  }
  *out += "  return hy_limits;\n}\n";
}

// The function of the table: fetches the arguments and runs the body over its part of the grid.
void append_entry(const KernelText& kernel, std::string* out) {
  const Signature& signature = kernel.signature;
  const bool fibers = signature.model == ItemModel::kBarriers;
  const bool phases = signature.model == ItemModel::kPhases;
  *out += fibers
              ? "void hy_item_of_" + signature.name +
                    "(const hy_host_launch* hy_l, const uint64_t hy_g[3], "
                    "const uint32_t hy_i[3], hy_host_fiber* hy_f) {\n"
              : "void hy_range_of_" + signature.name + "(const hy_host_launch* hy_l, uint64_t hy_b, uint64_t hy_e) {\n";
  std::string arguments;
  for (std::size_t i = 0; i < signature.parameters.size(); ++i) {
    const Parameter& parameter = signature.parameters[i];
    const std::string index = std::to_string(i);
    *out += "  ";
    append_type(parameter, out);
    *out += "hy_a" + index;
    *out += is_buffer(parameter) ? " = hy_buffer<" : " = hy_value<";
    *out += type_spelling(parameter.type) + ">(hy_l->args[" + index + "]);\n";
    arguments += ", hy_a" + index;
  }
  const std::string workgroup = "hy_workgroup_of_" + signature.name;
  if (fibers) {
    *out += "  hy_body_" + signature.name + "(hy_fiber_item<" + workgroup + ">(hy_l, hy_g, hy_i, hy_f)" + arguments +
            ");\n}\n";
    return;
  }
  const char* runner = phases                                              ? "hy_run_phases"
                       : (kernel.traits & (kAsksGroup | kPassesItem)) != 0 ? "hy_run_groups"
                                                                           : "hy_run_joined";
  const std::string limits = phases ? "" : "hy_limits_of_" + signature.name + "(0" + arguments + "), ";
  *out += std::string("  ") + runner + "<" + workgroup + ">(hy_l, hy_b, hy_e, " + limits + "[=](const " +
          (phases ? "hy_group_t" : "hy_item_t") + "& hy_x) HY_INLINE { hy_body_" + signature.name + "(hy_x" +
          arguments + "); });\n}\n";
}

// What the table says of memory, as a sum that may have preprocessor lines in it.
void append_bytes(const char* what, const KernelText& kernel, const std::vector<std::string>& layout,
                  std::string* out) {
  *out += std::string("constexpr uint64_t ") + what + kernel.signature.name + " = 0\n";
  for (const std::string& line : layout) {
    *out += line + "\n";
  }
  *out += ";\n";
}

void after_body(const KernelText& kernel, std::string* out) {
  if (kernel.signature.model == ItemModel::kLoop) {
    append_limits(kernel, out);
  }
  append_bytes("hy_local_of_", kernel, kernel.local_layout, out);
  append_bytes("hy_private_of_", kernel, kernel.private_layout, out);
  append_entry(kernel, out);
}

void append_table_row(const KernelText& kernel, std::string* out) {
  const Signature& signature = kernel.signature;
  const std::string workgroup = "hy_workgroup_of_" + signature.name;
  const bool fibers = signature.model == ItemModel::kBarriers;
  *out += "#ifdef HY_HAVE_" + signature.name + "\n  {\"" + signature.name + "\", HY_HOST_" + mode_of(kernel) + ", {" +
          workgroup + "::x, " + workgroup + "::y, " + workgroup + "::z}, hy_local_of_" + signature.name;
  *out += fibers ? ", nullptr, hy_item_of_" + signature.name : ", hy_range_of_" + signature.name + ", nullptr";
  *out += ", " + std::to_string(signature.parameters.size()) + ", hy_private_bytes_of(hy_private_of_" + signature.name;
  *out += signature.model == ItemModel::kPhases ? " * " + workgroup + "::items" : "";
  *out += ")},\n#endif\n";
}

void closing(const FileText& text, std::string* out) {
  *out += "const hy_host_kernel hy_table[] = {\n";
  for (const KernelText& kernel : text.kernels) {
    append_table_row(kernel, out);
  }
  // A namespace of its own, since the symbol is usually named like its type.
  *out +=
      "  {nullptr, 0, {0, 0, 0}, 0, nullptr, nullptr, 0, 0}};\n}\n"
      "namespace hy_exported {\n"
      "extern \"C\" __attribute__((visibility(HY_HOST_IMAGE_VISIBILITY))) const ::hy_host_image HY_HOST_IMAGE_SYMBOL;\n"
      "extern \"C\" const ::hy_host_image HY_HOST_IMAGE_SYMBOL = {HY_HOST_KERNEL_VERSION, "
      "sizeof(hy_table) / sizeof(hy_table[0]) - 1, hy_table, HY_HOST_TARGET};\n}\n";
}

}  // namespace

const Target kHostTarget = {kPrelude, "", before_head, head, prologue, after_body, closing};

}  // namespace halyard::dialect
