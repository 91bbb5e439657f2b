// Streams and points of the cpu device: order, waiting, failing, and that idling costs nothing.
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "backends/common/futex.hpp"
#include "backends/cpu/cpu.hpp"
#include "tests/unit/cpu_fixture.hpp"

namespace halyard::test {
namespace {

class CpuStream : public CpuFixture {};

// Something that host functions wait for and tests open.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  static hy_status wait(void* self, hy_error*) {
    auto& gate = *static_cast<Gate*>(self);
    std::unique_lock lock(gate.mutex_);
    gate.changed_.wait(lock, [&gate] { return gate.open_; });
    return HY_OK;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
};

hy_status refuse(void*, hy_error* error) { return fail(error, HY_DEVICE_LOST, "the function said no"); }

TEST_F(CpuStream, WorkRunsInTheOrderOfSubmission) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8);
  HandWritten written("append", 1, 1, HY_HOST_LOOP, append, nullptr);
  const LoadedKernel kernel = load(written, stream);
  const uint64_t zero = 0;
  uint64_t expected = 0;
  ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, 8, &zero, 8, &error_));
  for (uint64_t i = 0; i < 5000; ++i) {  // more than the ring holds
    ASSERT_EQ(HY_OK, launch(kernel, memory, {i}, 1)) << error_.message;
    expected = expected * 3 + i;
  }
  uint64_t result = 0;
  ASSERT_EQ(HY_OK, table_->copy_to_host(stream, &result, &memory, 0, 8, HY_COPY_ASYNC, &error_));
  ASSERT_EQ(HY_OK, synchronize(stream)) << error_.message;
  EXPECT_EQ(expected, result);
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuStream, AStreamWaitsForAPointOfAnother) {
  hy_b_stream* first = make_stream();
  hy_b_stream* second = make_stream();
  hy_b_memory memory = allocate(8);
  HandWritten written("append", 1, 1, HY_HOST_LOOP, append, nullptr);
  const LoadedKernel on_first = load(written, first);
  const LoadedKernel on_second = load(written, second);
  for (int round = 0; round < 200; ++round) {
    Gate gate;
    const uint64_t zero = 0;
    std::memcpy(memory.host, &zero, 8);
    ASSERT_EQ(HY_OK, table_->stream_host_function(first, Gate::wait, &gate, &error_));
    ASSERT_EQ(HY_OK, launch(on_first, memory, {5}, 1));
    hy_b_point* point = record(first);
    ASSERT_EQ(HY_OK, table_->stream_wait(second, point, &error_));
    ASSERT_EQ(HY_OK, launch(on_second, memory, {7}, 1));
    table_->point_release(point);
    if (round % 2 == 0) std::this_thread::yield();
    gate.open();
    ASSERT_EQ(HY_OK, synchronize(second)) << error_.message;
    uint64_t result = 0;
    std::memcpy(&result, memory.host, 8);
    ASSERT_EQ(5u * 3u + 7u, result);
  }
  on_first.destroy();
  on_second.destroy();
  table_->stream_destroy(first);
  table_->stream_destroy(second);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuStream, AWaitEndsWithItsTimeLimitAndCanBeRepeated) {
  hy_b_stream* stream = make_stream();
  Gate gate;
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, Gate::wait, &gate, &error_));
  hy_b_point* point = record(stream);
  EXPECT_EQ(HY_TIMEOUT, table_->point_query(point, &error_));
  EXPECT_EQ(HY_TIMEOUT, table_->point_wait(point, 2'000'000, &error_));
  EXPECT_EQ(HY_TIMEOUT, synchronize(stream, 0));
  gate.open();
  EXPECT_EQ(HY_OK, table_->point_wait(point, HY_FOREVER, &error_)) << error_.message;
  EXPECT_EQ(HY_OK, table_->point_query(point, &error_));
  table_->point_release(point);
  table_->stream_destroy(stream);
}

