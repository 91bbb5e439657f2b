// Launches N times, through Halyard or raw OpenCL, for callgrind to count the instructions of (instructions.sh).
#include <cstdlib>
#include <cstring>

#include "fixture.hpp"
#include "raw_opencl.hpp"

int main(int argc, char** argv) {
  if (argc != 3) bench::stop("usage: bench_instructions halyard|raw LAUNCHES");
  const unsigned long launches = std::strtoul(argv[2], nullptr, 10);
  if (std::strcmp(argv[1], "raw") == 0) {
    bench::RawOpencl raw;
    cl_kernel kernel = raw.problem.empty() ? raw.kernel("__kernel void empty(__global float* y) {}", "empty") : nullptr;
    cl_mem y = raw.problem.empty() ? raw.buffer(256) : nullptr;
    if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
    raw.call.clSetKernelArg(kernel, 0, sizeof y, &y);
    const size_t items = 1;
    for (unsigned long i = 0; i < launches; ++i) {
      raw.call.clEnqueueNDRangeKernel(raw.queue, kernel, 1, nullptr, &items, &items, 0, nullptr, nullptr);
    }
    raw.call.clFinish(raw.queue);
    return 0;
  }
  bench::Fixture fixture("opencl");
  auto y = bench::check(fixture.stream.allocate<float>(64), "buffer");
  const auto kernel = fixture.kernel_from("HY_WORKGROUP(1)\nHY_KERNEL(empty, HY_OUT(float, y)) {}\n", "empty");
  const auto empty = bench::check(kernel.on(fixture.stream), "bound kernel");
  const halyard::Grid one = halyard::Groups{1};
  for (unsigned long i = 0; i < launches; ++i) bench::check(empty(one, y), "launch");
  bench::check(fixture.stream.synchronize(), "wait");
  return 0;
}
