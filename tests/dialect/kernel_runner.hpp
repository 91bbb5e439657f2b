// Runs kernels of the dialect on the host (through a system compiler), through raw OpenCL and on the fake CUDA, HIP and
// Level Zero drivers, by one interface, so that every test of the language's meaning is run on all.
#pragma once

#include <dlfcn.h>
#include <ucontext.h>

#include <algorithm>
#include <array>
#include <memory>

#include "halyard/host_kernel.h"
#include "tests/dialect/raw_opencl.hpp"
#include "tests/dialect/spirv.hpp"
#include "tests/dialect/tools.hpp"
#include "tests/drivers/fake_gpu_runner.hpp"
#include "tests/drivers/fake_level_zero_device.hpp"

namespace halyard::test {

using Extent = std::array<std::uint64_t, 3>;

struct KernelArgument {
  void* data = nullptr;
  std::size_t bytes = 0;
  bool buffer = false;
};

template <typename T>
KernelArgument buffer(std::vector<T>& values) {
  return {values.data(), values.size() * sizeof(T), true};
}
template <typename T>
KernelArgument value(const T& v) {
  return {const_cast<T*>(&v), sizeof v, false};
}

class KernelRunner {
 public:
  virtual ~KernelRunner() = default;
  // "" or why it cannot run here.
  virtual std::string missing() = 0;
  // Compiles a kernel file; "" or the compiler's message.
  virtual std::string load(const std::string& source, const std::string& name,
                           const std::vector<dialect::Constant>& constants) = 0;
  virtual void run(const std::string& kernel, const std::vector<KernelArgument>& arguments, Extent groups,
                   Extent workgroup) = 0;
};

// One workgroup's items as contexts that take turns; each runs until its next barrier.
class FiberGroup {
 public:
  static void run(const hy_host_kernel& kernel, const hy_host_launch& launch, const Extent& group) {
    FiberGroup self;
    const std::uint32_t* size = launch.workgroup;
    self.local_.resize(kernel.local_bytes + 64);
    self.items_.resize(std::size_t{size[0]} * size[1] * size[2]);
    for (std::size_t i = 0; i < self.items_.size(); ++i) {
      Item& item = self.items_[i];
      item.group = &self;
      item.kernel = &kernel;
      item.launch = &launch;
      std::copy(group.begin(), group.end(), item.group_id);
      item.local_id[0] = static_cast<std::uint32_t>(i % size[0]);
      item.local_id[1] = static_cast<std::uint32_t>(i / size[0] % size[1]);
      item.local_id[2] = static_cast<std::uint32_t>(i / size[0] / size[1]);
      item.fiber.barrier = &FiberGroup::barrier;
      item.fiber.local = self.local_.data() + (64 - reinterpret_cast<std::uintptr_t>(self.local_.data()) % 64) % 64;
      item.stack.resize(64 << 10);
      getcontext(&item.context);
      item.context.uc_stack.ss_sp = item.stack.data();
      item.context.uc_stack.ss_size = item.stack.size();
      item.context.uc_link = &self.home_;
      const auto address = reinterpret_cast<std::uintptr_t>(&item);
      makecontext(&item.context, reinterpret_cast<void (*)()>(&FiberGroup::enter), 2, static_cast<unsigned>(address),
                  static_cast<unsigned>(address >> 32));
    }
    for (bool running = true; running;) {
      running = false;
      for (Item& item : self.items_) {
        if (!item.done) {
          swapcontext(&self.home_, &item.context);
          running = true;
        }
      }
    }
  }

 private:
  struct Item {
    hy_host_fiber fiber{};  // first, so that its address is the item's
    FiberGroup* group = nullptr;
    const hy_host_kernel* kernel = nullptr;
    const hy_host_launch* launch = nullptr;
    std::uint64_t group_id[3] = {};
    std::uint32_t local_id[3] = {};
    bool done = false;
    ucontext_t context{};
    std::vector<char> stack;
  };

  static void barrier(hy_host_fiber* fiber) {
    Item* item = reinterpret_cast<Item*>(fiber);
    swapcontext(&item->context, &item->group->home_);
  }

  static void enter(unsigned low, unsigned high) {
    Item* item = reinterpret_cast<Item*>(static_cast<std::uintptr_t>(low) | static_cast<std::uintptr_t>(high) << 32);
    item->kernel->item(item->launch, item->group_id, item->local_id, &item->fiber);
    item->done = true;
  }

