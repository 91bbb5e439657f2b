// The topology's model: its attributes, the rules that every model keeps, and its way through bytes and back.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "runtime/topology/model.hpp"

namespace halyard::topology {
namespace {

Model small_machine() {
  Model model;
  model.nodes.resize(4);
  const hy_node_kind kinds[] = {HY_NODE_MACHINE, HY_NODE_PACKAGE, HY_NODE_ACCELERATOR, HY_NODE_ACCELERATOR};
  const std::uint32_t parents[] = {HY_NO_NODE, 0, 1, 1};
  const char* const ids[] = {"machine", "package:0", "pci:0000:01:00.0", "pci:0000:02:00.0"};
  for (int i = 0; i < 4; ++i) {
    model.nodes[i].kind = kinds[i];
    model.nodes[i].parent = parents[i];
    model.nodes[i].id = ids[i];
  }
  model.nodes[1].set_name("A processor \xff of bytes");
  model.nodes[1].set("cpus", std::string_view("0-7"));
  model.nodes[2].set("memory_bytes", std::int64_t{1} << 40);
  model.nodes[2].set("share", 0.25);
  model.nodes[2].set_unknown("uuid");
  Link link;
  link.from = 2;
  link.to = 3;
  link.kind = "nvlink";
  link.bandwidth_bytes_per_s = 25'000'000'000;
  link.latency_ns = 700;
  link.source = HY_LINK_REPORTED;
  link.degraded = 1;
  model.links.push_back(link);
  return model;
}

TEST(TopologyModel, an_attribute_that_is_known_is_not_overwritten_and_an_unknown_one_is_filled) {
  Node node;
  node.set_unknown("vendor");
  EXPECT_EQ(node.find("vendor")->type, static_cast<hy_attribute_type>(HY_ATTRIBUTE_UNKNOWN));
  node.set("vendor", std::string_view("first"));
  node.set("vendor", std::string_view("second"));
  EXPECT_EQ(node.find("vendor")->text, "first");
  EXPECT_EQ(node.attributes.size(), 1u);
}

TEST(TopologyModel, empty_text_and_a_number_that_is_none_stay_unknown) {
  Node node;
  node.set("vendor", std::string_view(""));
  node.set("share", std::nan(""));
  EXPECT_EQ(node.find("vendor")->type, static_cast<hy_attribute_type>(HY_ATTRIBUTE_UNKNOWN));
  EXPECT_EQ(node.find("share")->type, static_cast<hy_attribute_type>(HY_ATTRIBUTE_UNKNOWN));
}

TEST(TopologyModel, pci_addresses_of_every_spelling_become_the_one_that_is_compared) {
  EXPECT_EQ(normal_pci_address("0000:65:00.0"), "0000:65:00.0");
  EXPECT_EQ(normal_pci_address("65:00.0"), "0000:65:00.0");
  EXPECT_EQ(normal_pci_address("00000000:AF:1f.7"), "0000:af:1f.7");
  EXPECT_EQ(normal_pci_address("10000:01:00.0"), "10000:01:00.0");
  for (const char* wrong :
       {"", "65", "65:00", "65:00.8", "65:20.0", "100:00:00", "0000:65:00.0.0", "x:00.0", ":65:00.0", "65:00."}) {
    EXPECT_EQ(normal_pci_address(wrong), "") << wrong;
  }
}

TEST(TopologyModel, a_model_goes_through_bytes_unchanged) {
  const Model model = small_machine();
  Model back;
  ASSERT_TRUE(decode(encode(model), &back));
  ASSERT_EQ(back.nodes.size(), 4u);
  EXPECT_EQ(back.nodes[1].name, "A processor \xff of bytes");
  EXPECT_FALSE(back.nodes[0].has_name);
  EXPECT_EQ(back.nodes[2].find("memory_bytes")->integer, std::int64_t{1} << 40);
  EXPECT_EQ(back.nodes[2].find("share")->real, 0.25);
  EXPECT_EQ(back.nodes[2].find("uuid")->type, static_cast<hy_attribute_type>(HY_ATTRIBUTE_UNKNOWN));
  ASSERT_EQ(back.links.size(), 1u);
  EXPECT_EQ(back.links[0].kind, "nvlink");
  EXPECT_EQ(back.links[0].bandwidth_bytes_per_s, 25'000'000'000u);
  EXPECT_EQ(back.links[0].degraded, 1);
  EXPECT_EQ(encode(back), encode(model));
}

TEST(TopologyModel, bytes_that_are_cut_off_anywhere_are_refused) {
  const std::string bytes = encode(small_machine());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    Model model;
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, length), &model)) << length;
  }
  Model model;
  EXPECT_FALSE(decode(bytes + "x", &model));
}

TEST(TopologyModel, bytes_with_any_one_changed_are_refused_or_make_a_model_without_fault) {
  const std::string bytes = encode(small_machine());
  const auto seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 20000; ++round) {
    std::string changed = bytes;
    for (int i = 0; i < 1 + round % 4; ++i) changed[random() % changed.size()] = static_cast<char>(random());
    Model model;
    const char* fault = decode(changed, &model) ? find_fault(model) : nullptr;
    EXPECT_EQ(fault, nullptr) << fault << ", seed " << seed << " round " << round;
  }
}

TEST(TopologyModel, every_broken_rule_is_found) {
  const auto fault_after = [](auto&& change) {
    Model model = small_machine();
    change(model);
    return find_fault(model) != nullptr;
  };
  EXPECT_FALSE(fault_after([](Model&) {}));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes.clear(); }));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[3].parent = 3; })) << "a cycle";
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[2].parent = 3; })) << "a child before its parent";
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[1].parent = HY_NO_NODE; })) << "a second root";
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[0].parent = 0; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[2].kind = HY_NODE_MACHINE; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[2].kind = 99; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[2].id = m.nodes[3].id; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.nodes[2].id.clear(); }));
  EXPECT_TRUE(fault_after([](Model& m) { m.links[0].to = 4; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.links[0].source = 7; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.links[0].degraded = 2; }));
  EXPECT_TRUE(fault_after([](Model& m) { m.links[0].latency_ns = std::nan(""); }));
}

}  // namespace
}  // namespace halyard::topology
