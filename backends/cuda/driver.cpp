// The calls of the driver that are more than one of the vendor's.
#include "backends/cuda/driver.hpp"

namespace halyard::cuda {

Driver::Context::~Context() {
  if (pool != nullptr) api.cuMemPoolDestroy(pool);
  if (retained) api.cuDevicePrimaryCtxRelease(device);
}

Driver::Code Driver::Context::retain(CUcontext* out) noexcept {
  std::lock_guard lock(mutex);
  *out = handle.load(std::memory_order_relaxed);
  if (*out != nullptr) return CUDA_SUCCESS;
  const Code code = api.cuDevicePrimaryCtxRetain(out, device);
  if (code != CUDA_SUCCESS) return code;
  retained = true;
  make_pool();
  handle.store(*out, std::memory_order_release);
  return CUDA_SUCCESS;
}

void Driver::Context::adopt(CUcontext theirs) noexcept {
  make_pool();
  handle.store(theirs, std::memory_order_release);
}

// A pool of our own: the device's default one is the application's, with its settings. Without one memory comes by
// cuMemAlloc.
void Driver::Context::make_pool() noexcept {
  if (pooled_bytes == 0) return;
  CUmemPoolProps properties{};
  properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED;
  properties.location = {CU_MEM_LOCATION_TYPE_DEVICE, device};
  if (api.cuMemPoolCreate(&pool, &properties) != CUDA_SUCCESS) {
    pool = nullptr;
    return;
  }
  uint64_t keep = pooled_bytes;
  api.cuMemPoolSetAttribute(pool, CU_MEMPOOL_ATTR_RELEASE_THRESHOLD, &keep);
}

// PTX is text that must end with a zero, which an image need not bring; what is wrong with it the driver's compiler
// says.
Driver::Code Driver::module_load(const void* image, uint64_t bytes, Module* out, std::string* log) const {
  const auto* text = static_cast<const char*>(image);
  const bool is_elf = bytes >= 4 && std::memcmp(image, "\177ELF", 4) == 0;
  if (is_elf) return api_->cuModuleLoadDataEx(out, image, 0, nullptr, nullptr);
  const std::string ended = bytes > 0 && text[bytes - 1] == '\0' ? "" : std::string(text, bytes);
  char said[512] = "";
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {said, reinterpret_cast<void*>(sizeof said)};
  const Code code = api_->cuModuleLoadDataEx(out, ended.empty() ? text : ended.c_str(), 2, options, values);
  said[sizeof said - 1] = '\0';
  *log = said;
  return code;
}

Driver::Code Driver::function_limits(Function function, Limits* out) const {
  int items = 0, local = 0, own = 0;
  Code code = api_->cuFuncGetAttribute(&items, CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function);
  if (code == CUDA_SUCCESS) code = api_->cuFuncGetAttribute(&local, CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, function);
  if (code == CUDA_SUCCESS) code = api_->cuFuncGetAttribute(&own, CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES, function);
  if (code != CUDA_SUCCESS) return code;
  out->most_items = static_cast<uint32_t>(items);
  out->local_bytes = static_cast<uint64_t>(local);
  out->private_bytes = static_cast<uint64_t>(own);
  return CUDA_SUCCESS;
}

}  // namespace halyard::cuda
