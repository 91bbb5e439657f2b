// quickstart [DEVICE]: says what each device of the machine is, runs three kernels on it, compares their results with
// plain C++ and tells how fast they were. Exit code: 0 when every result is right, 1 when one is wrong or a call
// failed, 64 for wrong usage.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "halyard/halyard.hpp"
#include "quickstart_kernels.hpp"

using namespace halyard;

namespace {

constexpr std::uint64_t kRows = 2048, kCols = 1024 + 3;  // odd on purpose: the last tiles are not full
constexpr std::uint64_t kReduceGroup = 256;              // ITEMS of quickstart.hk
constexpr int kRounds = 5;

// Everything that the kernels run with on one device.
struct Session {
  const Device& device;
  const Bundle& bundle;
  Stream stream;
  std::vector<float> host_x, host_y;
  std::uint64_t rows;
  bool right = true;

  std::uint64_t count() const { return rows * kCols; }
};

// Runs `work` a few times and gives the least time that the device says it took: by timed points where it has them, by
// the host's clock else.
template <class Work>
Result<double> seconds_of(Session& s, Work&& work) {
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    if (s.device.has(HY_CAP_TIMED_POINTS)) {
      const Result<Point> begin = s.stream.record_timed();
      if (!begin) return begin.error();
      if (const Result<void> done = work(); !done) return done.error();
      const Result<Point> end = s.stream.record_timed();
      if (!end) return end.error();
      if (const Result<void> waited = end->wait(); !waited) return waited.error();
      const Result<std::chrono::nanoseconds> elapsed = Point::elapsed(*begin, *end);
      if (!elapsed) return elapsed.error();
      best = std::min(best, std::chrono::duration<double>(*elapsed).count());
    } else {
      const auto begin = std::chrono::steady_clock::now();
      if (const Result<void> done = work(); !done) return done.error();
      if (const Result<void> waited = s.stream.synchronize(); !waited) return waited.error();
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
  }
  return best;
}

// One line of the table. `worst` is the largest error as a multiple of the bound: right up to 1.
void report(Session& s, const char* name, double seconds, std::uint64_t bytes, double worst) {
  const bool right = worst <= 1.0;  // false for NaN too
  s.right = s.right && right;
  std::printf("    %-10s %-5s %9.3f ms %8.2f GB/s\n", name, right ? "right" : "WRONG", seconds * 1e3,
              static_cast<double>(bytes) / seconds * 1e-9);
}

// y = a x + y, once checked; then repeated for its time.
Result<void> run_saxpy(Session& s) {
  const auto kernel = quickstart_kernels::saxpy(s.bundle, s.device);
  if (!kernel) return kernel.error();
  auto x = s.stream.allocate<float>(s.count());
  if (!x) return x.error();
  auto y = s.stream.allocate<float>(s.count());
  if (!y) return y.error();
  if (auto done = s.stream.write(*x, s.host_x); !done) return done;
  if (auto done = s.stream.write(*y, s.host_y); !done) return done;
  const float a = 1.5f;
  const auto launch = [&] { return s.stream.launch(*kernel, Items{s.count()}, *x, *y, a, s.count()); };
  if (auto done = launch(); !done) return done;
  std::vector<float> got(s.count(), std::nanf(""));
  if (auto done = s.stream.read_now(got, *y); !done) return done;

  // Each of the two operations rounds once, or both together when they are fused.
  double worst = 0;
  for (std::uint64_t i = 0; i < s.count(); ++i) {
    const double product = static_cast<double>(a) * s.host_x[i];
    const double bound = (std::fabs(product) + std::fabs(product + s.host_y[i])) * 0x1p-24;
    worst = std::max(worst, std::isnan(got[i]) ? INFINITY : std::fabs(got[i] - (product + s.host_y[i])) / bound);
  }
  const Result<double> seconds = seconds_of(s, launch);
  if (!seconds) return seconds.error();
  report(s, "saxpy", *seconds, 3 * s.count() * sizeof(float), worst);
  return {};
}

// A matrix of s.rows x kCols transposed: every element must be the very same.
Result<void> run_transpose(Session& s) {
  const auto kernel = quickstart_kernels::transpose(s.bundle, s.device);
  if (!kernel) return kernel.error();
  auto x = s.stream.allocate<float>(s.count());
  if (!x) return x.error();
  auto y = s.stream.allocate<float>(s.count());
  if (!y) return y.error();
  if (auto done = s.stream.write(*x, s.host_x); !done) return done;
  if (auto done = s.stream.fill(*y, std::nanf("")); !done) return done;
  const auto launch = [&] { return s.stream.launch(*kernel, Items{kCols, s.rows}, *x, *y, s.rows, kCols); };
  if (auto done = launch(); !done) return done;
  std::vector<float> got(s.count());
  if (auto done = s.stream.read_now(got, *y); !done) return done;

  std::uint64_t wrong = 0;
  for (std::uint64_t row = 0; row < s.rows; ++row) {
    for (std::uint64_t col = 0; col < kCols; ++col) {
      wrong += got[col * s.rows + row] != s.host_x[row * kCols + col] ? 1 : 0;
    }
  }
  const Result<double> seconds = seconds_of(s, launch);
  if (!seconds) return seconds.error();
  report(s, "transpose", *seconds, 2 * s.count() * sizeof(float), wrong == 0 ? 0 : INFINITY);
  return {};
}

// The sum of all elements: each launch leaves one number a workgroup, until one is left.
Result<void> run_reduce(Session& s) {
  const auto kernel = quickstart_kernels::reduce(s.bundle, s.device);
  if (!kernel) return kernel.error();
  auto x = s.stream.allocate<float>(s.count());
  if (!x) return x.error();
  const std::uint64_t sums_count = (s.count() + kReduceGroup - 1) / kReduceGroup;
  auto even = s.stream.allocate<float>(sums_count);
  if (!even) return even.error();
  auto odd = s.stream.allocate<float>(sums_count);
  if (!odd) return odd.error();
  if (auto done = s.stream.write(*x, s.host_x); !done) return done;

  View<const float> result = *x;
  int depth = 0;
  const auto launch = [&]() -> Result<void> {
    View<const float> from = *x;
    depth = 0;
    for (std::uint64_t left = s.count(); left > 1; ++depth) {
      const View<float> to = depth % 2 == 0 ? even->view() : odd->view();
      const std::uint64_t groups = (left + kReduceGroup - 1) / kReduceGroup;
      if (auto done = s.stream.launch(*kernel, Groups{groups}, from, to, left); !done) return done;
      from = to;
      left = groups;
    }
    result = from;
    return {};
  };
  if (auto done = launch(); !done) return done;
  float got = std::nanf("");
  if (auto done = s.stream.read_now(std::span(&got, 1), result); !done) return done;

  double sum = 0, magnitude = 0;
  for (const float value : s.host_x) {
    sum += value;
    magnitude += std::fabs(value);
  }
  const double additions = depth * std::log2(static_cast<double>(kReduceGroup));  // that one element takes part in
  const double bound = additions * 0x1p-24 * magnitude;
  const Result<double> seconds = seconds_of(s, launch);
  if (!seconds) return seconds.error();
  report(s, "reduction", *seconds, s.count() * sizeof(float),
         std::isnan(got) ? INFINITY : std::fabs(got - sum) / bound);
  return {};
}

void describe(const Device& device) {
  const DeviceInfo& info = device.info();
  std::printf("%s:%u  %s  (%s)\n", info.backend, info.index, info.name, info.vendor);
  std::printf("    id %s, %u compute units, %.1f GiB%s%s\n", info.id, info.compute_units,
              static_cast<double>(info.memory_bytes) / 0x1p30, info.driver_version[0] != '\0' ? ", driver " : "",
              info.driver_version);
}

// Gives whether all results on the device are right.
Result<bool> run_device(const Runtime& runtime, const Device& device, std::uint64_t rows) {
  describe(device);
  if (!device.has(HY_CAP_KERNELS)) {
    std::printf("    skipped: it launches no kernels\n");
    return true;
  }
  const Result<Bundle> bundle = Bundle::from_linked(runtime, quickstart_kernels::bundle());
  if (!bundle) return bundle.error();
  Result<Stream> stream = device.stream({.timing = device.has(HY_CAP_TIMED_POINTS)});
  if (!stream) return stream.error();
  const std::size_t count = rows * kCols;
  Session session{device, *bundle, *std::move(stream), std::vector<float>(count), std::vector<float>(count), rows};
  std::mt19937 random(1);
  std::uniform_real_distribution<float> values(-1, 1);
  for (float& value : session.host_x) value = values(random);
  for (float& value : session.host_y) value = values(random);

  for (const auto run : {run_saxpy, run_transpose, run_reduce}) {
    if (const Result<void> done = run(session); !done) return done.error();
  }
  return session.right;
}

// The device that was asked for, or every device and its alternatives.
Result<std::vector<Device>> choose(const Runtime& runtime, const char* selector) {
  if (selector != nullptr) {
    return runtime.device(selector).transform([](const Device& device) { return std::vector<Device>{device}; });
  }
  Result<std::vector<Device>> devices = runtime.devices();
  if (!devices) return devices;
  std::vector<Device> all;
  for (const Device& device : *devices) {
    all.push_back(device);
    const Result<std::vector<Device>> alternatives = device.alternatives();
    if (!alternatives) return alternatives.error();
    all.insert(all.end(), alternatives->begin(), alternatives->end());
  }
  return all;
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "quickstart: %s\n", error.c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const char* usage =
      "usage: quickstart [DEVICE [ROWS]]     DEVICE: cpu, opencl:0, a vendor's name or a device's id\n"
      "                                      ROWS: of 1027 numbers each, 1 to 65536 (2048)\n";
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    return std::fputs(usage, stdout) < 0 ? 1 : 0;
  }
  char* end = nullptr;
  const std::uint64_t rows = argc == 3 ? std::strtoull(argv[2], &end, 10) : kRows;
  if (argc > 3 || (argc >= 2 && argv[1][0] == '-') || (end != nullptr && *end != '\0') || rows < 1 || rows > 65536) {
    std::fputs(usage, stderr);
    return 64;
  }
  const Result<Runtime> runtime = Runtime::create();
  if (!runtime) return fail_with(runtime.error());
  const Result<std::vector<Device>> devices = choose(*runtime, argc >= 2 ? argv[1] : nullptr);
  if (!devices) return fail_with(devices.error());

  bool right = true;
  for (const Device& device : *devices) {
    const Result<bool> here = run_device(*runtime, device, rows);
    if (!here) std::fprintf(stderr, "quickstart: %s: %s\n", device.id().data(), here.error().c_str());
    right = right && here.value_or(false);
  }
  if (devices->empty()) std::printf("no device found\n");
  std::printf(right && !devices->empty() ? "all results are right\n" : "NOT all results are right\n");
  return right && !devices->empty() ? 0 : 1;
}
