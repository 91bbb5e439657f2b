// `halyard devices`: what is there, what it can do, and what is missing and why.
#include <cstdlib>
#include <cstring>
#include <map>
#include <sstream>

#include "tools/halyard/commands.hpp"
#include "tools/halyard/json.hpp"
#include "tools/halyard/text.hpp"

namespace halyard::command {
namespace {

std::string uuid_text(const DeviceInfo& info) {
  if (info.has_uuid == 0) return "";
  std::string text;
  for (int i = 0; i < 16; ++i) {
    char two[4];
    std::snprintf(two, sizeof two, "%02x", info.uuid[i]);
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += two;
  }
  return text;
}

// What a program gets that names no device.
struct Default {
  std::string selector;  // "" : none
  std::string setting;   // of HALYARD_DEVICE, "" where it is not set
  std::string problem;   // why the setting gives none

  bool is(const Device& device) const { return selector == selector_of(device); }
  std::string why() const { return setting.empty() ? "the best of this machine" : "HALYARD_DEVICE=" + setting; }
};

Default find_default(const Runtime& runtime) {
  Default found;
  if (const char* setting = std::getenv("HALYARD_DEVICE")) found.setting = setting;
  const Result<Device> device = runtime.device();
  if (device) {
    found.selector = selector_of(*device);
  } else if (!found.setting.empty()) {
    found.problem = device.error().message();
  }
  return found;
}

// Another device of the same backend, and what is open to this one of it.
struct Peer {
  std::string selector;
  const char* access;  // "none", "copies", "kernels"; null where the driver did not say
};

const char* access_name(PeerAccess access) {
  switch (access) {
    case PeerAccess::copies:
      return "copies";
    case PeerAccess::kernels:
      return "kernels";
    default:
      return "none";
  }
}

using Peers = std::map<std::string, std::vector<Peer>>;  // by selector

// Asking makes no context on a device.
Peers find_peers(const std::vector<Device>& devices) {
  Peers peers;
  for (const Device& device : devices) {
    for (const Device& other : devices) {
      if (other.info().index == device.info().index || std::strcmp(other.info().backend, device.info().backend) != 0)
        continue;
      const Result<PeerAccess> access = device.peer_access(other);
      peers[selector_of(device)].push_back({selector_of(other), access ? access_name(*access) : nullptr});
    }
  }
  return peers;
}

// "kernels of cuda:1, cuda:2; copies of cuda:3": by what is possible, the most first.
std::string peers_text(const std::vector<Peer>& peers) {
  std::string text;
  for (const char* access : {"kernels", "copies", "none"}) {
    std::string names;
    for (const Peer& peer : peers) {
      if (peer.access != nullptr && std::strcmp(peer.access, access) == 0)
        names += (names.empty() ? "" : ", ") + peer.selector;
    }
    if (names.empty()) continue;
    const std::string what = std::strcmp(access, "kernels") == 0  ? "kernels and copies reach "
                             : std::strcmp(access, "copies") == 0 ? "copies reach "
                                                                  : "through the host alone: ";
    text += (text.empty() ? "" : "; ") + what + names;
  }
  return text;
}

// The device without its alternatives.
Json device_json(const Device& device, const Default& chosen, const Peers& peers) {
  const DeviceInfo& info = device.info();
  Json json;
  json["id"] = info.id;
  json["name"] = text_or_null(info.name);
  json["vendor"] = text_or_null(info.vendor);
  json["backend"] = info.backend;
  json["index"] = info.index;
  json["selector"] = selector_of(device);
  json["default"] = chosen.is(device);
  json["kind"] = device_kind_name(info.kind);
  json["memory_bytes"] = number_or_null(info.memory_bytes);
  json["pci_address"] = text_or_null(info.pci_address);
  json["numa_node"] = info.numa_node < 0 ? Json(nullptr) : Json(info.numa_node);
  json["driver_version"] = text_or_null(info.driver_version);
  json["architecture"] = text_or_null(info.architecture);
  json["uuid"] = text_or_null(uuid_text(info));
  json["compute_units"] = number_or_null(info.compute_units);
  json["max_allocation_bytes"] = number_or_null(info.max_allocation_bytes);
  json["local_memory_bytes"] = number_or_null(info.local_memory_bytes);
  json["max_workgroup_items"] = number_or_null(info.max_workgroup_items);
  json["subgroup_size"] = number_or_null(info.subgroup_size);
  Json& capabilities = json["capabilities"] = Json::object();
  for (std::size_t i = 0; i < kCapabilityCount; ++i)
    capabilities[kCapabilities[i].name] = device.has(kCapabilities[i].bit);
  json["alternatives"] = Json::array();
  Json& list = json["peers"] = Json::array();
  if (const auto found = peers.find(selector_of(device)); found != peers.end()) {
    for (const Peer& peer : found->second) {
      list.push_back({{"selector", peer.selector}, {"access", peer.access == nullptr ? Json(nullptr) : peer.access}});
    }
  }
  return json;
}

Json backend_json(const BackendInfo& backend) {
  Json json;
  json["name"] = backend.name;
  json["available"] = backend.available != 0;
  json["library"] = text_or_null(backend.library);
  json["version"] = text_or_null(backend.version);
  json["reason"] = text_or_null(backend.reason);
  json["cure"] = text_or_null(backend.cure);
  json["device_count"] = backend.device_count;
  json["driver_failed"] = backend.driver_failed != 0;
  return json;
}

std::string capability_list(const Device& device) {
  std::string text;
  for (std::size_t i = 0; i < kCapabilityCount; ++i) {
    if (device.has(kCapabilities[i].bit)) text += (text.empty() ? "" : ", ") + std::string(kCapabilities[i].name);
  }
  return text.empty() ? "nothing that it tells of" : text;
}

std::string joined(std::initializer_list<std::string> parts) {
  std::string text;
  for (const std::string& part : parts) {
    if (!part.empty()) text += (text.empty() ? "" : ", ") + part;
  }
  return text;
}

std::string device_text(const Device& device, const std::vector<Device>& alternatives, const Default& chosen,
                        const Peers& peers, int width) {
  const DeviceInfo& info = device.info();
  const auto others = peers.find(selector_of(device));
  const std::string place = info.pci_address[0] == '\0' ? "" : std::string("PCI ") + info.pci_address;
  std::vector<std::pair<std::string, std::string>> rows = {
      {"default", chosen.is(device) ? chosen.why() : ""},
      {"id", info.id},
      {"vendor", info.vendor},
      {"kind", joined({device_kind_name(info.kind), info.architecture,
                       info.compute_units == 0 ? "" : counted(info.compute_units, "compute unit")})},
      {"memory", info.memory_bytes == 0 ? "" : bytes_text(info.memory_bytes)},
      {"place", joined({place, info.numa_node < 0 ? "" : "NUMA node " + std::to_string(info.numa_node)})},
      {"driver", info.driver_version},
      {"can", capability_list(device)},
      {"peers", others == peers.end() ? "" : peers_text(others->second)},
  };
  for (const Device& other : alternatives) {
    rows.emplace_back(
        "also", selector_of(other) + ": " + std::string(other.name()) +
                    (other.info().driver_version[0] == '\0' ? "" : std::string(", ") + other.info().driver_version) +
                    (chosen.is(other) ? "; default: " + chosen.why() : ""));
  }
  return wrapped(selector_of(device) + "  ", info.name, width) + rows_text(rows, 2, width) + "\n";
}

// A row for what the backend is, or why it is not there, and one for what to do about that.
void add_backend_rows(const BackendInfo& backend, std::vector<std::pair<std::string, std::string>>* rows) {
  const std::string library = backend.library;
  if (backend.available != 0) {
    rows->emplace_back(backend.name, joined({counted(backend.device_count, "device"),
                                             library.empty() ? "" : "through " + library, backend.version}));
    return;
  }
  std::string text = "not there: ";
  text += backend.reason[0] != '\0' ? backend.reason : "it gives no reason";
  if (!library.empty() && text.find(library) == std::string::npos) {
    text += (backend.driver_failed != 0 ? " (" : " (looked for ") + library + ")";
  }
  rows->emplace_back(backend.name, text);
  if (backend.cure[0] != '\0') rows->emplace_back("", std::string("to have it: ") + backend.cure);
}

struct Listed {
  Device device;
  std::vector<Device> alternatives;
};

Result<std::vector<Listed>> list_devices(const Runtime& runtime) {
  Result<std::vector<Device>> devices = runtime.devices();
  if (!devices) return devices.error();
  std::vector<Listed> all;
  for (Device& device : *devices) {
    Result<std::vector<Device>> alternatives = device.alternatives();
    if (!alternatives) return alternatives.error();
    all.push_back({device, std::move(*alternatives)});
  }
  return all;
}

bool asked_for_plugin(const char* library) {
  const char* plugins = std::getenv("HALYARD_PLUGINS");
  if (plugins == nullptr || *library == '\0') return false;
  std::stringstream paths(plugins);
  for (std::string path; std::getline(paths, path, ':');) {
    if (path.compare(0, sizeof BackendInfo::library - 1, library) == 0) return true;  // a long one is cut
  }
  return false;
}

// A backend that was asked for, by name or as a plugin, and is not there is worth a warning, and so are a driver that
// crashed or hung, and a HALYARD_DEVICE that is not there; a backend that this machine has no use for is not.
int judge(const std::vector<Listed>& devices, const std::vector<BackendInfo>& backends, const Default& chosen) {
  if (devices.empty()) return kFailures;
  if (!chosen.problem.empty()) return kWarnings;
  const char* wanted = std::getenv("HALYARD_BACKENDS");
  const bool named = wanted != nullptr && *wanted != '\0';
  for (const BackendInfo& backend : backends) {
    if (backend.driver_failed != 0) return kWarnings;
    if (backend.available == 0 && (named || asked_for_plugin(backend.library))) return kWarnings;
  }
  return kWell;
}

}  // namespace

int run_devices(const DevicesArguments& arguments, Output& output) {
  Result<Runtime> runtime = Runtime::create();
  if (!runtime)
    return complain(runtime.error().message(),
                    runtime.error().code() == ErrorCode::invalid_argument ? kUsage : kUndetermined);
  Result<std::vector<Listed>> devices = list_devices(*runtime);
  if (!devices) return complain(devices.error().message(), kUndetermined);
  Result<std::vector<BackendInfo>> backends = runtime->backends();
  if (!backends) return complain(backends.error().message(), kUndetermined);
  const Default chosen = find_default(*runtime);
  const int code = judge(*devices, *backends, chosen);
  std::vector<Device> all;
  for (const Listed& listed : *devices) {
    all.push_back(listed.device);
    all.insert(all.end(), listed.alternatives.begin(), listed.alternatives.end());
  }
  const Peers peers = find_peers(all);

  if (arguments.json) {
    Json json = document("devices");
    Json& list = json["devices"] = Json::array();
    for (const Listed& listed : *devices) {
      Json one = device_json(listed.device, chosen, peers);
      for (const Device& other : listed.alternatives) one["alternatives"].push_back(device_json(other, chosen, peers));
      list.push_back(std::move(one));
    }
    Json& missing = json["backends"] = Json::array();
    for (const BackendInfo& backend : *backends) missing.push_back(backend_json(backend));
    return output.write(serialised(json), code);
  }
  std::string text = devices->empty() ? "No devices.\n\n" : "";
  for (const Listed& listed : *devices)
    text += device_text(listed.device, listed.alternatives, chosen, peers, output.width());
  if (!chosen.problem.empty()) text += wrapped("No default: ", chosen.problem, output.width()) + "\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const BackendInfo& backend : *backends) add_backend_rows(backend, &rows);
  text += "Backends\n" + rows_text(rows, 2, output.width());
  return output.write(text, code);
}

}  // namespace halyard::command
