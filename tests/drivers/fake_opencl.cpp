// An OpenCL driver without a device: does the copies, runs no kernels, counts its objects, and fails the call that it
// is told to fail. Two devices: a 1.2 GPU with memory of its own and a 3.0 CPU with shared memory and SPIR-V.
#include "tests/drivers/fake_opencl.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "backends/opencl/api.hpp"
#include "halyard/backend.h"

#define FAKE extern "C" __attribute__((visibility("default")))
#define FAIL_HERE() \
  if (const cl_int failing = turn(__func__)) return failing
#define FAIL_HERE_WITH(pointer)                     \
  if (const cl_int failing = turn(__func__)) {      \
    if ((pointer) != nullptr) *(pointer) = failing; \
    return nullptr;                                 \
  }                                                 \
  if ((pointer) != nullptr) *(pointer) = CL_SUCCESS

namespace {

std::atomic<uint64_t> calls{0}, fail_at{0}, args_set{0};
std::atomic<int32_t> fail_code{0}, event_status{CL_COMPLETE};
std::atomic<const char*> failed{nullptr};
std::atomic<const char*> build_answer{nullptr};
std::atomic<const char*> extensions_answer{nullptr}, language_answer{nullptr};
std::atomic<const char*> version_answer{nullptr}, il_answer{nullptr};
char last_options[256];
std::atomic<int64_t> live{0};
std::atomic<uint32_t> platforms{1}, languages{0};

cl_int turn(const char* name) {
  const uint64_t at = fail_at.load();
  if (at == 0 || calls.fetch_add(1) + 1 != at) return CL_SUCCESS;
  failed = name;
  return fail_code;
}

struct Counted {
  std::atomic<int> references{1};
  Counted() { ++live; }
  ~Counted() { --live; }
};

template <class T>
cl_int release(T* object) {
  if (object->references.fetch_sub(1) == 1) delete object;
  return CL_SUCCESS;
}

template <class T>
T* retain(T* object) {
  ++object->references;
  return object;
}

cl_int answer(const void* value, size_t bytes, size_t capacity, void* out, size_t* needed) {
  if (needed != nullptr) *needed = bytes;
  if (out == nullptr) return CL_SUCCESS;
  if (capacity < bytes) return CL_INVALID_VALUE;
  if (bytes > 0) std::memcpy(out, value, bytes);
  return CL_SUCCESS;
}

template <class T>
cl_int answer_value(T value, size_t capacity, void* out, size_t* needed) {
  return answer(&value, sizeof value, capacity, out, needed);
}

cl_int answer_text(const char* text, size_t capacity, void* out, size_t* needed) {
  return answer(text, std::strlen(text) + 1, capacity, out, needed);
}

}  // namespace

struct _cl_platform_id {};
struct _cl_device_id {
  bool modern;
};
struct _cl_context : Counted {
  cl_device_id device = nullptr;
};
struct _cl_mem : Counted {
  cl_context context = nullptr;
  std::vector<unsigned char> own;
  unsigned char* data = nullptr;
  size_t bytes = 0;
  ~_cl_mem() { release(context); }
};
struct _cl_event : Counted {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = true;
  cl_int status = event_status;
  static inline std::atomic<cl_ulong> clock{0};
  cl_ulong time = ++clock;
};
struct _cl_command_queue : Counted {
  cl_context context = nullptr;
  cl_command_queue_properties properties = 0;
  std::mutex mutex;
  cl_event gate = nullptr;  // a user event that what follows waits for
  ~_cl_command_queue() {
    if (gate != nullptr) release(gate);
    release(context);
  }
  void pass() {
    std::lock_guard lock(mutex);
    if (gate == nullptr) return;
    {
      std::unique_lock wait(gate->mutex);
      gate->changed.wait(wait, [&] { return gate->done; });
    }
    release(gate);
    gate = nullptr;
  }
};
struct _cl_program : Counted {
  cl_context context = nullptr;
  std::string text;
  ~_cl_program() { release(context); }
};
struct _cl_kernel : Counted {
  cl_program program = nullptr;
  bool whole = false;  // the entry without offsets and grid
  ~_cl_kernel() { release(program); }
};

