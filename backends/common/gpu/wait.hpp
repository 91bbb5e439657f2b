// Waiting with a time limit, which the vendors' APIs lack.
#pragma once

#include <chrono>
#include <thread>

#include "backends/common/gpu/driver.hpp"

namespace halyard::gpu {

// Asks `query` until it answers something else than kNotReady, at first often, then ever more seldom, so that a long
// wait costs no processor time. Without a limit `block`, which is the driver's own, does the waiting.
template <class Driver, class Query, class Block>
typename Driver::Code wait_until(uint64_t timeout_ns, Query&& query, Block&& block) {
  using Clock = std::chrono::steady_clock;
  constexpr uint64_t kYearNs = 365ull * 86400 * 1000000000;
  if (timeout_ns > kYearNs) return block();
  auto code = query();
  if (code != Driver::kNotReady || timeout_ns == 0) return code;
  const Clock::time_point begin = Clock::now();
  const Clock::time_point end = begin + std::chrono::nanoseconds(timeout_ns);
  const Clock::time_point spin_until = begin + std::chrono::microseconds(20);
  auto pause = std::chrono::microseconds(10);
  for (;;) {
    code = query();
    const auto now = Clock::now();
    if (code != Driver::kNotReady || now >= end) return code;
    if (now < spin_until) continue;
    const auto left = std::chrono::duration_cast<std::chrono::microseconds>(end - now);
    std::this_thread::sleep_for(left < pause ? left : pause);
    if (pause < std::chrono::milliseconds(1)) pause += pause / 2;
  }
}

// For where memory is about to be given back: once more if the wait fails, since what still runs would use it.
template <class Driver>
typename Driver::Code synchronize_for_good(const Driver& driver, typename Driver::Stream stream) {
  const auto code = driver.stream_synchronize(stream);
  if (code != Driver::kOk) driver.stream_synchronize(stream);
  return code;
}

}  // namespace halyard::gpu
