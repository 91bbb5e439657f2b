// The table of the hip backend.
#include <iterator>

#include "backends/common/driver_files.hpp"
#include "backends/hip/instance.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::hip {
namespace {

struct Traits {
  static constexpr const char* kName = "hip";
  static constexpr const char* kDescription = "AMD devices through HIP 5, 6 or 7";
  static constexpr uint64_t kFlags = HY_BACKEND_COMPILES_IN_WORKER | HY_BACKEND_PROBE_IN_WORKER;
  using Instance = hip::Instance;
  using Device = hip::Device;
  using Stream = hip::Stream;
  using Point = hip::Point;
  using Module = hip::Module;
  using Kernel = hip::Kernel;
  using Bound = hip::Bound;

  static hy_status driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error) {
    common::DriverFiles files(host);
    for (const char* name : kLibraryNames)
      files.add_library(name, kLibraryFolders, static_cast<uint32_t>(std::size(kLibraryFolders)));
    return files.write(out, capacity, error);
  }
};

}  // namespace
}  // namespace halyard::hip

extern "C" const hy_backend* halyard_backend_query_hip(uint32_t newest_abi, const hy_host*);

const hy_backend* halyard_backend_query_hip(uint32_t newest_abi, const hy_host*) {
  return halyard::table_of<halyard::hip::Traits>(newest_abi);
}
