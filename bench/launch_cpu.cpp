// What a launch of one workgroup on `cpu` costs when the host waits, beside the two ways to hand work to another
// thread: a condition variable and spinning; and the processor time that the pool uses when it has nothing to do.
#include <time.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "fixture.hpp"

namespace {

constexpr const char* kKernels = R"(
HY_WORKGROUP(1)
HY_KERNEL(one, HY_OUT(float, y)) { y[0] = 1.0f; }
)";

// A thread that answers each request, woken by a condition variable.
class SleepingPeer {
 public:
  SleepingPeer() : thread_([this] { serve(); }) {}
  ~SleepingPeer() {
    hand_over(kEnd);
    thread_.join();
  }
  void round_trip() {
    hand_over(kWork);
    std::unique_lock lock(mutex_);
    answered_.wait(lock, [this] { return state_ == kNothing; });
  }

 private:
  enum State { kNothing, kWork, kEnd };
  void hand_over(State state) {
    {
      const std::lock_guard lock(mutex_);
      state_ = state;
    }
    asked_.notify_one();
  }
  void serve() {
    for (;;) {
      std::unique_lock lock(mutex_);
      asked_.wait(lock, [this] { return state_ != kNothing; });
      if (state_ == kEnd) return;
      state_ = kNothing;
      lock.unlock();
      answered_.notify_one();
    }
  }
  std::mutex mutex_;
  std::condition_variable asked_, answered_;
  State state_ = kNothing;
  std::thread thread_;
};

// A thread that answers each request, and spins until it comes. It uses a core until it is destroyed; meanwhile both
// are kept on cores of their own, or the scheduler may leave them on one for milliseconds.
class SpinningPeer {
 public:
  SpinningPeer() : thread_([this] { serve(); }) { bench::pin_thread(0); }
  ~SpinningPeer() {
    state_.store(kEnd, std::memory_order_release);
    thread_.join();
    bench::unpin_thread();
  }
  void round_trip() {
    state_.store(kWork, std::memory_order_release);
    while (state_.load(std::memory_order_acquire) != kNothing) {
    }
  }

 private:
  enum State { kNothing, kWork, kEnd };
  void serve() {
    bench::pin_thread(1);
    for (;;) {
      const State state = state_.load(std::memory_order_acquire);
      if (state == kEnd) return;
      if (state == kWork) state_.store(kNothing, std::memory_order_release);
    }
  }
  std::atomic<State> state_{kNothing};
  std::thread thread_;
};

double process_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void sleep_for(long nanoseconds) {
  const timespec time{0, nanoseconds};
  nanosleep(&time, nullptr);
}

// Processor time of this process in 20 ms of sleep that begin 100 us after `work`.
template <class Work>
bench::Estimate processor_time_of_sleep(Work&& work) {
  std::vector<double> used;
  for (unsigned i = 0; i < 100; ++i) {
    work();
    sleep_for(100'000);
    const double before = process_seconds();
    sleep_for(20'000'000);
    used.push_back(process_seconds() - before);
  }
  return bench::estimate(used);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("a launch on cpu, one workgroup, and the host waits", argc, argv);
  // A thread that is woken has waited in a run queue: that is the hand-off which is measured here, not a disturbance.
  report.options().count_waiting = false;
  const bench::Estimate idle = report.wants("rest") ? processor_time_of_sleep([] {}) : bench::Estimate{};
  bench::Fixture fixture("cpu");
  auto& stream = fixture.stream;
  auto y = bench::check(stream.allocate<float>(64), "buffer");
  const auto one = bench::check(fixture.kernel_from(kKernels, "one").on(stream), "bound kernel");
  const halyard::Grid grid = halyard::Groups{1};
  const auto launch = [&](std::uint64_t n) {
    for (; n > 0; --n) {
      bench::check(one(grid, y), "launch");
      bench::check(stream.synchronize(), "wait");
    }
  };
  {
    SleepingPeer peer;
    report.compare({.name = "launch_and_wait", .device = "cpu"}, "condition variable", "hand-off to a thread and back",
                   bench::Limit::candidate_s(2e-6), launch, [&](std::uint64_t n) {
                     for (; n > 0; --n) peer.round_trip();
                   });
  }
  {
    report.compare({.name = "launch_and_wait", .device = "cpu"}, "spinning", "hand-off to a spinning thread and back",
                   {}, launch, [&](std::uint64_t n) {
                     SpinningPeer peer;
                     for (; n > 0; --n) peer.round_trip();
                   });
  }
  if (report.wants("rest")) {
    // Sleeping and reading clocks takes processor time too: what the same takes before there is a pool is taken off.
    const bench::Estimate used = processor_time_of_sleep([&] { launch(100); });
    report.add({"rest_after_100us", "cpu", used.median - idle.median, "s of processor time in 20 ms", 20e-6});
  }
  return report.finish();
}
