// Makes and ends a runtime: the owner of everything else.
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/backend.hpp"
#include "runtime/core/fork.hpp"
#include "runtime/kernels/cache.hpp"
#include "runtime/worker/worker.hpp"

// Backends first: their devices still use the cache and the worker.
hy_runtime::~hy_runtime() { backends.clear(); }

using namespace halyard;  // NOLINT: the C API below is one with it

extern "C" {

hy_status hy_runtime_create(const hy_runtime_desc* desc, hy_runtime** out, hy_error* error) {
  if (out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "out must not be NULL");
  return stop_exceptions(error, [&] {
    core::watch_forks();
    auto runtime = std::make_unique<hy_runtime>();
    runtime->fork_generation = core::fork_generation();
    if (hy_status status = core::read_config(desc, &runtime->config, error); status != HY_OK) return status;
    runtime->host.start(&runtime->config);
    if (!runtime->config.warning.empty()) runtime->host.log_text(HY_LOG_WARNING, runtime->config.warning.c_str());
    runtime->cache = std::make_unique<kernels::Cache>(runtime->config.cache_dir, &runtime->host);
    runtime->worker = std::make_unique<worker::Worker>(runtime->config, runtime->host, *runtime->cache);
    if (hy_status status = core::list_backends(runtime.get(), error); status != HY_OK) return status;
    const std::string& cache = runtime->config.cache_dir;
    const std::string worker = runtime->host.log_enabled(HY_LOG_INFO) ? runtime->worker->path() : "";
    runtime->host.log(HY_LOG_INFO, "halyard %s: backends %s; cache %s; worker %s", hy_version(),
                      core::names_of(runtime->backends).c_str(), cache.empty() ? "none" : cache.c_str(),
                      worker.empty() ? "none" : worker.c_str());
    *out = runtime.release();
    return hy_status{HY_OK};
  });
}

void hy_runtime_retain(hy_runtime* runtime) {
  if (runtime != nullptr) runtime->refs.retain();
}

void hy_runtime_release(hy_runtime* runtime) {
  if (runtime == nullptr || !runtime->refs.release()) return;
  // In a forked child drivers and threads are gone: leave everything as it is.
  if (!core::forked(runtime)) delete runtime;
}

}  // extern "C"
