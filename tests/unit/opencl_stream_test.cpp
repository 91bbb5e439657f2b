// Order, time limits, host functions and late errors of the opencl backend, on a real driver.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/unit/opencl_fixture.hpp"

namespace halyard::test {
namespace {

using OpenClStream = OpenClFixture;

class OpenClHostFunction : public OpenClFixture {
 protected:
  void SetUp() override {
    OpenClFixture::SetUp();
    if (device_ != nullptr && (info_.capabilities & HY_CAP_HOST_FUNCTIONS) == 0)
      GTEST_SKIP() << "the driver has no host functions";
  }
};

// A host function that waits until the test opens it.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  bool entered = false;

  static hy_status pass(void* user, hy_error*) {
    auto& gate = *static_cast<Gate*>(user);
    std::unique_lock lock(gate.mutex);
    gate.entered = true;
    gate.changed.notify_all();
    gate.changed.wait(lock, [&] { return gate.open; });
    return HY_OK;
  }
  void let_pass() {
    std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  void wait_entered() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
};

hy_status refuse(void*, hy_error* error) { return fail(error, HY_QUOTA_EXCEEDED, "the camera is full"); }
hy_status count_one(void* user, hy_error*) {
  static_cast<std::atomic<int>*>(user)->fetch_add(1);
  return HY_OK;
}

constexpr uint64_t kMillisecond = 1000000;

TEST_F(OpenClHostFunction, RunsAfterWhatPrecedesAndBeforeWhatFollows) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(4);
  struct Seen {
    uint32_t value = 0;
    uint32_t at_call = 0;
  } seen;
  const uint32_t one = 1, two = 2;
  for (int round = 0; round < 20; ++round) {
    ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, 4, &one, 4, &error_));
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, &seen.value, &memory, 0, 4, HY_COPY_ASYNC, &error_));
    const auto look = [](void* user, hy_error*) -> hy_status {
      auto& it = *static_cast<Seen*>(user);
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      it.at_call = it.value;
      return HY_OK;
    };
    ASSERT_EQ(HY_OK, table_->stream_host_function(stream, look, &seen, &error_)) << error_.message;
    ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, 4, &two, 4, &error_));
    ASSERT_EQ(HY_OK, table_->copy_to_host(stream, &seen.value, &memory, 0, 4, HY_COPY_ASYNC, &error_));
    ASSERT_EQ(HY_OK, table_->stream_synchronize(stream, HY_FOREVER, &error_));
    ASSERT_EQ(1u, seen.at_call);
    ASSERT_EQ(2u, seen.value);
  }
  table_->memory_free(device_, &memory);
  table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, TellsThatATimeLimitPassedAndCanBeWaitedForAgain) {
  hy_b_stream* stream = make_stream();
  Gate gate;
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, Gate::pass, &gate, &error_));
  hy_b_point* point = nullptr;
  ASSERT_EQ(HY_OK, table_->point_record(stream, 0, &point, &error_));
  EXPECT_EQ(HY_TIMEOUT, table_->stream_synchronize(stream, 0, &error_));
  EXPECT_EQ(HY_TIMEOUT, table_->stream_synchronize(stream, 20 * kMillisecond, &error_));
  EXPECT_EQ(HY_TIMEOUT, table_->point_query(point, &error_));
  EXPECT_EQ(HY_TIMEOUT, table_->point_wait(point, 20 * kMillisecond, &error_));
  gate.let_pass();
  EXPECT_EQ(HY_OK, table_->point_wait(point, 60000 * kMillisecond, &error_)) << error_.message;
  EXPECT_EQ(HY_OK, table_->point_query(point, &error_));
  EXPECT_EQ(HY_OK, table_->stream_synchronize(stream, 60000 * kMillisecond, &error_));
  table_->point_release(point);
  table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, UsesNoProcessorTimeWhileItWaitsWithATimeLimit) {
  hy_b_stream* stream = make_stream();
  Gate gate;
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, Gate::pass, &gate, &error_));
  const std::clock_t before = std::clock();
  EXPECT_EQ(HY_TIMEOUT, table_->stream_synchronize(stream, 300 * kMillisecond, &error_));
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.15);
  gate.let_pass();
  EXPECT_EQ(HY_OK, table_->stream_synchronize(stream, HY_FOREVER, &error_));
  table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, LetsOtherStreamsGoOnWhileItBlocks) {
  std::vector<std::unique_ptr<Gate>> gates;
  std::vector<hy_b_stream*> blocked;
  for (int i = 0; i < 6; ++i) {  // more than the driver has threads
    gates.push_back(std::make_unique<Gate>());
    blocked.push_back(make_stream());
    ASSERT_EQ(HY_OK, table_->stream_host_function(blocked.back(), Gate::pass, gates.back().get(), &error_));
  }
  for (auto& gate : gates) gate->wait_entered();
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(64);
  std::atomic<int> calls{0};
  const uint32_t pattern = 77;
  ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, 64, &pattern, 4, &error_));
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, count_one, &calls, &error_));
  EXPECT_EQ(HY_OK, table_->stream_synchronize(stream, 60000 * kMillisecond, &error_)) << error_.message;
  EXPECT_EQ(1, calls);
  for (auto& gate : gates) gate->let_pass();
  for (hy_b_stream* one : blocked) {
    EXPECT_EQ(HY_OK, table_->stream_synchronize(one, HY_FOREVER, &error_));
    table_->stream_destroy(one);
  }
  table_->memory_free(device_, &memory);
  table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, FailsTheStreamWithWhatItReturned) {
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(4);
  std::atomic<int> calls{0};
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream, refuse, nullptr, &error_));
  hy_b_point* point = nullptr;
  (void)table_->point_record(stream, 0, &point, &error_);
  error_ = {};
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->stream_synchronize(stream, HY_FOREVER, &error_));
  EXPECT_STREQ("the camera is full", error_.message);
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->stream_synchronize(stream, 1000 * kMillisecond, &error_))
      << "a failed stream stays failed";
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->point_wait(point, HY_FOREVER, &error_));
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->point_query(point, &error_));
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->stream_host_function(stream, count_one, &calls, &error_));
  const uint32_t pattern = 1;
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->fill(stream, &memory, 0, 4, &pattern, 4, &error_));
  EXPECT_EQ(0, calls);
  table_->point_release(point);
  table_->memory_free(device_, &memory);
  table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, PassesItsFailureToStreamsThatWait) {
  hy_b_stream* first = make_stream();
  hy_b_stream* second = make_stream();
  hy_b_stream* third = make_stream();
  Gate gate;
  hy_b_point* early = nullptr;
  ASSERT_EQ(HY_OK, table_->point_record(first, 0, &early, &error_));
  ASSERT_EQ(HY_OK, table_->stream_wait(third, early, &error_));  // before anything that fails
  ASSERT_EQ(HY_OK, table_->stream_host_function(first, Gate::pass, &gate, &error_));
  ASSERT_EQ(HY_OK, table_->stream_host_function(first, refuse, nullptr, &error_));
  hy_b_point* late = nullptr;
  ASSERT_EQ(HY_OK, table_->point_record(first, 0, &late, &error_));
  ASSERT_EQ(HY_OK, table_->stream_wait(second, late, &error_));
  gate.let_pass();
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->stream_synchronize(second, HY_FOREVER, &error_));
  EXPECT_EQ(HY_OK, table_->stream_synchronize(third, HY_FOREVER, &error_));
  EXPECT_EQ(HY_QUOTA_EXCEEDED, table_->stream_synchronize(first, HY_FOREVER, &error_));
  table_->point_release(early);
  table_->point_release(late);
  for (hy_b_stream* stream : {first, second, third}) table_->stream_destroy(stream);
}