namespace {

_cl_platform_id platform;
_cl_device_id devices[2] = {{false}, {true}};

void give(cl_event* out) {
  if (out != nullptr) *out = new _cl_event;
}

}  // namespace

FAKE void fake_opencl_fail(uint64_t call, int32_t code) {
  calls = 0, failed = nullptr;
  fail_code = code, fail_at = call;
}
FAKE const char* fake_opencl_failed() { return failed; }
FAKE int64_t fake_opencl_live() { return live; }
FAKE void fake_opencl_event_status(int32_t status) { event_status = status; }
FAKE void fake_opencl_build_log(const char* log) { build_answer = log; }
FAKE uint64_t fake_opencl_args_set() { return args_set; }
FAKE void fake_opencl_platforms(uint32_t count) { platforms = count; }
FAKE void fake_opencl_language(const char* extensions, const char* language) {
  extensions_answer = extensions, language_answer = language;
}

FAKE void fake_opencl_languages(uint32_t count) { languages = count; }
FAKE void fake_opencl_spirv(const char* version, const char* names) { version_answer = version, il_answer = names; }
FAKE const char* fake_opencl_options() { return last_options; }

namespace {

cl_int answer_languages(size_t capacity, void* out, size_t* needed) {
  struct Language {
    uint32_t version;
    char name[64];
  };
  constexpr uint32_t kMajorMinor[][2] = {{1, 0}, {1, 1}, {1, 2}, {3, 0}};
  const uint32_t count = languages;
  if (count == 0) return CL_INVALID_VALUE;
  std::vector<Language> list(count);
  for (uint32_t i = 0; i < count; ++i) {
    const auto& version = kMajorMinor[i % 4];
    list[i] = {version[0] << 22 | version[1] << 12, "OpenCL C"};
  }
  return answer(list.data(), count * sizeof(Language), capacity, out, needed);
}

}  // namespace

// ---- platform and device ----

