// How long it takes to find the devices when no driver is installed, beside this machine as it is. `bench_discovery
// COMMAND…` runs the helper with COMMAND before it, which hides the drivers (scripts/bench gives one); the helper says
// the time.
#include <cstdlib>

#include "process.hpp"

namespace {

// Time as the helpers report it, so that starting them is not in it.
struct ReportedClock {
  std::uint64_t reported = 0;
  std::uint64_t now_ns() const { return reported; }
  // The time is the child's own, so what else ran while it was started says nothing: no round is thrown away here.
  bench::Disturbance disturbance() const { return {}; }
};

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("discovery without drivers", argc, argv);
  std::vector<std::string> hidden = report.arguments();
  if (hidden.empty()) {
    report.skip("discovery", "no command that hides the drivers was given");
    return report.finish();
  }
  ReportedClock clock;
  const auto once = [&](const std::vector<std::string>& command) {
    return [&clock, command](std::uint64_t n) {
      for (; n > 0; --n) clock.reported += std::strtoull(bench::run_process(command).c_str(), nullptr, 10);
    };
  };
  bench::Options options = report.options();
  options.segment_seconds = 1e-9;  // one process a segment
  options.most_seconds = 30;
  report.add({.name = "discovery", .device = "cpu", .variant = "no driver installed"}, "the same",
             "this machine's drivers installed", bench::Limit::candidate_s(5e-3),
             bench::compare(clock, options, once(hidden), once({bench::own_folder() + "/bench_discovery_once"})));
  return report.finish();
}
