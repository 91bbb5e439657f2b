// Recorded machines, read by hwloc into our model: what is known of each of them must be found.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "runtime/topology/hwloc_reader.hpp"
#include "runtime/topology/xml_check.hpp"

namespace halyard::topology {
namespace {

std::filesystem::path recording(const std::string& name) {
  return std::filesystem::path(HALYARD_RECORDINGS) / "hwloc" / name;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

hy_status read(const std::string& text, const char* name, Model* model, std::string* message) {
  hy_error error{};
  XmlFormat format = XmlFormat::kNccl;
  hy_status status = check_xml(text, name, &format, &error);
  if (status == HY_OK) status = read_hwloc_xml(text, name, model, &error);
  *message = error.message;
  return status;
}

class Recordings : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(recording(""))) GTEST_SKIP() << "no recordings at " << recording("");
    Model probe;
    std::string message;
    if (read("<topology version=\"2.0\"></topology>", "probe", &probe, &message) == HY_UNAVAILABLE)
      GTEST_SKIP() << message;
  }

  void load(const char* name) {
    std::string message;
    ASSERT_EQ(read(text_of(recording(name)), name, &model_, &message), HY_OK) << message;
    ASSERT_EQ(find_fault(model_), nullptr);
  }
  std::size_t count(hy_node_kind kind) const {
    return static_cast<std::size_t>(
        std::count_if(model_.nodes.begin(), model_.nodes.end(), [&](const Node& n) { return n.kind == kind; }));
  }
  std::size_t links(std::string_view kind) const {
    return static_cast<std::size_t>(
        std::count_if(model_.links.begin(), model_.links.end(), [&](const Link& l) { return l.kind == kind; }));
  }
  const Node& node(std::string_view id) const {
    const std::uint32_t index = model_.find(id);
    if (index == HY_NO_NODE) {
      ADD_FAILURE() << "no node " << id;
      return model_.nodes[0];
    }
    return model_.nodes[index];
  }
  std::string text(std::string_view id, std::string_view key) const {
    const Attribute* attribute = node(id).find(key);
    return attribute == nullptr ? "(no such attribute)" : attribute->text;
  }
  std::int64_t integer(std::string_view id, std::string_view key) const {
    const Attribute* attribute = node(id).find(key);
    return attribute == nullptr || attribute->type != HY_ATTRIBUTE_INTEGER ? -1 : attribute->integer;
  }
  // The nearest node above of that kind.
  std::string above(std::string_view id, hy_node_kind kind) const {
    std::uint32_t index = model_.find(id);
    while (index != HY_NO_NODE && model_.nodes[index].kind != kind) index = model_.nodes[index].parent;
    return index == HY_NO_NODE ? "none" : model_.nodes[index].id;
  }

  Model model_;
};

TEST_F(Recordings, every_hwloc_recording_loads_without_fault) {
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(recording(""))) {
    Model model;
    std::string message;
    EXPECT_EQ(read(text_of(entry.path()), entry.path().filename().c_str(), &model, &message), HY_OK) << message;
    EXPECT_EQ(find_fault(model), nullptr) << entry.path();
    Model back;
    EXPECT_TRUE(decode(encode(model), &back)) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 9u);
}

TEST_F(Recordings, lassen_has_4_accelerators_2_of_them_at_each_processor) {
  load("coral-lassen.xml");
  EXPECT_EQ(count(HY_NODE_PACKAGE), 2u);
  EXPECT_EQ(count(HY_NODE_CORE), 40u);
  EXPECT_EQ(count(HY_NODE_ACCELERATOR), 4u) << "the ASPEED display of the board is none";
  EXPECT_EQ(node("pci:0004:04:00.0").name, "Tesla V100-SXM2-16GB");
  EXPECT_EQ(above("pci:0004:04:00.0", HY_NODE_PACKAGE), "package:0");
  EXPECT_EQ(above("pci:0035:03:00.0", HY_NODE_PACKAGE), "package:1");
  EXPECT_NE(text("pci:0004:04:00.0", "os_names").find("cuda0"), std::string::npos);
  EXPECT_EQ(text("pci:0003:01:00.0", "os_names"), "hsi0 mlx5_0");
  EXPECT_EQ(integer("pci:0004:04:00.0", "memory_bytes"), 16515072ll << 10);
}

