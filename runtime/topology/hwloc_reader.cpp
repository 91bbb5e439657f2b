// What hwloc knows, turned into our model. The library is opened when it is needed, so that a program that never asks
// for the topology neither loads it nor needs it. Opened with local binding: plugins of hwloc that were built for GPU
// vendors then fail to resolve against it and are dropped before any code of theirs, or of a driver's, runs.
#include "runtime/topology/hwloc_reader.hpp"

#include "halyard/detail/error.hpp"
#include "runtime/topology/derive.hpp"

#if !HALYARD_HAVE_HWLOC

namespace halyard::topology {
hy_status read_machine(Model*, hy_error* error) {
  return fail(error, HY_UNSUPPORTED,
              "This build of Halyard reads no topology: hwloc.h was not there (install libhwloc-dev and build again).");
}
hy_status read_hwloc_xml(std::string_view, const char*, Model* out, hy_error* error) {
  return read_machine(out, error);
}
}  // namespace halyard::topology

#else

#include <dlfcn.h>
#include <hwloc.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace halyard::topology {
namespace {

// clang-format off
#define HALYARD_HWLOC_FUNCTIONS(X) \
  X(get_api_version) X(topology_init) X(topology_destroy) X(topology_set_flags) X(topology_set_components) \
  X(topology_set_io_types_filter) X(topology_set_xmlbuffer) X(topology_load) X(get_obj_by_depth) \
  X(bitmap_list_snprintf) X(bitmap_weight) X(bitmap_isequal) X(distances_get) X(distances_release) \
  X(distances_get_name) X(memattr_get_initiators)
// clang-format on

struct Hwloc {
#define HALYARD_DECLARE(name) decltype(&::hwloc_##name) name = nullptr;
  HALYARD_HWLOC_FUNCTIONS(HALYARD_DECLARE)
#undef HALYARD_DECLARE
};

#if HWLOC_API_VERSION >= 0x00030000
constexpr const char* kLibrary = "libhwloc.so.0";  // what its development version calls itself
#else
constexpr const char* kLibrary = "libhwloc.so.15";
#endif

hy_status open_hwloc(Hwloc* out, hy_error* error) {
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* reason = dlerror();
    return fail(error, HY_UNAVAILABLE,
                "The topology is read with hwloc, and %s could not be opened (%s). Install it: 'apt install "
                "libhwloc15' or 'dnf install hwloc-libs'.",
                kLibrary, reason == nullptr ? "no reason given" : reason);
  }
  const char* missing = nullptr;
#define HALYARD_LOAD(name)                                                           \
  out->name = reinterpret_cast<decltype(out->name)>(dlsym(library, "hwloc_" #name)); \
  if (out->name == nullptr) missing = "hwloc_" #name;
  HALYARD_HWLOC_FUNCTIONS(HALYARD_LOAD)
#undef HALYARD_LOAD
  if (missing != nullptr || (out->get_api_version() >> 16) != (HWLOC_API_VERSION >> 16)) {
    return fail(error, HY_UNAVAILABLE,
                "%s is of another version than this build of Halyard knows (%s). Install hwloc 2.5 or later.", kLibrary,
                missing == nullptr ? "its interface's major number differs" : missing);
  }
  return HY_OK;
}

using Object = hwloc_obj_t;
using PciAttributes = decltype(hwloc_obj_attr_u::pcidev);
constexpr unsigned kMaxDepth = 512;

const char* info(const Object object, const char* name) {
  for (unsigned i = 0; i < object->infos_count; ++i) {
    if (std::string_view(object->infos[i].name) == name) return object->infos[i].value;
  }
  return "";
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front()))) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.remove_suffix(1);
  return std::string(text);
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// A size that fits an integer attribute; others (a recording may hold -1) are unknown.
void set_size(Node& node, std::string_view key, std::uint64_t bytes) {
  if (bytes <= static_cast<std::uint64_t>(INT64_MAX)) {
    node.set(key, static_cast<std::int64_t>(bytes));
  } else {
    node.set_unknown(key);
  }
}

