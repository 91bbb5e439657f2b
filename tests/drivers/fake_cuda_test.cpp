// The fake CUDA driver and NVRTC do what the real ones do, as far as the cuda backend asks.
#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>

#include "tests/drivers/fake_cuda_fixture.hpp"

namespace halyard::test {
namespace {

TEST_F(FakeCuda, runs_saxpy_through_the_cuda_prelude) {
  void* module = load_kernels("kernels/basic/saxpy.hk");
  const size_t n = 1000;
  std::vector<float> x(n), y(n);
  std::iota(x.begin(), x.end(), 0.0f);
  std::iota(y.begin(), y.end(), 5.0f);
  const uintptr_t dx = upload(x), dy = upload(y);
  EXPECT_EQ(launch(kernel(module, "saxpy"), 8, 128, 2.0f, dx, dy, uint64_t{n}), 0);
  const std::vector<float> out = download<float>(dy, n);
  for (size_t i = 0; i < n; ++i) ASSERT_EQ(out[i], 2.0f * x[i] + y[i]) << i;
  CU(cuMemFree_v2)(dx);
  CU(cuMemFree_v2)(dy);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, runs_a_reduction_in_phases) {
  void* module = load_kernels("kernels/basic/reduce.hk");
  const size_t n = 5000;
  const std::vector<float> ones(n, 1.0f);
  const uintptr_t x = upload(ones), partial = upload(std::vector<float>(3, -1.0f));
  EXPECT_EQ(launch(kernel(module, "reduce_sum"), 3, 256, x, partial, uint64_t{n}), 0);
  const std::vector<float> out = download<float>(partial, 3);
  EXPECT_EQ(out[0], 2048.0f);
  EXPECT_EQ(out[1], 2048.0f);
  EXPECT_EQ(out[2], 904.0f);
  CU(cuMemFree_v2)(x);
  CU(cuMemFree_v2)(partial);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, items_of_a_workgroup_meet_at_plain_barriers) {
  void* module = load_kernels("tests/conformance/kernels/barriers.hk");
  std::vector<uint32_t> values(512);
  std::iota(values.begin(), values.end(), 0u);
  const uintptr_t x = upload(values), y = upload(std::vector<uint32_t>(512));
  EXPECT_EQ(launch(kernel(module, "reverse_groups"), 2, 256, x, y), 0);
  const auto reversed = download<uint32_t>(y, 512);
  for (uint32_t i = 0; i < 512; ++i) ASSERT_EQ(reversed[i], i / 256 * 256 + 255 - i % 256);
  EXPECT_EQ(launch(kernel(module, "reduce_tree"), 8, 64, x, y, uint64_t{512}), 0);
  EXPECT_EQ(download<uint32_t>(y, 1)[0], 63u * 64 / 2);
  CU(cuMemFree_v2)(x);
  CU(cuMemFree_v2)(y);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, lanes_of_a_warp_of_32_exchange_values) {
  void* module = load_kernels("tests/conformance/kernels/subgroups.hk");
  std::vector<int> values(64);
  std::iota(values.begin(), values.end(), -10);
  const uintptr_t x = upload(values), out = upload(std::vector<int>(64 * 8));
  EXPECT_EQ(launch(kernel(module, "reductions"), 1, 64, x, out), 0);
  const auto found = download<int>(out, 64 * 8);
  for (int i = 0; i < 64; ++i) {
    const int first = i / 32 * 32;
    const int sum = std::accumulate(values.begin() + first, values.begin() + first + 32, 0);
    ASSERT_EQ(found[i * 8 + 0], sum) << i;
    ASSERT_EQ(found[i * 8 + 1], values[first]) << i;
    ASSERT_EQ(found[i * 8 + 2], values[first + 31]) << i;
    ASSERT_EQ(found[i * 8 + 3], std::accumulate(values.begin() + first, values.begin() + i + 1, 0)) << i;
    ASSERT_EQ(found[i * 8 + 6], values[i ^ 1]) << i;
  }
  CU(cuMemFree_v2)(x);
  CU(cuMemFree_v2)(out);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, inline_ptx_for_half_precision_is_done_by_the_shim) {
  void* module = load_kernels("tests/conformance/kernels/storage.hk");
  const std::vector<float> values = {0.0f, 1.0f, -2.5f, 65504.0f, 6e-8f, 1e-5f, 100000.0f, 0.333333f};
  const uintptr_t x = upload(values), half = upload(std::vector<uint16_t>(8)), back = upload(values);
  EXPECT_EQ(launch(kernel(module, "half_store"), 1, 32, x, half, 8u), 0);
  EXPECT_EQ(launch(kernel(module, "half_load"), 1, 32, half, back, 8u), 0);
  const auto bits = download<uint16_t>(half, 8);
  const std::vector<uint16_t> expected = {0, 0x3C00, 0xC100, 0x7BFF, 0x0001, 0x00A8, 0x7C00, 0x3555};
  EXPECT_EQ(bits, expected);
  EXPECT_EQ(download<float>(back, 8)[2], -2.5f);
  for (const uintptr_t address : {x, half, back}) CU(cuMemFree_v2)(address);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, modules_that_are_loaded_at_the_same_time_keep_apart) {
  const auto source = [](const char* value) {
    return std::string("extern \"C\" __global__ void set(int* p) { *p = ") + value + "; }\n";
  };
  void *one = load(compile(source("1")).image), *two = load(compile(source("2")).image);
  uintptr_t memory = upload(std::vector<int>(1));
  void* arguments[] = {&memory};
  for (const auto& [module, value] : {std::pair(one, 1), std::pair(two, 2)}) {
    EXPECT_EQ(CU(cuLaunchKernel)(kernel(module, "set"), 1, 1, 1, 1, 1, 1, 0, stream_, arguments, nullptr), 0);
    EXPECT_EQ(download<int>(memory, 1)[0], value);
  }
  CU(cuMemFree_v2)(memory);
  CU(cuModuleUnload)(one);
  CU(cuModuleUnload)(two);
}

TEST_F(FakeCuda, local_memory_begins_with_a_pattern_in_every_workgroup) {
  const Compiled compiled = compile(
      "extern \"C\" __global__ void first(unsigned* out) {\n"
      "  __shared__ unsigned t[4];\n  out[blockIdx.x] = t[0]; __syncthreads(); t[0] = 5;\n}\n");
  ASSERT_EQ(compiled.code, 0) << compiled.log;
  void* module = load(compiled.image);
  uintptr_t out = upload(std::vector<uint32_t>(2));
  void* arguments[] = {&out};
  EXPECT_EQ(CU(cuLaunchKernel)(kernel(module, "first"), 2, 1, 1, 1, 1, 1, 0, stream_, arguments, nullptr), 0);
  EXPECT_EQ(download<uint32_t>(out, 2), std::vector<uint32_t>(2, 0xCBCBCBCBu));
  CU(cuMemFree_v2)(out);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCuda, inline_machine_code_that_the_shim_lacks_is_named) {
  const Compiled compiled = compile(
      "extern \"C\" __global__ void strange(unsigned* p) { asm volatile(\"mov.u32 %0, %%smid;\" : \"=r\"(*p)); }\n");
  EXPECT_EQ(compiled.code, 6);
  EXPECT_NE(compiled.log.find("hy_ptx_mov_u32"), std::string::npos) << compiled.log;
}

TEST_F(FakeCuda, a_compile_error_names_the_users_line_as_nvrtc_does) {
  const Compiled compiled = compile("extern \"C\" __global__ void bad(int* p)\n{\n  *p = nonsense;\n}\n");
  EXPECT_EQ(compiled.code, 6);
  EXPECT_NE(compiled.log.find("test.cu(3): error:"), std::string::npos) << compiled.log;
}

TEST_F(FakeCuda, an_unknown_option_is_refused) {
  EXPECT_EQ(compile("", "sm_12").code, 5);
  EXPECT_EQ(compile("", "gfx942").code, 5);
}

TEST_F(FakeCuda, ptx_runs_on_later_architectures_and_cubins_on_their_own) {
  const std::string text = device_text("kernels/basic/fill.hk", HY_DIALECT_CUDA);
  void* module = nullptr;
  module = load(compile(text, "compute_75").image);
  EXPECT_EQ(CU(cuModuleUnload)(module), 0);
  EXPECT_EQ(CU(cuModuleLoadData)(&module, compile(text, "sm_80").image.data()), 209);
  EXPECT_EQ(CU(cuModuleLoadData)(&module, compile(text, "compute_100").image.data()), 218);
  driver().configure("ptx_version", "8.4");
  EXPECT_EQ(CU(cuModuleLoadData)(&module, compile(text, "compute_75").image.data()), 222);
  driver().configure("ptx_version", "9.0");
}

TEST_F(FakeCuda, junk_and_damaged_images_are_refused_with_a_log) {
  void* module = nullptr;
  char log[200] = {};
  int options[] = {5, 6};
  void* values[] = {log, reinterpret_cast<void*>(sizeof log)};
  EXPECT_EQ(CU(cuModuleLoadDataEx)(&module, "no image at all", 2, options, values), 218);
  EXPECT_NE(std::strlen(log), 0u);
  std::string image = compile(device_text("kernels/basic/fill.hk", HY_DIALECT_CUDA)).image;
  image[image.size() / 2] ^= 1;
  EXPECT_EQ(CU(cuModuleLoadData)(&module, image.data()), 200);
}

TEST_F(FakeCuda, a_cubin_says_that_it_is_for_cuda) {
  const std::string image = compile(device_text("kernels/basic/fill.hk", HY_DIALECT_CUDA)).image;
  ASSERT_GT(image.size(), 64u);
  EXPECT_EQ(image.substr(0, 4),
            "\x7F"
            "ELF");
  EXPECT_EQ(static_cast<unsigned char>(image[18]), 190);
}

TEST_F(FakeCuda, metadata_of_a_kernel_is_a_global_of_the_module) {
  void* module = load_kernels("kernels/basic/reduce.hk");
  uintptr_t address = 0;
  size_t bytes = 0;
  EXPECT_EQ(CU(cuModuleGetGlobal_v2)(&address, &bytes, module, "reduce_sum__hy_meta"), 0);
  EXPECT_EQ(bytes, 64u);
  const auto meta = download<uint64_t>(address, 8);
  EXPECT_EQ(meta[0], 256u);
  EXPECT_EQ(meta[3], 1024u);
  int value = 0;
  EXPECT_EQ(CU(cuFuncGetAttribute)(&value, 0, kernel(module, "reduce_sum")), 0);
  EXPECT_EQ(value, 256);
  EXPECT_EQ(CU(cuModuleUnload)(module), 0);
}

// ---- streams ----

struct Gate {
  std::atomic<bool> open{false};
  static void wait(void* gate) {
    while (!static_cast<Gate*>(gate)->open) {
    }
  }
};

TEST_F(FakeCuda, streams_run_apart_from_the_caller_and_in_order) {
  Gate gate;
  uintptr_t memory = upload(std::vector<uint32_t>(4));
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(CU(cuLaunchHostFunc)(stream_, Gate::wait, &gate), 0);
  EXPECT_EQ(CU(cuMemsetD32Async)(memory, 7, 4, stream_), 0);
  EXPECT_EQ(CU(cuStreamQuery)(stream_), 600);
  void* other = nullptr;
  EXPECT_EQ(CU(cuStreamCreate)(&other, 1), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(other), 0);
  gate.open = true;
  EXPECT_EQ(download<uint32_t>(memory, 4), std::vector<uint32_t>(4, 7));
  EXPECT_EQ(CU(cuStreamQuery)(stream_), 0);
  CU(cuStreamDestroy_v2)(other);
  CU(cuMemFree_v2)(memory);
}

TEST_F(FakeCuda, a_stream_waits_for_an_event_of_another_and_events_have_times) {
  Gate gate;
  void *other = nullptr, *first = nullptr, *last = nullptr;
  EXPECT_EQ(CU(cuStreamCreate)(&other, 1), 0);
  EXPECT_EQ(CU(cuEventCreate)(&first, 0), 0);
  EXPECT_EQ(CU(cuEventCreate)(&last, 0), 0);
  EXPECT_EQ(CU(cuEventQuery)(first), 0) << "an event that was never recorded is done";
  EXPECT_EQ(CU(cuLaunchHostFunc)(stream_, Gate::wait, &gate), 0);
  EXPECT_EQ(CU(cuEventRecord)(first, stream_), 0);
  EXPECT_EQ(CU(cuStreamWaitEvent)(other, first, 0), 0);
  EXPECT_EQ(CU(cuEventRecord)(last, other), 0);
  float milliseconds = -1.0f;
  EXPECT_EQ(CU(cuEventElapsedTime)(&milliseconds, first, last), 600);
  EXPECT_EQ(CU(cuEventQuery)(last), 600);
  gate.open = true;
  EXPECT_EQ(CU(cuEventSynchronize)(last), 0);
  EXPECT_EQ(CU(cuEventElapsedTime)(&milliseconds, first, last), 0);
  EXPECT_GE(milliseconds, 0.0f);
  CU(cuEventDestroy_v2)(first);
  CU(cuEventDestroy_v2)(last);
  CU(cuStreamDestroy_v2)(other);
}

TEST_F(FakeCuda, a_stream_waits_for_a_word_of_pinned_memory) {
  void* pinned = nullptr;
  ASSERT_EQ(CU(cuMemHostAlloc)(&pinned, 4, 0), 0);
  auto* word = static_cast<std::atomic<uint32_t>*>(pinned);
  *word = 0;
  const auto address = reinterpret_cast<uintptr_t>(pinned);
  EXPECT_EQ(CU(cuStreamWaitValue32_v2)(stream_, address, 1, 0), 0);
  EXPECT_EQ(CU(cuStreamWriteValue32_v2)(stream_, address, 5, 0), 0);
  EXPECT_EQ(CU(cuStreamQuery)(stream_), 600);
  *word = 1;
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(*word, 5u);
  CU(cuMemFreeHost)(pinned);
}

// ---- memory ----

TEST_F(FakeCuda, memory_is_counted_and_ends) {
  size_t free = 0, total = 0;
  EXPECT_EQ(CU(cuMemGetInfo_v2)(&free, &total), 0);
  EXPECT_EQ(total, size_t{4} << 30);
  EXPECT_EQ(free, total);
  uintptr_t most = 0, more = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&most, total - 256), 0);
  EXPECT_EQ(CU(cuMemAlloc_v2)(&more, 512), 2);
  EXPECT_EQ(CU(cuMemAlloc_v2)(&more, 256), 0);
  EXPECT_EQ(CU(cuMemFree_v2)(most), 0);
  EXPECT_EQ(CU(cuMemFree_v2)(more), 0);
}