TEST_F(CpuStream, AFailedHostFunctionFailsTheStreamFromThereOn) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8);
  HandWritten written("append", 1, 1, HY_HOST_LOOP, append, nullptr);
  const LoadedKernel kernel = load(written, stream);
  std::memset(memory.host, 0, 8);
  ASSERT_EQ(HY_OK, launch(kernel, memory, {1}, 1));
  hy_b_point* before = record(stream);
  Gate gate;
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, Gate::wait, &gate, &error_));
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, refuse, nullptr, &error_));
  ASSERT_EQ(HY_OK, launch(kernel, memory, {9}, 1));
  hy_b_point* after = record(stream);
  gate.open();
  EXPECT_EQ(HY_DEVICE_LOST, synchronize(stream));
  EXPECT_STREQ("the function said no", error_.message);
  EXPECT_EQ(HY_DEVICE_LOST, table_->point_wait(after, HY_FOREVER, &error_));
  EXPECT_EQ(HY_OK, table_->point_wait(before, HY_FOREVER, &error_));
  EXPECT_EQ(HY_DEVICE_LOST, launch(kernel, memory, {9}, 1));
  EXPECT_EQ(1u, *static_cast<uint64_t*>(memory.host));  // what came after the failure did not run
  table_->point_release(before);
  table_->point_release(after);
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuStream, AStreamThatWaitsForAFailedStreamFailsWithTheSameError) {
  hy_b_stream* first = make_stream();
  hy_b_stream* second = make_stream();
  Gate gate;
  ASSERT_EQ(HY_OK, table_->stream_host_function(first, Gate::wait, &gate, &error_));
  ASSERT_EQ(HY_OK, table_->stream_host_function(first, refuse, nullptr, &error_));
  hy_b_point* point = record(first);
  ASSERT_EQ(HY_OK, table_->stream_wait(second, point, &error_));
  gate.open();
  EXPECT_EQ(HY_DEVICE_LOST, synchronize(second));
  EXPECT_STREQ("the function said no", error_.message);
  table_->point_release(point);
  table_->stream_destroy(first);
  table_->stream_destroy(second);
}

TEST_F(CpuStream, HostFunctionsOfManyStreamsMayWaitForEachOther) {
  constexpr int kStreams = 64;
  std::vector<hy_b_stream*> streams;
  std::vector<Gate> gates(kStreams + 1);
  struct Link {
    Gate* mine;
    Gate* next;
  };
  std::vector<Link> links;
  for (int i = 0; i < kStreams; ++i)
    links.push_back({&gates[static_cast<size_t>(i)], &gates[static_cast<size_t>(i) + 1]});
  for (Link& link : links) {  // each waits for the one that is submitted after it
    streams.push_back(make_stream());
    const hy_host_fn chain = [](void* user, hy_error* error) {
      auto* one = static_cast<Link*>(user);
      const hy_status status = Gate::wait(one->next, error);
      one->mine->open();
      return status;
    };
    ASSERT_EQ(HY_OK, table_->stream_host_function(streams.back(), chain, &link, &error_));
  }
  gates.back().open();
  for (hy_b_stream* stream : streams) {
    EXPECT_EQ(HY_OK, synchronize(stream)) << error_.message;
    table_->stream_destroy(stream);
  }
}

TEST_F(CpuStream, PointsOutliveTheirStream) {
  hy_b_stream* stream = make_stream(HY_STREAM_TIMING);
  hy_b_point* begin = record(stream, HY_POINT_TIMED);
  hy_b_point* end = record(stream, HY_POINT_TIMED);
  ASSERT_EQ(HY_OK, synchronize(stream));
  table_->stream_destroy(stream);
  uint64_t ns = UINT64_MAX;
  EXPECT_EQ(HY_OK, table_->point_wait(end, HY_FOREVER, &error_));
  EXPECT_EQ(HY_OK, table_->point_elapsed(begin, end, &ns, &error_)) << error_.message;
  EXPECT_LT(ns, 10'000'000'000u);
  table_->point_release(begin);
  table_->point_release(end);
}

TEST_F(CpuStream, TimedPointsMeasureWhatRanBetweenThem) {
  hy_b_stream* stream = make_stream(HY_STREAM_TIMING);
  hy_b_point* begin = record(stream, HY_POINT_TIMED);
  const hy_host_fn nap = [](void*, hy_error*) -> hy_status {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    return HY_OK;
  };
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, nap, nullptr, &error_));
  hy_b_point* end = record(stream, HY_POINT_TIMED);
  hy_b_point* untimed = record(stream);
  ASSERT_EQ(HY_OK, synchronize(stream));
  uint64_t ns = 0;
  EXPECT_EQ(HY_OK, table_->point_elapsed(begin, end, &ns, &error_)) << error_.message;
  EXPECT_GE(ns, 3'000'000u);
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->point_elapsed(begin, untimed, &ns, &error_));
  for (hy_b_point* point : {begin, end, untimed}) table_->point_release(point);
  table_->stream_destroy(stream);
}

