// Makes a runtime and lists the devices; writes how many nanoseconds that took. The argument: HALYARD_BACKENDS.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "halyard/halyard.hpp"

int main(int argc, char** argv) {
  if (argc > 1) setenv("HALYARD_BACKENDS", argv[1], 1);
  const auto begin = std::chrono::steady_clock::now();
  const auto runtime = halyard::Runtime::create();
  if (!runtime) return 1;
  const auto devices = runtime->devices();
  const auto end = std::chrono::steady_clock::now();
  if (!devices) return 1;
  std::printf("%lld %zu\n", static_cast<long long>((end - begin) / std::chrono::nanoseconds(1)), devices->size());
  return 0;
}
