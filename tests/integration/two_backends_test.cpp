// Streams of two backends in one runtime that wait for each other through the host, where the last handle of one is
// given up on a thread of the other: everything must come to its end.
#include <vector>

#include "tests/integration/in_flight.hpp"

namespace {

using namespace halyard;
using halyard::test::eventually;
using halyard::test::Gate;

// The parameter is the backend of the stream whose host function gives the other up.
class TwoBackends : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string own = GetParam();
    auto made = test::cpu_and_opencl();
    ASSERT_TRUE(made) << made.error().c_str();
    auto first = made->device(own.c_str());
    auto second = made->device(own == "cpu" ? "opencl" : "cpu");
    if (!first || !second) GTEST_SKIP() << (!first ? first : second).error().c_str();
    runtime.emplace(*made);
    here.emplace(*first);
    there.emplace(*second);
  }
  void forget_devices() {
    here.reset();
    there.reset();
    runtime.reset();
  }

  std::optional<Runtime> runtime;
  std::optional<Device> here;
  std::optional<Device> there;
};

// All that a host function gives up with its end.
struct Last {
  std::optional<Stream> stream;
  std::optional<Buffer<std::uint32_t>> buffer;
  std::optional<Point> point;
  std::optional<Device> device;
  std::optional<Runtime> runtime;
};

TEST_P(TwoBackends, DataGoesOverAndBackThroughHostFunctions) {
  Stream first = *here->stream();
  Stream second = *there->stream();
  std::vector<std::uint32_t> over(5000), back(5000);
  auto a = first.allocate<std::uint32_t>(over.size());
  auto b = second.allocate<std::uint32_t>(over.size());
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(first.fill(*a, 11u));
  ASSERT_TRUE(first.read(std::span(over), *a));
  auto read = first.record();
  ASSERT_TRUE(read);
  ASSERT_TRUE(second.wait(*read));
  ASSERT_TRUE(second.host_function([&] {
    for (std::uint32_t& value : over) value += 1;
  }));
  ASSERT_TRUE(second.write(*b, std::span<const std::uint32_t>(over)));
  ASSERT_TRUE(second.read(std::span(back), *b));
  auto returned = second.record();
  ASSERT_TRUE(returned);
  ASSERT_TRUE(first.wait(*returned));
  ASSERT_TRUE(first.synchronize());
  EXPECT_EQ(back.front(), 12u);
  EXPECT_EQ(back.back(), 12u);
}

TEST_P(TwoBackends, TheLastOfAnIdleStreamAndTheRuntimeGoInAHostFunction) {
  for (int round = 0; round < 20; ++round) {
    if (!runtime) SetUp();
    auto over = std::make_shared<std::atomic<bool>>(false);
    {
      Stream first = *here->stream();
      auto last = std::make_shared<Last>();
      last->stream.emplace(*there->stream());
      last->buffer.emplace(*last->stream->allocate<std::uint32_t>(1000));
      ASSERT_TRUE(last->stream->fill(*last->buffer, 5u));
      ASSERT_TRUE(last->stream->host_function([] {}));
      ASSERT_TRUE(last->stream->synchronize());
      last->device = there;
      last->runtime = runtime;
      ASSERT_TRUE(first.host_function([last, over] {
        *last = Last{};
        *over = true;
      }));
      last.reset();
      forget_devices();
    }
    ASSERT_TRUE(eventually([&] { return over->load(); })) << "round " << round;
  }
}

TEST_P(TwoBackends, TheLastOfAStreamWithWorkInFlightGoesInAHostFunction) {
  for (int round = 0; round < 20; ++round) {
    if (!runtime) SetUp();
    auto over = std::make_shared<std::atomic<bool>>(false);
    auto ran = std::make_shared<std::atomic<bool>>(false);
    Gate gate;
    {
      Stream first = *here->stream();
      auto last = std::make_shared<Last>();
      last->stream.emplace(*there->stream());
      last->buffer.emplace(*last->stream->allocate<std::uint32_t>(1000));
      ASSERT_TRUE(gate.hold(*last->stream));
      ASSERT_TRUE(last->stream->fill(*last->buffer, 5u));
      ASSERT_TRUE(last->stream->host_function([ran] { *ran = true; }));
      last->device = there;
      last->runtime = runtime;
      ASSERT_TRUE(first.host_function([last, over] {
        *last = Last{};
        *over = true;
      }));
      last.reset();
      forget_devices();
    }
    ASSERT_TRUE(eventually([&] { return over->load(); })) << "round " << round;
    gate.open();
    ASSERT_TRUE(eventually([&] { return ran->load(); })) << "round " << round;
  }
}

// Each stream waits for a point of the other, and the last handles go while both are held.
TEST_P(TwoBackends, StreamsThatWaitForEachOtherEndWithoutAHandle) {
  for (int round = 0; round < 20; ++round) {
    if (!runtime) SetUp();
    auto ran = std::make_shared<std::atomic<int>>(0);
    Gate gate;
    {
      Stream first = *here->stream();
      Stream second = *there->stream();
      ASSERT_TRUE(gate.hold(first));
      ASSERT_TRUE(second.wait(*first.record()));
      ASSERT_TRUE(second.host_function([ran] { ++*ran; }));
      ASSERT_TRUE(first.wait(*second.record()));
      ASSERT_TRUE(first.host_function([ran] { ++*ran; }));
      ASSERT_TRUE(second.wait(*first.record()));
      ASSERT_TRUE(second.host_function([ran] { ++*ran; }));
      forget_devices();
    }
    gate.open();
    ASSERT_TRUE(eventually([&] { return ran->load() == 3; })) << ran->load() << " in round " << round;
  }
}

TEST_P(TwoBackends, AFailureGoesOverTheBridgeToAFunctionWhoseStreamIsGone) {
  auto told = std::make_shared<std::atomic<int>>(0);
  Gate gate;
  {
    Stream first = *here->stream();
    Stream second = *there->stream();
    ASSERT_TRUE(gate.hold(first));
    ASSERT_TRUE(first.host_function([]() -> Result<void> { return Error(ErrorCode::quota_exceeded, "failed there"); }));
    ASSERT_TRUE(second.wait(*first.record()));
    auto* keep = new std::shared_ptr<std::atomic<int>>(told);
    const auto queued = second.host_function(
        [](void* user, hy_error* error) -> hy_status {
          const std::unique_ptr<std::shared_ptr<std::atomic<int>>> mine(
              static_cast<std::shared_ptr<std::atomic<int>>*>(user));
          **mine += error->code == HY_QUOTA_EXCEEDED ? 1 : 100;
          return HY_OK;
        },
        keep);
    ASSERT_TRUE(queued);
    forget_devices();
  }
  gate.open();
  EXPECT_TRUE(eventually([&] { return told.use_count() == 1; }));
  EXPECT_EQ(*told, 1);
}

INSTANTIATE_TEST_SUITE_P(Devices, TwoBackends, testing::Values("cpu", "opencl"), test::name_of);

}  // namespace