// A number of KiB, as hwloc writes the memory of devices.
void set_kib(Node& node, std::string_view key, const char* text) {
  char* end = nullptr;
  errno = 0;
  const unsigned long long kib = std::strtoull(text, &end, 10);
  if (end != text && *text != '-' && errno == 0 && kib > 0 && kib <= (INT64_MAX >> 10))
    node.set(key, static_cast<std::int64_t>(kib << 10));
}

std::string hex4(unsigned value) {
  char text[8];
  std::snprintf(text, sizeof text, "%04x", value & 0xffffu);
  return text;
}

std::string pci_text(const PciAttributes& pci) {
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", static_cast<unsigned>(pci.domain),
                static_cast<unsigned>(pci.bus), static_cast<unsigned>(pci.dev), static_cast<unsigned>(pci.func));
  return text;
}

const PciAttributes* pci_of(const Object object) {
  if (object->attr == nullptr) return nullptr;
  if (object->type == HWLOC_OBJ_PCI_DEVICE) return &object->attr->pcidev;
  if (object->type == HWLOC_OBJ_BRIDGE && object->attr->bridge.upstream_type == HWLOC_OBJ_BRIDGE_PCI) {
    return &object->attr->bridge.upstream.pci;
  }
  return nullptr;
}

// 0 for what the topology does not show.
hy_node_kind kind_of(const Object device) {
  const PciAttributes& pci = device->attr->pcidev;
  if (device->subtype != nullptr && std::string_view(device->subtype) == "NVSwitch") return HY_NODE_FABRIC_SWITCH;
  const hy_node_kind kind = pci_kind(pci.class_id, pci.vendor_id);
  if (kind != 0 || (pci.class_id >> 8) == 0x03) return kind;
  for (Object child = device->io_first_child; child != nullptr; child = child->next_sibling) {
    if (child->type != HWLOC_OBJ_OS_DEVICE) continue;
    const auto type = child->attr->osdev.type;
    if (type == HWLOC_OBJ_OSDEV_BLOCK) return HY_NODE_STORAGE;
    if (type == HWLOC_OBJ_OSDEV_NETWORK || type == HWLOC_OBJ_OSDEV_OPENFABRICS) return HY_NODE_NETWORK;
    if (type == HWLOC_OBJ_OSDEV_GPU || type == HWLOC_OBJ_OSDEV_COPROC) return HY_NODE_ACCELERATOR;
  }
  return 0;
}

class Builder {
 public:
  Builder(const Hwloc& hwloc, hwloc_topology_t topology, Model* model)
      : hwloc_(hwloc), topology_(topology), model_(*model) {}

  void build() {
    visit(hwloc_.get_obj_by_depth(topology_, 0, 0), HY_NO_NODE, 0);
    mark_switches(&model_);
    add_pcie_links(&model_);
    add_matrices();
    add_memory_figures(HWLOC_MEMATTR_ID_BANDWIDTH);
    add_memory_figures(HWLOC_MEMATTR_ID_LATENCY);
  }

 private:
  // `wish` becomes the id, with a number behind it where a recording has it twice.
  std::uint32_t add(hy_node_kind kind, std::uint32_t parent, const std::string& wish) {
    std::string id = wish;
    for (unsigned n = 2; !ids_.insert(id).second; ++n) id = wish + "#" + std::to_string(n);
    Node& node = model_.nodes.emplace_back();
    node.kind = kind;
    node.parent = parent;
    node.id = std::move(id);
    return static_cast<std::uint32_t>(model_.nodes.size() - 1);
  }

  // Objects of one kind are numbered in the order in which they are met: hwloc's own numbers start anew per kind of
  // cache.
  std::uint32_t add_numbered(hy_node_kind kind, std::uint32_t parent, const std::string& prefix) {
    return add(kind, parent, prefix + ":" + std::to_string(numbers_[prefix]++));
  }

  void set_cpus(std::uint32_t index, const Object object) {
    Node& node = model_.nodes[index];
    node.set_unknown("cpus");
    if (object->cpuset == nullptr || hwloc_.bitmap_weight(object->cpuset) < 1) return;
    const int length = hwloc_.bitmap_list_snprintf(nullptr, 0, object->cpuset);
    if (length <= 0) return;
    std::string text(static_cast<std::size_t>(length) + 1, '\0');
    hwloc_.bitmap_list_snprintf(text.data(), text.size(), object->cpuset);
    text.pop_back();
    node.set("cpus", text);
  }

