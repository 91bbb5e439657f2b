// The fake CUDA driver notices when it is called wrongly: the call answers the vendor's code, and the misuse is noted.
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "tests/drivers/fake_cuda_fixture.hpp"

namespace halyard::test {
namespace {

using FakeCudaMisuse = FakeCuda;

TEST_F(FakeCudaMisuse, a_call_without_a_context) {
  CU(cuCtxSetCurrent)(nullptr);
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 201);
  expect_misuse("cuMemAlloc_v2 was called without a current context");
  CU(cuCtxSetCurrent)(context_);
}

TEST_F(FakeCudaMisuse, a_context_is_current_in_its_thread_alone) {
  int code = -1;
  std::thread([&] { code = CU(cuCtxSynchronize)(); }).join();
  EXPECT_EQ(code, 201);
  expect_misuse("cuCtxSynchronize was called without a current context");
}

TEST_F(FakeCudaMisuse, a_handle_that_was_destroyed_or_never_was_or_is_of_another_kind) {
  void* event = nullptr;
  EXPECT_EQ(CU(cuEventCreate)(&event, 0), 0);
  EXPECT_EQ(CU(cuEventDestroy_v2)(event), 0);
  EXPECT_EQ(CU(cuEventQuery)(event), 400);
  expect_misuse("cuEventQuery got a event that was destroyed already");
  EXPECT_EQ(CU(cuEventQuery)(&event), 400);
  expect_misuse("which is no event");
  EXPECT_EQ(CU(cuStreamSynchronize)(context_), 400);
  expect_misuse("got a context where it takes a stream");
}

TEST_F(FakeCudaMisuse, a_range_beyond_its_allocation) {
  uintptr_t memory = 0;
  char host[32] = {};
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 0);
  EXPECT_EQ(CU(cuMemcpyHtoDAsync_v2)(memory, host, 17, stream_), 1);
  expect_misuse("17 bytes at");
  EXPECT_EQ(CU(cuMemsetD32Async)(memory + 8, 1, 3, stream_), 1);
  expect_misuse("12 bytes at");
  EXPECT_EQ(CU(cuMemsetD32Async)(memory + 2, 1, 1, stream_), 1);
  expect_misuse("does not fit elements of 4 bytes");
  EXPECT_EQ(CU(cuMemFree_v2)(memory + 4), 1);
  expect_misuse("begins no allocation");
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 0);
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 1);
  expect_misuse("begins no allocation");
}

TEST_F(FakeCudaMisuse, host_memory_that_cannot_be_read_or_is_the_devices) {
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 0);
  EXPECT_EQ(CU(cuMemcpyHtoDAsync_v2)(memory, reinterpret_cast<void*>(16), 4, stream_), 1);
  expect_misuse("cannot be read");
  EXPECT_EQ(CU(cuMemcpyDtoHAsync_v2)(reinterpret_cast<void*>(memory), memory, 4, stream_), 1);
  expect_misuse("is device memory, and host memory is meant");
  CU(cuMemFree_v2)(memory);
}

TEST_F(FakeCudaMisuse, a_copy_beyond_the_end_of_pinned_memory) {
  const uintptr_t memory = upload(std::vector<char>(64));
  void* pinned = nullptr;
  EXPECT_EQ(CU(cuMemHostAlloc)(&pinned, 32, 0), 0);
  EXPECT_EQ(CU(cuMemcpyDtoHAsync_v2)(pinned, memory, 33, stream_), 1);
  expect_misuse("reach beyond pinned memory");
  EXPECT_EQ(CU(cuMemcpyDtoHAsync_v2)(pinned, memory, 32, stream_), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  CU(cuMemFreeHost)(pinned);
  CU(cuMemFree_v2)(memory);
}

TEST_F(FakeCudaMisuse, memory_freed_while_work_uses_it) {
  const uintptr_t memory = upload(std::vector<char>(1024));
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  void* pinned = nullptr;
  EXPECT_EQ(CU(cuMemHostAlloc)(&pinned, 4, 0), 0);
  auto* word = static_cast<std::atomic<uint32_t>*>(pinned);
  *word = 0;
  EXPECT_EQ(CU(cuStreamWaitValue32_v2)(stream_, reinterpret_cast<uintptr_t>(pinned), 1, 0), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 1024, stream_), 0);
  std::thread opener([&] {
    while (driver().misuses().empty()) std::this_thread::yield();
    *word = 1;
  });
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 0);
  opener.join();
  expect_misuse("cuMemFree_v2 of 1024 bytes that work in a stream uses");
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  CU(cuMemFreeHost)(pinned);
}

