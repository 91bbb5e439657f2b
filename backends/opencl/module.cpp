// From images to kernels.
#include "backends/opencl/module.hpp"

#include <algorithm>
#include <cstring>

#include "backends/common/spirv.hpp"
#include "backends/opencl/build_log.hpp"
#include "backends/opencl/errors.hpp"
#include "backends/opencl/stream.hpp"

namespace halyard::opencl {
namespace {

template <class T>
T ask(const Api& cl, cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what) {
  T value{};
  return cl.clGetKernelWorkGroupInfo(kernel, device, what, sizeof value, &value, nullptr) == CL_SUCCESS ? value : T{};
}

hy_b_kernel_info describe_kernel(const Device& device, cl_kernel kernel) {
  const Api& cl = device.cl();
  hy_b_kernel_info made{};
  const auto items = ask<size_t>(cl, kernel, device.id(), CL_KERNEL_WORK_GROUP_SIZE);
  made.max_workgroup_items = items == 0 ? device.found().info.max_workgroup_items : static_cast<uint32_t>(items);
  size_t fixed[3] = {};
  if (cl.clGetKernelWorkGroupInfo(kernel, device.id(), CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof fixed, fixed,
                                  nullptr) == CL_SUCCESS) {
    for (int d = 0; d < 3; ++d) made.workgroup[d] = static_cast<uint32_t>(fixed[d]);
  }
  made.preferred_multiple = static_cast<uint32_t>(
      std::max<size_t>(ask<size_t>(cl, kernel, device.id(), CL_KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE), 1));
  made.local_bytes = ask<cl_ulong>(cl, kernel, device.id(), CL_KERNEL_LOCAL_MEM_SIZE);
  made.private_bytes = ask<cl_ulong>(cl, kernel, device.id(), CL_KERNEL_PRIVATE_MEM_SIZE);
  return made;
}

// What either entry takes is what the kernel takes.
void tighten(hy_b_kernel_info* info, const hy_b_kernel_info& other) {
  info->max_workgroup_items = std::min(info->max_workgroup_items, other.max_workgroup_items);
  info->local_bytes = std::max(info->local_bytes, other.local_bytes);
  info->private_bytes = std::max(info->private_bytes, other.private_bytes);
}

}  // namespace

uint32_t Device::image_rank(const hy_b_image& image) {
  const char* target = image.target == nullptr ? "" : image.target;
  char own[HY_NAME_CAPACITY];
  binary_target(found_, own);
  switch (image.format) {
    case HY_IMAGE_OPENCL_BINARY:
      // PoCL 3.1 crashes on binaries that are damaged or another's instead of refusing them: no guessing here.
      return std::strcmp(target, own) == 0 ? 100 : 0;
    case HY_IMAGE_SPIRV:
      if (found_.create_with_il == nullptr) return 0;
      return common::spirv_rank(image, found_.info.capabilities, found_.spirv_major, found_.spirv_minor);
    default:
      return 0;
  }
}

hy_status Device::load(const hy_b_image& image, Module** out, hy_error* error) {
  cl_int code = CL_SUCCESS;
  cl_program program = nullptr;
  const char* options = "";
  const auto* bytes = static_cast<const unsigned char*>(image.data);
  const size_t size = image.bytes;
  if (image.format == HY_IMAGE_OPENCL_BINARY) {
    cl_int status = CL_SUCCESS;
    program = cl_.clCreateProgramWithBinary(context_, 1, &found_.device, &size, &bytes, &status, &code);
    if (code == CL_SUCCESS) code = status;
  } else if (image.format == HY_IMAGE_SPIRV && found_.create_with_il != nullptr) {
    program = found_.create_with_il(context_, bytes, size, &code);
    options = found_.build_options.c_str();
  } else {
    return fail(error, HY_UNSUPPORTED, "this OpenCL device cannot load an image of format %u", image.format);
  }
  if (program == nullptr || code != CL_SUCCESS) {
    if (program != nullptr) cl_.clReleaseProgram(program);
    if (image.format == HY_IMAGE_SPIRV && code == CL_INVALID_VALUE) {  // of its arguments only the image can be wrong
      return fail_vendor(error, HY_CORRUPT_ARTIFACT, code, code_name(code),
                         "cannot load the kernel image: the driver says that it is no SPIR-V that it takes");
    }
    return fail_cl(error, code, "cannot load the kernel image");
  }
  auto shared = std::make_shared<Program>(*this, program);
  code = cl_.clBuildProgram(program, 1, &found_.device, options, nullptr, nullptr);
  if (code != CL_SUCCESS) {
    const std::string log = build_log(cl_, program, id());
    fail_cl(error, code, "cannot build the kernel image");
    const hy_status status = error != nullptr ? error->code : HY_INTERNAL;
    return log.empty() ? status
                       : fail_vendor(error, status, code, code_name(code), "cannot build the kernel image (%s): %s",
                                     code_name(code), log.c_str());
  }
  *out = new Module(std::move(shared));
  return HY_OK;
}

hy_status Module::kernel(const hy_signature& signature, Kernel** out, hy_b_kernel_info* info, hy_error* error) {
  auto kernel = std::make_unique<Kernel>(program_, signature);
  const Device& device = program_->device;
  hy_b_kernel_info made{};
  for (const Entry entry : {Entry::kGeneral, Entry::kWhole}) {
    cl_kernel handle = nullptr;
    if (hy_status status = kernel->instantiate(entry, &handle, error)) return status;
    if (handle == nullptr) continue;
    cl_uint count = 0;
    const cl_int code = device.cl().clGetKernelInfo(handle, CL_KERNEL_NUM_ARGS, sizeof count, &count, nullptr);
    const hy_b_kernel_info described = describe_kernel(device, handle);
    device.cl().clReleaseKernel(handle);
    if (code != CL_SUCCESS) return fail_cl(error, code, "cannot ask about the kernel");
    if (count != kernel->argument_count(entry)) {
      return fail(error, HY_CORRUPT_ARTIFACT,
                  "the image's kernel '%s' takes %u arguments and its signature needs %u: compile it again",
                  signature.name, count, kernel->argument_count(entry));
    }
    if (entry == Entry::kGeneral) {
      made = described;
    } else {
      tighten(&made, described);
    }
  }
  if (info != nullptr) {
    made.size = info->size;
    std::memcpy(info, &made, std::min<size_t>(info->size, sizeof made));
  }
  *out = kernel.release();
  return HY_OK;
}

Kernel::Kernel(std::shared_ptr<Program> program, const hy_signature& signature)
    : program_(std::move(program)), name_(signature.name) {
  is_value_.reserve(signature.param_count);
  for (uint32_t i = 0; i < signature.param_count; ++i) is_value_.push_back(signature.params[i].kind == HY_PARAM_VALUE);
}

cl_uint Kernel::argument_count(Entry entry) const {
  if (entry == Entry::kWhole) return static_cast<cl_uint>(is_value_.size());
  cl_uint count = 1;
  for (bool value : is_value_) count += value ? 1 : 2;
  return count;
}

hy_status Kernel::instantiate(Entry entry, cl_kernel* out, hy_error* error) const {
  cl_int code = CL_SUCCESS;
  const std::string name = entry == Entry::kWhole ? name_ + HY_OPENCL_WHOLE_SUFFIX : name_;
  // Again from the program, not cloned: clCloneKernel is 2.1, and would copy arguments for nothing.
  *out = program_->device.cl().clCreateKernel(program_->program, name.c_str(), &code);
  if (*out != nullptr && code == CL_SUCCESS) return HY_OK;
  *out = nullptr;
  // The general entry does all that the other does.
  return entry == Entry::kWhole ? HY_OK : fail_cl(error, code, "cannot create the kernel");
}

hy_status Kernel::bind(Stream& stream, Bound** out, hy_error* error) {
  auto bound = std::make_unique<Bound>(program_, stream, is_value_);
  if (hy_status status = instantiate(Entry::kGeneral, bound->general_kernel(), error)) return status;
  if (hy_status status = instantiate(Entry::kWhole, bound->whole_kernel(), error)) return status;
  *out = bound.release();
  return HY_OK;
}

}  // namespace halyard::opencl
