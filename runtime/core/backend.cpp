// Finds backends, linked in (a generated list) or plugins, checks their tables and opens their drivers.
#include "runtime/core/backend.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/core/identity.hpp"
#include "runtime/worker/worker.hpp"

namespace halyard::core {
namespace {

struct LinkedBackend {
  const char* name;
  hy_backend_query_fn query;
};

#include "halyard_backend_list.inc"

// Native backends before OpenCL, through which the same devices are found again; the host last but one.
constexpr const char* kDefaultOrder[] = {"cuda", "hip", "level_zero", "cpu", "opencl", "sim"};

template <class... Text>
void set_text(char* out, std::size_t capacity, const char* format, Text... text) {
  std::snprintf(out, capacity, format, text...);
}

bool complete(const hy_backend& t) {
  const bool base = t.name != nullptr && t.instance_create != nullptr && t.instance_destroy != nullptr &&
                    t.device_count != nullptr && t.device_info != nullptr && t.device_open != nullptr &&
                    t.device_close != nullptr && t.memory_allocate != nullptr && t.memory_free != nullptr &&
                    t.stream_create != nullptr && t.stream_destroy != nullptr && t.stream_synchronize != nullptr &&
                    t.stream_wait != nullptr && t.point_record != nullptr && t.point_release != nullptr &&
                    t.point_query != nullptr && t.point_wait != nullptr && t.copy_to_device != nullptr &&
                    t.copy_to_host != nullptr && t.copy_on_device != nullptr && t.fill != nullptr;
  const bool kernels = t.image_rank != nullptr && t.module_load != nullptr && t.module_unload != nullptr &&
                       t.kernel_create != nullptr && t.kernel_destroy != nullptr && t.kernel_bind != nullptr &&
                       t.bound_destroy != nullptr && t.launch != nullptr;
  const bool no_kernels = t.image_rank == nullptr && t.module_load == nullptr && t.module_unload == nullptr &&
                          t.kernel_create == nullptr && t.kernel_destroy == nullptr && t.kernel_bind == nullptr &&
                          t.bound_destroy == nullptr && t.launch == nullptr;
  const bool compiler = t.compile == nullptr || (t.compiled_release != nullptr && t.compile_identity != nullptr);
  const bool peers = t.peer_query != nullptr && t.peer_enable != nullptr && t.peer_copy != nullptr;
  const bool no_peers = t.peer_query == nullptr && t.peer_enable == nullptr && t.peer_copy == nullptr;
  return base && (kernels || no_kernels) && compiler && (peers || no_peers);
}

const hy_backend* query_plugin(hy_runtime* runtime, const std::string& path, hy_error* error) {
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* answer = dlerror();
    fail(error, HY_UNAVAILABLE, "plugin %s can't be loaded: %s", path.c_str(), answer == nullptr ? "?" : answer);
    return nullptr;
  }
  auto query = reinterpret_cast<hy_backend_query_fn>(dlsym(handle, HY_BACKEND_QUERY_SYMBOL));
  if (query == nullptr) {
    fail(error, HY_INVALID_ARGUMENT, "%s is no Halyard plugin: it does not export " HY_BACKEND_QUERY_SYMBOL,
         path.c_str());
    return nullptr;
  }
  const hy_backend* table = query(HY_ABI_VERSION, &runtime->host.table());
  if (table == nullptr) {
    fail(error, HY_UNSUPPORTED,
         "plugin %s does not work with plugin ABI %u.%u of this library; get a build of the plugin for it",
         path.c_str(), HY_ABI_MAJOR, HY_ABI_MINOR);
  }
  return table;
}

// Without a usable table the backend is listed as failed, for the reason in `error`.
std::unique_ptr<Backend> make_backend(std::string name, const hy_backend* table, const char* origin, hy_error* error) {
  auto backend = std::make_unique<Backend>();
  backend->name = std::move(name);
  backend->info.size = sizeof backend->info;
  set_text(backend->info.library, sizeof backend->info.library, "%s", origin);
  if (table != nullptr) {
    std::unique_ptr<hy_backend> full = normalise(table, origin, error);
    if (full != nullptr) {
      backend->name = full->name;
      backend->table = full.release();
    }
  }
  set_text(backend->info.name, sizeof backend->info.name, "%s", backend->name.c_str());
  if (backend->table == nullptr) {
    backend->state = Backend::State::kFailed;
    set_text(backend->info.reason, sizeof backend->info.reason, "%s", error->message);
  }
  return backend;
}

// A plugin that does not work is listed with its reason; the rest works on.
void add_plugin(hy_runtime* runtime, const std::string& path) {
  hy_error error{};
  const hy_backend* table = query_plugin(runtime, path, &error);
  std::unique_ptr<Backend> backend = make_backend("plugin", table, path.c_str(), &error);
  if (backend->table == nullptr) {
    set_text(backend->info.cure, sizeof backend->info.cure, "correct or remove %s in HALYARD_PLUGINS", path.c_str());
    runtime->host.log(HY_LOG_WARNING, "%s", error.message);
  } else {
    runtime->host.log(HY_LOG_DEBUG, "plugin %s loaded as backend %s", path.c_str(), backend->name.c_str());
  }
  runtime->backends.push_back(std::move(backend));
}

std::unique_ptr<Backend> make_linked(hy_runtime* runtime, const char* name, hy_backend_query_fn query) {
  hy_error error{};
  const hy_backend* table = query(HY_ABI_VERSION, &runtime->host.table());
  if (table == nullptr) {
    fail(&error, HY_UNSUPPORTED,
         "%s is linked in and does not work with plugin ABI %u.%u of this library; build them together", name,
         HY_ABI_MAJOR, HY_ABI_MINOR);
  }
  std::unique_ptr<Backend> backend = make_backend(name, table, "", &error);
  if (backend->table == nullptr) runtime->host.log(HY_LOG_WARNING, "%s", error.message);
  return backend;
}

std::size_t rank(const std::vector<std::string>& order, const std::string& name) {
  return static_cast<std::size_t>(std::find(order.begin(), order.end(), name) - order.begin());
}

// Keeps what HALYARD_BACKENDS names, in its order. Plugins that failed stay, so that their reason is seen.
hy_status select(hy_runtime* runtime, hy_error* error) {
  auto& all = runtime->backends;
  const std::vector<std::string>& wanted = runtime->config.backends;
  for (const std::string& name : wanted) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const auto& b) { return b->name == name; });
    if (!known) {
      return fail(error, HY_INVALID_ARGUMENT, "HALYARD_BACKENDS: there is no backend '%s' in this build; there are: %s",
                  name.c_str(), names_of(all).c_str());
    }
  }
  if (!wanted.empty()) {
    std::erase_if(all, [&](const auto& b) {
      const bool failed_plugin = b->table == nullptr && b->info.library[0] != '\0';
      return !failed_plugin && rank(wanted, b->name) == wanted.size();
    });
  }
  const std::vector<std::string> order =
      wanted.empty() ? std::vector<std::string>(std::begin(kDefaultOrder), std::end(kDefaultOrder)) : wanted;
  // What is not in the default order is a plugin: its vendor's own, so before the general ones.
  auto place = [&](const auto& b) {
    const std::size_t position = rank(order, b->name);
    return position == order.size() && wanted.empty() ? rank(order, "cpu") * 2 - 1 : position * 2;
  };
  std::stable_sort(all.begin(), all.end(), [&](const auto& a, const auto& b) { return place(a) < place(b); });
  return HY_OK;
}

