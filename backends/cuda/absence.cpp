// The usual reasons why a machine with an NVIDIA device shows none, in the order in which one would look for them.
#include "backends/cuda/absence.hpp"

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>

#include "backends/common/host_services.hpp"
#include "backends/cuda/errors.hpp"

namespace halyard::cuda {
namespace {

using common::can_open;

constexpr char kModuleVersion[] = "/proc/driver/nvidia/version";
constexpr char kControlNode[] = "/dev/nvidiactl";
constexpr char kMigFolder[] = "/proc/driver/nvidia/capabilities/gpu0/mig";

template <size_t N>
void put(char (&out)[N], const char* text) {
  std::snprintf(out, N, "%s", text);
}

// "550.54.15" of the loaded kernel module; "" when none is loaded. The file's first line is
// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 …", or with "Open Kernel Module for x86_64".
std::string module_version(const hy_host& host) {
  std::istringstream words(common::read_text(host, kModuleVersion));
  std::string word, version;
  while (words >> word) {
    if (word[0] >= '0' && word[0] <= '9' && word.find('.') != std::string::npos) return word;
    version = "(of unknown version)";
  }
  return version;
}

// What applies when the driver says only that there is no device, or that something failed.
void explain_nothing_found(const hy_host& host, const std::string& answer, hy_b_report* report) {
  const std::string version = module_version(host);
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  hy_error error{};
  if (version.empty()) {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: NVIDIA's kernel module is not loaded (%s is not there), or the machine has no NVIDIA device",
                  answer.c_str(), kModuleVersion);
    put(report->cure,
        "load it (modprobe nvidia) and see dmesg for why it did not load by itself: not built for this kernel, not "
        "signed "
        "for Secure Boot, or nouveau holds the device; in a container, the host must load it");
  } else if (!can_open(host, kControlNode, &error)) {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: the kernel module %s is loaded, but %s cannot be opened: %.250s", answer.c_str(),
                  version.c_str(), kControlNode, error.message);
    put(report->cure,
        "in a container, start it with the devices (docker: --gpus all; Kubernetes: the resource nvidia.com/gpu); else "
        "let "
        "nvidia-modprobe make the nodes, and give this user the right to open /dev/nvidia*");
  } else if (visible != nullptr) {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: CUDA_VISIBLE_DEVICES is \"%.100s\", which shows no device", answer.c_str(), visible);
    put(report->cure, "unset it, or name devices that nvidia-smi -L lists (0; GPU-…; with multi-instance GPUs MIG-…)");
  } else if (can_open(host, kMigFolder)) {
    std::snprintf(
        report->reason, sizeof report->reason,
        "%s: the kernel module %s is loaded, and the GPU may be in multi-instance (MIG) mode without an instance",
        answer.c_str(), version.c_str());
    put(report->cure, "see nvidia-smi -L; make an instance (nvidia-smi mig -cgi PROFILE -C), or end the mode (-mig 0)");
  } else {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: the kernel module %s is loaded, but presents no device that this process may use",
                  answer.c_str(), version.c_str());
    put(report->cure,
        "see nvidia-smi and dmesg: a device may have fallen off the bus, be bound to vfio-pci, be in prohibited mode, "
        "or be "
        "kept out of this container");
  }
}

}  // namespace

void explain_no_library(const hy_host& host, hy_b_report* report) {
  const std::string version = module_version(host);
  if (version.empty()) {
    put(report->cure,
        "if the machine has an NVIDIA device, install its driver (Debian: nvidia-driver; Ubuntu: ubuntu-drivers "
        "install)");
    return;
  }
  std::snprintf(report->cure, sizeof report->cure,
                "the kernel module %s is loaded: install libcuda.so.1 of the same version (Debian: libcuda1, Ubuntu: "
                "libnvidia-compute), or start the container with NVIDIA's toolkit (docker: --gpus all)",
                version.c_str());
}

hy_status explain_no_device(const hy_host& host, CUresult code, const char* call, hy_b_report* report,
                            hy_error* error) {
  std::string answer = std::string(call) + " answered " + code_name(code) + " (" + std::to_string(code) + ")";
  switch (code) {
    case CUDA_ERROR_NO_DEVICE:
    case CUDA_ERROR_INVALID_DEVICE:
    case CUDA_ERROR_NOT_INITIALIZED:
    case CUDA_ERROR_OPERATING_SYSTEM:
    case CUDA_ERROR_UNKNOWN:
      explain_nothing_found(host, answer, report);
      break;
    case CUDA_ERROR_STUB_LIBRARY:
      std::snprintf(report->reason, sizeof report->reason, "%s: %.200s is NVIDIA's link stub, not a driver",
                    answer.c_str(), report->library);
      put(report->cure, cure_of(code));
      break;
    default: {
      const std::string version = module_version(host);
      if (!version.empty()) answer += "; the kernel module is " + version;
      put(report->reason, answer.c_str());
      put(report->cure, cure_of(code));
    }
  }
  return fail_vendor(error, HY_UNAVAILABLE, code, code_name(code), "%s; %s", report->reason, report->cure);
}

}  // namespace halyard::cuda
