// `halyard topology`: this machine and recorded ones, as a document and as text.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "tool_run.hpp"

namespace tool {
namespace {

using nlohmann::json;

// Nothing of this machine can be read where hwloc is not installed: 3, with the cure.
#define SKIP_WITHOUT_HWLOC(outcome) \
  if ((outcome).exit_code == 3 && (outcome).err.find("libhwloc") != std::string::npos) GTEST_SKIP() << (outcome).err

void expect_topology(const json& all) {
  const std::set<std::string> kinds = {"machine",    "package",     "numa",      "cache",   "core",    "pci_bridge",
                                       "pci_switch", "accelerator", "partition", "network", "storage", "fabric_switch"};
  EXPECT_EQ(all["schema"], "halyard.topology/1");
  std::set<std::string> ids;
  for (const json& node : all["nodes"]) {
    for (const char* field : {"id", "kind", "name", "parent", "attributes"}) EXPECT_TRUE(node.contains(field)) << field;
    EXPECT_TRUE(kinds.count(node["kind"])) << node["kind"];
    const bool first = ids.empty();
    EXPECT_TRUE(first ? node["parent"].is_null() : ids.count(node["parent"]) == 1)
        << "a parent comes before its child: " << node["id"];
    EXPECT_TRUE(ids.insert(node["id"]).second) << node["id"];
    EXPECT_TRUE(node["attributes"].is_object());
    EXPECT_TRUE(node["name"].is_null() || !node["name"].get<std::string>().empty());
  }
  for (const json& link : all["links"]) {
    for (const char* field : {"from", "to", "kind", "bandwidth_bytes_per_s", "latency_ns", "source", "degraded"}) {
      EXPECT_TRUE(link.contains(field)) << field;
    }
    EXPECT_TRUE(ids.count(link["from"]) && ids.count(link["to"])) << link;
    const bool known = !link["bandwidth_bytes_per_s"].is_null() || !link["latency_ns"].is_null();
    EXPECT_EQ(link["source"].is_null(), !known) << link;
    EXPECT_NE(link["bandwidth_bytes_per_s"], 0);
  }
}

TEST(ToolTopology, the_document_of_this_machine_holds_every_field_of_the_contract) {
  const Outcome outcome = run({"topology", "--json"}, {"HALYARD_BACKENDS=cpu"});
  SKIP_WITHOUT_HWLOC(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out.find("\"schema\""), outcome.out.find_first_of('"'));
  expect_topology(document(outcome));
}

TEST(ToolTopology, the_cpu_is_joined_to_its_package_or_the_machine) {
  const Outcome outcome = run({"topology", "--json"}, {"HALYARD_BACKENDS=cpu"});
  SKIP_WITHOUT_HWLOC(outcome);
  const std::string id = document(run({"devices", "--json"}, {"HALYARD_BACKENDS=cpu"}))["devices"][0]["id"];
  const json all = document(outcome);
  std::string found;
  for (const json& node : all["nodes"]) {
    for (const json& device : node["devices"]) {
      if (device == id) found = node["kind"];
    }
  }
  EXPECT_TRUE(found == "package" || found == "machine") << found;
  const Outcome text = run({"topology"}, {"HALYARD_BACKENDS=cpu"});
  EXPECT_NE(text.out.find("= cpu:0"), std::string::npos) << text.out;
}

TEST(ToolTopology, every_recording_makes_a_document_and_a_text) {
  const std::filesystem::path folder = std::filesystem::path(HALYARD_RECORDINGS) / "hwloc";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recordings at " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const Outcome outcome = run({"topology", "--json", "--from", entry.path()});
    SKIP_WITHOUT_HWLOC(outcome);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    const json all = document(outcome);
    expect_topology(all);
    for (const json& node : all["nodes"]) EXPECT_TRUE(node["devices"].empty()) << "no device of this machine is there";
    for (const char* all_nodes : {"", "--all"}) {
      std::vector<std::string> arguments = {"topology", "--from", entry.path()};
      if (*all_nodes != '\0') arguments.emplace_back(all_nodes);
      const Outcome text = run(arguments);
      EXPECT_EQ(text.exit_code, 0);
      EXPECT_EQ(text.out.rfind("Machine", 0), 0u) << text.out;
    }
  }
}

TEST(ToolTopology, the_matrix_tells_how_accelerators_reach_one_another) {
  const std::filesystem::path folder = std::filesystem::path(HALYARD_RECORDINGS) / "hwloc";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no recordings at " << folder;
  const Outcome direct = run({"topology", "--from", folder / "eas-tioga.xml"});
  SKIP_WITHOUT_HWLOC(direct);
  EXPECT_NE(direct.out.find("A7    xgmi 100"), std::string::npos) << direct.out;
  const Outcome switched = run({"topology", "--from", folder / "nvidiaDGX2.xml"});
  EXPECT_NE(switched.out.find("A1    nvlink 150"), std::string::npos) << "6 fabric switches of 25 GB/s each\n"
                                                                      << switched.out;
  const Outcome pcie = run({"topology", "--from", folder / "coral-lassen.xml"});
  EXPECT_NE(pcie.out.find("A1    switch"), std::string::npos) << pcie.out;
}

TEST(ToolTopology, text_keeps_to_the_width_that_it_is_given) {
  const std::string name = "A processor whose name goes on and on, with clock and socket and stepping, as they do";
  const Outcome outcome = run({"topology", "--from", file_with(small_machine(name))}, {"COLUMNS=50"});
  SKIP_WITHOUT_HWLOC(outcome);
  EXPECT_LE(widest_line(outcome.out), 50u) << outcome.out;
}

TEST(ToolTopology, a_name_that_is_no_utf_8_does_not_break_the_document) {
  const Outcome outcome = run({"topology", "--json", "--from", file_with(small_machine("Caf\xe9 \xff\xfe"))});
  SKIP_WITHOUT_HWLOC(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(document(outcome)["nodes"][1]["name"], "Caf\xEF\xBF\xBD \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(ToolTopology, a_name_that_would_control_the_terminal_does_not_reach_it) {
  const Outcome outcome = run({"topology", "--from", file_with(small_machine("\x1b[31mred\x07 and \xff"))});
  SKIP_WITHOUT_HWLOC(outcome);
  EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(outcome.out.find('\x07'), std::string::npos);
  EXPECT_NE(outcome.out.find("red"), std::string::npos) << outcome.out;
}

TEST(ToolTopology, what_cannot_be_read_is_3_with_a_sentence_on_standard_error_alone) {
  const std::string whole = small_machine("x");
  const std::string cut = file_with(whole.substr(0, whole.size() / 2));
  const std::string hostile = file_with("<!DOCTYPE t [<!ENTITY a \"b\">]><topology>&a;</topology>");
  for (const std::string& path :
       {std::string("/nonexistent/file.xml"), cut, hostile, file_with(""), std::string("/")}) {
    const Outcome outcome = run({"topology", "--json", "--from", path});
    EXPECT_EQ(outcome.exit_code, 3) << path;
    EXPECT_EQ(outcome.out, "");
    EXPECT_NE(outcome.err.find(path), std::string::npos) << outcome.err;
  }
}

}  // namespace
}  // namespace tool