TEST_F(FakeCudaMisuse, memory_of_a_pool_used_before_its_turn_or_after_it_was_given_back) {
  void *pinned = nullptr, *other = nullptr;
  EXPECT_EQ(CU(cuStreamCreate)(&other, 1), 0);
  EXPECT_EQ(CU(cuMemHostAlloc)(&pinned, 4, 0), 0);
  auto* word = static_cast<std::atomic<uint32_t>*>(pinned);
  *word = 0;
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuStreamWaitValue32_v2)(stream_, reinterpret_cast<uintptr_t>(pinned), 1, 0), 0);
  EXPECT_EQ(CU(cuMemAllocAsync)(&memory, 64, stream_), 0);
  EXPECT_EQ(CU(cuMemFreeAsync)(memory, stream_), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 64, stream_), 1);
  expect_misuse("was given back");
  EXPECT_EQ(CU(cuMemAllocAsync)(&memory, 64, stream_), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 64, other), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(other), 700);
  expect_misuse("before their allocation's turn");
  *word = 1;
  CU(cuMemFreeAsync)(memory, stream_);
  CU(cuStreamSynchronize)(stream_);
  CU(cuStreamDestroy_v2)(other);
  CU(cuMemFreeHost)(pinned);
}

TEST_F(FakeCudaMisuse, a_write_beside_an_allocation_by_the_host) {
  void* pinned = nullptr;
  EXPECT_EQ(CU(cuMemHostAlloc)(&pinned, 10, 0), 0);
  static_cast<volatile char*>(pinned)[10] = 1;
  EXPECT_EQ(CU(cuMemFreeHost)(pinned), 0);
  expect_misuse("something wrote beside an allocation of 10 bytes");
}

TEST_F(FakeCudaMisuse, a_launch_with_wrong_geometry_or_arguments) {
  void* module = load_kernels("kernels/basic/reduce.hk");
  void* function = kernel(module, "reduce_sum");
  const uintptr_t memory = upload(std::vector<float>(256));
  EXPECT_EQ(launch(function, 0, 256, memory, memory, uint64_t{1}), 1);
  expect_misuse("beyond the limits");
  EXPECT_EQ(launch(function, 1, 1025, memory, memory, uint64_t{1}), 1);
  expect_misuse("beyond the limits");
  EXPECT_EQ(launch(function, 1, 512, memory, memory, uint64_t{1}), 701);
  expect_misuse("512 items, and it was compiled for 256");
  EXPECT_EQ(launch(function, 1, 256, uintptr_t{64}, memory, uint64_t{1}), 1);
  expect_misuse("argument 0 of reduce_sum, 0x40, points into no allocation");
  EXPECT_EQ(CU(cuLaunchKernel)(function, 1, 1, 1, 256, 1, 1, 0, stream_, nullptr, nullptr), 1);
  expect_misuse("no arguments, and it takes 4");
  EXPECT_EQ(CU(cuLaunchKernel)(function, 1, 1, 1, 256, 1, 1, 64 * 1024, stream_, nullptr, nullptr), 1);
  expect_misuse("bytes of local memory are more than there are");
  CU(cuMemFree_v2)(memory);
  CU(cuModuleUnload)(module);
}

