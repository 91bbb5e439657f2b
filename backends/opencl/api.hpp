// The OpenCL functions that the backend calls, as one list: declarations, loading and the fake driver of the tests are
// made from it. Types come from Khronos' headers; the library itself is opened at run time.
#pragma once

#define CL_TARGET_OPENCL_VERSION 300
#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "halyard/backend.h"

// clang-format off
// Every one of these is in OpenCL 1.2; a library that lacks one is refused by its name.
#define HALYARD_OPENCL_REQUIRED(X)                                                                              \
  X(clGetPlatformIDs) X(clGetPlatformInfo) X(clGetDeviceIDs) X(clGetDeviceInfo)                                 \
  X(clCreateContext) X(clRetainContext) X(clReleaseContext) X(clGetContextInfo)                                 \
  X(clCreateCommandQueue) X(clRetainCommandQueue) X(clReleaseCommandQueue) X(clGetCommandQueueInfo)             \
  X(clFlush) X(clFinish)                                                                                        \
  X(clCreateBuffer) X(clRetainMemObject) X(clReleaseMemObject) X(clGetMemObjectInfo)                            \
  X(clEnqueueWriteBuffer) X(clEnqueueReadBuffer) X(clEnqueueCopyBuffer) X(clEnqueueFillBuffer)                  \
  X(clEnqueueMarkerWithWaitList) X(clEnqueueBarrierWithWaitList)                                                \
  X(clCreateUserEvent) X(clSetUserEventStatus) X(clSetEventCallback) X(clGetEventInfo)                          \
  X(clGetEventProfilingInfo) X(clReleaseEvent) X(clWaitForEvents)                                               \
  X(clCreateProgramWithSource) X(clCreateProgramWithBinary) X(clBuildProgram) X(clGetProgramInfo)               \
  X(clGetProgramBuildInfo) X(clReleaseProgram)                                                                  \
  X(clCreateKernel) X(clReleaseKernel) X(clSetKernelArg) X(clGetKernelInfo) X(clGetKernelWorkGroupInfo)         \
  X(clEnqueueNDRangeKernel) X(clGetExtensionFunctionAddressForPlatform)
// clang-format on

// Newer ones. A loader exports them for every driver, also for drivers that lack them: call one only after the device's
// own version said that it has it.
#define HALYARD_OPENCL_OPTIONAL(X) X(clSVMAlloc) X(clSVMFree) X(clCreateProgramWithIL)

namespace halyard::opencl {

// The files that hold these functions, in the order in which they are tried: the loader, then drivers that are their
// own loader. Names as the system finds them; whole paths are where vendors install what the system does not search.
inline constexpr const char* kLoaderNames[] = {
    "libOpenCL.so.1",
    "libOpenCL.so",
    "libmali.so.1",  // Arm Mali
    "libmali.so",
    "libGLES_mali.so",
    "libPVROCL.so.1",  // Imagination PowerVR
    "libPVROCL.so",
    "libOpenCL_adreno.so.1",  // Qualcomm Adreno
    "libOpenCL_adreno.so",
    "libVivanteOpenCL.so",  // VeriSilicon Vivante
    "/opt/rocm/lib/libOpenCL.so.1",
    "/usr/local/cuda/lib64/libOpenCL.so.1",
    "/opt/intel/oneapi/compiler/latest/lib/libOpenCL.so.1",
    "/vendor/lib64/libOpenCL.so",
    "/system/vendor/lib64/libOpenCL.so",
};

struct Api {
#define HALYARD_OPENCL_MEMBER(name) decltype(&::name) name = nullptr;
  HALYARD_OPENCL_REQUIRED(HALYARD_OPENCL_MEMBER)
  HALYARD_OPENCL_OPTIONAL(HALYARD_OPENCL_MEMBER)
#undef HALYARD_OPENCL_MEMBER
};

// Opens the library through the host (HALYARD_LIBRARY_PATH, then a preloaded one, then the names above) and fills
// `api`; `report` gets the file that was opened, or why none was.
hy_status load_api(const hy_host& host, Api* api, hy_b_report* report, hy_error* error);

}  // namespace halyard::opencl
