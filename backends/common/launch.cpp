// Launches: arguments are copied into the ring, the workgroups are shared out when their turn comes.
#include "backends/common/launch.hpp"

#include <cstring>
#include <new>

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::host {
namespace {

constexpr uint64_t round_up(uint64_t value, uint64_t to) { return (value + to - 1) / to * to; }

}  // namespace

uint32_t type_bytes(hy_type type) noexcept {
  static constexpr uint8_t kBytes[] = {0, 1, 1, 2, 2, 4, 4, 8, 8, 2, 2, 4, 8};
  const uint32_t base = type & 0xFFu;
  const uint32_t lanes = type >> 8;
  if (base >= sizeof kBytes || (lanes != 1 && lanes != 2 && lanes != 4)) return 0;
  return kBytes[base] * lanes;
}

// Followed in the ring by the pointers to the arguments and then by the values, in the signature's order.
struct Launcher::LaunchOp : Op {
  const hy_host_kernel* kernel;
  Estimate* estimate;
  uint64_t groups;
  hy_host_launch launch;

  static bool run_part(void* argument, Context& context, uint64_t first, uint64_t last) {
    auto& self = *static_cast<LaunchOp*>(argument);
    if (self.kernel->mode == HY_HOST_FIBERS) return context.fibers.run(*self.kernel, self.launch, first, last);
    self.kernel->range(&self.launch, first, last);
    return true;
  }

  static Step step(Op& op, Queue& queue, Context& context, bool skip) {
    auto& self = static_cast<LaunchOp&>(op);
    if (skip) return Step::kDone;
    if (!queue.executor().parallel(context, run_part, &self, self.groups, *self.estimate)) {
      hy_error error{};
      fail(&error, HY_OUT_OF_MEMORY,
           "no memory for the stacks of kernel '%s' (%u items of %zu KiB a thread); write it in phases, use a smaller "
           "workgroup, or raise vm.max_map_count",
           self.kernel->name, self.launch.workgroup[0] * self.launch.workgroup[1] * self.launch.workgroup[2],
           kFiberStackBytes / 1024);
      queue.fail(error);
    }
    return Step::kDone;
  }
};

hy_status Launcher::create(const hy_host_kernel& kernel, const hy_signature& signature, Queue& queue,
                           Estimate& estimate, std::unique_ptr<Launcher>* out, hy_error* error) {
  std::unique_ptr<Launcher> made(new (std::nothrow) Launcher(kernel, queue, estimate));
  if (made == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  made->arg_count_ = signature.param_count;
  for (uint32_t i = 0; i < signature.param_count; ++i) {
    if (signature.params[i].kind == HY_PARAM_VALUE)
      made->value_bytes_ += round_up(type_bytes(signature.params[i].type), 16);
  }
  if (sizeof(LaunchOp) + signature.param_count * sizeof(void*) + made->value_bytes_ + 16 > Queue::kMaxOpBytes) {
    return fail(error, HY_UNSUPPORTED, "kernel '%s' has more arguments than the cpu device takes", signature.name);
  }
  *out = std::move(made);
  return HY_OK;
}

Launcher::~Launcher() { queue_.wait(last_, UINT64_MAX, nullptr); }

hy_status Launcher::launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) noexcept {
  uint64_t groups = 0;
  if (__builtin_mul_overflow(grid.groups[0], grid.groups[1], &groups) ||
      __builtin_mul_overflow(groups, grid.groups[2], &groups)) {
    return fail(error, HY_INVALID_ARGUMENT, "a grid of more than 2^64 workgroups");
  }
  for (int i = 0; i < 3; ++i) {
    if (grid.first_group[i] != 0 || grid.groups[i] != grid.total_groups[i]) {
      return fail(error, HY_INTERNAL, "the grid was split though this device takes it whole");
    }
  }
  LaunchOp* op = nullptr;
  const uint64_t pointer_bytes = round_up(arg_count_ * sizeof(void*), 16);
  const hy_status status = queue_.reserve(&op, pointer_bytes + value_bytes_, error);
  if (HALYARD_UNLIKELY(status != HY_OK)) return status;
  auto** pointers = reinterpret_cast<const void**>(op + 1);
  unsigned char* values = reinterpret_cast<unsigned char*>(op + 1) + pointer_bytes;
  unsigned char* const values_end = values + value_bytes_;
  for (uint32_t i = 0; i < arg_count_; ++i) {
    const hy_b_arg& arg = args[i];
    if (arg.memory != nullptr) {
      auto* base = static_cast<unsigned char*>(arg.memory->object);
      pointers[i] = base == nullptr ? nullptr : base + arg.offset;
      continue;
    }
    const uint64_t room = round_up(arg.value_bytes, 16);
    if (HALYARD_UNLIKELY(room > static_cast<uint64_t>(values_end - values))) {
      return fail(error, HY_INTERNAL, "argument %u is larger than the signature says", i + 1);
    }
    std::memcpy(values, arg.value, arg.value_bytes);
    pointers[i] = values;
    values += room;
  }
  op->kernel = &kernel_;
  op->estimate = &estimate_;
  op->groups = groups;
  op->launch.groups[0] = grid.groups[0];
  op->launch.groups[1] = grid.groups[1];
  op->launch.groups[2] = grid.groups[2];
  op->launch.workgroup[0] = grid.workgroup[0];
  op->launch.workgroup[1] = grid.workgroup[1];
  op->launch.workgroup[2] = grid.workgroup[2];
  op->launch.reserved = 0;
  op->launch.args = pointers;
  queue_.submit();
  last_ = queue_.submitted();
  return HY_OK;
}

}  // namespace halyard::host
