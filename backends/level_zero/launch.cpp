// The launch path: no lock, no allocation, no event.
#include <cstring>

#include "backends/level_zero/module.hpp"

namespace halyard::level_zero {
namespace {

// Inline, as a call of memcmp would cost more than the comparison.
bool same_value(const void* a, const void* b, uint64_t bytes) {
  if (bytes == 4) return std::memcmp(a, b, 4) == 0;
  if (bytes == 8) return std::memcmp(a, b, 8) == 0;
  return std::memcmp(a, b, bytes) == 0;
}

uint64_t address_of(const hy_b_arg& arg) noexcept {
  return arg.memory == nullptr || arg.memory->object == nullptr ? 0 : arg.memory->address + arg.offset;
}

}  // namespace

Entry::Entry(const Driver& driver, const hy_signature& signature, bool whole)
    : driver_(driver), whole_(whole), slots_(signature.param_count) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    slots_[i].index = grid_index_;
    slots_[i].is_value = signature.params[i].kind == HY_PARAM_VALUE;
    grid_index_ += whole || slots_[i].is_value ? 1 : 2;
  }
}

Entry::~Entry() {
  if (kernel_ != nullptr) driver_.api().zeKernelDestroy(kernel_);
}

ze_result_t Entry::make(ze_module_handle_t module, const char* name) {
  const Api& api = driver_.api();
  const std::string full = std::string(name) + (whole_ ? HY_OPENCL_WHOLE_SUFFIX : "");
  ze_kernel_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_KERNEL_DESC;
  description.pKernelName = full.c_str();
  ze_kernel_handle_t made = nullptr;
  ze_result_t code = api.zeKernelCreate(module, &description, &made);
  if (code != ZE_RESULT_SUCCESS) return code;
  kernel_ = made;
  const uint64_t none = 0;  // what a buffer's offset is: its address has it already
  for (const Slot& slot : slots_) {
    if (whole_ || slot.is_value || code != ZE_RESULT_SUCCESS) continue;
    code = api.zeKernelSetArgumentValue(kernel_, slot.index + 1, sizeof none, &none);
  }
  return code;
}

ze_result_t Entry::ask(ze_kernel_properties_t* out) const { return driver_.api().zeKernelGetProperties(kernel_, out); }

HALYARD_HOT bool Entry::is_set(const Slot& slot, const hy_b_arg& arg) noexcept {
  if (slot.is_value) return slot.set == arg.value_bytes && same_value(slot.value, arg.value, arg.value_bytes);
  // Nobody tells when the application's own memory becomes other memory at the same address.
  return slot.set == address_of(arg) && (arg.memory == nullptr || arg.memory->wrapped == 0);
}

ze_result_t Entry::set(Slot& slot, const hy_b_arg& arg) {
  const Api& api = driver_.api();
  slot.set = kUnset;
  if (slot.is_value) {
    const ze_result_t code = api.zeKernelSetArgumentValue(kernel_, slot.index, arg.value_bytes, arg.value);
    if (code != ZE_RESULT_SUCCESS || arg.value_bytes > sizeof slot.value) return code;
    std::memcpy(slot.value, arg.value, arg.value_bytes);
    slot.set = arg.value_bytes;
    return code;
  }
  const uint64_t address = address_of(arg);
  const ze_result_t code =
      api.zeKernelSetArgumentValue(kernel_, slot.index, sizeof address, address == 0 ? nullptr : &address);
  if (code == ZE_RESULT_SUCCESS) slot.set = address;
  return code;
}

ze_result_t Entry::set_grid(const hy_b_grid& grid) {
  const Api& api = driver_.api();
  serial_ = 0;
  if (!whole_) {
    const uint64_t part[8] = {grid.first_group[0],  grid.first_group[1],  grid.first_group[2],  0,
                              grid.total_groups[0], grid.total_groups[1], grid.total_groups[2], 0};
    const ze_result_t code = api.zeKernelSetArgumentValue(kernel_, grid_index_, sizeof part, part);
    if (code != ZE_RESULT_SUCCESS) return code;
  }
  const ze_result_t code = api.zeKernelSetGroupSize(kernel_, grid.workgroup[0], grid.workgroup[1], grid.workgroup[2]);
  if (code != ZE_RESULT_SUCCESS) return code;
  // Within max_grid, which the driver gave in 32 bits.
  groups_ = {static_cast<uint32_t>(grid.groups[0]), static_cast<uint32_t>(grid.groups[1]),
             static_cast<uint32_t>(grid.groups[2])};
  serial_ = grid.serial;
  return code;
}

HALYARD_HOT ze_result_t Entry::launch(Queue* queue, const hy_b_grid& grid, const hy_b_arg* args) {
  // Memory that was given back may have left its address to other memory, which the kernel object does not know.
  const uint64_t releases = driver_.context().releases();
  const bool addresses_hold = releases == releases_;
  releases_ = releases;
  for (Slot& slot : slots_) {
    const hy_b_arg& arg = *args++;
    if (HALYARD_LIKELY(is_set(slot, arg) && (addresses_hold || slot.is_value))) continue;
    const ze_result_t code = set(slot, arg);
    if (HALYARD_UNLIKELY(code != ZE_RESULT_SUCCESS)) {
      releases_ = kUnset;
      return code;
    }
  }
  if (HALYARD_UNLIKELY(grid.serial == 0 || grid.serial != serial_)) {
    const ze_result_t code = set_grid(grid);
    if (code != ZE_RESULT_SUCCESS) return code;
  }
  return driver_.finish(
      queue, driver_.api().zeCommandListAppendLaunchKernel(queue->list, kernel_, &groups_, nullptr, 0, nullptr));
}

Bound::Bound(std::shared_ptr<Program> program, Stream& stream, const hy_signature& signature)
    : program_(std::move(program)),
      stream_(stream),
      whole_(program_->driver, signature, true),
      general_(program_->driver, signature, false) {}

// An image may lack the whole kernel.
ze_result_t Bound::make(const char* name) {
  const ze_result_t code = whole_.make(program_->module, name);
  if (code != ZE_RESULT_SUCCESS && code != ZE_RESULT_ERROR_INVALID_KERNEL_NAME) return code;
  return general_.make(program_->module, name);
}

void Bound::look_at(const hy_b_grid& grid) noexcept {
  whole_.forget_grid();  // a serial number says only that the grid is that of the launch before
  general_.forget_grid();
  uint64_t rest = 0;
  for (int d = 0; d < 3; ++d) rest |= grid.first_group[d] | (grid.total_groups[d] ^ grid.groups[d]);
  chosen_ = rest == 0 && whole_.is_made() ? &whole_ : &general_;
  serial_ = grid.serial;
}

HALYARD_HOT hy_status Bound::launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) {
  if (HALYARD_UNLIKELY(stream_.state().failed())) return stream_.state().report(error);
  if (HALYARD_UNLIKELY(grid.serial == 0 || grid.serial != serial_)) look_at(grid);
  const ze_result_t code = chosen_->launch(stream_.handle(), grid, args);
  return HALYARD_LIKELY(code == ZE_RESULT_SUCCESS) ? HY_OK
                                                   : program_->driver.fail(error, code, "cannot launch the kernel");
}

}  // namespace halyard::level_zero
