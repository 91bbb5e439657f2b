// The fake Level Zero driver notes each way of calling it wrongly.
#include <thread>

#include "tests/drivers/fake_level_zero_fixture.hpp"

namespace halyard::test {
namespace {

constexpr unsigned kOne[] = {1, 1, 1};

// With an event of a pool, and a gate that holds up lists until it is opened.
class FakeLevelZeroMisuse : public FakeLevelZero {
 protected:
  void SetUp() override {
    FakeLevelZero::SetUp();
    make_events();
  }
  void TearDown() override {
    drop_events();
    FakeLevelZero::TearDown();
  }
  void make_events() {
    events_ = gpu().make_pool(4, false);
    event_ = gpu().make_event(events_, 0);
    gate_ = gpu().make_event(events_, 1);
  }
  void drop_events() {
    ZE(zeEventDestroy)(event_);
    ZE(zeEventDestroy)(gate_);
    ZE(zeEventPoolDestroy)(events_);
  }
  // What is appended from here on waits until open_gate().
  void close_gate() { EXPECT_EQ(ZE(zeCommandListAppendBarrier)(gpu().list, nullptr, 1, &gate_), 0u); }
  void open_gate() {
    EXPECT_EQ(ZE(zeEventHostSignal)(gate_), 0u);
    EXPECT_EQ(gpu().synchronize(), 0u);
  }
  struct Loaded {
    ze::ze_module_handle_t module = nullptr;
    ze::ze_kernel_handle_t kernel = nullptr;
  };
  Loaded load_add() {
    Loaded made;
    made.module = gpu().build(
        "kernel void add(global int* x, int v) { x[get_global_id(0)] += v; }\n"
        "kernel __attribute__((reqd_work_group_size(8, 1, 1))) void eight(global int* x) { x[0] = 1; }\n");
    made.kernel = gpu().make_kernel(made.module, "add");
    return made;
  }
  void unload(const Loaded& loaded) {
    ZE(zeKernelDestroy)(loaded.kernel);
    ZE(zeModuleDestroy)(loaded.module);
  }
  unsigned append(ze::ze_kernel_handle_t kernel, ze::ze_command_list_handle_t list) {
    const ze::ze_group_count_t groups = {1, 1, 1};
    return ZE(zeCommandListAppendLaunchKernel)(list, kernel, &groups, nullptr, 0, nullptr);
  }

