// Opening and closing a device, its streams, its native handles.
#include "backends/opencl/device.hpp"

#include <memory>

#include "backends/opencl/errors.hpp"
#include "backends/opencl/stream.hpp"

namespace halyard::opencl {

hy_status Device::create(const Api& cl, const hy_host& host, const Found& found, cl_context context, Device** out,
                         hy_error* error) {
  std::unique_ptr<Device> device(new Device(cl, host, found, nullptr));
  const cl_int code = cl.clRetainContext(context);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot open the device");
  device->context_ = context;
  *out = device.release();
  return HY_OK;
}

Device::~Device() {
  if (service_ != nullptr) cl_.clReleaseCommandQueue(service_);
  if (context_ != nullptr) cl_.clReleaseContext(context_);
}

hy_status Device::create_stream(hy_stream_flags flags, Stream** out, hy_error* error) {
  const bool timing = (flags & HY_STREAM_TIMING) != 0;
  cl_int code = CL_SUCCESS;
  // clCreateCommandQueue is in every version; its successor would only add what streams don't use.
  cl_command_queue queue = cl_.clCreateCommandQueue(context_, id(), timing ? CL_QUEUE_PROFILING_ENABLE : 0, &code);
  if (queue == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot create a stream");
  const hy_status status = Stream::create(*this, queue, timing, out, error);
  cl_.clReleaseCommandQueue(queue);  // the stream keeps its own reference
  return status;
}

hy_status Device::wrap_stream(const hy_native& native, Stream** out, hy_error* error) {
  auto queue = reinterpret_cast<cl_command_queue>(static_cast<uintptr_t>(native.handle[0]));
  if (native.kind != HY_NATIVE_OPENCL_QUEUE || queue == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT,
                "an OpenCL stream is wrapped from a cl_command_queue (HY_NATIVE_OPENCL_QUEUE)");
  }
  cl_context context = nullptr;
  cl_device_id device = nullptr;
  cl_command_queue_properties properties = 0;
  cl_int code = cl_.clGetCommandQueueInfo(queue, CL_QUEUE_CONTEXT, sizeof context, &context, nullptr);
  if (code == CL_SUCCESS) code = cl_.clGetCommandQueueInfo(queue, CL_QUEUE_DEVICE, sizeof device, &device, nullptr);
  if (code == CL_SUCCESS) {
    code = cl_.clGetCommandQueueInfo(queue, CL_QUEUE_PROPERTIES, sizeof properties, &properties, nullptr);
  }
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot wrap the cl_command_queue");
  if (context != context_ || device != id()) {
    return fail(error, HY_INVALID_ARGUMENT,
                "the cl_command_queue belongs to another context or device: wrap the device over "
                "that context, or make the queue in this device's own");
  }
  if ((properties & CL_QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE) != 0) {
    return fail(error, HY_INVALID_ARGUMENT, "the cl_command_queue is out of order: a stream needs one in order");
  }
  return Stream::create(*this, queue, (properties & CL_QUEUE_PROFILING_ENABLE) != 0, out, error);
}

hy_status Device::native(hy_native* out, hy_error*) {
  *out = {HY_NATIVE_OPENCL_DEVICE,
          0,
          {static_cast<uint64_t>(reinterpret_cast<uintptr_t>(id())),
           static_cast<uint64_t>(reinterpret_cast<uintptr_t>(context_))}};
  return HY_OK;
}

}  // namespace halyard::opencl
