// One device's context and the calls that are made in it, under the names of backends/common/gpu/driver.hpp.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <string>

#include "backends/common/gpu/driver.hpp"
#include "backends/cuda/errors.hpp"
#include "backends/cuda/found.hpp"

namespace halyard::cuda {

class Driver {
 public:
  using Code = CUresult;
  using Stream = CUstream;
  using Event = CUevent;
  using Module = CUmodule;
  using Function = CUfunction;
  static constexpr Code kOk = CUDA_SUCCESS, kNotReady = CUDA_ERROR_NOT_READY, kOutOfMemory = CUDA_ERROR_OUT_OF_MEMORY;
  static constexpr Code kPeerAlreadyEnabled = CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
  static constexpr const char* kName = "CUDA";
  static constexpr hy_native_kind kNativeStream = HY_NATIVE_CUDA_STREAM;
  static constexpr bool kCopiesWithoutAccess = true, kStreamsShareEngine = false;
  using Gate = gpu::WordGate<Driver>;

  // The device's primary context, made when it is first needed: listing devices and compiling for them do without.
  Driver(const Api& api, const Found& found) : api_(&api), found_(found), context_(new Context(api, found)) {}
  // The caller's own context, which outlives this.
  Driver(const Api& api, const Found& found, CUcontext context) : Driver(api, found) { context_->adopt(context); }

  class Current {
   public:
    explicit Current(const Driver& driver) noexcept : api_(*driver.api_) {
      CUcontext wanted = driver.context_->handle.load(std::memory_order_acquire);
      if (HALYARD_UNLIKELY(wanted == nullptr)) {
        code_ = driver.context_->retain(&wanted);
        if (code_ != CUDA_SUCCESS) return;
      }
      CUcontext now = nullptr;
      code_ = api_.cuCtxGetCurrent(&now);
      if (HALYARD_LIKELY(code_ == CUDA_SUCCESS && now == wanted)) return;
      // Once more: where something is given back, nobody could be told that it was not.
      code_ = api_.cuCtxPushCurrent(wanted);
      if (HALYARD_UNLIKELY(code_ != CUDA_SUCCESS)) code_ = api_.cuCtxPushCurrent(wanted);
      pushed_ = code_ == CUDA_SUCCESS;
    }
    ~Current() {
      CUcontext popped = nullptr;
      if (pushed_) api_.cuCtxPopCurrent(&popped);
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    Code code() const noexcept { return code_; }

   private:
    const Api& api_;
    Code code_ = CUDA_SUCCESS;
    bool pushed_ = false;
  };

  const Api& api() const { return *api_; }
  const Found& found() const { return found_; }
  const hy_device_info& info() const { return found_.info; }
  uint64_t context_handle() const { return gpu::handle_bits(context_->handle.load(std::memory_order_acquire)); }
  hy_native native() const { return {HY_NATIVE_CUDA_CONTEXT, 0, {context_handle(), 0}}; }
  bool has_pool() const { return context_->pool != nullptr; }
  bool has_gates() const { return api_->cuStreamWaitValue32 != nullptr; }
  hy_status fail(hy_error* error, Code code, const char* action, bool late = false) const {
    return fail_cuda(error, code, action, late ? When::kLate : When::kCall);
  }

  Code allocate(uint64_t bytes, uint64_t* address) const {
    CUdeviceptr made = 0;
    const Code code = api_->cuMemAlloc(&made, bytes);
    *address = made;
    return code;
  }
  Code release(uint64_t address) const { return api_->cuMemFree(address); }
  Code pool_allocate(uint64_t bytes, Stream stream, uint64_t* address) const {
    CUdeviceptr made = 0;
    const Code code = api_->cuMemAllocFromPoolAsync(&made, bytes, context_->pool, stream);
    *address = made;
    return code;
  }
  Code pool_release(uint64_t address, Stream stream) const { return api_->cuMemFreeAsync(address, stream); }
  Code pool_trim() const { return api_->cuMemPoolTrimTo(context_->pool, 0); }
  Code pinned_allocate(uint64_t bytes, void** host, uint64_t* address) const {
    Code code = api_->cuMemHostAlloc(host, bytes, CU_MEMHOSTALLOC_PORTABLE | CU_MEMHOSTALLOC_DEVICEMAP);
    if (code != CUDA_SUCCESS) return code;
    CUdeviceptr seen = 0;
    code = api_->cuMemHostGetDevicePointer(&seen, *host, 0);
    if (code != CUDA_SUCCESS) api_->cuMemFreeHost(*host);
    *address = seen;
    return code;
  }
  Code pinned_release(void* host) const { return api_->cuMemFreeHost(host); }
  Code shared_allocate(uint64_t bytes, uint64_t* address) const {
    CUdeviceptr made = 0;
    const Code code = api_->cuMemAllocManaged(&made, bytes, CU_MEM_ATTACH_GLOBAL);
    *address = made;
    return code;
  }
  Code memory_info(uint64_t* free_bytes, uint64_t* total_bytes) const {
    size_t left = 0, total = 0;
    const Code code = api_->cuMemGetInfo(&left, &total);
    *free_bytes = left;
    *total_bytes = total;
    return code;
  }
  bool is_ours(uint64_t address) const {
    CUdeviceptr seen = 0;
    return api_->cuPointerGetAttribute(&seen, CU_POINTER_ATTRIBUTE_DEVICE_POINTER, address) == CUDA_SUCCESS;
  }

  bool is_pinned(const void* host) const {
    unsigned type = 0;
    const auto address = static_cast<CUdeviceptr>(reinterpret_cast<uintptr_t>(host));
    return api_->cuPointerGetAttribute(&type, CU_POINTER_ATTRIBUTE_MEMORY_TYPE, address) == CUDA_SUCCESS;
  }

