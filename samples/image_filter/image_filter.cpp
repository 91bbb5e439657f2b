// image_filter IN OUT [DEVICE]: reads a PNG or JPEG, blurs it, finds its edges and equalises their histogram on a
// device, and writes that as a grey PNG. Exit code: 0 when written, 1 when something failed, 64 for wrong usage.
#include <chrono>
#include <cstdio>
#include <cstring>

#include "filter.hpp"
#include "halyard/halyard.hpp"
#include "picture.hpp"

using namespace halyard;

namespace {

constexpr int kRadius = 3;

Result<void> run(const char* in, const char* out, const char* selector) {
  const Result<Picture> picture = read_picture(in);
  if (!picture) return picture.error();
  const Result<Runtime> runtime = Runtime::create();
  if (!runtime) return runtime.error();
  const Result<Device> device = runtime->device(selector);
  if (!device) return device.error();

  const auto begin = std::chrono::steady_clock::now();
  const Result<std::vector<std::uint8_t>> filtered = filter_on_device(*runtime, *device, *picture, kRadius);
  if (!filtered) return filtered.error();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;

  const Result<void> written = write_grey_png(out, picture->width, picture->height, *filtered);
  if (!written) return written;
  std::printf("%s: %u x %u pixels filtered on %s in %.1f ms, set-up included\n", out, picture->width, picture->height,
              device->name().data(), took.count());
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const char* usage = "usage: image_filter IN OUT [DEVICE]     IN: a PNG or JPEG, OUT: a PNG to write\n";
  if (argc == 2 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) {
    return std::fputs(usage, stdout) < 0 ? 1 : 0;
  }
  if (argc < 3 || argc > 4) {
    std::fputs(usage, stderr);
    return 64;
  }
  const Result<void> done = run(argv[1], argv[2], argc == 4 ? argv[3] : nullptr);
  if (!done) std::fprintf(stderr, "image_filter: %s\n", done.error().c_str());
  return done ? 0 : 1;
}
