// The usual reasons why a machine with an AMD device shows none, in the order in which one would look for them.
#include "backends/hip/absence.hpp"

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/compiler_file.hpp"
#include "backends/common/host_services.hpp"
#include "backends/hip/api.hpp"
#include "backends/hip/errors.hpp"

namespace halyard::hip {
namespace {

using common::can_open;

constexpr char kModule[] = "/sys/module/amdgpu";
constexpr char kComputeNode[] = "/dev/kfd";
constexpr char kWindowsNode[] = "/dev/dxg";  // Windows' subsystem for Linux
constexpr int kFirstRenderNode = 128;
constexpr int kMostDevices = 64;

template <size_t N>
void put(char (&out)[N], const char* text) {
  std::snprintf(out, N, "%s", text);
}

bool can_open_render_node(const hy_host& host, hy_error* first_error) {
  for (int i = 0; i < kMostDevices; ++i) {
    const std::string path = "/dev/dri/renderD" + std::to_string(kFirstRenderNode + i);
    if (can_open(host, path.c_str(), i == 0 ? first_error : nullptr)) return true;
  }
  return false;
}

// Whether the kernel knows a device that computes: processors have a gpu_id of 0 in its list of nodes.
bool knows_device(const hy_host& host) {
  for (int i = 0; i < kMostDevices; ++i) {
    const std::string path = "/sys/class/kfd/kfd/topology/nodes/" + std::to_string(i) + "/gpu_id";
    const std::string text = common::read_text(host, path.c_str());
    if (text.empty()) return false;
    if (std::strtoul(text.c_str(), nullptr, 10) != 0) return true;
  }
  return false;
}

// "HIP_VISIBLE_DEVICES=7" for each variable that is set and can hide devices; HIP heeds CUDA's too.
std::string hiding_variables() {
  std::string found;
  for (const char* name : {"ROCR_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "CUDA_VISIBLE_DEVICES"}) {
    const char* value = std::getenv(name);
    if (value != nullptr)
      found += (found.empty() ? "" : ", ") + std::string(name) + "=" + std::string(value).substr(0, 60);
  }
  return found;
}

constexpr char kAccess[] =
    "give this user the right to open /dev/kfd and /dev/dri/renderD* (groups render and video: usermod -aG "
    "render,video "
    "USER, then log in again); in a container, start it with --device /dev/kfd --device /dev/dri";

// What applies when HIP says only that there is no device, or that something failed.
void explain_nothing_found(const hy_host& host, const std::string& answer, hy_b_report* report) {
  hy_error error{};
  const char* override_version = std::getenv("HSA_OVERRIDE_GFX_VERSION");
  const std::string hiding = hiding_variables();
  if (!can_open(host, kComputeNode, &error)) {
    if (!can_open(host, kModule)) {
      std::snprintf(report->reason, sizeof report->reason,
                    "%s: the kernel module amdgpu is not loaded, or the machine has no AMD device", answer.c_str());
      put(report->cure,
          "load it (modprobe amdgpu) and see dmesg for why it did not load by itself; in a container, the "
          "host must load it");
    } else {
      std::snprintf(report->reason, sizeof report->reason,
                    "%s: the kernel module amdgpu is loaded, but %s cannot be opened: %.250s", answer.c_str(),
                    kComputeNode, error.message);
      put(report->cure, kAccess);
    }
  } else if (!can_open_render_node(host, &error)) {
    std::snprintf(report->reason, sizeof report->reason, "%s: none of /dev/dri/renderD* can be opened: %.250s",
                  answer.c_str(), error.message);
    put(report->cure, kAccess);
  } else if (!knows_device(host)) {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: the kernel knows no AMD device that computes (/sys/class/kfd/kfd/topology/nodes)",
                  answer.c_str());
    put(report->cure,
        "see dmesg for what amdgpu says of the device: too old, bound to vfio-pci, or without resizable BAR "
        "or PCIe atomics");
  } else if (!hiding.empty()) {
    std::snprintf(report->reason, sizeof report->reason, "%s: %s shows no device", answer.c_str(), hiding.c_str());
    put(report->cure,
        "unset it, or name devices that rocminfo lists, by number from 0 or by UUID (GPU-…); each variable "
        "counts what the one before left, ROCR_VISIBLE_DEVICES first");
  } else if (override_version != nullptr) {
    std::snprintf(report->reason, sizeof report->reason,
                  "%s: HSA_OVERRIDE_GFX_VERSION is \"%.40s\", and no device is taken for that", answer.c_str(),
                  override_version);
    put(report->cure,
        "unset it, or set it to an architecture near the device's own that this ROCm knows (10.3.0, 11.0.0)");
  } else {
    std::snprintf(report->reason, sizeof report->reason, "%s: the kernel knows an AMD device, but this HIP does not",
                  answer.c_str());
    put(report->cure,
        "see rocminfo; install a ROCm that supports the device, or the one of the kernel module's version");
  }
}

}  // namespace

bool has_compute_node(const hy_host& host) { return can_open(host, kComputeNode); }

bool is_hopeless(const hy_host& host) {
  const bool has_driver = can_open(host, kComputeNode) || can_open(host, kWindowsNode) ||
                          !common::read_text(host, "/sys/class/kfd/kfd/topology/nodes/0/gpu_id").empty();
  if (has_driver) return false;
  const std::vector<std::string> names(std::begin(kLibraryNames), std::end(kLibraryNames));
  return common::find_where_the_user_said(host, names).empty();
}

hy_status explain_hopeless(const hy_host& host, hy_b_report* report, hy_error* error) {
  const std::vector<std::string> names(std::begin(kLibraryNames), std::end(kLibraryNames));
  const std::string library =
      common::find_compiler_file(host, names, {std::begin(kLibraryFolders), std::end(kLibraryFolders)}, {});
  std::snprintf(report->library, sizeof report->library, "%s", library.empty() ? kLibraryNames[0] : library.c_str());
  std::snprintf(report->reason, sizeof report->reason,
                "the kernel has no driver for AMD's devices (there is no %s)%s%s", kComputeNode,
                library.empty() ? "" : ", so this was not opened: ", library.c_str());
  put(report->cure,
      "if the machine has an AMD device, load its kernel driver (amdgpu) and install HIP (ROCm); in a container, start "
      "it with --device /dev/kfd --device /dev/dri");
  return fail(error, HY_UNAVAILABLE, "%s; %s", report->reason, report->cure);
}

void explain_no_library(const hy_host& host, hy_b_report* report) {
  put(report->cure,
      can_open(host, kModule)
          ? "the kernel module amdgpu is loaded: install HIP (ROCm: hip-runtime-amd; Debian, Ubuntu: "
            "libamdhip64-5), or name its folder in HALYARD_LIBRARY_PATH"
          : "if the machine has an AMD device, install ROCm (hip-runtime-amd; Debian, Ubuntu: libamdhip64-5)");
}

hy_status explain_no_device(const hy_host& host, hipError_t code, const char* call, hy_b_report* report,
                            hy_error* error) {
  const std::string answer = std::string(call) + " answered " + code_name(code) + " (" + std::to_string(code) + ")";
  switch (code) {
    case hipErrorNoDevice:
    case hipErrorInvalidDevice:
    case hipErrorNotInitialized:
    case hipErrorOperatingSystem:
    case hipErrorUnknown:
      explain_nothing_found(host, answer, report);
      break;
    default:
      put(report->reason, answer.c_str());
      put(report->cure, cure_of(code));
  }
  return fail_vendor(error, HY_UNAVAILABLE, code, code_name(code), "%s; %s", report->reason, report->cure);
}

}  // namespace halyard::hip
