// The C API of the topology: a model that never changes, counted.
#include "halyard/topology.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "halyard/backend_adapter.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/core/sized.hpp"
#include "runtime/topology/model.hpp"
#include "runtime/topology/read.hpp"
#include "runtime/topology/xml_check.hpp"

struct hy_topology {
  mutable halyard::core::RefCount refs;
  halyard::topology::Model model;
  bool recorded = false;
};

using namespace halyard;  // NOLINT: the C API below is one with it

namespace {

// Makes a topology of what `read(model)` fills in.
template <class Read>
hy_status make(hy_runtime* runtime, bool recorded, hy_topology** out, hy_error* error, Read&& read) {
  if (runtime == nullptr || out == nullptr) return fail(error, HY_INVALID_ARGUMENT, "runtime and out must not be NULL");
  if (core::forked(runtime)) return core::fail_forked(error);
  return stop_exceptions(error, [&] {
    auto made = std::make_unique<hy_topology>();
    made->recorded = recorded;
    if (hy_status status = read(&made->model); status != HY_OK) return status;
    *out = made.release();
    return hy_status{HY_OK};
  });
}

hy_status read_file(const char* path, std::string* out, hy_error* error) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file(std::fopen(path, "rbe"));
  char block[65536];
  while (file != nullptr && out->size() <= topology::kMaxXmlBytes) {
    const std::size_t got = std::fread(block, 1, sizeof block, file.get());
    out->append(block, got);
    if (got < sizeof block) break;
  }
  if (file == nullptr || std::ferror(file.get()) != 0) {
    return fail(error, HY_UNAVAILABLE, "%s: can't be read: %s.", path, std::strerror(errno));
  }
  return HY_OK;
}

// Checks what every getter is given.
hy_status check(const hy_topology* topology, std::uint64_t index, std::uint64_t count, hy_error* error) {
  if (topology == nullptr) return fail(error, HY_INVALID_ARGUMENT, "topology must not be NULL");
  if (index >= count) {
    return fail(error, HY_INVALID_ARGUMENT, "index %llu is out of range: there are %llu",
                static_cast<unsigned long long>(index), static_cast<unsigned long long>(count));
  }
  return HY_OK;
}

// The package where there is one, else the machine.
std::uint32_t cpu_node(const topology::Model& model) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 1; i < model.nodes.size(); ++i) {
    if (model.nodes[i].kind != HY_NODE_PACKAGE) continue;
    if (found != 0) return 0;
    found = i;
  }
  return found;
}

}  // namespace