  ze::ze_event_pool_handle_t events_ = nullptr;
  ze::ze_event_handle_t event_ = nullptr, gate_ = nullptr;
};

// ---- handles and descriptions ----

TEST_F(FakeLevelZeroMisuse, calls_before_the_beginning) {
  drop_events();
  gpu().close();
  driver().configure("restart", "");
  uint32_t count = 0;
  EXPECT_EQ(ZE(zeDriverGet)(&count, nullptr), ze::ZE_RESULT_ERROR_UNINITIALIZED);
  expect_misuse("zeDriverGet was called before zeInit");
  start({});
  make_events();
}

TEST_F(FakeLevelZeroMisuse, handles_that_are_none_or_of_another_kind_or_destroyed) {
  EXPECT_NE(ZE(zeEventQueryStatus)(nullptr), 0u);
  expect_misuse("is no event");
  EXPECT_NE(ZE(zeEventQueryStatus)(reinterpret_cast<ze::ze_event_handle_t>(gpu().list)), 0u);
  expect_misuse("zeEventQueryStatus got a command list where it takes a event");
  const auto gone = gpu().make_event(events_, 2);
  EXPECT_EQ(ZE(zeEventDestroy)(gone), 0u);
  EXPECT_NE(ZE(zeEventDestroy)(gone), 0u);
  expect_misuse("zeEventDestroy got a event that was destroyed already");
}

TEST_F(FakeLevelZeroMisuse, structures_of_the_wrong_type_or_with_something_chained) {
  ze::ze_device_compute_properties_t properties = {};
  EXPECT_NE(ZE(zeDeviceGetComputeProperties)(gpu().device, &properties), 0u);
  expect_misuse("zeDeviceGetComputeProperties: out has the wrong type");
  properties.stype = ze::ZE_STRUCTURE_TYPE_DEVICE_COMPUTE_PROPERTIES;
  properties.pNext = &properties;
  EXPECT_NE(ZE(zeDeviceGetComputeProperties)(gpu().device, &properties), 0u);
  expect_misuse("something chained");
  ze::ze_context_desc_t description = {};
  ze::ze_context_handle_t context = nullptr;
  EXPECT_NE(ZE(zeContextCreate)(gpu().vendor, &description, &context), 0u);
  expect_misuse("zeContextCreate: description has the wrong type");
}

TEST_F(FakeLevelZeroMisuse, lists_in_order_and_events_that_count_on_an_old_driver) {
  drop_events();
  start({{"modern", "0"}}, false);
  make_events();
  ze::ze_command_queue_desc_t description = {};
  description.stype = ze::ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC;
  description.flags = ze::ZE_COMMAND_QUEUE_FLAG_IN_ORDER;
  ze::ze_command_list_handle_t list = nullptr;
  EXPECT_NE(ZE(zeCommandListCreateImmediate)(gpu().context, gpu().device, &description, &list), 0u);
  expect_misuse("with flags 2");
  const ze::ze_event_pool_counter_based_exp_desc_t chained = {ze::ZE_STRUCTURE_TYPE_COUNTER_BASED_EVENT_POOL_EXP_DESC,
                                                              nullptr, 1};
  const ze::ze_event_pool_desc_t pool = {ze::ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, &chained, 1, 1};
  ze::ze_event_pool_handle_t made = nullptr;
  EXPECT_NE(ZE(zeEventPoolCreate)(gpu().context, &pool, 0, nullptr, &made), 0u);
  expect_misuse("something is chained");
  EXPECT_NE(ZE(zeCommandListHostSynchronize)(gpu().list, 0), 0u);
  expect_misuse("too old");
}

// ---- events ----

TEST_F(FakeLevelZeroMisuse, an_event_that_is_signalled_again_without_a_reset) {
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, event_), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
  EXPECT_EQ(driver().misuses(), "");
  ZE(zeCommandListAppendSignalEvent)(gpu().list, event_);
  expect_misuse("zeCommandListAppendSignalEvent signals an event that was not reset");
  EXPECT_EQ(gpu().synchronize(), 0u);
  ZE(zeEventHostSignal)(event_);
  expect_misuse("zeEventHostSignal of an event that was not reset");
  EXPECT_EQ(ZE(zeEventHostReset)(event_), 0u);
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, event_), 0u);
  EXPECT_EQ(gpu().synchronize(), 0u);
}

TEST_F(FakeLevelZeroMisuse, an_event_that_is_reset_while_a_wait_is_outstanding) {
  close_gate();
  ZE(zeEventHostReset)(gate_);
  expect_misuse("zeEventHostReset while 0 commands will signal the event and 1 wait for it");
  // The wait stays on what it saw, so that the list would never go on: it is dropped.
  ZE(zeCommandListDestroy)(gpu().list);
  expect_misuse("zeCommandListDestroy while work of the list is outstanding");
  gpu().list = gpu().make_list(true);
}

TEST_F(FakeLevelZeroMisuse, an_event_that_is_reset_or_destroyed_while_a_command_will_signal_it) {
  close_gate();
  EXPECT_EQ(ZE(zeCommandListAppendSignalEvent)(gpu().list, event_), 0u);
  ZE(zeEventHostReset)(event_);
  expect_misuse("zeEventHostReset while 1 commands will signal the event");
  ZE(zeEventDestroy)(event_);
  expect_misuse("zeEventDestroy while 1 commands will signal it");
  open_gate();
  event_ = gpu().make_event(events_, 0);
}

TEST_F(FakeLevelZeroMisuse, an_event_that_counts_is_neither_reset_nor_signalled_by_the_host) {
  const auto pool = gpu().make_pool(1, true);
  const auto event = gpu().make_event(pool, 0);
  EXPECT_NE(ZE(zeEventHostReset)(event), 0u);
  expect_misuse("zeEventHostReset of an event that counts");
  EXPECT_NE(ZE(zeEventHostSignal)(event), 0u);
  expect_misuse("zeEventHostSignal of an event that counts");
  const auto list = gpu().make_list(false);
  EXPECT_NE(ZE(zeCommandListAppendSignalEvent)(list, event), 0u);
  expect_misuse("an event that counts in a list without order");
  ZE(zeCommandListDestroy)(list);
  ZE(zeEventDestroy)(event);
  ZE(zeEventPoolDestroy)(pool);
}

