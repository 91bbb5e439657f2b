// A model as bytes, between the process that reads a machine and the one that asked. Native byte order: both are on one
// machine and of one build; the header refuses others. Every read is checked.
#include <cstring>

#include "runtime/topology/model.hpp"

namespace halyard::topology {
namespace {

constexpr char kMagic[8] = {'h', 'y', 't', 'o', 'p', 'o', '0', '1'};
constexpr std::uint32_t kByteOrder = 0x01020304;

class Writer {
 public:
  template <class T>
  void number(T value) {
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
  }
  void text(std::string_view value) {
    number(static_cast<std::uint32_t>(value.size()));
    out.append(value);
  }
  std::string out;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  bool number(T* out) {
    if (rest_.size() < sizeof *out) return false;
    std::memcpy(out, rest_.data(), sizeof *out);
    rest_.remove_prefix(sizeof *out);
    return true;
  }
  bool text(std::string* out) {
    std::uint32_t length = 0;
    if (!number(&length) || rest_.size() < length) return false;
    out->assign(rest_.data(), length);
    rest_.remove_prefix(length);
    return true;
  }
  // A count of things of at least `least` bytes each: never more than the rest can hold, so that it may be reserved.
  bool count(std::uint32_t* out, std::size_t least) { return number(out) && *out <= rest_.size() / least; }
  bool literal(std::string_view expected) {
    if (rest_.substr(0, expected.size()) != expected) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void write_node(Writer& writer, const Node& node) {
  writer.number(node.kind);
  writer.number(node.parent);
  writer.text(node.id);
  writer.number(static_cast<std::uint8_t>(node.has_name));
  writer.text(node.name);
  writer.number(static_cast<std::uint32_t>(node.attributes.size()));
  for (const Attribute& attribute : node.attributes) {
    writer.text(attribute.key);
    writer.number(attribute.type);
    writer.text(attribute.text);
    writer.number(attribute.integer);
    writer.number(attribute.real);
  }
}

bool read_node(Reader& reader, Node* node) {
  std::uint8_t has_name = 0;
  std::uint32_t attributes = 0;
  if (!reader.number(&node->kind) || !reader.number(&node->parent) || !reader.text(&node->id) ||
      !reader.number(&has_name) || !reader.text(&node->name) || !reader.count(&attributes, 28)) {
    return false;
  }
  node->has_name = has_name != 0;
  node->attributes.resize(attributes);
  for (Attribute& attribute : node->attributes) {
    if (!reader.text(&attribute.key) || !reader.number(&attribute.type) || !reader.text(&attribute.text) ||
        !reader.number(&attribute.integer) || !reader.number(&attribute.real)) {
      return false;
    }
  }
  return true;
}

void write_link(Writer& writer, const Link& link) {
  writer.number(link.from);
  writer.number(link.to);
  writer.text(link.kind);
  writer.number(link.bandwidth_bytes_per_s);
  writer.number(link.latency_ns);
  writer.number(link.source);
  writer.number(link.degraded);
  writer.number(static_cast<std::uint8_t>(link.bidirectional));
}

bool read_link(Reader& reader, Link* link) {
  std::uint8_t bidirectional = 0;
  if (!reader.number(&link->from) || !reader.number(&link->to) || !reader.text(&link->kind) ||
      !reader.number(&link->bandwidth_bytes_per_s) || !reader.number(&link->latency_ns) ||
      !reader.number(&link->source) || !reader.number(&link->degraded) || !reader.number(&bidirectional)) {
    return false;
  }
  link->bidirectional = bidirectional != 0;
  return true;
}

}  // namespace

std::string encode(const Model& model) {
  Writer writer;
  writer.out.append(kMagic, sizeof kMagic);
  writer.number(kByteOrder);
  writer.number(static_cast<std::uint32_t>(model.nodes.size()));
  writer.number(static_cast<std::uint32_t>(model.links.size()));
  for (const Node& node : model.nodes) write_node(writer, node);
  for (const Link& link : model.links) write_link(writer, link);
  return std::move(writer.out);
}

bool decode(std::string_view bytes, Model* out) {
  Reader reader(bytes);
  std::uint32_t order = 0;
  std::uint32_t nodes = 0;
  std::uint32_t links = 0;
  if (!reader.literal({kMagic, sizeof kMagic}) || !reader.number(&order) || order != kByteOrder ||
      !reader.count(&nodes, 21) || !reader.count(&links, 41) || nodes > kMaxNodes || links > kMaxLinks) {
    return false;
  }
  Model model;
  model.nodes.resize(nodes);
  model.links.resize(links);
  for (Node& node : model.nodes) {
    if (!read_node(reader, &node)) return false;
  }
  for (Link& link : model.links) {
    if (!read_link(reader, &link)) return false;
  }
  if (!reader.done() || find_fault(model) != nullptr) return false;
  *out = std::move(model);
  return true;
}

}  // namespace halyard::topology
