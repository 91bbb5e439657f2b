// A stream is an in-order command queue. No command gets an event but those that somebody can wait for.
#pragma once

#include <memory>

#include "backends/common/host_thread.hpp"
#include "backends/common/stream_state.hpp"
#include "backends/opencl/device.hpp"

namespace halyard::opencl {

class Point;

class Stream {
 public:
  static hy_status create(Device& device, cl_command_queue queue, bool timing, Stream** out, hy_error* error);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  hy_status synchronize(uint64_t timeout_ns, hy_error* error);
  hy_status wait(Point& point, hy_error* error);
  hy_status record(hy_point_flags flags, Point** out, hy_error* error);
  hy_status host_function(hy_host_fn fn, void* user, hy_error* error);
  hy_status flush(hy_error* error);
  hy_status native(hy_native* out, hy_error* error);

  // copy.cpp
  hy_status write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes, hy_copy_mode mode,
                  hy_error* error);
  hy_status read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes, hy_copy_mode mode,
                 hy_error* error);
  hy_status copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                 uint64_t bytes, hy_error* error);
  hy_status fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
                 hy_error* error);

  Device& device() const { return device_; }
  cl_command_queue queue() const { return queue_; }
  common::StreamState& state() const { return *state_; }

 private:
  Stream(Device& device, bool timing) : device_(device), cl_(device.cl()), timing_(timing) {}
  hy_status copy_overlapping(cl_mem mem, uint64_t to, uint64_t from, uint64_t bytes, hy_error* error);

  Device& device_;
  const Api& cl_;
  const bool timing_;
  cl_command_queue queue_ = nullptr;
  std::shared_ptr<common::StreamState> state_ = std::make_shared<common::StreamState>();
  std::unique_ptr<common::HostThread> host_;
};

}  // namespace halyard::opencl
