// Launches N times, through Halyard or the vendor's own calls, for callgrind to count the instructions of
// (instructions.sh): of the two functions named launches_through_…, nothing else.
#include <cstdlib>
#include <cstring>

#include "fixture.hpp"
#include "raw_gpu.hpp"
#include "raw_level_zero.hpp"
#include "raw_opencl.hpp"

extern "C" {

__attribute__((noinline)) void launches_through_halyard(const halyard::BoundKernel& empty, halyard::Buffer<float>& y,
                                                        unsigned long launches) {
  const halyard::Grid one = halyard::Groups{1};
  for (; launches > 0; --launches) bench::check(empty(one, y), "launch");
}

__attribute__((noinline)) void launches_through_opencl(bench::RawOpencl& raw, cl_kernel kernel,
                                                       unsigned long launches) {
  for (; launches > 0; --launches) raw.launch(kernel, 1, 1);
}

__attribute__((noinline)) void launches_through_gpu(bench::RawGpu& raw, bench::RawGpu::Kernel& kernel,
                                                    unsigned long launches) {
  for (; launches > 0; --launches) raw.launch(kernel, 1, 1);
}

__attribute__((noinline)) void launches_through_level_zero(bench::RawLevelZero& raw,
                                                           bench::RawLevelZero::Kernel& kernel,
                                                           unsigned long launches) {
  for (; launches > 0; --launches) raw.launch(kernel, 1, 1);
}

}  // extern "C"

namespace {

constexpr const char* kRawEmpty = "RAW_KERNEL void empty(RAW_GLOBAL float* y) {}\n";

template <class Raw>
int through(Raw& raw, void (*launches_through)(Raw&, decltype(raw.kernel("", ""))&, unsigned long),
            unsigned long launches) {
  auto kernel = raw.problem.empty() ? raw.kernel(kRawEmpty, "empty") : typename Raw::Kernel{};
  const auto y = raw.problem.empty() ? raw.buffer(256) : typename Raw::Memory{};
  if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
  raw.set(kernel, y);
  launches_through(raw, kernel, launches);
  raw.wait();
  return 0;
}

void launches_of_opencl(bench::RawOpencl& raw, cl_kernel& kernel, unsigned long launches) {
  launches_through_opencl(raw, kernel, launches);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) bench::stop("usage: bench_instructions halyard|raw opencl|cuda|hip|level_zero LAUNCHES");
  const unsigned long launches = std::strtoul(argv[3], nullptr, 10);
  const std::string backend = argv[2];
  if (std::strcmp(argv[1], "raw") == 0) {
    if (backend == "opencl") {
      bench::RawOpencl raw;
      return through(raw, launches_of_opencl, launches);
    }
    if (backend == "level_zero") {
      bench::RawLevelZero raw;
      return through(raw, launches_through_level_zero, launches);
    }
    bench::RawGpu raw(backend == "cuda" ? bench::cuda_names() : bench::hip_names());
    return through(raw, launches_through_gpu, launches);
  }
  // valgrind does not know the clone() that starts the worker.
  halyard::RuntimeOptions options;
  options.worker_policy = halyard::WorkerPolicy::never;
  bench::Fixture fixture(argv[2], options);
  auto y = bench::check(fixture.stream.allocate<float>(64), "buffer");
  const auto kernel = fixture.kernel_from("HY_WORKGROUP(1)\nHY_KERNEL(empty, HY_OUT(float, y)) {}\n", "empty");
  const auto empty = bench::check(kernel.on(fixture.stream), "bound kernel");
  launches_through_halyard(empty, y, launches);
  bench::check(fixture.stream.synchronize(), "wait");
  return 0;
}
