// `halyard conformance`: its arguments and its document. That devices pass is the suite's own test.
#include <gtest/gtest.h>

#include <algorithm>

#include "tool_run.hpp"

namespace tool {
namespace {

using nlohmann::json;

// A few quick cases, so that this test is about the command.
std::string some_cases() {
  const Outcome listed = run({"conformance", "--list"});
  return listed.out.substr(0, listed.out.find('\n'));
}

#define SKIP_WITHOUT_SUITE(outcome) \
  if ((outcome).err.find("without the conformance suite") != std::string::npos) GTEST_SKIP() << (outcome).err

TEST(ToolConformance, cases_are_listed_by_name_and_none_is_run) {
  const Outcome listed = run({"conformance", "--list"});
  SKIP_WITHOUT_SUITE(listed);
  EXPECT_EQ(listed.exit_code, 0) << listed.err;
  EXPECT_GT(std::count(listed.out.begin(), listed.out.end(), '\n'), 100);
}

TEST(ToolConformance, the_document_holds_every_field_of_the_contract) {
  const std::string filter = some_cases();
  const Outcome outcome =
      run({"conformance", "--json", "--device", "cpu", "--quick", "--seed", "7", "--filter", filter});
  SKIP_WITHOUT_SUITE(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err << outcome.out;
  const json all = document(outcome);
  EXPECT_EQ(all["schema"], "halyard.conformance/1");
  EXPECT_TRUE(all["device"].is_string());
  EXPECT_EQ(all["seed"], 7);
  EXPECT_EQ(all["passed"].get<std::size_t>() + all["failed"].get<std::size_t>() + all["skipped"].get<std::size_t>(),
            all["cases"].size());
  ASSERT_FALSE(all["cases"].empty());
  for (const json& one : all["cases"]) {
    for (const char* field : {"name", "result", "reason", "seconds"}) EXPECT_TRUE(one.contains(field)) << field;
    EXPECT_TRUE(one["result"] == "passed" || one["result"] == "skipped") << one;
    EXPECT_GE(one["seconds"].get<double>(), 0.0);
    EXPECT_NE(one["name"].get<std::string>().find(filter), std::string::npos);
  }
}

TEST(ToolConformance, the_text_ends_with_the_count_and_no_progress_goes_to_a_file) {
  const Outcome outcome = run({"conformance", "--device", "cpu", "--quick", "--filter", some_cases()});
  SKIP_WITHOUT_SUITE(outcome);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err << outcome.out;
  EXPECT_NE(outcome.out.find(" passed, 0 failed, "), std::string::npos) << outcome.out;
  EXPECT_EQ(outcome.err, "");
}

TEST(ToolConformance, a_device_that_cannot_be_is_wrong_usage_and_one_that_is_not_there_is_undetermined) {
  const Outcome wrong = run({"conformance", "--device", "cpu:first"});
  SKIP_WITHOUT_SUITE(wrong);
  EXPECT_EQ(wrong.exit_code, 64) << wrong.err;
  EXPECT_EQ(wrong.out, "");
  EXPECT_NE(wrong.err.find("cpu:first"), std::string::npos) << wrong.err;
  for (const char* device : {"cpu:99", "nosuch:0"}) {
    const Outcome missing = run({"conformance", "--json", "--device", device});
    EXPECT_EQ(missing.exit_code, 3) << missing.err;
    EXPECT_EQ(missing.out, "");
    EXPECT_EQ(missing.err.rfind("halyard: ", 0), 0u);
  }
}

TEST(ToolConformance, a_filter_that_no_case_meets_is_wrong_usage) {
  const Outcome outcome = run({"conformance", "--device", "cpu", "--filter", "no_such_case_anywhere"});
  SKIP_WITHOUT_SUITE(outcome);
  EXPECT_EQ(outcome.exit_code, 64);
  EXPECT_NE(outcome.err.find("no_such_case_anywhere"), std::string::npos);
}

TEST(ToolConformance, a_filter_leaves_out_what_stands_after_a_minus) {
  const auto ran = [](const std::string& filter) {
    const Outcome outcome = run({"conformance", "--json", "--device", "cpu", "--quick", "--filter=" + filter});
    std::vector<std::string> names;
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err << outcome.out;
    if (outcome.exit_code != 0) return names;
    const json report = document(outcome);
    for (const json& one : report["cases"]) names.push_back(one["name"].get<std::string>());
    return names;
  };
  SKIP_WITHOUT_SUITE(run({"conformance", "--list"}));
  const std::vector<std::string> all = ran("device.");
  const std::vector<std::string> some = ran("device.,-backend,-local");
  ASSERT_GT(all.size(), some.size());
  ASSERT_FALSE(some.empty());
  for (const std::string& name : all) {
    const bool left_out = name.find("backend") != std::string::npos || name.find("local") != std::string::npos;
    EXPECT_EQ(std::count(some.begin(), some.end(), name), left_out ? 0 : 1) << name;
  }
  EXPECT_EQ(run({"conformance", "--device", "cpu", "--filter=device.,-device."}).exit_code, 64);
}

TEST(ToolConformance, the_device_of_the_environment_is_taken_where_none_is_named) {
  const Outcome outcome =
      run({"conformance", "--json", "--quick", "--filter", some_cases()}, {"HALYARD_DEVICE=cpu:99"});
  SKIP_WITHOUT_SUITE(outcome);
  EXPECT_EQ(outcome.exit_code, 3) << outcome.err;
}

}  // namespace
}  // namespace tool
