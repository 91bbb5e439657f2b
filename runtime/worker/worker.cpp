// The host's side of halyard-worker: when it is used, what is remembered of drivers, and what its end means.
#include "runtime/worker/worker.hpp"

#include <sys/stat.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string_view>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/build_id.hpp"
#include "runtime/kernels/cache.hpp"
#include "runtime/worker/child.hpp"
#include "runtime/worker/locate.hpp"
#include "runtime/worker/protocol.hpp"

namespace halyard::worker {
namespace {

constexpr char kKind[] = "probe";

// The driver's files as they are now; empty where the driver has none. `first` gets the path of one.
std::string identity_of(const hy_backend& table, const core::Host& host, std::string* first) {
  if (table.driver_files == nullptr) return "";
  std::string list(64 << 10, '\0');
  hy_error ignored{};
  if (table.driver_files(&host.table(), list.data(), list.size(), &ignored) != HY_OK) return "";
  list.resize(std::strlen(list.c_str()));
  std::string identity;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find('\n', at), list.size());
    const std::string path = list.substr(at, end - at);
    at = end + 1;
    struct stat seen {};
    if (path.empty() || stat(path.c_str(), &seen) != 0) continue;
    if (first->empty()) *first = path;
    for (std::uint64_t value :
         {std::uint64_t{seen.st_dev}, std::uint64_t{seen.st_ino}, static_cast<std::uint64_t>(seen.st_size),
          static_cast<std::uint64_t>(seen.st_mtim.tv_sec), static_cast<std::uint64_t>(seen.st_mtim.tv_nsec)}) {
      identity += std::to_string(value) + " ";
    }
    identity += path + "\n";
  }
  return identity.empty() ? "" : std::string(table.name) + "\n" + kernels::build_id() + "\n" + identity;
}

hy_status fail_driver(const std::string& file, const std::string& reason, const std::string& cure, hy_b_report* report,
                      hy_error* error) {
  std::snprintf(report->library, sizeof report->library, "%s", file.c_str());
  std::snprintf(report->reason, sizeof report->reason, "the driver %s when it was tried in halyard-worker",
                reason.c_str());
  std::snprintf(report->cure, sizeof report->cure, "%s", cure.c_str());
  return fail(error, HY_UNAVAILABLE, "%s: %s; %s", report->library, report->reason, report->cure);
}

hy_status give(const hy_error& from, hy_status status, hy_error* to) {
  if (to != nullptr) *to = from;
  return status;
}

}  // namespace

hy_status compile_here(const hy_backend& table, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                       hy_error* error) noexcept {
  return stop_exceptions(error, [&] {
    hy_b_compiled made{};
    made.size = sizeof made;
    const hy_status status = table.compile(handle, &source, &made, error);
    if (made.log != nullptr) out->log = made.log;
    if (status == HY_OK) {
      out->format = made.format;
      out->target = made.target;
      out->data.assign(static_cast<const char*>(made.data), made.bytes);
    }
    if (made.data != nullptr || made.log != nullptr) table.compiled_release(&made);
    return status;
  });
}

Worker::Worker(const core::Config& config, const core::Host& host, kernels::Cache& cache,
               std::uint32_t probe_timeout_ms)
    : config_(config), host_(host), cache_(cache), probe_timeout_ms_(probe_timeout_ms) {}

Worker::~Worker() = default;

std::string Worker::path() const { return locate_worker(config_.worker_path); }

hy_status Worker::no_worker(const char* what, hy_error* error) const {
  const std::string& chosen = config_.worker_path;
  return fail(error, HY_UNAVAILABLE,
              "%s needs halyard-worker, which is not %s%s; install it, set worker_path, or choose HY_WORKER_PREFER",
              what, chosen.empty() ? "installed" : "at ", chosen.c_str());
}

