// The kernel's handles of the C API, but binding and launching (runtime/core/launch.cpp).
#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/fork.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/core/sized.hpp"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/image_report.hpp"
#include "runtime/kernels/module.hpp"

namespace halyard::kernels {
namespace {

// Numbers from 0 on for the kernels that live, the smallest that is free first: streams keep what they bound by it.
class Slots {
 public:
  Slots() { core::guard_over_fork(mutex_); }

  std::uint32_t take() {
    std::lock_guard lock(mutex_);
    if (free_.empty()) {
      free_.reserve(next_ + 1);  // so that giving back never allocates
      return next_++;
    }
    std::pop_heap(free_.begin(), free_.end(), std::greater<>());
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(std::uint32_t slot) noexcept {
    std::lock_guard lock(mutex_);
    free_.push_back(slot);
    std::push_heap(free_.begin(), free_.end(), std::greater<>());
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint32_t> free_;
  std::uint32_t next_ = 0;
};

// Never destroyed: kernels may be released while the process ends.
Slots& slots() {
  static Slots& all = *new Slots;
  return all;
}

hy_status no_such_kernel(const hy_bundle& bundle, const char* name, hy_error* error) {
  std::string names;
  for (const hy_bundle::Kernel& kernel : bundle.kernels)
    names += std::string(names.empty() ? "" : ", ") + kernel.signature.name;
  return fail(error, HY_INVALID_ARGUMENT, "the bundle has no kernel '%s'; it has: %s", name, names.c_str());
}

void fill_info(const hy_b_kernel_info& from, const Module& module, hy_kernel_info* to) {
  to->size = sizeof *to;
  to->max_workgroup_items = from.max_workgroup_items;
  for (int d = 0; d < 3; ++d) to->workgroup[d] = from.workgroup[0] == 0 ? 0 : std::max(from.workgroup[d], 1u);
  to->preferred_multiple = from.preferred_multiple;
  to->local_bytes = from.local_bytes;
  to->private_bytes = from.private_bytes;
  to->format = module.format;
  to->from_cache = module.from_cache ? 1 : 0;
}

// What the source fixes must suit the device: some drivers notice at the launch, some never.
hy_status check_limits(const hy_device_info& device, const hy_b_kernel_info& info, const char* name, hy_error* error) {
  if (info.local_bytes > device.local_memory_bytes) {
    return fail(error, HY_UNSUPPORTED, "%s needs %llu bytes of local memory, %s has %llu", name,
                static_cast<unsigned long long>(info.local_bytes), device.id,
                static_cast<unsigned long long>(device.local_memory_bytes));
  }
  std::uint64_t items = 1;
  bool fits = true;
  for (int d = 0; d < 3 && fits; ++d) {
    items *= std::max(info.workgroup[d], 1u);  // each product is bounded before the next: no overflow
    fits = info.workgroup[d] <= device.max_workgroup[d] && items <= device.max_workgroup_items;
  }
  if (fits) return HY_OK;
  return fail(error, HY_UNSUPPORTED,
              "%s: its source fixes the workgroup at %u x %u x %u; %s takes at most %u x %u x %u and %u items in all",
              name, info.workgroup[0], info.workgroup[1], info.workgroup[2], device.id, device.max_workgroup[0],
              device.max_workgroup[1], device.max_workgroup[2], device.max_workgroup_items);
}

// Drivers that load lazily refuse an image only here.
void say_where(const hy_device_info& device, const hy_bundle& bundle, const hy_bundle::Kernel& kernel,
               hy_error* error) {
  if (error == nullptr) return;
  const std::string why = error->message;
  const std::string origin = bundle.origin.empty() ? "" : " of " + bundle.origin;
  std::snprintf(error->message, sizeof error->message, "%s (%s)%s on %s: %s", kernel.signature.name,
                bundle.sources[kernel.source].file.c_str(), origin.c_str(), device_text(device).c_str(), why.c_str());
}

hy_status create(hy_device* device, hy_bundle* bundle, const char* name, std::span<const hy_constant> constants,
                 hy_kernel** out, hy_error* error) {
  const hy_bundle::Kernel* found = bundle->find(name);
  if (found == nullptr) return no_such_kernel(*bundle, name, error);
  if (device->table->kernel_create == nullptr || (device->info.capabilities & HY_CAP_KERNELS) == 0) {
    return fail(error, HY_UNSUPPORTED, "%s (%s) launches no kernels", device->info.name, device->info.backend);
  }
  hy_b_device* handle = nullptr;
  if (hy_status status = core::open_device(device, &handle, error); status != HY_OK) return status;
  Module* module = nullptr;
  const ModuleTable::Request request{bundle, found->source, found->signature.name};
  if (hy_status status = device->modules->acquire(request, constants, &module, error); status != HY_OK) return status;
  auto kernel = std::make_unique<hy_kernel>();
  kernel->signature = &found->signature;
  kernel->module = module;
  kernel->slot = slots().take();
  hy_b_kernel_info info{};
  info.size = sizeof info;
  hy_status status = device->table->kernel_create(module->handle, kernel->signature, &kernel->handle, &info, error);
  if (status != HY_OK) {
    say_where(device->info, *bundle, *found, error);
  } else {
    fill_info(info, *module, &kernel->info);
    status = check_limits(device->info, info, name, error);
    if (status != HY_OK) device->table->kernel_destroy(kernel->handle);
  }
  if (status != HY_OK) {
    slots().give_back(kernel->slot);
    return status;
  }
  kernel->device = device;
  hy_device_retain(device);
  kernel->bundle = bundle;
  hy_bundle_retain(bundle);
  *out = kernel.release();
  return HY_OK;
}

}  // namespace
}  // namespace halyard::kernels

using namespace halyard;  // NOLINT: the C API below is one with it

extern "C" {

hy_status hy_kernel_create(hy_device* device, hy_bundle* bundle, const char* name, const hy_constant* constants,
                           uint32_t constant_count, hy_kernel** out, hy_error* error) {
  if (device == nullptr || bundle == nullptr || name == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "device, bundle, name and out must not be NULL");
  }
  if (constants == nullptr && constant_count != 0)
    return fail(error, HY_INVALID_ARGUMENT, "constants must not be NULL");
  if (core::forked(device->runtime)) return core::fail_forked(error);
  return stop_exceptions(error, [&] {
    return kernels::create(device, bundle, name, {constants, constant_count}, out, error);
  });
}

void hy_kernel_retain(hy_kernel* kernel) {
  if (kernel != nullptr) kernel->refs.retain();
}

void hy_kernel_release(hy_kernel* kernel) {
  if (kernel == nullptr || !kernel->refs.release()) return;
  if (core::forked(kernel->device->runtime)) return;
  hy_device* device = kernel->device;
  hy_bundle* bundle = kernel->bundle;
  device->table->kernel_destroy(kernel->handle);
  kernels::slots().give_back(kernel->slot);
  delete kernel;
  hy_bundle_release(bundle);
  hy_device_release(device);
}

hy_status hy_kernel_get_signature(hy_kernel* kernel, const hy_signature** out, hy_error* error) {
  if (kernel == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "kernel and out must not be NULL");
  *out = kernel->signature;
  return HY_OK;
}

hy_status hy_kernel_get_info(hy_kernel* kernel, hy_kernel_info* out, hy_error* error) {
  if (kernel == nullptr) return fail(error, HY_INVALID_ARGUMENT, "kernel must not be NULL");
  return core::copy_info(kernel->info, out, "hy_kernel_info", error);
}

}  // extern "C"
