// The table of Level Zero's result codes. What is not in the table is a fault of ours.
#include "backends/level_zero/errors.hpp"

#include <cstdio>
#include <cstring>

namespace halyard::level_zero {
namespace {

using common::ErrorEntry;
using common::kLess;
using common::kReport;

constexpr char kKernel[] =
    "the device is of no use to this process any more; a kernel that read or wrote outside its buffers, or ran longer "
    "than i915 or xe allows, is the usual cause (see dmesg)";
constexpr char kHardware[] = "the device is of no use to this process any more; see dmesg for what i915 or xe says";
constexpr char kImage[] =
    "the image is damaged, or native code that another driver version or device made: compile it again, or as SPIR-V";
constexpr char kNode[] =
    "give this user the right to open /dev/dri/renderD* (groups render and video: usermod -aG render,video USER, then "
    "log in again)";

constexpr ErrorEntry<ze_result_t> kCodes[] = {
    {ZE_RESULT_NOT_READY, HY_TIMEOUT, "the work goes on"},
    {ZE_RESULT_ERROR_DEVICE_LOST, HY_DEVICE_LOST, kKernel},
    {ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY, HY_OUT_OF_MEMORY, "the host is out of memory"},
    {ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY, HY_OUT_OF_MEMORY, kLess},
    {ZE_RESULT_ERROR_MODULE_BUILD_FAILURE, HY_CORRUPT_ARTIFACT,
     "the driver's compiler refused the image: see its log; update the driver, or compile for what the device has"},
    {ZE_RESULT_ERROR_MODULE_LINK_FAILURE, HY_CORRUPT_ARTIFACT,
     "the image calls a function that it does not hold: compile it again"},
    {ZE_RESULT_ERROR_DEVICE_REQUIRES_RESET, HY_DEVICE_LOST, kHardware},
    {ZE_RESULT_ERROR_DEVICE_IN_LOW_POWER_STATE, HY_UNAVAILABLE,
     "the device sleeps: wake it (/sys/bus/pci/devices/*/power/control: on) and try again"},
    {ZE_RESULT_ERROR_INSUFFICIENT_PERMISSIONS, HY_UNAVAILABLE, kNode},
    {ZE_RESULT_ERROR_NOT_AVAILABLE, HY_UNAVAILABLE, "another process holds it: end it and try again"},
    {ZE_RESULT_ERROR_DEPENDENCY_UNAVAILABLE, HY_UNAVAILABLE,
     "a library of the driver's is missing (libigc, libigdgmm): install all of the driver again"},
    {ZE_RESULT_ERROR_UNINITIALIZED, HY_UNAVAILABLE,
     "the loader found no driver that works: install Intel's (intel-level-zero-gpu, libze-intel-gpu1 or "
     "intel-opencl-icd), and see whether this user may open /dev/dri/renderD*"},
    {ZE_RESULT_ERROR_UNSUPPORTED_VERSION, HY_UNSUPPORTED,
     "the driver does not know this version of the structure: update it"},
    {ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, HY_UNSUPPORTED, "the device or this driver cannot do it"},
    {ZE_RESULT_ERROR_HANDLE_OBJECT_IN_USE, HY_INTERNAL, kReport},
    {ZE_RESULT_ERROR_UNSUPPORTED_SIZE, HY_OUT_OF_MEMORY,
     "it is more than the device takes at once (max_allocation_bytes): use smaller buffers"},
    {ZE_RESULT_ERROR_UNSUPPORTED_ENUMERATION, HY_UNSUPPORTED, "the device or this driver cannot do it"},
    {ZE_RESULT_ERROR_INVALID_NATIVE_BINARY, HY_CORRUPT_ARTIFACT, kImage},
    {ZE_RESULT_ERROR_INVALID_KERNEL_NAME, HY_CORRUPT_ARTIFACT, "the image lacks this kernel: compile it again"},
    {ZE_RESULT_ERROR_INVALID_FUNCTION_NAME, HY_CORRUPT_ARTIFACT, "the image lacks this function: compile it again"},
    {ZE_RESULT_ERROR_INVALID_GROUP_SIZE_DIMENSION, HY_INVALID_ARGUMENT,
     "use a smaller workgroup, or fewer items than the kernel's max_workgroup_items"},
    {ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_INDEX, HY_CORRUPT_ARTIFACT,
     "the image's kernel takes other parameters than the source says: compile it again"},
    {ZE_RESULT_ERROR_INVALID_KERNEL_ARGUMENT_SIZE, HY_CORRUPT_ARTIFACT,
     "the image's kernel takes other parameters than the source says: compile it again"},
    {ZE_RESULT_ERROR_INVALID_MODULE_UNLINKED, HY_CORRUPT_ARTIFACT,
     "the image calls a function that it does not hold: compile it again"},
    {ZE_RESULT_ERROR_UNKNOWN, HY_INTERNAL, "see dmesg for what i915 or xe says; restart the process"},
};

}  // namespace

const char* code_name(ze_result_t code) noexcept {
#define HALYARD_ZE_NAME(name, value) \
  case name:                         \
    return #name;
  switch (code) { HALYARD_ZE_RESULTS(HALYARD_ZE_NAME) }
#undef HALYARD_ZE_NAME
  return "Level Zero error";
}

const char* cure_of(ze_result_t code) noexcept { return common::entry_of(kCodes, code).cure; }

hy_status fail_ze(hy_error* error, ze_result_t code, const char* action, When when, const char* words) noexcept {
  ErrorEntry<ze_result_t> entry = common::entry_of(kCodes, code);
  if (when == When::kLate) entry = common::seen_late(entry, kKernel);
  const hy_status status = common::fail_entry(error, entry, code_name(code), "Level Zero", action);
  if (error != nullptr && words != nullptr && words[0] != '\0') {
    const size_t used = std::strlen(error->message);
    std::snprintf(error->message + used, sizeof error->message - used, " (%s)", words);
  }
  return status;
}

}  // namespace halyard::level_zero
