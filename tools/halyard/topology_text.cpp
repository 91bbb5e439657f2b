// Draws the tree with what matters (cores and caches counted, bridges left out unless all is asked for) and the matrix.
#include "tools/halyard/topology_text.hpp"

#include <algorithm>
#include <map>

#include "tools/halyard/text.hpp"

namespace halyard::command {
namespace {

class Tree {
 public:
  Tree(const Topology& topology, const std::vector<std::string>& names, bool all, int width)
      : topology_(topology),
        names_(names),
        all_(all),
        width_(width),
        children_(topology.node_count()),
        summaries_(topology.node_count()) {
    std::vector<std::uint32_t> shown_above(topology.node_count(), 0);
    for (std::uint32_t i = 0; i < topology.node_count(); ++i) {
      const TopologyNode node = topology.node(i);
      const std::uint32_t parent = node.parent() ? shown_above[node.parent()->index()] : 0;
      const bool visible = i == 0 || shown(node.kind());
      shown_above[i] = visible ? i : parent;
      if (visible && i != 0) children_[parent].push_back(i);
      if (!visible) count(node, summaries_[parent]);
      if (node.kind() == NodeKind::accelerator || node.kind() == NodeKind::partition)
        numbers_.emplace(i, numbers_.size());
    }
    for (std::uint32_t i = 0; i < topology.link_count(); ++i) {
      const TopologyLink link = topology.link(i);
      if (std::string_view(link.kind) == "pcie" && link.bandwidth_bytes_per_s != 0)
        wires_[link.to] = rate_text(link.bandwidth_bytes_per_s);
    }
  }

  std::string text() {
    draw(0, "", "");
    return std::move(out_);
  }

 private:
  bool shown(NodeKind kind) const {
    return all_ || (kind != NodeKind::cache && kind != NodeKind::core && kind != NodeKind::pci_bridge);
  }

  struct Group {
    std::uint64_t count = 0;
    std::int64_t size_bytes = 0;
  };
  using Summary = std::map<std::string, Group>;

  static void count(const TopologyNode& node, Summary& summary) {
    if (node.kind() == NodeKind::core) ++summary["core"].count;
    if (node.kind() != NodeKind::cache || node.text("type") == std::string_view("instruction")) return;
    Group& group = summary[std::string(node.name())];
    ++group.count;
    group.size_bytes = std::max(group.size_bytes, node.integer("size_bytes").value_or(0));
  }

  static std::string summary_text(const Summary& summary) {
    std::string text;
    for (const auto& [name, group] : summary) {
      if (name == "core") continue;
      const std::string size =
          group.size_bytes > 0 ? " " + bytes_text(static_cast<std::uint64_t>(group.size_bytes)) : "";
      text += (text.empty() ? "" : ", ") + unbroken(std::to_string(group.count) + " × " + name + size);
    }
    const auto cores = summary.find("core");
    if (cores == summary.end()) return text;
    return counted(cores->second.count, "core") + (text.empty() ? "" : ", " + text);
  }

  static std::string label(const TopologyNode& node) {
    switch (node.kind()) {
      case NodeKind::machine:
        return "Machine";
      case NodeKind::package:
        return "Package";
      case NodeKind::numa:
        return "NUMA node";
      case NodeKind::core:
        return "Core";
      case NodeKind::cache:
        return "Cache";
      case NodeKind::pci_bridge:
        return "PCI bridge";
      case NodeKind::pci_switch:
        return "PCI switch";
      case NodeKind::accelerator:
        return "Accelerator";
      case NodeKind::partition:
        return "Partition";
      case NodeKind::network:
        return "Network";
      case NodeKind::storage:
        return "Storage";
      case NodeKind::fabric_switch:
        return "Fabric switch";
    }
    return std::string(to_string(node.kind()));
  }

