// `halyard devices`: the document that others rely on, the text, and what is said of what is missing.
#include <gtest/gtest.h>

#include <set>

#include "tool_run.hpp"

namespace tool {
namespace {

using nlohmann::json;

void expect_device(const json& device) {
  for (const char* field :
       {"id", "name", "vendor", "backend", "index", "kind", "memory_bytes", "pci_address", "numa_node",
        "driver_version", "architecture", "capabilities", "alternatives", "default", "peers"}) {
    EXPECT_TRUE(device.contains(field)) << field;
  }
  EXPECT_TRUE(device["id"].is_string() && !device["id"].get<std::string>().empty());
  EXPECT_TRUE(device["index"].is_number_unsigned());
  EXPECT_TRUE(device["capabilities"].is_object());
  for (const auto& [name, value] : device["capabilities"].items()) EXPECT_TRUE(value.is_boolean()) << name;
  EXPECT_TRUE(device["memory_bytes"].is_null() || device["memory_bytes"].get<std::uint64_t>() > 0);
  EXPECT_TRUE(device["numa_node"].is_null() || device["numa_node"].get<int>() >= 0);
  EXPECT_TRUE(device["pci_address"].is_null() || !device["pci_address"].get<std::string>().empty());
  for (const json& other : device["alternatives"]) {
    EXPECT_NE(other["backend"], device["backend"]);
    expect_device(other);
  }
}

void expect_backend(const json& backend) {
  for (const char* field : {"name", "available", "library", "version", "reason", "cure"})
    EXPECT_TRUE(backend.contains(field)) << field;
  EXPECT_TRUE(backend["available"].get<bool>() || backend["reason"].is_string()) << backend;
}

TEST(ToolDevices, the_document_holds_every_field_of_the_contract_and_begins_with_its_schema) {
  const Outcome outcome = run({"devices", "--json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "");
  EXPECT_EQ(outcome.out.find("\"schema\": \"halyard.devices/1\""), outcome.out.find_first_of('"'));
  const json all = document(outcome);
  ASSERT_FALSE(all["devices"].empty());
  ASSERT_FALSE(all["backends"].empty());
  for (const json& device : all["devices"]) expect_device(device);
  for (const json& backend : all["backends"]) expect_backend(backend);
}

TEST(ToolDevices, no_physical_device_is_listed_twice) {
  const json all = document(run({"devices", "--json"}));
  std::set<std::string> ids;
  for (const json& device : all["devices"]) EXPECT_TRUE(ids.insert(device["id"]).second) << device["id"];
}

TEST(ToolDevices, backends_can_be_chosen_and_the_others_are_not_opened) {
  const Outcome outcome = run({"devices", "--json"}, {"HALYARD_BACKENDS=cpu"});
  EXPECT_EQ(outcome.exit_code, 0);
  const json all = document(outcome);
  ASSERT_EQ(all["backends"].size(), 1u);
  EXPECT_EQ(all["backends"][0]["name"], "cpu");
  ASSERT_EQ(all["devices"].size(), 1u);
  EXPECT_EQ(all["devices"][0]["kind"], "cpu");
  EXPECT_TRUE(all["devices"][0]["alternatives"].empty());
}

TEST(ToolDevices, a_backend_that_does_not_exist_is_wrong_usage_and_is_named) {
  const Outcome outcome = run({"devices", "--json"}, {"HALYARD_BACKENDS=nosuch"});
  EXPECT_EQ(outcome.exit_code, 64);
  EXPECT_EQ(outcome.out, "");
  EXPECT_NE(outcome.err.find("nosuch"), std::string::npos) << outcome.err;
}

TEST(ToolDevices, a_backend_without_devices_is_a_warning_with_reason_and_cure_when_it_was_asked_for) {
  // The loader of OpenCL finds no driver there.
  const Outcome outcome =
      run({"devices", "--json"}, {"HALYARD_BACKENDS=opencl,cpu", "OCL_ICD_VENDORS=/nonexistent", "OCL_ICD_FILENAMES"});
  if (outcome.exit_code == 64) GTEST_SKIP() << "this build has no opencl backend: " << outcome.err;
  const json all = document(outcome);
  const json& opencl = all["backends"][0];
  EXPECT_EQ(opencl["name"], "opencl");
  EXPECT_EQ(opencl["available"], false);
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_TRUE(opencl["reason"].is_string());
  EXPECT_TRUE(opencl["cure"].is_string());
  const Outcome text =
      run({"devices"}, {"HALYARD_BACKENDS=opencl,cpu", "OCL_ICD_VENDORS=/nonexistent", "OCL_ICD_FILENAMES"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("not there: "), std::string::npos) << text.out;
  EXPECT_NE(text.out.find("to have it: "), std::string::npos) << text.out;
}

TEST(ToolDevices, a_plugin_that_can_not_be_loaded_is_a_warning) {
  const Outcome outcome = run({"devices", "--json"}, {"HALYARD_PLUGINS=/nowhere/libmissing.so"});
  EXPECT_EQ(outcome.exit_code, 1);
  const Outcome text = run({"devices"}, {"HALYARD_PLUGINS=/nowhere/libmissing.so"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("/nowhere/libmissing.so"), std::string::npos) << text.out;
}

TEST(ToolDevices, the_text_names_every_device_by_the_word_that_selects_it) {
  const json all = document(run({"devices", "--json"}));
  const Outcome text = run({"devices"});
  EXPECT_EQ(text.exit_code, 0);
  for (const json& device : all["devices"]) {
    const std::string selector =
        device["backend"].get<std::string>() + ":" + std::to_string(device["index"].get<int>());
    EXPECT_EQ(device["selector"], selector);
    EXPECT_NE(text.out.find(selector), std::string::npos);
    EXPECT_NE(text.out.find(device["id"].get<std::string>()), std::string::npos);
  }
  for (const json& backend : all["backends"])
    EXPECT_NE(text.out.find(backend["name"].get<std::string>()), std::string::npos);
}

TEST(ToolDevices, the_default_device_is_marked_and_with_it_what_chose_it) {
  const json all = document(run({"devices", "--json"}, {"HALYARD_DEVICE"}));
  for (std::size_t i = 0; i < all["devices"].size(); ++i) {
    EXPECT_EQ(all["devices"][i]["default"], i == 0) << "the first is the best";
    for (const json& other : all["devices"][i]["alternatives"]) EXPECT_EQ(other["default"], false);
  }
  EXPECT_NE(run({"devices"}, {"HALYARD_DEVICE"}).out.find("the best of this machine"), std::string::npos);

  const Outcome text = run({"devices"}, {"HALYARD_DEVICE=cpu"});
  EXPECT_EQ(text.exit_code, 0);
  EXPECT_NE(text.out.find("HALYARD_DEVICE=cpu"), std::string::npos) << text.out;
  EXPECT_EQ(text.out.find("the best of this machine"), std::string::npos) << text.out;
}

TEST(ToolDevices, a_default_that_is_not_there_is_a_warning_and_marks_no_device) {
  const Outcome outcome = run({"devices", "--json"}, {"HALYARD_DEVICE=cpu:99", "HALYARD_BACKENDS=cpu"});
  EXPECT_EQ(outcome.exit_code, 1);
  const json all = document(outcome);
  for (const json& device : all["devices"]) EXPECT_EQ(device["default"], false);
  const Outcome text = run({"devices"}, {"HALYARD_DEVICE=cpu:99", "HALYARD_BACKENDS=cpu"});
  EXPECT_EQ(text.exit_code, 1);
  EXPECT_NE(text.out.find("No default: HALYARD_DEVICE"), std::string::npos) << text.out;
}

TEST(ToolDevices, text_keeps_to_the_width_that_it_is_given) {
  const Outcome narrow = run({"devices"}, {"HALYARD_BACKENDS=cpu", "COLUMNS=60"});
  EXPECT_LE(widest_line(narrow.out), 60u) << narrow.out;
}

TEST(ToolDevices, what_a_driver_prints_never_reaches_standard_output) {
  const Outcome outcome = run({"devices", "--json"}, {"HALYARD_PLUGINS=" HALYARD_NOISY_PLUGIN, "HALYARD_LOG=trace"});
  if (outcome.out.empty()) {
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_NE(outcome.err.find("halyard: "), std::string::npos);
    return;
  }
  EXPECT_TRUE(document(outcome).is_object());
  EXPECT_NE(outcome.err.find("driver: hello"), std::string::npos) << outcome.err;
}

}  // namespace
}  // namespace tool
