// The launch path: no lock, no allocation, no event.
#include <cstring>

#include "backends/opencl/errors.hpp"
#include "backends/opencl/module.hpp"
#include "backends/opencl/stream.hpp"

namespace halyard::opencl {
namespace {

// PoCL numbers the workgroups of a launch, all dimensions together, in 32 bits.
constexpr uint64_t kMostGroups = INT32_MAX;

// Inline, as a call of memcmp would cost more than the comparison.
bool same_grid(const hy_b_grid& a, const hy_b_grid& b) {
  uint64_t difference = 0;
  for (int d = 0; d < 3; ++d) {
    difference |= (a.groups[d] ^ b.groups[d]) | (a.workgroup[d] ^ b.workgroup[d]) |
                  (a.first_group[d] ^ b.first_group[d]) | (a.total_groups[d] ^ b.total_groups[d]);
  }
  return difference == 0;
}

bool same_value(const void* a, const void* b, uint64_t bytes) {
  if (bytes == 4) return std::memcmp(a, b, 4) == 0;
  if (bytes == 8) return std::memcmp(a, b, 8) == 0;
  return std::memcmp(a, b, bytes) == 0;
}

}  // namespace

Bound::Bound(std::shared_ptr<Program> program, Stream& stream, cl_kernel kernel, const std::vector<bool>& is_value)
    : cl_(stream.device().cl()),
      program_(std::move(program)),
      stream_state_(stream.state()),
      queue_(stream.queue()),
      kernel_(kernel),
      slots_(is_value.size()),
      grid_index_(0) {
  for (size_t i = 0; i < is_value.size(); ++i) {
    slots_[i].index = grid_index_;
    slots_[i].is_value = is_value[i];
    grid_index_ += is_value[i] ? 1 : 2;
  }
}

Bound::~Bound() { cl_.clReleaseKernel(kernel_); }

cl_int Bound::set_buffer(Slot& slot, const hy_b_arg& arg) {
  const Allocation* memory = arg.memory == nullptr ? nullptr : allocation(*arg.memory);
  const uint64_t serial = memory == nullptr ? 0 : memory->serial;
  if (HALYARD_UNLIKELY(serial != slot.serial)) {
    cl_mem mem = memory == nullptr ? nullptr : memory->mem;
    slot.serial = kUnset;
    // A buffer without bytes is a NULL argument: OpenCL wants a NULL pointer for it, not a pointer to NULL.
    const cl_int code = cl_.clSetKernelArg(kernel_, slot.index, sizeof mem, mem == nullptr ? nullptr : &mem);
    if (code != CL_SUCCESS) return code;
    slot.serial = serial;
  }
  if (HALYARD_UNLIKELY(arg.offset != slot.offset)) {
    const cl_ulong offset = arg.offset;
    slot.offset = kUnset;
    const cl_int code = cl_.clSetKernelArg(kernel_, slot.index + 1, sizeof offset, &offset);
    if (code != CL_SUCCESS) return code;
    slot.offset = arg.offset;
  }
  return CL_SUCCESS;
}

cl_int Bound::set_value(Slot& slot, const hy_b_arg& arg) {
  const uint64_t bytes = arg.value_bytes;
  if (HALYARD_LIKELY(slot.serial == bytes && same_value(slot.value, arg.value, bytes))) return CL_SUCCESS;
  slot.serial = kUnset;
  const cl_int code = cl_.clSetKernelArg(kernel_, slot.index, bytes, arg.value);
  if (code != CL_SUCCESS || bytes > sizeof slot.value) return code;
  std::memcpy(slot.value, arg.value, bytes);
  slot.serial = bytes;
  return CL_SUCCESS;
}

// Makes `grid` the one that enqueue() launches.
cl_int Bound::set_grid(const hy_b_grid& grid) {
  alignas(64) const cl_ulong value[8] = {grid.first_group[0],  grid.first_group[1],  grid.first_group[2],  0,
                                         grid.total_groups[0], grid.total_groups[1], grid.total_groups[2], 0};
  grid_ = {};  // of no groups: none is like it
  const cl_int code = cl_.clSetKernelArg(kernel_, grid_index_, sizeof value, value);
  if (code != CL_SUCCESS) return code;
  for (int d = 0; d < 3; ++d) {
    local_[d] = grid.workgroup[d];
    global_[d] = static_cast<size_t>(grid.groups[d]) * local_[d];
  }
  dimensions_ = global_[2] > 1 ? 3 : global_[1] > 1 ? 2 : 1;
  grid_ = grid;
  return CL_SUCCESS;
}

cl_int Bound::enqueue() {
  return cl_.clEnqueueNDRangeKernel(queue_, kernel_, dimensions_, nullptr, global_, local_, 0, nullptr, nullptr);
}

cl_int Bound::enqueue_parts(const hy_b_grid& grid) {
  const uint64_t rows = kMostGroups / grid.groups[0];
  hy_b_grid part = grid;
  part.groups[2] = 1;
  for (uint64_t z = 0; z < grid.groups[2]; ++z) {
    part.first_group[2] = grid.first_group[2] + z;
    for (uint64_t y = 0; y < grid.groups[1]; y += rows) {
      part.first_group[1] = grid.first_group[1] + y;
      part.groups[1] = grid.groups[1] - y < rows ? grid.groups[1] - y : rows;
      if (const cl_int code = set_grid(part)) return code;
      if (const cl_int code = enqueue()) return code;
    }
  }
  return CL_SUCCESS;
}

hy_status Bound::launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) {
  if (HALYARD_UNLIKELY(stream_state_.failed())) return stream_state_.report(error);
  for (Slot& slot : slots_) {
    const cl_int code = slot.is_value ? set_value(slot, *args) : set_buffer(slot, *args);
    if (HALYARD_UNLIKELY(code != CL_SUCCESS)) return fail_cl(error, code, "cannot set a kernel argument");
    ++args;
  }
  cl_int code = CL_SUCCESS;
  if (HALYARD_LIKELY(same_grid(grid, grid_))) {
    code = enqueue();
  } else if (grid.groups[0] * grid.groups[1] * grid.groups[2] > kMostGroups) {  // below 2^63, by max_grid
    code = enqueue_parts(grid);
  } else {
    code = set_grid(grid);
    if (code == CL_SUCCESS) code = enqueue();
  }
  return HALYARD_LIKELY(code == CL_SUCCESS) ? HY_OK : fail_cl(error, code, "cannot launch the kernel");
}

}  // namespace halyard::opencl
