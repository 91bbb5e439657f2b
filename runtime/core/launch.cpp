// The launch path: checks every argument against the kernel's signature, chooses the workgroup, splits grids that are
// larger than the driver takes. No lock, no allocation, no look-up of a string.
#include "runtime/core/launch.hpp"

#include <algorithm>
#include <cstring>
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/peers.hpp"
#include "runtime/core/stream.hpp"
#include "runtime/kernels/dialect.hpp"
#include "runtime/memory/buffer.hpp"

namespace halyard::core {
namespace {

struct ArgName {
  char text[96];
};

// Counted from 1, as people count.
ArgName name_of(const hy_signature* signature, std::uint32_t index) noexcept {
  ArgName name;
  std::snprintf(name.text, sizeof name.text, "%.32s: argument %u (%.40s)", signature->name, index + 1,
                signature->params[index].name);
  return name;
}

// Bytes of a type that is known to be one: 8-bit elements are 1 << 0, and so on.
constexpr std::uint32_t scalar_shift(hy_type type) noexcept {
  constexpr std::uint64_t kShifts = 0x3'2113'3221'1000;  // four bits each, by the low byte of the type, from the right
  return kShifts >> (type & 0xFu) * 4 & 0xFu;
}

constexpr std::uint64_t element_bytes(hy_type type) noexcept { return std::uint64_t{type >> 8} << scalar_shift(type); }
static_assert(element_bytes(HY_I8) == 1 && element_bytes(HY_U16) == 2 && element_bytes(HY_F16) == 2 &&
              element_bytes(HY_BF16) == 2 && element_bytes(HY_F32) == 4 && element_bytes(HY_I64) == 8 &&
              element_bytes(HY_F64) == 8 && element_bytes(HY_VECTOR(HY_F32, 4)) == 16 && element_bytes(HY_U32) == 4 &&
              element_bytes(HY_I16) == 2 && element_bytes(HY_U8) == 1 && element_bytes(HY_I32) == 4 &&
              element_bytes(HY_U64) == 8);

// Whether a 64-bit integer was given for an integer that cannot hold it: so the C++ API hands on what it did not
// convert. Then `text` is its value.
bool is_misfit(const hy_arg& arg, hy_type wanted, char (&text)[24]) noexcept {
  if (wanted < HY_I8 || wanted > HY_U64 || (arg.type != HY_I64 && arg.type != HY_U64)) return false;
  std::uint64_t bits = 0;
  std::memcpy(&bits, arg.u.value, sizeof bits);
  const auto value = static_cast<std::int64_t>(bits);
  const bool has_sign = (wanted & 1) != 0;  // HY_I8, HY_I16, ...
  const auto most = UINT64_MAX >> (64 - 8 * element_bytes(wanted) + (has_sign ? 1 : 0));
  if (arg.type == HY_I64 && value < 0) {
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(value));
    return !has_sign || value < -static_cast<std::int64_t>(most) - 1;
  }
  std::snprintf(text, sizeof text, "%llu", static_cast<unsigned long long>(bits));
  return bits > most;
}

// Says what is wrong with an argument that did not pass.
hy_status refuse_arg(const hy_bound_kernel* bound, std::uint32_t index, const hy_arg& arg, hy_error* error) noexcept {
  const hy_param& param = bound->signature->params[index];
  const ArgName name = name_of(bound->signature, index);
  const bool wants_view = param.kind != HY_PARAM_VALUE;
  if (wants_view != (arg.is_view != 0)) {
    return fail(error, HY_INVALID_ARGUMENT, "%s is declared %s(%s), a %s was given", name.text,
                hy_param_kind_name(param.kind), hy_type_name(param.type), arg.is_view != 0 ? "buffer" : "value");
  }
  char value[24];
  if (!wants_view && is_misfit(arg, param.type, value)) {
    return fail(error, HY_INVALID_ARGUMENT, "%s is declared HY_VAL(%s), which cannot hold %s", name.text,
                hy_type_name(param.type), value);
  }
  if (arg.type != param.type) {
    const char* cure = wants_view ? "" : "; cast it, or let a typed kernel convert it";
    return fail(error, HY_INVALID_ARGUMENT, "%s is declared %s(%s), %s was given%s", name.text,
                hy_param_kind_name(param.kind), hy_type_name(param.type), hy_type_name(arg.type), cure);
  }
  const std::uint64_t element = hy_type_size(param.type);
  if (memory::usable(arg.u.view, bound->stream->device) && element != 0 &&
      ((arg.u.view.offset | arg.u.view.bytes) & (element - 1)) != 0) {
    return fail(error, HY_INVALID_ARGUMENT, "%s: offset %llu and size %llu must be multiples of %s's %llu bytes",
                name.text, static_cast<unsigned long long>(arg.u.view.offset),
                static_cast<unsigned long long>(arg.u.view.bytes), hy_type_name(param.type),
                static_cast<unsigned long long>(element));
  }
  return memory::refuse_view(&arg.u.view, bound->stream->device, name.text, error);
}

// A view of a buffer of another device, whose memory kernels of `device` may use.
[[gnu::cold, gnu::noinline]] bool is_peer_view(const hy_view& view, const hy_device* device,
                                               std::uint64_t element) noexcept {
  return view.buffer != nullptr && view.buffer->device != device && ((view.offset | view.bytes) & (element - 1)) == 0 &&
         memory::usable(view, view.buffer->device) && core::is_enabled_peer(device, view.buffer->device);
}

constexpr bool is_written(const hy_param& param) noexcept {
  return param.kind == HY_PARAM_OUT || param.kind == HY_PARAM_INOUT;
}

// Looks through all pairs of buffers; asked only where two arguments may be of one.
[[gnu::cold, gnu::noinline]] hy_status refuse_overlap(const hy_bound_kernel* bound, const hy_arg* args,
                                                      hy_error* error) noexcept {
  const hy_signature* signature = bound->signature;
  for (std::uint32_t i = 0; i < signature->param_count; ++i) {
    const hy_view& written = args[i].u.view;
    if (!is_written(signature->params[i]) || written.bytes == 0) continue;
    for (std::uint32_t k = 0; k < signature->param_count; ++k) {
      const hy_view& other = args[k].u.view;
      if (k == i || signature->params[k].kind == HY_PARAM_VALUE || other.buffer != written.buffer) continue;
      if (other.bytes == 0) continue;
      const unsigned long long written_end = written.offset + written.bytes;
      const unsigned long long other_end = other.offset + other.bytes;
      if (other.offset >= written_end || written.offset >= other_end) continue;
      return fail(error, HY_INVALID_ARGUMENT,
                  "%s overlaps argument %u (%.40s): bytes %llu to %llu and %llu to %llu of one buffer; what a kernel "
                  "writes is reached by that argument alone",
                  name_of(signature, i).text, k + 1, signature->params[k].name,
                  static_cast<unsigned long long>(written.offset), written_end,
                  static_cast<unsigned long long>(other.offset), other_end);
    }
  }
  return HY_OK;
}

hy_status lower_args(hy_bound_kernel* bound, const hy_arg* args, hy_b_arg* out, hy_error* error) noexcept {
  const hy_signature* signature = bound->signature;
  hy_stream* stream = bound->stream;
  std::uint64_t seen = 0;     // a bit for each buffer, by its address
  std::uint64_t clashes = 0;  // not 0: two arguments may be of one buffer
  for (std::uint32_t i = 0; i < signature->param_count; ++i) {
    const hy_param& param = signature->params[i];
    const hy_arg& arg = args[i];
    const std::uint64_t element = element_bytes(param.type);
    if (HALYARD_UNLIKELY(arg.type != param.type || (param.kind == HY_PARAM_VALUE) == (arg.is_view != 0))) {
      return refuse_arg(bound, i, arg, error);
    }
    if (param.kind == HY_PARAM_VALUE) {
      out[i] = hy_b_arg{nullptr, 0, arg.u.value, element};
      continue;
    }
    const hy_view& view = arg.u.view;
    if (HALYARD_UNLIKELY(!memory::usable(view, stream->device) || ((view.offset | view.bytes) & (element - 1)) != 0) &&
        !is_peer_view(view, stream->device, element)) {
      return refuse_arg(bound, i, arg, error);
    }
    if (hy_status status = memory::note_use(view.buffer, stream, error); HALYARD_UNLIKELY(status != HY_OK))
      return status;
    const std::uint64_t bit = std::uint64_t{1} << (reinterpret_cast<std::uintptr_t>(view.buffer) / 64 % 64);
    clashes |= seen & bit;
    seen |= bit;
    out[i] = hy_b_arg{&view.buffer->memory, view.offset, nullptr, 0};
  }
  return HALYARD_LIKELY(clashes == 0) ? HY_OK : refuse_overlap(bound, args, error);
}

// The size of a workgroup where the caller leaves it open: enough items to fill a device, few enough for every kernel.
void default_workgroup(const hy_grid& grid, const hy_device_info& device, std::uint32_t most,
                       std::uint32_t out[3]) noexcept {
  const bool flat = (grid.items[1] | grid.items[2] | grid.groups[1] | grid.groups[2]) <= 1;
  out[0] = std::min({most, flat ? 256u : 16u, device.max_workgroup[0]});
  out[1] = flat ? 1 : std::min({std::max(most / out[0], 1u), 16u, device.max_workgroup[1]});
  out[2] = 1;
}

hy_status choose_workgroup(const hy_bound_kernel* bound, const hy_grid& grid, std::uint32_t out[3],
                           hy_error* error) noexcept {
  const hy_kernel_info& info = bound->kernel->info;
  const char* name = bound->signature->name;
  const bool asked = (grid.workgroup[0] | grid.workgroup[1] | grid.workgroup[2]) != 0;
  if (info.workgroup[0] != 0) {
    for (int d = 0; d < 3; ++d) {
      if (asked && grid.workgroup[d] != info.workgroup[d]) {
        return fail(error, HY_INVALID_ARGUMENT,
                    "%s: its source fixes the workgroup at %u x %u x %u, %u x %u x %u was asked for", name,
                    info.workgroup[0], info.workgroup[1], info.workgroup[2], grid.workgroup[0], grid.workgroup[1],
                    grid.workgroup[2]);
      }
      out[d] = info.workgroup[d];
    }
    return HY_OK;
  }
  const hy_device_info& device = bound->stream->device->info;
  if (!asked) {
    default_workgroup(grid, device, std::max(info.max_workgroup_items, 1u), out);
    return HY_OK;
  }
  std::uint64_t items = 1;
  for (int d = 0; d < 3; ++d) {
    out[d] = grid.workgroup[d];
    items *= out[d];  // never overflows: both factors are below 2^32, as more items than that were refused before
    if (out[d] == 0 || out[d] > device.max_workgroup[d]) {
      return fail(error, HY_INVALID_ARGUMENT, "%s: workgroup %u x %u x %u: dimension %d must be 1 to %u on %s", name,
                  grid.workgroup[0], grid.workgroup[1], grid.workgroup[2], d, device.max_workgroup[d], device.id);
    }
    if (items > info.max_workgroup_items) {
      return fail(error, HY_INVALID_ARGUMENT, "%s: workgroup %u x %u x %u: this kernel takes at most %u items on %s",
                  name, grid.workgroup[0], grid.workgroup[1], grid.workgroup[2], info.max_workgroup_items, device.id);
    }
  }
  return HY_OK;
}

hy_status plan(const hy_bound_kernel* bound, const hy_grid& grid, hy_b_grid* out, hy_error* error) noexcept {
  if (hy_status status = choose_workgroup(bound, grid, out->workgroup, error); HALYARD_UNLIKELY(status != HY_OK))
    return status;
  const bool by_items = (grid.items[0] | grid.items[1] | grid.items[2]) != 0;
  const std::uint64_t(&asked)[3] = by_items ? grid.items : grid.groups;
  if (HALYARD_UNLIKELY(asked[0] != 0 && (asked[1] | asked[2]) == 0)) {  // left out in C; it would launch nothing
    return fail(error, HY_INVALID_ARGUMENT, "%s: the grid is %llu x 0 x 0 %s; a dimension that is not used is 1",
                bound->signature->name, static_cast<unsigned long long>(asked[0]), by_items ? "items" : "workgroups");
  }
  std::uint64_t total = 1;
  bool overflows = false;
  bool empty = false;
  for (int d = 0; d < 3; ++d) {
    const std::uint64_t size = std::max(out->workgroup[d], 1u);  // a backend may have said 0
    const std::uint64_t groups = by_items ? grid.items[d] / size + (grid.items[d] % size != 0 ? 1 : 0) : grid.groups[d];
    if (HALYARD_UNLIKELY(groups > UINT64_MAX / size || groups * size > static_cast<std::uint64_t>(INT64_MAX))) {
      return fail(error, HY_INVALID_ARGUMENT, "%s: the grid overflows: %llu workgroups of %llu items in dimension %d",
                  bound->signature->name, static_cast<unsigned long long>(groups),
                  static_cast<unsigned long long>(size), d);
    }
    out->first_group[d] = 0;
    out->groups[d] = groups;
    out->total_groups[d] = groups;
    overflows |= __builtin_mul_overflow(total, groups * size, &total);
    empty |= groups == 0;
  }
  if (HALYARD_UNLIKELY(!empty && (overflows || total > static_cast<std::uint64_t>(INT64_MAX)))) {
    return fail(error, HY_INVALID_ARGUMENT,
                "%s: the grid overflows: %llu x %llu x %llu workgroups hold 2^63 items or more", bound->signature->name,
                static_cast<unsigned long long>(out->groups[0]), static_cast<unsigned long long>(out->groups[1]),
                static_cast<unsigned long long>(out->groups[2]));
  }
  return HY_OK;
}

bool fits(const hy_b_grid& grid, const hy_device_info& device) noexcept {
  return grid.groups[0] <= device.max_grid[0] && grid.groups[1] <= device.max_grid[1] &&
         grid.groups[2] <= device.max_grid[2];
}

bool same(const hy_grid& a, const hy_grid& b) noexcept {
  std::uint64_t difference = 0;
  for (int d = 0; d < 3; ++d) {
    difference |= (a.groups[d] ^ b.groups[d]) | (a.items[d] ^ b.items[d]) | (a.workgroup[d] ^ b.workgroup[d]);
  }
  return difference == 0;
}

std::uint32_t next_serial(hy_bound_kernel* bound) noexcept {
  return ++bound->serial != 0 ? bound->serial : ++bound->serial;
}

hy_status plan_anew(hy_bound_kernel* bound, const hy_grid& grid, hy_error* error) noexcept {
  hy_b_grid planned{};
  if (hy_status status = plan(bound, grid, &planned, error); status != HY_OK) return status;
  planned.serial = next_serial(bound);
  const bool empty = planned.groups[0] == 0 || planned.groups[1] == 0 || planned.groups[2] == 0;
  using Plan = hy_bound_kernel::Plan;
  bound->plan = empty ? Plan::nothing : fits(planned, bound->stream->device->info) ? Plan::whole : Plan::parts;
  bound->planned = planned;
  bound->asked = grid;
  return HY_OK;
}

// Parts that the driver takes, one after the other in the stream's order.
hy_status launch_in_parts(hy_bound_kernel* bound, const hy_b_arg* args, hy_error* error) noexcept {
  const hy_device_info& device = bound->stream->device->info;
  const hy_b_grid& whole = bound->planned;
  hy_b_grid part = whole;
  for (std::uint64_t z = 0; z < whole.groups[2]; z += part.groups[2]) {
    part.groups[2] = std::min(whole.groups[2] - z, device.max_grid[2]);
    for (std::uint64_t y = 0; y < whole.groups[1]; y += part.groups[1]) {
      part.groups[1] = std::min(whole.groups[1] - y, device.max_grid[1]);
      for (std::uint64_t x = 0; x < whole.groups[0]; x += part.groups[0]) {
        part.groups[0] = std::min(whole.groups[0] - x, device.max_grid[0]);
        part.first_group[0] = x;
        part.first_group[1] = y;
        part.first_group[2] = z;
        part.serial = next_serial(bound);
        if (hy_status status = bound->table->launch(bound->handle, &part, args, error); status != HY_OK) return status;
        note_submission(bound->stream);
      }
    }
  }
  return HY_OK;
}

hy_status check_bindable(hy_kernel* kernel, hy_stream* stream, hy_error* error) {
  if (kernel->device != stream->device) {
    return fail(error, HY_INVALID_ARGUMENT, "kernel %s was made for %s, the stream is on %s", kernel->signature->name,
                kernel->device->info.id, stream->device->info.id);
  }
  return HY_OK;
}

hy_status bind_new(hy_kernel* kernel, hy_stream* stream, hy_bound_kernel** out, hy_error* error) {
  if (hy_status status = check_bindable(kernel, stream, error); status != HY_OK) return status;
  if (stream->bound.size() <= kernel->slot) stream->bound.resize(kernel->slot + 1, nullptr);
  auto bound = std::make_unique<hy_bound_kernel>();
  if (hy_status status = stream->table->kernel_bind(kernel->handle, stream->handle, &bound->handle, error);
      status != HY_OK) {
    return status;
  }
  bound->stream = stream;
  bound->kernel = kernel;
  bound->table = stream->table;
  bound->signature = kernel->signature;
  hy_kernel_retain(kernel);
  *out = stream->bound[kernel->slot] = bound.release();
  return HY_OK;
}

}  // namespace