  void set_os_index(std::uint32_t index, const Object object) {
    if (object->os_index == HWLOC_UNKNOWN_INDEX) {
      model_.nodes[index].set_unknown("os_index");
    } else {
      model_.nodes[index].set("os_index", static_cast<std::int64_t>(object->os_index));
    }
  }

  // A NUMA node adopts what is beside it: what is local to memory is shown below it.
  void visit(const Object object, std::uint32_t parent, unsigned depth) {
    if (object == nullptr || depth > kMaxDepth || model_.nodes.size() >= kMaxNodes) return;
    std::uint32_t below = add_normal(object, parent);
    node_of_[object] = below;
    const std::uint32_t self = below;
    for (Object child = object->memory_first_child; child != nullptr; child = child->next_sibling) {
      const std::uint32_t numa = add_memory(child, self, depth + 1);
      if (below == self && numa != HY_NO_NODE && object->type != HWLOC_OBJ_MACHINE) below = numa;
    }
    for (Object child = object->first_child; child != nullptr; child = child->next_sibling)
      visit(child, below, depth + 1);
    for (Object child = object->io_first_child; child != nullptr; child = child->next_sibling)
      visit_io(child, below, depth + 1);
  }

  // The node of a package, cache or core; groups, dies and hardware threads have none: then it is the parent's.
  std::uint32_t add_normal(const Object object, std::uint32_t parent) {
    if (parent == HY_NO_NODE) return add_machine(object);
    if (object->type == HWLOC_OBJ_PACKAGE) {
      const std::uint32_t index = add_numbered(HY_NODE_PACKAGE, parent, "package");
      set_os_index(index, object);
      model_.nodes[index].set_name(trimmed(info(object, "CPUModel")));
      model_.nodes[index].set("vendor", std::string_view(info(object, "CPUVendor")));
      set_cpus(index, object);
      return index;
    }
    if (object->type == HWLOC_OBJ_CORE) {
      const std::uint32_t index = add_numbered(HY_NODE_CORE, parent, "core");
      set_os_index(index, object);
      set_cpus(index, object);
      return index;
    }
    const bool cache = object->type >= HWLOC_OBJ_L1CACHE && object->type <= HWLOC_OBJ_L5CACHE;
    return cache && object->attr != nullptr ? add_cache(object, parent) : parent;
  }

  std::uint32_t add_machine(const Object object) {
    const std::uint32_t index = add(HY_NODE_MACHINE, HY_NO_NODE, "machine");
    Node& node = model_.nodes[index];
    const std::string product = trimmed(info(object, "DMIProductName"));
    node.set_name(product.empty() ? trimmed(info(object, "PlatformModel")) : product);
    node.set("vendor", trimmed(info(object, "DMISysVendor")));
    node.set("host_name", trimmed(info(object, "HostName")));
    node.set("architecture", trimmed(info(object, "Architecture")));
    node.set("os", trimmed(info(object, "OSName")));
    node.set("os_release", trimmed(info(object, "OSRelease")));
    if (object->total_memory > 0) set_size(node, "memory_bytes", object->total_memory);
    node.set_unknown("memory_bytes");
    set_cpus(index, object);
    return index;
  }

  std::uint32_t add_cache(const Object object, std::uint32_t parent) {
    const auto& cache = object->attr->cache;
    const std::string level = "L" + std::to_string(cache.depth);
    const std::uint32_t index = add_numbered(HY_NODE_CACHE, parent, "cache:" + lower(level));
    Node& node = model_.nodes[index];
    node.set_name(level);
    node.set("level", static_cast<std::int64_t>(cache.depth));
    if (cache.size > 0) set_size(node, "size_bytes", cache.size);
    node.set_unknown("size_bytes");
    if (cache.linesize > 0) node.set("line_bytes", static_cast<std::int64_t>(cache.linesize));
    node.set_unknown("line_bytes");
    if (cache.associativity > 0) node.set("associativity", static_cast<std::int64_t>(cache.associativity));
    node.set_unknown("associativity");  // hwloc gives -1 for a fully associative one, 0 where it does not know
    node.set("type", std::string_view(cache.type == HWLOC_OBJ_CACHE_DATA      ? "data"
                                      : cache.type == HWLOC_OBJ_CACHE_UNIFIED ? "unified"
                                                                              : "instruction"));
    set_cpus(index, object);
    return index;
  }

