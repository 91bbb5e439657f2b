// Compilers' logs as drivers write them, and the list of driver files.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "backends/opencl/build_log.hpp"
#include "backends/opencl/errors.hpp"
#include "backends/opencl/instance.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::opencl {
namespace {

TEST(OpenClLog, NamesFileAndLineOfTheUserWhateverTheDriversForm) {
  const char* logs[] = {
      ("error: blur.hk:12:39: use of undeclared identifier 'foo'\nerror: blur.hk:13:1: expected expression\nDevice "
       "failed\n"),
      "<kernel>:12:39: error: use of undeclared identifier 'foo'\n  x = foo;\n      ^\n",
      "blur.hk:12:39: error: use of undeclared identifier 'foo'\n",
      "/tmp/comgr-1234/input/CompileSource:12:39: error: use of undeclared identifier 'foo'\n1 error generated.\n",
      "12:39: error: use of undeclared identifier 'foo'\n",
      "warning: option ignored\n<source>:12:39: fatal error: use of undeclared identifier 'foo'\n",
  };
  for (const char* log : logs) {
    EXPECT_EQ(0u, first_errors(log, "blur.hk", 900).rfind("blur.hk:12:39: use of undeclared identifier 'foo'", 0))
        << log;
  }
}

TEST(OpenClLog, KeepsTheNameOfAnotherFile) {
  EXPECT_EQ("common.h:3:1: unknown type name 'flaot'",
            first_errors("common.h:3:1: error: unknown type name 'flaot'\n", "blur.hk", 900));
}

TEST(OpenClLog, GivesEveryErrorThatFitsAndNoHalfOnes) {
  std::string log;
  for (int i = 1; i <= 100; ++i) log += "a.hk:" + std::to_string(i) + ":1: error: wrong\n";
  const std::string errors = first_errors(log, "a.hk", 60);
  EXPECT_EQ("a.hk:1:1: wrong\na.hk:2:1: wrong\na.hk:3:1: wrong", errors);
}

TEST(OpenClLog, FallsBackToTheLogItself) {
  EXPECT_EQ("a.hk: something broke", first_errors("something broke", "a.hk", 900));
  EXPECT_EQ("a.hk: the compiler gave no reason", first_errors("", "a.hk", 900));
  EXPECT_EQ(10u, first_errors(std::string(5000, 'x'), "a.hk", 10).size());
}

TEST(OpenClErrors, TellACallThatAskedTooMuchFromWorkThatBroke) {
  hy_error error{};
  EXPECT_EQ(HY_OUT_OF_MEMORY, fail_cl(&error, CL_OUT_OF_RESOURCES, "cannot allocate", When::kCall));
  EXPECT_EQ(HY_DEVICE_LOST, fail_cl(&error, CL_OUT_OF_RESOURCES, "work failed", When::kLate));
  EXPECT_EQ(-5, error.vendor_code);
  EXPECT_STREQ("CL_OUT_OF_RESOURCES", error.vendor_name);
  EXPECT_EQ(HY_INTERNAL, fail_cl(&error, -4711, "strange"));
  EXPECT_EQ(HY_INTERNAL, fail_cl(nullptr, -4711, "nobody listens"));
}

TEST(OpenClDriverFiles, ListsOnlyFilesThatExistAndRefusesTooLittleRoom) {
  const test::FakeHost host;
  std::vector<char> text(65536, 'x');
  hy_error error{};
  ASSERT_EQ(HY_OK, list_driver_files(*host.table(), text.data(), text.size(), &error)) << error.message;
  const std::string list = text.data();
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = list.find('\n', begin);
    ASSERT_NE(std::string::npos, end);
    EXPECT_EQ('/', list[begin]);
    EXPECT_EQ(0, ::access(list.substr(begin, end - begin).c_str(), R_OK)) << list.substr(begin, end - begin);
    begin = end + 1;
  }
  if (!list.empty()) {
    EXPECT_EQ(HY_INVALID_ARGUMENT, list_driver_files(*host.table(), text.data(), 4, &error));
  }
}

}  // namespace
}  // namespace halyard::opencl
