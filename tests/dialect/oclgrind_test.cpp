// The kernels of the dialect's tests and of kernels/ under oclgrind: no data race, no access out of bounds.
#include "tests/dialect/tools.hpp"

namespace halyard::test {
namespace {

TEST(Oclgrind, FindsNoRaceAndNoAccessOutOfBounds) {
  const std::string oclgrind = find_program({"oclgrind"});
  if (oclgrind.empty()) {
    GTEST_SKIP() << "oclgrind is not installed";
  }
  std::stringstream programs(HALYARD_CHECKED_PROGRAMS);
  for (std::string program; programs >> program;) {
    const auto log = scratch().fresh(".log");
    const CommandResult result =
        run_command({oclgrind, "--data-races", "--log", log.string(), program, "--gtest_filter=*/opencl"});
    EXPECT_EQ(result.status, 0) << program << "\n" << result.output;
    EXPECT_NE(result.output.find("[  PASSED  ]"), std::string::npos) << result.output;
    EXPECT_EQ(read_file(log), "") << program;
  }
}

TEST(Oclgrind, SeesTheRaceOfAKernelThatHasOne) {
  const std::string oclgrind = find_program({"oclgrind"});
  if (oclgrind.empty()) {
    GTEST_SKIP() << "oclgrind is not installed";
  }
  std::string program;
  std::stringstream(HALYARD_CHECKED_PROGRAMS) >> program;
  const CommandResult result = run_command({oclgrind, "--data-races", program, "--gtest_also_run_disabled_tests",
                                            "--gtest_filter=DISABLED_AKernelWithARace.*"});
  EXPECT_NE(result.output.find("data race at local memory"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace halyard::test
