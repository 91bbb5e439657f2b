// An outside program, built without exceptions and run-time type information, with a kernel that is compiled when it
// runs.
#include <cstdio>
#include <string>
#include <vector>

#include "halyard/halyard.hpp"

namespace {

constexpr const char* kSource = R"(
HY_KERNEL(add_one, HY_INOUT(float, x), HY_VAL(ulong, n))
{
  const ulong i = hy_global_id(0);
  if (i < n) x[i] += 1.0f;
})";

halyard::Result<float> run() {
  const auto runtime = halyard::Runtime::create();
  if (!runtime) return runtime.error();
  const auto device = runtime->device();
  if (!device) return device.error();
  auto stream = device->stream();
  if (!stream) return stream.error();
  const auto bundle = halyard::Bundle::from_source(*runtime, kSource, "add_one.hk");
  if (!bundle) return bundle.error();
  const auto kernel = bundle->kernel(*device, "add_one");
  if (!kernel) return kernel.error();
  std::vector<float> host(64, 1.0f);
  auto x = stream->allocate<float>(host.size());
  if (!x) return x.error();
  if (auto done = stream->write_now(*x, host); !done) return done.error();
  if (auto done = stream->launch(*kernel, halyard::Items{host.size()}, *x, host.size()); !done) return done.error();
  if (auto done = stream->read_now(host, *x); !done) return done.error();
  float sum = 0;
  for (const float value : host) sum += value;
  return sum;
}

}  // namespace

int main() {
  const auto sum = run();
  if (!sum) return std::printf("%s\n", std::string(sum.error().message()).c_str()), 1;
  return *sum == 128.0f ? 0 : 1;
}