extern "C" {

const char* hy_node_kind_name(hy_node_kind kind) {
  constexpr const char* kNames[] = {"unknown", "machine",    "package",      "numa",        "cache",
                                    "core",    "pci_bridge", "pci_switch",   "accelerator", "partition",
                                    "network", "storage",    "fabric_switch"};
  return kind < sizeof kNames / sizeof *kNames ? kNames[kind] : kNames[0];
}

const char* hy_link_source_name(hy_link_source source) {
  switch (source) {
    case HY_LINK_REPORTED:
      return "reported";
    case HY_LINK_DERIVED:
      return "derived";
    case HY_LINK_MEASURED:
      return "measured";
    default:
      return nullptr;
  }
}

hy_status hy_topology_create(hy_runtime* runtime, hy_topology** out, hy_error* error) {
  return make(runtime, false, out, error,
              [&](topology::Model* model) { return topology::machine_model(*runtime, model, error); });
}

hy_status hy_topology_from_file(hy_runtime* runtime, const char* path, hy_topology** out, hy_error* error) {
  if (path == nullptr || *path == '\0') return fail(error, HY_INVALID_ARGUMENT, "path must not be NULL or empty");
  return make(runtime, true, out, error, [&](topology::Model* model) {
    std::string text;
    if (hy_status status = read_file(path, &text, error); status != HY_OK) return status;
    return topology::recorded_model(*runtime, text, path, model, error);
  });
}

hy_status hy_topology_from_memory(hy_runtime* runtime, const void* data, uint64_t bytes, hy_topology** out,
                                  hy_error* error) {
  if (data == nullptr && bytes != 0) return fail(error, HY_INVALID_ARGUMENT, "data must not be NULL");
  return make(runtime, true, out, error, [&](topology::Model* model) {
    return topology::recorded_model(*runtime, {static_cast<const char*>(data), bytes}, "The recording", model, error);
  });
}

void hy_topology_retain(hy_topology* topology) {
  if (topology != nullptr) topology->refs.retain();
}

void hy_topology_release(hy_topology* topology) {
  if (topology != nullptr && topology->refs.release()) delete topology;
}

uint32_t hy_topology_node_count(const hy_topology* topology) {
  return topology == nullptr ? 0 : static_cast<uint32_t>(topology->model.nodes.size());
}

uint32_t hy_topology_link_count(const hy_topology* topology) {
  return topology == nullptr ? 0 : static_cast<uint32_t>(topology->model.links.size());
}

hy_status hy_topology_get_node(const hy_topology* topology, uint32_t index, hy_topology_node* out, hy_error* error) {
  if (hy_status status = check(topology, index, hy_topology_node_count(topology), error); status != HY_OK)
    return status;
  const topology::Node& node = topology->model.nodes[index];
  hy_topology_node known{};
  known.kind = node.kind;
  known.parent = node.parent;
  known.attribute_count = static_cast<uint32_t>(node.attributes.size());
  known.id = node.id.c_str();
  known.name = node.has_name ? node.name.c_str() : nullptr;
  return core::copy_info(known, out, "hy_topology_node", error);
}

hy_status hy_topology_get_attribute(const hy_topology* topology, uint32_t node, uint32_t index,
                                    hy_topology_attribute* out, hy_error* error) {
  if (hy_status status = check(topology, node, hy_topology_node_count(topology), error); status != HY_OK) return status;
  const auto& attributes = topology->model.nodes[node].attributes;
  if (hy_status status = check(topology, index, attributes.size(), error); status != HY_OK) return status;
  const topology::Attribute& attribute = attributes[index];
  hy_topology_attribute known{};
  known.type = attribute.type;
  known.key = attribute.key.c_str();
  known.text = attribute.type == HY_ATTRIBUTE_TEXT ? attribute.text.c_str() : nullptr;
  known.integer = attribute.integer;
  known.real = attribute.real;
  return core::copy_info(known, out, "hy_topology_attribute", error);
}

hy_status hy_topology_get_link(const hy_topology* topology, uint32_t index, hy_topology_link* out, hy_error* error) {
  if (hy_status status = check(topology, index, hy_topology_link_count(topology), error); status != HY_OK)
    return status;
  const topology::Link& link = topology->model.links[index];
  hy_topology_link known{};
  known.from = link.from;
  known.to = link.to;
  known.source = link.source;
  known.kind = link.kind.c_str();
  known.bandwidth_bytes_per_s = link.bandwidth_bytes_per_s;
  known.latency_ns = link.latency_ns;
  known.degraded = link.degraded;
  known.bidirectional = link.bidirectional ? 1 : 0;
  return core::copy_info(known, out, "hy_topology_link", error);
}

hy_status hy_topology_device_node(const hy_topology* topology, hy_device* device, uint32_t* out, hy_error* error) {
  if (topology == nullptr || device == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "topology, device and out must not be NULL");
  }
  *out = HY_NO_NODE;
  if (topology->recorded) return HY_OK;
  hy_device_info info{};
  info.size = sizeof info;
  if (hy_status status = hy_device_get_info(device, &info, error); status != HY_OK) return status;
  return stop_exceptions(error, [&] {
    const std::string address = topology::normal_pci_address(info.pci_address);
    if (!address.empty()) {
      *out = topology->model.find("pci:" + address);
    } else if (info.kind == HY_DEVICE_CPU) {
      *out = cpu_node(topology->model);
    }
    return hy_status{HY_OK};
  });
}

hy_status hy_topology_find_node(const hy_topology* topology, const char* id, uint32_t* out, hy_error* error) {
  if (topology == nullptr || id == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "topology, id and out must not be NULL");
  }
  *out = topology->model.find(id);
  return HY_OK;
}

}  // extern "C"