TEST_F(OpenClHostFunction, HoldsBackAStreamThatWaitsForAPoint) {
  hy_b_stream* writer = make_stream();
  hy_b_stream* reader = make_stream();
  hy_b_memory memory = allocate(4);
  for (uint32_t round = 1; round <= 50; ++round) {
    Gate gate;
    ASSERT_EQ(HY_OK, table_->stream_host_function(writer, Gate::pass, &gate, &error_));
    ASSERT_EQ(HY_OK, table_->fill(writer, &memory, 0, 4, &round, 4, &error_));
    hy_b_point* point = nullptr;
    ASSERT_EQ(HY_OK, table_->point_record(writer, 0, &point, &error_));
    ASSERT_EQ(HY_OK, table_->stream_wait(reader, point, &error_));
    uint32_t out = 0;
    ASSERT_EQ(HY_OK, table_->copy_to_host(reader, &out, &memory, 0, 4, HY_COPY_ASYNC, &error_));
    table_->point_release(point);  // at once: what waits for it keeps it
    gate.let_pass();
    ASSERT_EQ(HY_OK, table_->stream_synchronize(reader, HY_FOREVER, &error_));
    ASSERT_EQ(round, out);
  }
  ASSERT_EQ(HY_OK, table_->stream_synchronize(writer, HY_FOREVER, &error_));
  table_->memory_free(device_, &memory);
  table_->stream_destroy(writer);
  table_->stream_destroy(reader);
}

