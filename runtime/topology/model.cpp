// The topology's model: attributes, lookup and the rules that every model keeps.
#include "runtime/topology/model.hpp"

#include <cmath>
#include <unordered_set>

namespace halyard::topology {

const Attribute* Node::find(std::string_view key) const {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute;
  }
  return nullptr;
}

Attribute& Node::slot(std::string_view key) {
  for (Attribute& attribute : attributes) {
    if (attribute.key == key) return attribute;
  }
  attributes.emplace_back().key = std::string(key);
  return attributes.back();
}

void Node::set(std::string_view key, std::string_view text) {
  Attribute& attribute = slot(key);
  if (attribute.type != HY_ATTRIBUTE_UNKNOWN || text.empty()) return;
  attribute.type = HY_ATTRIBUTE_TEXT;
  attribute.text = std::string(text);
}

void Node::set(std::string_view key, std::int64_t value) {
  Attribute& attribute = slot(key);
  if (attribute.type != HY_ATTRIBUTE_UNKNOWN) return;
  attribute.type = HY_ATTRIBUTE_INTEGER;
  attribute.integer = value;
}

void Node::set(std::string_view key, double value) {
  Attribute& attribute = slot(key);
  if (attribute.type != HY_ATTRIBUTE_UNKNOWN || !std::isfinite(value)) return;
  attribute.type = HY_ATTRIBUTE_REAL;
  attribute.real = value;
}

std::uint32_t Model::find(std::string_view id) const {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].id == id) return static_cast<std::uint32_t>(i);
  }
  return HY_NO_NODE;
}

namespace {

bool read_hex(std::string_view text, std::size_t least, std::size_t most, std::uint32_t limit, std::uint32_t* out) {
  if (text.size() < least || text.size() > most) return false;
  std::uint32_t value = 0;
  for (const char c : text) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return false;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  *out = value;
  return value <= limit;
}

}  // namespace

std::string normal_pci_address(std::string_view address) {
  const std::size_t dot = address.rfind('.');
  const std::size_t last = address.rfind(':');
  if (dot == std::string_view::npos || last == std::string_view::npos || dot < last) return {};
  const std::size_t first = last == 0 ? std::string_view::npos : address.rfind(':', last - 1);
  std::uint32_t domain = 0;
  std::uint32_t bus = 0;
  std::uint32_t device = 0;
  std::uint32_t function = 0;
  const std::size_t bus_begin = first == std::string_view::npos ? 0 : first + 1;
  if (first != std::string_view::npos && !read_hex(address.substr(0, first), 1, 8, UINT32_MAX, &domain)) return {};
  if (!read_hex(address.substr(bus_begin, last - bus_begin), 1, 2, 0xff, &bus) ||
      !read_hex(address.substr(last + 1, dot - last - 1), 1, 2, 0x1f, &device) ||
      !read_hex(address.substr(dot + 1), 1, 1, 7, &function)) {
    return {};
  }
  char text[24];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.%x", domain, bus, device, function);
  return text;
}

const char* find_fault(const Model& model) {
  if (model.nodes.empty()) return "it has no nodes";
  if (model.nodes.size() > kMaxNodes || model.links.size() > kMaxLinks) return "it has too many nodes or links";
  std::unordered_set<std::string_view> ids;
  ids.reserve(model.nodes.size());
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const Node& node = model.nodes[i];
    if (node.kind < HY_NODE_MACHINE || node.kind > HY_NODE_FABRIC_SWITCH) return "a node has an unknown kind";
    if ((node.kind == HY_NODE_MACHINE) != (i == 0)) return "the machine is not its first node alone";
    if (i == 0 ? node.parent != HY_NO_NODE : node.parent >= i) return "a parent does not come before its child";
    if (node.id.empty() || !ids.insert(node.id).second) return "an id is empty or used twice";
    for (const Attribute& attribute : node.attributes) {
      if (attribute.key.empty() || attribute.type > HY_ATTRIBUTE_REAL) return "an attribute has no key or type";
    }
  }
  for (const Link& link : model.links) {
    if (link.from >= model.nodes.size() || link.to >= model.nodes.size()) return "a link leads to no node";
    if (link.kind.empty() || link.source > HY_LINK_MEASURED) return "a link has no kind or source";
    if (link.degraded < -1 || link.degraded > 1 || std::isnan(link.latency_ns))
      return "a link's figures are out of range";
  }
  return nullptr;
}

}  // namespace halyard::topology
