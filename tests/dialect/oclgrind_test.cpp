// The kernels of the dialect's tests and of kernels/ under oclgrind: no data race, no access out of bounds.
#include "tests/dialect/tools.hpp"

namespace halyard::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif
#else
constexpr bool kSanitized = false;
#endif

TEST(Oclgrind, FindsNoRaceAndNoAccessOutOfBounds) {
  const std::string oclgrind = find_program({"oclgrind"});
  if (kSanitized) {
    GTEST_SKIP() << "oclgrind preloads its library, which sanitizers refuse; other builds run this";
  }
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
  if (kSanitized) {
    GTEST_SKIP() << "oclgrind preloads its library, which sanitizers refuse; other builds run this";
  }
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
