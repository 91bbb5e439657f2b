// A topology as the library keeps it: flat arrays that refer to one another by index, so that it can be written as
// bytes, checked and read again (it is read in a child process, see hwloc_reader.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "halyard/topology.h"

namespace halyard::topology {

struct Attribute {
  std::string key;
  hy_attribute_type type = HY_ATTRIBUTE_UNKNOWN;
  std::string text;
  std::int64_t integer = 0;
  double real = 0;
};

struct Node {
  hy_node_kind kind = HY_NODE_MACHINE;
  std::uint32_t parent = HY_NO_NODE;
  std::string id;
  bool has_name = false;
  std::string name;
  std::vector<Attribute> attributes;

  void set_name(std::string text) {
    has_name = !text.empty();
    name = std::move(text);
  }
  const Attribute* find(std::string_view key) const;
  // An attribute that was unknown becomes known; one that is known stays.
  void set(std::string_view key, std::string_view text);  // "" is unknown
  void set(std::string_view key, std::int64_t value);
  void set(std::string_view key, double value);
  void set_unknown(std::string_view key) { slot(key); }

 private:
  Attribute& slot(std::string_view key);
};

struct Link {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::string kind;
  std::uint64_t bandwidth_bytes_per_s = 0;
  double latency_ns = -1;
  hy_link_source source = HY_LINK_SOURCE_UNKNOWN;
  std::int32_t degraded = -1;
  bool bidirectional = true;
};

struct Model {
  std::vector<Node> nodes;
  std::vector<Link> links;

  std::uint32_t find(std::string_view id) const;
};

// Larger machines than these are not believed.
inline constexpr std::uint32_t kMaxNodes = 1u << 20;
inline constexpr std::uint32_t kMaxLinks = 1u << 20;

// "0000:65:00.0" as devices write it. "" where `address` is not one ("65:00.0" gets domain 0000).
std::string normal_pci_address(std::string_view address);

// Says what is wrong with a model, or null: exactly one machine, first; parents before children; links between nodes;
// ids unique and not empty. Everything that is shown to callers has passed it.
const char* find_fault(const Model& model);

// As bytes, and back. decode() takes bytes from anywhere: false where they are not exactly what encode() made of a
// model without fault.
std::string encode(const Model& model);
bool decode(std::string_view bytes, Model* out);

}  // namespace halyard::topology
