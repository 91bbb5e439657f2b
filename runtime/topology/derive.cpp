// Kinds and links that follow from PCI classes and from the shape of the PCI tree.
#include "runtime/topology/derive.hpp"

#include <algorithm>
#include <iterator>

namespace halyard::topology {
namespace {

constexpr std::string_view kSpeed = "pci_link_bandwidth_bytes_per_s";

// A bridge with a PCI address of its own is a port; host bridges have none.
bool is_port(const Node& node) {
  const Attribute* address = node.find("pci_address");
  return node.kind == HY_NODE_PCI_BRIDGE && address != nullptr && address->type == HY_ATTRIBUTE_TEXT;
}

}  // namespace

hy_node_kind pci_kind(unsigned class_id, unsigned vendor_id) {
  // Cirrus, Matrox, QEMU, Hyper-V, VMware, HiSilicon iBMC, ASPEED, virtio, QXL.
  constexpr unsigned kOnlyDraw[] = {0x1013, 0x102b, 0x1234, 0x1414, 0x15ad, 0x19e5, 0x1a03, 0x1af4, 0x1b36};
  switch (class_id >> 8) {
    case 0x01:
      return HY_NODE_STORAGE;
    case 0x02:
      return HY_NODE_NETWORK;
    case 0x03: {
      const bool draws = std::find(std::begin(kOnlyDraw), std::end(kOnlyDraw), vendor_id) != std::end(kOnlyDraw);
      return draws ? 0 : HY_NODE_ACCELERATOR;
    }
    case 0x0b:
    case 0x12:
      return HY_NODE_ACCELERATOR;
    default:
      return class_id == 0x0c06 ? HY_NODE_NETWORK : 0;  // InfiniBand
  }
}

void mark_switches(Model* model) {
  std::vector<Node>& nodes = model->nodes;
  std::vector<bool> has_port(nodes.size());
  std::vector<bool> has_other(nodes.size());
  for (const Node& node : nodes) {
    if (node.parent != HY_NO_NODE) (is_port(node) ? has_port : has_other)[node.parent] = true;
  }
  // Parents come first: one that is a switch is marked when its ports are met, and those are then below no port.
  for (std::uint32_t i = 1; i < nodes.size(); ++i) {
    if (is_port(nodes[i]) && is_port(nodes[nodes[i].parent]) && has_port[i] && !has_other[i])
      nodes[i].kind = HY_NODE_PCI_SWITCH;
  }
}

void add_pcie_links(Model* model) {
  for (std::uint32_t i = 1; i < model->nodes.size() && model->links.size() < kMaxLinks; ++i) {
    const Node& node = model->nodes[i];
    const Node& above = model->nodes[node.parent];
    const Attribute* speed = node.find(kSpeed);
    if (speed == nullptr || above.kind == HY_NODE_PCI_SWITCH || (is_port(node) && !is_port(above))) continue;
    // Both ends of a wire run at one speed, and one of them may not tell.
    if (speed->type == HY_ATTRIBUTE_UNKNOWN && is_port(above) && above.find(kSpeed) != nullptr)
      speed = above.find(kSpeed);
    // What sits directly below a host bridge is part of the chip, unless it says how fast its link is.
    if (speed->type == HY_ATTRIBUTE_UNKNOWN && !is_port(above)) continue;
    Link link;
    link.from = node.parent;
    link.to = i;
    link.kind = "pcie";
    if (speed->type == HY_ATTRIBUTE_INTEGER && speed->integer > 0) {
      link.bandwidth_bytes_per_s = static_cast<std::uint64_t>(speed->integer);
      link.source = HY_LINK_DERIVED;
    }
    model->links.push_back(std::move(link));
  }
}

}  // namespace halyard::topology
