// The machine as a graph: nodes (packages, memory, caches, cores, PCI, accelerators, network, storage) and links.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "halyard/device.hpp"
#include "halyard/result.hpp"
#include "halyard/runtime.hpp"
#include "halyard/topology.h"

namespace halyard {

enum class NodeKind : hy_node_kind {
  machine = HY_NODE_MACHINE,
  package = HY_NODE_PACKAGE,
  numa = HY_NODE_NUMA,  ///< Memory, and below it what is local to it.
  cache = HY_NODE_CACHE,
  core = HY_NODE_CORE,
  pci_bridge = HY_NODE_PCI_BRIDGE,
  pci_switch = HY_NODE_PCI_SWITCH,
  accelerator = HY_NODE_ACCELERATOR,
  partition = HY_NODE_PARTITION,
  network = HY_NODE_NETWORK,
  storage = HY_NODE_STORAGE,
  fabric_switch = HY_NODE_FABRIC_SWITCH
};

/** The kind as in JSON documents, "pci_bridge". Static storage. */
inline std::string_view to_string(NodeKind kind) noexcept { return hy_node_kind_name(static_cast<hy_node_kind>(kind)); }

class Topology;

/** One part of the machine: an index into its topology, which must outlive it. Cheap to copy; any thread. */
class TopologyNode {
 public:
  [[nodiscard]] std::uint32_t index() const noexcept { return index_; }
  [[nodiscard]] NodeKind kind() const noexcept { return static_cast<NodeKind>(read().kind); }

  /** Unique in the topology: "core:12", "pci:0000:65:00.0". Lives as long as the topology, as all strings here. */
  [[nodiscard]] std::string_view id() const noexcept { return read().id; }

  /** What it calls itself; "" where that is unknown. */
  [[nodiscard]] std::string_view name() const noexcept {
    const char* name = read().name;
    return name == nullptr ? std::string_view() : std::string_view(name);
  }

  /** The node above; none for the machine. */
  [[nodiscard]] std::optional<TopologyNode> parent() const noexcept {
    const std::uint32_t above = read().parent;
    if (above == HY_NO_NODE) return std::nullopt;
    return TopologyNode(topology_, above);
  }

  [[nodiscard]] std::uint32_t attribute_count() const noexcept { return read().attribute_count; }

  /** The attribute at `index` < attribute_count(); see hy_topology_attribute. */
  [[nodiscard]] hy_topology_attribute attribute(std::uint32_t index) const noexcept {
    hy_topology_attribute out{};
    out.size = sizeof out;
    out.key = "";
    hy_topology_get_attribute(topology_, index_, index, &out, nullptr);
    return out;
  }

  /** Attributes by key; none where the value is unknown or of another type. docs/reference/json.md lists the keys. */
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const noexcept {
    const hy_topology_attribute found = find(key);
    if (found.type != HY_ATTRIBUTE_INTEGER) return std::nullopt;
    return found.integer;
  }
  [[nodiscard]] std::optional<std::string_view> text(std::string_view key) const noexcept {
    const hy_topology_attribute found = find(key);
    if (found.type != HY_ATTRIBUTE_TEXT) return std::nullopt;
    return std::string_view(found.text);
  }

 private:
  friend class Topology;
  TopologyNode(const hy_topology* topology, std::uint32_t index) noexcept : topology_(topology), index_(index) {}

  // A node that is not in the topology is read as one of no kind, without a name, parent or attributes: a getter that
  // fails leaves `out` alone.
  hy_topology_node read() const noexcept {
    hy_topology_node out{};
    out.size = sizeof out;
    out.parent = HY_NO_NODE;
    out.id = "";
    hy_topology_get_node(topology_, index_, &out, nullptr);
    return out;
  }
  hy_topology_attribute find(std::string_view key) const noexcept {
    const std::uint32_t count = attribute_count();
    for (std::uint32_t i = 0; i < count; ++i) {
      const hy_topology_attribute candidate = attribute(i);
      if (key == candidate.key) return candidate;
    }
    return hy_topology_attribute{};
  }

  const hy_topology* topology_;
  std::uint32_t index_;
};

/** A connection that carries data; see hy_topology_link for each field. */
using TopologyLink = hy_topology_link;

/**
 * A counted handle on a topology that was read once and never changes: copies are cheap; any thread.
 *
 *     auto topology = halyard::Topology::of(*runtime);
 *     for (std::uint32_t i = 0; i < topology->node_count(); ++i) use(topology->node(i));
 */
class Topology {
 public:
  /** Reads this machine; about 10 ms. ErrorCode::unavailable (hwloc is not installed, or failed), unsupported. */
  static Result<Topology> of(const Runtime& runtime) noexcept {
    return make(
        [&](hy_topology** out, hy_error* error) { return hy_topology_create(runtime.native_handle(), out, error); });
  }

  /** Reads a recorded machine (hwloc XML). ErrorCode::unavailable (no such file), corrupt_artifact, unsupported. */
  static Result<Topology> from_file(const Runtime& runtime, const char* path) noexcept {
    return make([&](hy_topology** out, hy_error* error) {
      return hy_topology_from_file(runtime.native_handle(), path, out, error);
    });
  }

  /** The same from memory, which is not needed afterwards. */
  static Result<Topology> from_memory(const Runtime& runtime, std::string_view text) noexcept {
    return make([&](hy_topology** out, hy_error* error) {
      return hy_topology_from_memory(runtime.native_handle(), text.data(), text.size(), out, error);
    });
  }

  /** Node 0 is the machine; every parent comes before its children. */
  [[nodiscard]] std::uint32_t node_count() const noexcept { return hy_topology_node_count(handle_.get()); }

  /** The node at `index` < node_count(). It must not outlive the topology. */
  [[nodiscard]] TopologyNode node(std::uint32_t index) const noexcept { return TopologyNode(handle_.get(), index); }

  [[nodiscard]] std::optional<TopologyNode> find(const char* id) const noexcept {
    std::uint32_t index = HY_NO_NODE;
    hy_topology_find_node(handle_.get(), id, &index, nullptr);
    return at(index);
  }

  [[nodiscard]] std::uint32_t link_count() const noexcept { return hy_topology_link_count(handle_.get()); }

  /** The link at `index` < link_count(). */
  [[nodiscard]] TopologyLink link(std::uint32_t index) const noexcept {
    TopologyLink out{};
    out.size = sizeof out;
    out.kind = "";
    hy_topology_get_link(handle_.get(), index, &out, nullptr);
    return out;
  }

  /** Where a device of this machine is; none where the topology does not have it, or was recorded elsewhere. */
  [[nodiscard]] std::optional<TopologyNode> node_of(const Device& device) const noexcept {
    std::uint32_t index = HY_NO_NODE;
    hy_topology_device_node(handle_.get(), device.native_handle(), &index, nullptr);
    return at(index);
  }

  [[nodiscard]] hy_topology* native_handle() const noexcept { return handle_.get(); }

 private:
  explicit Topology(hy_topology* adopted) noexcept : handle_(adopted) {}

  template <class Call>
  static Result<Topology> make(Call&& call) noexcept {
    hy_topology* handle = nullptr;
    hy_error error;
    if (call(&handle, &error) != HY_OK) return Error(error);
    return Topology(handle);
  }
  std::optional<TopologyNode> at(std::uint32_t index) const noexcept {
    if (index == HY_NO_NODE) return std::nullopt;
    return TopologyNode(handle_.get(), index);
  }

  detail::Shared<hy_topology, hy_topology_retain, hy_topology_release> handle_;
};

}  // namespace halyard
