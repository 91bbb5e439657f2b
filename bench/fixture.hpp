// What the benchmark programs need of Halyard: a device and its stream, kernels from the tree's own sources, and
// `check`, which ends the program with the library's sentence.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>

#include "halyard/halyard.hpp"
#include "report.hpp"

namespace bench {

template <class T>
T check(halyard::Result<T> result, const char* what) {
  if (!result) stop("%s: %s", what, std::string(result.error().message()).c_str());
  return std::move(*result);
}

inline void check(const halyard::Result<void>& result, const char* what) {
  if (!result) stop("%s: %s", what, std::string(result.error().message()).c_str());
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path);
  if (!file) stop("can't read %s", path.c_str());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

struct Fixture {
  halyard::Runtime runtime;
  halyard::Device device;
  halyard::Stream stream;

  explicit Fixture(const char* selector, const halyard::RuntimeOptions& options = {})
      : runtime(check(halyard::Runtime::create(options), "runtime")),
        device(check(runtime.device(selector), "device")),
        stream(check(device.stream(), "stream")) {}

  halyard::Kernel kernel_from(const std::string& source, const char* name, halyard::Constants constants = {}) {
    const auto bundle = check(halyard::Bundle::from_source(runtime, source, name), "bundle");
    return check(bundle.kernel(device, name, constants), "kernel");
  }

  // One of kernels/basic.
  halyard::Kernel kernel(const std::string& file, const char* name, halyard::Constants constants = {}) {
    return kernel_from(read_text(std::string(HALYARD_BASIC_KERNELS) + "/" + file), name, constants);
  }
};

// Whether a device can be had; says why not.
inline bool has_device(const char* selector, std::string* why) {
  const auto runtime = halyard::Runtime::create();
  if (!runtime) return *why = std::string(runtime.error().message()), false;
  const auto device = runtime->device(selector);
  if (!device) *why = std::string(device.error().message());
  return device.has_value();
}

// Runs the program again with a variable set that libraries read when they are loaded.
inline void with_environment(const char* name, const char* value, char** argv) {
  if (std::getenv(name) != nullptr) return;
  setenv(name, value, 1);
  execv("/proc/self/exe", argv);
  stop("can't start again with %s=%s", name, value);
}

}  // namespace bench
