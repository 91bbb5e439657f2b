// What is given up while its work is in flight: nobody who releases it waits, the work runs to its end, and then
// nothing of it is left, neither memory nor threads.
#include <vector>

#include "tests/integration/in_flight.hpp"

namespace {

using namespace halyard;
using halyard::test::eventually;
using halyard::test::Gate;
using halyard::test::resident_bytes;
using halyard::test::thread_count;

constexpr char kSlow[] =
    "HY_KERNEL(slow, HY_OUT(uint, x), HY_VAL(uint, turns))\n{\n  uint a = 1u;\n"
    "  for (uint i = 0; i < turns; ++i) { a = a * 1664525u + 1013904223u; }\n  x[hy_global_id(0)] = a | 1u;\n}\n";

class GivenUp : public test::OnDevice {};

TEST_P(GivenUp, AStreamIsReleasedAtOnceWhileAHostFunctionHoldsIt) {
  Gate gate;
  std::vector<std::uint32_t> got(10000);
  std::optional<Point> done;
  {
    Stream given_up = stream();
    auto buffer = given_up.allocate<std::uint32_t>(got.size());
    ASSERT_TRUE(buffer);
    ASSERT_TRUE(gate.hold(given_up));
    ASSERT_TRUE(given_up.fill(*buffer, 7u));
    ASSERT_TRUE(given_up.read(std::span(got), *buffer));
    auto point = given_up.record();
    ASSERT_TRUE(point);
    done.emplace(std::move(*point));
    ASSERT_TRUE(gate.entered());
  }
  gate.open();  // only now: had a release waited, the gate would have run out of patience
  ASSERT_TRUE(done->wait());
  EXPECT_FALSE(gate.timed_out());
  EXPECT_EQ(got.front(), 7u);
  EXPECT_EQ(got.back(), 7u);
}

TEST_P(GivenUp, AStreamIsReleasedWhileAKernelRuns) {
  auto bundle = Bundle::from_source(*runtime, kSlow, "slow.hk");
  ASSERT_TRUE(bundle);
  auto kernel = bundle->kernel(*device, "slow");
  ASSERT_TRUE(kernel) << kernel.error().c_str();
  std::vector<std::uint32_t> got(64);
  std::optional<Point> done;
  {
    Stream given_up = stream();
    auto buffer = given_up.allocate<std::uint32_t>(got.size());
    ASSERT_TRUE(buffer);
    auto launched = given_up.launch(*kernel, Groups{1}.in(64), *buffer, std::uint32_t{2'000'000});
    ASSERT_TRUE(launched) << launched.error().c_str();
    ASSERT_TRUE(given_up.read(std::span(got), *buffer));
    auto point = given_up.record();
    ASSERT_TRUE(point);
    done.emplace(std::move(*point));
  }
  ASSERT_TRUE(done->wait());
  for (std::uint32_t value : got) EXPECT_EQ(value & 1u, 1u);
}

TEST_P(GivenUp, TheWorkIsDoneWithoutAnyHandleLeft) {
  auto ran = std::make_shared<std::atomic<int>>(0);
  Gate gate;
  {
    Stream given_up = stream();
    ASSERT_TRUE(gate.hold(given_up));
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(given_up.host_function([ran] { ++*ran; }));
  }
  device.reset();
  runtime.reset();
  EXPECT_EQ(ran->load(), 0);
  gate.open();
  EXPECT_TRUE(eventually([&] { return ran->load() == 3; }));
  EXPECT_TRUE(eventually([&] { return ran.use_count() == 1; })) << "the functions are destroyed after their call";
}

TEST_P(GivenUp, AStreamMayBeReleasedByItsOwnHostFunction) {
  auto last = std::make_shared<std::optional<Stream>>(stream());
  Gate gate;
  auto ran = std::make_shared<std::atomic<bool>>(false);
  ASSERT_TRUE(gate.hold(**last));
  ASSERT_TRUE((*last)->host_function([last, ran] {
    last->reset();
    *ran = true;
  }));
  device.reset();
  runtime.reset();
  gate.open();
  EXPECT_TRUE(eventually([&] { return ran->load(); }));
}

// The memory of a buffer that is released with its stream is free once the work is done: far more than the machine
// could hold goes through, with every stream given up while it is held.
TEST_P(GivenUp, TheMemoryOfStreamsInFlightIsFreedAfterwards) {
  hy_device_info info = device->info();
  const std::uint64_t bytes = std::min<std::uint64_t>(info.max_allocation_bytes, 16u << 20);
  const auto round = [&] {
    Gate gate;
    Stream given_up = stream();
    auto buffer = given_up.allocate<std::uint8_t>(bytes);
    ASSERT_TRUE(buffer) << buffer.error().c_str();
    ASSERT_TRUE(given_up.fill(*buffer, std::uint8_t{1}));
    ASSERT_TRUE(gate.hold(given_up));
    ASSERT_TRUE(given_up.fill(*buffer, std::uint8_t{2}));
    ASSERT_TRUE(gate.entered());
    ASSERT_TRUE(buffer->release());
  };
  const std::size_t threads = thread_count();
  round();
  const std::uint64_t before = resident_bytes();
  // Under a sanitizer freed memory is kept aside for a while.
  const int rounds = HALYARD_TEST_SANITIZED ? 4 : 64;
  for (int i = 0; i < rounds; ++i) round();
  EXPECT_TRUE(eventually([&] { return thread_count() <= threads + 8 + std::thread::hardware_concurrency(); }));
#if !HALYARD_TEST_SANITIZED
  EXPECT_TRUE(eventually([&] {
    (void)stream().synchronize();
    return resident_bytes() < before + 20 * bytes;
  })) << resident_bytes()
      << " bytes, " << before << " before";
#else
  (void)before;
#endif
}

// Everything is given up with work in flight, runtime included; its last end comes on the library's own thread, which
// takes every other thread down and ends itself.
TEST_P(GivenUp, NoThreadIsLeftWhenAllIsOver) {
  const std::string selector = GetParam();
  const auto life = [&](int streams) {
    auto own = test::cpu_and_opencl();
    ASSERT_TRUE(own);
    auto own_device = own->device(selector.c_str());
    ASSERT_TRUE(own_device);
    std::vector<std::unique_ptr<Gate>> gates;
    for (int i = 0; i < streams; ++i) {
      auto given_up = own_device->stream();
      ASSERT_TRUE(given_up);
      auto buffer = given_up->allocate<std::uint32_t>(1000);
      ASSERT_TRUE(buffer);
      gates.push_back(std::make_unique<Gate>());
      ASSERT_TRUE(gates.back()->hold(*given_up));
      ASSERT_TRUE(given_up->fill(*buffer, 3u));
    }
    own_device = Error(ErrorCode::internal, "given up");
    own = Error(ErrorCode::internal, "given up");
    for (auto& gate : gates) ASSERT_TRUE(gate->entered());
  };
  life(1);  // a driver's own threads are made now, and stay
  device.reset();
  runtime.reset();
  std::size_t before = 0;
  // How many stay is known when their number no longer changes.
  ASSERT_TRUE(eventually([&] {
    const std::size_t now = thread_count();
    for (int i = 0; i < 50; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      if (thread_count() != now) return false;
    }
    before = now;
    return true;
  }));
  for (int i = 0; i < 5; ++i) life(8);
  EXPECT_TRUE(eventually([&] { return thread_count() <= before; })) << thread_count() << " threads, " << before;
}

INSTANTIATE_TEST_SUITE_P(Devices, GivenUp, testing::Values("cpu", "opencl"), test::name_of);

}  // namespace
