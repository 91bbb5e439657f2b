// The fake Level Zero driver does what the real one does, as far as the level_zero backend asks.
#include <chrono>
#include <numeric>
#include <thread>

#include "tests/drivers/fake_level_zero_fixture.hpp"

namespace halyard::test {
namespace {

constexpr unsigned kGroups[] = {8, 1, 1}, kItems[] = {128, 1, 1};
constexpr uint64_t kEver = ~uint64_t{0};

// ---- kernels ----

TEST_F(FakeLevelZero, runs_saxpy_from_spirv) {
  NEED_SPIRV();
  const auto module = load_kernels("kernels/basic/saxpy.hk");
  const size_t n = 1000;
  std::vector<float> x(n), y(n);
  std::iota(x.begin(), x.end(), 0.0f);
  std::iota(y.begin(), y.end(), 5.0f);
  void *dx = gpu().upload(x), *dy = gpu().upload(y);
  const auto kernel = gpu().make_kernel(module, "saxpy__hy_whole");
  EXPECT_EQ(gpu().launch(kernel, kGroups, kItems,
                         {ze_argument(2.0f), ze_argument(dx), ze_argument(dy), ze_argument(uint64_t{n})}),
            0u);
  const std::vector<float> out = gpu().download<float>(dy, n);
  for (size_t i = 0; i < n; ++i) ASSERT_EQ(out[i], 2.0f * x[i] + y[i]) << i;
  gpu().release(dx);
  gpu().release(dy);
  ZE(zeKernelDestroy)(kernel);
  ZE(zeModuleDestroy)(module);
}

TEST_F(FakeLevelZero, runs_a_reduction_in_phases_with_local_memory) {
  NEED_SPIRV();
  const auto module = load_kernels("kernels/basic/reduce.hk");
  const size_t n = 5000;
  void *x = gpu().upload(std::vector<float>(n, 1.0f)), *partial = gpu().upload(std::vector<float>(3, -1.0f));
  const auto kernel = gpu().make_kernel(module, "reduce_sum__hy_whole");
  ze::ze_kernel_properties_t facts = {};
  facts.stype = ze::ZE_STRUCTURE_TYPE_KERNEL_PROPERTIES;
  EXPECT_EQ(ZE(zeKernelGetProperties)(kernel, &facts), 0u);
  EXPECT_EQ(facts.numKernelArgs, 3u);
  EXPECT_EQ(facts.requiredGroupSizeX, 256u);
  EXPECT_EQ(facts.requiredGroupSizeY, 1u);
  EXPECT_EQ(facts.localMemSize, 1024u);
  const unsigned groups[] = {3, 1, 1}, items[] = {256, 1, 1};
  EXPECT_EQ(gpu().launch(kernel, groups, items, {ze_argument(x), ze_argument(partial), ze_argument(uint64_t{n})}), 0u);
  EXPECT_EQ(gpu().download<float>(partial, 3), (std::vector<float>{2048.0f, 2048.0f, 904.0f}));
  gpu().release(x);
  gpu().release(partial);
  ZE(zeKernelDestroy)(kernel);
  ZE(zeModuleDestroy)(module);
}

TEST_F(FakeLevelZero, poisons_local_memory_before_every_workgroup) {
  NEED_SPIRV();
  const auto module = gpu().build(
      "kernel void look(global uint* out) { local uint t[4]; if (get_group_id(0) == 0) t[get_local_id(0)] = 7;\n"
      "  barrier(CLK_LOCAL_MEM_FENCE); out[get_global_id(0)] = t[get_local_id(0)]; }\n");
  void* out = gpu().upload(std::vector<uint32_t>(8, 1));
  const auto kernel = gpu().make_kernel(module, "look");
  const unsigned groups[] = {2, 1, 1}, items[] = {4, 1, 1};
  EXPECT_EQ(gpu().launch(kernel, groups, items, {ze_argument(out)}), 0u);
  const uint32_t p = 0xCBCBCBCB;
  EXPECT_EQ(gpu().download<uint32_t>(out, 8), (std::vector<uint32_t>{7, 7, 7, 7, p, p, p, p}));
  gpu().release(out);
  ZE(zeKernelDestroy)(kernel);
  ZE(zeModuleDestroy)(module);
}

TEST_F(FakeLevelZero, passes_structures_and_vectors_by_value) {
  NEED_SPIRV();
  const auto module = gpu().build(
      "struct pair { char a; long b; };\n"
      "kernel void sum(struct pair p, char4 v, float3 w, global float* out) {\n"
      "  out[0] = p.a + p.b + v.x + v.w + w.x + w.z; }\n");
  const struct {
    char a;
    int64_t b;
  } pair = {1, 20};
  const char v[4] = {3, 9, 9, 4};
  const float w[4] = {0.25f, 9.0f, 0.5f, 9.0f};
  void* out = gpu().upload(std::vector<float>(1, 0.0f));
  const auto kernel = gpu().make_kernel(module, "sum");
  const unsigned one[] = {1, 1, 1};
  EXPECT_EQ(gpu().launch(kernel, one, one, {ze_argument(pair), ze_argument(v), ze_argument(w), ze_argument(out)}), 0u);
  EXPECT_EQ(gpu().download<float>(out, 1)[0], 28.75f);
  gpu().release(out);
  ZE(zeKernelDestroy)(kernel);
  ZE(zeModuleDestroy)(module);
}

TEST_F(FakeLevelZero, two_modules_of_one_image_have_memory_of_their_own) {
  NEED_SPIRV();
  const std::string spirv =
      compile_with_ocloc(gpu().compiler(), "kernel void one(global int* x) { x[0] = 1; }").files.at("kernels.spv");
  ze::ze_module_handle_t first = nullptr, second = nullptr;
  EXPECT_EQ(gpu().make_module(spirv, ze::ZE_MODULE_FORMAT_IL_SPIRV, &first), 0u);
  EXPECT_EQ(gpu().make_module(spirv, ze::ZE_MODULE_FORMAT_IL_SPIRV, &second), 0u);
  EXPECT_NE(first, second);
  EXPECT_EQ(ZE(zeModuleDestroy)(first), 0u);
  EXPECT_EQ(ZE(zeModuleDestroy)(second), 0u);
}

TEST_F(FakeLevelZero, a_module_that_is_no_spirv_fails_with_a_log) {
  std::string log;
  ze::ze_module_handle_t module = nullptr;
  EXPECT_EQ(gpu().make_module("rubbish!", ze::ZE_MODULE_FORMAT_IL_SPIRV, &module, &log),
            ze::ZE_RESULT_ERROR_MODULE_BUILD_FAILURE);
  EXPECT_NE(log.find("not SPIR-V"), std::string::npos) << log;
}

TEST_F(FakeLevelZero, a_module_that_cannot_be_translated_fails_with_its_kernels_name) {
  NEED_SPIRV();
  std::string log;
  ze::ze_module_handle_t module = nullptr;
  const auto compiled = compile_with_ocloc(
      gpu().compiler(), "void nowhere(global int* x); kernel void lonely(global int* x) { nowhere(x); }");
  EXPECT_EQ(compiled.code, -11);
  EXPECT_NE(compiled.log().find("lonely"), std::string::npos) << compiled.log();
  const auto spirv =
      run_ocloc(gpu().compiler(), "void nowhere(global int* x); kernel void lonely(global int* x) { nowhere(x); }",
                "a.cl", {"-file", "a.cl", "-device", "dg2", "-spv_only", "-output_no_suffix"});
  EXPECT_EQ(gpu().make_module(spirv.files.at("a.spv"), ze::ZE_MODULE_FORMAT_IL_SPIRV, &module, &log),
            ze::ZE_RESULT_ERROR_MODULE_BUILD_FAILURE);
  EXPECT_NE(log.find("lonely"), std::string::npos) << log;
  EXPECT_NE(log.find("nowhere"), std::string::npos) << log;
}

TEST_F(FakeLevelZero, refuses_the_kernel_that_it_is_told_to) {
  NEED_SPIRV();
  driver().configure("refuse", "saxpy");
  std::string log;
  EXPECT_EQ(gpu().build(device_text("kernels/basic/saxpy.hk", HY_DIALECT_OPENCL2), &log), nullptr);
  EXPECT_NE(log.find("'saxpy'"), std::string::npos) << log;
}

TEST_F(FakeLevelZero, refuses_modules_with_what_its_device_lacks) {
  NEED_SPIRV();
  start({{"fp64", "0"}, {"atomics64", "0"}});
  std::string log;
  EXPECT_EQ(gpu().build("kernel void d(global double* x) { x[0] += 1.0; }", &log), nullptr);
  EXPECT_NE(log.find("double precision"), std::string::npos) << log;
  EXPECT_EQ(gpu().build("#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable\n"
                        "kernel void d(volatile global long* x) { atom_add(x, 1l); }",
                        &log),
            nullptr);
  EXPECT_NE(log.find("64 bits"), std::string::npos) << log;
}

TEST_F(FakeLevelZero, takes_a_native_image_on_its_own_product_alone) {
  NEED_SPIRV();
  const std::string native =
      compile_with_ocloc(gpu().compiler(), "kernel void one(global int* x) { x[0] = 1; }").files.at("kernels");
  ze::ze_module_handle_t module = nullptr;
  EXPECT_EQ(gpu().make_module(native, ze::ZE_MODULE_FORMAT_NATIVE, &module), 0u);
  EXPECT_EQ(ZE(zeModuleDestroy)(module), 0u);
  start({{"architecture", "pvc"}});
  std::string log;
  EXPECT_EQ(gpu().make_module(native, ze::ZE_MODULE_FORMAT_NATIVE, &module, &log),
            ze::ZE_RESULT_ERROR_INVALID_NATIVE_BINARY);
  EXPECT_NE(log.find("dg2"), std::string::npos) << log;
  EXPECT_EQ(gpu().make_module(native.substr(0, native.size() / 2), ze::ZE_MODULE_FORMAT_NATIVE, &module, &log),
            ze::ZE_RESULT_ERROR_INVALID_NATIVE_BINARY);
  EXPECT_EQ(gpu().make_module(std::string(100, 'x'), ze::ZE_MODULE_FORMAT_NATIVE, &module),
            ze::ZE_RESULT_ERROR_INVALID_NATIVE_BINARY);
}

// ---- order ----

// Whether a copy behind a fill saw it, when nothing orders them but what `between` appends.
template <class Between>
bool copy_sees_fill(FakeLevelZeroDevice& gpu, const Between& between) {
  const FakeLibrary& library = gpu.driver();
  void *from = gpu.upload(std::vector<int>(64, 1)), *to = gpu.upload(std::vector<int>(64, 2));
  const int three = 3;
  EXPECT_EQ(ZE_CALL(library, zeCommandListAppendMemoryFill)(gpu.list, from, &three, 4, 256, nullptr, 0, nullptr), 0u);
  between();
  EXPECT_EQ(gpu.copy(to, from, 256), 0u);
  EXPECT_EQ(gpu.synchronize(), 0u);
  const bool saw = gpu.download<int>(to, 64) == std::vector<int>(64, 3);
  gpu.release(from);
  gpu.release(to);
  return saw;
}

TEST_F(FakeLevelZero, a_list_in_order_needs_no_barriers) {
  EXPECT_TRUE(copy_sees_fill(gpu(), [] {}));
}

TEST_F(FakeLevelZero, a_list_without_order_runs_commands_without_a_barrier_last_first) {
  start({{"modern", "0"}}, false);
  EXPECT_FALSE(copy_sees_fill(gpu(), [] {}));
  EXPECT_TRUE(copy_sees_fill(gpu(), [&] { gpu().barrier(); }));
}

TEST_F(FakeLevelZero, a_list_without_order_runs_in_order_when_told_to) {
  start({{"reorder", "0"}}, false);
  EXPECT_TRUE(copy_sees_fill(gpu(), [] {}));
}

TEST_F(FakeLevelZero, a_list_without_order_keeps_what_events_order) {
  start({{"modern", "0"}}, false);
  const auto pool = gpu().make_pool(1, false);
  const auto event = gpu().make_event(pool, 0);
  void *from = gpu().upload(std::vector<int>(64, 1)), *to = gpu().upload(std::vector<int>(64, 2));
  const int three = 3;
  auto waited = event;
  EXPECT_EQ(ZE(zeCommandListAppendMemoryFill)(gpu().list, from, &three, 4, 256, event, 0, nullptr), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendMemoryCopy)(gpu().list, to, from, 256, nullptr, 1, &waited), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
  EXPECT_EQ(gpu().download<int>(to, 64), std::vector<int>(64, 3));
  EXPECT_EQ(ZE(zeEventHostReset)(event), 0u);
  gpu().release(from);
  gpu().release(to);
  ZE(zeEventDestroy)(event);
  ZE(zeEventPoolDestroy)(pool);
}

TEST_F(FakeLevelZero, an_immediate_list_begins_without_a_flush) {
  start({{"modern", "0"}}, false);
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, gpu().done), 0u);
  while (ZE(zeEventQueryStatus)(gpu().done) == ze::ZE_RESULT_NOT_READY) std::this_thread::yield();
  EXPECT_EQ(ZE(zeEventHostReset)(gpu().done), 0u);
}