  std::string line(const TopologyNode& node) const {
    std::string text = label(node);
    const auto number = numbers_.find(node.index());
    if (number != numbers_.end()) text += " A" + std::to_string(number->second);
    if (const auto index = node.integer("os_index")) text += " " + std::to_string(*index);
    std::vector<std::string> parts;
    if (!node.name().empty()) parts.emplace_back(node.name());
    if (const auto address = node.text("pci_address")) parts.emplace_back(*address);
    if (const auto names = node.text("os_names")) parts.emplace_back(*names);
    if (const auto kind = node.text("memory_kind")) parts.emplace_back(*kind);
    for (const char* key : {"memory_bytes", "capacity_bytes", "size_bytes"}) {
      const auto size = node.integer(key);
      if (size && *size >= 0) parts.push_back(unbroken(bytes_text(static_cast<std::uint64_t>(*size))));
    }
    const auto wire = wires_.find(node.index());
    if (wire != wires_.end()) parts.push_back(unbroken("PCIe " + wire->second));
    if (const auto cpus = node.text("cpus")) parts.push_back(unbroken("CPUs " + std::string(*cpus)));
    parts.push_back(summary_text(summaries_[node.index()]));
    std::string separator = ": ";
    for (const std::string& part : parts) {
      if (part.empty()) continue;
      text += separator + part;
      separator = ", ";
    }
    if (!names_[node.index()].empty()) text += unbroken(" = " + names_[node.index()]);
    return text;
  }

  void draw(std::uint32_t index, const std::string& first, const std::string& rest) {
    const std::vector<std::uint32_t>& below = children_[index];
    // Lines that continue this one carry the strokes of what comes below it.
    const std::string more = rest + (below.empty() ? "    " : "│   ");
    std::string text = wrapped("", line(topology_.node(index)), width_ - static_cast<int>(columns(rest)) - 4);
    for (std::size_t at = 0, n = 0; at < text.size(); ++n) {
      const std::size_t end = text.find('\n', at);
      out_ += (n == 0 ? first : more) + text.substr(at, end - at + 1);
      at = end + 1;
    }
    for (std::size_t i = 0; i < below.size(); ++i) {
      const bool last = i + 1 == below.size();
      draw(below[i], rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  "));
    }
  }

  const Topology& topology_;
  const std::vector<std::string>& names_;
  bool all_;
  int width_;
  std::vector<std::vector<std::uint32_t>> children_;
  std::vector<Summary> summaries_;
  std::map<std::uint32_t, std::size_t> numbers_;
  std::map<std::uint32_t, std::string> wires_;
  std::string out_;
};

class Matrix {
 public:
  explicit Matrix(const Topology& topology) : topology_(topology) {
    for (std::uint32_t i = 0; i < topology.node_count(); ++i) {
      const NodeKind kind = topology.node(i).kind();
      if (kind == NodeKind::accelerator || kind == NodeKind::partition) devices_.push_back(i);
    }
    for (std::uint32_t i = 0; i < topology.link_count(); ++i) {
      const TopologyLink link = topology.link(i);
      const std::string_view kind = link.kind;
      if (kind == "pcie" || kind == "memory") continue;
      add(link.from, link.to, link);
      if (link.bidirectional != 0) add(link.to, link.from, link);
    }
  }

  std::string text(int width) {
    if (devices_.size() < 2) return "";
    std::vector<std::vector<std::string>> cells(devices_.size());
    std::size_t widest = 3;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
      for (std::size_t j = 0; j < devices_.size(); ++j) {
        cells[i].push_back(i == j ? "-" : cell(devices_[i], devices_[j]));
        widest = std::max(widest, cells[i][j].size());
      }
    }
    // As many columns at a time as fit.
    const std::size_t room = static_cast<std::size_t>(std::max(width - 6, 1));
    const std::size_t step = std::max<std::size_t>(1, room / (widest + 2));
    std::string out;
    for (std::size_t begin = 0; begin < devices_.size(); begin += step)
      out += block(cells, begin, std::min(begin + step, devices_.size()), widest);
    return "\n" + out + legend(width);
  }

