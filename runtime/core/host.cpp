// Fills the hy_host table: each entry forwards to the service that does it.
#include "runtime/core/host.hpp"

#include <dlfcn.h>

#include <cstdarg>
#include <cstdio>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/library.hpp"
#include "runtime/worker/child.hpp"

namespace halyard::core {
namespace {

const Host& host_of(void* self) { return *static_cast<const Host*>(self); }

}  // namespace

Host::Host() {
  table_.size = sizeof table_;
  table_.abi_version = HY_ABI_VERSION;
  table_.self = this;
  table_.log = [](void* self, hy_log_level level, const char* text) { host_of(self).log_text(level, text); };
  table_.log_enabled = [](void* self, hy_log_level level) -> uint32_t { return host_of(self).log_enabled(level); };
  table_.library_open = [](void* self, const hy_library_request* request, void** handle, char* path,
                           uint64_t path_capacity, char* report, uint64_t report_capacity,
                           hy_error* error) -> hy_status {
    return stop_exceptions(error, [&] {
      const Host& host = host_of(self);
      std::string passed_over;
      const hy_status status = open_library(host.config(), *request, handle, path, path_capacity, report,
                                            report_capacity, error, &passed_over);
      if (status == HY_OK && !passed_over.empty()) {
        host.log(HY_LOG_WARNING, "%s; %s was opened instead", passed_over.c_str(),
                 path != nullptr ? path : "another file");
      }
      return status;
    });
  };
  table_.library_symbol = [](void*, void* handle, const char* name) { return dlsym(handle, name); };
  table_.file_read = [](void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) -> hy_status {
    return stop_exceptions(error, [&] { return read_system_file(host_of(self).config(), path, data, bytes, error); });
  };
  table_.child_run = [](void*, const hy_child_request* request, hy_child_result* out, hy_error* error) -> hy_status {
    return stop_exceptions(error, [&] { return worker::run_child(*request, out, error); });
  };
  table_.child_free = [](void*, hy_child_result* result) { worker::free_child_result(result); };
  table_.library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                           hy_error* error) -> hy_status {
    return stop_exceptions(error,
                           [&] { return find_library(host_of(self).config(), *request, path, capacity, error); });
  };
  table_.scratch_folder = [](void* self, char* path, uint64_t capacity, hy_error* error) -> hy_status {
    Host& host = *static_cast<Host*>(self);
    return stop_exceptions(error, [&] { return host.scratch_.folder(host.config(), path, capacity, error); });
  };
}

void Host::start(const Config* config) { config_ = config; }

bool Host::log_enabled(hy_log_level level) const noexcept {
  return config_ != nullptr && config_->log != nullptr && level <= config_->log_level;
}

void Host::log_text(hy_log_level level, const char* text) const noexcept {
  if (log_enabled(level)) config_->log(config_->log_user, level, text);
}

void Host::log(hy_log_level level, const char* format, ...) const noexcept {
  if (!log_enabled(level)) return;
  char text[2048];
  va_list list;
  va_start(list, format);
  std::vsnprintf(text, sizeof text, format, list);
  va_end(list);
  log_text(level, text);
}

}  // namespace halyard::core