FAKE cl_int clGetPlatformIDs(cl_uint capacity, cl_platform_id* out, cl_uint* count) {
  FAIL_HERE();
  if (platforms == 0) return -1001;
  if (count != nullptr) *count = 1;
  if (out != nullptr && capacity > 0) *out = &platform;
  return CL_SUCCESS;
}
FAKE cl_int clGetPlatformInfo(cl_platform_id, cl_platform_info what, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  return answer_text(what == CL_PLATFORM_NAME ? "Fake" : "OpenCL 3.0 fake", capacity, out, needed);
}
FAKE cl_int clGetDeviceIDs(cl_platform_id, cl_device_type, cl_uint capacity, cl_device_id* out, cl_uint* count) {
  FAIL_HERE();
  if (count != nullptr) *count = 2;
  for (cl_uint i = 0; out != nullptr && i < capacity && i < 2; ++i) out[i] = &devices[i];
  return CL_SUCCESS;
}
FAKE cl_int clGetDeviceInfo(cl_device_id device, cl_device_info what, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  const bool modern = device->modern;
  const size_t sizes[3] = {256, 256, 64};
  const size_t subgroups[3] = {8, 16, 32};
  const char* extensions = modern ? extensions_answer.load() : nullptr;
  const char* language = modern ? language_answer.load() : nullptr;
  const char* version = modern ? version_answer.load() : "OpenCL 1.2 fake";
  const char* il = modern ? il_answer.load() : "";
  const bool intel = extensions != nullptr && std::strstr(extensions, "cl_intel_device_attribute_query") != nullptr;
  switch (what) {
    case CL_DEVICE_TYPE:
      return answer_value<cl_device_type>(modern ? CL_DEVICE_TYPE_CPU : CL_DEVICE_TYPE_GPU, capacity, out, needed);
    case CL_DEVICE_NAME:
      return answer_text(modern ? "  Fake processor" : "Fake card ", capacity, out, needed);
    case CL_DEVICE_VENDOR:
      return answer_text(intel ? "Intel(R) Corporation" : "NVIDIA Corporation", capacity, out, needed);
    case CL_DEVICE_VERSION:
      return answer_text(version != nullptr ? version : "OpenCL 3.0 fake", capacity, out, needed);
    case CL_DEVICE_OPENCL_C_VERSION:
      return answer_text(language != nullptr ? language : "OpenCL C 1.2 fake", capacity, out, needed);
    case 0x1066:
      return modern ? answer_languages(capacity, out, needed) : CL_INVALID_VALUE;
    case CL_DRIVER_VERSION:
      return answer_text("1.0", capacity, out, needed);
    case CL_DEVICE_EXTENSIONS:
      if (extensions == nullptr) extensions = modern ? "cl_khr_fp16 cl_khr_device_uuid" : "cl_khr_pci_bus_info";
      return answer_text(extensions, capacity, out, needed);
    case CL_DEVICE_IL_VERSION:
      return answer_text(il != nullptr ? il : "SPIR-V_1.2", capacity, out, needed);
    case CL_DEVICE_IMAGE_SUPPORT:
      return answer_value<cl_bool>(intel ? CL_FALSE : CL_TRUE, capacity, out, needed);
    case CL_DEVICE_DOUBLE_FP_CONFIG:
      return answer_value<cl_device_fp_config>(
          extensions != nullptr && std::strstr(extensions, "cl_khr_fp64") != nullptr ? CL_FP_FMA : 0, capacity, out,
          needed);
    case CL_DEVICE_AVAILABLE:
    case CL_DEVICE_COMPILER_AVAILABLE:
    case CL_DEVICE_ENDIAN_LITTLE:
      return answer_value<cl_bool>(CL_TRUE, capacity, out, needed);
    case CL_DEVICE_HOST_UNIFIED_MEMORY:
      return answer_value<cl_bool>(modern ? CL_TRUE : CL_FALSE, capacity, out, needed);
    case CL_DEVICE_SVM_CAPABILITIES:
      return answer_value<cl_device_svm_capabilities>(modern ? CL_DEVICE_SVM_FINE_GRAIN_BUFFER : 0, capacity, out,
                                                      needed);
    case CL_DEVICE_MAX_COMPUTE_UNITS:
      return answer_value<cl_uint>(4, capacity, out, needed);
    case CL_DEVICE_GLOBAL_MEM_SIZE:
      return answer_value<cl_ulong>(64 << 20, capacity, out, needed);
    case CL_DEVICE_MAX_MEM_ALLOC_SIZE:
      return answer_value<cl_ulong>(16 << 20, capacity, out, needed);
    case CL_DEVICE_LOCAL_MEM_SIZE:
      return answer_value<cl_ulong>(32 << 10, capacity, out, needed);
    case CL_DEVICE_MAX_WORK_GROUP_SIZE:
      return answer_value<size_t>(256, capacity, out, needed);
    case CL_DEVICE_MAX_WORK_ITEM_SIZES:
      return answer(sizes, sizeof sizes, capacity, out, needed);
    case CL_DEVICE_PLATFORM:
      return answer_value<cl_platform_id>(&platform, capacity, out, needed);
    case 0x106A:
      return answer("0123456789abcdef", 16, capacity, out, needed);
    case 0x410F: {
      const cl_uint pci[4] = {0, 0x65, 0x02, 1};
      return answer(pci, sizeof pci, capacity, out, needed);
    }
    case 0x4108:
      if (extensions == nullptr || std::strstr(extensions, "cl_intel_subgroups") == nullptr) return CL_INVALID_VALUE;
      return answer(subgroups, sizeof subgroups, capacity, out, needed);
    case 0x4003:
      return answer_value<cl_uint>(32, capacity, out, needed);
    default:
      return CL_INVALID_VALUE;
  }
}
FAKE void* clGetExtensionFunctionAddressForPlatform(cl_platform_id, const char* name) {
  const char* extensions = extensions_answer;
  const bool has = extensions != nullptr && std::strstr(extensions, "cl_khr_il_program") != nullptr;
  return has && std::strcmp(name, "clCreateProgramWithILKHR") == 0 ? reinterpret_cast<void*>(&clCreateProgramWithIL)
                                                                   : nullptr;
}