 private:
  struct Way {
    std::string kind;
    std::uint64_t bytes_per_s = 0;
  };

  void add(std::uint32_t from, std::uint32_t to, const TopologyLink& link) {
    Way& way = ways_[{from, to}];
    way.kind = link.kind;
    way.bytes_per_s += link.bandwidth_bytes_per_s;
  }

  // The accelerators' own links: straight, or over the fabric switches that both are on.
  Way own_way(std::uint32_t from, std::uint32_t to) const {
    const auto straight = ways_.find({from, to});
    if (straight != ways_.end()) return straight->second;
    Way sum;
    for (auto way = ways_.lower_bound({from, 0}); way != ways_.end() && way->first.first == from; ++way) {
      const auto onward = ways_.find({way->first.second, to});
      if (topology_.node(way->first.second).kind() != NodeKind::fabric_switch || onward == ways_.end()) continue;
      sum.kind = way->second.kind;
      sum.bytes_per_s += std::min(way->second.bytes_per_s, onward->second.bytes_per_s);
    }
    return sum;
  }

  // Else what in the tree joins them.
  std::string meeting(std::uint32_t from, std::uint32_t to) const {
    while (from != to) {
      std::uint32_t& lower = from > to ? from : to;  // parents have smaller indices
      lower = topology_.node(lower).parent()->index();
    }
    switch (topology_.node(from).kind()) {
      case NodeKind::pci_switch:
        return "switch";
      case NodeKind::pci_bridge:
        return "bridge";
      case NodeKind::numa:
        return "numa";
      case NodeKind::accelerator:
        return "device";
      case NodeKind::machine:
        return "system";
      default:
        return "package";
    }
  }

  std::string cell(std::uint32_t from, std::uint32_t to) {
    const Way way = own_way(from, to);
    const std::string text = way.kind.empty() ? meeting(from, to) : way.kind;
    used_.emplace(text, true);
    if (way.kind.empty() || way.bytes_per_s == 0) return printable(text);
    figures_ = true;
    return printable(text) + " " + std::to_string((way.bytes_per_s + 500'000'000) / 1'000'000'000);
  }

  std::string block(const std::vector<std::vector<std::string>>& cells, std::size_t begin, std::size_t end,
                    std::size_t widest) const {
    const auto padded = [](const std::string& text, std::size_t size) {
      return text + std::string(size - std::min(size, text.size()), ' ');
    };
    std::string out = padded("", 6);
    for (std::size_t j = begin; j < end; ++j) out += padded("A" + std::to_string(j), widest + 2);
    while (out.back() == ' ') out.pop_back();
    out += '\n';
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += padded("A" + std::to_string(i), 6);
      for (std::size_t j = begin; j < end; ++j) out += padded(cells[i][j], widest + 2);
      while (out.back() == ' ') out.pop_back();
      out += '\n';
    }
    return out + '\n';
  }

  std::string legend(int width) const {
    std::string text;
    const auto explain = [&](const char* word, const char* meaning) {
      if (used_.count(word) != 0) text += std::string(text.empty() ? "" : "; ") + word + ": " + meaning;
    };
    explain("device", "within one accelerator");
    explain("switch", "through one PCIe switch");
    explain("bridge", "through one host bridge or port");
    explain("numa", "between host bridges of one NUMA node");
    explain("package", "between NUMA nodes of one package");
    explain("system", "between packages, or unknown");
    if (figures_) text += std::string(text.empty() ? "" : "; ") + "figures: GB/s each way";
    return text.empty() ? "" : wrapped("", text, width);
  }

  const Topology& topology_;
  std::vector<std::uint32_t> devices_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Way> ways_;
  std::map<std::string, bool> used_;
  bool figures_ = false;
};

}  // namespace

std::string tree_text(const Topology& topology, const std::vector<std::string>& names, bool all, int width) {
  return Tree(topology, names, all, width).text();
}

std::string matrix_text(const Topology& topology, int width) { return Matrix(topology).text(width); }

}  // namespace halyard::command