TEST_F(FakeLevelZeroMisuse, places_of_a_pool_that_are_taken_or_beyond_it) {
  const ze::ze_event_desc_t taken = {ze::ZE_STRUCTURE_TYPE_EVENT_DESC, nullptr, 1, 0, 0};
  const ze::ze_event_desc_t beyond = {ze::ZE_STRUCTURE_TYPE_EVENT_DESC, nullptr, 4, 0, 0};
  ze::ze_event_handle_t made = nullptr;
  EXPECT_NE(ZE(zeEventCreate)(events_, &taken, &made), 0u);
  expect_misuse("place 1 of the pool is taken");
  EXPECT_NE(ZE(zeEventCreate)(events_, &beyond, &made), 0u);
  expect_misuse("place 4 of a pool for 4");
}

TEST_F(FakeLevelZeroMisuse, a_pool_that_is_destroyed_before_its_events) {
  const auto pool = gpu().make_pool(1, false);
  const auto event = gpu().make_event(pool, 0);
  ZE(zeEventPoolDestroy)(pool);
  expect_misuse("zeEventPoolDestroy: 1 events of it are left");
  ZE(zeEventDestroy)(event);
}

TEST_F(FakeLevelZeroMisuse, an_event_that_the_host_asks_for_and_cannot_see) {
  const ze::ze_event_pool_desc_t description = {ze::ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, nullptr, 0, 1};
  ze::ze_event_pool_handle_t pool = nullptr;
  EXPECT_EQ(ZE(zeEventPoolCreate)(gpu().context, &description, 0, nullptr, &pool), 0u);
  const auto event = gpu().make_event(pool, 0);
  EXPECT_NE(ZE(zeEventQueryStatus)(event), 0u);
  expect_misuse("that the host does not see");
  ZE(zeEventDestroy)(event);
  ZE(zeEventPoolDestroy)(pool);
}

// ---- lists and memory ----

TEST_F(FakeLevelZeroMisuse, a_list_that_is_destroyed_with_work_outstanding) {
  const auto list = gpu().make_list(true);
  EXPECT_EQ(ZE(zeCommandListAppendBarrier)(list, nullptr, 1, &gate_), 0u);
  ZE(zeCommandListDestroy)(list);
  expect_misuse("zeCommandListDestroy while work of the list is outstanding");
}

TEST_F(FakeLevelZeroMisuse, a_list_that_two_threads_use_at_once) {
  ze::ze_command_queue_desc_t description = {};
  description.stype = ze::ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC;
  description.flags = ze::ZE_COMMAND_QUEUE_FLAG_IN_ORDER;
  description.mode = ze::ZE_COMMAND_QUEUE_MODE_SYNCHRONOUS;
  ze::ze_command_list_handle_t list = nullptr;
  ASSERT_EQ(ZE(zeCommandListCreateImmediate)(gpu().context, gpu().device, &description, &list), 0u);
  // It stays inside the call until the gate is opened, which happens once the misuse is seen.
  std::thread first([&] { EXPECT_EQ(ZE(zeCommandListAppendBarrier)(list, nullptr, 1, &gate_), 0u); });
  std::thread opener([&] {
    while (driver().misuses().empty()) std::this_thread::yield();
    EXPECT_EQ(ZE(zeEventHostSignal)(gate_), 0u);
  });
  while (driver().misuses().empty()) {
    EXPECT_EQ(ZE(zeCommandListAppendBarrier)(list, nullptr, 0, nullptr), 0u);
  }
  first.join();
  opener.join();
  expect_misuse("another thread uses the command list at the same time");
  ZE(zeCommandListDestroy)(list);
}

