// Copies between host and device: through Halyard and through the vendor's own calls; on `cpu` a memcpy. On `cpu` and
// OpenCL small ones must cost at most 200 ns more, large ones at most 1.03 times the time; on GPUs all at most 1.02.
#include <cstdlib>
#include <cstring>
#include <memory>

#include "fixture.hpp"
#include "raw_gpu.hpp"
#include "raw_level_zero.hpp"
#include "raw_opencl.hpp"

namespace {

struct Size {
  std::uint64_t bytes;
  const char* name;
};
constexpr Size kSizes[] = {{64, "64 B"},         {1024, "1 KiB"},      {4096, "4 KiB"},
                           {16384, "16 KiB"},    {65536, "64 KiB"},    {1 << 20, "1 MiB"},
                           {16 << 20, "16 MiB"}, {64 << 20, "64 MiB"}, {256 << 20, "256 MiB"}};

bench::Limit limit_of(const Size& size) {
  return size.bytes <= 65536 ? bench::Limit::difference_s(200e-9) : bench::Limit::ratio(1.03);
}

using HostMemory = std::unique_ptr<std::byte[], void (*)(void*)>;

// Touched, and aligned as allocators of large blocks do.
HostMemory host_memory(std::uint64_t bytes) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096));
  if (memory == nullptr) bench::stop("no host memory");
  std::memset(memory, 1, bytes);
  return {memory, &std::free};
}

void must(bool done) {
  if (!done) bench::stop("a raw copy failed");
}

// Keeps the compiler from removing a copy whose result nobody reads.
void keep(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

void both_ways(bench::Report& report, bench::Fixture& side, const Size& size, bench::Limit limit,
               const HostMemory& memory, const char* peer, const char* setting, auto&& peer_write, auto&& peer_read) {
  auto buffer = bench::check(side.stream.allocate<std::uint8_t>(size.bytes), "buffer");
  const std::span<std::uint8_t> host(reinterpret_cast<std::uint8_t*>(memory.get()), size.bytes);
  bench::check(side.stream.write_now(buffer, host), "write");
  const std::string device(side.device.backend());
  const double work = static_cast<double>(size.bytes);
  report.compare(
      {.name = "host_to_device", .device = device, .shape = size.name, .work = work, .unit = "B/s"}, peer, setting,
      limit,
      [&](std::uint64_t n) {
        for (; n > 0; --n) bench::check(side.stream.write_now(buffer, host), "write");
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) peer_write(memory.get());
      });
  report.compare(
      {.name = "device_to_host", .device = device, .shape = size.name, .work = work, .unit = "B/s"}, peer, setting,
      limit,
      [&](std::uint64_t n) {
        for (; n > 0; --n) bench::check(side.stream.read_now(host, buffer), "read");
      },
      [&](std::uint64_t n) {
        for (; n > 0; --n) peer_read(memory.get());
      });
}

// A copy wakes the driver's thread, and what that costs changes every few tens of milliseconds: as in launch.cpp.
void measure_finely(bench::Report& report) {
  report.options().segment_seconds = 0.004;
  report.options().rounds *= 5;
  report.options().count_waiting = false;
}

void on_opencl(bench::Report& report) {
  bench::RawOpencl raw;
  if (!raw.problem.empty()) return report.skip_device("copy", "opencl", raw.problem);
  bench::Fixture side("opencl");
  for (const Size& size : kSizes) {
    cl_mem buffer = raw.buffer(size.bytes);
    if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
    both_ways(
        report, side, size, limit_of(size), host_memory(size.bytes), raw.name(), "blocking",
        [&](void* host) { must(raw.write(buffer, host, size.bytes)); },
        [&](void* host) { must(raw.read(host, buffer, size.bytes)); });
    raw.release(buffer);
  }
}

// From memory of malloc() and from pinned memory.
template <class Raw>
void on_gpu(bench::Report& report, Raw& raw) {
  if (!raw.problem.empty()) return report.skip_device("copy", raw.backend(), raw.problem);
  bench::Fixture side(raw.backend());
  for (const Size& size : kSizes) {
    const auto buffer = raw.buffer(size.bytes);
    auto* pinned = static_cast<std::byte*>(raw.pinned(size.bytes));
    if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
    const auto write = [&](void* host) { must(raw.write(buffer, host, size.bytes)); };
    const auto read = [&](void* host) { must(raw.read(host, buffer, size.bytes)); };
    const auto limit = bench::Limit::ratio(1.02);
    both_ways(report, side, size, limit, host_memory(size.bytes), raw.name(), "asynchronous, then a wait", write, read);
    std::memset(pinned, 1, size.bytes);
    both_ways(report, side, size, limit, HostMemory(pinned, [](void*) {}), raw.name(), "the same, pinned memory", write,
              read);
    raw.release_pinned(pinned);
    raw.release(buffer);
  }
}

void on_cpu(bench::Report& report) {
  bench::Fixture side("cpu");
  for (const Size& size : kSizes) {
    const HostMemory memory = host_memory(size.bytes);
    both_ways(
        report, side, size, limit_of(size), host_memory(size.bytes), "memcpy", "",
        [&](void* host) {
          std::memcpy(memory.get(), host, size.bytes);
          keep(memory.get());
        },
        [&](void* host) {
          std::memcpy(host, memory.get(), size.bytes);
          keep(host);
        });
  }
}

}  // namespace

int main(int argc, char** argv) {
  bench::Report report("copies between host and device", argc, argv);
  bench::pin_thread(0);
  if (report.wants_device("cpu")) on_cpu(report);
  measure_finely(report);
  if (report.wants_device("opencl")) on_opencl(report);
  for (const bench::GpuNames* names : {&bench::cuda_names(), &bench::hip_names()}) {
    if (!report.wants_device(names->backend)) continue;
    bench::RawGpu raw(*names);
    on_gpu(report, raw);
  }
  if (report.wants_device("level_zero")) {
    bench::RawLevelZero raw;
    on_gpu(report, raw);
  }
  return report.finish();
}