  // The NUMA node, or the first below a memory-side cache.
  std::uint32_t add_memory(const Object object, std::uint32_t parent, unsigned depth) {
    if (depth > kMaxDepth) return HY_NO_NODE;
    if (object->type != HWLOC_OBJ_NUMANODE) {
      std::uint32_t first = HY_NO_NODE;
      for (Object child = object->memory_first_child; child != nullptr; child = child->next_sibling) {
        const std::uint32_t numa = add_memory(child, parent, depth + 1);
        if (first == HY_NO_NODE) first = numa;
      }
      return first;
    }
    const std::uint32_t index = add_numbered(HY_NODE_NUMA, parent, "numa");
    node_of_[object] = index;
    set_os_index(index, object);
    Node& node = model_.nodes[index];
    if (object->attr != nullptr) set_size(node, "memory_bytes", object->attr->numanode.local_memory);
    node.set_unknown("memory_bytes");
    node.set("memory_kind", lower(trimmed(object->subtype == nullptr ? "" : object->subtype)));
    set_cpus(index, object);
    return index;
  }

  void visit_io(const Object object, std::uint32_t parent, unsigned depth) {
    if (depth > kMaxDepth || model_.nodes.size() >= kMaxNodes) return;
    std::uint32_t index = parent;
    if (object->type == HWLOC_OBJ_BRIDGE && object->attr != nullptr) {
      index = add_bridge(object, parent);
    } else if (object->type == HWLOC_OBJ_PCI_DEVICE && object->attr != nullptr) {
      const hy_node_kind kind = kind_of(object);
      if (kind == 0) return;
      index = add_pci(object, kind, parent);
      for (Object child = object->io_first_child; child != nullptr; child = child->next_sibling)
        add_os_device(child, index);
    } else if (object->type == HWLOC_OBJ_OS_DEVICE && object->attr != nullptr) {
      index = add_lone_os_device(object, parent);
    }
    node_of_[object] = index;
    if (object->type == HWLOC_OBJ_PCI_DEVICE) return;
    for (Object child = object->io_first_child; child != nullptr; child = child->next_sibling)
      visit_io(child, index, depth + 1);
  }

  std::uint32_t add_pci(const Object object, hy_node_kind kind, std::uint32_t parent) {
    const PciAttributes& pci = *pci_of(object);
    const std::string address = pci_text(pci);
    const std::uint32_t index = add(kind, parent, "pci:" + address);
    Node& node = model_.nodes[index];
    node.set_name(trimmed(info(object, "PCIDevice")));
    node.set("vendor", trimmed(info(object, "PCIVendor")));
    node.set("pci_address", address);
    node.set("pci_class", hex4(pci.class_id));
    node.set("pci_vendor_id", hex4(pci.vendor_id));
    node.set("pci_device_id", hex4(pci.device_id));
    const double speed = static_cast<double>(pci.linkspeed) * 1e9;  // of GB/s
    if (speed > 0 && speed < 1e15) node.set("pci_link_bandwidth_bytes_per_s", std::int64_t{std::llround(speed)});
    node.set_unknown("pci_link_bandwidth_bytes_per_s");
    if (kind != HY_NODE_PCI_BRIDGE) node.set_unknown("os_names");
    if (kind == HY_NODE_ACCELERATOR) node.set_unknown("memory_bytes");
    if (kind == HY_NODE_ACCELERATOR) node.set_unknown("uuid");
    if (kind == HY_NODE_STORAGE) node.set_unknown("capacity_bytes");
    return index;
  }

  std::uint32_t add_bridge(const Object object, std::uint32_t parent) {
    const auto& bridge = object->attr->bridge;
    char text[32] = "";
    if (bridge.downstream_type == HWLOC_OBJ_BRIDGE_PCI) {
      std::snprintf(text, sizeof text, "%04x:%02x", static_cast<unsigned>(bridge.downstream.pci.domain),
                    static_cast<unsigned>(bridge.downstream.pci.secondary_bus));
    }
    std::uint32_t index = 0;
    if (pci_of(object) != nullptr) {
      index = add_pci(object, HY_NODE_PCI_BRIDGE, parent);
    } else {
      index = add(HY_NODE_PCI_BRIDGE, parent, std::string("hostbridge:") + text);
      model_.nodes[index].set_unknown("pci_address");
    }
    model_.nodes[index].set("first_bus", std::string_view(text));
    return index;
  }

