// OpenCL C: a buffer is two arguments, the memory object and a 64-bit offset in bytes; the last argument says which
// part of the grid this launch runs.
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

void head(const KernelText& kernel, std::string* out) {
  *out += "__kernel ";
  if (kernel.signature.fixed_workgroup) {
    *out += "__attribute__((reqd_work_group_size(" + kernel.workgroup[0] + ", " + kernel.workgroup[1] + ", " +
            kernel.workgroup[2] + "))) ";
  }
  *out += "void " + kernel.signature.name + "(";
  for (const Parameter& parameter : kernel.signature.parameters) {
    if (is_buffer(parameter)) {
      append_pointer(parameter, out);
      *out += " restrict " + parameter.name + ", const ulong hy_off_" + parameter.name + ", ";
    } else {
      *out += type_spelling(parameter.type) + " " + parameter.name + ", ";
    }
  }
  *out += "const ulong8 hy_grid)";
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

const Target kOpenclTarget = {kPrelude, "", before_head, head, prologue, nullptr, closing};

}  // namespace halyard::dialect
