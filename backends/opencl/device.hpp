// One device with its context: gives memory, streams and modules, and compiles.
#pragma once

#include <atomic>
#include <mutex>

#include "backends/common/handed_out.hpp"
#include "backends/opencl/found.hpp"

namespace halyard::opencl {

class Stream;
class Module;

// What hy_b_memory::object points to. Drivers may give a new cl_mem the address of an old one, while some keep what a
// kernel argument was resolved to when it was set: whoever remembers an argument compares `serial`.
struct Allocation {
  cl_mem mem = nullptr;
  void* shared = nullptr;  // the clSVMAlloc'ed memory under it, or NULL
  uint64_t serial = 0;     // never 0, never reused
  uint64_t counted_bytes = 0;
};

class Device {
 public:
  static hy_status create(const Api& cl, const hy_host& host, const Found& found, cl_context context, Device** out,
                          hy_error* error);
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  // memory.cpp
  hy_status allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error);
  void free(hy_b_memory* memory);
  hy_status memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error);
  hy_status memory_native(const hy_b_memory& memory, hy_native* out, hy_error* error);
  hy_status wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error);

  // device.cpp
  hy_status create_stream(hy_stream_flags flags, Stream** out, hy_error* error);
  hy_status wrap_stream(const hy_native& native, Stream** out, hy_error* error);
  hy_status native(hy_native* out, hy_error* error);

  // module.cpp, compile.cpp
  uint32_t image_rank(const hy_b_image& image);
  hy_status load(const hy_b_image& image, Module** out, hy_error* error);
  hy_status compile(const hy_b_source& source, hy_b_compiled* out, hy_error* error);
  static void release(hy_b_compiled* compiled) { common::release_compiled(compiled); }
  hy_status identity(char* out, uint64_t capacity, hy_error* error);

  const Api& cl() const { return cl_; }
  const Found& found() const { return found_; }
  cl_context context() const { return context_; }
  cl_device_id id() const { return found_.device; }

 private:
  Device(const Api& cl, const hy_host& host, const Found& found, cl_context context)
      : cl_(cl), host_(host), found_(found), context_(context) {}
  hy_status count_in(uint64_t bytes, hy_error* error);
  void count_out(uint64_t bytes) { counted_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }
  uint64_t host_available_bytes() const;
  hy_status allocate_shared(uint64_t bytes, Allocation* out, hy_error* error);
  hy_status allocate_device(uint64_t bytes, Allocation* out, hy_error* error);

  const Api& cl_;
  const hy_host& host_;
  const Found found_;
  cl_context context_;
  std::mutex service_mutex_;                // over service_
  cl_command_queue service_ = nullptr;      // touches new memory, made when first needed
  std::atomic<uint64_t> counted_bytes_{0};  // given out and not yet given back
  std::atomic<uint64_t> next_serial_{1};
};

inline const Allocation* allocation(const hy_b_memory& memory) noexcept {
  return static_cast<const Allocation*>(memory.object);
}

}  // namespace halyard::opencl
