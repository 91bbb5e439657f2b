// The fake libcuda.so.1: streams, events, modules and launches.
#include <cstring>

#include "tests/drivers/gpu_fake/cuda.hpp"
#include "tests/drivers/gpu_fake/module.hpp"
#include "tests/drivers/gpu_fake/transfer.hpp"

using namespace gpu_fake;

namespace {

std::shared_ptr<Module> module_of(void* handle, const char* function, int* code) {
  auto found = find<Module>(handle, "module", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

std::shared_ptr<Function> function_of(void* handle, const char* function, int* code) {
  auto found = find<Function>(handle, "function", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

int major_of(const std::string& version) { return std::atoi(version.c_str()); }
int minor_of(const std::string& version) {
  const size_t dot = version.find('.');
  return dot == std::string::npos ? 0 : std::atoi(version.c_str() + dot + 1);
}

// A cubin runs on its own major architecture from its minor one on; PTX on its architecture and later ones.
int fits(const Image& image, const std::string& architecture, std::string* why) {
  const int image_sm = architecture_number(image.target), device_sm = architecture_number(architecture);
  if (image.kind == Image::kCodeObject) {
    *why = "a code object for AMD";
    return kInvalidImage;
  }
  if (image.kind == Image::kCubin) {
    const bool exact = !image.target.empty() && (image.target.back() == 'a' || image.target.back() == 'f');
    const bool fit = exact ? image_sm == device_sm : image_sm / 10 == device_sm / 10 && image_sm <= device_sm;
    *why = "the cubin is for " + image.target + ", the device is " + architecture;
    return fit ? kSuccess : kNoBinaryForGpu;
  }
  const std::string newest = setting("ptx_version", kVendor.ptx_version);
  const bool too_new = major_of(image.ptx_version) != major_of(newest) ? major_of(image.ptx_version) > major_of(newest)
                                                                       : minor_of(image.ptx_version) > minor_of(newest);
  if (too_new) {
    *why = "ptxas fatal: Unsupported .version " + image.ptx_version + "; current version is '" + newest + "'";
    return kUnsupportedPtxVersion;
  }
  *why = "ptxas error: SM version specified by .target is higher than default SM version assumed";
  return image_sm <= device_sm ? kSuccess : kInvalidPtx;
}

// What goes into the caller's error log, by the options 5 (buffer) and 6 (its size, which becomes what was written).
int load(const std::shared_ptr<Context>& context, const void* image, void** module, unsigned count, const int* options,
         void** values) {
  std::string why;
  const int code = load_module(context, image, fits, module, &why);
  char* buffer = nullptr;
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] < 0 || options[i] > 40) return misuse(kInvalidValue, "option %d of cuModuleLoadDataEx", options[i]);
    if (options[i] == 5) buffer = static_cast<char*>(values[i]);
  }
  for (unsigned i = 0; i < count; ++i) {
    if (options[i] != 6 || buffer == nullptr) continue;
    const auto capacity = static_cast<size_t>(static_cast<unsigned>(reinterpret_cast<uintptr_t>(values[i])));
    if (capacity == 0) continue;
    const std::string text = code == 0 ? "" : why.substr(0, capacity - 1);
    std::memcpy(buffer, text.c_str(), text.size() + 1);
    const auto written = static_cast<unsigned>(text.size());
    std::memcpy(&values[i], &written, sizeof written);
  }
  return code;
}

}  // namespace

GPU_FAKE_EXPORT int cuStreamCreate(void** stream, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (flags > 1) return misuse(kInvalidValue, "%s got flags %u", __func__, flags);
  std::lock_guard lock(machine().mutex);
  *stream = machine().add(make_stream(context, flags, 0));
  return kSuccess;
}
GPU_FAKE_EXPORT int cuStreamCreateWithPriority(void** stream, unsigned flags, int priority) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (flags > 1) return misuse(kInvalidValue, "%s got flags %u", __func__, flags);
  std::lock_guard lock(machine().mutex);
  *stream = machine().add(make_stream(context, flags, priority));
  return kSuccess;
}
GPU_FAKE_EXPORT int cuStreamDestroy_v2(void* stream) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_FIND(found, find<Stream>(stream, "stream", __func__));
  close_stream(*found);
  std::lock_guard lock(machine().mutex);
  machine().drop(stream);
  GPU_FAKE_RETURN_RELEASE(found->context->lost.load());
}
GPU_FAKE_EXPORT int cuStreamSynchronize(void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  return synchronize(*in);
}
GPU_FAKE_EXPORT int cuStreamQuery(void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  return query(*in);
}
GPU_FAKE_EXPORT int cuStreamWaitEvent(void* stream, void* event, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  GPU_FAKE_FIND(found, cuda::event_of(event, __func__, &found_code));
  return flags > 1 ? misuse(kInvalidValue, "%s got flags %u", __func__, flags) : wait_event(in, found);
}
GPU_FAKE_EXPORT int cuStreamGetCtx(void* stream, void** context) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  *context = in->context->handle;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuStreamGetFlags(void* stream, unsigned* flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  *flags = in->flags;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuStreamGetPriority(void* stream, int* priority) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  *priority = in->priority;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuLaunchHostFunc(void* stream, void (*function)(void*), void* user) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  return call_host(
      in, [function, user](int) { function(user); }, false);
}
GPU_FAKE_EXPORT int cuStreamWaitValue32_v2(void* stream, uintptr_t address, uint32_t value, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  return await_value(in, address, value, flags, ~0u, __func__);
}
GPU_FAKE_EXPORT int cuStreamWriteValue32_v2(void* stream, uintptr_t address, uint32_t value, unsigned) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  return write_value(in, address, value, __func__);
}