// ---- context and queue ----

FAKE cl_context clCreateContext(const cl_context_properties*, cl_uint, const cl_device_id* ids,
                                void(CL_CALLBACK*)(const char*, const void*, size_t, void*), void*, cl_int* code) {
  FAIL_HERE_WITH(code);
  auto* context = new _cl_context;
  context->device = ids[0];
  return context;
}
FAKE cl_int clRetainContext(cl_context context) {
  FAIL_HERE();
  retain(context);
  return CL_SUCCESS;
}
FAKE cl_int clReleaseContext(cl_context context) { return release(context); }
FAKE cl_int clGetContextInfo(cl_context context, cl_context_info, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  return answer_value(context->device, capacity, out, needed);
}
FAKE cl_command_queue clCreateCommandQueue(cl_context context, cl_device_id, cl_command_queue_properties properties,
                                           cl_int* code) {
  FAIL_HERE_WITH(code);
  auto* queue = new _cl_command_queue;
  queue->context = retain(context);
  queue->properties = properties;
  return queue;
}
FAKE cl_int clRetainCommandQueue(cl_command_queue queue) {
  FAIL_HERE();
  retain(queue);
  return CL_SUCCESS;
}
FAKE cl_int clReleaseCommandQueue(cl_command_queue queue) { return release(queue); }
FAKE cl_int clGetCommandQueueInfo(cl_command_queue queue, cl_command_queue_info what, size_t capacity, void* out,
                                  size_t* needed) {
  FAIL_HERE();
  if (what == CL_QUEUE_CONTEXT) return answer_value(queue->context, capacity, out, needed);
  if (what == CL_QUEUE_DEVICE) return answer_value(queue->context->device, capacity, out, needed);
  return answer_value(queue->properties, capacity, out, needed);
}
FAKE cl_int clFlush(cl_command_queue) {
  FAIL_HERE();
  return CL_SUCCESS;
}
FAKE cl_int clFinish(cl_command_queue queue) {
  queue->pass();
  FAIL_HERE();
  return CL_SUCCESS;
}

// ---- memory ----

FAKE void* clSVMAlloc(cl_context, cl_svm_mem_flags, size_t bytes, cl_uint) {
  if (turn(__func__) != CL_SUCCESS) return nullptr;
  ++live;
  return std::malloc(bytes);
}
FAKE void clSVMFree(cl_context, void* memory) {
  if (memory == nullptr) return;
  --live;
  std::free(memory);
}
FAKE cl_mem clCreateBuffer(cl_context context, cl_mem_flags flags, size_t bytes, void* host, cl_int* code) {
  FAIL_HERE_WITH(code);
  auto* mem = new _cl_mem;
  mem->context = retain(context);
  mem->bytes = bytes;
  if ((flags & CL_MEM_USE_HOST_PTR) == 0) mem->own.resize(bytes);
  mem->data = (flags & CL_MEM_USE_HOST_PTR) != 0 ? static_cast<unsigned char*>(host) : mem->own.data();
  return mem;
}
FAKE cl_int clRetainMemObject(cl_mem mem) {
  FAIL_HERE();
  retain(mem);
  return CL_SUCCESS;
}
FAKE cl_int clReleaseMemObject(cl_mem mem) { return release(mem); }
FAKE cl_int clGetMemObjectInfo(cl_mem mem, cl_mem_info what, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  if (what == CL_MEM_TYPE) return answer_value<cl_mem_object_type>(CL_MEM_OBJECT_BUFFER, capacity, out, needed);
  if (what == CL_MEM_CONTEXT) return answer_value(mem->context, capacity, out, needed);
  return answer_value(mem->bytes, capacity, out, needed);
}

