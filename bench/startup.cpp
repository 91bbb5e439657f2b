// From the start of a process to its end, with one verified result between: Halyard's smallest program beside the
// smallest raw OpenCL program (both with their kernel in a cache), and on `cpu` beside a process that does nothing.
#include "process.hpp"
#include "raw_opencl.hpp"

int main(int argc, char** argv) {
  bench::Report report("process start to first verified result", argc, argv);
  const std::string folder = bench::own_folder();
  const auto process = [&](std::vector<std::string> command) {
    command[0] = folder + "/" + command[0];
    return [command](std::uint64_t n) {
      for (; n > 0; --n) bench::run_process(command);
    };
  };
  // Children's threads run beside the parent, which only waits: its own waiting says nothing.
  bench::Options options = report.options();
  options.count_waiting = false;
  options.segment_seconds = 0.1;

  const auto nothing = process({"bench_startup_nothing"});
  report.compare({.name = "startup", .device = "cpu", .variant = "ahead of time"}, "an empty process", "main() {}",
                 bench::Limit::candidate_s(5e-3), options, process({"bench_startup_halyard", "cpu"}), nothing);
  if (const bench::RawOpencl raw; !raw.problem.empty()) {
    report.skip("startup on opencl", raw.problem);
  } else {
    report.compare({.name = "startup", .device = "opencl", .variant = "from the cache"}, "raw OpenCL",
                   "the smallest program, kernel in PoCL's cache", bench::Limit::ratio(1.10), options,
                   process({"bench_startup_halyard", "opencl"}), process({"bench_startup_opencl"}));
  }
  return report.finish();
}
