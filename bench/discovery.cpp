// How long it takes to find the devices when no driver is installed, beside this machine as it is, and what a vendor
// that is absent adds. `bench_discovery COMMAND…` runs the helper with COMMAND before it, which hides the drivers
// (scripts/bench gives one); the helper says the time.
#include <cstdlib>

#include "fixture.hpp"
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
  ReportedClock clock;
  const auto once = [&](std::vector<std::string> command, const char* backends = nullptr) {
    if (backends != nullptr) command.emplace_back(backends);
    return [&clock, command](std::uint64_t n) {
      for (; n > 0; --n) clock.reported += std::strtoull(bench::run_process(command).c_str(), nullptr, 10);
    };
  };
  const std::vector<std::string> here = {bench::own_folder() + "/bench_discovery_once"};
  bench::Options options = report.options();
  options.segment_seconds = 1e-9;  // one process a segment
  options.most_seconds = 30;
  if (hidden.empty()) {
    report.skip("discovery", "no command that hides the drivers was given");
  } else {
    report.add({.name = "discovery", .device = "cpu", .variant = "no driver installed"}, "the same",
               "this machine's drivers installed", bench::Limit::candidate_s(5e-3),
               bench::compare(clock, options, once(hidden), once(here)));
  }
  constexpr struct {
    const char *backend, *beside_cpu;
  } kVendors[] = {{"cuda", "cuda,cpu"}, {"hip", "hip,cpu"}, {"level_zero", "level_zero,cpu"}};
  for (const auto& vendor : kVendors) {
    std::string why;
    if (bench::has_device(vendor.backend, &why)) {
      report.skip(std::string("discovery of an absent ") + vendor.backend, "it is here");
      continue;
    }
    report.add({.name = "discovery_absent", .device = vendor.backend}, "cpu alone", "in a process of its own",
               bench::Limit::difference_s(2e-3),
               bench::compare(clock, options, once(here, vendor.beside_cpu), once(here, "cpu")));
  }
  return report.finish();
}
