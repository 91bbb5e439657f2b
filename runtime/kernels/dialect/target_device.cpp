// CUDA C++ and HIP C++: pointers as they are, the part of the grid as a last argument, and beside each kernel a
// constant that holds what the host cannot ask the driver for.
#include "runtime/kernels/dialect/target.hpp"

namespace halyard::dialect {
namespace {

constexpr const PreludePart* kCudaPrelude[] = {&kPreludeCuda, &kPreludeCxx, &kPreludeSimt, &kPreludeMath};
constexpr const PreludePart* kHipPrelude[] = {&kPreludeHip, &kPreludeCxx, &kPreludeSimt, &kPreludeMath};

void before_head(const KernelText&, std::string*) {}

void head(const KernelText& kernel, std::string* out) {
  const std::string items =
      "(" + kernel.workgroup[0] + ") * (" + kernel.workgroup[1] + ") * (" + kernel.workgroup[2] + ")";
  if (kernel.signature.fixed_workgroup) *out += "HY_CHECK_WORKGROUP(1ull * " + items + ") ";
  *out += "extern \"C\" HY_KERNEL_ATTRIBUTES ";
  if (kernel.signature.fixed_workgroup) *out += "HY_LAUNCH_BOUNDS(" + items + ") ";
  *out += "void " + kernel.signature.name + "(";
  for (const Parameter& parameter : kernel.signature.parameters) {
    *out += is_read_only(parameter) ? "const " : "";
    *out += type_spelling(parameter.type);
    *out += is_buffer(parameter) ? "* __restrict__ " : " ";
    *out += parameter.name + ", ";
  }
  *out += "const hy_grid_t hy_grid)";
}

void prologue(const KernelText& kernel, std::string* out) {
  if (kernel.signature.fixed_workgroup) {
    *out += "enum : unsigned { hy_fixed_x = (" + kernel.workgroup[0] + "), hy_fixed_y = (" + kernel.workgroup[1] +
            "), hy_fixed_z = (" + kernel.workgroup[2] + ") }; ";
  }
}

void after_body(const KernelText& kernel, std::string* out) {
  *out += "extern \"C\" HY_META " + kernel.signature.name + "__hy_meta[8] = {";
  for (const std::string& value : kernel.workgroup) {
    *out += kernel.signature.fixed_workgroup ? "(" + value + "), " : "0, ";
  }
  *out += "0\n";
  for (const std::string& line : kernel.local_layout) {
    *out += line + "\n";
  }
  *out += ", 1, 0, 0, 0};\n";
}

void closing(const FileText&, std::string* out) { *out += "}\n"; }

}  // namespace

const Target kCudaTarget = {kCudaPrelude, "", before_head, head, prologue, after_body, closing};
const Target kHipTarget = {kHipPrelude, "", before_head, head, prologue, after_body, closing};

}  // namespace halyard::dialect
