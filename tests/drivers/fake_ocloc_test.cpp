// The fake ocloc answers as the real one (22.43) does: what its files are called, its messages and its codes.
#include "tests/drivers/fake_level_zero_device.hpp"

namespace halyard::test {
namespace {

constexpr char kGood[] = "kernel void one(global int* x) { x[0] = 1; }\n";

class FakeOcloc : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = missing_for_spirv(); !missing.empty()) GTEST_SKIP() << missing;
  }
  static const FakeLibrary& compiler() {
    static FakeLibrary library(HALYARD_FAKE_OCLOC_PATH);
    return library;
  }
  void TearDown() override {
    for (const char* all : {"orders", "settings"}) compiler().configure(all, "");
    EXPECT_EQ(compiler().misuses(), "");
    EXPECT_EQ(compiler().live(nullptr), 0) << "outputs are left";
  }
  static OclocOutput run(const std::string& source, const std::vector<std::string>& words) {
    return run_ocloc(compiler(), source, "x.cl", words);
  }
  using Names = std::vector<std::string>;
};

TEST_F(FakeOcloc, names_what_it_makes_after_the_device) {
  const OclocOutput made = run(kGood, {"compile", "-file", "x.cl", "-device", "dg2"});
  EXPECT_EQ(made.code, 0);
  EXPECT_EQ(made.names, (Names{"x_XE_HPG_COREdg2.spv", "x_XE_HPG_COREdg2.bin", "stdout.log"}));
  EXPECT_EQ(made.log(), "Build succeeded.\n");
  EXPECT_EQ(made.files.at(made.names[0]).substr(0, 4), std::string("\3\2\x23\7"));
  EXPECT_EQ(made.files.at(made.names[1]).substr(0, 4), "\177ELF");
  EXPECT_EQ(run(kGood, {"-file", "x.cl", "-device", "pvc", "-spv_only"}).names,
            (Names{"x_XE_HPC_COREpvc.spv", "stdout.log"}));
}

TEST_F(FakeOcloc, leaves_out_the_device_when_told_to) {
  EXPECT_EQ(run(kGood, {"compile", "-file", "x.cl", "-device", "dg2", "-output_no_suffix"}).names,
            (Names{"x.spv", "x", "stdout.log"}));
  EXPECT_EQ(run(kGood, {"-file", "x.cl", "-device", "dg2", "-output_no_suffix", "-output", "y", "-out_dir", "a"}).names,
            (Names{"a/y.spv", "a/y", "stdout.log"}));
}

TEST_F(FakeOcloc, finds_the_product_of_a_device_id) {
  const OclocOutput made = run(kGood, {"-file", "x.cl", "-device", "0x56a0", "-q"});
  EXPECT_EQ(made.code, 0);
  EXPECT_EQ(made.names[0], "x_XE_HPG_COREdg2.spv");
  EXPECT_EQ(made.log(), "Auto-detected target based on 0x56a0 device id: dg2\n");
}

TEST_F(FakeOcloc, tells_what_the_compiler_said) {
  const OclocOutput made = run("kernel void k(global int* x) { x[get_global_id(0)] = y; }\n",
                               {"compile", "-file", "x.cl", "-device", "dg2", "-options", kAssumeAll});
  EXPECT_EQ(made.code, -11);
  EXPECT_EQ(made.names, Names{"stdout.log"});
  EXPECT_EQ(made.log(),
            "1:1:54: error: use of undeclared identifier 'y'\n"
            "kernel void k(global int* x) { x[get_global_id(0)] = y; }\n"
            "                                                     ^\n\n"
            "Build failed with error code: -11\n");
  const OclocOutput warned = run(std::string(kGood) + "#warning hello\n", {"-file", "x.cl", "-device", "dg2"});
  EXPECT_EQ(warned.code, 0);
  EXPECT_EQ(warned.log(), "1:2:2: warning: hello\n#warning hello\n ^\n\nBuild succeeded.\n");
}

TEST_F(FakeOcloc, refuses_what_it_does_not_know) {
  EXPECT_EQ(run(kGood, {"-file", "x.cl", "-device", "nosuch"}).code, -33);
  EXPECT_EQ(run(kGood, {"-file", "x.cl", "-device", "nosuch"}).log(), "Error: Cannot get HW Info for device nosuch.\n");
  EXPECT_EQ(run(kGood, {"-file", "y.cl", "-device", "dg2"}).code, -5151);
  EXPECT_EQ(run(kGood, {"-file", "y.cl", "-device", "dg2"}).log(), "Error: Input file y.cl missing.\n");
  const OclocOutput option = run(kGood, {"compile", "-file", "x.cl", "-device", "dg2", "-nonsense"});
  EXPECT_EQ(option.code, -5150);
  EXPECT_EQ(option.log(), "Invalid option (arg 6): -nonsense\n");
  const OclocOutput build = run(kGood, {"-file", "x.cl", "-device", "dg2", "-options", "-nosuch"});
  EXPECT_EQ(build.code, -11);
  EXPECT_EQ(build.log(), "\nUnrecognized build options: -nosuch\nBuild failed with error code: -11\n");
}

TEST_F(FakeOcloc, has_double_precision_unless_told_otherwise) {
  const std::string source =
      "#ifndef cl_khr_fp64\n#error no doubles\n#endif\nkernel void k(global double* x) { x[0] = 1.0; }\n";
  EXPECT_EQ(run(source, {"-file", "x.cl", "-device", "dg2"}).code, 0);
  compiler().configure("fp64", "0");
  const OclocOutput without = run(source, {"-file", "x.cl", "-device", "dg2"});
  EXPECT_EQ(without.code, -11);
  EXPECT_NE(without.log().find("no doubles"), std::string::npos) << without.log();
}

TEST_F(FakeOcloc, hands_macros_to_the_compiler) {
  const std::string source = "kernel void k(global int* x) { x[0] = A + B; }\n";
  EXPECT_EQ(run(source, {"-file", "x.cl", "-device", "dg2", "-options", "-cl-std=CL2.0 -DA=1 -D B=2"}).code, 0);
  EXPECT_EQ(run(source, {"-file", "x.cl", "-device", "dg2", "-options", "-DA=1"}).code, -11);
}

TEST_F(FakeOcloc, fails_when_it_is_told_to) {
  compiler().configure("fail", "oclocInvoke 1 -6");
  uint32_t count = 0;
  EXPECT_EQ(ZE_CALL(compiler(), oclocInvoke)(0, nullptr, 0, nullptr, nullptr, nullptr, 0, nullptr, nullptr, nullptr,
                                             &count, nullptr, nullptr, nullptr),
            -6);
}

TEST_F(FakeOcloc, notes_outputs_that_are_freed_twice) {
  uint32_t count = 0;
  uint8_t** data = nullptr;
  uint64_t* bytes = nullptr;
  char** names = nullptr;
  const char* words[] = {"ocloc", "-nonsense"};
  EXPECT_EQ(ZE_CALL(compiler(), oclocInvoke)(2, words, 0, nullptr, nullptr, nullptr, 0, nullptr, nullptr, nullptr,
                                             &count, &data, &bytes, &names),
            -5150);
  EXPECT_EQ(ZE_CALL(compiler(), oclocFreeOutput)(&count, &data, &bytes, &names), 0);
  EXPECT_NE(ZE_CALL(compiler(), oclocFreeOutput)(&count, &data, &bytes, &names), 0);
  EXPECT_NE(compiler().misuses(), "");
  compiler().configure("misuses", "");
}

}  // namespace
}  // namespace halyard::test