  // What the operating system calls a PCI device, and what drivers told hwloc of it.
  void add_os_device(const Object object, std::uint32_t index) {
    if (object->type != HWLOC_OBJ_OS_DEVICE) return;
    node_of_[object] = index;
    Node& node = model_.nodes[index];
    if (object->name != nullptr && *object->name != '\0') {
      std::string names = object->name;
      for (Attribute& attribute : node.attributes) {
        if (attribute.key != "os_names") continue;
        attribute.text = attribute.text.empty() ? names : attribute.text + " " + names;
        attribute.type = HY_ATTRIBUTE_TEXT;
      }
    }
    const std::string model_name = trimmed(info(object, "GPUModel"));
    if (!model_name.empty()) node.set_name(model_name);
    node.set("vendor", trimmed(info(object, "GPUVendor")));
    if (node.kind == HY_NODE_ACCELERATOR) {
      for (const char* key : {"NVIDIAUUID", "AMDUUID", "LevelZeroUUID"})
        node.set("uuid", std::string_view(info(object, key)));
      for (const char* key : {"RSMIVRAMSize", "CUDAGlobalMemorySize", "LevelZeroHBMSize", "OpenCLGlobalMemorySize"}) {
        set_kib(node, "memory_bytes", info(object, key));
      }
    } else if (node.kind == HY_NODE_STORAGE) {
      set_kib(node, "capacity_bytes", info(object, "Size"));
    }
  }

  // One that is not on PCI. Graphics nodes of the kernel are not taken: one device has several, and a frame buffer too.
  std::uint32_t add_lone_os_device(const Object object, std::uint32_t parent) {
    const auto type = object->attr->osdev.type;
    const bool computes = type == HWLOC_OBJ_OSDEV_COPROC && std::string_view(info(object, "OpenCLDeviceType")) != "CPU";
    const hy_node_kind kind = type == HWLOC_OBJ_OSDEV_BLOCK                                            ? HY_NODE_STORAGE
                              : type == HWLOC_OBJ_OSDEV_NETWORK || type == HWLOC_OBJ_OSDEV_OPENFABRICS ? HY_NODE_NETWORK
                              : computes ? HY_NODE_ACCELERATOR
                                         : 0;
    if (kind == 0 || object->name == nullptr || *object->name == '\0') return parent;
    const std::uint32_t index = add(kind, parent, std::string("os:") + object->name);
    model_.nodes[index].set_name(trimmed(info(object, "Model")));
    model_.nodes[index].set_unknown("pci_address");
    model_.nodes[index].set_unknown("os_names");
    add_os_device(object, index);
    return index;
  }

  static void set_bandwidth(Link& link, double bytes_per_s) {
    if (!(bytes_per_s > 0) || bytes_per_s > 1e18) return;
    link.bandwidth_bytes_per_s = static_cast<std::uint64_t>(std::llround(bytes_per_s));
    link.source = HY_LINK_DERIVED;
  }

  std::uint32_t node_of(const Object object) const {
    const auto found = node_of_.find(object);
    return found == node_of_.end() ? HY_NO_NODE : found->second;
  }

  // NVLink, xGMI, Xe-Link: matrices of MB/s that hwloc works out from the links' number and generation.
  void add_matrices() {
    hwloc_distances_s* matrices[64];
    unsigned count = 64;
    if (hwloc_.distances_get(topology_, &count, matrices, HWLOC_DISTANCES_KIND_MEANS_BANDWIDTH, 0) != 0) return;
    for (unsigned m = 0; m < std::min(count, 64u); ++m) {
      const char* name = hwloc_.distances_get_name(topology_, matrices[m]);
      add_matrix(*matrices[m], name == nullptr ? "" : name);
      hwloc_.distances_release(topology_, matrices[m]);
    }
  }