  ucontext_t home_{};
  std::vector<unsigned char> local_;
  std::vector<Item> items_;
};

class HostRunner : public KernelRunner {
 public:
  explicit HostRunner(std::string compiler, std::vector<std::string> options = {})
      : compiler_(std::move(compiler)), options_(std::move(options)) {}

  std::string missing() override { return find_program({compiler_}).empty() ? compiler_ + " is not installed" : ""; }

  std::string load(const std::string& source, const std::string& name,
                   const std::vector<dialect::Constant>& constants) override {
    const auto input = scratch().write(expand_text(source, name, HY_DIALECT_HOST, constants), ".cpp");
    const auto output = scratch().fresh(".so");
    std::vector<std::string> command = host_command(compiler_, "-O3");
    command.insert(command.end(), options_.begin(), options_.end());
    command.insert(command.end(), {"-Werror", input.string(), "-o", output.string()});
    const CommandResult result = run_command(command);
    if (result.status != 0) {
      return "compiler: " + result.output;
    }
    void* library = dlopen(output.c_str(), RTLD_NOW | RTLD_LOCAL);  // stays: code of a running test
    if (library == nullptr) {
      return dlerror();
    }
    image_ = static_cast<const hy_host_image*>(dlsym(library, "hy_host_image"));
    return image_ == nullptr ? "hy_host_image is not exported" : "";
  }

  void run(const std::string& name, const std::vector<KernelArgument>& arguments, Extent groups,
           Extent workgroup) override {
    const hy_host_kernel* end = image_->kernels + image_->kernel_count;
    const hy_host_kernel* kernel = std::find_if(image_->kernels, end, [&](const auto& k) { return name == k.name; });
    ASSERT_NE(kernel, end) << name;
    ASSERT_EQ(kernel->arg_count, arguments.size());
    std::vector<const void*> pointers;
    for (const KernelArgument& argument : arguments) {
      pointers.push_back(argument.data);
    }
    const hy_host_launch launch = {{groups[0], groups[1], groups[2]},
                                   {static_cast<std::uint32_t>(workgroup[0]), static_cast<std::uint32_t>(workgroup[1]),
                                    static_cast<std::uint32_t>(workgroup[2])},
                                   0,
                                   pointers.data()};
    const std::uint64_t count = groups[0] * groups[1] * groups[2];
    if (kernel->mode == HY_HOST_FIBERS) {
      for (std::uint64_t g = 0; g < count; ++g) {
        FiberGroup::run(*kernel, launch, {g % groups[0], g / groups[0] % groups[1], g / groups[0] / groups[1]});
      }
      return;
    }
    // In three parts that end inside rows of the grid, last part first.
    const std::uint64_t a = count / 3, b = count - count / 4;
    kernel->range(&launch, b, count);
    kernel->range(&launch, 0, a);
    kernel->range(&launch, a, b);
  }

  const hy_host_image* image() const { return image_; }

 private:
  std::string compiler_;
  std::vector<std::string> options_;
  const hy_host_image* image_ = nullptr;
};

class OpenclRunner : public KernelRunner {
 public:
  OpenclRunner() : OpenclRunner(shared()) {}
  std::string missing() override { return opencl_.available() ? "" : opencl_.reason(); }

  std::string load(const std::string& source, const std::string& name,
                   const std::vector<dialect::Constant>& constants) override {
    return opencl_.build(expand_text(source, name, HY_DIALECT_OPENCL, constants));
  }

  // Buffers lie 128 bytes into their memory objects and the grid is run in two parts, as the runtime may do both.
  void run(const std::string& name, const std::vector<KernelArgument>& arguments, Extent groups,
           Extent workgroup) override {
    constexpr std::size_t kOffset = 128;
    std::vector<RawOpencl::Argument> passed;
    for (const KernelArgument& argument : arguments) {
      if (argument.buffer) {
        std::vector<unsigned char> bytes(kOffset + argument.bytes, 0xA5);
        std::memcpy(bytes.data() + kOffset, argument.data, argument.bytes);
        passed.push_back(buffer_of(opencl_.buffer(bytes.size(), bytes.data()), kOffset));
      } else {
        const auto* bytes = static_cast<const unsigned char*>(argument.data);
        passed.emplace_back();
        passed.back().value.assign(bytes, bytes + argument.bytes);
      }
    }
    const std::uint64_t split = groups[0] / 2;
    if (split > 0) {
      ASSERT_EQ(opencl_.run(name.c_str(), passed, {split, groups[1], groups[2]}, workgroup, {0, 0, 0}, groups),
                CL_SUCCESS);
    }
    ASSERT_EQ(
        opencl_.run(name.c_str(), passed, {groups[0] - split, groups[1], groups[2]}, workgroup, {split, 0, 0}, groups),
        CL_SUCCESS);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].buffer) {
        std::vector<unsigned char> bytes(kOffset + arguments[i].bytes);
        opencl_.read(passed[i].buffer, bytes.size(), bytes.data());
        std::memcpy(arguments[i].data, bytes.data() + kOffset, arguments[i].bytes);
      }
    }
  }

 protected:
  explicit OpenclRunner(RawOpencl& opencl) : opencl_(opencl) {}

  RawOpencl& opencl_;

 private:
  // One for the process, never released: drivers are left alone at exit.
  static RawOpencl& shared() {
    static auto* instance = new RawOpencl;
    return *instance;
  }
};

