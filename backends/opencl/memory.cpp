// Memory of a device. Drivers give memory lazily, so running out is made to show here, where the caller can do
// something about it: bytes are counted against what the device has, and new memory is touched.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "backends/opencl/device.hpp"
#include "backends/opencl/errors.hpp"

namespace halyard::opencl {
namespace {

// Below this, what /proc/meminfo says is not worth reading it.
constexpr uint64_t kLargeBytes = 64ull << 20;

}  // namespace

hy_status Device::count_in(uint64_t bytes, hy_error* error) {
  const uint64_t total = found_.info.memory_bytes;
  uint64_t used = counted_bytes_.load(std::memory_order_relaxed);
  do {
    if (total != 0 && (used > total || bytes > total - used)) {
      return fail(error, HY_OUT_OF_MEMORY,
                  "%llu bytes asked for, the device has %llu and %llu are in use: free some or ask for less",
                  static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(total),
                  static_cast<unsigned long long>(used));
    }
  } while (!counted_bytes_.compare_exchange_weak(used, used + bytes, std::memory_order_relaxed));
  return HY_OK;
}

// What the host can give without swapping; UINT64_MAX where it does not say.
uint64_t Device::host_available_bytes() const {
  char text[4096];
  uint64_t bytes = sizeof text - 1;
  if (host_.file_read(host_.self, "/proc/meminfo", text, &bytes, nullptr) != HY_OK) return UINT64_MAX;
  text[bytes < sizeof text ? bytes : sizeof text - 1] = '\0';
  const char* line = std::strstr(text, "MemAvailable:");
  unsigned long long kib = 0;
  return line != nullptr && std::sscanf(line, "MemAvailable: %llu", &kib) == 1 ? kib << 10 : UINT64_MAX;
}

hy_status Device::allocate_shared(uint64_t bytes, Allocation* out, hy_error* error) {
  out->shared = cl_.clSVMAlloc(context_, CL_MEM_READ_WRITE | CL_MEM_SVM_FINE_GRAIN_BUFFER, bytes, 0);
  if (out->shared == nullptr) {
    return fail(error, HY_OUT_OF_MEMORY,
                "the device has no %llu bytes of shared memory left: free some or ask for less",
                static_cast<unsigned long long>(bytes));
  }
  // A buffer over it, so that kernels and copies need to know of one kind of memory only. OpenCL defines this: the
  // buffer's storage is the shared memory itself.
  cl_int code = CL_SUCCESS;
  out->mem = cl_.clCreateBuffer(context_, CL_MEM_READ_WRITE | CL_MEM_USE_HOST_PTR, bytes, out->shared, &code);
  if (out->mem == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot allocate shared memory");
  return HY_OK;
}

hy_status Device::allocate_device(uint64_t bytes, Allocation* out, hy_error* error) {
  cl_int code = CL_SUCCESS;
  // A processor's driver would take the host's memory at the first use; ALLOC_HOST_PTR takes it now.
  const cl_mem_flags flags = CL_MEM_READ_WRITE | (found_.cpu ? CL_MEM_ALLOC_HOST_PTR : 0);
  out->mem = cl_.clCreateBuffer(context_, flags, bytes, nullptr, &code);
  if (out->mem == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot allocate device memory");
  if (found_.cpu) return HY_OK;
  std::lock_guard lock(service_mutex_);
  if (service_ == nullptr) {
    service_ = cl_.clCreateCommandQueue(context_, id(), 0, &code);
    if (service_ == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot create a queue");
  }
  const cl_uchar byte = 0;
  code = cl_.clEnqueueWriteBuffer(service_, out->mem, CL_TRUE, 0, 1, &byte, 0, nullptr, nullptr);
  if (code == CL_OUT_OF_RESOURCES) code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
  return code == CL_SUCCESS ? HY_OK : fail_cl(error, code, "cannot allocate device memory");
}

hy_status Device::allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  const bool shared = kind == HY_MEMORY_DEVICE ? found_.unified : found_.fine_grained;
  if (kind != HY_MEMORY_DEVICE && !shared) {
    return fail(error, HY_UNSUPPORTED,
                "this OpenCL device has no fine-grained shared memory, so no pinned and no shared buffers");
  }
  const uint64_t most = found_.info.max_allocation_bytes;
  if (bytes > SIZE_MAX / 2 || (most != 0 && bytes > most)) {
    return fail(error, HY_OUT_OF_MEMORY,
                "%llu bytes asked for, the device gives at most %llu in one buffer: use several",
                static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(most));
  }
  if ((found_.cpu || shared) && bytes >= kLargeBytes) {
    const uint64_t available = host_available_bytes();
    if (bytes > available) {
      return fail(error, HY_OUT_OF_MEMORY, "%llu bytes asked for, the host has %llu left: free some or ask for less",
                  static_cast<unsigned long long>(bytes), static_cast<unsigned long long>(available));
    }
  }
  auto made = std::make_unique<Allocation>();
  if (hy_status status = count_in(bytes, error)) return status;
  const hy_status status =
      shared ? allocate_shared(bytes, made.get(), error) : allocate_device(bytes, made.get(), error);
  made->counted_bytes = bytes;
  made->serial = next_serial_.fetch_add(1, std::memory_order_relaxed);
  *out = {};
  out->host = made->shared;
  out->bytes = bytes;
  out->kind = kind;
  out->object = made.release();
  if (status != HY_OK) free(out);
  return status;
}

void Device::free(hy_b_memory* memory) {
  std::unique_ptr<Allocation> gone(static_cast<Allocation*>(memory->object));
  memory->object = nullptr;
  memory->host = nullptr;
  if (gone == nullptr) return;
  if (gone->mem != nullptr) cl_.clReleaseMemObject(gone->mem);
  if (gone->shared != nullptr) cl_.clSVMFree(context_, gone->shared);
  count_out(gone->counted_bytes);
}

hy_status Device::memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error*) {
  const uint64_t total = found_.info.memory_bytes;
  const uint64_t used = counted_bytes_.load(std::memory_order_relaxed);
  uint64_t left = total > used ? total - used : 0;
  if (found_.cpu) {
    const uint64_t available = host_available_bytes();
    if (available < left) left = available;
  } else if (found_.amd_free_memory) {
    constexpr cl_device_info kGlobalFreeMemoryAmd = 0x4039;
    size_t kib[2] = {};  // all, and the largest block
    if (cl_.clGetDeviceInfo(id(), kGlobalFreeMemoryAmd, sizeof kib, kib, nullptr) == CL_SUCCESS)
      left = uint64_t{kib[0]} << 10;
  } else if (!found_.unified) {
    left = 0;  // other processes share the device, and OpenCL has no question for what they leave
  }
  if (free_bytes != nullptr) *free_bytes = left;
  if (total_bytes != nullptr) *total_bytes = total;
  return HY_OK;
}

hy_status Device::memory_native(const hy_b_memory& memory, hy_native* out, hy_error* error) {
  if (memory.object == nullptr)
    return fail(error, HY_INVALID_ARGUMENT, "the buffer has no memory, so it has no cl_mem");
  *out = {HY_NATIVE_OPENCL_MEMORY, 0, {static_cast<uint64_t>(reinterpret_cast<uintptr_t>(allocation(memory)->mem)), 0}};
  return HY_OK;
}

hy_status Device::wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  auto mem = reinterpret_cast<cl_mem>(static_cast<uintptr_t>(native.handle[0]));
  if (native.kind != HY_NATIVE_OPENCL_MEMORY || mem == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "an OpenCL buffer is wrapped from a cl_mem (HY_NATIVE_OPENCL_MEMORY)");
  }
  cl_mem_object_type type = 0;
  cl_context context = nullptr;
  size_t size = 0;
  cl_int code = cl_.clGetMemObjectInfo(mem, CL_MEM_TYPE, sizeof type, &type, nullptr);
  if (code == CL_SUCCESS) code = cl_.clGetMemObjectInfo(mem, CL_MEM_CONTEXT, sizeof context, &context, nullptr);
  if (code == CL_SUCCESS) code = cl_.clGetMemObjectInfo(mem, CL_MEM_SIZE, sizeof size, &size, nullptr);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot wrap the cl_mem");
  if (type != CL_MEM_OBJECT_BUFFER) return fail(error, HY_INVALID_ARGUMENT, "the cl_mem is an image, not a buffer");
  if (context != context_) return fail(error, HY_INVALID_ARGUMENT, "the cl_mem belongs to another cl_context");
  if (bytes > size) {
    return fail(error, HY_INVALID_ARGUMENT, "the cl_mem has %zu bytes, not %llu", size,
                static_cast<unsigned long long>(bytes));
  }
  auto made = std::make_unique<Allocation>();
  code = cl_.clRetainMemObject(mem);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot wrap the cl_mem");
  made->mem = mem;
  made->serial = next_serial_.fetch_add(1, std::memory_order_relaxed);
  *out = {};
  out->bytes = bytes;
  out->kind = HY_MEMORY_DEVICE;
  out->wrapped = 1;
  out->object = made.release();
  return HY_OK;
}

}  // namespace halyard::opencl