  static std::string link_kind(std::string_view name) {
    constexpr std::string_view kSuffix = "Bandwidth";
    if (name.size() > kSuffix.size() && name.substr(name.size() - kSuffix.size()) == kSuffix)
      name.remove_suffix(kSuffix.size());
    const std::string kind = lower(std::string(name));
    return kind.empty() ? "link" : kind == "xelink" ? "xe_link" : kind;
  }

  void add_matrix(const hwloc_distances_s& matrix, std::string_view name) {
    std::vector<std::uint32_t> nodes(matrix.nbobjs);
    for (unsigned i = 0; i < matrix.nbobjs; ++i)
      nodes[i] = matrix.objs[i] == nullptr ? HY_NO_NODE : node_of(matrix.objs[i]);
    for (unsigned i = 0; i < matrix.nbobjs; ++i) {
      for (unsigned j = 0; j < matrix.nbobjs; ++j) {
        const std::uint64_t there = matrix.values[std::size_t{i} * matrix.nbobjs + j];
        const std::uint64_t back = matrix.values[std::size_t{j} * matrix.nbobjs + i];
        if (there == 0 || nodes[i] == nodes[j] || nodes[i] == HY_NO_NODE || nodes[j] == HY_NO_NODE) continue;
        const bool both = there == back;
        if ((both && j < i) || model_.links.size() >= kMaxLinks) continue;
        Link link;
        link.from = nodes[i];
        link.to = nodes[j];
        link.kind = link_kind(name);
        link.bidirectional = both;
        set_bandwidth(link, static_cast<double>(there) * 1e6);
        if (matrix_links_.emplace(link.from, link.to, link.kind).second) model_.links.push_back(std::move(link));
      }
    }
  }

