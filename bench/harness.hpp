// The comparison that every benchmark makes: candidate and peer alternate, A B B A and B A A B, in one process, and the
// figure is the median of the rounds' ratios with its confidence interval. Rounds that other processes disturbed are
// thrown away and counted.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace bench {

struct Options {
  unsigned rounds = 40;           // kept ones that are wanted
  double segment_seconds = 0.03;  // of one of the four segments of a round
  double most_seconds = 60.0;     // of all rounds together; what is kept by then is used
  bool keep_disturbed = false;    // to try a benchmark on a busy machine; its figures mean nothing
  bool count_waiting = true;      // our own threads' time in run queues disturbs: not where they wake one another
};

// What disturbed us since some moment in the past; only differences mean anything.
struct Disturbance {
  std::uint64_t others_ns = 0;   // processor time of other processes and of the hypervisor's other guests
  std::uint64_t waiting_ns = 0;  // time that our threads were ready to run and did not
};

// A median with the bounds of its 95 % confidence interval.
struct Estimate {
  double median = 0.0;
  double low = 0.0;
  double high = 0.0;
};

struct Comparison {
  Estimate ratio;         // candidate / peer
  Estimate difference_s;  // candidate - peer, of one operation
  Estimate candidate_s;   // one operation
  Estimate peer_s;
  unsigned rounds = 0;        // kept
  unsigned rejected = 0;      // thrown away
  std::uint64_t repeats = 0;  // operations in a segment
};

// Order statistics of the binomial distribution: the median lies between the kth smallest and the kth largest value
// with 95 % confidence, whatever the distribution (Conover, Practical Nonparametric Statistics, 3.2). With fewer than
// six values no such k exists: the bounds are then the smallest and the largest.
inline Estimate estimate(std::vector<double> values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  const double count = static_cast<double>(n);
  std::size_t k = 0;
  for (double below = 0.0; k < n / 2; ++k) {
    const double i = static_cast<double>(k);
    below += std::exp(std::lgamma(count + 1) - std::lgamma(i + 1) - std::lgamma(count - i + 1) - count * std::log(2.0));
    if (below > 0.025) break;
  }
  const std::size_t low = k == 0 ? 0 : k - 1;
  return {(values[(n - 1) / 2] + values[n / 2]) / 2, values[low], values[n - 1 - low]};
}

inline bool is_disturbed(const Disturbance& before, const Disturbance& after, std::uint64_t round_ns,
                         const Options& options) {
  if (options.keep_disturbed) return false;
  // What is stolen is counted in ticks of 10 ms: one may be a rounding.
  constexpr std::uint64_t kTicksNs = 12'000'000;
  const std::uint64_t others = after.others_ns - before.others_ns;
  const std::uint64_t waiting = after.waiting_ns - before.waiting_ns;
  return others > std::max(kTicksNs, round_ns / 20) || (options.count_waiting && waiting > round_ns / 50);
}

// candidate(n) and peer(n) each do their operation n times. Clock has now_ns() and disturbance().
template <class Clock, class Candidate, class Peer>
Comparison compare(Clock& clock, const Options& options, Candidate&& candidate, Peer&& peer) {
  const auto timed = [&](auto& work, std::uint64_t repeats) {
    const std::uint64_t begin = clock.now_ns();
    work(repeats);
    return static_cast<double>(clock.now_ns() - begin) * 1e-9;
  };
  // As many operations as fill a segment, by the slower of the two; this also warms up.
  std::uint64_t repeats = 1;
  for (;;) {
    const double slower = std::max(timed(candidate, repeats), timed(peer, repeats));
    if (slower >= options.segment_seconds || repeats >= (std::uint64_t{1} << 40)) break;
    const double factor = slower > 0 ? std::min(options.segment_seconds / slower * 1.1, 100.0) : 100.0;
    repeats = std::max(repeats + 1, static_cast<std::uint64_t>(static_cast<double>(repeats) * factor));
  }

  Comparison result;
  result.repeats = repeats;
  std::vector<double> ratios, differences, candidates, peers;
  const std::uint64_t first = clock.now_ns();
  while (ratios.size() < options.rounds) {
    const Disturbance before = clock.disturbance();
    const std::uint64_t begin = clock.now_ns();
    // What comes first after a look at the clock of others is slower by a few per cent where threads wake one another:
    // every other round is B A A B.
    const bool peer_first = (result.rejected + ratios.size()) % 2 == 1;
    double a_sum = 0, b_sum = 0;
    for (const bool outer : {true, false, false, true}) {
      if (outer == peer_first) {
        b_sum += timed(peer, repeats);
      } else {
        a_sum += timed(candidate, repeats);
      }
    }
    const std::uint64_t end = clock.now_ns();
    if (is_disturbed(before, clock.disturbance(), end - begin, options)) {
      ++result.rejected;
    } else {
      const double a = a_sum / 2 / static_cast<double>(repeats);
      const double b = b_sum / 2 / static_cast<double>(repeats);
      ratios.push_back(a / b);
      differences.push_back(a - b);
      candidates.push_back(a);
      peers.push_back(b);
    }
    if (static_cast<double>(end - first) * 1e-9 > options.most_seconds) break;
  }
  result.rounds = static_cast<unsigned>(ratios.size());
  result.ratio = estimate(std::move(ratios));
  result.difference_s = estimate(std::move(differences));
  result.candidate_s = estimate(std::move(candidates));
  result.peer_s = estimate(std::move(peers));
  return result;
}

}  // namespace bench
