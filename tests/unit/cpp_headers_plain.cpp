// The whole C++ API compiled with -fno-exceptions -fno-rtti: it works, and the throwing value() does not exist.
#include <cstdint>
#include <vector>

#include "halyard/halyard.hpp"

namespace {

template <class R>
concept HasValue = requires(R result) {
  result.value();
};
static_assert(!HasValue<halyard::Result<int>> && !HasValue<halyard::Result<void>>);

}  // namespace

// Instantiates what a program uses.
halyard::Result<void> use_everything(const char* selector, std::vector<float>& host);
halyard::Result<void> use_everything(const char* selector, std::vector<float>& host) {
  using namespace halyard;
  const Result<Runtime> runtime = Runtime::create({.backends = "cpu"});
  if (!runtime) return runtime.error();
  if (const auto devices = runtime->devices(); !devices) return devices.error();
  if (const auto backends = runtime->backends(); !backends) return backends.error();
  const Result<Device> device = runtime->device(selector);
  if (!device) return device.error();
  Result<Stream> stream = device->stream({.timing = true});
  if (!stream) return stream.error();
  Result<Buffer<float>> x = stream->allocate<float>(host.size());
  if (!x) return x.error();
  const Result<Bundle> bundle = Bundle::from_source(*runtime, "");
  if (!bundle) return bundle.error();
  const auto kernel = bundle->kernel<InOut<float>, float>(*device, "scale", {{"N", "4"}});
  if (!kernel) return kernel.error();
  if (auto done = stream->write(*x, host); !done) return done;
  if (auto done = stream->launch(*kernel, Items{host.size()}, *x, 2.0f); !done) return done;
  if (auto done = stream->launch(kernel->untyped(), Groups{4, 2}.in(8), *x, 2.0f); !done) return done;
  if (auto done = stream->host_function([&host] { host.clear(); }); !done) return done;
  if (auto done = stream->host_function([host, &x]() -> Result<void> { return x ? Result<void>() : x.error(); });
      !done) {
    return done;
  }
  const Result<Point> point = stream->record();
  if (!point) return point.error();
  return point->wait(std::chrono::seconds(1));
}