TEST_F(FakeCuda, a_pool_keeps_what_it_had_until_it_is_trimmed) {
  struct {
    int type, handles, location, device;
    char rest[128];
  } properties = {1, 0, 1, 0, {}};
  void* pool = nullptr;
  EXPECT_EQ(CU(cuMemPoolCreate)(&pool, &properties), 0);
  uint64_t threshold = ~uint64_t{0};
  EXPECT_EQ(CU(cuMemPoolSetAttribute)(pool, 4, &threshold), 0);
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAllocFromPoolAsync)(&memory, 1 << 20, pool, stream_), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 1 << 20, stream_), 0);
  EXPECT_EQ(CU(cuMemFreeAsync)(memory, stream_), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(driver().live("bytes"), 1 << 20);
  EXPECT_EQ(CU(cuMemPoolTrimTo)(pool, 0), 0);
  EXPECT_EQ(driver().live("bytes"), 0);
  EXPECT_EQ(CU(cuMemPoolDestroy)(pool), 0);
}

TEST_F(FakeCuda, memory_of_a_pool_is_used_by_devices_that_were_given_access) {
  struct {
    int location_type, device, flags;
  } access = {1, 1, 3};
  void *pool = nullptr, *second = nullptr, *there = nullptr;
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuDeviceGetDefaultMemPool)(&pool, 0), 0);
  EXPECT_EQ(CU(cuMemPoolSetAccess)(pool, &access, 1), 0);
  EXPECT_EQ(CU(cuMemAllocAsync)(&memory, 64, stream_), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(CU(cuDevicePrimaryCtxRetain)(&second, 1), 0);
  EXPECT_EQ(CU(cuCtxPushCurrent_v2)(second), 0);
  EXPECT_EQ(CU(cuStreamCreate)(&there, 1), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 3, 64, there), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(there), 0);
  EXPECT_EQ(CU(cuStreamDestroy_v2)(there), 0);
  EXPECT_EQ(CU(cuCtxPopCurrent_v2)(nullptr), 0);
  EXPECT_EQ(CU(cuDevicePrimaryCtxRelease_v2)(1), 0);
  EXPECT_EQ(download<uint8_t>(memory, 1)[0], 3);
  EXPECT_EQ(CU(cuMemFreeAsync)(memory, stream_), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
}

