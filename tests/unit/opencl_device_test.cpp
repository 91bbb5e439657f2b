// The opencl backend's table on a real driver (PoCL where no other is installed), without the runtime above it.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <thread>
#include <vector>

#include "tests/unit/opencl_fixture.hpp"

namespace halyard::test {
namespace {

using OpenClDevice = OpenClFixture;

constexpr char kAddSource[] =
    "__kernel void add(__global const float* x, ulong hy_off_x, __global float* y, ulong hy_off_y, float a, uint n,\n"
    "                  const ulong8 hy_grid) {\n"
    "  x = (__global const float*)((__global const char*)x + hy_off_x);\n"
    "  y = (__global float*)((__global char*)y + hy_off_y);\n"
    "  ulong i = (hy_grid.s0 + get_group_id(0)) * get_local_size(0) + get_local_id(0);\n"
    "  if (i < n) y[i] = y[i] + a * x[i];\n"
    "}\n"
    "__kernel void where(__global ulong* y, ulong hy_off_y, const ulong8 hy_grid) {\n"
    "  ulong x = hy_grid.s0 + get_group_id(0), r = hy_grid.s1 + get_group_id(1), z = hy_grid.s2 + get_group_id(2);\n"
    "  if (get_local_id(0) == 0) {\n"
    "    ulong at = (z * hy_grid.s5 + r) * hy_grid.s4 + x;\n"
    "    y[hy_off_y / 8 + at] = at + hy_grid.s6 * 1000000;\n"
    "  }\n"
    "}\n";

const hy_param kAddParams[] = {{HY_PARAM_IN, HY_F32, "x"},
                               {HY_PARAM_INOUT, HY_F32, "y"},
                               {HY_PARAM_VALUE, HY_F32, "a"},
                               {HY_PARAM_VALUE, HY_U32, "n"}};
const hy_signature kAdd = {"add", kAddParams, 4, 0};
const hy_param kWhereParams[] = {{HY_PARAM_OUT, HY_U64, "y"}};
const hy_signature kWhere = {"where", kWhereParams, 1, 0};

hy_b_grid grid_of(uint64_t x, uint64_t y, uint64_t z, uint32_t items) {
  return {{0, 0, 0}, {x, y, z}, {x, y, z}, {items, 1, 1}, 0};
}

TEST_F(OpenClDevice, SaysWhatItIsWithPlausibleLimits) {
  EXPECT_STRNE("", info_.name);
  EXPECT_STRNE("", info_.vendor);
  EXPECT_STRNE("", info_.driver_version);
  EXPECT_GT(info_.memory_bytes, 0u);
  EXPECT_GT(info_.max_allocation_bytes, 0u);
  EXPECT_GE(info_.max_workgroup_items, 1u);
  EXPECT_GE(info_.subgroup_size, 1u);
  for (int d = 0; d < 3; ++d) {
    EXPECT_GE(info_.max_workgroup[d], 1u);
    EXPECT_GE(info_.max_grid[d], 65535u);
  }
  EXPECT_TRUE(info_.capabilities & HY_CAP_KERNELS);
}

TEST_F(OpenClDevice, FillsNoMoreOfTheInfoThanItsSizeSays) {
  hy_device_info info;
  std::memset(&info, 0x5a, sizeof info);
  info.size = offsetof(hy_device_info, memory_bytes);
  ASSERT_EQ(HY_OK, table_->device_info(instance_, 0, &info, &error_)) << error_.message;
  EXPECT_STREQ(info_.name, info.name);
  EXPECT_EQ(0x5a5a5a5a5a5a5a5aull, info.memory_bytes);
}

TEST_F(OpenClDevice, KeepsWhatIsWrittenAtEveryOffsetAndSize) {
  hy_b_memory memory = allocate(4096 + 64);
  hy_b_stream* stream = make_stream();
  for (uint64_t offset : {0, 1, 3, 4, 17, 64}) {
    for (uint64_t bytes : {1, 2, 5, 127, 4096}) {
      const std::vector<unsigned char> in = random_bytes(bytes);
      std::vector<unsigned char> out(bytes, 0xee);
      ASSERT_EQ(HY_OK, table_->copy_to_device(stream, &memory, offset, in.data(), bytes, HY_COPY_WAIT, &error_));
      ASSERT_EQ(HY_OK, table_->copy_to_host(stream, out.data(), &memory, offset, bytes, HY_COPY_WAIT, &error_));
      EXPECT_EQ(in, out) << "offset " << offset << ", " << bytes << " bytes";
    }
  }
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(OpenClDevice, CopiesOverlappingRangesAsIfThroughATemporary) {
  const uint64_t size = 40ull << 20;  // more than one piece of the temporary
  hy_b_memory memory = allocate(size);
  hy_b_stream* stream = make_stream();
  for (auto [to, from] : {std::pair<uint64_t, uint64_t>{1, 0}, {0, 1}, {4096, 0}, {0, 4096}, {0, 0}}) {
    std::vector<unsigned char> expected = random_bytes(size);
    ASSERT_EQ(HY_OK, table_->copy_to_device(stream, &memory, 0, expected.data(), size, HY_COPY_WAIT, &error_));
    const uint64_t bytes = size - std::max(to, from);
    ASSERT_EQ(HY_OK, table_->copy_on_device(stream, &memory, to, &memory, from, bytes, &error_)) << error_.message;
    std::memmove(expected.data() + to, expected.data() + from, bytes);
    EXPECT_TRUE(expected == read(stream, memory, 0, size)) << "from " << from << " to " << to;
  }
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(OpenClDevice, FillsWithPatternsOfEverySize) {
  hy_b_memory memory = allocate(1024);
  hy_b_stream* stream = make_stream();
  for (uint32_t pattern_bytes : {1u, 2u, 4u, 8u, 16u}) {
    const std::vector<unsigned char> before = random_bytes(1024), pattern = random_bytes(pattern_bytes);
    std::vector<unsigned char> expected = before;
    ASSERT_EQ(HY_OK, table_->copy_to_device(stream, &memory, 0, before.data(), 1024, HY_COPY_WAIT, &error_));
    const uint64_t offset = pattern_bytes * 3, bytes = pattern_bytes * 7;
    ASSERT_EQ(HY_OK, table_->fill(stream, &memory, offset, bytes, pattern.data(), pattern_bytes, &error_))
        << error_.message;
    for (uint64_t i = 0; i < bytes; ++i) expected[offset + i] = pattern[i % pattern_bytes];
    EXPECT_EQ(expected, read(stream, memory, 0, 1024));
  }
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(OpenClDevice, RefusesMoreMemoryThanThereIsWhenItIsAllocated) {
  hy_b_memory memory{};
  const hy_status status =
      table_->memory_allocate(device_, HY_MEMORY_DEVICE, info_.max_allocation_bytes + 1, &memory, &error_);
  EXPECT_EQ(HY_OUT_OF_MEMORY, status);
  EXPECT_NE(nullptr, std::strstr(error_.message, std::to_string(info_.max_allocation_bytes).c_str())) << error_.message;
  EXPECT_EQ(nullptr, memory.object);
}

TEST_F(OpenClDevice, CountsWhatIsInUseAgainstWhatTheDeviceHas) {
  std::vector<hy_b_memory> taken;
  hy_status status = HY_OK;
  const uint64_t piece = info_.max_allocation_bytes;
  while (taken.size() <= info_.memory_bytes / piece) {
    hy_b_memory memory{};
    status = table_->memory_allocate(device_, HY_MEMORY_DEVICE, piece, &memory, &error_);
    if (status != HY_OK) break;
    taken.push_back(memory);
  }
  EXPECT_EQ(HY_OUT_OF_MEMORY, status);
  for (hy_b_memory& memory : taken) table_->memory_free(device_, &memory);
  hy_b_memory memory = allocate(4096);  // what was given back can be had again
  table_->memory_free(device_, &memory);
}

TEST_F(OpenClDevice, GivesOneAddressToHostAndKernelsWhereItSaysSo) {
  if ((info_.capabilities & HY_CAP_SHARED_MEMORY) == 0) GTEST_SKIP() << "the device has no shared memory";
  hy_b_stream* stream = make_stream();
  hy_b_memory x{}, y{};
  ASSERT_EQ(HY_OK, table_->memory_allocate(device_, HY_MEMORY_SHARED, 256, &x, &error_)) << error_.message;
  ASSERT_EQ(HY_OK, table_->memory_allocate(device_, HY_MEMORY_PINNED, 256, &y, &error_)) << error_.message;
  ASSERT_NE(nullptr, x.host);
  ASSERT_NE(nullptr, y.host);
  auto* xs = static_cast<float*>(x.host);
  auto* ys = static_cast<float*>(y.host);
  for (int i = 0; i < 64; ++i) xs[i] = static_cast<float>(i), ys[i] = 1;
  LoadedKernel add = prepare(kAddSource, kAdd, stream);
  float a = 2;
  uint32_t n = 64;
  hy_b_arg args[] = {{&x, 0, nullptr, 0}, {&y, 0, nullptr, 0}, {nullptr, 0, &a, 4}, {nullptr, 0, &n, 4}};
  hy_b_grid grid = grid_of(1, 1, 1, 64);
  for (int round = 1; round <= 3; ++round) {  // the host writes and reads between launches, without any copy
    ASSERT_EQ(HY_OK, table_->launch(add.bound, &grid, args, &error_)) << error_.message;
    ASSERT_EQ(HY_OK, table_->stream_synchronize(stream, HY_FOREVER, &error_));
    for (int i = 0; i < 64; ++i) {
      ASSERT_EQ(1 + 2.0f * static_cast<float>(i), ys[i]) << round;
      ys[i] = 1;
    }
  }
  add.destroy();
  table_->memory_free(device_, &x);
  table_->memory_free(device_, &y);
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, LaunchesWithEveryArgumentAsItIsAtThatLaunch) {
  hy_b_stream* stream = make_stream();
  LoadedKernel add = prepare(kAddSource, kAdd, stream);
  hy_b_memory x = allocate(1024), y = allocate(1024), z = allocate(1024);
  std::vector<float> ones(256, 1), zeros(256, 0);
  ASSERT_EQ(HY_OK, table_->copy_to_device(stream, &x, 0, ones.data(), 1024, HY_COPY_WAIT, &error_));
  for (hy_b_memory* memory : {&y, &z}) {
    ASSERT_EQ(HY_OK, table_->copy_to_device(stream, memory, 0, zeros.data(), 1024, HY_COPY_WAIT, &error_));
  }
  const hy_b_grid grid = grid_of(4, 1, 1, 16);
  auto launch = [&](hy_b_memory& out, uint64_t offset, float a, uint32_t n) {
    hy_b_arg args[] = {{&x, 0, nullptr, 0}, {&out, offset, nullptr, 0}, {nullptr, 0, &a, 4}, {nullptr, 0, &n, 4}};
    ASSERT_EQ(HY_OK, table_->launch(add.bound, &grid, args, &error_)) << error_.message;
  };
  launch(y, 0, 1, 2);   // y[0..2] += 1
  launch(y, 0, 1, 2);   // unchanged arguments: again
  launch(z, 0, 1, 2);   // another buffer
  launch(z, 12, 1, 2);  // another offset
  launch(z, 12, 5, 2);  // another value
  launch(y, 0, 10, 1);  // back to the first
  const std::vector<unsigned char> ys = read(stream, y, 0, 1024), zs = read(stream, z, 0, 1024);
  const auto at = [](const std::vector<unsigned char>& bytes, int i) {
    float value;
    std::memcpy(&value, bytes.data() + i * 4, 4);
    return value;
  };
  EXPECT_EQ(12, at(ys, 0));
  EXPECT_EQ(2, at(ys, 1));
  EXPECT_EQ(0, at(ys, 2));
  EXPECT_EQ(1, at(zs, 0));
  EXPECT_EQ(1, at(zs, 1));
  EXPECT_EQ(0, at(zs, 2));
  EXPECT_EQ(6, at(zs, 3));
  EXPECT_EQ(6, at(zs, 4));
  EXPECT_EQ(0, at(zs, 5));
  add.destroy();
  for (hy_b_memory* memory : {&x, &y, &z}) table_->memory_free(device_, memory);
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, UsesANewBufferEvenIfTheDriverGivesItTheAddressOfAFreedOne) {
  hy_b_stream* stream = make_stream();
  LoadedKernel add = prepare(kAddSource, kAdd, stream);
  hy_b_memory x = allocate(64);
  const float one = 1;
  ASSERT_EQ(HY_OK, table_->fill(stream, &x, 0, 64, &one, 4, &error_));
  const float a = 1;
  const uint32_t n = 16;
  const hy_b_grid grid = grid_of(1, 1, 1, 16);
  for (int round = 0; round < 50; ++round) {
    hy_b_memory y = allocate(64);
    const uint32_t zero = 0;
    ASSERT_EQ(HY_OK, table_->fill(stream, &y, 0, 64, &zero, 4, &error_));
    hy_b_arg args[] = {{&x, 0, nullptr, 0}, {&y, 0, nullptr, 0}, {nullptr, 0, &a, 4}, {nullptr, 0, &n, 4}};
    ASSERT_EQ(HY_OK, table_->launch(add.bound, &grid, args, &error_)) << error_.message;
    float out[16] = {};
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, out, &y, 0, 64, HY_COPY_WAIT, &error_));
    for (float value : out) ASSERT_EQ(1, value) << round;
    table_->memory_free(device_, &y);
  }
  add.destroy();
  table_->memory_free(device_, &x);
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, NumbersGroupsOfThreeDimensionsAndOfPartsOfAGrid) {
  hy_b_stream* stream = make_stream();
  LoadedKernel where = prepare(kAddSource, kWhere, stream);
  const uint64_t total = 5 * 4 * 3;
  hy_b_memory y = allocate(8 * total);
  const uint64_t poison = ~0ull;
  ASSERT_EQ(HY_OK, table_->fill(stream, &y, 0, 8 * total, &poison, 8, &error_));
  for (uint64_t first = 0; first < 4; first += 2) {  // two parts in the second dimension
    const hy_b_grid grid = {{0, first, 0}, {5, 2, 3}, {5, 4, 3}, {2, 1, 1}, 0};
    hy_b_arg args[] = {{&y, 0, nullptr, 0}};
    ASSERT_EQ(HY_OK, table_->launch(where.bound, &grid, args, &error_)) << error_.message;
  }
  std::vector<uint64_t> out(total);
  ASSERT_EQ(HY_OK, table_->copy_to_host(stream, out.data(), &y, 0, 8 * total, HY_COPY_WAIT, &error_));
  for (uint64_t i = 0; i < total; ++i) EXPECT_EQ(i + 3000000, out[i]);
  where.destroy();
  table_->memory_free(device_, &y);
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, LaunchesTheWholeEntryJustForWholeGridsOnBuffersFromTheirBeginnings) {
  hy_b_stream* stream = make_stream();
  // Each entry says who it is.
  LoadedKernel tell = prepare(
      "__kernel void tell(__global ulong* y, ulong hy_off_y, const ulong8 hy_grid) { y[hy_off_y / 8] = hy_grid.s0; }\n"
      "__kernel void tell__hy_whole(__global ulong* y) { y[0] = 100; }\n",
      {"tell", kWhereParams, 1, 0}, stream);
  hy_b_memory y = allocate(64);
  struct {
    uint64_t offset, first, total, found;
    uint32_t serial;
  } const launches[] = {{0, 0, 1, 100, 1}, {0, 0, 1, 100, 1}, {8, 0, 1, 0, 1},   {0, 0, 1, 100, 1},
                        {0, 0, 2, 0, 2},   {0, 1, 2, 1, 3},   {0, 0, 1, 100, 4}, {0, 0, 2, 0, 3},
                        {0, 0, 1, 100, 0}, {0, 1, 2, 1, 0},   {0, 0, 1, 100, 0}};
  for (const auto& launch : launches) {
    const hy_b_grid grid = {{launch.first, 0, 0}, {1, 1, 1}, {launch.total, 1, 1}, {1, 1, 1}, launch.serial};
    hy_b_arg args[] = {{&y, launch.offset, nullptr, 0}};
    ASSERT_EQ(HY_OK, table_->launch(tell.bound, &grid, args, &error_)) << error_.message;
    uint64_t found = 0;
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, &found, &y, launch.offset, 8, HY_COPY_WAIT, &error_));
    EXPECT_EQ(launch.found, found) << launch.offset << " " << launch.first << " " << launch.total;
  }
  tell.destroy();
  table_->memory_free(device_, &y);
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, TakesABufferWithoutBytes) {
  hy_b_stream* stream = make_stream();
  LoadedKernel add = prepare(kAddSource, kAdd, stream);
  hy_b_memory nothing{};
  const float a = 1;
  const uint32_t n = 0;
  hy_b_arg args[] = {{&nothing, 0, nullptr, 0}, {&nothing, 0, nullptr, 0}, {nullptr, 0, &a, 4}, {nullptr, 0, &n, 4}};
  const hy_b_grid grid = grid_of(1, 1, 1, 1);
  EXPECT_EQ(HY_OK, table_->launch(add.bound, &grid, args, &error_)) << error_.message;
  EXPECT_EQ(HY_OK, table_->stream_synchronize(stream, HY_FOREVER, &error_));
  add.destroy();
  table_->stream_destroy(stream);
}

TEST_F(OpenClDevice, BeginsTheMessageOfABuildErrorWithFileAndLineOfTheUser) {
  const std::string text = "#line 41 \"blur.hk\"\n__kernel void f(__global int* x) {\n  x[0] = missing;\n}\n";
  hy_b_source source{sizeof source, 0, text.c_str(), text.size(), "blur.hk"};
  hy_b_compiled compiled{};
  compiled.size = sizeof compiled;
  ASSERT_EQ(HY_COMPILE_FAILED, table_->compile(device_, &source, &compiled, &error_));
  EXPECT_EQ(0, std::strncmp(error_.message, "blur.hk:42:", 11)) << error_.message;
  EXPECT_NE(nullptr, std::strstr(error_.message, "missing")) << error_.message;
  EXPECT_STREQ("CL_BUILD_PROGRAM_FAILURE", error_.vendor_name);
  ASSERT_NE(nullptr, compiled.log);
  table_->compiled_release(&compiled);
}

TEST_F(OpenClDevice, RefusesAnImageOfAnotherDriver) {
  const hy_b_compiled compiled = compile(kAddSource);
  hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  EXPECT_GT(table_->image_rank(device_, &image), 0u);
  image.target = "of something else";
  EXPECT_EQ(0u, table_->image_rank(device_, &image));
  image.format = HY_IMAGE_CUBIN;
  EXPECT_EQ(0u, table_->image_rank(device_, &image));
  hy_b_module* module = nullptr;
  EXPECT_EQ(HY_UNSUPPORTED, table_->module_load(device_, &image, &module, &error_));
  hy_b_compiled copy = compiled;
  table_->compiled_release(&copy);
}

TEST_F(OpenClDevice, RefusesAnImageWhoseKernelDoesNotFitItsSignature) {
  hy_b_compiled compiled = compile(kAddSource);
  hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  hy_b_module* module = nullptr;
  ASSERT_EQ(HY_OK, table_->module_load(device_, &image, &module, &error_)) << error_.message;
  hy_b_kernel* kernel = nullptr;
  hy_b_kernel_info info{};
  info.size = sizeof info;
  const hy_signature shorter = {"add", kAddParams, 3, 0};
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->kernel_create(module, &shorter, &kernel, &info, &error_));
  const hy_signature unknown = {"substract", kAddParams, 4, 0};
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->kernel_create(module, &unknown, &kernel, &info, &error_));
  table_->module_unload(module);
  table_->compiled_release(&compiled);
}