hy_status create_instance(hy_runtime* runtime, Backend* backend, hy_error* error) {
  hy_b_report report{};
  report.size = sizeof report;
  hy_status status = HY_OK;
  if ((backend->table->flags & HY_BACKEND_PROBE_IN_WORKER) != 0) {
    status = runtime->worker->probe(*backend->table, &report, error);
    backend->info.driver_failed = report.reason[0] != '\0' ? 1 : 0;
  }
  if (status == HY_OK)
    status = backend->table->instance_create(&runtime->host.table(), &backend->instance, &report, error);
  hy_backend_info& info = backend->info;
  if (report.library[0] != '\0') set_text(info.library, sizeof info.library, "%s", report.library);
  set_text(info.version, sizeof info.version, "%s", report.version);
  set_text(info.cure, sizeof info.cure, "%s", report.cure);
  if (status != HY_OK) {
    set_text(info.reason, sizeof info.reason, "%s", report.reason[0] != '\0' ? report.reason : error->message);
  }
  return status;
}

void add_devices(hy_runtime* runtime, Backend* backend) {
  const std::uint32_t count = backend->table->device_count(backend->instance);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto device = std::make_unique<hy_device>();
    device->runtime = runtime;
    device->table = backend->table;
    device->instance = backend->instance;
    hy_error error{};
    if (hy_status status = describe_device(*device, i, backend->devices, &error); status != HY_OK) {
      runtime->host.log(HY_LOG_WARNING, "%s: device %u is left out: %s", backend->name.c_str(), i, error.message);
      continue;
    }
    backend->devices.push_back(std::move(device));
  }
  backend->info.device_count = static_cast<std::uint32_t>(backend->devices.size());
}

}  // namespace

