// Compiled kernels: a module is a program, a kernel a name in it with its argument layout, a bound kernel a cl_kernel
// of its own, since setting arguments changes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/opencl/device.hpp"
#include "backends/opencl/stream_state.hpp"

namespace halyard::opencl {

class Bound;
class Kernel;

// A built program, shared by the module and its kernels.
struct Program {
  Program(Device& owner, cl_program handle) : device(owner), program(handle) {}
  ~Program() { device.cl().clReleaseProgram(program); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  Device& device;
  cl_program program;
};

class Module {
 public:
  explicit Module(std::shared_ptr<Program> program) : program_(std::move(program)) {}
  hy_status kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error);

 private:
  std::shared_ptr<Program> program_;
};

class Kernel {
 public:
  Kernel(std::shared_ptr<Program> program, const hy_signature& signature);
  hy_status bind(Stream& stream, Bound** out, hy_error* error);

  // A new cl_kernel; the caller releases it.
  hy_status instantiate(cl_kernel* out, hy_error* error) const;
  // The cl_kernel's own argument count: two a buffer, one a value, one for the grid.
  cl_uint argument_count() const;

 private:
  std::shared_ptr<Program> program_;
  std::string name_;
  std::vector<bool> is_value_;  // a parameter each
};

// Launches on one stream. Remembers what its arguments are, so that a launch sets only those that changed.
class Bound {
 public:
  Bound(std::shared_ptr<Program> program, Stream& stream, cl_kernel kernel, const std::vector<bool>& is_value);
  ~Bound();
  Bound(const Bound&) = delete;
  Bound& operator=(const Bound&) = delete;

  hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error);

 private:
  static constexpr uint64_t kUnset = UINT64_MAX;
  struct Slot {
    cl_uint index;  // of the cl_kernel's argument
    bool is_value;
    uint64_t serial = kUnset;  // buffers: of the Allocation; values: the number of bytes
    uint64_t offset = kUnset;
    unsigned char value[32];
  };

  cl_int set_buffer(Slot& slot, const hy_b_arg& arg);
  cl_int set_value(Slot& slot, const hy_b_arg& arg);
  cl_int set_grid(const hy_b_grid& grid);
  cl_int enqueue();
  cl_int enqueue_parts(const hy_b_grid& grid);

  const Api& cl_;
  const std::shared_ptr<Program> program_;
  StreamState& stream_state_;
  const cl_command_queue queue_;
  const cl_kernel kernel_;
  std::vector<Slot> slots_;
  cl_uint grid_index_;
  hy_b_grid grid_{};  // as set; zeros: none is
  cl_uint dimensions_ = 0;
  size_t global_[3] = {};
  size_t local_[3] = {};
};

}  // namespace halyard::opencl