TEST_F(OpenClDevice, KnowsTheLimitsOfAKernel) {
  const std::string text =
      "__kernel __attribute__((reqd_work_group_size(8, 4, 1))) void k(__global int* x, ulong o, const ulong8 g) {\n"
      "  __local int tile[64];\n  tile[get_local_id(0)] = get_local_id(1);\n  barrier(CLK_LOCAL_MEM_FENCE);\n"
      "  x[get_local_id(0)] = tile[7 - get_local_id(0)];\n}\n";
  hy_b_compiled compiled = compile(text);
  hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  hy_b_module* module = nullptr;
  ASSERT_EQ(HY_OK, table_->module_load(device_, &image, &module, &error_)) << error_.message;
  const hy_param params[] = {{HY_PARAM_OUT, HY_I32, "x"}};
  const hy_signature signature = {"k", params, 1, 1};
  hy_b_kernel* kernel = nullptr;
  hy_b_kernel_info info{};
  info.size = sizeof info;
  ASSERT_EQ(HY_OK, table_->kernel_create(module, &signature, &kernel, &info, &error_)) << error_.message;
  EXPECT_EQ(8u, info.workgroup[0]);
  EXPECT_EQ(4u, info.workgroup[1]);
  EXPECT_EQ(1u, info.workgroup[2]);
  EXPECT_GE(info.max_workgroup_items, 32u);
  EXPECT_GE(info.preferred_multiple, 1u);
  EXPECT_GE(info.local_bytes, 256u);
  table_->kernel_destroy(kernel);
  table_->module_unload(module);
  table_->compiled_release(&compiled);
}

