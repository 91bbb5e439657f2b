// Launches N times, through Halyard or raw OpenCL, for callgrind to count the instructions of (instructions.sh): of the
// two functions named launches_through_…, nothing else.
#include <cstdlib>
#include <cstring>

#include "fixture.hpp"
#include "raw_opencl.hpp"

extern "C" {

__attribute__((noinline)) void launches_through_halyard(const halyard::BoundKernel& empty, halyard::Buffer<float>& y,
                                                        unsigned long launches) {
  const halyard::Grid one = halyard::Groups{1};
  for (; launches > 0; --launches) bench::check(empty(one, y), "launch");
}

__attribute__((noinline)) void launches_through_opencl(bench::RawOpencl& raw, cl_kernel kernel,
                                                       unsigned long launches) {
  const size_t items = 1;
  for (; launches > 0; --launches) {
    raw.call.clEnqueueNDRangeKernel(raw.queue, kernel, 1, nullptr, &items, &items, 0, nullptr, nullptr);
  }
}

}  // extern "C"

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) bench::stop("usage: bench_instructions halyard|opencl LAUNCHES [DEVICE]");
  const unsigned long launches = std::strtoul(argv[2], nullptr, 10);
  if (std::strcmp(argv[1], "opencl") == 0) {
    bench::RawOpencl raw;
    cl_kernel kernel = raw.problem.empty() ? raw.kernel("__kernel void empty(__global float* y) {}", "empty") : nullptr;
    cl_mem y = raw.problem.empty() ? raw.buffer(256) : nullptr;
    if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
    raw.call.clSetKernelArg(kernel, 0, sizeof y, &y);
    launches_through_opencl(raw, kernel, launches);
    raw.call.clFinish(raw.queue);
    return 0;
  }
  // valgrind does not know the clone() that starts the worker.
  halyard::RuntimeOptions options;
  options.worker_policy = halyard::WorkerPolicy::never;
  bench::Fixture fixture(argc > 3 ? argv[3] : "opencl", options);
  auto y = bench::check(fixture.stream.allocate<float>(64), "buffer");
  const auto kernel = fixture.kernel_from("HY_WORKGROUP(1)\nHY_KERNEL(empty, HY_OUT(float, y)) {}\n", "empty");
  const auto empty = bench::check(kernel.on(fixture.stream), "bound kernel");
  launches_through_halyard(empty, y, launches);
  bench::check(fixture.stream.synchronize(), "wait");
  return 0;
}