Outcome Worker::run(const std::string& program, const char* verb, const std::string& request,
                    std::uint32_t timeout_ms) const {
  const char* const argv[] = {program.c_str(), verb, nullptr};
  hy_child_request child{};
  child.size = sizeof child;
  child.timeout_ms = timeout_ms;
  child.argv = argv;
  child.input = request.data();
  child.input_bytes = request.size();
  child.output_limit = 1ull << 30;
  hy_child_result result{};
  result.size = sizeof result;
  host_.log(HY_LOG_DEBUG, "worker %s is started: %s", program.c_str(), verb);
  Outcome outcome;
  if (run_child(child, &result, &outcome.error) != HY_OK) {
    outcome.reason = outcome.error.message;
    return outcome;
  }
  std::istringstream diagnostics(result.diagnostics_bytes != 0 ? result.diagnostics : "");
  for (std::string line; std::getline(diagnostics, line);) {
    if (!line.empty()) host_.log(HY_LOG_DEBUG, "worker: %s", line.c_str());
  }
  char text[32];
  const bool replied = read_reply({result.output, result.output_bytes}, &outcome);
  if (result.timed_out != 0) {
    outcome.kind = Outcome::Kind::kTimedOut;
    outcome.reason = "took longer than " + std::to_string(timeout_ms) + " ms";
  } else if (result.signal != 0) {
    outcome.kind = Outcome::Kind::kCrashed;
    outcome.reason = std::string("crashed with ") + signal_name(result.signal, text, sizeof text);
  } else if (result.exit_code == 0 && replied) {
    outcome.kind = Outcome::Kind::kReplied;
  } else if (result.exit_code == kExitMismatch) {
    outcome.reason = program + " is of another version of Halyard";
  } else if (result.exit_code == 127) {  // of the dynamic linker: the worker never ran, which says nothing of a driver
    outcome.reason =
        program + " can't be started: " + (result.diagnostics_bytes != 0 ? result.diagnostics : "exit code 127");
  } else {  // a driver that calls exit()
    outcome.kind = Outcome::Kind::kCrashed;
    outcome.reason = "ended the process with exit code " + std::to_string(result.exit_code);
  }
  free_child_result(&result);
  return outcome;
}

// ---- drivers ----

bool Worker::recall(const kernels::Digest& key, Record* out) {
  std::lock_guard lock(mutex_);
  for (const auto& [known, record] : known_) {
    if (known == key) {
      *out = record;
      return true;
    }
  }
  const std::optional<std::string> entry = cache_.get(kKind, key);
  if (!entry) return false;
  WireReader reader(*entry);
  out->bad_until = static_cast<std::int64_t>(reader.number());
  out->reason = reader.text();
  out->library = reader.text();
  return reader.complete();
}

void Worker::remember(const kernels::Digest& key, const Record& record) {
  std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& entry) { return entry.first == key; });
  known_.emplace_back(key, record);
  WireWriter writer;
  writer.number(static_cast<std::uint64_t>(record.bad_until));
  writer.text(record.reason);
  writer.text(record.library);
  cache_.put(kKind, key, writer.bytes());
}

hy_status Worker::probe(const hy_backend& table, hy_b_report* report, hy_error* error) noexcept {
  return stop_exceptions(error, [&]() -> hy_status {
    if ((table.flags & HY_BACKEND_PROBE_IN_WORKER) == 0 || config_.worker_policy == HY_WORKER_NEVER) return HY_OK;
    std::string file;
    const std::string identity = identity_of(table, host_, &file);
    if (identity.empty()) return HY_OK;
    // One that is passed over may stand before the one that fails.
    const auto opened = [&](const Record& known) { return known.library.empty() ? file : known.library; };
    const kernels::Digest key = kernels::sha256(identity.data(), identity.size());
    Record record;
    if (recall(key, &record)) {
      if (record.bad_until == 0) return HY_OK;
      const std::int64_t left_s = record.bad_until - time(nullptr);
      if (left_s > 0 && left_s <= kBadDriverRetrySeconds) {
        const std::string cure = "reinstall or remove it: it is left alone for " + std::to_string(left_s / 60 + 1) +
                                 " more minutes, or until its files change (HY_WORKER_NEVER opens it regardless)";
        return fail_driver(opened(record), record.reason, cure, report, error);
      }
      record = {};
    }
    const hy_status status = try_driver(table, key, &record, error);
    if (status == HY_OK || record.bad_until == 0) return status;
    return fail_driver(opened(record), record.reason, "reinstall or remove it", report, error);
  });
}