TEST_F(OpenClDevice, GivesItsNativeHandlesAndTakesThemBack) {
  hy_native native{};
  ASSERT_EQ(HY_OK, table_->device_native(device_, &native, &error_));
  ASSERT_EQ(HY_NATIVE_OPENCL_DEVICE, native.kind);
  hy_b_device* wrapped = nullptr;
  hy_device_info info{};
  info.size = sizeof info;
  ASSERT_EQ(HY_OK, table_->device_wrap(instance_, &native, &wrapped, &info, &error_)) << error_.message;
  EXPECT_STREQ(info_.name, info.name);
  hy_b_stream* stream = make_stream();
  hy_native queue{};
  ASSERT_EQ(HY_OK, table_->stream_native(stream, &queue, &error_));
  hy_b_stream* second = nullptr;
  ASSERT_EQ(HY_OK, table_->stream_wrap(wrapped, &queue, &second, &error_)) << error_.message;
  hy_b_memory memory = allocate(64);
  hy_native mem{};
  ASSERT_EQ(HY_OK, table_->memory_native(device_, &memory, &mem, &error_));
  hy_b_memory view{};
  ASSERT_EQ(HY_OK, table_->memory_wrap(wrapped, &mem, 64, &view, &error_)) << error_.message;
  EXPECT_EQ(1u, view.wrapped);
  const uint32_t pattern = 0xabcd1234;
  ASSERT_EQ(HY_OK, table_->fill(second, &view, 0, 64, &pattern, 4, &error_));
  uint32_t out = 0;
  ASSERT_EQ(HY_OK, table_->copy_to_host(second, &out, &view, 60, 4, HY_COPY_WAIT, &error_));
  EXPECT_EQ(pattern, out);
  table_->memory_free(wrapped, &view);
  EXPECT_EQ(out, *reinterpret_cast<const uint32_t*>(read(stream, memory, 0, 4).data())) << "the caller's own stays";
  table_->memory_free(device_, &memory);
  table_->stream_destroy(second);
  table_->stream_destroy(stream);
  table_->device_close(wrapped);
}

TEST_F(OpenClDevice, RefusesHandlesThatAreNotItsOwn) {
  hy_native native{HY_NATIVE_CUDA_STREAM, 0, {1, 1}};
  hy_b_stream* stream = nullptr;
  hy_b_memory memory{};
  hy_b_device* device = nullptr;
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->stream_wrap(device_, &native, &stream, &error_));
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->memory_wrap(device_, &native, 1, &memory, &error_));
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->device_wrap(instance_, &native, &device, nullptr, &error_));
}

}  // namespace
}  // namespace halyard::test
