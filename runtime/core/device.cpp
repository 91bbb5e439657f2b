// A device: opened on first use, kept by whatever was made of it, closed with its runtime.
#include "halyard/backend_adapter.hpp"
#include "runtime/core/backend.hpp"
#include "runtime/core/identity.hpp"
#include "runtime/core/stream.hpp"
#include "runtime/kernels/module.hpp"
#include "runtime/memory/retire.hpp"

namespace {

std::atomic<std::uint64_t> next_number{1};

}  // namespace

hy_device::hy_device()
    : retired(std::make_unique<halyard::memory::RetireList>()),
      number(next_number.fetch_add(1, std::memory_order_relaxed)) {}

hy_device::~hy_device() {
  hy_b_device* opened = handle.load(std::memory_order_acquire);
  if (opened == nullptr) return;
  retired->free_all(this);
  modules.reset();
  table->device_close(opened);
}

namespace halyard::core {

hy_status open_device(hy_device* device, hy_b_device** out, hy_error* error) {
  *out = device->handle.load(std::memory_order_acquire);
  if (*out != nullptr) return HY_OK;
  return stop_exceptions(error, [&] {
    std::lock_guard lock(device->opening);
    *out = device->handle.load(std::memory_order_acquire);
    if (*out != nullptr) return hy_status{HY_OK};
    if (hy_status status = device->table->device_open(device->instance, device->info.index, out, error);
        status != HY_OK) {
      return status;
    }
    if (device->modules == nullptr) device->modules = std::make_unique<kernels::ModuleTable>(device);
    device->handle.store(*out, std::memory_order_release);
    device->runtime->host.log(HY_LOG_INFO, "device %s:%u opened: %s (id %s%s%s)", device->info.backend,
                              device->info.index, device->info.name, device->info.id,
                              device->info.driver_version[0] != '\0' ? ", driver " : "", device->info.driver_version);
    return hy_status{HY_OK};
  });
}

HALYARD_HOT void reap(hy_device* device) noexcept {
  if (!device->retired->empty()) device->retired->reap(device);
}

}  // namespace halyard::core

using namespace halyard;  // NOLINT: the C API below is one with it

namespace {

hy_status check_device(hy_device* device, const void* out, hy_error* error) {
  if (device == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "device and out must not be NULL");
  return core::forked(device->runtime) ? core::fail_forked(error) : HY_OK;
}

// Finds the backend that wraps handles of `name`, opened.
hy_status backend_for_wrapping(hy_runtime* runtime, const char* name, core::Backend** out, hy_error* error) {
  for (const auto& backend : runtime->backends) {
    if (backend->name != name || backend->table == nullptr) continue;
    core::open_backend(runtime, backend.get());
    if (backend->instance == nullptr) return fail(error, HY_UNAVAILABLE, "%s: %s", name, backend->info.reason);
    if (backend->table->device_wrap == nullptr) {
      return fail(error, HY_UNSUPPORTED, "%s takes no native devices", name);
    }
    *out = backend.get();
    return HY_OK;
  }
  return fail(error, HY_UNAVAILABLE, "there is no backend '%s' in use; there are: %s", name,
              core::names_of(runtime->backends).c_str());
}

}  // namespace

extern "C" {

void hy_device_retain(hy_device* device) {
  if (device == nullptr) return;
  if (device->wrapped) {
    device->wrapped_refs.retain();
  } else {
    hy_runtime_retain(device->runtime);
  }
}

void hy_device_release(hy_device* device) {
  if (device == nullptr) return;
  hy_runtime* runtime = device->runtime;
  if (device->wrapped) {
    if (!device->wrapped_refs.release()) return;
    if (!core::forked(runtime)) delete device;
  }
  hy_runtime_release(runtime);
}

hy_status hy_device_memory(hy_device* device, uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error) {
  if (hy_status status = check_device(device, free_bytes, error); status != HY_OK) return status;
  if (total_bytes == nullptr) return fail(error, HY_INVALID_ARGUMENT, "total_bytes must not be NULL");
  *free_bytes = 0;
  *total_bytes = device->info.memory_bytes;
  if (device->table->device_memory == nullptr) return HY_OK;
  hy_b_device* handle = nullptr;
  if (hy_status status = core::open_device(device, &handle, error); status != HY_OK) return status;
  return device->table->device_memory(handle, free_bytes, total_bytes, error);
}

hy_status hy_device_get_native(hy_device* device, hy_native* out, hy_error* error) {
  if (hy_status status = check_device(device, out, error); status != HY_OK) return status;
  if (device->table->device_native == nullptr) {
    return fail(error, HY_UNSUPPORTED, "%s has no native device handle", device->info.backend);
  }
  hy_b_device* handle = nullptr;
  if (hy_status status = core::open_device(device, &handle, error); status != HY_OK) return status;
  return device->table->device_native(handle, out, error);
}

hy_status hy_device_wrap(hy_runtime* runtime, const char* backend_name, const hy_native* native, hy_device** out,
                         hy_error* error) {
  if (runtime == nullptr || backend_name == nullptr || native == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "runtime, backend, native and out must not be NULL");
  }
  if (core::forked(runtime)) return core::fail_forked(error);
  return stop_exceptions(error, [&] {
    std::lock_guard lock(runtime->discovery);
    core::Backend* backend = nullptr;
    if (hy_status status = backend_for_wrapping(runtime, backend_name, &backend, error); status != HY_OK) return status;
    auto device = std::make_unique<hy_device>();
    device->runtime = runtime;
    device->table = backend->table;
    device->instance = backend->instance;
    device->wrapped = true;
    device->info.size = sizeof device->info;
    device->info.numa_node = -1;
    device->modules = std::make_unique<kernels::ModuleTable>(device.get());
    hy_b_device* handle = nullptr;
    hy_status status = backend->table->device_wrap(backend->instance, native, &handle, &device->info, error);
    if (status != HY_OK) return status;
    device->handle.store(handle, std::memory_order_release);
    core::settle_info(*device);
    std::snprintf(device->info.id, sizeof device->info.id, "%s", core::make_id(device->info).c_str());
    hy_runtime_retain(runtime);
    *out = device.release();
    return hy_status{HY_OK};
  });
}

}  // extern "C"