  Code stream_create(Stream* out) const { return api_->cuStreamCreate(out, CU_STREAM_NON_BLOCKING); }
  Code stream_destroy(Stream stream) const { return api_->cuStreamDestroy(stream); }
  Code stream_synchronize(Stream stream) const { return api_->cuStreamSynchronize(stream); }
  Code stream_query(Stream stream) const { return api_->cuStreamQuery(stream); }
  Code stream_wait(Stream stream, Event event) const { return api_->cuStreamWaitEvent(stream, event, 0); }
  bool stream_wrap(uint64_t handle, Stream* out) const {
    *out = reinterpret_cast<Stream>(static_cast<uintptr_t>(handle));
    CUcontext context = nullptr;
    return api_->cuStreamGetCtx(*out, &context) == CUDA_SUCCESS && context == context_->handle.load();
  }
  void stream_unwrap(Stream) const {}
  uint64_t stream_handle(Stream stream) const { return gpu::handle_bits(stream); }
  Code stream_gate(Stream stream, uint64_t address, uint32_t value) const {
    return api_->cuStreamWaitValue32(stream, address, value, CU_STREAM_WAIT_VALUE_GEQ);
  }

  Code event_create(bool timed, Event* out) const {
    return api_->cuEventCreate(out, timed ? CU_EVENT_BLOCKING_SYNC : CU_EVENT_BLOCKING_SYNC | CU_EVENT_DISABLE_TIMING);
  }
  Code event_destroy(Event event) const { return api_->cuEventDestroy(event); }
  Code event_record(Event event, Stream stream) const { return api_->cuEventRecord(event, stream); }
  Code event_query(Event event) const { return api_->cuEventQuery(event); }
  Code event_synchronize(Event event) const { return api_->cuEventSynchronize(event); }
  Code event_elapsed(float* milliseconds, Event begin, Event end) const {
    return api_->cuEventElapsedTime(milliseconds, begin, end);
  }

  Code copy_in(uint64_t to, const void* from, uint64_t bytes, Stream stream) const {
    return api_->cuMemcpyHtoDAsync(to, from, bytes, stream);
  }
  Code copy_out(void* to, uint64_t from, uint64_t bytes, Stream stream) const {
    return api_->cuMemcpyDtoHAsync(to, from, bytes, stream);
  }
  Code copy(uint64_t to, uint64_t from, uint64_t bytes, Stream stream) const {
    return api_->cuMemcpyDtoDAsync(to, from, bytes, stream);
  }
  Code fill(uint64_t to, uint32_t value, uint32_t value_bytes, uint64_t count, Stream stream) const {
    if (value_bytes == 1) return api_->cuMemsetD8Async(to, static_cast<unsigned char>(value), count, stream);
    if (value_bytes == 2) return api_->cuMemsetD16Async(to, static_cast<unsigned short>(value), count, stream);
    return api_->cuMemsetD32Async(to, value, count, stream);
  }

  Code module_load(const void* image, uint64_t bytes, Module* out, std::string* log) const;
  Code module_unload(Module module) const { return api_->cuModuleUnload(module); }
  Code module_function(Module module, const char* name, Function* out) const {
    return api_->cuModuleGetFunction(out, module, name);
  }
  Code module_constant(Module module, const char* name, uint64_t* address, uint64_t* bytes) const {
    CUdeviceptr found = 0;
    size_t size = 0;
    const Code code = api_->cuModuleGetGlobal(&found, &size, module, name);
    *address = found;
    *bytes = size;
    return code;
  }
  struct Limits {
    uint32_t most_items;
    uint64_t local_bytes, private_bytes;
  };
  Code function_limits(Function function, Limits* out) const;
  Code launch(Function function, const uint32_t groups[3], const uint32_t items[3], Stream stream,
              void** arguments) const {
    return api_->cuLaunchKernel(function, groups[0], groups[1], groups[2], items[0], items[1], items[2], 0, stream,
                                arguments, nullptr);
  }

  bool is_same_device(const Driver& peer) const { return found_.device == peer.found_.device; }
  Code peer_reaches(const Driver& peer, bool* reaches) const {
    int can = 0;
    const Code code = api_->cuDeviceCanAccessPeer(&can, found_.device, peer.found_.device);
    *reaches = code == CUDA_SUCCESS && can != 0;
    return code;
  }
  Code peer_enable(const Driver& peer) const { return api_->cuCtxEnablePeerAccess(peer.context(), 0); }
  Code share_pool(const Driver& peer) const {
    const CUmemAccessDesc access{{CU_MEM_LOCATION_TYPE_DEVICE, peer.found_.device}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE};
    return api_->cuMemPoolSetAccess(context_->pool, &access, 1);
  }
  Code peer_copy(uint64_t to, const Driver& to_driver, uint64_t from, const Driver& from_driver, uint64_t bytes,
                 Stream stream) const {
    return api_->cuMemcpyPeerAsync(to, to_driver.context(), from, from_driver.context(), bytes, stream);
  }

 private:
  CUcontext context() const { return context_->handle.load(std::memory_order_acquire); }

  struct Context {
    Context(const Api& of, const Found& found) : api(of), device(found.device), pooled_bytes(found.pooled_bytes) {}
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;
    Code retain(CUcontext* out) noexcept;
    void adopt(CUcontext theirs) noexcept;
    void make_pool() noexcept;

    const Api& api;
    const CUdevice device;
    const uint64_t pooled_bytes;
    std::atomic<CUcontext> handle{nullptr};
    CUmemoryPool pool = nullptr;  // made with the context; NULL where the device has none
    std::mutex mutex;
    bool retained = false;
  };

  const Api* api_;
  Found found_;
  std::unique_ptr<Context> context_;
};

}  // namespace halyard::cuda