TEST_F(FakeLevelZeroMisuse, memory_that_is_freed_while_a_command_uses_it) {
  void *to = gpu().allocate(64), *from = gpu().upload(std::vector<char>(64, 1));
  close_gate();
  EXPECT_EQ(gpu().copy(to, from, 64), 0u);
  std::thread later([&] {
    while (driver().misuses().empty()) std::this_thread::yield();
    EXPECT_EQ(ZE(zeEventHostSignal)(gate_), 0u);
  });
  EXPECT_EQ(ZE(zeMemFree)(gpu().context, from), 0u);
  later.join();
  expect_misuse("zeMemFree of 64 bytes that work in a stream uses");
  EXPECT_EQ(gpu().synchronize(), 0u);
  gpu().release(to);
}

TEST_F(FakeLevelZeroMisuse, memory_that_is_freed_twice_or_was_never_given_out) {
  void* memory = gpu().allocate(64);
  gpu().release(memory);
  EXPECT_NE(ZE(zeMemFree)(gpu().context, memory), 0u);
  expect_misuse("zeMemFree");
  int plain = 0;
  EXPECT_NE(ZE(zeMemFree)(gpu().context, &plain), 0u);
  expect_misuse("begins no allocation");
}

TEST_F(FakeLevelZeroMisuse, sizes_and_alignments_that_are_none) {
  const ze::ze_device_mem_alloc_desc_t description = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
  void* memory = nullptr;
  EXPECT_NE(ZE(zeMemAllocDevice)(gpu().context, &description, 0, 64, gpu().device, &memory), 0u);
  expect_misuse("zeMemAllocDevice of 0 bytes");
  EXPECT_NE(ZE(zeMemAllocDevice)(gpu().context, &description, 64, 48, gpu().device, &memory), 0u);
  expect_misuse("aligned to 48");
}

TEST_F(FakeLevelZeroMisuse, copies_and_fills_beyond_an_allocation) {
  void* memory = gpu().allocate(64);
  char host[128] = {};
  EXPECT_NE(gpu().copy(memory, host, 65), 0u);
  expect_misuse("65 bytes at");
  const char pattern[4] = {};
  const auto fill = [&](size_t pattern_bytes, size_t bytes) {
    return ZE(zeCommandListAppendMemoryFill)(gpu().list, memory, pattern, pattern_bytes, bytes, nullptr, 0, nullptr);
  };
  EXPECT_NE(fill(4, 68), 0u);
  expect_misuse("68 bytes at");
  EXPECT_NE(fill(3, 63), 0u);
  expect_misuse("with a pattern of 3 bytes");
  EXPECT_NE(fill(4, 62), 0u);
  expect_misuse("zeCommandListAppendMemoryFill of 62 bytes");
  gpu().release(memory);
}

TEST_F(FakeLevelZeroMisuse, memory_of_a_device_that_is_no_peer) {
  drop_events();
  start({{"devices", "2"}, {"peers", "0"}});
  make_events();
  const ze::ze_device_mem_alloc_desc_t description = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
  void *here = gpu().allocate(64), *there = nullptr;
  EXPECT_EQ(ZE(zeMemAllocDevice)(gpu().context, &description, 64, 0, devices()[1], &there), 0u);
  EXPECT_NE(gpu().copy(here, there, 64), 0u);
  expect_misuse("is memory of another context");
  gpu().release(here);
  gpu().release(there);
}

TEST_F(FakeLevelZeroMisuse, what_is_left_in_a_context) {
  const ze::ze_context_desc_t description = {ze::ZE_STRUCTURE_TYPE_CONTEXT_DESC, nullptr, 0};
  ze::ze_context_handle_t context = nullptr;
  ASSERT_EQ(ZE(zeContextCreate)(gpu().vendor, &description, &context), 0u);
  const ze::ze_event_pool_desc_t pool = {ze::ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, nullptr, 1, 1};
  ze::ze_event_pool_handle_t made = nullptr;
  ASSERT_EQ(ZE(zeEventPoolCreate)(context, &pool, 0, nullptr, &made), 0u);
  void* memory = nullptr;
  const ze::ze_host_mem_alloc_desc_t on_host = {ze::ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC, nullptr, 0};
  ASSERT_EQ(ZE(zeMemAllocHost)(context, &on_host, 100, 0, &memory), 0u);
  EXPECT_NE(ZE(zeMemFree)(gpu().context, memory), 0u);
  expect_misuse("is memory of another context");
  ZE(zeContextDestroy)(context);
  const std::string noted = driver().misuses();
  EXPECT_NE(noted.find("a event pool was left in the context"), std::string::npos) << noted;
  EXPECT_NE(noted.find("100 bytes were left in the context"), std::string::npos) << noted;
  driver().configure("misuses", "");
  ZE(zeEventPoolDestroy)(made);
  drop_events();
  gpu().context = nullptr;
  start({});
  make_events();
}

