// Launches on the cpu device: every group exactly once, fibers, local memory, floating-point modes.
#include <cfenv>
#include <string>

#include "tests/unit/cpu_fixture.hpp"

namespace halyard::test {
namespace {

class CpuLaunch : public CpuFixture {};

TEST_F(CpuLaunch, EveryGroupRunsExactlyOnce) {
  hy_b_stream* stream = make_stream();
  HandWritten written("count", 1, 0, HY_HOST_LOOP, count_groups, nullptr);
  const LoadedKernel kernel = load(written, stream);
  for (const uint64_t groups : {1u, 2u, 3u, 7u, 63u, 64u, 65u, 1023u, 4097u, 100'003u, 300'007u}) {
    hy_b_memory memory = allocate(groups * 8);
    auto* counts = static_cast<uint64_t*>(memory.host);
    std::memset(counts, 0, groups * 8);
    const uint64_t rounds = groups < 10'000 ? 5 : 1;
    for (uint64_t round = 0; round < rounds; ++round) ASSERT_EQ(HY_OK, launch(kernel, memory, {}, groups));
    ASSERT_EQ(HY_OK, synchronize(stream)) << error_.message;
    uint64_t wrong = 0;
    for (uint64_t i = 0; i < groups; ++i) wrong += counts[i] != rounds ? 1 : 0;
    EXPECT_EQ(0u, wrong) << groups;
    table_->memory_free(device_, &memory);
  }
  kernel.destroy();
  table_->stream_destroy(stream);
}

TEST_F(CpuLaunch, GroupsOfUnevenCostAllRun) {
  hy_b_stream* stream = make_stream();
  const auto uneven = [](const hy_host_launch* launch, uint64_t first, uint64_t last) {
    for (uint64_t i = first; i < last; ++i) {
      uint64_t state = i;
      for (uint64_t k = 0; k < (i % 97 == 0 ? 20'000u : 10u); ++k) state = state * 6364136223846793005ull + 1;
      buffer_of(launch, 0)[i] = state;
    }
  };
  HandWritten written("uneven", 1, 0, HY_HOST_LOOP, uneven, nullptr);
  const LoadedKernel kernel = load(written, stream);
  hy_b_memory memory = allocate(3001 * 8);
  for (int round = 0; round < 3; ++round) {
    std::memset(memory.host, 0, 3001 * 8);
    ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 3001));
    ASSERT_EQ(HY_OK, synchronize(stream));
    for (uint64_t i = 0; i < 3001; ++i) {
      uint64_t state = i;
      for (uint64_t k = 0; k < (i % 97 == 0 ? 20'000u : 10u); ++k) state = state * 6364136223846793005ull + 1;
      ASSERT_EQ(state, static_cast<uint64_t*>(memory.host)[i]) << i;
    }
  }
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuLaunch, ArgumentsAreTakenAtTheLaunch) {
  hy_b_stream* stream = make_stream();
  HandWritten written("append", 1, 1, HY_HOST_LOOP, append, nullptr);
  const LoadedKernel kernel = load(written, stream);
  hy_b_memory memory = allocate(16);
  std::memset(memory.host, 0, 16);
  uint64_t value = 4;
  hy_b_arg args[] = {{&memory, 8, nullptr, 0}, {nullptr, 0, &value, 8}};
  const hy_b_grid grid{{0, 0, 0}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}, 0};
  ASSERT_EQ(HY_OK, table_->launch(kernel.bound, &grid, args, &error_));
  value = 99;
  args[0] = hy_b_arg{};
  ASSERT_EQ(HY_OK, synchronize(stream));
  EXPECT_EQ(0u, static_cast<uint64_t*>(memory.host)[0]);
  EXPECT_EQ(4u, static_cast<uint64_t*>(memory.host)[1]);  // the buffer begins at its offset
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

// A tree sum over the items of a group in local memory, with a barrier after every step.
void tree_sum(const hy_host_launch* launch, const uint64_t group[3], const uint32_t local[3], hy_host_fiber* fiber) {
  const uint32_t items = launch->workgroup[0] * launch->workgroup[1] * launch->workgroup[2];
  const uint64_t index = local[0] + launch->workgroup[0] * (local[1] + uint64_t{launch->workgroup[1]} * local[2]);
  const uint64_t linear = group[0] + launch->groups[0] * (group[1] + launch->groups[1] * group[2]);
  auto* sums = reinterpret_cast<uint64_t*>(fiber->local + fiber->local_cursor);
  fiber->local_cursor += items * 8;
  sums[index] = linear * items + index;
  fiber->barrier(fiber);
  for (uint32_t width = items; width > 1;) {
    const uint32_t half = (width + 1) / 2;
    if (index + half < width) sums[index] += sums[index + half];
    fiber->barrier(fiber);
    width = half;
  }
  if (index == 0) buffer_of(launch, 0)[linear] = sums[0];
}

TEST_F(CpuLaunch, FibersMeetAtEveryBarrier) {
  hy_b_stream* stream = make_stream();
  HandWritten written("tree_sum", 1, 0, HY_HOST_FIBERS, nullptr, tree_sum, 1024 * 8);
  const LoadedKernel kernel = load(written, stream);
  for (const uint32_t items : {1u, 2u, 3u, 64u, 255u, 1024u}) {
    const uint64_t groups = 3 * 2 * 2;
    hy_b_memory memory = allocate(groups * 8);
    ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 3, 2, 2, items));
    ASSERT_EQ(HY_OK, synchronize(stream)) << error_.message;
    for (uint64_t g = 0; g < groups; ++g) {
      const uint64_t first = g * items;
      ASSERT_EQ((first + first + items - 1) * items / 2, static_cast<uint64_t*>(memory.host)[g])
          << items << " group " << g;
    }
    table_->memory_free(device_, &memory);
  }
  kernel.destroy();
  table_->stream_destroy(stream);
}

TEST_F(CpuLaunch, ItemsMayEndBeforeOthersReachTheBarrier) {
  hy_b_stream* stream = make_stream();
  const auto some = [](const hy_host_launch* launch, const uint64_t group[3], const uint32_t local[3],
                       hy_host_fiber* fiber) {
    if (local[0] % 3 == 0) return;
    fiber->barrier(fiber);
    std::atomic_ref<uint64_t>(buffer_of(launch, 0)[group[0]]).fetch_add(1);
    fiber->barrier(fiber);
  };
  HandWritten written("some", 1, 0, HY_HOST_FIBERS, nullptr, some);
  const LoadedKernel kernel = load(written, stream);
  hy_b_memory memory = allocate(50 * 8);
  std::memset(memory.host, 0, 50 * 8);
  ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 50, 1, 1, 100));
  ASSERT_EQ(HY_OK, synchronize(stream));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(66u, static_cast<uint64_t*>(memory.host)[i]);
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuLaunch, KernelsRoundToNearestWhateverTheCallerDoes) {
  hy_b_stream* stream = make_stream();
  const auto look = [](const hy_host_launch* launch, uint64_t, uint64_t) {
    volatile float one = 1.0f;
    volatile float little = 1e-10f;
    volatile float sum = one + little;
    *buffer_of(launch, 0) = sum == 1.0f ? 1 : 0;
  };
  HandWritten written("look", 1, 0, HY_HOST_LOOP, look, nullptr);
  const LoadedKernel kernel = load(written, stream);
  hy_b_memory memory = allocate(8);
  ASSERT_EQ(0, std::fesetround(FE_UPWARD));
  for (int i = 0; i < 50; ++i) {
    std::memset(memory.host, 0, 8);
    ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 1));
    ASSERT_EQ(HY_OK, synchronize(stream));
    ASSERT_EQ(1u, *static_cast<uint64_t*>(memory.host));
    ASSERT_EQ(FE_UPWARD, std::fegetround());
  }
  std::fesetround(FE_TONEAREST);
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuLaunch, AKernelThatIsGivenBackAtOnceHasStillRun) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8 * 10'000);
  std::memset(memory.host, 0, 8 * 10'000);
  HandWritten written("count", 1, 0, HY_HOST_LOOP, count_groups, nullptr);
  for (int i = 0; i < 20; ++i) {
    const LoadedKernel kernel = load(written, stream);
    ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 10'000));
    kernel.destroy();
  }
  ASSERT_EQ(HY_OK, synchronize(stream));
  for (int i = 0; i < 10'000; ++i) ASSERT_EQ(20u, static_cast<uint64_t*>(memory.host)[i]);
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

}  // namespace
}  // namespace halyard::test
