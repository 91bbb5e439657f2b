// The table of the level_zero backend.
#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <string>

#include "backends/common/driver_files.hpp"
#include "backends/level_zero/instance.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::level_zero {
namespace {

struct Traits {
  static constexpr const char* kName = "level_zero";
  static constexpr const char* kDescription = "Intel GPUs through Level Zero 1.8 or later";
  static constexpr uint64_t kFlags = HY_BACKEND_COMPILES_IN_WORKER | HY_BACKEND_PROBE_IN_WORKER;
  using Instance = level_zero::Instance;
  using Device = level_zero::Device;
  using Stream = level_zero::Stream;
  using Point = level_zero::Point;
  using Module = level_zero::Module;
  using Kernel = level_zero::Kernel;
  using Bound = level_zero::Bound;

  static hy_status driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error) {
    common::DriverFiles files(host);
    for (const char* name : kLibraryNames)
      files.add_library(name, kLibraryFolders, static_cast<uint32_t>(std::size(kLibraryFolders)));
    for (const char* name : kDriverNames) files.add_library(name);
    const char* more = std::getenv("ZE_ENABLE_ALT_DRIVERS");
    for (std::string rest = more == nullptr ? "" : more; !rest.empty();) {
      const size_t comma = std::min(rest.find(','), rest.size());
      files.add(rest.substr(0, comma));
      rest.erase(0, comma + 1);
    }
    return files.write(out, capacity, error);
  }
};

}  // namespace
}  // namespace halyard::level_zero

extern "C" const hy_backend* halyard_backend_query_level_zero(uint32_t newest_abi, const hy_host*);

const hy_backend* halyard_backend_query_level_zero(uint32_t newest_abi, const hy_host*) {
  return halyard::table_of<halyard::level_zero::Traits>(newest_abi);
}
