// The subcommands: each asks the library, then writes one document or one text. They give the exit code.
#pragma once

#include <cstdint>
#include <string>

#include "tools/halyard/output.hpp"

namespace halyard::command {

struct DevicesArguments {
  bool json = false;
};
struct TopologyArguments {
  bool json = false;
  bool all = false;  // caches, cores and bridges too
  std::string from;  // "" : this machine
};
struct BundleArguments {
  bool json = false;
  std::string file;
};
struct ConformanceArguments {
  bool json = false;
  std::string device;  // "" : HALYARD_DEVICE, else the best
  std::string filter;
  std::uint64_t seed = 0;
  bool quick = false;
  bool full = false;
  bool list = false;
};

int run_devices(const DevicesArguments& arguments, Output& output);
int run_topology(const TopologyArguments& arguments, Output& output);
int run_bundle(const BundleArguments& arguments, Output& output);
int run_conformance(const ConformanceArguments& arguments, Output& output);

}  // namespace halyard::command