// ---- events ----

TEST_F(FakeLevelZero, a_list_waits_until_the_host_signals) {
  start({{"modern", "0"}}, false);
  const auto pool = gpu().make_pool(2, false);
  auto gate = gpu().make_event(pool, 0);
  const auto behind = gpu().make_event(pool, 1);
  EXPECT_EQ(ZE(zeCommandListAppendBarrier)(gpu().list, nullptr, 1, &gate), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, behind), 0u);
  EXPECT_EQ(ZE(zeEventHostSynchronize)(behind, 1000000), ze::ZE_RESULT_NOT_READY);
  EXPECT_EQ(ZE(zeEventQueryStatus)(behind), ze::ZE_RESULT_NOT_READY);
  EXPECT_EQ(ZE(zeEventHostSignal)(gate), 0u);
  EXPECT_EQ(ZE(zeEventHostSynchronize)(behind, kEver), 0u);
  EXPECT_EQ(ZE(zeEventQueryStatus)(behind), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
  for (const auto event : {gate, behind}) {
    EXPECT_EQ(ZE(zeEventHostReset)(event), 0u);
    EXPECT_EQ(ZE(zeEventQueryStatus)(event), ze::ZE_RESULT_NOT_READY);
    ZE(zeEventDestroy)(event);
  }
  ZE(zeEventPoolDestroy)(pool);
}

