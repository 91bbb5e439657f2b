// The table of the opencl backend.
#include "backends/opencl/instance.hpp"
#include "backends/opencl/module.hpp"
#include "backends/opencl/point.hpp"
#include "backends/opencl/stream.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::opencl {
namespace {

struct Traits {
  static constexpr const char* kName = "opencl";
  static constexpr const char* kDescription = "Devices of any vendor through OpenCL 1.2 or newer";
  static constexpr uint64_t kFlags = HY_BACKEND_COMPILES_IN_WORKER | HY_BACKEND_PROBE_IN_WORKER;
  using Instance = opencl::Instance;
  using Device = opencl::Device;
  using Stream = opencl::Stream;
  using Point = opencl::Point;
  using Module = opencl::Module;
  using Kernel = opencl::Kernel;
  using Bound = opencl::Bound;

  static hy_status driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error) {
    return list_driver_files(host, out, capacity, error);
  }
};

}  // namespace
}  // namespace halyard::opencl

extern "C" const hy_backend* halyard_backend_query_opencl(uint32_t newest_abi, const hy_host*);

const hy_backend* halyard_backend_query_opencl(uint32_t newest_abi, const hy_host*) {
  return halyard::table_of<halyard::opencl::Traits>(newest_abi);
}
