// One device and the calls that are made on it, under the names of backends/common/gpu/driver.hpp. HIP has a current
// device for each thread where CUDA has contexts.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "backends/common/gpu/driver.hpp"
#include "backends/hip/errors.hpp"
#include "backends/hip/found.hpp"

namespace halyard::hip {

class Driver {
 public:
  using Code = hipError_t;
  using Stream = hipStream_t;
  using Event = hipEvent_t;
  using Module = hipModule_t;
  using Function = hipFunction_t;
  static constexpr Code kOk = hipSuccess, kNotReady = hipErrorNotReady, kOutOfMemory = hipErrorOutOfMemory;
  static constexpr Code kPeerAlreadyEnabled = hipErrorPeerAccessAlreadyEnabled;
  static constexpr const char* kName = "HIP";
  static constexpr hy_native_kind kNativeStream = HY_NATIVE_HIP_STREAM;
  static constexpr bool kCopiesWithoutAccess = true, kStreamsShareEngine = false;
  using Gate = gpu::WordGate<Driver>;

  Driver(const Api& api, const Found& found) : api_(&api), found_(found), pool_(new Pool(api, found)) {}

  class Current {
   public:
    explicit Current(const Driver& driver) noexcept : api_(*driver.api_) {
      const int wanted = driver.found_.ordinal;
      code_ = api_.hipGetDevice(&before_);
      if (HALYARD_LIKELY(code_ == hipSuccess && before_ == wanted)) return;
      // Once more: where something is given back, nobody could be told that it was not.
      if (code_ != hipSuccess) code_ = api_.hipGetDevice(&before_);
      if (code_ != hipSuccess || before_ == wanted) return;
      code_ = api_.hipSetDevice(wanted);
      if (HALYARD_UNLIKELY(code_ != hipSuccess)) code_ = api_.hipSetDevice(wanted);
      changed_ = code_ == hipSuccess;
    }
    ~Current() {
      if (changed_) api_.hipSetDevice(before_);
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    Code code() const noexcept { return code_; }

   private:
    const Api& api_;
    Code code_ = hipSuccess;
    int before_ = 0;
    bool changed_ = false;
  };

  const Api& api() const { return *api_; }
  const Found& found() const { return found_; }
  const hy_device_info& info() const { return found_.info; }
  uint64_t context_handle() const { return static_cast<uint64_t>(found_.ordinal); }
  hy_native native() const { return {HY_NATIVE_HIP_CONTEXT, 0, {context_handle(), 0}}; }
  bool has_pool() const { return pool_->get() != nullptr; }
  bool has_gates() const { return found_.waits_for_values; }
  hy_status fail(hy_error* error, Code code, const char* action, bool late = false) const {
    api_->hipGetLastError();  // the application asks for its own failures, not for ours
    return fail_hip(error, code, action, late ? When::kLate : When::kCall);
  }

  Code allocate(uint64_t bytes, uint64_t* address) const {
    void* made = nullptr;
    const Code code = api_->hipMalloc(&made, bytes);
    *address = bits(made);
    return code;
  }
  Code release(uint64_t address) const { return api_->hipFree(pointer(address)); }
  Code pool_allocate(uint64_t bytes, Stream stream, uint64_t* address) const {
    void* made = nullptr;
    const Code code = api_->hipMallocFromPoolAsync(&made, bytes, pool_->get(), stream);
    *address = bits(made);
    return code;
  }
  Code pool_release(uint64_t address, Stream stream) const { return api_->hipFreeAsync(pointer(address), stream); }
  Code pool_trim() const { return api_->hipMemPoolTrimTo(pool_->get(), 0); }
  Code pinned_allocate(uint64_t bytes, void** host, uint64_t* address) const {
    Code code = api_->hipHostMalloc(host, bytes, hipHostMallocPortable | hipHostMallocMapped);
    if (code != hipSuccess) return code;
    void* seen = nullptr;
    code = api_->hipHostGetDevicePointer(&seen, *host, 0);
    if (code != hipSuccess) api_->hipHostFree(*host);
    *address = bits(seen);
    return code;
  }
  Code pinned_release(void* host) const { return api_->hipHostFree(host); }
  Code shared_allocate(uint64_t bytes, uint64_t* address) const {
    void* made = nullptr;
    const Code code = api_->hipMallocManaged(&made, bytes, hipMemAttachGlobal);
    *address = bits(made);
    return code;
  }
  Code memory_info(uint64_t* free_bytes, uint64_t* total_bytes) const {
    size_t left = 0, total = 0;
    const Code code = api_->hipMemGetInfo(&left, &total);
    *free_bytes = left;
    *total_bytes = total;
    return code;
  }
  bool is_ours(uint64_t address) const { return is_known(pointer(address)); }

  bool is_pinned(const void* host) const { return is_known(host); }

  Code stream_create(Stream* out) const { return api_->hipStreamCreateWithFlags(out, hipStreamNonBlocking); }
  Code stream_destroy(Stream stream) const { return api_->hipStreamDestroy(stream); }
  Code stream_synchronize(Stream stream) const { return api_->hipStreamSynchronize(stream); }
  Code stream_query(Stream stream) const { return asked(api_->hipStreamQuery(stream)); }
  Code stream_wait(Stream stream, Event event) const { return api_->hipStreamWaitEvent(stream, event, 0); }
  bool stream_wrap(uint64_t handle, Stream* out) const {
    *out = static_cast<Stream>(static_cast<void*>(pointer(handle)));
    return is_ours(*out);
  }
  void stream_unwrap(Stream) const {}
  uint64_t stream_handle(Stream stream) const { return gpu::handle_bits(stream); }
  Code stream_gate(Stream stream, uint64_t address, uint32_t value) const {
    return api_->hipStreamWaitValue32(stream, pointer(address), value, hipStreamWaitValueGte, UINT32_MAX);
  }

