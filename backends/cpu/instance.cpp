// The backend's table, and its one device: what the machine's processors are.
#include <sys/utsname.h>

#include <cstdio>
#include <cstring>
#include <new>

#include "backends/cpu/cpu.hpp"
#include "backends/cpu/cpuinfo.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::cpu {
namespace {

struct Traits {
  static constexpr const char* kName = "cpu";
  static constexpr const char* kDescription = "the machine's own processors";
  static constexpr uint64_t kFlags = 0;
  using Instance = cpu::Instance;
  using Device = cpu::Device;
  using Stream = cpu::Stream;
  using Point = host::Point;
  using Module = cpu::Module;
  using Kernel = cpu::Kernel;
  using Bound = cpu::Bound;
};

template <size_t kCapacity>
void set_text(char (&out)[kCapacity], const std::string& text) {
  std::snprintf(out, kCapacity, "%s", text.c_str());
}

}  // namespace

hy_status Instance::create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error) {
  auto* instance = new (std::nothrow) Instance(host);
  if (instance == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  std::unique_ptr<Instance> owner(instance);
  instance->processors_ = usable_processors(host, thread_affinity());
  utsname system{};
  if (report != nullptr && uname(&system) == 0)
    set_text(report->version, std::string(system.sysname) + " " + system.release);
  *out = owner.release();
  return HY_OK;
}

hy_status Instance::device_info(uint32_t index, hy_device_info* out, hy_error* error) {
  if (index != 0) return fail(error, HY_INVALID_ARGUMENT, "there is one cpu device, number 0");
  const Model model = model_of(read_file(host_, "/proc/cpuinfo"), read_file(host_, "/proc/device-tree/model"));
  const Memory memory = usable_memory(host_);
  out->kind = HY_DEVICE_CPU;
  out->has_uuid = 0;
  set_text(out->name, model.name);
  set_text(out->vendor, model.vendor);
  set_text(out->architecture, isa_name());
  out->pci_address[0] = '\0';
  utsname system{};
  if (uname(&system) == 0) set_text(out->driver_version, std::string(system.sysname) + " " + system.release);
  out->compute_units = static_cast<uint32_t>(processors_.cpus.size());
  out->memory_bytes = memory.total;
  out->capabilities = HY_CAP_FLOAT64 | HY_CAP_ATOMICS_INT64 | HY_CAP_BARRIERS | HY_CAP_SHARED_MEMORY |
                      HY_CAP_PINNED_MEMORY | HY_CAP_HOST_UNIFIED | HY_CAP_HOST_FUNCTIONS | HY_CAP_TIMED_POINTS |
                      HY_CAP_NATIVE_OUT | HY_CAP_NATIVE_IN | HY_CAP_PRINTF | HY_CAP_KERNELS;
  if (processors_.cpus.size() > 1) out->capabilities |= HY_CAP_CONCURRENT_STREAMS;
  if (!find_compiler().empty()) out->capabilities |= HY_CAP_RUNTIME_COMPILE;
  out->max_allocation_bytes = memory.total != 0 ? memory.total : static_cast<uint64_t>(PTRDIFF_MAX);
  out->local_memory_bytes = host::kLocalMemoryBytes;
  for (uint64_t& limit : out->max_grid) limit = INT64_MAX;
  for (uint32_t& limit : out->max_workgroup) limit = host::kMaxWorkgroupItems;
  out->max_workgroup_items = host::kMaxWorkgroupItems;
  out->subgroup_size = 1;
  out->base_alignment = 64;
  out->dialect = HY_DIALECT_HOST;
  out->timer_resolution_ns = 1;
  return HY_OK;
}

hy_status Instance::open(uint32_t index, Device** out, hy_error* error) {
  if (index != 0) return fail(error, HY_INVALID_ARGUMENT, "there is one cpu device, number 0");
  const std::lock_guard lock(mutex_);
  std::shared_ptr<host::Executor> executor = executor_.lock();
  if (executor == nullptr) {
    std::unique_ptr<host::Executor> made;
    const hy_status status = host::Executor::create({processors_.cpus, processors_.pin}, &made, error);
    if (status != HY_OK) return status;
    executor = std::move(made);
    executor_ = executor;
  }
  *out = new (std::nothrow) Device(host_, std::move(executor));
  return *out != nullptr ? HY_OK : fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
}

}  // namespace halyard::cpu

extern "C" const hy_backend* halyard_backend_query_cpu(uint32_t newest_abi, const hy_host*) {
  return halyard::table_of<halyard::cpu::Traits>(newest_abi);
}