// ---- kernels ----

TEST_F(FakeLevelZeroMisuse, arguments_of_the_wrong_size_or_number_or_left_out) {
  NEED_SPIRV();
  const Loaded add = load_add();
  void* x = gpu().allocate(64);
  const int one = 1;
  EXPECT_NE(ZE(zeKernelSetArgumentValue)(add.kernel, 2, 4, &one), 0u);
  expect_misuse("argument 2 of add, which takes 2");
  EXPECT_NE(ZE(zeKernelSetArgumentValue)(add.kernel, 1, 8, &x), 0u);
  expect_misuse("8 bytes for argument 1 of add, which has 4");
  EXPECT_NE(append(add.kernel, gpu().list), 0u);
  expect_misuse("add: no group size was set");
  EXPECT_EQ(ZE(zeKernelSetGroupSize)(add.kernel, 1, 1, 1), 0u);
  EXPECT_EQ(ZE(zeKernelSetArgumentValue)(add.kernel, 0, 8, &x), 0u);
  EXPECT_NE(append(add.kernel, gpu().list), 0u);
  expect_misuse("add: argument 1 was not set");
  gpu().release(x);
  unload(add);
}

TEST_F(FakeLevelZeroMisuse, a_pointer_into_no_allocation) {
  NEED_SPIRV();
  const Loaded add = load_add();
  int plain = 0;
  EXPECT_NE(gpu().launch(add.kernel, kOne, kOne, {ze_argument(&plain), ze_argument(1)}), 0u);
  expect_misuse("argument 0 of add");
  unload(add);
}

TEST_F(FakeLevelZeroMisuse, workgroups_of_another_size_than_the_kernels) {
  NEED_SPIRV();
  const Loaded add = load_add();
  const auto eight = gpu().make_kernel(add.module, "eight");
  EXPECT_NE(ZE(zeKernelSetGroupSize)(eight, 4, 1, 1), 0u);
  expect_misuse("4 x 1 x 1 items, and eight was compiled for 8 x 1 x 1");
  EXPECT_NE(ZE(zeKernelSetGroupSize)(add.kernel, 1024, 2, 1), 0u);
  expect_misuse("1024 x 2 x 1 items");
  EXPECT_NE(ZE(zeKernelSetGroupSize)(add.kernel, 0, 1, 1), 0u);
  expect_misuse("0 x 1 x 1 items");
  ZE(zeKernelDestroy)(eight);
  unload(add);
}

TEST_F(FakeLevelZeroMisuse, a_kernel_that_two_lists_use_at_once_or_that_is_destroyed_while_it_runs) {
  NEED_SPIRV();
  const Loaded add = load_add();
  void* x = gpu().upload(std::vector<int>(1, 0));
  const auto other = gpu().make_list(true);
  close_gate();
  EXPECT_EQ(gpu().launch(add.kernel, kOne, kOne, {ze_argument(x), ze_argument(1)}), 0u);
  EXPECT_EQ(append(add.kernel, gpu().list), 0u) << "twice in one list is right";
  EXPECT_NE(append(add.kernel, other), 0u);
  expect_misuse("add, which runs in another list");
  ZE(zeKernelDestroy)(add.kernel);
  expect_misuse("zeKernelDestroy of add while it runs");
  open_gate();
  EXPECT_EQ(gpu().download<int>(x, 1)[0], 2);
  gpu().release(x);
  ZE(zeCommandListDestroy)(other);
  ZE(zeModuleDestroy)(add.module);
}

TEST_F(FakeLevelZeroMisuse, a_module_that_is_destroyed_before_its_kernels) {
  NEED_SPIRV();
  const Loaded add = load_add();
  ZE(zeModuleDestroy)(add.module);
  expect_misuse("zeModuleDestroy while its kernel add is left");
  ZE(zeKernelDestroy)(add.kernel);
}

}  // namespace
}  // namespace halyard::test
