// STREAM's triad over 512 MiB (three arrays together), all cores: on `cpu` beside OpenMP with the same flags, on OpenCL
// beside the raw calls with a kernel written by hand.
#include <cstdlib>
#include <cstring>

#include "fixture.hpp"
#include "raw_opencl.hpp"
#include "triad_openmp.hpp"

namespace {

constexpr std::uint64_t kItems = (std::uint64_t{512} << 20) / 3 / sizeof(float) / 4096 * 4096;
constexpr double kBytes = 3.0 * sizeof(float) * kItems;

constexpr const char* kRawTriad = R"(
__kernel void triad(__global float* restrict a, __global const float* restrict b, __global const float* restrict c, float s, ulong n)
{
  const size_t i = get_global_id(0);
  if (i < n) a[i] = b[i] + s * c[i];
}
)";

struct Side {
  bench::Fixture fixture;
  halyard::Buffer<float> a, b, c;
  halyard::Kernel kernel;

  explicit Side(const char* device)
      : fixture(device),
        a(bench::check(fixture.stream.allocate<float>(kItems), "buffer")),
        b(bench::check(fixture.stream.allocate<float>(kItems), "buffer")),
        c(bench::check(fixture.stream.allocate<float>(kItems), "buffer")),
        kernel(fixture.kernel("triad.hk", "triad")) {
    bench::check(fixture.stream.fill(a, 0.0f), "fill");
    bench::check(fixture.stream.fill(b, 1.0f), "fill");
    bench::check(fixture.stream.fill(c, 2.0f), "fill");
    bench::check(fixture.stream.synchronize(), "wait");
  }

  void run(std::uint64_t n) {
    for (; n > 0; --n) {
      bench::check(fixture.stream.launch(kernel, halyard::Items{kItems}, a, b, c, 3.0f, kItems), "launch");
      bench::check(fixture.stream.synchronize(), "wait");
    }
  }
};

void on_cpu(bench::Report& report) {
  Side side("cpu");
  float* arrays[3];
  for (float*& array : arrays) {
    array = static_cast<float*>(std::aligned_alloc(4096, kItems * sizeof(float)));
    if (array == nullptr) bench::stop("no memory");
  }
  bench::triad_openmp(arrays[0], arrays[1], arrays[2], 0.0f, kItems);  // touched by the threads that use them
  std::memset(arrays[1], 0, kItems * sizeof(float));
  std::memset(arrays[2], 0, kItems * sizeof(float));
  report.compare(
      {.name = "triad", .device = "cpu", .dtype = "float", .shape = "512 MiB", .work = kBytes, .unit = "B/s"}, "OpenMP",
      "-O3 -march=native, all cores", bench::Limit::ratio(1.03), [&](std::uint64_t n) { side.run(n); },
      [&](std::uint64_t n) {
        for (; n > 0; --n) bench::triad_openmp(arrays[0], arrays[1], arrays[2], 3.0f, kItems);
      });
  for (float* array : arrays) std::free(array);
}

void on_opencl(bench::Report& report) {
  bench::RawOpencl raw;
  if (!raw.problem.empty()) return report.skip("triad on opencl", raw.problem);
  Side side("opencl");
  cl_kernel kernel = raw.kernel(kRawTriad, "triad");
  cl_mem arrays[3];
  for (cl_mem& array : arrays) array = raw.buffer(kItems * sizeof(float));
  if (!raw.problem.empty()) bench::stop("%s", raw.problem.c_str());
  const float s = 3.0f;
  const cl_ulong n64 = kItems;
  std::vector<float> ones(kItems, 1.0f);
  for (cl_uint i = 0; i < 3; ++i) {
    raw.call.clSetKernelArg(kernel, i, sizeof arrays[i], &arrays[i]);
    raw.call.clEnqueueWriteBuffer(raw.queue, arrays[i], CL_TRUE, 0, kItems * sizeof(float), ones.data(), 0, nullptr,
                                  nullptr);
  }
  raw.call.clSetKernelArg(kernel, 3, sizeof s, &s);
  raw.call.clSetKernelArg(kernel, 4, sizeof n64, &n64);
  report.compare(
      {.name = "triad", .device = "opencl", .dtype = "float", .shape = "512 MiB", .work = kBytes, .unit = "B/s"},
      "raw OpenCL", "its own choice of workgroup", bench::Limit::ratio(1.05), [&](std::uint64_t n) { side.run(n); },
      [&](std::uint64_t n) {
        const size_t items = kItems;
        for (; n > 0; --n) {
          raw.call.clEnqueueNDRangeKernel(raw.queue, kernel, 1, nullptr, &items, nullptr, 0, nullptr, nullptr);
          raw.call.clFinish(raw.queue);
        }
      });
}

}  // namespace

int main(int argc, char** argv) {
  // OpenMP's threads would otherwise spin on the cores while the other side runs.
  bench::with_environment("OMP_WAIT_POLICY", "passive", argv);
  bench::Report report("triad over 512 MiB, all cores", argc, argv);
  report.options().count_waiting = false;  // both sides wake a thread a core
  const auto& wanted = report.arguments();
  if (wanted.empty() || wanted[0] == "cpu") on_cpu(report);
  if (wanted.empty() || wanted[0] == "opencl") on_opencl(report);
  return report.finish();
}