TEST_F(CpuStream, SixtyFourThreadsWithAStreamEachGetTheirOwnResults) {
  HandWritten written("append", 1, 1, HY_HOST_LOOP, append, nullptr);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (uint64_t t = 0; t < 64; ++t) {
    threads.emplace_back([&, t] {
      hy_error error{};
      hy_b_stream* stream = nullptr;
      hy_b_memory memory{};
      if (table_->stream_create(device_, 0, &stream, &error) != HY_OK) return;
      if (table_->memory_allocate(device_, HY_MEMORY_DEVICE, 64, &memory, &error) != HY_OK) return;
      std::memset(memory.host, 0, 64);
      const hy_b_image image = written.as_image();
      LoadedKernel kernel;
      kernel.table = table_;
      hy_b_kernel_info info{};
      table_->module_load(device_, &image, &kernel.module, &error);
      table_->kernel_create(kernel.module, &written.signature(), &kernel.kernel, &info, &error);
      table_->kernel_bind(kernel.kernel, stream, &kernel.bound, &error);
      uint64_t expected = 0;
      for (uint64_t i = 0; i < 100; ++i) {
        const uint64_t value = t * 1000 + i;
        const hy_b_arg args[] = {{&memory, 0, nullptr, 0}, {nullptr, 0, &value, 8}};
        const hy_b_grid grid{{0, 0, 0}, {8, 1, 1}, {8, 1, 1}, {1, 1, 1}, 0};
        table_->launch(kernel.bound, &grid, args, &error);
        expected = expected * 3 + value;
        if (i % 10 == 0) table_->stream_synchronize(stream, HY_FOREVER, &error);
      }
      uint64_t result[8] = {};
      table_->copy_to_host(stream, result, &memory, 0, 64, HY_COPY_WAIT, &error);
      bool all = true;
      for (const uint64_t one : result) all = all && one == expected;
      right += all ? 1 : 0;
      kernel.destroy();
      table_->stream_destroy(stream);
      table_->memory_free(device_, &memory);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(64, right.load());
}

// Copies of all kinds, with a stream that is busy and one that is idle.
TEST_F(CpuStream, CopiesAndFillsKeepTheirPlaceInTheStream) {
  for (const uint64_t bytes : {uint64_t{16}, uint64_t{48} * 1024, uint64_t{1} << 20, (uint64_t{5} << 20) + 16}) {
    hy_b_stream* stream = make_stream();
    hy_b_memory memory = allocate(bytes);
    std::vector<unsigned char> in(bytes);
    std::vector<unsigned char> out(bytes, 0);
    std::vector<unsigned char> filled(bytes, 0);
    for (uint64_t i = 0; i < bytes; ++i) in[i] = static_cast<unsigned char>(i * 7 + i / 251);
    const unsigned char pattern[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    Gate gate;
    ASSERT_EQ(HY_OK, table_->stream_host_function(stream, Gate::wait, &gate, &error_));
    ASSERT_EQ(HY_OK, table_->copy_to_device(stream, &memory, 0, in.data(), bytes, HY_COPY_ASYNC, &error_));
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, out.data(), &memory, 0, bytes, HY_COPY_ASYNC, &error_));
    ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, bytes, pattern, 16, &error_));
    EXPECT_EQ(0xcd, *static_cast<unsigned char*>(memory.host));
    gate.open();
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, filled.data(), &memory, 0, bytes, HY_COPY_WAIT, &error_));
    EXPECT_EQ(in, out) << bytes;
    bool repeated = true;
    for (uint64_t i = 0; i < bytes; ++i) repeated = repeated && filled[i] == pattern[i % 16];
    EXPECT_TRUE(repeated) << bytes;
    table_->stream_destroy(stream);
    table_->memory_free(device_, &memory);
  }
}

