// The peer: raw OpenCL, written as a program without Halyard would write it. The library is opened at run time here
// too, so that the benchmarks build without it; calls through these pointers cost what calls through a linked library
// do.
#pragma once

#ifndef CL_TARGET_OPENCL_VERSION
#define CL_TARGET_OPENCL_VERSION 120
#endif
#include <CL/cl.h>
#include <dlfcn.h>

#include <cstring>
#include <string>

namespace bench {

// clang-format off
#define BENCH_CL_FUNCTIONS(F) \
  F(clGetPlatformIDs) F(clGetDeviceIDs) F(clGetDeviceInfo) F(clCreateContext) F(clCreateCommandQueue) \
  F(clCreateBuffer) F(clCreateProgramWithSource) F(clBuildProgram) F(clGetProgramBuildInfo) \
  F(clCreateKernel) F(clSetKernelArg) F(clEnqueueNDRangeKernel) F(clEnqueueWriteBuffer) \
  F(clEnqueueReadBuffer) F(clFinish) F(clFlush) F(clReleaseMemObject)
// clang-format on

struct RawFunctions {
#define BENCH_DECLARE(name) decltype(&::name) name = nullptr;
  BENCH_CL_FUNCTIONS(BENCH_DECLARE)
#undef BENCH_DECLARE
};

// A context, a queue in order and a program on the first device of the first platform.
struct RawOpencl {
  RawFunctions call;
  cl_device_id device = nullptr;
  cl_context context = nullptr;
  cl_command_queue queue = nullptr;
  std::string problem;  // empty when it is usable

  using Memory = cl_mem;
  using Kernel = cl_kernel;

  RawOpencl() { problem = open(); }

  static const char* backend() { return "opencl"; }
  static const char* name() { return "raw OpenCL"; }

  // RAW_KERNEL, RAW_ONE_ITEM, RAW_GLOBAL, RAW_RESTRICT and RAW_ID may stand in the source for what the peers' languages
  // differ in.
  cl_kernel kernel(const std::string& source, const char* function, const char* options = "") {
    cl_int status = CL_SUCCESS;
    const std::string text =
        "#define RAW_KERNEL __kernel\n#define RAW_GLOBAL __global\n#define RAW_ID get_global_id(0)\n"
        "#define RAW_RESTRICT restrict\n"
        "#define RAW_ONE_ITEM __attribute__((reqd_work_group_size(1, 1, 1)))\n" +
        source;
    const char* start = text.c_str();
    cl_program program = call.clCreateProgramWithSource(context, 1, &start, nullptr, &status);
    if (status != CL_SUCCESS || call.clBuildProgram(program, 1, &device, options, nullptr, nullptr) != CL_SUCCESS) {
      char log[2000] = "";
      call.clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, sizeof log - 1, log, nullptr);
      problem = std::string("the raw kernel does not build: ") + log;
      return nullptr;
    }
    cl_kernel made = call.clCreateKernel(program, function, &status);
    if (status != CL_SUCCESS) problem = "no raw kernel";
    return made;
  }

  template <class... Values>
  void set(cl_kernel kernel, const Values&... values) {
    cl_uint at = 0;
    (call.clSetKernelArg(kernel, at++, sizeof values, &values), ...);
  }
  bool launch(cl_kernel kernel, size_t groups, size_t items) {
    const size_t all = groups * items;
    return call.clEnqueueNDRangeKernel(queue, kernel, 1, nullptr, &all, &items, 0, nullptr, nullptr) == CL_SUCCESS;
  }
  bool wait() { return call.clFinish(queue) == CL_SUCCESS; }
  // Wait until they are done.
  bool write(cl_mem to, const void* from, size_t bytes) {
    return call.clEnqueueWriteBuffer(queue, to, CL_TRUE, 0, bytes, from, 0, nullptr, nullptr) == CL_SUCCESS;
  }
  bool read(void* to, cl_mem from, size_t bytes) {
    return call.clEnqueueReadBuffer(queue, from, CL_TRUE, 0, bytes, to, 0, nullptr, nullptr) == CL_SUCCESS;
  }
  void release(cl_mem memory) { call.clReleaseMemObject(memory); }

  cl_mem buffer(size_t bytes) {
    cl_int status = CL_SUCCESS;
    cl_mem made = call.clCreateBuffer(context, CL_MEM_READ_WRITE, bytes, nullptr, &status);
    if (status != CL_SUCCESS) problem = "no raw buffer";
    return made;
  }

 private:
  std::string open() {
    void* library = dlopen("libOpenCL.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return "there is no OpenCL loader (libOpenCL.so.1)";
#define BENCH_LOAD(name)                                            \
  {                                                                 \
    void* symbol = dlsym(library, #name);                           \
    if (symbol == nullptr) return "the OpenCL loader lacks " #name; \
    std::memcpy(&call.name, &symbol, sizeof symbol);                \
  }
    BENCH_CL_FUNCTIONS(BENCH_LOAD)
#undef BENCH_LOAD
    cl_platform_id platform = nullptr;
    if (call.clGetPlatformIDs(1, &platform, nullptr) != CL_SUCCESS) return "there is no OpenCL platform";
    if (call.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr) != CL_SUCCESS)
      return "there is no OpenCL device";
    cl_int status = CL_SUCCESS;
    context = call.clCreateContext(nullptr, 1, &device, nullptr, nullptr, &status);
    if (status != CL_SUCCESS) return "no OpenCL context";
    queue = call.clCreateCommandQueue(context, device, 0, &status);
    return status == CL_SUCCESS ? "" : "no OpenCL queue";
  }
};

}  // namespace bench
