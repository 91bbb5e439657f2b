// The smallest raw OpenCL program with a verified result: the peer of startup/halyard.cpp.
#include "raw_opencl.hpp"

int main() {
  constexpr cl_uint kItems = 1024;
  bench::RawOpencl raw;
  if (!raw.problem.empty()) return 1;
  cl_kernel kernel = raw.kernel(
      "__kernel void saxpy(float a, __global const float* x, __global float* y, ulong n) {"
      " ulong i = get_global_id(0); if (i < n) y[i] = a * x[i] + y[i]; }",
      "saxpy");
  cl_mem x = raw.buffer(sizeof(float) * kItems), y = raw.buffer(sizeof(float) * kItems);
  if (!raw.problem.empty()) return 1;
  float host[kItems];
  for (cl_uint i = 0; i < kItems; ++i) host[i] = static_cast<float>(i);
  const float a = 2.0f;
  const cl_ulong n = kItems;
  const size_t items = kItems;
  const auto& call = raw.call;
  call.clEnqueueWriteBuffer(raw.queue, x, CL_TRUE, 0, sizeof host, host, 0, nullptr, nullptr);
  call.clEnqueueWriteBuffer(raw.queue, y, CL_TRUE, 0, sizeof host, host, 0, nullptr, nullptr);
  call.clSetKernelArg(kernel, 0, sizeof a, &a);
  call.clSetKernelArg(kernel, 1, sizeof x, &x);
  call.clSetKernelArg(kernel, 2, sizeof y, &y);
  call.clSetKernelArg(kernel, 3, sizeof n, &n);
  if (call.clEnqueueNDRangeKernel(raw.queue, kernel, 1, nullptr, &items, nullptr, 0, nullptr, nullptr) != CL_SUCCESS)
    return 1;
  if (call.clEnqueueReadBuffer(raw.queue, y, CL_TRUE, 0, sizeof host, host, 0, nullptr, nullptr) != CL_SUCCESS)
    return 1;
  for (cl_uint i = 0; i < kItems; ++i) {
    if (host[i] != 3.0f * static_cast<float>(i)) return 1;
  }
  return 0;
}