TEST_F(CpuStream, OverlappingCopiesBehaveAsThroughATemporary) {
  hy_b_stream* stream = make_stream();
  const uint64_t bytes = uint64_t{5} << 20;
  hy_b_memory memory = allocate(bytes);
  auto* at = static_cast<unsigned char*>(memory.host);
  for (const int64_t shift : {int64_t{1}, int64_t{-1}, int64_t{4096}, int64_t{-4097}}) {
    for (uint64_t i = 0; i < bytes; ++i) at[i] = static_cast<unsigned char>(i * 31 + i / 255);
    std::vector<unsigned char> expected(at, at + bytes);
    const uint64_t from = shift > 0 ? 0 : static_cast<uint64_t>(-shift);
    const uint64_t to = shift > 0 ? static_cast<uint64_t>(shift) : 0;
    const uint64_t count = bytes - from - to;
    std::memmove(expected.data() + to, expected.data() + from, count);
    ASSERT_EQ(HY_OK, table_->copy_on_device(stream, &memory, to, &memory, from, count, &error_));
    ASSERT_EQ(HY_OK, synchronize(stream));
    EXPECT_EQ(0, std::memcmp(expected.data(), at, bytes)) << shift;
  }
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

uint64_t process_cpu_ns() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<uint64_t>(used.tv_sec) * 1'000'000'000u + static_cast<uint64_t>(used.tv_nsec);
}

TEST_F(CpuStream, AnIdleDeviceUsesNoProcessorTime) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8 * 4096);
  HandWritten written("count", 1, 0, HY_HOST_LOOP, count_groups, nullptr);
  const LoadedKernel kernel = load(written, stream);
  for (int i = 0; i < 100; ++i) ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 4096));
  ASSERT_EQ(HY_OK, synchronize(stream));
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const uint64_t before = process_cpu_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const uint64_t used = process_cpu_ns() - before;
  EXPECT_LT(used, 60'000'000u);  // a worker that spins would use 300 ms; sanitizers' own threads use a little
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuStream, WorkersRunOnlyWhereTheProcessMay) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8 * 1024);
  const auto look = [](const hy_host_launch* launch, uint64_t first, uint64_t last) {
    for (uint64_t i = first; i < last; ++i) {
      cpu_set_t set;
      CPU_ZERO(&set);
      sched_getaffinity(0, sizeof set, &set);
      buffer_of(launch, 0)[i] = static_cast<uint64_t>(CPU_COUNT(&set));
      const uint64_t until = host::now_ns() + 20'000;
      while (host::now_ns() < until) host::relax();
    }
  };
  HandWritten written("look", 1, 0, HY_HOST_LOOP, look, nullptr);
  const LoadedKernel kernel = load(written, stream);
  ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 1024));
  ASSERT_EQ(HY_OK, synchronize(stream, 60'000'000'000u));  // with a limit: the caller does not help
  const auto affinity = cpu::thread_affinity();
  const bool pinned = info_.compute_units == affinity.size();
  for (int i = 0; i < 1024; ++i) {
    ASSERT_EQ(pinned ? 1u : affinity.size(), static_cast<uint64_t*>(memory.host)[i]);
  }
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuStream, WorkersBlockAllSignals) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8);
  const auto look = [](const hy_host_launch* launch, uint64_t, uint64_t) {
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    *buffer_of(launch, 0) = sigismember(&mask, SIGINT) == 1 && sigismember(&mask, SIGCHLD) == 1 ? 1 : 0;
  };
  HandWritten written("look", 1, 0, HY_HOST_LOOP, look, nullptr);
  const LoadedKernel kernel = load(written, stream);
  ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 1));
  ASSERT_EQ(HY_OK, synchronize(stream, 60'000'000'000u));
  EXPECT_EQ(1u, *static_cast<uint64_t*>(memory.host));
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  EXPECT_EQ(0, sigismember(&mine, SIGINT));  // and the caller's mask is as it was
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

}  // namespace
}  // namespace halyard::test
