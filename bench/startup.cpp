// From the start of a process to its end, with one verified result between: Halyard's smallest program beside the
// smallest raw OpenCL program (both with their kernel in a cache) or raw CUDA, HIP or Level Zero program (both with
// machine code made before: in Halyard's bundle where the build had a compiler for the device, else in the cache), and
// on `cpu` beside a process that does nothing.
#include <cstdio>

#include "process.hpp"
#include "raw_gpu.hpp"
#include "raw_level_zero.hpp"
#include "raw_opencl.hpp"

namespace {

constexpr const char* kRawSaxpy = R"(
RAW_KERNEL void saxpy(float a, RAW_GLOBAL const float* x, RAW_GLOBAL float* y, unsigned long n)
{
  unsigned long i = RAW_ID;
  if (i < n) y[i] = a * x[i] + y[i];
}
)";

// A file that holds the peer's machine code, for as long as this lives.
class RawImage {
 public:
  explicit RawImage(const std::string& code) {
    const int file = mkstemp(name_);
    if (file < 0 || write(file, code.data(), code.size()) != static_cast<ssize_t>(code.size())) {
      bench::stop("can't write the peer's machine code");
    }
    close(file);
  }
  ~RawImage() { std::remove(name_); }
  RawImage(const RawImage&) = delete;
  RawImage& operator=(const RawImage&) = delete;
  const char* name() const { return name_; }

 private:
  char name_[64] = "/tmp/bench-startup-XXXXXX";
};

auto process_of(const std::string& folder, std::vector<std::string> command) {
  command[0] = folder + "/" + command[0];
  return [command](std::uint64_t n) {
    for (; n > 0; --n) bench::run_process(command);
  };
}

template <class Raw>
void on_gpu(bench::Report& report, const bench::Options& options, const std::string& folder, Raw& raw) {
  const std::string code = raw.problem.empty() ? raw.compile(kRawSaxpy) : "";
  if (!raw.problem.empty()) return report.skip_device("startup", raw.backend(), raw.problem);
  const RawImage image(code);
  const std::vector<std::string> ours = {folder + "/bench_startup_halyard", raw.backend()};
  bench::run_process(ours);  // compiles and keeps the kernel where the bundle has no image
  const std::string variant = bench::run_process(ours);
  report.compare({.name = "startup", .device = raw.backend(), .variant = variant}, raw.name(),
                 "the smallest program, machine code from a file; Halyard's " + variant,
                 bench::Limit::difference_s(3e-3), options,
                 process_of(folder, {"bench_startup_halyard", raw.backend()}),
                 process_of(folder, {"bench_startup_gpu", raw.backend(), image.name()}));
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("process start to first verified result", argc, argv);
  const std::string folder = bench::own_folder();
  const auto process = [&](const std::vector<std::string>& command) { return process_of(folder, command); };
  // Children's threads run beside the parent, which only waits: its own waiting says nothing.
  bench::Options options = report.options();
  options.count_waiting = false;
  options.segment_seconds = 0.1;

  if (report.wants_device("cpu")) {
    report.compare({.name = "startup", .device = "cpu", .variant = "ahead of time"}, "an empty process", "main() {}",
                   bench::Limit::candidate_s(5e-3), options, process({"bench_startup_halyard", "cpu"}),
                   process({"bench_startup_nothing"}));
  }
  if (report.wants_device("opencl")) {
    if (const bench::RawOpencl raw; !raw.problem.empty()) {
      report.skip_device("startup", "opencl", raw.problem);
    } else {
      report.compare({.name = "startup", .device = "opencl", .variant = "from the cache"}, "raw OpenCL",
                     "the smallest program, kernel in PoCL's cache", bench::Limit::ratio(1.10), options,
                     process({"bench_startup_halyard", "opencl"}), process({"bench_startup_opencl"}));
    }
  }
  for (const bench::GpuNames* names : {&bench::cuda_names(), &bench::hip_names()}) {
    if (!report.wants_device(names->backend)) continue;
    bench::RawGpu raw(*names);
    on_gpu(report, options, folder, raw);
  }
  if (report.wants_device("level_zero")) {
    bench::RawLevelZero raw;
    on_gpu(report, options, folder, raw);
  }
  return report.finish();
}
