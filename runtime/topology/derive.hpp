// What follows from a tree whoever read it: which PCI devices matter, which bridges are switches, where the PCIe links
// are.
#pragma once

#include "runtime/topology/model.hpp"

namespace halyard::topology {

// By PCI class (base class in the high byte) and vendor; 0 for what the topology does not show, such as the display
// controllers of management processors and virtual machines: they draw, but nobody computes on them.
hy_node_kind pci_kind(unsigned class_id, unsigned vendor_id);

// Makes the upstream ports of switches, read as bridges, HY_NODE_PCI_SWITCH: a bridge below a port, with nothing but
// ports below itself.
void mark_switches(Model* model);

// Adds a link for every wire: from a port to what is plugged into it, with the figure of
// "pci_link_bandwidth_bytes_per_s" of the lower end, else of the upper. The ways from a host bridge to its ports and
// inside a switch are no PCIe links and have no speed of their own: there the tree alone connects.
void add_pcie_links(Model* model);

}  // namespace halyard::topology
