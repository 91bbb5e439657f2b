// The fake HIP driver and hipRTC do what the real ones do, as far as the hip backend asks.
#include <atomic>
#include <cstring>
#include <numeric>
#include <vector>

#include "tests/drivers/fake_library.hpp"

namespace halyard::test {
namespace {

namespace hip_types {
#define FUNCTION(symbol, version, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hip_functions.def"
#define FUNCTION(symbol, ...) using symbol = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hiprtc_functions.def"
}  // namespace hip_types

// HIP(hipMalloc)(&address, bytes)
#define HIP(name) (*reinterpret_cast<hip_types::name*>(driver().find(#name)))
#define RTC(name) (*reinterpret_cast<hip_types::name*>(compiler().find(#name)))

class FakeHip : public ::testing::Test {
 protected:
  static FakeLibrary& driver() {
    static FakeLibrary library(HALYARD_FAKE_HIP6_PATH);
    return library;
  }
  static FakeLibrary& compiler() {
    static FakeLibrary library(HALYARD_FAKE_HIPRTC6_PATH);
    return library;
  }
  void SetUp() override {
    driver().configure("orders", "");
    driver().configure("misuses", "");
    driver().configure("restart", "");
    ASSERT_EQ(HIP(hipInit)(0), 0);
    ASSERT_EQ(HIP(hipStreamCreateWithFlags)(&stream_, 1), 0);
  }
  void TearDown() override {
    HIP(hipStreamDestroy)(stream_);
    EXPECT_EQ(driver().misuses(), "");
    EXPECT_EQ(driver().live(nullptr), 0) << "objects are left";
  }
  void expect_misuse(const std::string& part) {
    const std::string noted = driver().misuses();
    EXPECT_NE(noted.find(part), std::string::npos) << "noted: " << noted;
    driver().configure("misuses", "");
  }

  struct Compiled {
    int code = 0;
    std::string log, image;
  };
  Compiled compile(const std::string& source, const std::string& architecture = "gfx942") {
    Compiled compiled;
    void* program = nullptr;
    EXPECT_EQ(RTC(hiprtcCreateProgram)(&program, source.c_str(), "test.hip", 0, nullptr, nullptr), 0);
    const std::string option = "--offload-arch=" + architecture;
    const char* options[] = {option.c_str(), "-std=c++17", "-O3", "-mcode-object-version=4"};
    compiled.code = RTC(hiprtcCompileProgram)(program, 4, options);
    size_t size = 0;
    EXPECT_EQ(RTC(hiprtcGetProgramLogSize)(program, &size), 0);
    compiled.log.resize(size);
    RTC(hiprtcGetProgramLog)(program, compiled.log.data());
    if (compiled.code == 0) {
      EXPECT_EQ(RTC(hiprtcGetCodeSize)(program, &size), 0);
      compiled.image.resize(size);
      EXPECT_EQ(RTC(hiprtcGetCode)(program, compiled.image.data()), 0);
    }
    EXPECT_EQ(RTC(hiprtcDestroyProgram)(&program), 0);
    return compiled;
  }
  void* load_kernels(const std::string& path) {
    const Compiled compiled = compile(device_text(path, HY_DIALECT_HIP));
    EXPECT_EQ(compiled.code, 0) << compiled.log;
    void* module = nullptr;
    EXPECT_EQ(HIP(hipModuleLoadData)(&module, compiled.image.data()), 0);
    return module;
  }
  void* kernel(void* module, const char* name) {
    void* function = nullptr;
    EXPECT_EQ(HIP(hipModuleGetFunction)(&function, module, name), 0) << name;
    return function;
  }
  template <class T>
  void* upload(std::vector<T> values) {
    void* address = nullptr;
    EXPECT_EQ(HIP(hipMalloc)(&address, values.size() * sizeof(T)), 0);
    EXPECT_EQ(HIP(hipMemcpyHtoDAsync)(address, values.data(), values.size() * sizeof(T), stream_), 0);
    EXPECT_EQ(HIP(hipStreamSynchronize)(stream_), 0);
    return address;
  }
  template <class T>
  std::vector<T> download(void* address, size_t count) {
    std::vector<T> values(count);
    EXPECT_EQ(HIP(hipMemcpyDtoHAsync)(values.data(), address, count * sizeof(T), stream_), 0);
    EXPECT_EQ(HIP(hipStreamSynchronize)(stream_), 0);
    return values;
  }
  template <class... Values>
  int launch(void* function, unsigned groups, unsigned items, Values... values) {
    DeviceGrid grid{{0, 0, 0}, {groups, 1, 1}};
    void* arguments[] = {&values..., &grid};
    return HIP(hipModuleLaunchKernel)(function, groups, 1, 1, items, 1, 1, 0, stream_, arguments, nullptr);
  }

