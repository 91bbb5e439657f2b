// The peer on NVIDIA and AMD: their driver APIs, called as a program without Halyard would. Both have the same shape,
// so a table of names tells them apart; the libraries are opened at run time, so that the benchmarks build without any
// SDK.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "open_library.hpp"

namespace bench {

struct GpuNames {
  const char* backend;  // Halyard's
  const char* name;     // in tables
  std::vector<const char*> drivers, compilers;
  // Functions of the driver, in the order of RawGpu::Calls, and of the compiler, in that of RawGpu::CompilerCalls.
  std::vector<const char*> calls, compiler_calls;
};

inline const GpuNames& cuda_names() {
  static const GpuNames names{
      "cuda",
      "raw CUDA driver API",
      {"libcuda.so.1"},
      {"libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so"},
      {"cuInit", "cuDevicePrimaryCtxRetain", "cuCtxSetCurrent", "cuDeviceGetAttribute", "cuStreamCreate",
       "cuStreamSynchronize", "cuMemAlloc_v2", "cuMemFree_v2", "cuMemHostAlloc", "cuMemFreeHost",
       "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuModuleLoadData", "cuModuleGetFunction", "cuLaunchKernel"},
      {"nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcGetCUBINSize", "nvrtcGetCUBIN", "nvrtcGetProgramLogSize",
       "nvrtcGetProgramLog"}};
  return names;
}

inline const GpuNames& hip_names() {
  static const GpuNames names{
      "hip",
      "raw HIP",
      {"libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5"},
      {"libhiprtc.so.7", "libhiprtc.so.6", "libhiprtc.so.5", "libamdhip64.so.5"},
      {"hipInit", nullptr, "hipSetDevice", "hipDeviceGetAttribute", "hipStreamCreateWithFlags", "hipStreamSynchronize",
       "hipMalloc", "hipFree", "hipHostMalloc", "hipHostFree", "hipMemcpyHtoDAsync", "hipMemcpyDtoHAsync",
       "hipModuleLoadData", "hipModuleGetFunction", "hipModuleLaunchKernel"},
      {"hiprtcCreateProgram", "hiprtcCompileProgram", "hiprtcGetCodeSize", "hiprtcGetCode", "hiprtcGetProgramLogSize",
       "hiprtcGetProgramLog"}};
  return names;
}

// The first device's context, one stream, kernels compiled at run time. Answers of the driver are ints, its handles
// pointers; addresses are 64 bits wide whatever their type.
class RawGpu {
 public:
  using Memory = std::uint64_t;
  struct Kernel {
    void* function = nullptr;
    std::array<std::uint64_t, 4> values{};
    std::array<void*, 4> pointers{};
  };

  std::string problem;  // empty when it is usable

  explicit RawGpu(const GpuNames& its) : names_(its) { problem = open(); }

  const char* backend() const { return names_.backend; }
  const char* name() const { return names_.name; }

  // The machine code of CUDA C++ or HIP source, in which RAW_KERNEL, RAW_ONE_ITEM, RAW_GLOBAL, RAW_RESTRICT and RAW_ID
  // are written for what languages differ in.
  std::string compile(const std::string& source) {
    void* program = nullptr;
    const std::string text =
        "#define RAW_KERNEL extern \"C\" __global__\n#define RAW_ONE_ITEM __launch_bounds__(1)\n"
        "#define RAW_GLOBAL\n#define RAW_RESTRICT __restrict__\n"
        "#define RAW_ID (blockIdx.x * blockDim.x + threadIdx.x)\n" +
        source;
    if (!open_compiler()) return "";
    const std::vector<std::string> options = target();
    std::vector<const char*> words;
    words.reserve(options.size());
    for (const std::string& option : options) words.push_back(option.c_str());
    std::string code;
    size_t size = 0;
    if (rtc_.create(&program, text.c_str(), "raw", 0, nullptr, nullptr) != 0 ||
        rtc_.compile(program, static_cast<int>(words.size()), words.data()) != 0) {
      rtc_.log_size(program, &size);
      code.resize(size);
      rtc_.log(program, code.data());
      problem = "the raw kernel does not build: " + code;
      return "";
    }
    rtc_.code_size(program, &size);
    code.resize(size);
    if (rtc_.code(program, code.data()) != 0 || code.empty()) problem = "the raw kernel has no code";
    return code;
  }

  Kernel kernel(const std::string& source, const char* function) {
    const std::string code = compile(source);
    return problem.empty() ? load(code, function) : Kernel{};
  }