TEST_F(FakeLevelZero, a_wait_stays_on_the_signal_that_it_saw_of_an_event_that_counts) {
  const auto pool = gpu().make_pool(1, true), gates = gpu().make_pool(2, false);
  auto event = gpu().make_event(pool, 0), first = gpu().make_event(gates, 0), second = gpu().make_event(gates, 1);
  EXPECT_EQ(ZE(zeEventQueryStatus)(event), 0u) << "never recorded";
  const auto other = gpu().make_list(true);
  EXPECT_EQ(ZE(zeCommandListAppendBarrier)(gpu().list, nullptr, 1, &first), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, event), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendBarrier)(other, nullptr, 1, &event), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendBarrier)(gpu().list, nullptr, 1, &second), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, event), 0u);
  EXPECT_EQ(ZE(zeEventHostSignal)(first), 0u);
  EXPECT_EQ(ZE(zeCommandListHostSynchronize)(other, kEver), 0u) << "it waits for the first signal alone";
  EXPECT_EQ(ZE(zeEventQueryStatus)(event), ze::ZE_RESULT_NOT_READY);
  EXPECT_EQ(ZE(zeCommandListHostSynchronize)(gpu().list, 1000000), ze::ZE_RESULT_NOT_READY);
  EXPECT_EQ(ZE(zeEventHostSignal)(second), 0u);
  EXPECT_EQ(ZE(zeCommandListHostSynchronize)(gpu().list, kEver), 0u);
  EXPECT_EQ(ZE(zeEventQueryStatus)(event), 0u);
  ZE(zeCommandListDestroy)(other);
  for (const auto each : {event, first, second}) ZE(zeEventDestroy)(each);
  ZE(zeEventPoolDestroy)(pool);
  ZE(zeEventPoolDestroy)(gates);
}

