// An outside program with a kernel that was compiled when the program was built.
#include <cstdio>
#include <vector>

#include "halyard/halyard.hpp"
#include "outside_kernels.hpp"

namespace {

int failed(const halyard::Error& error) {
  std::printf("%s\n", std::string(error.message()).c_str());
  return 1;
}

}  // namespace

int main() {
  const auto runtime = halyard::Runtime::create();
  if (!runtime) return failed(runtime.error());
  const auto device = runtime->device();
  if (!device) return failed(device.error());
  auto stream = device->stream();
  if (!stream) return failed(stream.error());
  const auto bundle = halyard::Bundle::from_linked(*runtime, outside_kernels::bundle());
  if (!bundle) return failed(bundle.error());
  const auto scale = outside_kernels::scale(*bundle, *device);
  if (!scale) return failed(scale.error());

  std::vector<float> host(1000, 2.0f);
  auto x = stream->allocate<float>(host.size());
  if (!x) return failed(x.error());
  if (auto done = stream->write_now(*x, host); !done) return failed(done.error());
  if (auto done = stream->launch(*scale, halyard::Items{host.size()}, *x, 1.5f, host.size()); !done)
    return failed(done.error());
  if (auto done = stream->read_now(host, *x); !done) return failed(done.error());
  for (const float value : host) {
    if (value != 3.0f) return std::printf("wrong result: %g\n", static_cast<double>(value)), 1;
  }
  return 0;
}
