// Device identity: made from what the device itself says, so that it needs no topology and outlives restarts.
#include "runtime/core/identity.hpp"

#include <cctype>
#include <cstring>

#include "halyard/detail/error.hpp"
#include "runtime/core/library.hpp"

namespace halyard::core {
namespace {

const char* kind_word(hy_device_kind kind) {
  switch (kind) {
    case HY_DEVICE_CPU:
      return "cpu";
    case HY_DEVICE_GPU:
    case HY_DEVICE_INTEGRATED_GPU:
      return "gpu";
    case HY_DEVICE_SIMULATED:
      return "sim";
    default:
      return "device";
  }
}

// Lower case letters and digits, everything else a single '-'.
std::string slug(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 128 && std::isalnum(u) != 0) {
      out += static_cast<char>(std::tolower(u));
    } else if (!out.empty() && out.back() != '-') {
      out += '-';
    }
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out;
}

std::int32_t numa_node_of(const hy_device& device) {
  if (device.info.pci_address[0] == '\0') return -1;
  const std::string path = std::string("/sys/bus/pci/devices/") + device.info.pci_address + "/numa_node";
  char text[32];
  std::uint64_t bytes = sizeof text - 1;
  if (read_system_file(device.runtime->config, path.c_str(), text, &bytes, nullptr) != HY_OK) return -1;
  text[bytes] = '\0';
  char* end = nullptr;
  const long node = std::strtol(text, &end, 10);
  return end == text || node < 0 || node > 1 << 20 ? -1 : static_cast<std::int32_t>(node);
}

void terminate_texts(hy_device_info& info) {
  for (char* text : {info.id, info.name, info.vendor, info.driver_version, info.architecture}) {
    text[HY_NAME_CAPACITY - 1] = '\0';
  }
  info.pci_address[sizeof info.pci_address - 1] = '\0';
}

bool has_limits(const hy_device_info& info) {
  bool has = info.max_workgroup_items != 0;
  for (int d = 0; d < 3; ++d) has = has && info.max_grid[d] != 0 && info.max_workgroup[d] != 0;
  return has;
}

}  // namespace

void settle_info(hy_device& device) {
  const hy_backend& table = *device.table;
  hy_device_info& info = device.info;
  info.size = sizeof info;
  std::snprintf(info.backend, sizeof info.backend, "%s", table.name);
  terminate_texts(info);
  const struct {
    hy_capabilities bit;
    bool possible;
    const char* what;
  } needs[] = {
      {HY_CAP_KERNELS, table.kernel_create != nullptr, "kernels without the functions for them"},
      {HY_CAP_KERNELS, has_limits(info), "kernels with a largest grid or workgroup of 0"},
      {HY_CAP_RUNTIME_COMPILE, table.compile != nullptr, "compilation without compile()"},
      {HY_CAP_HOST_FUNCTIONS, table.stream_host_function != nullptr, "host functions without stream_host_function()"},
      {HY_CAP_TIMED_POINTS, table.point_elapsed != nullptr, "timed points without point_elapsed()"},
      {HY_CAP_NATIVE_OUT,
       table.device_native != nullptr || table.memory_native != nullptr || table.stream_native != nullptr,
       "native handles without a function that gives one"},
      {HY_CAP_NATIVE_IN, table.device_wrap != nullptr || table.memory_wrap != nullptr || table.stream_wrap != nullptr,
       "native handles without a function that takes one"},
  };
  for (const auto& need : needs) {
    if (need.possible || (info.capabilities & need.bit) == 0) continue;
    info.capabilities &= ~need.bit;
    device.runtime->host.log(HY_LOG_WARNING, "%s: device %s declares %s; it is used without", table.name, info.name,
                             need.what);
  }
}

std::string make_id(const hy_device_info& info) {
  if (info.has_uuid != 0) {
    std::string id = "uuid-";
    for (std::size_t i = 0; i < sizeof info.uuid; ++i) {
      char byte[4];
      std::snprintf(byte, sizeof byte, "%02x", info.uuid[i]);
      id += byte;
      if (i == 3 || i == 5 || i == 7 || i == 9) id += '-';
    }
    return id;
  }
  if (info.pci_address[0] != '\0') return std::string("pci-") + info.pci_address;
  return std::string(kind_word(info.kind)) + "-" + slug(info.name);
}

bool same_physical(const hy_device_info& a, const hy_device_info& b) {
  if (a.kind == HY_DEVICE_SIMULATED || b.kind == HY_DEVICE_SIMULATED) return false;
  if (a.has_uuid != 0 && b.has_uuid != 0 && std::memcmp(a.uuid, b.uuid, sizeof a.uuid) == 0) return true;
  // The host's processors are one device, however a driver names them.
  if (a.kind == HY_DEVICE_CPU && b.kind == HY_DEVICE_CPU) return true;
  // Partitions of a device share its address: within one backend, or where both say who they are, that is not enough.
  const bool one_backend = std::strcmp(a.backend, b.backend) == 0;
  const bool both_named = a.has_uuid != 0 && b.has_uuid != 0;
  return !one_backend && !both_named && a.pci_address[0] != '\0' && std::strcmp(a.pci_address, b.pci_address) == 0;
}

hy_status describe_device(hy_device& device, std::uint32_t index, const std::vector<std::unique_ptr<hy_device>>& before,
                          hy_error* error) {
  hy_device_info& info = device.info;
  info.size = sizeof info;
  info.numa_node = -1;
  if (hy_status status = device.table->device_info(device.instance, index, &info, error); status != HY_OK)
    return status;
  settle_info(device);
  info.index = index;
  info.numa_node = numa_node_of(device);
  const std::string base = make_id(info);
  std::string id = base;
  auto taken = [&] {
    for (const auto& other : before) {
      if (id == other->info.id) return true;
    }
    return false;
  };
  for (int n = 2; taken(); ++n) id = base + "-" + std::to_string(n);
  std::snprintf(info.id, sizeof info.id, "%s", id.c_str());
  return HY_OK;
}

}  // namespace halyard::core