TEST_F(FakeCudaMisuse, memory_and_streams_of_another_device) {
  void *second = nullptr, *there = nullptr, *popped = nullptr;
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuDevicePrimaryCtxRetain)(&second, 1), 0);
  EXPECT_EQ(CU(cuCtxPushCurrent_v2)(second), 0);
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 0);
  EXPECT_EQ(CU(cuStreamCreate)(&there, 0), 0);
  EXPECT_EQ(CU(cuCtxPopCurrent_v2)(&popped), 0);
  EXPECT_EQ(popped, second);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 16, stream_), 1);
  expect_misuse("is memory of another context");
  EXPECT_EQ(CU(cuCtxEnablePeerAccess)(second, 0), 0);
  EXPECT_EQ(CU(cuMemsetD8Async)(memory, 1, 16, stream_), 0) << "with peer access it may";
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(CU(cuCtxDisablePeerAccess)(second), 0);
  void* event = nullptr;
  EXPECT_EQ(CU(cuEventCreate)(&event, 0), 0);
  EXPECT_EQ(CU(cuEventRecord)(event, there), 400);
  expect_misuse("cuEventRecord in a stream of another context");
  EXPECT_EQ(CU(cuEventDestroy_v2)(event), 0);
  CU(cuCtxPushCurrent_v2)(second);
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 0);
  EXPECT_EQ(CU(cuStreamDestroy_v2)(there), 0);
  CU(cuCtxPopCurrent_v2)(nullptr);
  EXPECT_EQ(CU(cuDevicePrimaryCtxRelease_v2)(1), 0);
}

TEST_F(FakeCudaMisuse, calls_after_the_last_release_and_objects_that_were_left) {
  void* second = nullptr;
  void* stream = nullptr;
  EXPECT_EQ(CU(cuDevicePrimaryCtxRetain)(&second, 1), 0);
  EXPECT_EQ(CU(cuCtxPushCurrent_v2)(second), 0);
  EXPECT_EQ(CU(cuStreamCreate)(&stream, 0), 0);
  EXPECT_EQ(CU(cuDevicePrimaryCtxRelease_v2)(1), 0);
  expect_misuse("a stream was left in the context of device 1");
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 709);
  expect_misuse("cuMemAlloc_v2 got a context that was destroyed already");
  EXPECT_EQ(CU(cuStreamSynchronize)(stream), 400);
  expect_misuse("cuStreamSynchronize got a stream that was destroyed already");
  CU(cuCtxPopCurrent_v2)(nullptr);
  EXPECT_EQ(CU(cuDevicePrimaryCtxRelease_v2)(1), 201);
  expect_misuse("of a context that nobody retains");
}

TEST_F(FakeCudaMisuse, a_call_from_inside_a_host_function) {
  int answer = -1;
  const auto call = [](void* user) { *static_cast<int*>(user) = CU(cuCtxSynchronize)(); };
  EXPECT_EQ(CU(cuLaunchHostFunc)(stream_, call, &answer), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(answer, 800);
  expect_misuse("cuCtxSynchronize was called from inside a host function");
}

TEST_F(FakeCudaMisuse, items_that_wait_for_lanes_that_never_come) {
  const Compiled compiled = compile(
      "extern \"C\" __global__ void stuck(unsigned* out) {\n"
      "  if (threadIdx.x < 16) out[threadIdx.x] = __shfl_sync(0xFFFFFFFFu, 1u, 0);\n"
      "}\n");
  ASSERT_EQ(compiled.code, 0) << compiled.log;
  void* module = load(compiled.image);
  const uintptr_t out = upload(std::vector<uint32_t>(32));
  void* arguments[] = {const_cast<uintptr_t*>(&out)};
  EXPECT_EQ(CU(cuLaunchKernel)(kernel(module, "stuck"), 1, 1, 1, 32, 1, 1, 0, stream_, arguments, nullptr), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 719);
  expect_misuse("0 items of a workgroup wait at a barrier and 16 in their waves, of 32, 16 of them done");
  CU(cuMemFree_v2)(out);
  CU(cuModuleUnload)(module);
}

// ---- failures to order ----

using FakeCudaOrders = FakeCuda;

TEST_F(FakeCudaOrders, one_call_of_a_function_fails_once) {
  EXPECT_EQ(driver().configure("fail", "cuMemAlloc_v2 2 2"), 0);
  uintptr_t first = 0, second = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&first, 16), 0);
  EXPECT_EQ(CU(cuMemAlloc_v2)(&second, 16), 2);
  EXPECT_STREQ(driver().call<halyard_fake_failed_fn>("halyard_fake_failed"), "cuMemAlloc_v2");
  EXPECT_EQ(CU(cuMemAlloc_v2)(&second, 16), 0);
  CU(cuMemFree_v2)(first);
  CU(cuMemFree_v2)(second);
}