// ---- commands: done when they are enqueued ----

FAKE cl_int clEnqueueWriteBuffer(cl_command_queue queue, cl_mem mem, cl_bool, size_t offset, size_t bytes,
                                 const void* from, cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  queue->pass();
  std::memcpy(mem->data + offset, from, bytes);
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueReadBuffer(cl_command_queue queue, cl_mem mem, cl_bool, size_t offset, size_t bytes, void* to,
                                cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  queue->pass();
  std::memcpy(to, mem->data + offset, bytes);
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueCopyBuffer(cl_command_queue queue, cl_mem from, cl_mem to, size_t from_offset, size_t to_offset,
                                size_t bytes, cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  if (from == to && from_offset < to_offset + bytes && to_offset < from_offset + bytes) return CL_MEM_COPY_OVERLAP;
  queue->pass();
  std::memcpy(to->data + to_offset, from->data + from_offset, bytes);
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueFillBuffer(cl_command_queue queue, cl_mem mem, const void* pattern, size_t pattern_bytes,
                                size_t offset, size_t bytes, cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  queue->pass();
  for (size_t i = 0; i < bytes; i += pattern_bytes) std::memcpy(mem->data + offset + i, pattern, pattern_bytes);
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueMarkerWithWaitList(cl_command_queue queue, cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  queue->pass();
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueBarrierWithWaitList(cl_command_queue queue, cl_uint count, const cl_event* events,
                                         cl_event* event) {
  FAIL_HERE();
  queue->pass();
  for (cl_uint i = 0; i < count; ++i) {
    std::unique_lock lock(events[i]->mutex);
    if (events[i]->done) continue;
    lock.unlock();
    queue->gate = retain(events[i]);
  }
  give(event);
  return CL_SUCCESS;
}
FAKE cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel, cl_uint, const size_t*, const size_t*,
                                   const size_t*, cl_uint, const cl_event*, cl_event* event) {
  FAIL_HERE();
  queue->pass();
  give(event);
  return CL_SUCCESS;
}

// ---- events ----

FAKE cl_event clCreateUserEvent(cl_context, cl_int* code) {
  FAIL_HERE_WITH(code);
  auto* event = new _cl_event;
  event->done = false;
  return event;
}
// Never fails: a gate that cannot be opened has no answer but to wait for ever.
FAKE cl_int clSetUserEventStatus(cl_event event, cl_int status) {
  std::lock_guard lock(event->mutex);
  event->done = true;
  event->status = status;
  event->changed.notify_all();
  return CL_SUCCESS;
}
FAKE cl_int clSetEventCallback(cl_event event, cl_int, void(CL_CALLBACK* call)(cl_event, cl_int, void*), void* user) {
  FAIL_HERE();
  call(event, event->status, user);
  return CL_SUCCESS;
}
FAKE cl_int clGetEventInfo(cl_event event, cl_event_info, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  return answer_value<cl_int>(event->done ? event->status : CL_SUBMITTED, capacity, out, needed);
}
FAKE cl_int clGetEventProfilingInfo(cl_event event, cl_profiling_info, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  return answer_value(event->time, capacity, out, needed);
}
FAKE cl_int clReleaseEvent(cl_event event) { return release(event); }
FAKE cl_int clWaitForEvents(cl_uint count, const cl_event* events) {
  FAIL_HERE();
  for (cl_uint i = 0; i < count; ++i) {
    if (events[i]->status < 0) return CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST;
  }
  return CL_SUCCESS;
}

// ---- programs and kernels ----

FAKE cl_program clCreateProgramWithSource(cl_context context, cl_uint, const char** text, const size_t* bytes,
                                          cl_int* code) {
  FAIL_HERE_WITH(code);
  auto* program = new _cl_program;
  program->context = retain(context);
  program->text.assign(text[0], bytes[0]);
  return program;
}
FAKE cl_program clCreateProgramWithBinary(cl_context context, cl_uint, const cl_device_id*, const size_t* bytes,
                                          const unsigned char** data, cl_int* status, cl_int* code) {
  FAIL_HERE_WITH(code);
  if (status != nullptr) *status = CL_SUCCESS;
  auto* program = new _cl_program;
  program->context = retain(context);
  program->text.assign(reinterpret_cast<const char*>(data[0]), bytes[0]);
  return program;
}
FAKE cl_program clCreateProgramWithIL(cl_context context, const void* data, size_t bytes, cl_int* code) {
  FAIL_HERE_WITH(code);
  const uint32_t magic = 0x07230203;
  if (bytes < sizeof magic || std::memcmp(data, &magic, sizeof magic) != 0) {
    if (code != nullptr) *code = CL_INVALID_VALUE;
    return nullptr;
  }
  auto* program = new _cl_program;
  program->context = retain(context);
  program->text.assign(static_cast<const char*>(data), bytes);
  return program;
}
FAKE cl_int clBuildProgram(cl_program, cl_uint, const cl_device_id*, const char* options,
                           void(CL_CALLBACK*)(cl_program, void*), void*) {
  std::snprintf(last_options, sizeof last_options, "%s", options);
  FAIL_HERE();
  return build_answer.load() == nullptr ? CL_SUCCESS : CL_BUILD_PROGRAM_FAILURE;
}
FAKE cl_int clGetProgramInfo(cl_program program, cl_program_info what, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  if (what == CL_PROGRAM_NUM_DEVICES) return answer_value<cl_uint>(1, capacity, out, needed);
  if (what == CL_PROGRAM_DEVICES) return answer_value(program->context->device, capacity, out, needed);
  if (what == CL_PROGRAM_BINARY_SIZES) return answer_value(program->text.size(), capacity, out, needed);
  std::memcpy(*static_cast<unsigned char**>(out), program->text.data(), program->text.size());
  return CL_SUCCESS;
}
FAKE cl_int clGetProgramBuildInfo(cl_program, cl_device_id, cl_program_build_info, size_t capacity, void* out,
                                  size_t* needed) {
  FAIL_HERE();
  const char* log = build_answer;
  return answer_text(log == nullptr ? "" : log, capacity, out, needed);
}
FAKE cl_int clReleaseProgram(cl_program program) { return release(program); }
FAKE cl_kernel clCreateKernel(cl_program program, const char* name, cl_int* code) {
  const bool whole = std::strstr(name, HY_OPENCL_WHOLE_SUFFIX) != nullptr;
  if (const cl_int failing = turn(whole ? "clCreateKernel of the whole entry" : __func__)) {
    if (code != nullptr) *code = failing;
    return nullptr;
  }
  if (code != nullptr) *code = CL_SUCCESS;
  auto* kernel = new _cl_kernel;
  kernel->whole = whole;
  kernel->program = retain(program);
  return kernel;
}
FAKE cl_int clReleaseKernel(cl_kernel kernel) { return release(kernel); }
FAKE cl_int clSetKernelArg(cl_kernel, cl_uint, size_t, const void*) {
  FAIL_HERE();
  ++args_set;
  return CL_SUCCESS;
}
// Every kernel of the fake takes a buffer, with its offset, a value and the grid.
FAKE cl_int clGetKernelInfo(cl_kernel kernel, cl_kernel_info, size_t capacity, void* out, size_t* needed) {
  FAIL_HERE();
  return answer_value<cl_uint>(kernel->whole ? 2 : 4, capacity, out, needed);
}
FAKE cl_int clGetKernelWorkGroupInfo(cl_kernel, cl_device_id, cl_kernel_work_group_info what, size_t capacity,
                                     void* out, size_t* needed) {
  FAIL_HERE();
  const size_t fixed[3] = {0, 0, 0};
  if (what == CL_KERNEL_COMPILE_WORK_GROUP_SIZE) return answer(fixed, sizeof fixed, capacity, out, needed);
  return answer_value<size_t>(64, capacity, out, needed);
}