TEST_F(Recordings, tioga_has_8_dies_each_joined_to_every_other_by_xgmi) {
  load("eas-tioga.xml");
  EXPECT_EQ(count(HY_NODE_ACCELERATOR), 8u);
  EXPECT_EQ(count(HY_NODE_NUMA), 4u);
  EXPECT_EQ(links("xgmi"), 28u);
  for (const Link& link : model_.links) {
    if (link.kind != "xgmi") continue;
    EXPECT_EQ(link.bandwidth_bytes_per_s, 100'000'000'000u);
    EXPECT_EQ(link.source, static_cast<hy_link_source>(HY_LINK_DERIVED));
    EXPECT_TRUE(link.bidirectional);
  }
  EXPECT_EQ(above("pci:0000:d1:00.0", HY_NODE_NUMA), "numa:0") << "what is local to memory is below it";
  EXPECT_EQ(above("pci:0000:d9:00.0", HY_NODE_NUMA), "numa:2");
  EXPECT_EQ(node("package:0").name, "AMD EPYC 7A53 64-Core Processor");
  EXPECT_EQ(text("pci:0000:d1:00.0", "uuid"), "e850aef0615db971");
}

TEST_F(Recordings, the_dgx_2_has_16_accelerators_on_12_fabric_switches_and_a_tree_of_pcie_switches) {
  load("nvidiaDGX2.xml");
  EXPECT_EQ(count(HY_NODE_ACCELERATOR), 16u);
  EXPECT_EQ(count(HY_NODE_FABRIC_SWITCH), 12u);
  EXPECT_EQ(links("nvlink"), 16u * 6u);
  EXPECT_EQ(node("pci:0000:2c:00.0").kind, static_cast<hy_node_kind>(HY_NODE_PCI_SWITCH));
  EXPECT_EQ(node("pci:0000:32:00.0").kind, static_cast<hy_node_kind>(HY_NODE_PCI_SWITCH));
  EXPECT_EQ(node("pci:0000:33:00.0").kind, static_cast<hy_node_kind>(HY_NODE_PCI_BRIDGE));
  const std::uint32_t gpu = model_.find("pci:0000:34:00.0");
  const auto wire = std::find_if(model_.links.begin(), model_.links.end(),
                                 [&](const Link& l) { return l.to == gpu && l.kind == "pcie"; });
  ASSERT_NE(wire, model_.links.end());
  EXPECT_EQ(model_.nodes[wire->from].id, "pci:0000:33:00.0");
  EXPECT_NEAR(static_cast<double>(wire->bandwidth_bytes_per_s), 15.75e9, 0.01e9) << "PCIe 3.0 x16";
}

TEST_F(Recordings, knights_landing_has_4_nodes_of_memory_and_4_of_high_bandwidth_memory) {
  load("knl-snc4-flat-hwloc1.xml");
  EXPECT_EQ(count(HY_NODE_NUMA), 8u);
  std::size_t fast = 0;
  for (const Node& one : model_.nodes) {
    const Attribute* kind = one.find("memory_kind");
    fast += kind != nullptr && kind->text == "mcdram" ? 1 : 0;
  }
  EXPECT_EQ(fast, 4u);
}

TEST_F(Recordings, bandwidth_that_firmware_reports_becomes_a_memory_link) {
  load("8intel64-4n2t-memattrs.xml");
  ASSERT_EQ(links("memory"), 1u);
  const Link& link =
      *std::find_if(model_.links.begin(), model_.links.end(), [](const Link& l) { return l.kind == "memory"; });
  EXPECT_EQ(link.source, static_cast<hy_link_source>(HY_LINK_REPORTED));
  EXPECT_EQ(link.bandwidth_bytes_per_s, 20u << 20);
  EXPECT_FALSE(link.bidirectional);
}

TEST_F(Recordings, devices_have_the_names_that_the_operating_system_gave_them) {
  load("32em64t-2n8c2t-pci-wholeio.xml");
  EXPECT_GE(count(HY_NODE_NETWORK), 1u);
  EXPECT_GE(count(HY_NODE_STORAGE), 1u);
  EXPECT_EQ(count(HY_NODE_ACCELERATOR), 4u);
  bool infiniband = false;
  for (const Node& one : model_.nodes) {
    const Attribute* names = one.find("os_names");
    infiniband =
        infiniband || (one.kind == HY_NODE_NETWORK && names != nullptr && names->text.find("ib0") != std::string::npos);
  }
  EXPECT_TRUE(infiniband);
}

TEST_F(Recordings, sizes_below_zero_are_unknown) {
  std::string xml = text_of(recording("nvidiaDGX2.xml"));
  const std::string key = "local_memory=\"";
  const std::size_t at = xml.find(key) + key.size();
  xml.replace(at, xml.find('"', at) - at, "-4096");
  std::string message;
  ASSERT_EQ(read(xml, "changed", &model_, &message), HY_OK) << message;
  EXPECT_EQ(node("numa:0").find("memory_bytes")->type, static_cast<hy_attribute_type>(HY_ATTRIBUTE_UNKNOWN));
}

TEST_F(Recordings, xml_that_is_whole_but_no_machine_is_corrupt) {
  for (const char* xml :
       {"<topology version=\"2.0\"></topology>", "<topology version=\"9.0\"><object type=\"Machine\"/></topology>",
        "<topology version=\"2.0\"><object type=\"Core\"/></topology>"}) {
    std::string message;
    EXPECT_EQ(read(xml, "odd.xml", &model_, &message), HY_CORRUPT_ARTIFACT) << xml;
    EXPECT_EQ(message.rfind("odd.xml: ", 0), 0u) << message;
  }
}

TEST(ThisMachine, has_cores_below_its_packages_or_says_why_it_cannot_be_read) {
  Model model;
  hy_error error{};
  const hy_status status = read_machine(&model, &error);
  if (status == HY_UNAVAILABLE || status == HY_UNSUPPORTED) GTEST_SKIP() << error.message;
  ASSERT_EQ(status, HY_OK) << error.message;
  EXPECT_EQ(find_fault(model), nullptr);
  EXPECT_NE(model.find("core:0"), HY_NO_NODE);
  EXPECT_NE(model.find("numa:0"), HY_NO_NODE);
}

}  // namespace
}  // namespace halyard::topology