std::string names_of(const std::vector<std::unique_ptr<Backend>>& backends) {
  std::string names;
  for (const auto& backend : backends) names += (names.empty() ? "" : ", ") + backend->name;
  return names;
}

bool is_default_backend(std::string_view name) noexcept {
  return std::find(std::begin(kDefaultOrder), std::end(kDefaultOrder), name) != std::end(kDefaultOrder);
}

Backend::~Backend() {
  devices.clear();
  if (instance != nullptr) table->instance_destroy(instance);
  delete table;
}

std::unique_ptr<hy_backend> normalise(const hy_backend* table, const char* origin, hy_error* error) {
  if ((table->abi_version >> 16) != HY_ABI_MAJOR) {
    fail(error, HY_UNSUPPORTED, "plugin %s was built for plugin ABI %u, this library has %u; get a matching build",
         origin, table->abi_version >> 16, HY_ABI_MAJOR);
    return nullptr;
  }
  auto full = std::make_unique<hy_backend>();
  std::memcpy(static_cast<void*>(full.get()), table, std::min<std::size_t>(table->size, sizeof *full));
  full->size = sizeof *full;
  if (!complete(*full)) {
    fail(error, HY_INVALID_ARGUMENT, "plugin %s: its table (%u bytes) lacks functions that backend.h requires", origin,
         table->size);
    return nullptr;
  }
  return full;
}

hy_status list_backends(hy_runtime* runtime, hy_error* error) {
  for (const std::string& path : runtime->config.plugins) add_plugin(runtime, path);
  for (const LinkedBackend* linked = kLinkedBackends; linked->name != nullptr; ++linked) {
    runtime->backends.push_back(make_linked(runtime, linked->name, linked->query));
  }
  return select(runtime, error);
}

void open_backend(hy_runtime* runtime, Backend* backend) {
  if (backend->state != Backend::State::kClosed) return;
  hy_error error{};
  if (create_instance(runtime, backend, &error) != HY_OK) {
    backend->state = Backend::State::kFailed;
    runtime->host.log(HY_LOG_INFO, "%s is not available: %s", backend->name.c_str(), backend->info.reason);
    return;
  }
  backend->state = Backend::State::kOpen;
  add_devices(runtime, backend);
  backend->info.available = backend->devices.empty() ? 0 : 1;
  if (backend->devices.empty() && backend->info.reason[0] == '\0') {
    set_text(backend->info.reason, sizeof backend->info.reason, "%s", "the driver is there but presents no device");
  }
  runtime->host.log(HY_LOG_DEBUG, "backend %s opened: %u device%s%s%s%s%s", backend->name.c_str(),
                    backend->info.device_count, backend->info.device_count == 1 ? "" : "s",
                    backend->info.library[0] != '\0' ? ", through " : "", backend->info.library,
                    backend->info.version[0] != '\0' ? ", " : "", backend->info.version);
}

}  // namespace halyard::core
