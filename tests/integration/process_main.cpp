// Runs the tests; with --print-ids it is the child of one of them and prints the ids of all devices.
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

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--print-ids") == 0) return print_ids();
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
