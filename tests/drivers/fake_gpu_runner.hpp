// Runs kernels of the dialect on the fake CUDA and HIP drivers, from text that their fake run-time compilers took: what
// runs is the prelude that the vendor gets, on the host.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tests/drivers/fake_library.hpp"

namespace halyard::test {

namespace fake_types {
#define FUNCTION(symbol, name, version, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/cuda_functions.def"
#define FUNCTION(symbol, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/nvrtc_functions.def"
#define FUNCTION(symbol, version, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hip_functions.def"
#define FUNCTION(symbol, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hiprtc_functions.def"
}  // namespace fake_types

#define FAKE_CALL(library, name) (*reinterpret_cast<fake_types::name*>((library).find(#name)))

// One device of a fake driver, used synchronously.
class FakeGpu {
 public:
  virtual ~FakeGpu() = default;
  // "" or the compiler's message.
  virtual std::string load(const std::string& text) = 0;
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) = 0;
  virtual int upload(void* to, const void* from, std::size_t bytes) = 0;
  virtual int download(void* to, void* from, std::size_t bytes) = 0;
  virtual int launch(const char* kernel, const unsigned* groups, const unsigned* items, void** arguments) = 0;
  std::string misuses() const { return driver_.misuses(); }

 protected:
  FakeGpu(const char* driver, const char* compiler) : driver_(driver), compiler_(compiler) {}
  FakeLibrary driver_, compiler_;
  void* module_ = nullptr;
};

class FakeCudaGpu : public FakeGpu {
 public:
  FakeCudaGpu() : FakeGpu(HALYARD_FAKE_CUDA_PATH, HALYARD_FAKE_NVRTC_PATH) {
    void* context = nullptr;
    EXPECT_EQ(FAKE_CALL(driver_, cuInit)(0), 0);
    EXPECT_EQ(FAKE_CALL(driver_, cuDevicePrimaryCtxRetain)(&context, 0), 0);
    EXPECT_EQ(FAKE_CALL(driver_, cuCtxSetCurrent)(context), 0);
  }
  std::string load(const std::string& text) override {
    void* program = nullptr;
    const char* options[] = {"-arch=sm_90", "-std=c++17"};
    FAKE_CALL(compiler_, nvrtcCreateProgram)(&program, text.c_str(), "kernel.cu", 0, nullptr, nullptr);
    std::size_t size = 0;
    std::string out;
    if (FAKE_CALL(compiler_, nvrtcCompileProgram)(program, 2, options) != 0) {
      FAKE_CALL(compiler_, nvrtcGetProgramLogSize)(program, &size);
      out.resize(size);
      FAKE_CALL(compiler_, nvrtcGetProgramLog)(program, out.data());
      return "compiler: " + out;
    }
    FAKE_CALL(compiler_, nvrtcGetCUBINSize)(program, &size);
    out.resize(size);
    FAKE_CALL(compiler_, nvrtcGetCUBIN)(program, out.data());
    FAKE_CALL(compiler_, nvrtcDestroyProgram)(&program);
    return FAKE_CALL(driver_, cuModuleLoadData)(&module_, out.data()) == 0 ? "" : "cuModuleLoadData failed";
  }
  void* allocate(std::size_t bytes) override {
    std::uintptr_t memory = 0;
    EXPECT_EQ(FAKE_CALL(driver_, cuMemAlloc_v2)(&memory, bytes), 0);
    return reinterpret_cast<void*>(memory);
  }
  void release(void* memory) override {
    EXPECT_EQ(FAKE_CALL(driver_, cuMemFree_v2)(reinterpret_cast<std::uintptr_t>(memory)), 0);
  }
  int upload(void* to, const void* from, std::size_t bytes) override {
    return FAKE_CALL(driver_, cuMemcpyHtoD_v2)(reinterpret_cast<std::uintptr_t>(to), from, bytes);
  }
  int download(void* to, void* from, std::size_t bytes) override {
    return FAKE_CALL(driver_, cuMemcpyDtoH_v2)(to, reinterpret_cast<std::uintptr_t>(from), bytes);
  }
  int launch(const char* kernel, const unsigned* groups, const unsigned* items, void** arguments) override {
    void* function = nullptr;
    const int code = FAKE_CALL(driver_, cuModuleGetFunction)(&function, module_, kernel);
    return code != 0 ? code
                     : FAKE_CALL(driver_, cuLaunchKernel)(function, groups[0], groups[1], groups[2], items[0], items[1],
                                                          items[2], 0, nullptr, arguments, nullptr);
  }
};

class FakeHipGpu : public FakeGpu {
 public:
  FakeHipGpu() : FakeGpu(HALYARD_FAKE_HIP6_PATH, HALYARD_FAKE_HIPRTC6_PATH) {
    EXPECT_EQ(FAKE_CALL(driver_, hipInit)(0), 0);
  }
  std::string load(const std::string& text) override {
    void* program = nullptr;
    const char* options[] = {"--offload-arch=gfx942", "-std=c++17"};
    FAKE_CALL(compiler_, hiprtcCreateProgram)(&program, text.c_str(), "kernel.hip", 0, nullptr, nullptr);
    std::size_t size = 0;
    std::string out;
    if (FAKE_CALL(compiler_, hiprtcCompileProgram)(program, 2, options) != 0) {
      FAKE_CALL(compiler_, hiprtcGetProgramLogSize)(program, &size);
      out.resize(size);
      FAKE_CALL(compiler_, hiprtcGetProgramLog)(program, out.data());
      return "compiler: " + out;
    }
    FAKE_CALL(compiler_, hiprtcGetCodeSize)(program, &size);
    out.resize(size);
    FAKE_CALL(compiler_, hiprtcGetCode)(program, out.data());
    FAKE_CALL(compiler_, hiprtcDestroyProgram)(&program);
    return FAKE_CALL(driver_, hipModuleLoadData)(&module_, out.data()) == 0 ? "" : "hipModuleLoadData failed";
  }
  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    EXPECT_EQ(FAKE_CALL(driver_, hipMalloc)(&memory, bytes), 0);
    return memory;
  }
  void release(void* memory) override { EXPECT_EQ(FAKE_CALL(driver_, hipFree)(memory), 0); }
  int upload(void* to, const void* from, std::size_t bytes) override {
    return FAKE_CALL(driver_, hipMemcpy)(to, from, bytes, 1);
  }
  int download(void* to, void* from, std::size_t bytes) override {
    return FAKE_CALL(driver_, hipMemcpy)(to, from, bytes, 2);
  }
  int launch(const char* kernel, const unsigned* groups, const unsigned* items, void** arguments) override {
    void* function = nullptr;
    const int code = FAKE_CALL(driver_, hipModuleGetFunction)(&function, module_, kernel);
    return code != 0 ? code
                     : FAKE_CALL(driver_, hipModuleLaunchKernel)(function, groups[0], groups[1], groups[2], items[0],
                                                                 items[1], items[2], 0, nullptr, arguments, nullptr);
  }
};

}  // namespace halyard::test
