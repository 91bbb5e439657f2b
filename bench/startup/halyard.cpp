// The smallest Halyard program with a verified result: the device is the argument, the kernel was compiled ahead of
// time, or comes from the cache where the build could not compile for the device. Writes which.
#include "halyard/halyard.hpp"

#include <cstdio>

#include "bench_kernels.hpp"

int main(int, char** argv) {
  constexpr std::uint32_t kItems = 1024;
  const auto runtime = halyard::Runtime::create();
  if (!runtime) return 1;
  const auto device = runtime->device(argv[1]);
  if (!device) return std::puts(std::string(device.error().message()).c_str()), 1;
  auto stream = device->stream();
  const auto bundle = halyard::Bundle::from_linked(*runtime, bench_kernels::bundle());
  if (!stream || !bundle) return 1;
  const auto kernel = bench_kernels::saxpy(*bundle, *device);
  if (!kernel) return std::puts(std::string(kernel.error().message()).c_str()), 1;
  auto x = stream->allocate<float>(kItems);
  auto y = stream->allocate<float>(kItems);
  float host[kItems];
  for (std::uint32_t i = 0; i < kItems; ++i) host[i] = static_cast<float>(i);
  if (!x || !y || !stream->write_now(*x, host) || !stream->write_now(*y, host)) return 1;
  if (!stream->launch(*kernel, halyard::Items{kItems}, 2.0f, *x, *y, kItems)) return 1;
  if (!stream->read_now(host, *y)) return 1;
  for (std::uint32_t i = 0; i < kItems; ++i) {
    if (host[i] != 3.0f * static_cast<float>(i)) return 1;
  }
  const auto info = kernel->info();
  if (!info) return 1;
  std::fputs(info->from_cache != 0 ? "from the cache" : "out of the bundle", stdout);
  return 0;
}
