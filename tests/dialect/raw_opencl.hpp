// The least of OpenCL that a test of the dialect needs: one device, one queue, blocking calls. Raw calls on purpose,
// so that a fault of Halyard's own backend cannot hide one of the prelude. The library is opened at run time.
#pragma once

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <dlfcn.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace halyard::test {

class RawOpencl {
 public:
  // One argument of a launch: a buffer (with the offset in bytes that the dialect passes beside it) or a value.
  struct Argument {
    cl_mem buffer = nullptr;
    std::uint64_t offset = 0;
    std::vector<unsigned char> value;
  };

  // Opens the first device; `reason()` says why there is none.
  RawOpencl() {
    // A wrapper such as oclgrind preloads its own.
    library_ = RTLD_DEFAULT;
    if (dlsym(RTLD_DEFAULT, "clGetPlatformIDs") == nullptr) {
      library_ = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    }
    if (dlsym(library_, "clGetPlatformIDs") == nullptr) {
      reason_ = "libOpenCL.so.1 is not installed";
      return;
    }
    cl_platform_id platforms[8];
    cl_uint count = 0;
    if (call<decltype(&clGetPlatformIDs)>("clGetPlatformIDs")(8, platforms, &count) != CL_SUCCESS || count == 0) {
      reason_ = "OpenCL has no platform";
      return;
    }
    for (cl_uint i = 0; i < count && i < 8 && device_ == nullptr; ++i) {
      call<decltype(&clGetDeviceIDs)>("clGetDeviceIDs")(platforms[i], CL_DEVICE_TYPE_ALL, 1, &device_, nullptr);
    }
    if (device_ == nullptr) {
      reason_ = "OpenCL has no device";
      return;
    }
    cl_int status = 0;
    context_ = call<decltype(&clCreateContext)>("clCreateContext")(nullptr, 1, &device_, nullptr, nullptr, &status);
    queue_ = call<decltype(&clCreateCommandQueue)>("clCreateCommandQueue")(context_, device_, 0, &status);
  }

  RawOpencl(const RawOpencl&) = delete;
  RawOpencl& operator=(const RawOpencl&) = delete;

  ~RawOpencl() {
    for (cl_mem memory : buffers_) {
      call<decltype(&clReleaseMemObject)>("clReleaseMemObject")(memory);
    }
    if (program_ != nullptr) {
      call<decltype(&clReleaseProgram)>("clReleaseProgram")(program_);
    }
    if (queue_ != nullptr) {
      call<decltype(&clReleaseCommandQueue)>("clReleaseCommandQueue")(queue_);
    }
    if (context_ != nullptr) {
      call<decltype(&clReleaseContext)>("clReleaseContext")(context_);
    }
  }

  bool available() const { return queue_ != nullptr; }
  const std::string& reason() const { return reason_; }

  // Builds `source`; "" on success, else the log.
  std::string build(const std::string& source, const char* options = "-cl-std=CL1.2") {
    const char* text = source.c_str();
    const std::size_t length = source.size();
    cl_int status = 0;
    return build(
        call<decltype(&clCreateProgramWithSource)>("clCreateProgramWithSource")(context_, 1, &text, &length, &status),
        options);
  }

  // The versions of SPIR-V that the device takes, "SPIR-V_1.2 SPIR-V_1.0"; "" where it takes none.
  std::string spirv_versions() {
    constexpr cl_device_info kIlVersion = 0x105B;
    return device_text(kIlVersion).find("SPIR-V") == std::string::npos ? "" : device_text(kIlVersion);
  }
  bool has_extension(const std::string& name) {
    return (" " + device_text(CL_DEVICE_EXTENSIONS) + " ").find(" " + name + " ") != std::string::npos;
  }
  std::string build_spirv(const std::string& image) {
    using Create = cl_program(cl_context, const void*, std::size_t, cl_int*);
    cl_int status = 0;
    return build(call<Create*>("clCreateProgramWithIL")(context_, image.data(), image.size(), &status), "");
  }

  // Builds a program, which is this object's from now on.
  std::string build(cl_program program, const char* options) {
    if (program_ != nullptr) {
      call<decltype(&clReleaseProgram)>("clReleaseProgram")(program_);
    }
    program_ = program;
    if (program_ == nullptr) {
      return "the driver makes no program of it";
    }
    cl_int status = call<decltype(&clBuildProgram)>("clBuildProgram")(program_, 1, &device_, options, nullptr, nullptr);
    if (status == CL_SUCCESS) {
      return "";
    }
    std::string log(1 << 16, '\0');
    std::size_t used = 0;
    call<decltype(&clGetProgramBuildInfo)>("clGetProgramBuildInfo")(program_, device_, CL_PROGRAM_BUILD_LOG, log.size(),
                                                                    log.data(), &used);
    log.resize(used > 0 ? used - 1 : 0);
    return log.empty() ? "build failed without a log" : log;
  }

  cl_mem buffer(std::size_t bytes, const void* contents) {
    cl_int status = 0;
    cl_mem memory = call<decltype(&clCreateBuffer)>("clCreateBuffer")(
        context_, CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR, bytes, const_cast<void*>(contents), &status);
    buffers_.push_back(memory);
    return memory;
  }

  void read(cl_mem memory, std::size_t bytes, void* out) {
    call<decltype(&clEnqueueReadBuffer)>("clEnqueueReadBuffer")(queue_, memory, CL_TRUE, 0, bytes, out, 0, nullptr,
                                                                nullptr);
  }

  // Runs `groups` workgroups from `first` of a grid of `total`, and waits.
  cl_int run(const char* name, const std::vector<Argument>& arguments, std::array<std::uint64_t, 3> groups,
             std::array<std::uint64_t, 3> workgroup, std::array<std::uint64_t, 3> first = {0, 0, 0},
             std::array<std::uint64_t, 3> total = {0, 0, 0}) {
    cl_int status = 0;
    cl_kernel kernel = call<decltype(&clCreateKernel)>("clCreateKernel")(program_, name, &status);
    if (kernel == nullptr) {
      return status;
    }
    const auto set = call<decltype(&clSetKernelArg)>("clSetKernelArg");
    cl_uint index = 0;
    for (const Argument& argument : arguments) {
      if (argument.buffer != nullptr) {
        status |= set(kernel, index++, sizeof(cl_mem), &argument.buffer);
        status |= set(kernel, index++, sizeof argument.offset, &argument.offset);
      } else {
        status |= set(kernel, index++, argument.value.size(), argument.value.data());
      }
    }
    if (total[0] == 0) {
      total = groups;
    }
    const std::uint64_t grid[8] = {first[0], first[1], first[2], 0, total[0], total[1], total[2], 0};
    status |= set(kernel, index++, sizeof grid, grid);
    std::size_t local[3], global[3];
    for (int d = 0; d < 3; ++d) {
      local[d] = workgroup[d];
      global[d] = groups[d] * workgroup[d];
    }
    if (status == CL_SUCCESS) {
      status = call<decltype(&clEnqueueNDRangeKernel)>("clEnqueueNDRangeKernel")(queue_, kernel, 3, nullptr, global,
                                                                                 local, 0, nullptr, nullptr);
    }
    if (status == CL_SUCCESS) {
      status = call<decltype(&clFinish)>("clFinish")(queue_);
    }
    call<decltype(&clReleaseKernel)>("clReleaseKernel")(kernel);
    return status;
  }

 private:
  std::string device_text(cl_device_info what) {
    char text[8192] = "";
    const auto ask = call<decltype(&clGetDeviceInfo)>("clGetDeviceInfo");
    return ask(device_, what, sizeof text, text, nullptr) == CL_SUCCESS ? text : "";
  }

  template <typename Function>
  Function call(const char* name) const {
    return reinterpret_cast<Function>(dlsym(library_, name));
  }

  void* library_ = nullptr;
  cl_device_id device_ = nullptr;
  cl_context context_ = nullptr;
  cl_command_queue queue_ = nullptr;
  cl_program program_ = nullptr;
  std::vector<cl_mem> buffers_;
  std::string reason_;
};

template <typename T>
RawOpencl::Argument value_of(const T& value) {
  RawOpencl::Argument argument;
  argument.value.resize(sizeof value);
  std::memcpy(argument.value.data(), &value, sizeof value);
  return argument;
}

inline RawOpencl::Argument buffer_of(cl_mem memory, std::uint64_t offset = 0) {
  RawOpencl::Argument argument;
  argument.buffer = memory;
  argument.offset = offset;
  return argument;
}

}  // namespace halyard::test