TEST_F(FakeLevelZero, timestamps_count_in_the_devices_ticks_and_wrap) {
  start({{"timer", "1000000"}, {"timestamp_bits", "28"}});
  ASSERT_EQ(properties(gpu().device, ze::ZE_STRUCTURE_TYPE_DEVICE_PROPERTIES_1_2).timerResolution, 1000000u);
  ASSERT_EQ(properties(gpu().device).timerResolution, 1000u) << "in nanoseconds";
  ASSERT_EQ(properties(gpu().device).timestampValidBits, 28u);
  const ze::ze_host_mem_alloc_desc_t description = {ze::ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC, nullptr, 0};
  void* memory = nullptr;
  ASSERT_EQ(ZE(zeMemAllocHost)(gpu().context, &description, 16, 8, &memory), 0u);
  auto* ticks = static_cast<uint64_t*>(memory);
  EXPECT_EQ(ZE(zeCommandListAppendWriteGlobalTimestamp)(gpu().list, ticks, nullptr, 0, nullptr), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_EQ(ZE(zeCommandListAppendWriteGlobalTimestamp)(gpu().list, ticks + 1, nullptr, 0, nullptr), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
  EXPECT_LT(ticks[0], 1u << 28);
  EXPECT_GE((ticks[1] - ticks[0]) & 0xFFFFFFF, 2000u);
  gpu().release(memory);
}

// ---- memory ----

TEST_F(FakeLevelZero, tells_what_memory_is) {
  const ze::ze_device_mem_alloc_desc_t on_device = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
  const ze::ze_host_mem_alloc_desc_t on_host = {ze::ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC, nullptr, 0};
  void *device = gpu().allocate(100), *host = nullptr, *shared = nullptr;
  ASSERT_EQ(ZE(zeMemAllocHost)(gpu().context, &on_host, 100, 4096, &host), 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(host) % 4096, 0u);
  ASSERT_EQ(ZE(zeMemAllocShared)(gpu().context, &on_device, &on_host, 100, 0, gpu().device, &shared), 0u);
  const auto type_of = [&](const void* memory, ze::ze_device_handle_t expected) {
    ze::ze_memory_allocation_properties_t found = {};
    found.stype = ze::ZE_STRUCTURE_TYPE_MEMORY_ALLOCATION_PROPERTIES;
    ze::ze_device_handle_t of = nullptr;
    EXPECT_EQ(ZE(zeMemGetAllocProperties)(gpu().context, memory, &found, &of), 0u);
    EXPECT_EQ(of, expected);
    return found.type;
  };
  int plain = 0;
  EXPECT_EQ(type_of(static_cast<char*>(device) + 50, gpu().device), ze::ZE_MEMORY_TYPE_DEVICE);
  EXPECT_EQ(type_of(host, nullptr), ze::ZE_MEMORY_TYPE_HOST);
  EXPECT_EQ(type_of(shared, gpu().device), ze::ZE_MEMORY_TYPE_SHARED);
  EXPECT_EQ(type_of(&plain, nullptr), ze::ZE_MEMORY_TYPE_UNKNOWN);
  for (void* memory : {device, host, shared}) gpu().release(memory);
}

TEST_F(FakeLevelZero, runs_out_of_memory) {
  start({{"memory", "1000000"}});
  const ze::ze_device_mem_alloc_desc_t on_device = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
  void *first = gpu().allocate(600000), *second = nullptr;
  EXPECT_EQ(ZE(zeMemAllocDevice)(gpu().context, &on_device, 600000, 64, gpu().device, &second),
            ze::ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY);
  EXPECT_EQ(ZE(zeMemAllocDevice)(gpu().context, &on_device, 2000000, 64, gpu().device, &second),
            ze::ZE_RESULT_ERROR_UNSUPPORTED_SIZE);
  gpu().release(first);
}

// ---- orders ----

TEST_F(FakeLevelZero, fails_a_call_when_it_is_told_to) {
  driver().configure("fail", "zeMemAllocDevice 2 0x70000003");
  void* first = gpu().allocate(16);
  const ze::ze_device_mem_alloc_desc_t on_device = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
  void* second = nullptr;
  EXPECT_EQ(ZE(zeMemAllocDevice)(gpu().context, &on_device, 16, 0, gpu().device, &second),
            ze::ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY);
  gpu().release(first);
  driver().configure("fail_from", "zeMemFree 1 0x70000001");
  void* third = gpu().allocate(16);
  EXPECT_EQ(ZE(zeMemFree)(gpu().context, third), ze::ZE_RESULT_ERROR_DEVICE_LOST) << "it is freed all the same";
}

TEST_F(FakeLevelZero, a_lost_device_answers_so_from_then_on) {
  NEED_SPIRV();
  const auto module = gpu().build("kernel void one(global int* x) { x[0] = 1; }");
  void* x = gpu().allocate(4);
  const auto kernel = gpu().make_kernel(module, "one");
  driver().configure("lose_from_launch", "1 0x70000001");
  const unsigned one[] = {1, 1, 1};
  EXPECT_EQ(gpu().launch(kernel, one, one, {ze_argument(x)}), 0u);
  EXPECT_EQ(gpu().synchronize(), ze::ZE_RESULT_ERROR_DEVICE_LOST);
  EXPECT_EQ(gpu().copy(x, x, 4), ze::ZE_RESULT_ERROR_DEVICE_LOST);
  gpu().release(x);
  ZE(zeKernelDestroy)(kernel);
  ZE(zeModuleDestroy)(module);
}

}  // namespace
}  // namespace halyard::test
