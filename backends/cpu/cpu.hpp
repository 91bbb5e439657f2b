// The classes of the `cpu` backend: the machine's own processors as a device. Threads, queues and launches are
// backends/common's; here is what makes them a backend.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "backends/common/executor.hpp"
#include "backends/common/handed_out.hpp"
#include "backends/common/launch.hpp"
#include "backends/common/queue.hpp"
#include "backends/cpu/limits.hpp"
#include "backends/cpu/object.hpp"
#include "halyard/backend.h"
#include "halyard/host_kernel.h"

namespace halyard::cpu {

class Device;
class Stream;
class Kernel;
class Module;

class Instance {
 public:
  static hy_status create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error);
  uint32_t device_count() const noexcept { return 1; }
  hy_status device_info(uint32_t index, hy_device_info* out, hy_error* error);
  hy_status open(uint32_t index, Device** out, hy_error* error);

 private:
  friend class Device;
  explicit Instance(const hy_host& host) : host_(host) {}

  const hy_host& host_;
  Processors processors_;
  std::mutex mutex_;
  std::weak_ptr<host::Executor> executor_;  // shared by all openings of the device
};

class Device {
 public:
  Device(const hy_host& host, std::shared_ptr<host::Executor> executor) : host_(host), executor_(std::move(executor)) {}

  hy_status allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error);
  void free(hy_b_memory* memory) noexcept;
  hy_status memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error);
  hy_status memory_native(const hy_b_memory& memory, hy_native* out, hy_error* error);
  hy_status wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error);
  hy_status create_stream(hy_stream_flags flags, Stream** out, hy_error* error);

  uint32_t image_rank(const hy_b_image& image) noexcept;
  hy_status load(const hy_b_image& image, Module** out, hy_error* error);
  hy_status compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error);
  static void release(hy_b_compiled* compiled) noexcept { common::release_compiled(compiled); }
  hy_status identity(char* out, uint64_t capacity, hy_error* error);

  host::Executor& executor() noexcept { return *executor_; }

 private:
  const hy_host& host_;
  std::shared_ptr<host::Executor> executor_;
};

class Stream {
 public:
  explicit Stream(host::Queue& queue) noexcept : queue_(queue) {}
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  hy_status synchronize(uint64_t timeout_ns, hy_error* error);
  hy_status wait(host::Point& point, hy_error* error);
  hy_status record(hy_point_flags flags, host::Point** out, hy_error* error);
  hy_status host_function(hy_host_fn fn, void* user, hy_error* error);
  hy_status write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes, hy_copy_mode mode,
                  hy_error* error);
  hy_status read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes, hy_copy_mode mode,
                 hy_error* error);
  hy_status copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                 uint64_t bytes, hy_error* error);
  hy_status fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
                 hy_error* error);

  host::Queue& queue() noexcept { return queue_; }

 private:
  host::Queue& queue_;
};

class Module {
 public:
  Module(const hy_host_image& image, SharedObject object) noexcept : image_(image), object_(std::move(object)) {}
  hy_status kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error);

 private:
  const hy_host_image& image_;
  SharedObject object_;  // empty for an image that is linked into the program
};

class Bound {
 public:
  explicit Bound(std::unique_ptr<host::Launcher> launcher) noexcept : launcher_(std::move(launcher)) {}
  hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) {
    return launcher_->launch(grid, args, error);
  }

 private:
  std::unique_ptr<host::Launcher> launcher_;
};

class Kernel {
 public:
  Kernel(const hy_host_kernel& kernel, const hy_signature& signature) noexcept
      : kernel_(kernel), signature_(signature) {}
  hy_status bind(Stream& stream, Bound** out, hy_error* error);

 private:
  const hy_host_kernel& kernel_;
  const hy_signature& signature_;
  host::Estimate estimate_{0};
};

// Absolute path of the system's C++ compiler, or "" when there is none.
std::string find_compiler();

}  // namespace halyard::cpu