TEST_F(FakeCuda, each_device_is_as_its_setting_says) {
  driver().configure("architecture", "sm_90,sm_75");
  driver().configure("name", "First,Second");
  int major = 0;
  char name[16] = {};
  EXPECT_EQ(CU(cuDeviceGetAttribute)(&major, 75, 1), 0);
  EXPECT_EQ(CU(cuDeviceGetName)(name, sizeof name, 1), 0);
  EXPECT_EQ(major, 7);
  EXPECT_STREQ(name, "Second");
  driver().configure("architecture", "sm_90");
  driver().configure("name", "Fake CUDA device");
}

TEST_F(FakeCuda, fills_of_every_width_and_in_two_dimensions) {
  const uintptr_t memory = upload(std::vector<uint8_t>(64));
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 0xFF, 64, stream_), 0);
  EXPECT_EQ(CU(cuMemsetD16Async)(memory, 0x1234, 2, stream_), 0);
  EXPECT_EQ(CU(cuMemsetD2D32Async)(memory + 16, 16, 0x01020304, 1, 3, stream_), 0);
  const auto bytes = download<uint8_t>(memory, 64);
  EXPECT_EQ(bytes[1], 0x12);
  EXPECT_EQ(bytes[4], 0xFF);
  for (const int row : {16, 32, 48}) {
    EXPECT_EQ(bytes[row], 4);
    EXPECT_EQ(bytes[row + 4], 0xFF);
  }
  CU(cuMemFree_v2)(memory);
}

TEST_F(FakeCuda, entry_points_are_found_by_name_and_version) {
  void* function = nullptr;
  int status = -1;
  EXPECT_EQ(CU(cuGetProcAddress_v2)("cuMemAlloc", &function, 12000, 0, &status), 0);
  EXPECT_EQ(function, driver().find("cuMemAlloc_v2"));
  EXPECT_EQ(CU(cuGetProcAddress_v2)("cuDeviceGetUuid", &function, 11030, 0, &status), 0);
  EXPECT_EQ(function, driver().find("cuDeviceGetUuid"));
  EXPECT_EQ(CU(cuGetProcAddress_v2)("cuDeviceGetUuid", &function, 12000, 0, &status), 0);
  EXPECT_EQ(function, driver().find("cuDeviceGetUuid_v2"));
  EXPECT_EQ(CU(cuGetProcAddress_v2)("cuMemAllocAsync", &function, 11000, 0, &status), 0);
  EXPECT_EQ(function, nullptr);
  EXPECT_EQ(status, 2);
  EXPECT_EQ(CU(cuGetProcAddress_v2)("cuNoSuchThing", &function, 12000, 0, nullptr), 500);
}

}  // namespace
}  // namespace halyard::test
