// The objects behind the handles of the C API. Who keeps whom alive: everything holds its device, a device holds its
// runtime; a kernel also holds its module and its bundle; a point holds its stream, a stream the kernels it has bound.
// What only needs to know how far a stream has come (buffers, memory that waits to be freed) remembers its id, which is
// found in its device's list until all work of the stream is done.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "halyard/backend.h"
#include "halyard/halyard.h"
#include "runtime/core/config.hpp"
#include "runtime/core/host.hpp"
#include "runtime/core/refcount.hpp"

namespace halyard::kernels {
class Cache;        // runtime/kernels/cache.hpp
class ModuleTable;  // runtime/kernels/module.hpp: modules of one device, by bundle and constants
struct Module;
}  // namespace halyard::kernels

namespace halyard::worker {
class Worker;  // runtime/worker/worker.hpp
}

namespace halyard::memory {
class RetireList;
}

namespace halyard::core {

// Another device whose buffers a stream used, and in whose list of streams it is therefore too, until it is idle.
struct Visit {
  hy_device* device;  // retained
  hy_peer_access access;
};

// A backend of this runtime: linked in or a plugin; opened when its devices are first asked for.
struct Backend {
  enum class State : std::uint8_t { kClosed, kOpen, kFailed };
  std::string name;
  const hy_backend* table = nullptr;  // null: a plugin that could not be loaded (info says why)
  hy_b_instance* instance = nullptr;
  State state = State::kClosed;
  hy_backend_info info{};
  std::vector<std::unique_ptr<hy_device>> devices;

  Backend() = default;
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
};

}  // namespace halyard::core

struct hy_runtime {
  halyard::core::RefCount refs;
  std::uint64_t fork_generation = 0;
  halyard::core::Config config;
  halyard::core::Host host;
  std::unique_ptr<halyard::kernels::Cache> cache;  // never null; a cache without a folder only misses
  std::unique_ptr<halyard::worker::Worker> worker;
  std::mutex discovery;  // guards the two below until discovered
  std::vector<std::unique_ptr<halyard::core::Backend>> backends;
  std::vector<hy_device*> physical;  // one entry a physical device, best first
  std::atomic<bool> discovered{false};

  ~hy_runtime();
};

struct hy_device {
  halyard::core::RefCount wrapped_refs;  // used by wrapped devices only; the others live as long as the runtime
  bool wrapped = false;
  hy_runtime* runtime = nullptr;
  const hy_backend* table = nullptr;
  hy_b_instance* instance = nullptr;
  hy_device_info info{};
  std::vector<hy_device*> alternatives;  // set by discovery
  std::mutex opening;
  std::atomic<hy_b_device*> handle{nullptr};  // see open_device()
  std::unique_ptr<halyard::kernels::ModuleTable> modules;
  std::unique_ptr<halyard::memory::RetireList> retired;
  mutable std::mutex streams_mutex;
  std::vector<hy_stream*> streams;  // with work that may not be done, its own and visitors: see find_stream()
  std::uint64_t number = 0;         // unique in the process, never used again
  std::mutex peers_mutex;           // of the list of lists
  // Numbers of the devices whose memory kernels of this one may use: the last of the lists, of which each stays, so
  // that launches take no lock.
  std::atomic<const std::vector<std::uint64_t>*> peers{nullptr};
  std::vector<std::unique_ptr<const std::vector<std::uint64_t>>> peer_lists;

  hy_device();
  ~hy_device();
};

struct hy_kernel {
  halyard::core::RefCount refs;
  hy_device* device = nullptr;
  hy_bundle* bundle = nullptr;
  halyard::kernels::Module* module = nullptr;
  hy_b_kernel* handle = nullptr;
  const hy_signature* signature = nullptr;  // of the bundle
  hy_kernel_info info{};
  std::uint32_t slot = 0;  // unique in the process and small: where a stream keeps its bound kernel
};

// A kernel as one stream uses it, with what launches need in one place.
struct hy_bound_kernel {
  hy_stream* stream = nullptr;
  hy_kernel* kernel = nullptr;
  const hy_backend* table = nullptr;
  hy_b_bound* handle = nullptr;
  const hy_signature* signature = nullptr;
  // The last grid that was asked for and what it became: applications launch the same one again and again.
  hy_grid asked{};
  hy_b_grid planned{};  // of `asked`; at first of the empty grid
  std::uint32_t serial = 0;
  enum class Plan : std::uint8_t { nothing, whole, parts } plan = Plan::nothing;
};

struct hy_point {
  halyard::core::RefCount refs;
  hy_stream* stream = nullptr;
  hy_b_point* handle = nullptr;
  std::uint64_t sequence = 0;  // submissions of the stream that it covers
  hy_point_flags flags = 0;
  hy_point* next_free = nullptr;
};

struct hy_stream {
  halyard::core::RefCount refs;
  std::uint64_t id = 0;  // unique in the process, never used again
  hy_device* device = nullptr;
  const hy_backend* table = nullptr;
  hy_b_stream* handle = nullptr;
  hy_stream_flags flags = 0;
  std::uint64_t fork_generation = 0;
  bool wrapped = false;
  std::atomic<std::uint64_t> submitted{0};
  std::atomic<std::uint64_t> completed{0};  // as far as anybody has seen
  std::atomic<bool> failed{false};
  std::atomic<bool> retire_wanted{false};  // somebody waits to free memory that this stream uses
  std::mutex error_mutex;
  hy_error error{};                     // valid when failed
  std::vector<hy_bound_kernel*> bound;  // by slot; the stream's thread alone
  std::mutex retire_mutex;
  std::vector<std::pair<std::uint64_t, hy_b_point*>> retire_points;  // in order
  std::atomic<bool> visiting{false};
  std::mutex visits_mutex;
  std::vector<halyard::core::Visit> visits;  // changed by the stream's thread alone
  // Points to use again: pushed by any thread, taken by the stream's own, so that recording allocates only at first.
  std::atomic<hy_point*> free_points{nullptr};
};

namespace halyard::core {

// Where fork() has happened since: handles made before are of no use in the child.
std::uint64_t fork_generation() noexcept;
hy_status fail_forked(hy_error* error) noexcept;
inline bool forked(const hy_runtime* runtime) noexcept { return runtime->fork_generation != fork_generation(); }

// Opens the device on first use.
hy_status open_device(hy_device* device, hy_b_device** out, hy_error* error);

// Opens all backends, merges devices; once.
hy_status discover(hy_runtime* runtime, hy_error* error);

// Frees the memory given up in `device` that no work uses any more.
void reap(hy_device* device) noexcept;

}  // namespace halyard::core