// The same by way of SPIR-V, for devices that take it.
class SpirvRunner : public OpenclRunner {
 public:
  SpirvRunner() : OpenclRunner(own()) {}
  std::string missing() override {
    if (!opencl_.available()) {
      return opencl_.reason();
    }
    if (opencl_.spirv_versions().empty()) {
      return "the OpenCL device takes no SPIR-V";
    }
    return compilers_.missing().empty() ? "" : compilers_.missing() + " is not installed";
  }

  std::string load(const std::string& source, const std::string& name,
                   const std::vector<dialect::Constant>& constants) override {
    SpirvFeatures features;
    features.fp64 = opencl_.has_extension("cl_khr_fp64");
    features.int64_atomics = opencl_.has_extension("cl_khr_int64_extended_atomics");
    features.subgroups = opencl_.has_extension("cl_intel_subgroups");
    std::string image;
    const std::string message =
        compilers_.compile(expand_text(source, name, HY_DIALECT_OPENCL2, constants), features, &image);
    return message.empty() ? opencl_.build_spirv(image) : message;
  }

 private:
  static RawOpencl& own() {
    static auto* instance = new RawOpencl;
    return *instance;
  }

  SpirvCompilers compilers_;
};

// The preludes of CUDA and HIP on the fake drivers (tests/drivers), which compute on the host.
class FakeGpuRunner : public KernelRunner {
 public:
  FakeGpuRunner(std::unique_ptr<FakeGpu> gpu, hy_dialect dialect) : gpu_(std::move(gpu)), dialect_(dialect) {}
  std::string missing() override { return ""; }

  std::string load(const std::string& source, const std::string& name,
                   const std::vector<dialect::Constant>& constants) override {
    return gpu_->load(expand_text(source, name, dialect_, constants));
  }

  // The grid is run in two parts, as the runtime may do.
  void run(const std::string& name, const std::vector<KernelArgument>& arguments, Extent groups,
           Extent workgroup) override {
    std::vector<void*> memory, passed;
    for (const KernelArgument& argument : arguments) {
      if (argument.buffer) {
        memory.push_back(gpu_->allocate(argument.bytes));
        ASSERT_EQ(gpu_->upload(memory.back(), argument.data, argument.bytes), 0);
      } else {
        memory.push_back(nullptr);
      }
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      passed.push_back(arguments[i].buffer ? &memory[i] : arguments[i].data);
    }
    DeviceGrid grid{{0, 0, 0}, {groups[0], groups[1], groups[2]}};
    passed.push_back(&grid);
    const std::uint64_t split = groups[0] / 2;
    launch(name, split, groups, workgroup, passed);
    grid.first[0] = split;
    launch(name, groups[0] - split, groups, workgroup, passed);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (arguments[i].buffer) {
        EXPECT_EQ(gpu_->download(arguments[i].data, memory[i], arguments[i].bytes), 0);
        gpu_->release(memory[i]);
      }
    }
    EXPECT_EQ(gpu_->misuses(), "");
  }

 private:
  void launch(const std::string& name, std::uint64_t count, const Extent& groups, const Extent& workgroup,
              std::vector<void*>& passed) {
    const unsigned grid[] = {static_cast<unsigned>(count), static_cast<unsigned>(groups[1]),
                             static_cast<unsigned>(groups[2])};
    const unsigned items[] = {static_cast<unsigned>(workgroup[0]), static_cast<unsigned>(workgroup[1]),
                              static_cast<unsigned>(workgroup[2])};
    if (count > 0) {
      EXPECT_EQ(gpu_->launch(name.c_str(), grid, items, passed.data()), 0) << name;
    }
  }

  std::unique_ptr<FakeGpu> gpu_;
  hy_dialect dialect_;
};

