// What follows from PCI classes and from the shape of the PCI tree.
#include <gtest/gtest.h>

#include "runtime/topology/derive.hpp"

namespace halyard::topology {
namespace {

class Tree {
 public:
  Tree() { add(HY_NODE_MACHINE, HY_NO_NODE, "machine"); }
  std::uint32_t add(hy_node_kind kind, std::uint32_t parent, const std::string& id) {
    Node& node = model.nodes.emplace_back();
    node.kind = kind;
    node.parent = parent;
    node.id = id;
    return static_cast<std::uint32_t>(model.nodes.size() - 1);
  }
  std::uint32_t host_bridge() {
    const std::uint32_t index = add(HY_NODE_PCI_BRIDGE, 0, "hostbridge:" + std::to_string(model.nodes.size()));
    model.nodes[index].set_unknown("pci_address");
    return index;
  }
  // 0 for an unknown speed.
  std::uint32_t pci(hy_node_kind kind, std::uint32_t parent, std::int64_t speed = 0) {
    const std::string address = "0000:" + std::to_string(10 + model.nodes.size()) + ":00.0";
    const std::uint32_t index = add(kind, parent, "pci:" + address);
    model.nodes[index].set("pci_address", address);
    model.nodes[index].set_unknown("pci_link_bandwidth_bytes_per_s");
    if (speed > 0) model.nodes[index].set("pci_link_bandwidth_bytes_per_s", speed);
    return index;
  }
  std::uint32_t port(std::uint32_t parent, std::int64_t speed = 0) { return pci(HY_NODE_PCI_BRIDGE, parent, speed); }
  std::uint32_t gpu(std::uint32_t parent, std::int64_t speed = 0) { return pci(HY_NODE_ACCELERATOR, parent, speed); }
  Model model;
};

TEST(TopologyDerive, classes_tell_what_a_pci_device_is) {
  EXPECT_EQ(pci_kind(0x0302, 0x10de), HY_NODE_ACCELERATOR) << "3D controller";
  EXPECT_EQ(pci_kind(0x0300, 0x10de), HY_NODE_ACCELERATOR) << "VGA of a graphics card";
  EXPECT_EQ(pci_kind(0x0380, 0x1002), HY_NODE_ACCELERATOR) << "display controller without a display";
  EXPECT_EQ(pci_kind(0x1200, 0x1da3), HY_NODE_ACCELERATOR) << "processing accelerator";
  EXPECT_EQ(pci_kind(0x0b40, 0x8086), HY_NODE_ACCELERATOR) << "co-processor";
  EXPECT_EQ(pci_kind(0x0108, 0x144d), HY_NODE_STORAGE) << "NVMe";
  EXPECT_EQ(pci_kind(0x0207, 0x15b3), HY_NODE_NETWORK) << "InfiniBand";
  EXPECT_EQ(pci_kind(0x0c06, 0x15b3), HY_NODE_NETWORK) << "InfiniBand, older";
  EXPECT_EQ(pci_kind(0x0c03, 0x8086), 0u) << "USB";
}

TEST(TopologyDerive, display_controllers_that_only_draw_are_no_accelerators) {
  EXPECT_EQ(pci_kind(0x0300, 0x1a03), 0u) << "ASPEED, on the board of most servers";
  EXPECT_EQ(pci_kind(0x0300, 0x102b), 0u) << "Matrox";
  EXPECT_EQ(pci_kind(0x0380, 0x1af4), 0u) << "virtio";
}

TEST(TopologyDerive, the_upstream_port_of_a_switch_is_a_switch_and_its_other_ports_are_bridges) {
  Tree tree;
  const auto root = tree.port(tree.host_bridge());
  const auto up = tree.port(root);
  const auto down1 = tree.port(up);
  const auto down2 = tree.port(up);
  tree.gpu(down1);
  tree.gpu(down2);
  mark_switches(&tree.model);
  EXPECT_EQ(tree.model.nodes[root].kind, HY_NODE_PCI_BRIDGE);
  EXPECT_EQ(tree.model.nodes[up].kind, HY_NODE_PCI_SWITCH);
  EXPECT_EQ(tree.model.nodes[down1].kind, HY_NODE_PCI_BRIDGE);
  EXPECT_EQ(tree.model.nodes[down2].kind, HY_NODE_PCI_BRIDGE);
}

TEST(TopologyDerive, a_switch_below_a_switch_is_seen) {
  Tree tree;
  const auto up = tree.port(tree.port(tree.host_bridge()));
  const auto down = tree.port(up);
  const auto inner_up = tree.port(down);
  tree.gpu(tree.port(inner_up));
  mark_switches(&tree.model);
  EXPECT_EQ(tree.model.nodes[up].kind, HY_NODE_PCI_SWITCH);
  EXPECT_EQ(tree.model.nodes[down].kind, HY_NODE_PCI_BRIDGE);
  EXPECT_EQ(tree.model.nodes[inner_up].kind, HY_NODE_PCI_SWITCH);
}

TEST(TopologyDerive, a_bridge_with_a_device_of_its_own_is_no_switch) {
  Tree tree;
  const auto bridge = tree.port(tree.port(tree.host_bridge()));
  tree.gpu(bridge);
  mark_switches(&tree.model);
  EXPECT_EQ(tree.model.nodes[bridge].kind, HY_NODE_PCI_BRIDGE);
}

TEST(TopologyDerive, wires_become_links_and_ways_inside_a_chip_do_not) {
  Tree tree;
  const auto root = tree.port(tree.host_bridge(), 16'000);
  const auto up = tree.port(root, 16'000);
  const auto down = tree.port(up, 8'000);
  const auto gpu = tree.gpu(down, 8'000);
  mark_switches(&tree.model);
  add_pcie_links(&tree.model);
  ASSERT_EQ(tree.model.links.size(), 2u);
  EXPECT_EQ(tree.model.links[0].from, root);
  EXPECT_EQ(tree.model.links[0].to, up);
  EXPECT_EQ(tree.model.links[0].bandwidth_bytes_per_s, 16'000u);
  EXPECT_EQ(tree.model.links[0].source, static_cast<hy_link_source>(HY_LINK_DERIVED));
  EXPECT_EQ(tree.model.links[1].from, down);
  EXPECT_EQ(tree.model.links[1].to, gpu);
}

TEST(TopologyDerive, a_wire_whose_lower_end_is_silent_has_the_speed_of_the_upper) {
  Tree tree;
  const auto root = tree.port(tree.host_bridge(), 16'000);
  tree.gpu(root);
  add_pcie_links(&tree.model);
  ASSERT_EQ(tree.model.links.size(), 1u);
  EXPECT_EQ(tree.model.links[0].bandwidth_bytes_per_s, 16'000u);
}

TEST(TopologyDerive, a_wire_of_unknown_speed_is_a_link_without_figure_or_source) {
  Tree tree;
  tree.gpu(tree.port(tree.host_bridge()));
  add_pcie_links(&tree.model);
  ASSERT_EQ(tree.model.links.size(), 1u);
  EXPECT_EQ(tree.model.links[0].bandwidth_bytes_per_s, 0u);
  EXPECT_EQ(tree.model.links[0].source, static_cast<hy_link_source>(HY_LINK_SOURCE_UNKNOWN));
}

TEST(TopologyDerive, a_device_on_the_host_bridge_has_a_link_only_where_it_says_how_fast) {
  Tree tree;
  const auto host = tree.host_bridge();
  tree.gpu(host);
  const auto fast = tree.gpu(host, 8'000);
  add_pcie_links(&tree.model);
  ASSERT_EQ(tree.model.links.size(), 1u);
  EXPECT_EQ(tree.model.links[0].to, fast);
}

}  // namespace
}  // namespace halyard::topology
