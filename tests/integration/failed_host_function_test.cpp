// Host functions on streams that fail: each that was accepted is called exactly once, with the stream's error, so that
// it can let go of what it owns; also when nobody holds the stream any more.
#include <cstring>

#include "tests/integration/in_flight.hpp"

namespace {

using namespace halyard;
using halyard::test::eventually;
using halyard::test::Gate;

// What a host function saw. Lives until the end of the test: a second call would be seen too.
struct Seen {
  std::atomic<int> calls{0};
  std::atomic<hy_status> code{HY_OK};
  std::atomic<bool> named{false};  // the error's sentence is the first failure's

  static hy_status function(void* user, hy_error* error) {
    auto& self = *static_cast<Seen*>(user);
    self.code = error->code;
    self.named = std::strstr(error->message, "the first to fail") != nullptr;
    ++self.calls;
    return HY_OK;
  }
  bool told_once() const { return calls == 1 && code == HY_QUOTA_EXCEEDED && named; }
};

Result<void> fail_first() { return Error(ErrorCode::quota_exceeded, "the first to fail"); }

class FailedHostFunction : public test::OnDevice {};

TEST_P(FailedHostFunction, ThoseBehindAFailingOneAreCalledOnceWithItsError) {
  Stream failing = stream();
  Gate gate;
  Seen seen[3];
  ASSERT_TRUE(gate.hold(failing));
  ASSERT_TRUE(failing.host_function(fail_first));
  for (Seen& one : seen) ASSERT_TRUE(failing.host_function(Seen::function, &one));
  gate.open();
  auto done = failing.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::quota_exceeded);
  for (Seen& one : seen) EXPECT_TRUE(one.told_once()) << one.calls << " calls, code " << one.code;
}

TEST_P(FailedHostFunction, OneThatIsRefusedIsNotCalled) {
  Stream failing = stream();
  ASSERT_TRUE(failing.host_function(fail_first));
  ASSERT_FALSE(failing.synchronize());
  Seen seen;
  auto queued = failing.host_function(Seen::function, &seen);
  ASSERT_FALSE(queued);
  EXPECT_EQ(queued.error().code(), ErrorCode::quota_exceeded);
  (void)failing.synchronize();
  { Stream gone = std::move(failing); }
  EXPECT_EQ(seen.calls, 0);
}

// Between the failure and the moment in which somebody learns of it, a submission may succeed or be refused: what
// succeeded is called, what was refused is not.
TEST_P(FailedHostFunction, AcceptedMeansCalledWhileTheFailureIsOnItsWay) {
  for (int round = 0; round < 200; ++round) {
    Stream failing = stream();
    Seen seen[4];
    ASSERT_TRUE(failing.host_function(fail_first));
    bool taken[4] = {};
    for (int i = 0; i < 4; ++i) {
      taken[i] = failing.host_function(Seen::function, &seen[i]).has_value();
    }
    ASSERT_FALSE(failing.synchronize());
    { Stream gone = std::move(failing); }
    for (int i = 0; i < 4; ++i) {
      ASSERT_EQ(seen[i].calls, taken[i] ? 1 : 0) << "round " << round << ", function " << i;
      if (taken[i]) {
        ASSERT_TRUE(seen[i].told_once());
      }
    }
  }
}

TEST_P(FailedHostFunction, OneIsCalledThoughItsStreamWasReleasedFirst) {
  Gate gate;
  auto seen = std::make_shared<Seen>();
  {
    Stream failing = stream();
    ASSERT_TRUE(gate.hold(failing));
    ASSERT_TRUE(failing.host_function(fail_first));
    ASSERT_TRUE(failing.host_function(Seen::function, seen.get()));
  }
  device.reset();
  runtime.reset();
  gate.open();
  EXPECT_TRUE(eventually([&] { return seen->calls == 1; }));
  EXPECT_TRUE(seen->told_once());
}

TEST_P(FailedHostFunction, OneOfAStreamThatWaitsForAFailingOneIsToldItsError) {
  Stream failing = stream();
  Stream waiting = stream();
  Gate gate;
  Seen seen;
  ASSERT_TRUE(gate.hold(failing));
  ASSERT_TRUE(failing.host_function(fail_first));
  auto point = failing.record();
  ASSERT_TRUE(point);
  ASSERT_TRUE(waiting.wait(*point));
  ASSERT_TRUE(waiting.host_function(Seen::function, &seen));
  gate.open();
  auto done = waiting.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::quota_exceeded);
  EXPECT_TRUE(seen.told_once()) << seen.calls << " calls, code " << seen.code;
}

TEST_P(FailedHostFunction, WhatACallableOwnsIsDestroyedThoughItIsNotCalled) {
  auto owned = std::make_shared<std::atomic<int>>(0);
  Gate gate;
  {
    Stream failing = stream();
    ASSERT_TRUE(gate.hold(failing));
    ASSERT_TRUE(failing.host_function(fail_first));
    ASSERT_TRUE(failing.host_function([owned] { ++*owned; }));
    gate.open();
    ASSERT_FALSE(failing.synchronize());
    ASSERT_FALSE(failing.host_function([owned] { ++*owned; }));
  }
  EXPECT_TRUE(eventually([&] { return owned.use_count() == 1; }));
  EXPECT_EQ(*owned, 0);
}

INSTANTIATE_TEST_SUITE_P(Devices, FailedHostFunction, testing::Values("cpu", "opencl"), test::name_of);

}  // namespace
