// The table of the cuda backend.
#include <iterator>

#include "backends/common/driver_files.hpp"
#include "backends/cuda/instance.hpp"
#include "halyard/backend_adapter.hpp"

namespace halyard::cuda {
namespace {

struct Traits {
  static constexpr const char* kName = "cuda";
  static constexpr const char* kDescription = "NVIDIA devices through the driver API of CUDA 11.4 or newer";
  static constexpr uint64_t kFlags = HY_BACKEND_COMPILES_IN_WORKER | HY_BACKEND_PROBE_IN_WORKER;
  using Instance = cuda::Instance;
  using Device = cuda::Device;
  using Stream = cuda::Stream;
  using Point = cuda::Point;
  using Module = cuda::Module;
  using Kernel = cuda::Kernel;
  using Bound = cuda::Bound;

  static hy_status driver_files(const hy_host& host, char* out, uint64_t capacity, hy_error* error) {
    common::DriverFiles files(host);
    files.add_library(kDriverName, kDriverFolders, static_cast<uint32_t>(std::size(kDriverFolders)));
    return files.write(out, capacity, error);
  }
};

}  // namespace
}  // namespace halyard::cuda

extern "C" const hy_backend* halyard_backend_query_cuda(uint32_t newest_abi, const hy_host*);

const hy_backend* halyard_backend_query_cuda(uint32_t newest_abi, const hy_host*) {
  return halyard::table_of<halyard::cuda::Traits>(newest_abi);
}
