// The fake libcuda.so.1: entry points by name and version, and the names of errors.
#include <cstring>

#include "tests/drivers/gpu_fake/cuda.hpp"

namespace {

using namespace gpu_fake;

struct Entry {
  const char* name;
  const char* symbol;
  int version;
  void* function;
};
const Entry kEntries[] = {
#define FUNCTION(symbol, name, version, ...) {name, #symbol, version, reinterpret_cast<void*>(&symbol)},
#include "tests/drivers/gpu_fake/cuda_functions.def"
};

struct ErrorText {
  int code;
  const char* name;
  const char* text;
};
constexpr ErrorText kErrors[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {34, "CUDA_ERROR_STUB_LIBRARY", "CUDA driver is a stub library"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {217, "CUDA_ERROR_PEER_ACCESS_UNSUPPORTED", "peer access is not supported between these two devices"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {221, "CUDA_ERROR_JIT_COMPILER_NOT_FOUND", "PTX JIT compiler library not found"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {300, "CUDA_ERROR_INVALID_SOURCE", "device kernel image is invalid"},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {704, "CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED", "peer access is already enabled"},
    {705, "CUDA_ERROR_PEER_ACCESS_NOT_ENABLED", "peer access has not been enabled"},
    {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED", "context is destroyed"},
    {712, "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED", "part or all of the requested memory range is already mapped"},
    {713, "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED", "pointer does not correspond to a registered memory region"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {800, "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {802, "CUDA_ERROR_SYSTEM_NOT_READY", "system not yet initialized"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {804, "CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE", "forward compatibility was attempted on non supported HW"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};

const ErrorText* text_of(int code) {
  for (const ErrorText& error : kErrors) {
    if (error.code == code) return &error;
  }
  return nullptr;
}

// The newest of that name that the caller's version and the driver's both know. 0 found, 1 not at all, 2 too new.
int find_entry(const char* name, int version, void** out) {
  const auto driver = static_cast<int>(setting_number("driver_version", kVendor.driver_version));
  const std::string hidden = " " + setting("hide", "") + " ";
  const Entry* best = nullptr;
  bool known = false;
  for (const Entry& entry : kEntries) {
    if (std::strcmp(entry.name, name) != 0 || entry.version > driver) continue;
    if (hidden.find(" " + std::string(name) + " ") != std::string::npos) continue;
    known = true;
    if (entry.version <= version && (best == nullptr || entry.version > best->version)) best = &entry;
  }
  *out = best == nullptr ? nullptr : best->function;
  return best != nullptr ? 0 : known ? 2 : 1;
}

}  // namespace

GPU_FAKE_EXPORT int cuGetErrorName(int code, const char** name) {
  const ErrorText* error = text_of(code);
  *name = error == nullptr ? nullptr : error->name;
  return error == nullptr ? kInvalidValue : kSuccess;
}
GPU_FAKE_EXPORT int cuGetErrorString(int code, const char** text) {
  const ErrorText* error = text_of(code);
  *text = error == nullptr ? nullptr : error->text;
  return error == nullptr ? kInvalidValue : kSuccess;
}
GPU_FAKE_EXPORT int cuGetProcAddress(const char* name, void** function, int version, uint64_t) {
  GPU_FAKE_ENTER();
  return find_entry(name, version, function) == 0 ? kSuccess : kNotFound;
}
// With a place for the status, what is missing is no error; without, it is.
GPU_FAKE_EXPORT int cuGetProcAddress_v2(const char* name, void** function, int version, uint64_t, int* status) {
  GPU_FAKE_ENTER();
  const int found = find_entry(name, version, function);
  if (status != nullptr) *status = found;
  return found == 0 || status != nullptr ? kSuccess : kNotFound;
}