  Code event_create(bool timed, Event* out) const {
    return api_->hipEventCreateWithFlags(out,
                                         timed ? hipEventBlockingSync : hipEventBlockingSync | hipEventDisableTiming);
  }
  Code event_destroy(Event event) const { return api_->hipEventDestroy(event); }
  Code event_record(Event event, Stream stream) const { return api_->hipEventRecord(event, stream); }
  Code event_query(Event event) const { return asked(api_->hipEventQuery(event)); }
  Code event_synchronize(Event event) const { return api_->hipEventSynchronize(event); }
  Code event_elapsed(float* milliseconds, Event begin, Event end) const {
    return api_->hipEventElapsedTime(milliseconds, begin, end);
  }

  Code copy_in(uint64_t to, const void* from, uint64_t bytes, Stream stream) const {
    return api_->hipMemcpyHtoDAsync(pointer(to), const_cast<void*>(from), bytes, stream);
  }
  Code copy_out(void* to, uint64_t from, uint64_t bytes, Stream stream) const {
    return api_->hipMemcpyDtoHAsync(to, pointer(from), bytes, stream);
  }
  Code copy(uint64_t to, uint64_t from, uint64_t bytes, Stream stream) const {
    return api_->hipMemcpyDtoDAsync(pointer(to), pointer(from), bytes, stream);
  }
  Code fill(uint64_t to, uint32_t value, uint32_t value_bytes, uint64_t count, Stream stream) const {
    if (value_bytes == 1) return api_->hipMemsetD8Async(pointer(to), static_cast<unsigned char>(value), count, stream);
    if (value_bytes == 2)
      return api_->hipMemsetD16Async(pointer(to), static_cast<unsigned short>(value), count, stream);
    return api_->hipMemsetD32Async(pointer(to), static_cast<int>(value), count, stream);
  }

  Code module_load(const void* image, uint64_t, Module* out, std::string*) const {
    return api_->hipModuleLoadDataEx(out, image, 0, nullptr, nullptr);
  }
  Code module_unload(Module module) const { return api_->hipModuleUnload(module); }
  Code module_function(Module module, const char* name, Function* out) const {
    return api_->hipModuleGetFunction(out, module, name);
  }
  Code module_constant(Module module, const char* name, uint64_t* address, uint64_t* bytes) const {
    void* found = nullptr;
    size_t size = 0;
    const Code code = api_->hipModuleGetGlobal(&found, &size, module, name);
    *address = bits(found);
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
    return api_->hipModuleLaunchKernel(function, groups[0], groups[1], groups[2], items[0], items[1], items[2], 0,
                                       stream, arguments, nullptr);
  }

  bool is_same_device(const Driver& peer) const { return found_.ordinal == peer.found_.ordinal; }
  Code peer_reaches(const Driver& peer, bool* reaches) const {
    int can = 0;
    const Code code = tried(api_->hipDeviceCanAccessPeer(&can, found_.ordinal, peer.found_.ordinal));
    *reaches = code == hipSuccess && can != 0;
    return code;
  }
  Code peer_enable(const Driver& peer) const { return tried(api_->hipDeviceEnablePeerAccess(peer.found_.ordinal, 0)); }
  Code share_pool(const Driver& peer) const {
    if (api_->hipMemPoolSetAccess == nullptr) return hipErrorPeerAccessUnsupported;
    const hipMemAccessDesc access{{hipMemLocationTypeDevice, peer.found_.ordinal}, hipMemAccessFlagsProtReadWrite};
    return tried(api_->hipMemPoolSetAccess(pool_->get(), &access, 1));
  }
  Code peer_copy(uint64_t to, const Driver& to_driver, uint64_t from, const Driver& from_driver, uint64_t bytes,
                 Stream stream) const {
    return api_->hipMemcpyPeerAsync(pointer(to), to_driver.found_.ordinal, pointer(from), from_driver.found_.ordinal,
                                    bytes, stream);
  }

 private:
  // A pool of our own, made when it is first asked for; none where the device or the version has none.
  class Pool {
   public:
    Pool(const Api& api, const Found& found) : api_(api), ordinal_(found.ordinal), bytes_(found.pooled_bytes) {}
    ~Pool() {
      if (pool_ != nullptr) api_.hipMemPoolDestroy(pool_);
    }
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    hipMemPool_t get() {
      if (bytes_ != 0) std::call_once(made_, [this] { make(); });
      return pool_;
    }

   private:
    void make() noexcept;

    const Api& api_;
    const int ordinal_;
    const uint64_t bytes_;  // that it keeps of what is given back
    std::once_flag made_;
    hipMemPool_t pool_ = nullptr;
  };

  bool is_ours(Stream stream) const;
  // Memory of the device, or of the host and pinned.
  bool is_known(const void* address) const;
  static void* pointer(uint64_t address) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address)); }
  static uint64_t bits(const void* pointer) { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(pointer)); }
  // What may fail and be none the worse leaves nothing behind as the thread's last error.
  Code tried(Code code) const {
    if (code != hipSuccess) api_->hipGetLastError();
    return code;
  }
  // "Not yet" is an answer, and must not stay behind as the thread's last error.
  Code asked(Code code) const {
    if (code == hipErrorNotReady) api_->hipGetLastError();
    return code;
  }

  const Api* api_;
  Found found_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace halyard::hip
