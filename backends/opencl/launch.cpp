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
bool same_value(const void* a, const void* b, uint64_t bytes) {
  if (bytes == 4) return std::memcmp(a, b, 4) == 0;
  if (bytes == 8) return std::memcmp(a, b, 8) == 0;
  return std::memcmp(a, b, bytes) == 0;
}

// Of the memory of a buffer: tells apart two that had the same address one after the other.
uint64_t serial_of(const hy_b_arg& arg) noexcept {
  const Allocation* memory = arg.memory == nullptr ? nullptr : allocation(*arg.memory);
  return memory == nullptr ? 0 : memory->serial;
}

}  // namespace

BoundEntry::BoundEntry(const Api& cl, cl_command_queue queue, Entry entry, const std::vector<bool>& is_value)
    : cl_(cl), queue_(queue), entry_(entry), slots_(is_value.size()) {
  const bool has_offsets = entry == Entry::kGeneral;
  for (size_t i = 0; i < is_value.size(); ++i) {
    slots_[i].index = grid_index_;
    slots_[i].is_value = is_value[i];
    slots_[i].offset = has_offsets ? kUnset : 0;
    grid_index_ += has_offsets && !is_value[i] ? 2 : 1;
  }
}

BoundEntry::~BoundEntry() {
  if (kernel_ != nullptr) cl_.clReleaseKernel(kernel_);
}

HALYARD_HOT bool BoundEntry::is_set(const Slot& slot, const hy_b_arg& arg) noexcept {
  if (slot.is_value) return slot.serial == arg.value_bytes && same_value(slot.value, arg.value, arg.value_bytes);
  return serial_of(arg) == slot.serial && arg.offset == slot.offset;
}

cl_int BoundEntry::set_buffer(Slot& slot, const hy_b_arg& arg) {
  const Allocation* memory = arg.memory == nullptr ? nullptr : allocation(*arg.memory);
  const uint64_t serial = serial_of(arg);
  if (serial != slot.serial) {
    cl_mem mem = memory == nullptr ? nullptr : memory->mem;
    slot.serial = kUnset;
    // A buffer without bytes is a NULL argument: OpenCL wants a NULL pointer for it, not a pointer to NULL.
    const cl_int code = cl_.clSetKernelArg(kernel_, slot.index, sizeof mem, mem == nullptr ? nullptr : &mem);
    if (code != CL_SUCCESS) return code;
    slot.serial = serial;
  }
  if (arg.offset != slot.offset) {
    const cl_ulong offset = arg.offset;
    slot.offset = kUnset;
    const cl_int code = cl_.clSetKernelArg(kernel_, slot.index + 1, sizeof offset, &offset);
    if (code != CL_SUCCESS) return code;
    slot.offset = arg.offset;
  }
  return CL_SUCCESS;
}

cl_int BoundEntry::set_value(Slot& slot, const hy_b_arg& arg) {
  const uint64_t bytes = arg.value_bytes;
  slot.serial = kUnset;
  const cl_int code = cl_.clSetKernelArg(kernel_, slot.index, bytes, arg.value);
  if (code != CL_SUCCESS || bytes > sizeof slot.value) return code;
  std::memcpy(slot.value, arg.value, bytes);
  slot.serial = bytes;
  return CL_SUCCESS;
}

HALYARD_HOT cl_int BoundEntry::set_args(const hy_b_arg* args) {
  for (Slot& slot : slots_) {
    const hy_b_arg& arg = *args++;
    if (HALYARD_LIKELY(is_set(slot, arg))) continue;
    const cl_int code = slot.is_value ? set_value(slot, arg) : set_buffer(slot, arg);
    if (code != CL_SUCCESS) return code;
  }
  return CL_SUCCESS;
}

