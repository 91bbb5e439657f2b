// OpenCL C. Each kernel becomes two entries. In the general one a buffer is two arguments, the memory object and a
// 64-bit offset in bytes, and the last argument says which part of the grid this launch runs. The other, for the whole
// grid and buffers from their beginnings, has the user's parameters alone: most launches are of that kind, and a driver
// spends a few hundred instructions on every argument of every launch.
#include "halyard/backend.h"
#include "runtime/kernels/dialect/target.hpp"

namespace halyard::dialect {
namespace {

constexpr const PreludePart* kPrelude[] = {&kPreludeOpencl};

void before_head(const KernelText&, std::string*) {}

void append_pointer(const Parameter& parameter, std::string* out) {
  *out += is_read_only(parameter) ? "__global const " : "__global ";
  *out += type_spelling(parameter.type);
  *out += '*';
}

// How both entries begin, up to the parenthesis that opens the parameters.
void append_entry(const KernelText& kernel, std::string_view suffix, std::string* out) {
  *out += "__kernel ";
  if (kernel.signature.fixed_workgroup) {
    *out += "__attribute__((reqd_work_group_size(" + kernel.workgroup[0] + ", " + kernel.workgroup[1] + ", " +
            kernel.workgroup[2] + "))) ";
  }
  *out += "void " + kernel.signature.name;
  *out += suffix;
  *out += '(';
}

void append_parameter(const Parameter& parameter, std::string* out) {
  if (is_buffer(parameter)) {
    append_pointer(parameter, out);
    *out += " restrict " + parameter.name;
  } else {
    *out += type_spelling(parameter.type) + " " + parameter.name;
  }
}

void head(const KernelText& kernel, std::string* out) {
  append_entry(kernel, "", out);
  for (const Parameter& parameter : kernel.signature.parameters) {
    append_parameter(parameter, out);
    *out += is_buffer(parameter) ? ", const ulong hy_off_" + parameter.name + ", " : ", ";
  }
  *out += "const ulong8 hy_grid)";
}

void whole_head(const KernelText& kernel, std::string* out) {
  append_entry(kernel, HY_OPENCL_WHOLE_SUFFIX, out);
  const char* separator = "";
  for (const Parameter& parameter : kernel.signature.parameters) {
    *out += separator;
    append_parameter(parameter, out);
    separator = ", ";
  }
  *out += kernel.signature.parameters.empty() ? "void)" : ")";
}

void whole_prologue(const KernelText&, std::string* out) {
  *out +=
      "const ulong8 hy_grid = (ulong8)(0, 0, 0, 0, get_num_groups(0), get_num_groups(1), get_num_groups(2), 0); "
      "(void)hy_grid; ";
}

void prologue(const KernelText& kernel, std::string* out) {
  for (const Parameter& parameter : kernel.signature.parameters) {
    if (is_buffer(parameter)) {
      *out += parameter.name + " = (";
      append_pointer(parameter, out);
      *out += is_read_only(parameter) ? ")((__global const char*)" : ")((__global char*)";
      *out += parameter.name + " + hy_off_" + parameter.name + "); ";
    }
  }
}

void closing(const FileText&, std::string*) {}

}  // namespace

const Target kOpenclTarget = {kPrelude, "", before_head, head, prologue, nullptr, closing, whole_head, whole_prologue};

}  // namespace halyard::dialect
