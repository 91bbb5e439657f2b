// What may hang, abort or take the process down, done in halyard-worker with a time limit: drivers that were not seen
// before and run-time compilers. Where the worker is not installed, the application's policy decides.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "halyard/backend.h"
#include "halyard/halyard.h"
#include "runtime/core/config.hpp"
#include "runtime/core/host.hpp"
#include "runtime/kernels/sha256.hpp"

namespace halyard::kernels {
class Cache;
}

namespace halyard::worker {

inline constexpr std::uint32_t kProbeTimeoutMs = 20'000;
inline constexpr std::uint32_t kCompileTimeoutMs = 120'000;
inline constexpr std::int64_t kBadDriverRetrySeconds = 3'600;  // a driver that failed its probe is tried again after

// What a compiler made, owned by the library. `log` is filled on failure too.
struct Compiled {
  hy_image_format format = 0;
  std::string data;
  std::string log;
  std::string target;
};

// What came of one run of the worker.
struct Outcome {
  enum class Kind : std::uint8_t {
    kReplied,  // `status`, `error` and `body` are its answer
    kCrashed,  // `reason` says by which signal
    kTimedOut,
    kUnusable,  // it could not be started, or is of another Halyard: `reason`
  };
  Kind kind = Kind::kUnusable;
  hy_status status = HY_INTERNAL;
  hy_error error{};
  std::string body;
  std::string reason;
  std::string library;  // of a vendor, that was opened last; "" : none
};

class Worker {
 public:
  // All three outlive this. Looks for the program when it is needed.
  Worker(const core::Config& config, const core::Host& host, kernels::Cache& cache,
         std::uint32_t probe_timeout_ms = kProbeTimeoutMs);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Whether `table`'s instance_create() may be called in this process. HY_OK at once for a backend without
  // HY_BACKEND_PROBE_IN_WORKER, without driver files, or whose driver files are known to be good; else the worker opens
  // the driver first. HY_OK also when the driver says by itself that it has no devices: it is then asked again here.
  // Errors: HY_UNAVAILABLE (the driver crashed or hung, or did so lately: `report` says of which file, why, and what to
  // do; or the policy forbids to try it: `report` is left as it is).
  hy_status probe(const hy_backend& table, hy_b_report* report, hy_error* error) noexcept;

  // Compiles for `device` (its own handle, open): in a worker where the backend wishes so and the policy allows, else
  // here. Errors: the backend's; HY_COMPILE_FAILED (the compiler crashed), HY_TIMEOUT, HY_UNAVAILABLE (policy).
  hy_status compile(hy_device* device, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                    hy_error* error) noexcept;

  // Absolute path of halyard-worker, or "" where there is none.
  std::string path() const;

 private:
  // What was found out about a driver; `bad_until` is a time of the system's clock, 0 for a good one.
  struct Record {
    std::int64_t bad_until = 0;
    std::string reason;
    std::string library;  // that was opened when it failed; "" : none was
  };

  // `record` is filled, and remembered, where the driver was tried.
  hy_status try_driver(const hy_backend& table, const kernels::Digest& key, Record* record, hy_error* error);
  bool recall(const kernels::Digest& key, Record* out);
  void remember(const kernels::Digest& key, const Record& record);
  hy_status compile_there(hy_device* device, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                          bool* unusable, hy_error* error);
  Outcome run(const std::string& program, const char* verb, const std::string& request, std::uint32_t timeout_ms) const;
  hy_status no_worker(const char* what, hy_error* error) const;

  const core::Config& config_;
  const core::Host& host_;
  kernels::Cache& cache_;
  const std::uint32_t probe_timeout_ms_;
  std::mutex mutex_;
  std::vector<std::pair<kernels::Digest, Record>> known_;  // in this process, for where there is no cache
};

// Compiles with the backend in this process.
hy_status compile_here(const hy_backend& table, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                       hy_error* error) noexcept;

}  // namespace halyard::worker
