// Opens the OpenCL library and lists the devices of every vendor. What is missing is said in the report, with the cure;
// one broken driver or device must not hide the others.
#include "backends/opencl/instance.hpp"

#include <cstdio>
#include <cstring>
#include <memory>

#include "backends/common/handed_out.hpp"
#include "backends/opencl/device.hpp"
#include "backends/opencl/errors.hpp"

namespace halyard::opencl {
namespace {

constexpr char kInstallDriver[] =
    "install the device's OpenCL driver (Debian, Ubuntu: pocl-opencl-icd for any processor, intel-opencl-icd, "
    "mesa-opencl-icd, nvidia-opencl-icd)";

template <size_t N>
void put(char (&out)[N], const char* text) {
  std::snprintf(out, N, "%s", text);
}

void warn(const hy_host& host, const std::string& text) { host.log(host.self, HY_LOG_WARNING, text.c_str()); }

}  // namespace

hy_status Instance::create(const hy_host& host, Instance** out, hy_b_report* report, hy_error* error) {
  std::unique_ptr<Instance> instance(new Instance(host));
  hy_b_report scratch{};
  if (report == nullptr) report = &scratch;
  if (hy_status status = load_api(host, &instance->cl_, report, error)) return status;
  if (hy_status status = instance->find_devices(report, error)) return status;
  *out = instance.release();
  return HY_OK;
}

hy_status Instance::find_devices(hy_b_report* report, hy_error* error) {
  cl_uint count = 0;
  cl_int code = cl_.clGetPlatformIDs(0, nullptr, &count);
  std::vector<cl_platform_id> platforms(code == CL_SUCCESS ? count : 0);
  if (!platforms.empty()) code = cl_.clGetPlatformIDs(count, platforms.data(), nullptr);
  if (code != CL_SUCCESS || platforms.empty()) {
    std::snprintf(
        report->reason, sizeof report->reason,
        "%.200s was opened, but it knows no driver (clGetPlatformIDs: %s); drivers register in /etc/OpenCL/vendors",
        report->library, code == CL_SUCCESS ? "no platforms" : code_name(code));
    put(report->cure, kInstallDriver);
    return fail_vendor(error, HY_UNAVAILABLE, code, code == CL_SUCCESS ? "" : code_name(code), "%s", report->reason);
  }
  report->reason[0] = '\0';
  for (cl_platform_id platform : platforms) add_platform(platform, report);
  if (devices_.empty()) {
    if (report->reason[0] == '\0') {
      std::snprintf(report->reason, sizeof report->reason, "the OpenCL driver (%s) presents no device",
                    report->version);
    }
    put(report->cure, kInstallDriver);
    return fail(error, HY_UNAVAILABLE, "%s", report->reason);
  }
  report->reason[0] = '\0';
  return HY_OK;
}

void Instance::add_platform(cl_platform_id platform, hy_b_report* report) {
  const std::string name = platform_string(cl_, platform, CL_PLATFORM_NAME);
  const std::string version = platform_string(cl_, platform, CL_PLATFORM_VERSION);
  if (report->version[0] == '\0') put(report->version, version.c_str());
  cl_uint count = 0;
  cl_int code = cl_.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count);
  std::vector<cl_device_id> ids(code == CL_SUCCESS ? count : 0);
  if (!ids.empty()) code = cl_.clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, ids.data(), nullptr);
  if (code != CL_SUCCESS) {
    std::snprintf(report->reason, sizeof report->reason, "the OpenCL platform '%s' presents no device (%s)",
                  name.c_str(), code_name(code));
    // A driver without its device is usual: Mesa's on a machine without a GPU, for one.
    if (code != CL_DEVICE_NOT_FOUND) warn(host_, std::string("opencl: ") + report->reason);
    return;
  }
  for (cl_device_id id : ids) {
    Found found;
    std::string why;
    if (describe(cl_, platform, id, &found, &why)) {
      devices_.push_back(std::move(found));
      continue;
    }
    const std::string device = device_string(cl_, id, CL_DEVICE_NAME);
    std::snprintf(report->reason, sizeof report->reason, "the OpenCL device '%s' of '%s' is left out: %s",
                  device.c_str(), name.c_str(), why.c_str());
    warn(host_, std::string("opencl: ") + report->reason);
  }
}

hy_status Instance::device_info(uint32_t index, hy_device_info* out, hy_error* error) const {
  if (index >= devices_.size()) return fail(error, HY_INVALID_ARGUMENT, "no OpenCL device %u", index);
  common::copy_info(devices_[index].info, out);
  return HY_OK;
}

hy_status Instance::open(uint32_t index, Device** out, hy_error* error) {
  if (index >= devices_.size()) return fail(error, HY_INVALID_ARGUMENT, "no OpenCL device %u", index);
  const Found& found = devices_[index];
  cl_int code = CL_SUCCESS;
  const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                              reinterpret_cast<cl_context_properties>(found.platform), 0};
  cl_context context = cl_.clCreateContext(properties, 1, &found.device, nullptr, nullptr, &code);
  if (context == nullptr || code != CL_SUCCESS) return fail_cl(error, code, "cannot open the device");
  const hy_status status = Device::create(cl_, host_, found, context, out, error);
  cl_.clReleaseContext(context);  // the device keeps its own reference
  return status;
}

hy_status Instance::wrap(const hy_native& native, Device** out, hy_device_info* info, hy_error* error) {
  auto device = reinterpret_cast<cl_device_id>(static_cast<uintptr_t>(native.handle[0]));
  auto context = reinterpret_cast<cl_context>(static_cast<uintptr_t>(native.handle[1]));
  if (native.kind != HY_NATIVE_OPENCL_DEVICE || device == nullptr || context == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT,
                "an OpenCL device is wrapped from a cl_device_id and a cl_context "
                "(HY_NATIVE_OPENCL_DEVICE, handle[0] and handle[1])");
  }
  size_t bytes = 0;
  cl_int code = cl_.clGetContextInfo(context, CL_CONTEXT_DEVICES, 0, nullptr, &bytes);
  std::vector<cl_device_id> members(bytes / sizeof(cl_device_id));
  if (code == CL_SUCCESS && !members.empty()) {
    code = cl_.clGetContextInfo(context, CL_CONTEXT_DEVICES, bytes, members.data(), nullptr);
  }
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot wrap the cl_context");
  bool member = false;
  for (cl_device_id id : members) member = member || id == device;
  if (!member) return fail(error, HY_INVALID_ARGUMENT, "the cl_context does not contain the cl_device_id");
  Found found;
  std::string why;
  cl_platform_id platform = nullptr;
  code = cl_.clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, nullptr);
  if (code != CL_SUCCESS) return fail_cl(error, code, "cannot ask the cl_device_id for its platform");
  if (!describe(cl_, platform, device, &found, &why)) {
    return fail(error, HY_UNSUPPORTED, "the OpenCL device cannot be used: %s", why.c_str());
  }
  if (members.size() > 1) {  // shared memory would have to suit the others too
    found.fine_grained = found.unified = false;
    found.info.capabilities &= ~(HY_CAP_SHARED_MEMORY | HY_CAP_PINNED_MEMORY | HY_CAP_HOST_UNIFIED);
  }
  if (hy_status status = Device::create(cl_, host_, found, context, out, error)) return status;
  if (info != nullptr) common::copy_info(found.info, info);
  return HY_OK;
}

}  // namespace halyard::opencl
