// What a launch through Halyard costs beside raw OpenCL calls: an empty kernel, once and waited for, and a thousand in
// a row; and a kernel with arguments that are set anew each time.
#include "fixture.hpp"
#include "raw_opencl.hpp"

namespace {

constexpr const char* kKernels = R"(
HY_WORKGROUP(1)
HY_KERNEL(empty, HY_OUT(float, y)) {}

HY_KERNEL(two, HY_OUT(float, y), HY_IN(float, x), HY_VAL(float, a), HY_VAL(uint, n))
{
  if (hy_global_id(0) < n) y[hy_global_id(0)] = a * x[hy_global_id(0)];
}
)";

constexpr const char* kRawKernels = R"(
__kernel __attribute__((reqd_work_group_size(1, 1, 1))) void empty(__global float* y) {}

__kernel void two(__global float* restrict y, __global const float* restrict x, float a, uint n)
{
  if (get_global_id(0) < n) y[get_global_id(0)] = a * x[get_global_id(0)];
}
)";

constexpr unsigned kInARow = 1000;

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("launches through Halyard and through raw OpenCL", argc, argv);
  bench::RawOpencl raw;
  if (!raw.problem.empty()) {
    report.skip("launch", raw.problem);
    return report.finish();
  }
  bench::Fixture halyard_side("opencl");
  auto& stream = halyard_side.stream;
  auto y = bench::check(stream.allocate<float>(64), "buffer");
  auto x = bench::check(stream.allocate<float>(64), "buffer");
  bench::check(stream.fill(x, 1.0f), "fill");
  const auto empty = bench::check(halyard_side.kernel_from(kKernels, "empty").on(stream), "bound kernel");
  const auto two = bench::check(halyard_side.kernel_from(kKernels, "two").on(stream), "bound kernel");

  cl_kernel raw_empty = raw.kernel(kRawKernels, "empty");
  cl_kernel raw_two = raw.kernel(kRawKernels, "two");
  cl_mem raw_y = raw.buffer(256), raw_x = raw.buffer(256);
  if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
  raw.call.clSetKernelArg(raw_empty, 0, sizeof raw_y, &raw_y);
  bench::pin_thread(0);
  report.options().count_waiting = false;  // to wake PoCL's thread is part of a launch

  const halyard::Grid one = halyard::Groups{1};
  const auto raw_launch = [&] {
    const size_t items = 1;
    if (raw.call.clEnqueueNDRangeKernel(raw.queue, raw_empty, 1, nullptr, &items, &items, 0, nullptr, nullptr) !=
        CL_SUCCESS) {
      bench::stop("raw launch failed");
    }
  };
  // Where PoCL's thread sleeps changes every few tens of milliseconds, and what waking it costs with it: raw calls
  // beside raw calls differed by 4 % in segments of the usual length. So: short ones, and many.
  bench::Options finer = report.options();
  finer.segment_seconds = 0.004;
  finer.rounds *= 10;
  report.compare(
      {.name = "launch_and_wait", .device = "opencl"}, "raw OpenCL", "arguments set once, no events",
      bench::Limit::ratio(1.03), finer,
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          bench::check(empty(one, y), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          raw_launch();
          raw.call.clFinish(raw.queue);
        }
      });
  report.compare(
      {.name = "launch_1000", .device = "opencl", .shape = "1000 launches"}, "raw OpenCL",
      "arguments set once, no events", bench::Limit::ratio(1.03),
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) bench::check(empty(one, y), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) raw_launch();
          raw.call.clFinish(raw.queue);
        }
      });
  const halyard::Grid items = halyard::Items{64}.in(64);
  report.compare(
      {.name = "launch_arguments", .device = "opencl", .dtype = "float", .shape = "1000 launches, 4 arguments"},
      "raw OpenCL", "arguments set at each launch, no events", {},
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) bench::check(two(items, y, x, 2.0f, 64u), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) {
            const float a = 2.0f;
            const cl_uint count = 64;
            const size_t size = 64;
            raw.call.clSetKernelArg(raw_two, 0, sizeof raw_y, &raw_y);
            raw.call.clSetKernelArg(raw_two, 1, sizeof raw_x, &raw_x);
            raw.call.clSetKernelArg(raw_two, 2, sizeof a, &a);
            raw.call.clSetKernelArg(raw_two, 3, sizeof count, &count);
            raw.call.clEnqueueNDRangeKernel(raw.queue, raw_two, 1, nullptr, &size, &size, 0, nullptr, nullptr);
          }
          raw.call.clFinish(raw.queue);
        }
      });
  return report.finish();
}