cl_int BoundEntry::set_grid(const hy_b_grid& grid) {
  serial_ = 0;
  if (entry_ == Entry::kGeneral) {
    alignas(64) const cl_ulong value[8] = {grid.first_group[0],  grid.first_group[1],  grid.first_group[2],  0,
                                           grid.total_groups[0], grid.total_groups[1], grid.total_groups[2], 0};
    const cl_int code = cl_.clSetKernelArg(kernel_, grid_index_, sizeof value, value);
    if (code != CL_SUCCESS) return code;
  }
  for (int d = 0; d < 3; ++d) {
    local_[d] = grid.workgroup[d];
    global_[d] = static_cast<size_t>(grid.groups[d]) * local_[d];
  }
  dimensions_ = global_[2] > 1 ? 3 : global_[1] > 1 ? 2 : 1;
  serial_ = grid.serial;
  return CL_SUCCESS;
}

HALYARD_HOT cl_int BoundEntry::enqueue(const hy_b_grid& grid) {
  if (HALYARD_UNLIKELY(grid.serial == 0 || grid.serial != serial_)) {
    const cl_int code = set_grid(grid);
    if (code != CL_SUCCESS) return code;
  }
  return cl_.clEnqueueNDRangeKernel(queue_, kernel_, dimensions_, nullptr, global_, local_, 0, nullptr, nullptr);
}

Bound::Bound(std::shared_ptr<Program> program, Stream& stream, const std::vector<bool>& is_value)
    : program_(std::move(program)),
      stream_state_(stream.state()),
      parameters_(is_value.size()),
      general_(stream.device().cl(), stream.queue(), Entry::kGeneral, is_value),
      whole_(stream.device().cl(), stream.queue(), Entry::kWhole, is_value) {}

void Bound::look_at(const hy_b_grid& grid) noexcept {
  general_.forget_grid();  // a serial number says only that the grid is that of the launch before
  whole_.forget_grid();
  uint64_t rest = 0;
  for (int d = 0; d < 3; ++d) rest |= grid.first_group[d] | (grid.total_groups[d] ^ grid.groups[d]);
  too_many_ = grid.groups[0] * grid.groups[1] * grid.groups[2] > kMostGroups;  // below 2^63, by max_grid
  is_whole_ = rest == 0 && !too_many_ && whole_.kernel() != nullptr;
  serial_ = grid.serial;
}

HALYARD_HOT bool Bound::from_beginnings(const hy_b_arg* args) const noexcept {
  uint64_t offsets = 0;
  for (size_t i = 0; i < parameters_; ++i) offsets |= args[i].offset;  // 0 in values
  return offsets == 0;
}

cl_int Bound::enqueue_parts(const hy_b_grid& grid) {
  const uint64_t rows = kMostGroups / grid.groups[0];
  hy_b_grid part = grid;
  part.groups[2] = 1;
  part.serial = 0;
  for (uint64_t z = 0; z < grid.groups[2]; ++z) {
    part.first_group[2] = grid.first_group[2] + z;
    for (uint64_t y = 0; y < grid.groups[1]; y += rows) {
      part.first_group[1] = grid.first_group[1] + y;
      part.groups[1] = grid.groups[1] - y < rows ? grid.groups[1] - y : rows;
      if (const cl_int code = general_.enqueue(part)) return code;
    }
  }
  return CL_SUCCESS;
}

HALYARD_HOT hy_status Bound::launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) {
  if (HALYARD_UNLIKELY(stream_state_.failed())) return stream_state_.report(error);
  if (HALYARD_UNLIKELY(grid.serial == 0 || grid.serial != serial_)) look_at(grid);
  BoundEntry& entry = HALYARD_LIKELY(is_whole_ && from_beginnings(args)) ? whole_ : general_;
  cl_int code = entry.set_args(args);
  if (HALYARD_UNLIKELY(code != CL_SUCCESS)) return fail_cl(error, code, "cannot set a kernel argument");
  code = HALYARD_UNLIKELY(too_many_) ? enqueue_parts(grid) : entry.enqueue(grid);
  return HALYARD_LIKELY(code == CL_SUCCESS) ? HY_OK : fail_cl(error, code, "cannot launch the kernel");
}

}  // namespace halyard::opencl
