// Compiled kernels: a module is a program, a kernel a name in it with its argument layout, a bound kernel a cl_kernel
// of its own, since setting arguments changes it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/common/stream_state.hpp"
#include "backends/opencl/device.hpp"

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

// One of the two entries that a kernel has in its program.
enum class Entry {
  kGeneral,  // two arguments a buffer, one a value, one for the part of the grid
  kWhole,    // one argument each: for the whole grid, on buffers from their beginnings
};

class Kernel {
 public:
  Kernel(std::shared_ptr<Program> program, const hy_signature& signature);
  hy_status bind(Stream& stream, Bound** out, hy_error* error);

  // A new cl_kernel; the caller releases it. `*out` is null where the image lacks the whole entry.
  hy_status instantiate(Entry entry, cl_kernel* out, hy_error* error) const;
  cl_uint argument_count(Entry entry) const;

 private:
  std::shared_ptr<Program> program_;
  std::string name_;
  std::vector<bool> is_value_;  // a parameter each
};

// A cl_kernel that remembers what its arguments are, so that a launch sets only those that changed.
class BoundEntry {
 public:
  BoundEntry(const Api& cl, cl_command_queue queue, Entry entry, const std::vector<bool>& is_value);
  ~BoundEntry();
  BoundEntry(const BoundEntry&) = delete;
  BoundEntry& operator=(const BoundEntry&) = delete;

  // Its kernel, which it owns; null where the image has no such entry.
  cl_kernel& kernel() noexcept { return kernel_; }
  cl_int set_args(const hy_b_arg* args);
  void forget_grid() noexcept { serial_ = 0; }
  // The grid and the arguments must be ones that the entry takes.
  cl_int enqueue(const hy_b_grid& grid);

 private:
  static constexpr uint64_t kUnset = UINT64_MAX;
  struct Slot {
    cl_uint index;  // of the cl_kernel's argument
    bool is_value;
    uint64_t serial = kUnset;  // buffers: of the Allocation; values: the number of bytes
    uint64_t offset;           // as set; always 0 where the entry has none
    unsigned char value[32];
  };

  static bool is_set(const Slot& slot, const hy_b_arg& arg) noexcept;
  cl_int set_buffer(Slot& slot, const hy_b_arg& arg);
  cl_int set_value(Slot& slot, const hy_b_arg& arg);
  cl_int set_grid(const hy_b_grid& grid);

  const Api& cl_;
  const cl_command_queue queue_;
  cl_kernel kernel_ = nullptr;
  const Entry entry_;
  std::vector<Slot> slots_;
  cl_uint grid_index_ = 0;
  uint32_t serial_ = 0;  // of the grid that is set; 0: none is
  cl_uint dimensions_ = 0;
  size_t global_[3] = {};
  size_t local_[3] = {};
};

// Launches on one stream.
class Bound {
 public:
  Bound(std::shared_ptr<Program> program, Stream& stream, const std::vector<bool>& is_value);

  // Places for the kernels, to fill before the first launch.
  cl_kernel* general_kernel() noexcept { return &general_.kernel(); }
  cl_kernel* whole_kernel() noexcept { return &whole_.kernel(); }

  hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error);

 private:
  void look_at(const hy_b_grid& grid) noexcept;
  bool from_beginnings(const hy_b_arg* args) const noexcept;
  cl_int enqueue_parts(const hy_b_grid& grid);

  const std::shared_ptr<Program> program_;  // outlives the entries
  common::StreamState& stream_state_;
  const size_t parameters_;
  uint32_t serial_ = 0;    // of the grid that the two below are of
  bool is_whole_ = false;  // the whole entry takes it
  bool too_many_ = false;  // workgroups for one launch
  BoundEntry general_, whole_;
};

}  // namespace halyard::opencl
