// How the command takes arguments, and how it treats the place that its words go to.
#include <gtest/gtest.h>

#include <csignal>

#include "tool_run.hpp"

namespace tool {
namespace {

TEST(ToolUsage, help_is_on_standard_output_and_names_every_command_and_exit_code) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_EQ(help.err, "");
  for (const char* word : {"devices", "topology", "conformance", "64", "HALYARD_DEVICE"}) {
    EXPECT_NE(help.out.find(word), std::string::npos) << word;
  }
}

TEST(ToolUsage, every_command_has_help_of_its_own) {
  for (const char* command : {"devices", "topology", "conformance"}) {
    const Outcome help = run({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_NE(help.out.find("--json"), std::string::npos) << command;
  }
}

TEST(ToolUsage, the_version_is_one_line) {
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.out.rfind("halyard ", 0), 0u) << version.out;
  EXPECT_EQ(version.out.find('\n'), version.out.size() - 1);
}

TEST(ToolUsage, wrong_usage_is_64_with_a_sentence_on_standard_error_alone) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"nosuch"},
                                                       {"devices", "--nosuch"},
                                                       {"devices", "extra"},
                                                       {"topology", "--from"},
                                                       {"conformance", "--seed", "x"},
                                                       {"conformance", "--quick", "--full"}};
  for (const auto& arguments : wrong) {
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.exit_code, 64) << (arguments.empty() ? "" : arguments.back());
    EXPECT_EQ(outcome.out, "");
    EXPECT_EQ(outcome.err.rfind("halyard: ", 0), 0u) << outcome.err;
  }
}

TEST(ToolUsage, a_mistyped_command_gets_the_nearest_one_and_the_list) {
  const Outcome outcome = run({"devcies", "--json"});
  EXPECT_EQ(outcome.exit_code, 64);
  EXPECT_NE(outcome.err.find("'devcies' is no command; did you mean 'devices'?"), std::string::npos) << outcome.err;
  const Outcome far = run({"frobnicate"});
  EXPECT_EQ(far.err.find("did you mean"), std::string::npos) << far.err;
  for (const char* command : {"devices", "topology", "conformance"}) {
    EXPECT_NE(far.err.find(command), std::string::npos) << far.err;
  }
}

TEST(ToolUsage, a_full_disk_is_a_failure_that_is_told) {
  const Outcome outcome = run({"--help"}, {}, Sink::kFull);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("could not be written"), std::string::npos) << outcome.err;
}

TEST(ToolUsage, a_closed_standard_output_is_a_failure_that_is_told) {
  const Outcome outcome = run({"--help"}, {}, Sink::kClosed);
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("could not be written"), std::string::npos) << outcome.err;
}

TEST(ToolUsage, a_reader_that_went_away_gets_no_complaint) {
  const Outcome outcome = run({"--help"}, {}, Sink::kBrokenPipe);
  EXPECT_TRUE(outcome.signal == SIGPIPE || outcome.exit_code == 0) << outcome.exit_code;
  EXPECT_EQ(outcome.err, "");
}

}  // namespace
}  // namespace tool