hy_status Worker::try_driver(const hy_backend& table, const kernels::Digest& key, Record* record, hy_error* error) {
  const bool required = config_.worker_policy == HY_WORKER_REQUIRE;
  const std::string program = path();
  if (program.empty()) return required ? no_worker("a driver that was not seen before", error) : HY_OK;
  WireWriter request;
  write_setup(setup_for(config_, table.name), &request);
  const Outcome outcome = run(program, kProbeVerb, request.bytes(), probe_timeout_ms_);
  switch (outcome.kind) {
    case Outcome::Kind::kReplied:
      remember(key, {});
      return HY_OK;
    case Outcome::Kind::kUnusable:
      host_.log(HY_LOG_WARNING, "halyard-worker can't be used: %s", outcome.reason.c_str());
      return required ? fail(error, HY_UNAVAILABLE, "halyard-worker can't be used: %s", outcome.reason.c_str()) : HY_OK;
    default:
      *record = {time(nullptr) + kBadDriverRetrySeconds, outcome.reason, outcome.library};
      remember(key, *record);
      return HY_UNAVAILABLE;
  }
}

// ---- compilers ----

hy_status Worker::compile(hy_device* device, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                          hy_error* error) noexcept {
  return stop_exceptions(error, [&]() -> hy_status {
    const hy_backend& table = *device->table;
    const bool wanted = (table.flags & HY_BACKEND_COMPILES_IN_WORKER) != 0 && config_.worker_policy != HY_WORKER_NEVER;
    if (!wanted) return compile_here(table, handle, source, out, error);
    bool unusable = device->wrapped || path().empty();  // a caller's own context exists in this process alone
    if (unusable) {
      no_worker("the compiler", error);
    } else {
      const hy_status status = compile_there(device, handle, source, out, &unusable, error);
      if (!unusable) return status;
    }
    if (config_.worker_policy == HY_WORKER_REQUIRE) return HY_UNAVAILABLE;
    return compile_here(table, handle, source, out, error);
  });
}

hy_status Worker::compile_there(hy_device* device, hy_b_device* handle, const hy_b_source& source, Compiled* out,
                                bool* unusable, hy_error* error) {
  char identity[1024] = {};
  hy_status status = device->table->compile_identity(handle, identity, sizeof identity, error);
  if (status != HY_OK) return status;
  const std::uint32_t timeout_ms = source.timeout_ms != 0 ? source.timeout_ms : kCompileTimeoutMs;
  WireWriter request;
  write_setup(setup_for(config_, device->info.backend), &request);
  write_compile(
      {device->info.index, device->info.id, identity, source.name, std::string(source.text, source.bytes), timeout_ms},
      &request);
  const Outcome outcome = run(path(), kCompileVerb, request.bytes(), timeout_ms);
  const char* reason = outcome.reason.c_str();
  switch (outcome.kind) {
    case Outcome::Kind::kReplied:
      if (!read_compiled(outcome.body, out))
        return fail(error, HY_INTERNAL, "halyard-worker gave an answer without sense");
      return outcome.status == HY_OK ? HY_OK : give(outcome.error, outcome.status, error);
    case Outcome::Kind::kCrashed:
      return fail(error, HY_COMPILE_FAILED,
                  "%s: the compiler for %s %s; the source may have met a fault of the compiler", source.name,
                  device->info.name, reason);
    case Outcome::Kind::kTimedOut:
      return fail(error, HY_TIMEOUT, "%s: the compiler for %s %s and was stopped", source.name, device->info.name,
                  reason);
    default:
      *unusable = true;
      host_.log(HY_LOG_WARNING, "halyard-worker can't be used: %s", reason);
      return fail(error, HY_UNAVAILABLE, "halyard-worker can't be used: %s", reason);
  }
}

}  // namespace halyard::worker
