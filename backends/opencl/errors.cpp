// The table of OpenCL's error codes.
#include "backends/opencl/errors.hpp"

namespace halyard::opencl {
namespace {

struct Code {
  cl_int code;
  const char* name;
  hy_status status;
  const char* cure;
};

constexpr char kReport[] = "please report this";
constexpr char kLess[] = "free device memory, use smaller buffers or fewer at a time";
constexpr char kLost[] =
    "the device is of no use to this process any more; a kernel that ran out of its buffers is the usual "
    "cause (oclgrind finds it), a device that was reset another";

constexpr Code kCodes[] = {
    {-1, "CL_DEVICE_NOT_FOUND", HY_UNAVAILABLE, "the driver presents no device: see what its own clinfo says"},
    {-2, "CL_DEVICE_NOT_AVAILABLE", HY_DEVICE_LOST, "the device is gone or held by another process"},
    {-3, "CL_COMPILER_NOT_AVAILABLE", HY_UNAVAILABLE,
     "this driver has no compiler: use kernels compiled ahead of time"},
    {-4, "CL_MEM_OBJECT_ALLOCATION_FAILURE", HY_OUT_OF_MEMORY, kLess},
    {-5, "CL_OUT_OF_RESOURCES", HY_OUT_OF_MEMORY, kLess},
    {-6, "CL_OUT_OF_HOST_MEMORY", HY_OUT_OF_MEMORY, "the host is out of memory"},
    {-7, "CL_PROFILING_INFO_NOT_AVAILABLE", HY_UNSUPPORTED, "the driver kept no time for this command"},
    {-8, "CL_MEM_COPY_OVERLAP", HY_INTERNAL, kReport},
    {-9, "CL_IMAGE_FORMAT_MISMATCH", HY_INTERNAL, kReport},
    {-10, "CL_IMAGE_FORMAT_NOT_SUPPORTED", HY_INTERNAL, kReport},
    {-11, "CL_BUILD_PROGRAM_FAILURE", HY_COMPILE_FAILED, "see the compiler's log"},
    {-12, "CL_MAP_FAILURE", HY_OUT_OF_MEMORY, kLess},
    {-13, "CL_MISALIGNED_SUB_BUFFER_OFFSET", HY_INTERNAL, kReport},
    {-14, "CL_EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", HY_DEVICE_LOST, "work that this work waits for failed"},
    {-15, "CL_COMPILE_PROGRAM_FAILURE", HY_COMPILE_FAILED, "see the compiler's log"},
    {-16, "CL_LINKER_NOT_AVAILABLE", HY_UNAVAILABLE, "this driver has no linker: use kernels compiled ahead of time"},
    {-17, "CL_LINK_PROGRAM_FAILURE", HY_COMPILE_FAILED, "see the compiler's log"},
    {-18, "CL_DEVICE_PARTITION_FAILED", HY_INTERNAL, kReport},
    {-19, "CL_KERNEL_ARG_INFO_NOT_AVAILABLE", HY_UNSUPPORTED, kReport},
    {-30, "CL_INVALID_VALUE", HY_INTERNAL, kReport},
    {-31, "CL_INVALID_DEVICE_TYPE", HY_INTERNAL, kReport},
    {-32, "CL_INVALID_PLATFORM", HY_INVALID_ARGUMENT, "no platform of this process"},
    {-33, "CL_INVALID_DEVICE", HY_INVALID_ARGUMENT, "no device of this process"},
    {-34, "CL_INVALID_CONTEXT", HY_INVALID_ARGUMENT, "no context of this device"},
    {-35, "CL_INVALID_QUEUE_PROPERTIES", HY_UNSUPPORTED, "the device has no such queue"},
    {-36, "CL_INVALID_COMMAND_QUEUE", HY_DEVICE_LOST, kLost},
    {-37, "CL_INVALID_HOST_PTR", HY_INTERNAL, kReport},
    {-38, "CL_INVALID_MEM_OBJECT", HY_INVALID_ARGUMENT, "no buffer of this device"},
    {-39, "CL_INVALID_IMAGE_FORMAT_DESCRIPTOR", HY_INTERNAL, kReport},
    {-40, "CL_INVALID_IMAGE_SIZE", HY_INTERNAL, kReport},
    {-41, "CL_INVALID_SAMPLER", HY_INTERNAL, kReport},
    {-42, "CL_INVALID_BINARY", HY_CORRUPT_ARTIFACT,
     "the image is damaged, or made by another driver or for another device: compile it again"},
    {-43, "CL_INVALID_BUILD_OPTIONS", HY_UNSUPPORTED,
     "the driver's compiler does not know an option: update the driver"},
    {-44, "CL_INVALID_PROGRAM", HY_CORRUPT_ARTIFACT, "the image holds no program for this device"},
    {-45, "CL_INVALID_PROGRAM_EXECUTABLE", HY_CORRUPT_ARTIFACT, "the image holds no program for this device"},
    {-46, "CL_INVALID_KERNEL_NAME", HY_CORRUPT_ARTIFACT,
     "the image lacks this kernel: compile it again, SPIR-V for a target with the features that it is in #if of"},
    {-47, "CL_INVALID_KERNEL_DEFINITION", HY_INTERNAL, kReport},
    {-48, "CL_INVALID_KERNEL", HY_INTERNAL, kReport},
    {-49, "CL_INVALID_ARG_INDEX", HY_CORRUPT_ARTIFACT,
     "the image's kernel does not fit its signature: compile it again"},
    {-50, "CL_INVALID_ARG_VALUE", HY_INTERNAL, kReport},
    {-51, "CL_INVALID_ARG_SIZE", HY_CORRUPT_ARTIFACT,
     "the image's kernel does not fit its signature: compile it again"},
    {-52, "CL_INVALID_KERNEL_ARGS", HY_INTERNAL, kReport},
    {-53, "CL_INVALID_WORK_DIMENSION", HY_INTERNAL, kReport},
    {-54, "CL_INVALID_WORK_GROUP_SIZE", HY_INVALID_ARGUMENT,
     "use the size that the kernel fixes, or fewer items than its max_workgroup_items"},
    {-55, "CL_INVALID_WORK_ITEM_SIZE", HY_INVALID_ARGUMENT, "use a smaller workgroup"},
    {-56, "CL_INVALID_GLOBAL_OFFSET", HY_INTERNAL, kReport},
    {-57, "CL_INVALID_EVENT_WAIT_LIST", HY_INTERNAL, kReport},
    {-58, "CL_INVALID_EVENT", HY_INTERNAL, kReport},
    {-59, "CL_INVALID_OPERATION", HY_UNSUPPORTED, "the device cannot do it"},
    {-60, "CL_INVALID_GL_OBJECT", HY_INTERNAL, kReport},
    {-61, "CL_INVALID_BUFFER_SIZE", HY_OUT_OF_MEMORY, "the buffer is larger than the device allows for one"},
    {-62, "CL_INVALID_MIP_LEVEL", HY_INTERNAL, kReport},
    {-63, "CL_INVALID_GLOBAL_WORK_SIZE", HY_INVALID_ARGUMENT, "use a smaller grid"},
    {-64, "CL_INVALID_PROPERTY", HY_UNSUPPORTED, "the driver does not know a property: update it"},
    {-65, "CL_INVALID_IMAGE_DESCRIPTOR", HY_INTERNAL, kReport},
    {-66, "CL_INVALID_COMPILER_OPTIONS", HY_UNSUPPORTED,
     "the driver's compiler does not know an option: update the driver"},
    {-67, "CL_INVALID_LINKER_OPTIONS", HY_UNSUPPORTED,
     "the driver's linker does not know an option: update the driver"},
    {-68, "CL_INVALID_DEVICE_PARTITION_COUNT", HY_INTERNAL, kReport},
    {-69, "CL_INVALID_PIPE_SIZE", HY_INTERNAL, kReport},
    {-70, "CL_INVALID_DEVICE_QUEUE", HY_INTERNAL, kReport},
    {-71, "CL_INVALID_SPEC_ID", HY_INTERNAL, kReport},
    {-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED", HY_INVALID_ARGUMENT, "use a smaller size"},
    {-1001, "CL_PLATFORM_NOT_FOUND_KHR", HY_UNAVAILABLE,
     "no driver is registered with the loader: install the device's (for any processor: pocl-opencl-icd)"},
    {-9999, "CL_NV_ILLEGAL_ACCESS", HY_DEVICE_LOST, kLost},
};

const Code* find(cl_int code) noexcept {
  for (const Code& entry : kCodes) {
    if (entry.code == code) return &entry;
  }
  return nullptr;
}

}  // namespace

const char* code_name(cl_int code) noexcept {
  const Code* entry = find(code);
  return entry == nullptr ? "CL error" : entry->name;
}

hy_status fail_cl(hy_error* error, cl_int code, const char* action, When when) noexcept {
  const Code* entry = find(code);
  hy_status status = entry == nullptr ? HY_INTERNAL : entry->status;
  const char* cure = entry == nullptr ? kReport : entry->cure;
  if (when == When::kLate && status != HY_UNSUPPORTED) {
    // Work that was accepted and then fails tells nothing of the call; but memory that a driver gave lazily is memory.
    status =
        code == CL_MEM_OBJECT_ALLOCATION_FAILURE || code == CL_OUT_OF_HOST_MEMORY ? HY_OUT_OF_MEMORY : HY_DEVICE_LOST;
    cure = status == HY_OUT_OF_MEMORY ? kLess : kLost;
  }
  return fail_vendor(error, status, code, code_name(code), "%s: the OpenCL driver answered %s (%d): %s", action,
                     code_name(code), static_cast<int>(code), cure);
}

}  // namespace halyard::opencl
