// Reads the environment variables of the contract and merges them with what the application set.
#include "runtime/core/config.hpp"

#include <strings.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "halyard/detail/error.hpp"

namespace halyard::core {
namespace {

// The description as this library knows it, whatever size the caller's was.
hy_runtime_desc widen(const hy_runtime_desc* desc) {
  hy_runtime_desc full{};
  if (desc != nullptr) std::memcpy(&full, desc, desc->size < sizeof full ? desc->size : sizeof full);
  return full;
}

// secure_getenv answers NULL in set-user-id programs.
std::string setting(const char* from_desc, const char* variable, const char* fallback = "") {
  if (from_desc != nullptr) return from_desc;
  const char* value = secure_getenv(variable);
  return value != nullptr ? value : fallback;
}

hy_status require_absolute(const std::vector<std::string>& paths, const char* what, hy_error* error) {
  for (const std::string& path : paths) {
    if (path.front() != '/') {
      return fail(error, HY_INVALID_ARGUMENT, "%s: '%s' is not an absolute path", what, path.c_str());
    }
  }
  return HY_OK;
}

std::string default_cache_dir() {
  if (const char* xdg = secure_getenv("XDG_CACHE_HOME"); xdg != nullptr && xdg[0] == '/') {
    return std::string(xdg) + "/halyard";
  }
  if (const char* home = secure_getenv("HOME"); home != nullptr && home[0] == '/') {
    return std::string(home) + "/.cache/halyard";
  }
  return "";
}

void log_to_stderr(void*, hy_log_level level, const char* text) {
  static constexpr const char* kNames[] = {"", "error", "warning", "info", "debug", "trace"};
  std::fprintf(stderr, "halyard %s: %s\n", level >= 0 && level <= HY_LOG_TRACE ? kNames[level] : "?", text);
}

void read_log(const hy_runtime_desc& desc, Config* out) {
  if (desc.log != nullptr) {
    out->log = desc.log;
    out->log_user = desc.log_user;
    out->log_level = desc.log_level == HY_LOG_NONE ? HY_LOG_WARNING : desc.log_level;
    return;
  }
  const std::string level = setting(nullptr, "HALYARD_LOG");
  if (level.empty()) return;
  static constexpr const char* kNames[] = {"none", "error", "warning", "info", "debug", "trace"};
  for (hy_log_level i = HY_LOG_NONE; i <= HY_LOG_TRACE; ++i) {
    if (strcasecmp(level.c_str(), kNames[i]) == 0) {
      out->log_level = i;
      out->log = i == HY_LOG_NONE ? nullptr : log_to_stderr;
      return;
    }
  }
  out->log_level = HY_LOG_WARNING;
  out->log = log_to_stderr;
  out->warning = "HALYARD_LOG: '" + level +
                 "' is not a level; there are: none, error, warning, info, debug, trace. `warning` is taken";
}

}  // namespace

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    std::string_view part = text.substr(0, end);
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    if (!part.empty()) parts.emplace_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

hy_status read_config(const hy_runtime_desc* desc, Config* out, hy_error* error) {
  if (desc != nullptr && desc->size < sizeof(std::uint32_t)) {
    return fail(error, HY_INVALID_ARGUMENT, "hy_runtime_desc.size is %u; set it to sizeof(hy_runtime_desc)",
                desc->size);
  }
  const hy_runtime_desc full = widen(desc);
  if (full.worker_policy > HY_WORKER_NEVER) {
    return fail(error, HY_INVALID_ARGUMENT, "worker_policy: %u is none of HY_WORKER_*", full.worker_policy);
  }
  out->worker_policy = full.worker_policy;
  out->backends = split(setting(full.backends, "HALYARD_BACKENDS"), ',');
  out->backends_setting = full.backends != nullptr ? "the option `backends`" : "HALYARD_BACKENDS";
  out->plugins = split(setting(full.plugins, "HALYARD_PLUGINS"), ':');
  out->library_path = split(setting(full.library_path, "HALYARD_LIBRARY_PATH"), ':');
  out->default_device = setting(full.default_device, "HALYARD_DEVICE");
  out->sysroot = setting(full.sysroot, "HALYARD_SYSROOT");
  out->worker_path = full.worker_path == nullptr ? "" : full.worker_path;
  out->cache_dir = setting(full.cache_dir, "HALYARD_CACHE_DIR", default_cache_dir().c_str());
  while (!out->sysroot.empty() && out->sysroot.back() == '/') out->sysroot.pop_back();
  if (hy_status status = require_absolute(out->plugins, "HALYARD_PLUGINS", error)) return status;
  if (hy_status status = require_absolute(out->library_path, "HALYARD_LIBRARY_PATH", error)) return status;
  if (!out->sysroot.empty()) {
    if (hy_status status = require_absolute({out->sysroot}, "HALYARD_SYSROOT", error)) return status;
  }
  if (!out->worker_path.empty()) {
    if (hy_status status = require_absolute({out->worker_path}, "worker_path", error)) return status;
  }
  if (!out->cache_dir.empty()) {
    if (hy_status status = require_absolute({out->cache_dir}, "HALYARD_CACHE_DIR", error)) return status;
  }
  read_log(full, out);
  return HY_OK;
}

}  // namespace halyard::core
