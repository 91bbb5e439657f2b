// Runs the tests; with --print-ids or --libraries-for-cpu it is the child of one of them.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "halyard/halyard.hpp"

namespace {

int print_ids() {
  auto runtime = halyard::Runtime::create();
  if (!runtime) return 1;
  auto devices = runtime->devices();
  if (!devices) return 1;
  for (const halyard::Device& device : *devices) std::printf("%s\n", device.info().id);
  return 0;
}

// Prints the lines of the memory map that name a vendor's library after the device "cpu" was asked for and used.
int print_libraries_for_cpu() {
  auto runtime = halyard::Runtime::create();
  if (!runtime) return 1;
  auto device = runtime->device("cpu");
  if (!device) return 2;
  auto stream = device->stream();
  if (!stream || !stream->synchronize()) return 3;
  FILE* maps = std::fopen("/proc/self/maps", "r");
  if (maps == nullptr) return 4;
  char line[4096];
  while (std::fgets(line, sizeof line, maps) != nullptr) {
    for (const char* library : {"libOpenCL", "libcuda", "libamdhip64", "libze_loader", "libpocl", "libhwloc"}) {
      if (std::strstr(line, library) != nullptr) std::fputs(line, stdout);
    }
  }
  std::fclose(maps);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--print-ids") == 0) return print_ids();
  if (argc == 2 && std::strcmp(argv[1], "--libraries-for-cpu") == 0) return print_libraries_for_cpu();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
