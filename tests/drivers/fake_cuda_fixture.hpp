// The fake CUDA driver and NVRTC with a context that is current, for tests that call them as an application would.
#pragma once

#include <vector>

#include "tests/drivers/fake_library.hpp"

namespace halyard::test {

namespace cuda_types {
#define FUNCTION(symbol, name, version, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/cuda_functions.def"
#define FUNCTION(symbol, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/nvrtc_functions.def"
}  // namespace cuda_types

// CU(cuMemAlloc_v2)(&address, bytes)
#define CU(name) (*reinterpret_cast<cuda_types::name*>(driver().find(#name)))
#define RTC(name) (*reinterpret_cast<cuda_types::name*>(compiler().find(#name)))

class FakeCuda : public ::testing::Test {
 protected:
  static FakeLibrary& driver() {
    static FakeLibrary library(HALYARD_FAKE_CUDA_PATH);
    return library;
  }
  static FakeLibrary& compiler() {
    static FakeLibrary library(HALYARD_FAKE_NVRTC_PATH);
    return library;
  }

  void SetUp() override {
    driver().configure("orders", "");
    compiler().configure("orders", "");
    driver().configure("misuses", "");
    driver().configure("restart", "");
    ASSERT_EQ(CU(cuInit)(0), 0);
    ASSERT_EQ(CU(cuDevicePrimaryCtxRetain)(&context_, 0), 0);
    ASSERT_EQ(CU(cuCtxSetCurrent)(context_), 0);
    ASSERT_EQ(CU(cuStreamCreate)(&stream_, 1), 0);
  }
  void TearDown() override {
    driver().configure("orders", "");
    if (stream_ != nullptr) CU(cuStreamDestroy_v2)(stream_);
    CU(cuCtxSetCurrent)(nullptr);
    CU(cuDevicePrimaryCtxRelease_v2)(0);
    EXPECT_EQ(driver().misuses(), expected_misuses_) << "what the fake noted, and what it should have";
    EXPECT_EQ(driver().live(nullptr), 0) << "objects are left";
  }

  // The misuses so far are what the test was about: they contain `part`.
  void expect_misuse(const std::string& part) {
    const std::string noted = driver().misuses();
    EXPECT_NE(noted.find(part), std::string::npos) << "noted: " << noted;
    driver().configure("misuses", "");
  }

  struct Compiled {
    int code = 0;
    std::string log, image;
  };
  Compiled compile(const std::string& source, const std::string& architecture = "sm_90") {
    Compiled compiled;
    void* program = nullptr;
    EXPECT_EQ(RTC(nvrtcCreateProgram)(&program, source.c_str(), "test.cu", 0, nullptr, nullptr), 0);
    const std::string option = "-arch=" + architecture;
    const char* options[] = {option.c_str(), "-std=c++17"};
    compiled.code = RTC(nvrtcCompileProgram)(program, 2, options);
    size_t size = 0;
    EXPECT_EQ(RTC(nvrtcGetProgramLogSize)(program, &size), 0);
    compiled.log.resize(size);
    RTC(nvrtcGetProgramLog)(program, compiled.log.data());
    compiled.log.resize(size - 1);
    if (compiled.code == 0) {
      const bool ptx = architecture.rfind("compute_", 0) == 0;
      EXPECT_EQ((ptx ? RTC(nvrtcGetPTXSize) : RTC(nvrtcGetCUBINSize))(program, &size), 0);
      compiled.image.resize(size);
      EXPECT_EQ((ptx ? RTC(nvrtcGetPTX) : RTC(nvrtcGetCUBIN))(program, compiled.image.data()), 0);
    }
    EXPECT_EQ(RTC(nvrtcDestroyProgram)(&program), 0);
    return compiled;
  }

  void* load(const std::string& image) {
    void* module = nullptr;
    EXPECT_EQ(CU(cuModuleLoadDataEx)(&module, image.data(), 0, nullptr, nullptr), 0);
    return module;
  }
  void* load_kernels(const std::string& path) {
    const Compiled compiled = compile(device_text(path, HY_DIALECT_CUDA));
    EXPECT_EQ(compiled.code, 0) << compiled.log;
    return load(compiled.image);
  }
  void* kernel(void* module, const char* name) {
    void* function = nullptr;
    EXPECT_EQ(CU(cuModuleGetFunction)(&function, module, name), 0) << name;
    return function;
  }

  template <class T>
  uintptr_t upload(const std::vector<T>& values) {
    uintptr_t address = 0;
    EXPECT_EQ(CU(cuMemAlloc_v2)(&address, values.size() * sizeof(T)), 0);
    EXPECT_EQ(CU(cuMemcpyHtoDAsync_v2)(address, values.data(), values.size() * sizeof(T), stream_), 0);
    EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
    return address;
  }
  template <class T>
  std::vector<T> download(uintptr_t address, size_t count) {
    std::vector<T> values(count);
    EXPECT_EQ(CU(cuMemcpyDtoHAsync_v2)(values.data(), address, count * sizeof(T), stream_), 0);
    EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
    return values;
  }

  template <class... Values>
  int launch(void* function, unsigned groups, unsigned items, Values... values) {
    DeviceGrid grid{{0, 0, 0}, {groups, 1, 1}};
    void* arguments[] = {&values..., &grid};
    return CU(cuLaunchKernel)(function, groups, 1, 1, items, 1, 1, 0, stream_, arguments, nullptr);
  }

  void* context_ = nullptr;
  void* stream_ = nullptr;
  std::string expected_misuses_;
};

}  // namespace halyard::test