// ---- events ----

GPU_FAKE_EXPORT int cuEventCreate(void** event, unsigned flags) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  if (flags > 7) return misuse(kInvalidValue, "%s got flags %u", __func__, flags);
  auto made = std::make_shared<Event>();
  made->context = context;
  made->timed = (flags & 2) == 0;
  std::lock_guard lock(machine().mutex);
  *event = machine().add(made);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuEventDestroy_v2(void* event) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_FIND(found, cuda::event_of(event, __func__, &found_code));
  std::lock_guard lock(machine().mutex);
  machine().drop(event);
  GPU_FAKE_RETURN_RELEASE(found->context->lost.load());
}
GPU_FAKE_EXPORT int cuEventRecord(void* event, void* stream) {
  GPU_FAKE_ENTER();
  GPU_FAKE_STREAM(in, stream);
  GPU_FAKE_FIND(found, cuda::event_of(event, __func__, &found_code));
  if (found->context != in->context) return misuse(kInvalidHandle, "%s in a stream of another context", __func__);
  return record(found, in);
}
GPU_FAKE_EXPORT int cuEventQuery(void* event) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, cuda::event_of(event, __func__, &found_code));
  return query(*found);
}
GPU_FAKE_EXPORT int cuEventSynchronize(void* event) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, cuda::event_of(event, __func__, &found_code));
  return synchronize(*found);
}
GPU_FAKE_EXPORT int cuEventElapsedTime(float* milliseconds, void* start, void* end) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(first, cuda::event_of(start, __func__, &first_code));
  GPU_FAKE_FIND(last, cuda::event_of(end, __func__, &last_code));
  return elapsed(milliseconds, *first, *last, __func__);
}
GPU_FAKE_EXPORT int cuEventElapsedTime_v2(float* milliseconds, void* start, void* end) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(first, cuda::event_of(start, __func__, &first_code));
  GPU_FAKE_FIND(last, cuda::event_of(end, __func__, &last_code));
  return elapsed(milliseconds, *first, *last, __func__);
}

// ---- modules and launches ----

GPU_FAKE_EXPORT int cuModuleLoadData(void** module, const void* image) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  return load(context, image, module, 0, nullptr, nullptr);
}
GPU_FAKE_EXPORT int cuModuleLoadDataEx(void** module, const void* image, unsigned count, int* options, void** values) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  return load(context, image, module, count, options, values);
}
GPU_FAKE_EXPORT int cuModuleUnload(void* module) {
  GPU_FAKE_ENTER_RELEASE();
  GPU_FAKE_FIND(found, module_of(module, __func__, &found_code));
  const int code = unload_module(found, __func__);
  GPU_FAKE_RETURN_RELEASE(code != 0 ? code : found->context->lost.load());
}
GPU_FAKE_EXPORT int cuModuleGetFunction(void** function, void* module, const char* name) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_FIND(found, module_of(module, __func__, &found_code));
  return get_function(found, name, function);
}
GPU_FAKE_EXPORT int cuModuleGetGlobal_v2(uintptr_t* address, size_t* bytes, void* module, const char* name) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_FIND(found, module_of(module, __func__, &found_code));
  return get_global(found, name, address, bytes);
}
GPU_FAKE_EXPORT int cuModuleGetLoadingMode(int* mode) {
  GPU_FAKE_ENTER();
  *mode = 2;  // lazy
  return kSuccess;
}
GPU_FAKE_EXPORT int cuFuncGetAttribute(int* value, int what, void* function) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, function_of(function, __func__, &found_code));
  const int binary = architecture_number(found->module->target);
  const int values[] = {static_cast<int>(found->most_threads),
                        static_cast<int>(found->shared_bytes),
                        0,
                        0,
                        32,
                        binary,
                        binary,
                        0,
                        static_cast<int>(shared_per_block() - found->shared_bytes),
                        -1};
  if (what < 0 || what > 15) return misuse(kInvalidValue, "%s of attribute %d", __func__, what);
  *value = what < 10 ? values[what] : 0;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuFuncSetAttribute(void* function, int what, int value) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, function_of(function, __func__, &found_code));
  if (what < 8 || what > 15 || value < -1)
    return misuse(kInvalidValue, "%s: %d for attribute %d", __func__, value, what);
  return kSuccess;
}
GPU_FAKE_EXPORT int cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int threads, size_t) {
  GPU_FAKE_ENTER();
  GPU_FAKE_FIND(found, function_of(function, __func__, &found_code));
  if (threads <= 0) return misuse(kInvalidValue, "%s of %d threads", __func__, threads);
  *blocks = 2048 / threads < 32 ? 2048 / threads : 32;
  return kSuccess;
}
GPU_FAKE_EXPORT int cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                                   unsigned bz, unsigned shared, void* stream, void** arguments, void** extra) {
  GPU_FAKE_ENTER();
  GPU_FAKE_CURRENT(context);
  GPU_FAKE_STREAM(in, stream);
  GPU_FAKE_FIND(found, function_of(function, __func__, &found_code));
  if (in->context != context) return misuse(kInvalidHandle, "%s: the stream is of another context", __func__);
  if (extra != nullptr) return misuse(kNotSupported, "%s: the fake takes no packed arguments", __func__);
  return launch(found, in, {{gx, gy, gz}, {bx, by, bz}, shared}, arguments, __func__);
}
