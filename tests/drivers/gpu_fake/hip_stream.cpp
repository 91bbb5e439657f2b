// The fake libamdhip64: streams, events, modules and launches.
#include "tests/drivers/gpu_fake/hip.hpp"
#include "tests/drivers/gpu_fake/module.hpp"
#include "tests/drivers/gpu_fake/transfer.hpp"

using namespace gpu_fake;

namespace {

std::shared_ptr<Event> event_of(void* handle, const char* function, int* code) {
  auto found = find<Event>(handle, "event", function);
  if (found == nullptr) *code = kInvalidHandle;
  return found;
}

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

// "gfx942:sramecc+:xnack-": what an image says of a feature has to be so; what it leaves out may be either way.
int fits(const Image& image, const std::string& architecture, std::string* why) {
  *why = "the code object is for " + image.target + ", the device is " + architecture;
  if (image.kind != Image::kCodeObject) return kInvalidImage;
  const auto words = [](const std::string& target) {
    std::vector<std::string> list;
    for (size_t at = 0; at <= target.size();) {
      const size_t end = std::min(target.find(':', at), target.size());
      list.push_back(target.substr(at, end - at));
      at = end + 1;
    }
    return list;
  };
  const auto wanted = words(image.target), given = words(architecture);
  if (wanted[0] != given[0]) return kNoBinaryForGpu;
  for (size_t i = 1; i < wanted.size(); ++i) {
    const auto is_same = [&](const std::string& word) { return word == wanted[i]; };
    if (std::none_of(given.begin(), given.end(), is_same)) return kNoBinaryForGpu;
  }
  return kSuccess;
}

int create_stream(void** stream, unsigned flags, int priority, const char* function) {
  HIP_FIND(context, hip::current(function, &context_code));
  if (context->lost != 0) return context->lost;
  if (flags > 1) return misuse(kInvalidValue, "%s got flags %u", function, flags);
  std::lock_guard lock(machine().mutex);
  *stream = machine().add(make_stream(context, flags, priority));
  return kSuccess;
}

int create_event(void** event, unsigned flags, const char* function) {
  HIP_FIND(context, hip::current(function, &context_code));
  if (context->lost != 0) return context->lost;
  if ((flags & ~0xC0000007u) != 0) return misuse(kInvalidValue, "%s got flags %u", function, flags);
  auto made = std::make_shared<Event>();
  made->context = context;
  made->timed = (flags & 2) == 0;
  std::lock_guard lock(machine().mutex);
  *event = machine().add(made);
  return kSuccess;
}

int load(void** module, const void* image, const char* function) {
  HIP_FIND(context, hip::current(function, &context_code));
  if (context->lost != 0) return context->lost;
  std::string why;
  return load_module(context, image, fits, module, &why);
}

}  // namespace

GPU_FAKE_EXPORT int hipStreamCreate(void** stream) {
  HIP_ENTER();
  HIP_RETURN(create_stream(stream, 0, 0, __func__));
}
GPU_FAKE_EXPORT int hipStreamCreateWithFlags(void** stream, unsigned flags) {
  HIP_ENTER();
  HIP_RETURN(create_stream(stream, flags, 0, __func__));
}
GPU_FAKE_EXPORT int hipStreamCreateWithPriority(void** stream, unsigned flags, int priority) {
  HIP_ENTER();
  HIP_RETURN(create_stream(stream, flags, priority, __func__));
}
// Unlike CUDA's, it waits for what was submitted.
GPU_FAKE_EXPORT int hipStreamDestroy(void* stream) {
  HIP_ENTER_RELEASE();
  const auto found = find<Stream>(stream, "stream", __func__);
  if (found == nullptr) HIP_RETURN(kInvalidHandle);
  synchronize(*found);
  close_stream(*found);
  std::lock_guard lock(machine().mutex);
  machine().drop(stream);
  HIP_RETURN_RELEASE(found->context->lost.load());
}
GPU_FAKE_EXPORT int hipStreamSynchronize(void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(synchronize(*in));
}
GPU_FAKE_EXPORT int hipStreamQuery(void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(query(*in));
}
GPU_FAKE_EXPORT int hipStreamWaitEvent(void* stream, void* event, unsigned flags) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_FIND(found, event_of(event, __func__, &found_code));
  HIP_RETURN(flags != 0 ? misuse(kInvalidValue, "%s got flags %u", __func__, flags) : wait_event(in, found));
}
GPU_FAKE_EXPORT int hipStreamGetFlags(void* stream, unsigned* flags) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  *flags = in->flags;
  return kSuccess;
}
GPU_FAKE_EXPORT int hipStreamGetPriority(void* stream, int* priority) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  *priority = in->priority;
  return kSuccess;
}
#if HALYARD_FAKE_HIP_MAJOR >= 6
GPU_FAKE_EXPORT int hipStreamGetDevice(void* stream, int* device) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  *device = in->context->device;
  return kSuccess;
}
#endif
GPU_FAKE_EXPORT int hipStreamAddCallback(void* stream, void (*function)(void*, int, void*), void* user,
                                         unsigned flags) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  if (flags != 0) HIP_RETURN(misuse(kInvalidValue, "%s got flags %u", __func__, flags));
  HIP_RETURN(call_host(
      in, [function, user, stream](int code) { function(stream, code, user); }, true));
}
GPU_FAKE_EXPORT int hipLaunchHostFunc(void* stream, void (*function)(void*), void* user) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(call_host(
      in, [function, user](int) { function(user); }, false));
}
GPU_FAKE_EXPORT int hipStreamWaitValue32(void* stream, void* address, uint32_t value, unsigned flags, uint32_t mask) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(await_value(in, reinterpret_cast<uintptr_t>(address), value, flags, mask, __func__));
}
GPU_FAKE_EXPORT int hipStreamWriteValue32(void* stream, void* address, uint32_t value, unsigned) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_RETURN(write_value(in, reinterpret_cast<uintptr_t>(address), value, __func__));
}

