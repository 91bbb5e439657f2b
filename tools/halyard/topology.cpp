// `halyard topology`: reads this machine or a recording, joins the devices, writes it.
#include "tools/halyard/commands.hpp"
#include "tools/halyard/json.hpp"
#include "tools/halyard/text.hpp"
#include "tools/halyard/topology_text.hpp"

namespace halyard::command {
namespace {

Json attribute_json(const hy_topology_attribute& attribute) {
  switch (attribute.type) {
    case HY_ATTRIBUTE_TEXT:
      return attribute.text;
    case HY_ATTRIBUTE_INTEGER:
      return attribute.integer;
    case HY_ATTRIBUTE_REAL:
      return attribute.real;
    default:
      return nullptr;
  }
}

Json node_json(const TopologyNode& node, const std::vector<std::string>& device_ids) {
  Json json;
  json["id"] = std::string(node.id());
  json["kind"] = std::string(to_string(node.kind()));
  json["name"] = text_or_null(node.name());
  json["parent"] = node.parent() ? Json(std::string(node.parent()->id())) : Json(nullptr);
  Json& attributes = json["attributes"] = Json::object();
  for (std::uint32_t i = 0; i < node.attribute_count(); ++i) {
    const hy_topology_attribute attribute = node.attribute(i);
    attributes[attribute.key] = attribute_json(attribute);
  }
  json["devices"] = device_ids;
  return json;
}

Json link_json(const Topology& topology, const TopologyLink& link) {
  Json json;
  json["from"] = std::string(topology.node(link.from).id());
  json["to"] = std::string(topology.node(link.to).id());
  json["kind"] = link.kind;
  json["bandwidth_bytes_per_s"] = number_or_null(link.bandwidth_bytes_per_s);
  json["latency_ns"] = link.latency_ns < 0 ? Json(nullptr) : Json(link.latency_ns);
  const char* source = hy_link_source_name(link.source);
  json["source"] = source == nullptr ? Json(nullptr) : Json(source);
  json["degraded"] = link.degraded < 0 ? Json(nullptr) : Json(link.degraded != 0);
  json["bidirectional"] = link.bidirectional != 0;
  return json;
}

// Which devices each node is, ids first, selectors second. A driver that fails takes nothing away from the topology.
struct Joined {
  std::vector<std::vector<std::string>> ids;
  std::vector<std::string> selectors;
};

Joined join(const Runtime& runtime, const Topology& topology, bool recorded) {
  Joined joined;
  joined.ids.resize(topology.node_count());
  joined.selectors.resize(topology.node_count());
  if (recorded) return joined;
  const Result<std::vector<Device>> devices = runtime.devices();
  if (!devices) return joined;
  for (const Device& device : *devices) {
    const auto node = topology.node_of(device);
    if (!node) continue;
    joined.ids[node->index()].emplace_back(device.id());
    std::string& text = joined.selectors[node->index()];
    text += (text.empty() ? "" : " ") + selector_of(device);
  }
  return joined;
}

}  // namespace

int run_topology(const TopologyArguments& arguments, Output& output) {
  Result<Runtime> runtime = Runtime::create();
  if (!runtime)
    return complain(runtime.error().message(),
                    runtime.error().code() == ErrorCode::invalid_argument ? kUsage : kUndetermined);
  const bool recorded = !arguments.from.empty();
  Result<Topology> topology = recorded ? Topology::from_file(*runtime, arguments.from.c_str()) : Topology::of(*runtime);
  if (!topology) return complain(topology.error().message(), kUndetermined);
  const Joined joined = join(*runtime, *topology, recorded);

  if (!arguments.json) {
    return output.write(
        tree_text(*topology, joined.selectors, arguments.all, output.width()) + matrix_text(*topology, output.width()),
        kWell);
  }
  Json json = document("topology");
  Json& nodes = json["nodes"] = Json::array();
  for (std::uint32_t i = 0; i < topology->node_count(); ++i)
    nodes.push_back(node_json(topology->node(i), joined.ids[i]));
  Json& links = json["links"] = Json::array();
  for (std::uint32_t i = 0; i < topology->link_count(); ++i) links.push_back(link_json(*topology, topology->link(i)));
  return output.write(serialised(json), kWell);
}

}  // namespace halyard::command
