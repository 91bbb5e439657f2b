// The runtime: finds the machine's devices. It owns everything else; there is no global state, and two runtimes in one
// process do not know of each other.
#pragma once

#include <cstdint>
#include <vector>

#include "halyard/detail/shared.hpp"
#include "halyard/device.hpp"
#include "halyard/result.hpp"

namespace halyard {

/** Which backend is there, and why not; see hy_backend_info for each field. */
using BackendInfo = hy_backend_info;

enum class WorkerPolicy : hy_worker_policy {
  prefer = HY_WORKER_PREFER,    ///< Risky work runs in halyard-worker where it is installed, else in this process.
  require = HY_WORKER_REQUIRE,  ///< … where it is installed, else is refused with ErrorCode::unavailable.
  never = HY_WORKER_NEVER       ///< Always in this process.
};

enum class LogLevel : hy_log_level {
  none = HY_LOG_NONE,
  error = HY_LOG_ERROR,
  warning = HY_LOG_WARNING,
  info = HY_LOG_INFO,
  debug = HY_LOG_DEBUG,
  trace = HY_LOG_TRACE
};

/** How to make a runtime. What is left out comes from the environment variable named with it, else is the default.
 *  Strings are copied by Runtime::create(). */
struct RuntimeOptions {
  const char* backends = nullptr;        ///< HALYARD_BACKENDS: in order of preference, "cuda,opencl,cpu".
  const char* plugins = nullptr;         ///< HALYARD_PLUGINS: absolute paths of backend libraries, separated by ':'.
  const char* library_path = nullptr;    ///< HALYARD_LIBRARY_PATH: absolute folders searched first.
  const char* cache_dir = nullptr;       ///< HALYARD_CACHE_DIR; "" for no cache.
  const char* worker_path = nullptr;     ///< Of halyard-worker, absolute.
  const char* default_device = nullptr;  ///< HALYARD_DEVICE.
  const char* sysroot = nullptr;         ///< HALYARD_SYSROOT: a prefix for every read of /sys, /proc and /dev.
  WorkerPolicy worker_policy = WorkerPolicy::prefer;
  hy_log_fn log = nullptr;   ///< Gets what there is to say, from any thread; must not call Halyard. HALYARD_LOG else.
  void* log_user = nullptr;  ///< Passed to `log`.
  LogLevel log_level = LogLevel::warning;  ///< Least severe level that `log` gets.

  /** Logs to `sink(LogLevel, const char*)`, which the caller keeps alive as long as the runtime and all made from it.
   */
  template <class Sink>
  RuntimeOptions& log_to(Sink& sink, LogLevel level = LogLevel::warning) noexcept {
    log = [](void* user, hy_log_level at, const char* text) {
      (*static_cast<Sink*>(user))(static_cast<LogLevel>(at), text);
    };
    log_user = const_cast<void*>(static_cast<const void*>(&sink));  // a const Sink gets its const back above
    log_level = level;
    return *this;
  }
};

/**
 * A counted handle: copies are cheap and name the same runtime; any thread. Devices, streams and buffers keep what they
 * need alive when the last Runtime is gone.
 *
 *     auto runtime = halyard::Runtime::create();
 *     auto device = runtime->device();          // HALYARD_DEVICE, else the best of the machine
 */
class Runtime {
 public:
  /** Opens no driver: that happens when devices are asked for. ErrorCode::invalid_argument (unknown backend name,
   *  relative path), out_of_memory. */
  static Result<Runtime> create(const RuntimeOptions& options = {}) noexcept {
    hy_runtime_desc desc{};
    desc.size = sizeof desc;
    desc.worker_policy = static_cast<hy_worker_policy>(options.worker_policy);
    desc.backends = options.backends;
    desc.plugins = options.plugins;
    desc.library_path = options.library_path;
    desc.cache_dir = options.cache_dir;
    desc.worker_path = options.worker_path;
    desc.default_device = options.default_device;
    desc.sysroot = options.sysroot;
    desc.log = options.log;
    desc.log_user = options.log_user;
    desc.log_level = static_cast<hy_log_level>(options.log_level);
    hy_runtime* handle = nullptr;
    hy_error error;
    if (hy_runtime_create(&desc, &handle, &error) != HY_OK) return Error(error);
    return Runtime(handle);
  }

  /** Takes over a handle of the C API. */
  explicit Runtime(hy_runtime* adopted) noexcept : handle_(adopted) {}

  /** The physical devices, best first. Opens every backend in use; one that is broken is no error here, backends() says
   *  why it is missing. */
  [[nodiscard]] Result<std::vector<Device>> devices() const noexcept {
    std::uint32_t count = 0;
    hy_error error;
    if (hy_runtime_device_count(native_handle(), &count, &error) != HY_OK) return Error(error);
    return detail::collect<Device>(count, [&](std::uint32_t index) -> Result<Device> {
      hy_device* device = nullptr;
      if (hy_runtime_device_at(native_handle(), index, &device, &error) != HY_OK) return Error(error);
      return Device::adopt(device);
    });
  }

  /** One device: by id, "cuda:0", a backend's name or a vendor's; nullptr or "": HALYARD_DEVICE, else the best. Opens
   * only the backends that the selector needs. ErrorCode::unavailable (no such device or backend; the message
   * lists what there is, or why the backend is not there), invalid_argument ("cuda:x"). */
  [[nodiscard]] Result<Device> device(const char* selector = nullptr) const noexcept {
    hy_device* device = nullptr;
    hy_error error;
    if (hy_runtime_find_device(native_handle(), selector, &device, &error) != HY_OK) return Error(error);
    return Device::adopt(device);
  }

  /** What is known of each backend in use, available or not. Opens all of them. */
  [[nodiscard]] Result<std::vector<BackendInfo>> backends() const noexcept {
    std::uint32_t count = 0;
    hy_error error;
    if (hy_runtime_backend_count(native_handle(), &count, &error) != HY_OK) return Error(error);
    return detail::collect<BackendInfo>(count, [&](std::uint32_t index) -> Result<BackendInfo> {
      BackendInfo info{};
      info.size = sizeof info;
      if (hy_runtime_backend_info(native_handle(), index, &info, &error) != HY_OK) return Error(error);
      return info;
    });
  }

  [[nodiscard]] hy_runtime* native_handle() const noexcept { return handle_.get(); }

 private:
  detail::Shared<hy_runtime, hy_runtime_retain, hy_runtime_release> handle_;
};

inline Result<Device> Device::wrap(const Runtime& runtime, const char* backend, const hy_native& native) noexcept {
  hy_device* device = nullptr;
  hy_error error;
  if (hy_device_wrap(runtime.native_handle(), backend, &native, &device, &error) != HY_OK) return Error(error);
  return adopt(device);
}

}  // namespace halyard
