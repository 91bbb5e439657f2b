// The harness, with clocks that we wind ourselves.
#include "harness.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <string>

namespace bench {
namespace {

struct FakeClock {
  std::uint64_t now = 0;
  Disturbance so_far;
  std::uint64_t now_ns() const { return now; }
  Disturbance disturbance() const { return so_far; }
};

Options quick() {
  Options options;
  options.rounds = 31;
  options.segment_seconds = 0.001;
  return options;
}

TEST(Harness, the_ratio_is_candidate_to_peer_and_the_difference_is_of_one_operation) {
  FakeClock clock;
  const Comparison result = compare(
      clock, quick(), [&](std::uint64_t n) { clock.now += n * 1200; }, [&](std::uint64_t n) { clock.now += n * 1000; });
  EXPECT_NEAR(result.ratio.median, 1.2, 1e-12);
  EXPECT_NEAR(result.difference_s.median, 200e-9, 1e-15);
  EXPECT_NEAR(result.candidate_s.median, 1.2e-6, 1e-15);
  EXPECT_EQ(result.rounds, 31u);
  EXPECT_EQ(result.rejected, 0u);
}

TEST(Harness, a_segment_is_filled_with_operations) {
  FakeClock clock;
  const Comparison result = compare(
      clock, quick(), [&](std::uint64_t n) { clock.now += n * 10; }, [&](std::uint64_t n) { clock.now += n * 20; });
  EXPECT_GE(static_cast<double>(result.repeats) * 20e-9, 0.001);
  EXPECT_LE(static_cast<double>(result.repeats) * 20e-9, 0.0025);
}

TEST(Harness, the_four_segments_of_a_round_are_a_b_b_a_and_b_a_a_b_by_turns) {
  FakeClock clock;
  std::string order;
  compare(
      clock, quick(),
      [&](std::uint64_t n) {
        order += 'a';
        clock.now += n * 1000;
      },
      [&](std::uint64_t n) {
        order += 'b';
        clock.now += n * 1000;
      });
  const std::string rounds = order.substr(order.size() - 31 * 4);
  const std::string first = order.substr(order.size() - 31 * 4, 4);
  for (std::size_t i = 0; i < rounds.size(); i += 4) {
    const bool like_first = i / 4 % 2 == 0;
    EXPECT_EQ(rounds.substr(i, 4), like_first == (first == "abba") ? "abba" : "baab");
  }
}

TEST(Harness, whoever_comes_first_in_a_round_does_not_lose_by_it) {
  FakeClock clock;
  int looks = 0;
  const auto work = [&](std::uint64_t n) {
    clock.now += n * 1000;
    if (++looks % 4 == 1) clock.now += n * 100;  // the first of each round is slower
  };
  Options options = quick();
  options.rounds = 40;
  const Comparison result = compare(clock, options, work, work);
  EXPECT_NEAR(result.ratio.median, 1.0, 2e-3);
}

TEST(Harness, a_machine_that_slows_down_steadily_does_not_favour_either) {
  FakeClock clock;
  double cost = 1000;
  const auto work = [&](std::uint64_t n) {
    clock.now += static_cast<std::uint64_t>(static_cast<double>(n) * cost);
    cost += 5;
  };
  const Comparison result = compare(clock, quick(), work, work);
  EXPECT_NEAR(result.ratio.median, 1.0, 1e-3);
}

TEST(Harness, a_round_in_which_others_took_a_core_is_thrown_away_and_counted) {
  FakeClock clock;
  unsigned calls = 0;
  const Comparison result = compare(
      clock, quick(),
      [&](std::uint64_t n) {
        clock.now += n * 1000;
        if (++calls % 7 != 0) return;
        clock.now += 40'000'000;  // we stood still
        clock.so_far.others_ns += 40'000'000;
      },
      [&](std::uint64_t n) { clock.now += n * 1000; });
  EXPECT_EQ(result.rounds, 31u);
  EXPECT_GE(result.rejected, 5u);
  EXPECT_NEAR(result.ratio.median, 1.0, 1e-12);
  EXPECT_NEAR(result.ratio.high, 1.0, 1e-12);
}

TEST(Harness, waiting_in_a_run_queue_counts_unless_our_own_threads_outnumber_the_cores) {
  const Disturbance before{100, 100}, after{100, 100 + 3'000'000};
  Options options;
  EXPECT_TRUE(is_disturbed(before, after, 100'000'000, options));
  options.count_waiting = false;
  EXPECT_FALSE(is_disturbed(before, after, 100'000'000, options));
}

TEST(Harness, the_rounding_of_a_tick_is_no_disturbance) {
  EXPECT_FALSE(is_disturbed({0, 0}, {10'000'000, 0}, 100'000'000, Options()));
  EXPECT_TRUE(is_disturbed({0, 0}, {15'000'000, 0}, 100'000'000, Options()));
}

TEST(Harness, it_ends_when_everything_is_disturbed) {
  FakeClock clock;
  Options options = quick();
  options.most_seconds = 1.0;
  const auto work = [&](std::uint64_t n) {
    clock.now += n * 1000;
    clock.so_far.others_ns += 50'000'000;
  };
  const Comparison result = compare(clock, options, work, work);
  EXPECT_EQ(result.rounds, 0u);
  EXPECT_GT(result.rejected, 10u);
}

TEST(Harness, the_bounds_are_the_10th_and_the_21st_of_30_values) {
  std::vector<double> values(30);
  std::iota(values.begin(), values.end(), 1.0);
  const Estimate found = estimate(values);
  EXPECT_DOUBLE_EQ(found.median, 15.5);
  EXPECT_DOUBLE_EQ(found.low, 10.0);
  EXPECT_DOUBLE_EQ(found.high, 21.0);
}

TEST(Harness, with_few_values_the_bounds_are_the_extremes) {
  const Estimate found = estimate({3.0, 1.0, 2.0});
  EXPECT_DOUBLE_EQ(found.median, 2.0);
  EXPECT_DOUBLE_EQ(found.low, 1.0);
  EXPECT_DOUBLE_EQ(found.high, 3.0);
}

TEST(Harness, the_bounds_hold_the_true_median_19_times_of_20) {
  std::mt19937_64 random(20240607);
  std::exponential_distribution<double> skewed(1.0);
  const double truth = std::log(2.0);
  unsigned held = 0;
  constexpr unsigned kTrials = 2000;
  for (unsigned trial = 0; trial < kTrials; ++trial) {
    std::vector<double> values(40);
    for (double& value : values) value = skewed(random);
    const Estimate found = estimate(values);
    held += found.low <= truth && truth <= found.high;
  }
  EXPECT_GE(held, kTrials * 94 / 100);
}

}  // namespace
}  // namespace bench