// The prelude of OpenCL as SPIR-V on the fake Level Zero driver, which translates it back and computes on the host.
class FakeLevelZeroRunner : public KernelRunner {
 public:
  std::string missing() override { return missing_for_spirv(); }

  std::string load(const std::string& source, const std::string& name,
                   const std::vector<dialect::Constant>& constants) override {
    gpu_.open();
    std::string messages;
    module_ = gpu_.build(expand_text(source, name, HY_DIALECT_OPENCL2, constants), &messages);
    return messages;
  }

  // Buffers lie 128 bytes into their memory and the grid is run in two parts, as the runtime may do both.
  void run(const std::string& name, const std::vector<KernelArgument>& arguments, Extent groups,
           Extent workgroup) override {
    constexpr std::uint64_t kOffset = 128;
    std::vector<void*> memory;
    std::vector<ZeArgument> passed;
    for (const KernelArgument& argument : arguments) {
      const auto* bytes = static_cast<const char*>(argument.data);
      if (argument.buffer) {
        std::vector<char> whole(kOffset + argument.bytes, '\xA5');
        std::memcpy(whole.data() + kOffset, bytes, argument.bytes);
        memory.push_back(gpu_.upload(whole));
        passed.push_back(ze_argument(memory.back()));
        passed.push_back(ze_argument(kOffset));
      } else {
        memory.push_back(nullptr);
        passed.emplace_back(bytes, bytes + argument.bytes);
      }
    }
    const std::uint64_t split = groups[0] / 2;
    launch(name, 0, split, groups, workgroup, passed);
    launch(name, split, groups[0] - split, groups, workgroup, passed);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments[i].buffer) {
        continue;
      }
      const auto bytes = gpu_.download<char>(memory[i], kOffset + arguments[i].bytes);
      std::memcpy(arguments[i].data, bytes.data() + kOffset, arguments[i].bytes);
      gpu_.release(memory[i]);
    }
    EXPECT_EQ(gpu_.driver().misuses(), "");
  }

 private:
  void launch(const std::string& name, std::uint64_t first, std::uint64_t count, const Extent& groups,
              const Extent& workgroup, std::vector<ZeArgument> passed) {
    if (count == 0) {
      return;
    }
    passed.push_back(ze_argument(ZeGrid{{first, 0, 0}, 0, {groups[0], groups[1], groups[2]}, 0}));
    const unsigned grid[] = {static_cast<unsigned>(count), static_cast<unsigned>(groups[1]),
                             static_cast<unsigned>(groups[2])};
    const unsigned items[] = {static_cast<unsigned>(workgroup[0]), static_cast<unsigned>(workgroup[1]),
                              static_cast<unsigned>(workgroup[2])};
    const auto kernel = gpu_.make_kernel(module_, name.c_str());
    EXPECT_EQ(gpu_.launch(kernel, grid, items, passed), 0u) << name;
    EXPECT_EQ(gpu_.synchronize(), 0u) << name;
    EXPECT_EQ(ZE_CALL(gpu_.driver(), zeKernelDestroy)(kernel), 0u);
  }

  FakeLevelZeroDevice gpu_;
  level_zero::ze_module_handle_t module_ = nullptr;
};

inline std::unique_ptr<KernelRunner> make_runner(const std::string& name) {
  if (name == "fake_cuda") {
    return std::make_unique<FakeGpuRunner>(std::make_unique<FakeCudaGpu>(), HY_DIALECT_CUDA);
  }
  if (name == "fake_hip") {
    return std::make_unique<FakeGpuRunner>(std::make_unique<FakeHipGpu>(), HY_DIALECT_HIP);
  }
  if (name == "fake_level_zero") {
    return std::make_unique<FakeLevelZeroRunner>();
  }
  if (name == "opencl") {
    return std::make_unique<OpenclRunner>();
  }
  if (name == "spirv") {
    return std::make_unique<SpirvRunner>();
  }
  if (name == "clang") {
    return std::make_unique<HostRunner>(find_program({"clang++-14", "clang++"}).empty() ? "clang++" : "clang++-14",
                                        std::vector<std::string>{"-march=native"});
  }
  if (name == "gcc_baseline") {
    return std::make_unique<HostRunner>("g++");
  }
  return std::make_unique<HostRunner>("g++", std::vector<std::string>{"-march=native"});
}

}  // namespace halyard::test
