// The usual reasons why a machine with an Intel GPU shows none, in the order in which one would look for them.
#include "backends/level_zero/absence.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "backends/common/compiler_file.hpp"
#include "backends/common/host_services.hpp"
#include "backends/level_zero/api.hpp"
#include "backends/level_zero/errors.hpp"

namespace halyard::level_zero {
namespace {

using common::can_open;

constexpr char kWindowsNode[] = "/dev/dxg";  // Windows' subsystem for Linux
constexpr int kFirstRenderNode = 128;
constexpr int kMostDevices = 64;

template <size_t N>
void put(char (&out)[N], const char* text) {
  std::snprintf(out, N, "%s", text);
}

// The render node of the first Intel GPU, as the kernel's list of devices tells; "" where there is none.
std::string intel_node(const hy_host& host) {
  for (int i = kFirstRenderNode; i < kFirstRenderNode + kMostDevices; ++i) {
    const std::string name = "renderD" + std::to_string(i);
    if (common::read_text(host, ("/sys/class/drm/" + name + "/device/vendor").c_str()).rfind("0x8086", 0) == 0)
      return "/dev/dri/" + name;
  }
  return "";
}

std::vector<std::string> library_names() { return {std::begin(kLibraryNames), std::end(kLibraryNames)}; }

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] != '\0';
}

constexpr char kDriver[] =
    "install Intel's driver for Level Zero (libze-intel-gpu1 or intel-level-zero-gpu; Debian 12: intel-opencl-icd)";
constexpr char kAccess[] =
    "give this user the right to open /dev/dri/renderD* (groups render and video: usermod -aG render,video USER, then "
    "log in again); in a container, start it with --device /dev/dri";

}  // namespace

bool is_hopeless(const hy_host& host) {
  if (is_set("ZE_ENABLE_ALT_DRIVERS") || can_open(host, kWindowsNode) || !intel_node(host).empty()) return false;
  return common::find_where_the_user_said(host, library_names()).empty();
}

hy_status explain_hopeless(const hy_host& host, hy_b_report* report, hy_error* error) {
  const std::string library =
      common::find_compiler_file(host, library_names(), {std::begin(kLibraryFolders), std::end(kLibraryFolders)}, {});
  std::snprintf(report->library, sizeof report->library, "%s", library.empty() ? kLibraryNames[0] : library.c_str());
  std::snprintf(report->reason, sizeof report->reason,
                "the kernel knows no Intel GPU (no /sys/class/drm/renderD*/device/vendor is 0x8086)%s%s",
                library.empty() ? "" : ", so this was not opened: ", library.c_str());
  put(report->cure,
      "if the machine has one, load its kernel driver (i915 or xe) and install Level Zero (libze1, libze-intel-gpu1); "
      "in a container, start it with --device /dev/dri");
  return fail(error, HY_UNAVAILABLE, "%s; %s", report->reason, report->cure);
}

void explain_no_library(const hy_host& host, hy_b_report* report) {
  if (intel_node(host).empty()) {
    put(report->cure, "if the machine has an Intel GPU, install Level Zero (libze1 and libze-intel-gpu1)");
  } else {
    put(report->cure,
        "the kernel has a driver for an Intel GPU: install Level Zero (libze1 and libze-intel-gpu1; Debian 12: libze1 "
        "and intel-opencl-icd), or name the loader's folder in HALYARD_LIBRARY_PATH");
  }
}

hy_status explain_no_device(const hy_host& host, ze_result_t code, const char* call, hy_b_report* report,
                            hy_error* error) {
  char answer[160];
  if (code == ZE_RESULT_SUCCESS) {
    std::snprintf(answer, sizeof answer, "Level Zero's drivers present no GPU");
  } else {
    std::snprintf(answer, sizeof answer, "%s answered %s (0x%x)", call, code_name(code), static_cast<unsigned>(code));
  }
  const std::string node = intel_node(host);
  const char* mask = std::getenv("ZE_AFFINITY_MASK");
  hy_error refused{};
  if (!node.empty() && !can_open(host, node.c_str(), &refused)) {
    std::snprintf(report->reason, sizeof report->reason, "%s: %s cannot be opened: %.250s", answer, node.c_str(),
                  refused.message);
    put(report->cure, kAccess);
  } else if (mask != nullptr && mask[0] != '\0') {
    std::snprintf(report->reason, sizeof report->reason, "%s: ZE_AFFINITY_MASK=%.60s shows no device", answer, mask);
    put(report->cure, "unset it, or name devices that are there, counted from 0 (0.1: the second tile of the first)");
  } else if (code == ZE_RESULT_SUCCESS || code == ZE_RESULT_ERROR_UNINITIALIZED) {
    std::snprintf(report->reason, sizeof report->reason, "%s: the loader found no driver that has a device", answer);
    put(report->cure, node.empty() ? "if the machine has an Intel GPU, load its kernel driver (i915 or xe) and install "
                                     "Intel's driver for Level Zero (libze-intel-gpu1)"
                                   : kDriver);
  } else {
    put(report->reason, answer);
    put(report->cure, cure_of(code));
  }
  return fail_vendor(error, HY_UNAVAILABLE, static_cast<int>(code), code_name(code), "%s; %s", report->reason,
                     report->cure);
}

}  // namespace halyard::level_zero