// ---- events ----

GPU_FAKE_EXPORT int hipEventCreate(void** event) {
  HIP_ENTER();
  HIP_RETURN(create_event(event, 0, __func__));
}
GPU_FAKE_EXPORT int hipEventCreateWithFlags(void** event, unsigned flags) {
  HIP_ENTER();
  HIP_RETURN(create_event(event, flags, __func__));
}
GPU_FAKE_EXPORT int hipEventDestroy(void* event) {
  HIP_ENTER_RELEASE();
  HIP_FIND(found, event_of(event, __func__, &found_code));
  std::lock_guard lock(machine().mutex);
  machine().drop(event);
  HIP_RETURN_RELEASE(found->context->lost.load());
}
GPU_FAKE_EXPORT int hipEventRecord(void* event, void* stream) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_FIND(found, event_of(event, __func__, &found_code));
  if (found->context != in->context) {
    HIP_RETURN(misuse(kInvalidHandle, "%s in a stream of another device", __func__));
  }
  HIP_RETURN(record(found, in));
}
GPU_FAKE_EXPORT int hipEventQuery(void* event) {
  HIP_ENTER();
  HIP_FIND(found, event_of(event, __func__, &found_code));
  HIP_RETURN(query(*found));
}
GPU_FAKE_EXPORT int hipEventSynchronize(void* event) {
  HIP_ENTER();
  HIP_FIND(found, event_of(event, __func__, &found_code));
  HIP_RETURN(synchronize(*found));
}
GPU_FAKE_EXPORT int hipEventElapsedTime(float* milliseconds, void* start, void* end) {
  HIP_ENTER();
  HIP_FIND(first, event_of(start, __func__, &first_code));
  HIP_FIND(last, event_of(end, __func__, &last_code));
  HIP_RETURN(elapsed(milliseconds, *first, *last, __func__));
}

// ---- modules and launches ----

GPU_FAKE_EXPORT int hipModuleLoadData(void** module, const void* image) {
  HIP_ENTER();
  HIP_RETURN(load(module, image, __func__));
}
GPU_FAKE_EXPORT int hipModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) {
  HIP_ENTER();
  HIP_RETURN(load(module, image, __func__));
}
GPU_FAKE_EXPORT int hipModuleUnload(void* module) {
  HIP_ENTER_RELEASE();
  HIP_FIND(found, module_of(module, __func__, &found_code));
  HIP_RETURN_RELEASE(unload_module(found, __func__));
}
GPU_FAKE_EXPORT int hipModuleGetFunction(void** function, void* module, const char* name) {
  HIP_ENTER();
  HIP_FIND(found, module_of(module, __func__, &found_code));
  HIP_RETURN(get_function(found, name, function));
}
GPU_FAKE_EXPORT int hipModuleGetGlobal(void** address, size_t* bytes, void* module, const char* name) {
  HIP_ENTER();
  HIP_FIND(found, module_of(module, __func__, &found_code));
  HIP_RETURN(get_global(found, name, reinterpret_cast<uintptr_t*>(address), bytes));
}
GPU_FAKE_EXPORT int hipFuncGetAttribute(int* value, int what, void* function) {
  HIP_ENTER();
  HIP_FIND(found, function_of(function, __func__, &found_code));
  const int most = static_cast<int>(found->most_threads), shared = static_cast<int>(found->shared_bytes);
  const int values[] = {most, shared, 0, 0, 32, 0, 0, 0, static_cast<int>(shared_per_block()) - shared, 0};
  if (what < 0 || what > 9) HIP_RETURN(misuse(kInvalidValue, "%s of attribute %d", __func__, what));
  *value = values[what];
  return kSuccess;
}
GPU_FAKE_EXPORT int hipFuncSetAttribute(const void* function, int what, int value) {
  HIP_ENTER();
  HIP_FIND(found, function_of(const_cast<void*>(function), __func__, &found_code));
  if ((what != 8 && what != 9) || value < -1) {
    HIP_RETURN(misuse(kInvalidValue, "%s: %d for attribute %d", __func__, value, what));
  }
  return kSuccess;
}
GPU_FAKE_EXPORT int hipModuleOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int threads,
                                                                       size_t) {
  HIP_ENTER();
  HIP_FIND(found, function_of(function, __func__, &found_code));
  if (threads <= 0) HIP_RETURN(misuse(kInvalidValue, "%s of %d threads", __func__, threads));
  *blocks = std::min(2048 / threads, 32);
  return kSuccess;
}
GPU_FAKE_EXPORT int hipModuleLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx,
                                          unsigned by, unsigned bz, unsigned shared, void* stream, void** arguments,
                                          void** extra) {
  HIP_ENTER();
  HIP_STREAM(in, stream);
  HIP_FIND(found, function_of(function, __func__, &found_code));
  if (extra != nullptr) HIP_RETURN(misuse(kNotSupported, "%s: the fake takes no packed arguments", __func__));
  HIP_RETURN(launch(found, in, {{gx, gy, gz}, {bx, by, bz}, shared}, arguments, __func__));
}