TEST_F(FakeCudaOrders, every_call_fails_from_one_on_and_releases_are_done_all_the_same) {
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 0);
  driver().configure("orders", "");
  EXPECT_EQ(driver().configure("fail_from", "* 2 999"), 0);
  EXPECT_EQ(CU(cuStreamQuery)(stream_), 0);
  EXPECT_EQ(CU(cuStreamQuery)(stream_), 999);
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 999);
  EXPECT_EQ(driver().live("allocation"), 0);
  EXPECT_EQ(driver().calls("*"), 3u);
  EXPECT_EQ(driver().calls("cuStreamQuery"), 2u);
}

TEST_F(FakeCudaOrders, a_device_that_is_lost_at_a_launch_stays_lost) {
  void* module = load_kernels("kernels/basic/fill.hk");
  const uintptr_t memory = upload(std::vector<float>(16, 3.0f));
  driver().configure("lose_from_launch", "2");
  void* function = kernel(module, "fill");
  EXPECT_EQ(launch(function, 1, 16, memory, 1.0f, uint64_t{16}), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 0);
  EXPECT_EQ(launch(function, 1, 16, memory, 2.0f, uint64_t{16}), 0);
  EXPECT_EQ(CU(cuStreamSynchronize)(stream_), 700);
  EXPECT_EQ(launch(function, 1, 16, memory, 2.0f, uint64_t{16}), 700);
  EXPECT_EQ(CU(cuCtxSynchronize)(), 700);
  EXPECT_EQ(CU(cuMemFree_v2)(memory), 700);
  EXPECT_EQ(CU(cuModuleUnload)(module), 700);
}

TEST_F(FakeCudaOrders, what_the_control_does_not_know_is_refused) {
  EXPECT_EQ(driver().configure("colour", "blue"), 1);
  EXPECT_EQ(driver().configure("fail", "cuInit"), 1);
}

// In a process of its own, as the settings are read when the library is loaded.
[[noreturn]] void initialize_with(const char* settings) {
  setenv("HALYARD_FAKE_CUDA", settings, 1);
  const FakeLibrary library(HALYARD_FAKE_CUDA_PATH);
  alarm(1);
  library.call<int(unsigned)>("cuInit", 0u);
  int count = 0, device = 0;
  char name[20] = {};
  library.call<int(int*)>("cuDeviceGetCount", &count);
  const int got = library.call<int(int*, int)>("cuDeviceGet", &device, 0);
  library.call<int(char*, int, int)>("cuDeviceGetName", name, 20, 2);
  _exit(count == 3 && got == 46 && std::string(name) == "Other" ? 7 : 8);
}

TEST(FakeCudaProcess, hangs_aborts_and_reads_its_settings_from_the_environment) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(initialize_with("abort=cuInit"), ::testing::KilledBySignal(SIGABRT), "");
  EXPECT_EXIT(initialize_with("hang=cuInit"), ::testing::KilledBySignal(SIGALRM), "");
  EXPECT_EXIT(initialize_with("devices=3;name=Other;fail=cuDeviceGet 1 46"), ::testing::ExitedWithCode(7), "");
}

}  // namespace
}  // namespace halyard::test
