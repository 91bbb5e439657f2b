// Kernels in phases on one thread: a tiled transpose of 4096 x 4096 and the reduction of 2^24 floats, the same sources
// on `cpu` and on PoCL through OpenCL.
#include <cmath>

#include "fixture.hpp"

namespace {

constexpr std::uint64_t kSide = 4096;
constexpr std::uint64_t kItems = std::uint64_t{1} << 24;
constexpr std::uint64_t kTile = 32;
constexpr std::uint64_t kGroups = kItems / (256 * 8);  // of 256 items with 8 elements each: reduce.hk

struct Side {
  bench::Fixture fixture;
  halyard::Buffer<float> x, y;
  halyard::Kernel transpose, reduce;

  explicit Side(const char* device)
      : fixture(device),
        x(bench::check(fixture.stream.allocate<float>(kItems), "buffer")),
        y(bench::check(fixture.stream.allocate<float>(kItems), "buffer")),
        transpose(fixture.kernel("transpose.hk", "transpose")),
        reduce(fixture.kernel("reduce.hk", "reduce_sum")) {
    std::vector<float> values(kItems);
    for (std::uint64_t i = 0; i < kItems; ++i) values[i] = static_cast<float>(i % 64);
    bench::check(fixture.stream.write_now(x, values), "write");
    bench::check(fixture.stream.fill(y, 0.0f), "fill");
    verify(values);
  }

  void run_transpose(std::uint64_t n) {
    for (; n > 0; --n) {
      bench::check(fixture.stream.launch(transpose, halyard::Groups{kSide / kTile, kSide / kTile}, x, y, kSide, kSide),
                   "launch");
      bench::check(fixture.stream.synchronize(), "wait");
    }
  }

  void run_reduce(std::uint64_t n) {
    for (; n > 0; --n) {
      bench::check(fixture.stream.launch(reduce, halyard::Groups{kGroups}, x, y, kItems), "launch");
      bench::check(fixture.stream.synchronize(), "wait");
    }
  }

 private:
  void verify(const std::vector<float>& values) {
    std::vector<float> out(kItems);
    run_transpose(1);
    bench::check(fixture.stream.read_now(out, y), "read");
    for (std::uint64_t i = 0; i < kItems; i += 977) {
      if (out[i] != values[i % kSide * kSide + i / kSide]) bench::stop("wrong transpose on this device");
    }
    run_reduce(1);
    bench::check(fixture.stream.read_now(out, y), "read");
    double sum = 0;
    for (std::uint64_t i = 0; i < kGroups; ++i) sum += out[i];
    if (std::fabs(sum - 31.5 * kItems) > 1e-4 * sum) bench::stop("wrong sum on this device: %g", sum);
  }
};

}  // namespace

int main(int argc, char** argv) {
  bench::with_environment("POCL_MAX_PTHREAD_COUNT", "1", argv);
  bench::Report report("kernels in phases, one thread, cpu and PoCL", argc, argv);
  std::string why;
  bench::pin_thread(0);                    // before any pool is made: one thread of each, on one core
  report.options().count_waiting = false;  // the host's thread and the pool's take turns on it
  if (!bench::has_device("opencl", &why)) {
    report.skip("phases", why);
    return report.finish();
  }
  Side cpu("cpu"), pocl("opencl");
  report.compare(
      {.name = "transpose",
       .device = "cpu",
       .dtype = "float",
       .shape = "4096x4096",
       .work = 8.0 * kItems,
       .unit = "B/s"},
      "PoCL", "the same source, one thread", bench::Limit::ratio(1.0), [&](std::uint64_t n) { cpu.run_transpose(n); },
      [&](std::uint64_t n) { pocl.run_transpose(n); });
  report.compare(
      {.name = "reduction", .device = "cpu", .dtype = "float", .shape = "2^24", .work = 4.0 * kItems, .unit = "B/s"},
      "PoCL", "the same source, one thread", bench::Limit::ratio(1.0), [&](std::uint64_t n) { cpu.run_reduce(n); },
      [&](std::uint64_t n) { pocl.run_reduce(n); });
  return report.finish();
}
