// What a plugin may not do to its host: give half a table, or declare what it has no functions or no limits for.
#include <gtest/gtest.h>

#include "runtime/core/backend.hpp"
#include "runtime/core/identity.hpp"
#include "runtime/kernels/cache.hpp"
#include "runtime/worker/worker.hpp"
#include "tests/drivers/template_table.hpp"

namespace halyard::core {
namespace {

hy_backend template_table() { return *halyard_template_query(HY_ABI_VERSION, nullptr); }

void add_kernels(hy_backend& table) {
  table.image_rank = [](hy_b_device*, const hy_b_image*) -> uint32_t { return 0; };
  table.module_load = [](hy_b_device*, const hy_b_image*, hy_b_module**, hy_error*) -> hy_status {
    return HY_UNSUPPORTED;
  };
  table.module_unload = [](hy_b_module*) {};
  table.kernel_create = [](hy_b_module*, const hy_signature*, hy_b_kernel**, hy_b_kernel_info*,
                           hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  table.kernel_destroy = [](hy_b_kernel*) {};
  table.kernel_bind = [](hy_b_kernel*, hy_b_stream*, hy_b_bound**, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  table.bound_destroy = [](hy_b_bound*) {};
  table.launch = [](hy_b_bound*, const hy_b_grid*, const hy_b_arg*, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
}

TEST(BackendTable, TheFunctionsForKernelsAreAllThereOrNone) {
  hy_error error{};
  hy_backend table = template_table();
  EXPECT_NE(normalise(&table, "p", &error), nullptr) << error.message;
  table.kernel_create = [](hy_b_module*, const hy_signature*, hy_b_kernel**, hy_b_kernel_info*,
                           hy_error*) -> hy_status { return HY_OK; };
  EXPECT_EQ(normalise(&table, "p", &error), nullptr);
  add_kernels(table);
  EXPECT_NE(normalise(&table, "p", &error), nullptr) << error.message;
  table.image_rank = nullptr;
  EXPECT_EQ(normalise(&table, "p", &error), nullptr);
}

TEST(BackendTable, TheFunctionsForPeersAreAllThereOrNone) {
  hy_error error{};
  hy_backend table = template_table();
  ASSERT_EQ(table.peer_query, nullptr);
  table.peer_query = [](hy_b_device*, hy_b_device*, hy_peer_access*, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  EXPECT_EQ(normalise(&table, "p", &error), nullptr);
  table.peer_enable = [](hy_b_device*, hy_b_device*, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  EXPECT_EQ(normalise(&table, "p", &error), nullptr);
  table.peer_copy = [](hy_b_stream*, hy_b_device*, const hy_b_memory*, uint64_t, hy_b_device*, const hy_b_memory*,
                       uint64_t, uint64_t, hy_error*) -> hy_status { return HY_UNSUPPORTED; };
  EXPECT_NE(normalise(&table, "p", &error), nullptr) << error.message;
}

// The capabilities that are left of all, for this table and these limits.
hy_capabilities left(const hy_backend& table, std::uint64_t grid, std::uint32_t workgroup, std::uint32_t items) {
  Config config;
  hy_runtime runtime;
  runtime.host.start(&config);
  hy_device device;
  device.runtime = &runtime;
  device.table = &table;
  device.info.capabilities = ~0ull;
  for (int d = 0; d < 3; ++d) device.info.max_grid[d] = grid;
  for (int d = 0; d < 3; ++d) device.info.max_workgroup[d] = workgroup;
  device.info.max_workgroup_items = items;
  settle_info(device);
  return device.info.capabilities;
}

TEST(BackendTable, ADeviceWithALimitOfZeroLaunchesNoKernels) {
  hy_backend table = template_table();
  add_kernels(table);
  EXPECT_NE(left(table, 1, 1, 1) & HY_CAP_KERNELS, 0u);
  EXPECT_EQ(left(table, 0, 1, 1) & HY_CAP_KERNELS, 0u) << "a grid would be split for ever";
  EXPECT_EQ(left(table, 1, 0, 1) & HY_CAP_KERNELS, 0u);
  EXPECT_EQ(left(table, 1, 1, 0) & HY_CAP_KERNELS, 0u);
}

TEST(BackendTable, WhatHasNoFunctionIsNotDeclared) {
  hy_backend table = template_table();
  add_kernels(table);
  table.point_elapsed = nullptr;
  table.stream_host_function = nullptr;
  table.compile = nullptr;
  table.device_native = nullptr;
  table.memory_native = nullptr;
  table.stream_native = nullptr;
  table.device_wrap = nullptr;
  table.memory_wrap = nullptr;
  table.stream_wrap = nullptr;
  const hy_capabilities all = left(table, 1, 1, 1);
  EXPECT_EQ(all & (HY_CAP_TIMED_POINTS | HY_CAP_HOST_FUNCTIONS | HY_CAP_RUNTIME_COMPILE | HY_CAP_NATIVE_OUT |
                   HY_CAP_NATIVE_IN),
            0u);
  EXPECT_NE(all & HY_CAP_KERNELS, 0u);
}

}  // namespace
}  // namespace halyard::core