  void* stream_ = nullptr;
};

TEST_F(FakeHip, runs_saxpy_through_the_hip_prelude) {
  void* module = load_kernels("kernels/basic/saxpy.hk");
  const size_t n = 1000;
  std::vector<float> x(n), y(n);
  std::iota(x.begin(), x.end(), 0.0f);
  std::iota(y.begin(), y.end(), 5.0f);
  void *dx = upload(x), *dy = upload(y);
  EXPECT_EQ(launch(kernel(module, "saxpy"), 8, 128, 2.0f, dx, dy, uint64_t{n}), 0);
  const std::vector<float> out = download<float>(dy, n);
  for (size_t i = 0; i < n; ++i) ASSERT_EQ(out[i], 2.0f * x[i] + y[i]) << i;
  HIP(hipFree)(dx);
  HIP(hipFree)(dy);
  HIP(hipModuleUnload)(module);
}

TEST_F(FakeHip, runs_a_reduction_in_phases) {
  void* module = load_kernels("kernels/basic/reduce.hk");
  const size_t n = 5000;
  void *x = upload(std::vector<float>(n, 1.0f)), *partial = upload(std::vector<float>(3, -1.0f));
  EXPECT_EQ(launch(kernel(module, "reduce_sum"), 3, 256, x, partial, uint64_t{n}), 0);
  EXPECT_EQ(download<float>(partial, 3), (std::vector<float>{2048.0f, 2048.0f, 904.0f}));
  HIP(hipFree)(x);
  HIP(hipFree)(partial);
  HIP(hipModuleUnload)(module);
}

TEST_F(FakeHip, lanes_of_a_wave_of_64_exchange_values) {
  void* module = load_kernels("tests/conformance/kernels/subgroups.hk");
  std::vector<int> values(64);
  std::iota(values.begin(), values.end(), -10);
  void *x = upload(values), *out = upload(std::vector<int>(64 * 8));
  EXPECT_EQ(launch(kernel(module, "reductions"), 1, 64, x, out), 0);
  const auto found = download<int>(out, 64 * 8);
  for (int i = 0; i < 64; ++i) {
    ASSERT_EQ(found[i * 8 + 0], std::accumulate(values.begin(), values.end(), 0)) << i;
    ASSERT_EQ(found[i * 8 + 3], std::accumulate(values.begin(), values.begin() + i + 1, 0)) << i;
    ASSERT_EQ(found[i * 8 + 6], values[i ^ 1]) << i;
  }
  EXPECT_EQ(launch(kernel(module, "places"), 1, 64, out), 0);
  EXPECT_EQ(download<uint32_t>(out, 4), (std::vector<uint32_t>{64, 0, 0, 1}));
  HIP(hipFree)(x);
  HIP(hipFree)(out);
  HIP(hipModuleUnload)(module);
}

TEST_F(FakeHip, half_precision_goes_through_the_preludes_conversions) {
  void* module = load_kernels("tests/conformance/kernels/storage.hk");
  const std::vector<float> values = {0.0f, 1.0f, -2.5f, 65504.0f, 6e-8f, 1e-5f, 100000.0f, 0.333333f};
  void *x = upload(values), *half = upload(std::vector<uint16_t>(8));
  EXPECT_EQ(launch(kernel(module, "half_store"), 1, 32, x, half, 8u), 0);
  const std::vector<uint16_t> expected = {0, 0x3C00, 0xC100, 0x7BFF, 0x0001, 0x00A8, 0x7C00, 0x3555};
  EXPECT_EQ(download<uint16_t>(half, 8), expected);
  HIP(hipFree)(x);
  HIP(hipFree)(half);
  HIP(hipModuleUnload)(module);
}

TEST_F(FakeHip, atomics_of_the_hip_prelude_add_up) {
  void* module = load_kernels("tests/conformance/kernels/atomics.hk");
  void *target = upload(std::vector<int>(1)), *values = upload(std::vector<int>(300, 3));
  void* before = upload(std::vector<int>(300));
  EXPECT_EQ(launch(kernel(module, "global_int"), 3, 128, target, values, before, 0u, 300u), 0);
  EXPECT_EQ(download<int>(target, 1)[0], 900);
  for (void* memory : {target, values, before}) HIP(hipFree)(memory);
  HIP(hipModuleUnload)(module);
}

TEST_F(FakeHip, a_code_object_runs_on_its_own_architecture_and_features) {
  const std::string text = device_text("kernels/basic/fill.hk", HY_DIALECT_HIP);
  void* module = nullptr;
  EXPECT_EQ(HIP(hipModuleLoadData)(&module, compile(text, "gfx90a").image.data()), 209);
  EXPECT_EQ(HIP(hipModuleLoadData)(&module, compile(text, "gfx942:xnack+").image.data()), 209);
  EXPECT_EQ(HIP(hipModuleLoadData)(&module, compile(text, "gfx942:sramecc+:xnack-").image.data()), 0);
  EXPECT_EQ(HIP(hipModuleUnload)(module), 0);
}

TEST_F(FakeHip, a_compile_error_names_the_users_line_as_clang_does) {
  const Compiled compiled = compile("extern \"C\" __attribute__((global)) void bad(int* p)\n{\n  *p = nonsense;\n}\n");
  EXPECT_EQ(compiled.code, 6);
  EXPECT_NE(compiled.log.find("test.hip:3:"), std::string::npos) << compiled.log;
}

TEST_F(FakeHip, a_stream_belongs_to_the_device_that_was_set) {
  int device = -1;
  void* second = nullptr;
  EXPECT_EQ(HIP(hipSetDevice)(1), 0);
  EXPECT_EQ(HIP(hipStreamCreateWithFlags)(&second, 1), 0);
  EXPECT_EQ(HIP(hipStreamGetDevice)(second, &device), 0);
  EXPECT_EQ(device, 1);
  EXPECT_EQ(HIP(hipSetDevice)(0), 0);
  EXPECT_EQ(HIP(hipStreamDestroy)(second), 0);
}

TEST_F(FakeHip, calls_from_a_callback_are_refused) {
  const auto call = [](void*, int code, void* user) {
    *static_cast<int*>(user) = code == 0 ? HIP(hipDeviceSynchronize)() : -1;
  };
  int answer = -2;
  EXPECT_EQ(HIP(hipStreamAddCallback)(stream_, call, &answer, 0), 0);
  EXPECT_EQ(HIP(hipStreamSynchronize)(stream_), 0);
  EXPECT_EQ(answer, 801);
  expect_misuse("hipDeviceSynchronize was called from inside a host function");
}

TEST_F(FakeHip, a_lost_device_stays_lost_and_the_error_is_kept_for_the_thread) {
  void* module = load_kernels("kernels/basic/fill.hk");
  void* memory = upload(std::vector<float>(16));
  driver().configure("lose_from_launch", "1");
  EXPECT_EQ(launch(kernel(module, "fill"), 1, 16, memory, 1.0f, uint64_t{16}), 0);
  EXPECT_EQ(HIP(hipStreamSynchronize)(stream_), 700);
  EXPECT_EQ(HIP(hipStreamQuery)(stream_), 700);
  EXPECT_EQ(HIP(hipGetLastError)(), 700);
  EXPECT_EQ(HIP(hipGetLastError)(), 0);
  HIP(hipFree)(memory);
  HIP(hipModuleUnload)(module);
}

TEST(FakeHipVersions, export_what_their_version_has) {
  const FakeLibrary five(HALYARD_FAKE_HIP5_PATH), seven(HALYARD_FAKE_HIP7_PATH);
  EXPECT_EQ(five.find("hipGetDevicePropertiesR0600"), nullptr);
  EXPECT_NE(five.find("hipGetDeviceProperties"), nullptr);
  EXPECT_NE(seven.find("hipGetDevicePropertiesR0600"), nullptr);
  int version = 0;
  EXPECT_EQ((seven.call<int(int*)>("hipRuntimeGetVersion", &version)), 0);
  EXPECT_EQ(version / 10000000, 7);
  EXPECT_EQ((five.call<int(int*)>("hipRuntimeGetVersion", &version)), 0);
  EXPECT_EQ(version / 10000000, 5);
}

}  // namespace
}  // namespace halyard::test