  Kernel load(const std::string& code, const char* function) {
    void* module = nullptr;
    Kernel made;
    if (call_.module_load(&module, code.data()) != 0 || call_.module_function(&made.function, module, function) != 0) {
      problem = "the raw kernel can't be loaded";
    }
    return made;
  }

  template <class... Values>
  void set(Kernel& kernel, const Values&... values) {
    size_t at = 0;
    const auto one = [&](const auto& value) {
      static_assert(sizeof value <= sizeof(std::uint64_t));
      std::memcpy(&kernel.values[at], &value, sizeof value);
      kernel.pointers[at] = &kernel.values[at];
      ++at;
    };
    (one(values), ...);
  }
  bool launch(Kernel& kernel, unsigned groups, unsigned items) {
    return call_.launch(kernel.function, groups, 1, 1, items, 1, 1, 0, stream_, kernel.pointers.data(), nullptr) == 0;
  }
  bool wait() { return call_.stream_wait(stream_) == 0; }

  Memory buffer(std::uint64_t bytes) {
    Memory made = 0;
    if (call_.allocate(&made, bytes) != 0) problem = "no raw buffer";
    return made;
  }
  void release(Memory memory) { call_.release(memory); }
  // Host memory that the device reaches.
  void* pinned(std::uint64_t bytes) {
    void* made = nullptr;
    if (call_.pinned(&made, bytes, 0) != 0) problem = "no pinned memory";
    return made;
  }
  void release_pinned(void* memory) { call_.release_pinned(memory); }
  // Wait until they are done.
  bool write(Memory to, const void* from, std::uint64_t bytes) {
    return call_.write(to, from, bytes, stream_) == 0 && wait();
  }
  bool read(void* to, Memory from, std::uint64_t bytes) { return call_.read(to, from, bytes, stream_) == 0 && wait(); }

 private:
  struct Calls {
    int (*init)(unsigned);
    int (*context)(void**, int);  // CUDA alone
    int (*make_current)(void*);   // a context; HIP: the device's number
    int (*attribute)(int*, int, int);
    int (*stream_create)(void**, unsigned);
    int (*stream_wait)(void*);
    int (*allocate)(std::uint64_t*, size_t);
    int (*release)(std::uint64_t);
    int (*pinned)(void**, size_t, unsigned);
    int (*release_pinned)(void*);
    int (*write)(std::uint64_t, const void*, size_t, void*);
    int (*read)(void*, std::uint64_t, size_t, void*);
    int (*module_load)(void**, const void*);
    int (*module_function)(void**, void*, const char*);
    int (*launch)(void*, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void*, void**, void**);
  };
  struct CompilerCalls {
    int (*create)(void**, const char*, const char*, int, const char* const*, const char* const*);
    int (*compile)(void*, int, const char* const*);
    int (*code_size)(void*, size_t*);
    int (*code)(void*, char*);
    int (*log_size)(void*, size_t*);
    int (*log)(void*, char*);
  };

  std::string open() {
    void* library = open_first(names_.drivers);
    if (library == nullptr) return std::string("there is no ") + names_.drivers[0];
    static_assert(sizeof(Calls) == 15 * sizeof(void*) && sizeof(CompilerCalls) == 6 * sizeof(void*));
    if (const char* missing = find_all(library, names_.calls, &call_))
      return std::string("the driver lacks ") + missing;
    if (call_.init(0) != 0) return std::string("the driver of ") + names_.backend + " finds no device";
    void* context = nullptr;  // for HIP: device 0
    if (call_.context != nullptr && call_.context(&context, 0) != 0) return "no context on the first device";
    if (call_.make_current(context) != 0) return "the first device can't be used";
    return call_.stream_create(&stream_, 1) == 0 ? "" : "no stream";  // 1: not ordered with the default stream
  }

  bool open_compiler() {
    if (rtc_.create != nullptr) return true;
    void* library = open_first(names_.compilers);
    if (library == nullptr) return problem = std::string("there is no ") + names_.compilers[0], false;
    const char* missing = find_all(library, names_.compiler_calls, &rtc_);
    if (missing != nullptr) problem = std::string("the compiler lacks ") + missing;
    return missing == nullptr;
  }

  // hipRTC compiles for the current device by itself.
  std::vector<std::string> target() {
    if (call_.context == nullptr) return {};
    constexpr int kMajor = 75, kMinor = 76;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_…
    int major = 0, minor = 0;
    call_.attribute(&major, kMajor, 0);
    call_.attribute(&minor, kMinor, 0);
    return {"--gpu-architecture=sm_" + std::to_string(major * 10 + minor)};
  }

  const GpuNames& names_;
  Calls call_{};
  CompilerCalls rtc_{};
  void* stream_ = nullptr;
};

}  // namespace bench