TEST_F(OpenClStream, MeasuresDeviceTimeBetweenTimedPoints) {
  hy_b_stream* stream = make_stream(HY_STREAM_TIMING);
  hy_b_memory memory = allocate(8 << 20);
  hy_b_point* begin = nullptr;
  hy_b_point* end = nullptr;
  const uint32_t pattern = 5;
  ASSERT_EQ(HY_OK, table_->point_record(stream, HY_POINT_TIMED, &begin, &error_)) << error_.message;
  ASSERT_EQ(HY_OK, table_->fill(stream, &memory, 0, 8 << 20, &pattern, 4, &error_));
  ASSERT_EQ(HY_OK, table_->point_record(stream, HY_POINT_TIMED, &end, &error_));
  ASSERT_EQ(HY_OK, table_->point_wait(end, HY_FOREVER, &error_));
  uint64_t ns = 0;
  ASSERT_EQ(HY_OK, table_->point_elapsed(begin, end, &ns, &error_)) << error_.message;
  EXPECT_GT(ns, 0u);
  EXPECT_LT(ns, 60ull * 1000 * kMillisecond);
  table_->point_release(begin);
  table_->point_release(end);
  table_->memory_free(device_, &memory);
  table_->stream_destroy(stream);
}

TEST_F(OpenClStream, RefusesATimedPointOnAStreamWithoutTiming) {
  hy_b_stream* stream = make_stream();
  hy_b_point* point = nullptr;
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->point_record(stream, HY_POINT_TIMED, &point, &error_));
  table_->stream_destroy(stream);
}

TEST_F(OpenClStream, KeepsPointsUsableAfterTheStream) {
  hy_b_stream* stream = make_stream();
  hy_b_point* point = nullptr;
  ASSERT_EQ(HY_OK, table_->point_record(stream, 0, &point, &error_));
  ASSERT_EQ(HY_OK, table_->stream_synchronize(stream, HY_FOREVER, &error_));
  table_->stream_destroy(stream);
  EXPECT_EQ(HY_OK, table_->point_query(point, &error_));
  EXPECT_EQ(HY_OK, table_->point_wait(point, HY_FOREVER, &error_));
  table_->point_release(point);
}

TEST_F(OpenClHostFunction, ServesManyThreadsEachWithItsStream) {
  constexpr int kThreads = 16, kRounds = 40;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      hy_error error{};
      hy_b_stream* stream = nullptr;
      if (table_->stream_create(device_, 0, &stream, &error) != HY_OK) return void(++wrong);
      std::atomic<int> calls{0};
      for (int round = 0; round < kRounds; ++round) {
        hy_b_memory memory{};
        hy_b_point* point = nullptr;
        const uint32_t value = static_cast<uint32_t>(t * 1000 + round);
        uint32_t out[64] = {};
        bool good = table_->memory_allocate(device_, HY_MEMORY_DEVICE, 256, &memory, &error) == HY_OK;
        good = good && table_->fill(stream, &memory, 0, 256, &value, 4, &error) == HY_OK;
        good = good && table_->stream_host_function(stream, count_one, &calls, &error) == HY_OK;
        good = good && table_->copy_to_host(stream, out, &memory, 0, 256, HY_COPY_ASYNC, &error) == HY_OK;
        good = good && table_->point_record(stream, 0, &point, &error) == HY_OK;
        good = good && table_->point_wait(point, round % 2 == 0 ? HY_FOREVER : 60000 * kMillisecond, &error) == HY_OK;
        for (uint32_t each : out) good = good && each == value;
        if (!good || calls != round + 1) ++wrong;
        if (point != nullptr) table_->point_release(point);
        table_->memory_free(device_, &memory);
      }
      table_->stream_destroy(stream);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(0, wrong);
}

}  // namespace
}  // namespace halyard::test
