// The calls of the driver that are more than one of the vendor's.
#include "backends/hip/driver.hpp"

namespace halyard::hip {

void Driver::Pool::make() noexcept {
  hipMemPoolProps properties{};
  properties.allocType = hipMemAllocationTypePinned;
  properties.location = {hipMemLocationTypeDevice, ordinal_};
  if (api_.hipMemPoolCreate(&pool_, &properties) != hipSuccess) {
    pool_ = nullptr;
    api_.hipGetLastError();
    return;
  }
  uint64_t keep = bytes_;
  api_.hipMemPoolSetAttribute(pool_, hipMemPoolAttrReleaseThreshold, &keep);
}

bool Driver::is_known(const void* address) const {
  hipPointerAttribute_t attributes{};
  if (api_->hipPointerGetAttributes(&attributes, address) == hipSuccess)
    return memory_type(*api_, attributes.type) != MemoryType::kUnregistered;
  api_->hipGetLastError();
  return false;
}

bool Driver::is_ours(Stream stream) const {
  int ordinal = found_.ordinal;
  if (api_->hipStreamGetDevice != nullptr)
    return api_->hipStreamGetDevice(stream, &ordinal) == hipSuccess && ordinal == found_.ordinal;
  unsigned flags = 0;
  return api_->hipStreamGetFlags(stream, &flags) == hipSuccess;  // older versions tell no more
}

Driver::Code Driver::function_limits(Function function, Limits* out) const {
  int items = 0, local = 0, own = 0;
  Code code = api_->hipFuncGetAttribute(&items, HIP_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function);
  if (code == hipSuccess) code = api_->hipFuncGetAttribute(&local, HIP_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function);
  if (code == hipSuccess) code = api_->hipFuncGetAttribute(&own, HIP_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, function);
  if (code != hipSuccess) return code;
  out->most_items = static_cast<uint32_t>(items);
  out->local_bytes = static_cast<uint64_t>(local);
  out->private_bytes = static_cast<uint64_t>(own);
  return hipSuccess;
}

}  // namespace halyard::hip
