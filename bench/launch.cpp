// What a launch through Halyard costs beside the vendor's own calls: an empty kernel, once and waited for, and a
// thousand in a row; and a kernel with arguments that are set anew each time. For each of OpenCL, CUDA, HIP and Level
// Zero that is there.
#include "fixture.hpp"
#include "raw_gpu.hpp"
#include "raw_level_zero.hpp"
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
RAW_KERNEL RAW_ONE_ITEM void empty(RAW_GLOBAL float* y) {}

RAW_KERNEL void two(RAW_GLOBAL float* RAW_RESTRICT y, RAW_GLOBAL const float* RAW_RESTRICT x, float a, unsigned n)
{
  if (RAW_ID < n) y[RAW_ID] = a * x[RAW_ID];
}
)";

constexpr unsigned kInARow = 1000;

struct Limits {
  bench::Limit once, row;
};

template <class Raw>
void on(bench::Report& report, Raw& raw, const Limits& limits) {
  if (!raw.problem.empty()) return report.skip_device("launch", raw.backend(), raw.problem);
  bench::Fixture halyard_side(raw.backend());
  auto& stream = halyard_side.stream;
  auto y = bench::check(stream.template allocate<float>(64), "buffer");
  auto x = bench::check(stream.template allocate<float>(64), "buffer");
  bench::check(stream.fill(x, 1.0f), "fill");
  const auto empty = bench::check(halyard_side.kernel_from(kKernels, "empty").on(stream), "bound kernel");
  const auto two = bench::check(halyard_side.kernel_from(kKernels, "two").on(stream), "bound kernel");

  auto raw_empty = raw.kernel(kRawKernels, "empty");
  auto raw_two = raw.kernel(kRawKernels, "two");
  const auto raw_y = raw.buffer(256), raw_x = raw.buffer(256);
  if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
  raw.set(raw_empty, raw_y);

  const halyard::Grid one = halyard::Groups{1};
  const auto raw_launch = [&] {
    if (!raw.launch(raw_empty, 1, 1)) bench::stop("raw launch failed");
  };
  const auto raw_wait = [&] {
    if (!raw.wait()) bench::stop("raw wait failed");
  };
  const std::string device = raw.backend();
  // Where PoCL's thread sleeps changes every few tens of milliseconds, and what waking it costs with it: raw calls
  // beside raw calls differed by 4 % in segments of the usual length. So: short ones, and many.
  bench::Options finer = report.options();
  finer.segment_seconds = 0.004;
  finer.rounds *= 10;
  report.compare(
      {.name = "launch_and_wait", .device = device}, raw.name(), "arguments set once, no events", limits.once, finer,
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          bench::check(empty(one, y), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          raw_launch();
          raw_wait();
        }
      });
  report.compare(
      {.name = "launch_1000", .device = device, .shape = "1000 launches"}, raw.name(), "arguments set once, no events",
      limits.row,
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) bench::check(empty(one, y), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) raw_launch();
          raw_wait();
        }
      });
  const halyard::Grid items = halyard::Items{64}.in(64);
  report.compare(
      {.name = "launch_arguments", .device = device, .dtype = "float", .shape = "1000 launches, 4 arguments"},
      raw.name(), "arguments set at each launch, no events", {},
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) bench::check(two(items, y, x, 2.0f, 64u), "launch");
          bench::check(stream.synchronize(), "wait");
        }
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) {
          for (unsigned i = 0; i < kInARow; ++i) {
            raw.set(raw_two, raw_y, raw_x, 2.0f, 64u);
            if (!raw.launch(raw_two, 1, 64)) bench::stop("raw launch failed");
          }
          raw_wait();
        }
      });
  raw.release(raw_y);
  raw.release(raw_x);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("launches through Halyard and through the vendors' own calls", argc, argv);
  bench::pin_thread(0);
  report.options().count_waiting = false;  // to wake PoCL's thread is part of a launch
  const auto ratio = bench::Limit::ratio;
  const auto both = bench::Limit::ratio_and_difference_s;
  if (report.wants_device("opencl")) {
    bench::RawOpencl raw;
    on(report, raw, {ratio(1.03), ratio(1.03)});
  }
  for (const bench::GpuNames* names : {&bench::cuda_names(), &bench::hip_names()}) {
    if (!report.wants_device(names->backend)) continue;
    bench::RawGpu raw(*names);
    on(report, raw, {both(1.02, 200e-9), both(1.02, kInARow * 200e-9)});
  }
  if (report.wants_device("level_zero")) {
    bench::RawLevelZero raw;
    on(report, raw, {both(1.02, 200e-9), both(1.02, kInARow * 200e-9)});
  }
  return report.finish();
}
