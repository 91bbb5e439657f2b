// After fork() every noun of the parent's runtime answers forked_process in the child, which may make a runtime of its
// own; the parent notices nothing.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "halyard/halyard.hpp"

#if defined(__SANITIZE_THREAD__)
#define HALYARD_TEST_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HALYARD_TEST_TSAN 1
#endif
#endif

namespace {

using namespace halyard;

// Runs `body` in a child; its exit code is the number of the first check that failed there, 0 for none, -1 without a
// child.
int in_child(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    _exit(body());
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

struct Fork : testing::Test {
  Runtime runtime = make();
  Device device = *runtime.device("cpu");
  Stream stream = *device.stream();
  Buffer<float> buffer = *stream.allocate<float>(100);
  Point point = *stream.record();
  Bundle bundle = *Bundle::from_source(runtime, "HY_KERNEL(k, HY_OUT(int, x)) { x[0] = 1; }\n", "k.hk");

  static Runtime make() {
    RuntimeOptions options;
    options.backends = "cpu";
    return *Runtime::create(options);
  }
};

template <class R>
bool forked(const R& result) {
  return !result && result.error().code() == ErrorCode::forked_process;
}

TEST_F(Fork, EveryNounAnswersForkedProcessInTheChild) {
  ASSERT_TRUE(stream.fill(buffer.view(), 1.0f));
  ASSERT_TRUE(stream.synchronize());
  const int failed = in_child([&] {
    std::vector<float> host(100);
    if (!forked(runtime.devices())) return 1;
    if (!forked(runtime.device("cpu"))) return 2;
    if (!forked(device.stream())) return 3;
    if (!forked(stream.fill(buffer.view(), 2.0f))) return 4;
    if (!forked(stream.write(buffer.view(), std::span<const float>(host)))) return 5;
    if (!forked(stream.read_now(std::span(host), buffer.view()))) return 6;
    if (!forked(stream.synchronize())) return 7;
    if (!forked(stream.record())) return 8;
    if (!forked(stream.allocate<float>(4))) return 9;
    if (!forked(point.wait())) return 10;
    if (!forked(point.reached())) return 11;
    if (!forked(bundle.kernel(device, "k"))) return 12;
    if (!forked(stream.wait(point))) return 13;
    if (!forked(stream.flush())) return 14;
    return 0;
  });
  EXPECT_EQ(failed, 0);
  // The parent goes on as before.
  std::vector<float> host(100);
  ASSERT_TRUE(stream.read_now(std::span(host), buffer.view()));
  EXPECT_EQ(host[99], 1.0f);
}

TEST_F(Fork, HandlesMayBeReleasedInTheChild) {
  ASSERT_TRUE(stream.fill(buffer.view(), 1.0f));
  const int failed = in_child([&] {
    { Buffer<float> gone = std::move(buffer); }
    { Stream gone = std::move(stream); }
    return 0;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_TRUE(stream.synchronize());
}

TEST_F(Fork, TheChildMayMakeARuntimeOfItsOwn) {
#ifdef HALYARD_TEST_TSAN
  GTEST_SKIP() << "ThreadSanitizer does not follow threads that are made after a fork";
#endif
  ASSERT_TRUE(stream.synchronize());
  const int failed = in_child([] {
    RuntimeOptions options;
    options.backends = "cpu";
    auto own = Runtime::create(options);
    if (!own) return 1;
    auto cpu = own->device("cpu");
    if (!cpu) return 2;
    auto theirs = cpu->stream();
    if (!theirs) return 3;
    auto memory = theirs->allocate<std::uint32_t>(1000);
    if (!memory) return 4;
    if (!theirs->fill(memory->view(), 5u)) return 5;
    std::vector<std::uint32_t> got(1000);
    if (!theirs->read_now(std::span(got), memory->view())) return 6;
    return got[999] == 5u ? 0 : 7;
  });
  EXPECT_EQ(failed, 0);
}

}  // namespace
