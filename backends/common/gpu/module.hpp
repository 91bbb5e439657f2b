// Compiled kernels of CUDA and HIP: a module is what the driver loaded, a kernel a function of it with its limits, a
// bound kernel the launches of it on one stream.
#pragma once

#include <algorithm>
#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "backends/common/gpu/kernel_facts.hpp"
#include "backends/common/gpu/stream.hpp"

namespace halyard::gpu {

// What the driver loaded, shared by the module and its kernels.
template <class Driver>
struct Program {
  Program(const Driver& owner, typename Driver::Module loaded) : driver(owner), module(loaded) {}
  ~Program() {
    const typename Driver::Current current(driver);
    driver.module_unload(module);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  const Driver& driver;
  const typename Driver::Module module;
};

// A kernel's part of the grid, as its hidden last argument has it (runtime/kernels/dialect/prelude/simt.hpp).
struct GridArgument {
  uint64_t first_group[3];
  uint64_t total_groups[3];
};

// The launch path: no lock, no allocation.
template <class Driver>
class Bound {
 public:
  Bound(std::shared_ptr<Program<Driver>> program, typename Driver::Function function, Stream<Driver>& stream,
        uint32_t parameters)
      : program_(std::move(program)),
        function_(function),
        stream_(stream),
        addresses_(parameters),
        arguments_(parameters + 1) {
    arguments_[parameters] = &grid_;
  }

  HALYARD_HOT hy_status launch(const hy_b_grid& grid, const hy_b_arg* args, hy_error* error) {
    if (HALYARD_UNLIKELY(stream_.state().failed())) return stream_.state().report(error);
    const Driver& driver = program_->driver;
    HALYARD_GPU_ENTER(driver, error, "cannot launch the kernel");
    for (size_t i = 0; i < addresses_.size(); ++i) {
      const hy_b_arg& arg = args[i];
      if (arg.memory == nullptr) {
        arguments_[i] = const_cast<void*>(arg.value);  // the driver copies it
        continue;
      }
      addresses_[i] = arg.memory->object == nullptr ? 0 : arg.memory->address + arg.offset;
      arguments_[i] = &addresses_[i];
    }
    if (HALYARD_UNLIKELY(grid.serial == 0 || grid.serial != serial_)) look_at(grid);
    const auto code = driver.launch(function_, groups_, items_, stream_.handle(), arguments_.data());
    return HALYARD_LIKELY(code == Driver::kOk) ? HY_OK : driver.fail(error, code, "cannot launch the kernel");
  }

 private:
  void look_at(const hy_b_grid& grid) noexcept {
    for (int d = 0; d < 3; ++d) {
      grid_.first_group[d] = grid.first_group[d];
      grid_.total_groups[d] = grid.total_groups[d];
      groups_[d] = static_cast<uint32_t>(grid.groups[d]);  // within max_grid, which the driver gave in 32 bits
      items_[d] = grid.workgroup[d];
    }
    serial_ = grid.serial;
  }

  const std::shared_ptr<Program<Driver>> program_;
  const typename Driver::Function function_;
  Stream<Driver>& stream_;
  std::vector<uint64_t> addresses_;
  std::vector<void*> arguments_;
  uint32_t serial_ = 0;  // of the grid below
  GridArgument grid_{};
  uint32_t groups_[3] = {};
  uint32_t items_[3] = {};
};

template <class Driver>
class Kernel {
 public:
  Kernel(std::shared_ptr<Program<Driver>> program, typename Driver::Function function, uint32_t parameters)
      : program_(std::move(program)), function_(function), parameters_(parameters) {}

  hy_status bind(Stream<Driver>& stream, Bound<Driver>** out, hy_error*) {
    *out = new Bound<Driver>(program_, function_, stream, parameters_);
    return HY_OK;
  }

 private:
  const std::shared_ptr<Program<Driver>> program_;
  const typename Driver::Function function_;
  const uint32_t parameters_;
};

template <class Driver>
class Module {
 public:
  // `facts`: what the image says of its kernels.
  Module(std::shared_ptr<Program<Driver>> program, std::vector<KernelFacts> facts)
      : program_(std::move(program)), facts_(std::move(facts)) {}

  hy_status kernel(const hy_signature& signature, Kernel<Driver>** out, hy_b_kernel_info* info, hy_error* error) {
    const Driver& driver = program_->driver;
    HALYARD_GPU_ENTER(driver, error, "cannot create the kernel");
    typename Driver::Function function{};
    auto code = driver.module_function(program_->module, signature.name, &function);
    if (code != Driver::kOk) return driver.fail(error, code, "cannot find the kernel in its image");
    typename Driver::Limits limits{};
    code = driver.function_limits(function, &limits);
    if (code != Driver::kOk) return driver.fail(error, code, "cannot ask about the kernel");
    hy_b_kernel_info made{};
    made.max_workgroup_items = limits.most_items;
    made.preferred_multiple = driver.info().subgroup_size;
    made.local_bytes = limits.local_bytes;
    made.private_bytes = limits.private_bytes;
    if (hy_status status = find_workgroup(signature, made.workgroup, error)) return status;
    if (info != nullptr) {
      made.size = info->size;
      std::memcpy(info, &made, info->size < sizeof made ? info->size : sizeof made);
    }
    *out = new Kernel<Driver>(program_, function, signature.param_count);
    return HY_OK;
  }

 private:
  // The workgroup that the source fixes is in a constant beside the kernel.
  hy_status find_workgroup(const hy_signature& signature, uint32_t (&out)[3], hy_error* error) {
    if (signature.fixed_workgroup == 0) return HY_OK;
    const auto known = std::find_if(facts_.begin(), facts_.end(),
                                    [&](const KernelFacts& facts) { return facts.kernel == signature.name; });
    if (known != facts_.end()) {
      std::copy(std::begin(known->workgroup), std::end(known->workgroup), out);
    } else if (hy_status status = ask_for_workgroup(signature, out, error)) {
      return status;
    }
    if (out[0] != 0 && out[1] != 0 && out[2] != 0) return HY_OK;
    return halyard::fail(error, HY_CORRUPT_ARTIFACT,
                         "the image says that %s takes workgroups of %u x %u x %u items: compile it again",
                         signature.name, out[0], out[1], out[2]);
  }

  // From the driver, for images that hide the constant from the host: bundles of code objects, compressed ones.
  hy_status ask_for_workgroup(const hy_signature& signature, uint32_t (&out)[3], hy_error* error) {
    const Driver& driver = program_->driver;
    const std::string name = std::string(signature.name) + "__hy_meta";
    uint64_t address = 0, bytes = 0;
    uint64_t values[8] = {};
    const auto code = driver.module_constant(program_->module, name.c_str(), &address, &bytes);
    if (code != Driver::kOk || bytes != sizeof values) {
      return halyard::fail(
          error, HY_CORRUPT_ARTIFACT,
          "the image has no constant %s, which says how large a workgroup the kernel takes: compile it again",
          name.c_str());
    }
    typename Driver::Stream stream{};
    auto read = driver.stream_create(&stream);
    if (read == Driver::kOk) read = driver.copy_out(values, address, bytes, stream);
    if (read == Driver::kOk) read = driver.stream_synchronize(stream);
    if (stream != nullptr) driver.stream_destroy(stream);
    if (read != Driver::kOk) return driver.fail(error, read, "cannot read what the image says of the kernel");
    for (int d = 0; d < 3; ++d) out[d] = static_cast<uint32_t>(values[d]);
    return HY_OK;
  }

  const std::shared_ptr<Program<Driver>> program_;
  const std::vector<KernelFacts> facts_;
};

}  // namespace halyard::gpu