  // What the firmware says of reaching memory (HMAT): of its own CPUs an attribute, of others a link.
  void add_memory_figures(hwloc_memattr_id_t id) {
    const std::size_t nodes = model_.nodes.size();
    std::vector<std::pair<Object, std::uint32_t> > numas;
    for (const auto& [object, index] : node_of_) {
      if (object->type == HWLOC_OBJ_NUMANODE && index < nodes) numas.emplace_back(object, index);
    }
    std::sort(numas.begin(), numas.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
    for (const auto& [object, index] : numas) {
      hwloc_location initiators[256];
      hwloc_uint64_t values[256];
      unsigned count = 256;
      if (hwloc_.memattr_get_initiators(topology_, id, object, 0, &count, initiators, values) != 0) continue;
      for (unsigned i = 0; i < std::min(count, 256u); ++i)
        add_memory_figure(id, initiators[i], object, index, values[i]);
    }
  }

  void add_memory_figure(hwloc_memattr_id_t id, const hwloc_location& from, const Object numa, std::uint32_t to,
                         hwloc_uint64_t value) {
    const bool bandwidth = id == HWLOC_MEMATTR_ID_BANDWIDTH;
    if (value == 0 || value > (1ull << 40)) return;
    const std::uint64_t bytes_per_s = bandwidth ? value << 20 : 0;  // hwloc has MiB/s
    std::uint32_t origin = from.type == HWLOC_LOCATION_TYPE_OBJECT ? node_of(from.location.object)
                                                                   : node_of_cpus(from.location.cpuset, numa);
    if (origin == HY_NO_NODE) return;
    if (origin == to) {
      if (bandwidth) set_size(model_.nodes[to], "local_bandwidth_bytes_per_s", bytes_per_s);
      if (!bandwidth) model_.nodes[to].set("local_latency_ns", static_cast<std::int64_t>(value));
      return;
    }
    auto same = [&](const Link& link) { return link.from == origin && link.to == to && link.kind == "memory"; };
    auto found = std::find_if(model_.links.begin(), model_.links.end(), same);
    if (found == model_.links.end()) {
      Link link;
      link.from = origin;
      link.to = to;
      link.kind = "memory";
      link.source = HY_LINK_REPORTED;
      link.bidirectional = false;
      found = model_.links.insert(model_.links.end(), std::move(link));
    }
    if (bandwidth) found->bandwidth_bytes_per_s = bytes_per_s;
    if (!bandwidth) found->latency_ns = static_cast<double>(value);
  }

  // The NUMA node itself if the CPUs are its own, else another one, else a package or core that is exactly these CPUs.
  std::uint32_t node_of_cpus(hwloc_const_cpuset_t cpus, const Object numa) const {
    if (cpus == nullptr) return HY_NO_NODE;
    if (numa->cpuset != nullptr && hwloc_.bitmap_isequal(cpus, numa->cpuset)) return node_of(numa);
    std::uint32_t best = HY_NO_NODE;
    bool best_is_numa = false;
    for (const auto& [object, index] : node_of_) {
      if (object->cpuset == nullptr || !hwloc_.bitmap_isequal(cpus, object->cpuset)) continue;
      const bool is_numa = object->type == HWLOC_OBJ_NUMANODE;
      if (best == HY_NO_NODE || (is_numa && !best_is_numa) || (is_numa == best_is_numa && index < best)) {
        best = index;
        best_is_numa = is_numa;
      }
    }
    return best;
  }

  const Hwloc& hwloc_;
  hwloc_topology_t topology_;
  Model& model_;
  std::unordered_set<std::string> ids_;
  std::unordered_map<std::string, unsigned> numbers_;
  std::unordered_map<Object, std::uint32_t> node_of_;
  std::set<std::tuple<std::uint32_t, std::uint32_t, std::string> > matrix_links_;
};

// Owns a topology of hwloc's until it is read.
class Session {
 public:
  explicit Session(const Hwloc& hwloc) : hwloc_(hwloc) {
    // NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): open_hwloc() found all functions
    if (hwloc_.topology_init(&topology_) != 0) topology_ = nullptr;
  }
  ~Session() {
    if (topology_ != nullptr) hwloc_.topology_destroy(topology_);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  hwloc_topology_t get() const { return topology_; }

  // Leaves the caller's thread where it is, takes I/O, and keeps hwloc away from drivers.
  bool prepare() {
    if (topology_ == nullptr) return false;
#if HWLOC_API_VERSION >= 0x00020500
    hwloc_.topology_set_flags(topology_, HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING);
#endif
    for (const char* component : {"opencl", "cuda", "nvml", "rsmi", "levelzero", "gl"}) {
      hwloc_.topology_set_components(topology_, HWLOC_TOPOLOGY_COMPONENTS_FLAG_BLACKLIST,
                                     component);  // not there: well
    }
    return hwloc_.topology_set_io_types_filter(topology_, HWLOC_TYPE_FILTER_KEEP_IMPORTANT) == 0;
  }

 private:
  const Hwloc& hwloc_;
  hwloc_topology_t topology_ = nullptr;
};

hy_status build(const Hwloc& hwloc, const Session& session, const char* name, Model* out, hy_error* error) {
  Model model;
  Builder(hwloc, session.get(), &model).build();
  const char* fault = find_fault(model);
  if (fault != nullptr) return fail(error, HY_CORRUPT_ARTIFACT, "%s: not a machine that can be: %s.", name, fault);
  *out = std::move(model);
  return HY_OK;
}

}  // namespace

hy_status read_machine(Model* out, hy_error* error) {
  Hwloc hwloc;
  const hy_status status = open_hwloc(&hwloc, error);
  if (status != HY_OK) return status;
  Session session(hwloc);
  if (!session.prepare() || hwloc.topology_load(session.get()) != 0) {
    return fail(error, HY_UNAVAILABLE, "hwloc could not read this machine: are /sys and /proc mounted?");
  }
  return build(hwloc, session, "This machine", out, error);
}

hy_status read_hwloc_xml(std::string_view xml, const char* name, Model* out, hy_error* error) {
  Hwloc hwloc;
  const hy_status status = open_hwloc(&hwloc, error);
  if (status != HY_OK) return status;
  Session session(hwloc);
  const std::string text(xml);  // hwloc wants the zero behind it, and counts it
  if (!session.prepare() ||
      hwloc.topology_set_xmlbuffer(session.get(), text.c_str(), static_cast<int>(text.size() + 1)) != 0 ||
      hwloc.topology_load(session.get()) != 0) {
    return fail(error, HY_CORRUPT_ARTIFACT,
                "%s: hwloc refuses it: damaged, or written by a newer hwloc than the one installed here.", name);
  }
  return build(hwloc, session, name, out, error);
}

}  // namespace halyard::topology

#endif
