// Compiled kernels: a module is what the driver made of an image, a kernel a name in it with its limits, a bound kernel
// the launches of it on one stream, with kernel objects of its own, since setting arguments changes them.
//
// Kernels come from the OpenCL dialect, so there are two of each: the general one takes an offset behind each buffer
// and the part of the grid, the whole one (HY_OPENCL_WHOLE_SUFFIX) neither. Buffers are addresses here, so that offsets
// are added before, and all launches of whole grids use the whole one.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backends/common/gpu/stream.hpp"
#include "backends/level_zero/driver.hpp"

namespace halyard::level_zero {

using Stream = gpu::Stream<Driver>;

// What the driver made of an image, shared by the module and its kernels.
struct Program {
  Program(const Driver& owner, ze_module_handle_t made) : driver(owner), module(made) {}
  ~Program() { driver.api().zeModuleDestroy(module); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const Driver& driver;
  const ze_module_handle_t module;
};

// `log` gets what the driver's compiler said.
ze_result_t load_program(const Driver& driver, const hy_b_image& image, std::shared_ptr<Program>* out,
                         std::string* log);

// One of a kernel's two kernel objects, which remembers what its arguments are, so that a launch sets only what
// changed.
class Entry {
 public:
  Entry(const Driver& driver, const hy_signature& signature, bool whole);
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

  // `name`: of the general kernel. ZE_RESULT_ERROR_INVALID_KERNEL_NAME where the image has none.
  ze_result_t make(ze_module_handle_t module, const char* name);
  bool is_made() const noexcept { return kernel_ != nullptr; }
  ze_result_t ask(ze_kernel_properties_t* out) const;
  // A grid that it takes.
  ze_result_t launch(Queue* queue, const hy_b_grid& grid, const hy_b_arg* args);
  void forget_grid() noexcept { serial_ = 0; }

 private:
  static constexpr uint64_t kUnset = UINT64_MAX;
  struct Slot {
    uint32_t index;  // of the kernel's argument
    bool is_value;
    uint64_t set = kUnset;  // buffers: the address; values: the number of bytes
    unsigned char value[32];
  };

  static bool is_set(const Slot& slot, const hy_b_arg& arg) noexcept;
  ze_result_t set(Slot& slot, const hy_b_arg& arg);
  ze_result_t set_grid(const hy_b_grid& grid);

  const Driver& driver_;
  const bool whole_;
  ze_kernel_handle_t kernel_ = nullptr;
  std::vector<Slot> slots_;
  uint32_t grid_index_ = 0;
  uint64_t releases_ = 0;  // of the context's memory, when the addresses were set
  uint32_t serial_ = 0;    // of the grid that is set; 0: none is
  ze_group_count_t groups_{};
};

// The launch path: no lock, no allocation.
class Bound {
 public:
  Bound(std::shared_ptr<Program> program, Stream& stream, const hy_signature& signature);
  ze_result_t make(const char* name);
  hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error);

 private:
  void look_at(const hy_b_grid& grid) noexcept;

  const std::shared_ptr<Program> program_;
  Stream& stream_;
  Entry whole_, general_;
  Entry* chosen_ = nullptr;
  uint32_t serial_ = 0;  // of the grid that was looked at
};

class Kernel {
 public:
  Kernel(std::shared_ptr<Program> program, const hy_signature& signature);
  hy_status bind(Stream& stream, Bound** out, hy_error* error);

 private:
  const std::shared_ptr<Program> program_;
  const std::string name_;
  std::vector<hy_param> params_;
};

class Module {
 public:
  explicit Module(std::shared_ptr<Program> program) : program_(std::move(program)) {}
  hy_status kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error);

 private:
  const std::shared_ptr<Program> program_;
};

}  // namespace halyard::level_zero