void destroy_bound(hy_bound_kernel* bound) noexcept {
  if (bound == nullptr) return;
  bound->table->bound_destroy(bound->handle);
  hy_kernel_release(bound->kernel);
  delete bound;
}

}  // namespace halyard::core

using namespace halyard;        // NOLINT: the C API below is one with it
using namespace halyard::core;  // NOLINT

extern "C" {

hy_status hy_kernel_bind(hy_kernel* kernel, hy_stream* stream, hy_bound_kernel** out, hy_error* error) {
  if (hy_status status = check_stream(stream, error); HALYARD_UNLIKELY(status != HY_OK)) return status;
  if (kernel == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "kernel and out must not be NULL");
  // A slot belongs to one kernel for as long as a stream has it bound, since that keeps the kernel alive.
  if (kernel->slot < stream->bound.size() && stream->bound[kernel->slot] != nullptr) {
    *out = stream->bound[kernel->slot];
    return HY_OK;
  }
  return stop_exceptions(error, [&] { return bind_new(kernel, stream, out, error); });
}

HALYARD_HOT hy_status hy_launch(hy_bound_kernel* bound, const hy_grid* grid, const hy_arg* args, uint32_t arg_count,
                                hy_error* error) {
  if (HALYARD_UNLIKELY(bound == nullptr || grid == nullptr || (args == nullptr && arg_count != 0))) {
    return fail(error, HY_INVALID_ARGUMENT, "kernel, grid and args must not be NULL");
  }
  if (hy_status status = check_stream(bound->stream, error); HALYARD_UNLIKELY(status != HY_OK)) return status;
  const hy_signature* signature = bound->signature;
  if (HALYARD_UNLIKELY(arg_count != signature->param_count || arg_count > dialect::kMaxParameters)) {
    return fail(error, HY_INVALID_ARGUMENT, "%s takes %u arguments, %u were given", signature->name,
                signature->param_count, arg_count);
  }
  if (HALYARD_UNLIKELY(!same(*grid, bound->asked))) {
    if (hy_status status = plan_anew(bound, *grid, error); status != HY_OK) return status;
  }
  hy_b_arg lowered[dialect::kMaxParameters];
  if (hy_status status = lower_args(bound, args, lowered, error); HALYARD_UNLIKELY(status != HY_OK)) return status;
  if (HALYARD_UNLIKELY(bound->plan != hy_bound_kernel::Plan::whole)) {
    return bound->plan == hy_bound_kernel::Plan::nothing ? HY_OK : launch_in_parts(bound, lowered, error);
  }
  if (hy_status status = bound->table->launch(bound->handle, &bound->planned, lowered, error);
      HALYARD_UNLIKELY(status != HY_OK)) {
    return status;
  }
  note_submission(bound->stream);
  return HY_OK;
}

}  // extern "C"
