// Which SPIR-V images the opencl backend takes, what it says of one that the driver refuses, and what compilers are
// told that go by way of SPIR-V; on a fake driver.
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/drivers/fake_opencl.hpp"
#include "tests/unit/fake_host.hpp"

extern "C" const hy_backend* halyard_backend_query_opencl(uint32_t, const hy_host*);

namespace halyard::test {
namespace {

constexpr uint32_t kMagic = 0x07230203;
constexpr char kAll[] =
    "cl_khr_fp64 cl_khr_int64_base_atomics cl_khr_int64_extended_atomics cl_khr_subgroups "
    "cl_intel_subgroups";

// The header alone, which is all that anything but a driver's compiler looks at.
std::vector<uint32_t> spirv(uint32_t version = 0x10000) { return {kMagic, version, 0, 1, 0}; }

class OpenClSpirv : public ::testing::Test {
 protected:
  OpenClSpirv() {
    host_.replace_library(HALYARD_FAKE_OPENCL_PATH);
    library_ = ::dlopen(HALYARD_FAKE_OPENCL_PATH, RTLD_NOW | RTLD_LOCAL);
    symbol<fake_opencl_build_log_fn>("fake_opencl_build_log")(nullptr);
    set("OpenCL 3.0 fake", "SPIR-V_1.2", "cl_khr_fp16");
  }
  ~OpenClSpirv() override {
    close();
    symbol<fake_opencl_build_log_fn>("fake_opencl_build_log")(nullptr);
    symbol<fake_opencl_language_fn>("fake_opencl_language")(nullptr, nullptr);
    EXPECT_EQ(symbol<fake_opencl_live_fn>("fake_opencl_live")(), 0);
  }

  template <class Function>
  Function* symbol(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(library_, name));
  }
  // What the driver's 3.0 device says of itself.
  void set(const char* version, const char* languages, const char* extensions) {
    symbol<fake_opencl_spirv_fn>("fake_opencl_spirv")(version, languages);
    extensions_ = extensions;  // which must live as long as the driver looks at them
    symbol<fake_opencl_language_fn>("fake_opencl_language")(extensions_.c_str(), "OpenCL C 3.0 fake");
  }
  void open() {
    close();
    table_ = halyard_backend_query_opencl(HY_ABI_VERSION, host_.table());
    hy_b_report report{};
    report.size = sizeof report;
    ASSERT_EQ(table_->instance_create(host_.table(), &instance_, &report, &error_), HY_OK) << error_.message;
    info_.size = sizeof info_;
    ASSERT_EQ(table_->device_info(instance_, 1, &info_, &error_), HY_OK) << error_.message;
    ASSERT_EQ(table_->device_open(instance_, 1, &device_, &error_), HY_OK) << error_.message;
  }
  void close() {
    if (device_ != nullptr) table_->device_close(device_);
    if (instance_ != nullptr) table_->instance_destroy(instance_);
    device_ = nullptr;
    instance_ = nullptr;
  }
  bool takes_spirv() const { return (info_.capabilities & HY_CAP_SPIRV) != 0; }
  uint32_t rank(const char* target, const std::vector<uint32_t>& words = spirv()) {
    const hy_b_image image{sizeof image, HY_IMAGE_SPIRV, target, words.data(), words.size() * 4};
    return table_->image_rank(device_, &image);
  }
  hy_status load(const std::vector<uint32_t>& words) {
    const hy_b_image image{sizeof image, HY_IMAGE_SPIRV, "spirv", words.data(), words.size() * 4};
    hy_b_module* module = nullptr;
    const hy_status status = table_->module_load(device_, &image, &module, &error_);
    if (module != nullptr) table_->module_unload(module);
    return status;
  }
  std::string options() { return symbol<fake_opencl_options_fn>("fake_opencl_options")(); }

  FakeHost host_;
  std::string extensions_;
  void* library_ = nullptr;
  const hy_backend* table_ = nullptr;
  hy_b_instance* instance_ = nullptr;
  hy_b_device* device_ = nullptr;
  hy_device_info info_{};
  hy_error error_{};
};

TEST_F(OpenClSpirv, IsTakenByDevicesThatSayTheVersionAndHaveTheFunction) {
  struct Case {
    const char* version;
    const char* languages;
    const char* extensions;
    bool takes;
  };
  const Case cases[] = {
      {"OpenCL 3.0 fake", "SPIR-V_1.2", "", true},
      {"OpenCL 2.1 fake", "SPIR-V_1.0", "", true},
      {"OpenCL 3.0 fake", "SPIR-V_1.0 SPIR-V_1.2 SPIR-V_1.1", "", true},
      {"OpenCL 3.0 fake", "", "", false},
      {"OpenCL 3.0 fake", "Other_1.0", "", false},
      {"OpenCL 3.0 fake", "SPIR-V", "", false},  // of no version
      {"OpenCL 2.0 fake", "SPIR-V_1.0", "", false},
      {"OpenCL 2.0 fake", "SPIR-V_1.0", "cl_khr_il_program", true},
      {"OpenCL 1.2 fake", "SPIR-V_1.0", "cl_khr_il_program", true},
      {"OpenCL 2.0 fake", "SPIR-V_1.0", "cl_khr_il_programs", false},  // though the fake has the function
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.version) + ", " + one.languages + ", " + one.extensions);
    set(one.version, one.languages, one.extensions);
    open();
    EXPECT_EQ(takes_spirv(), one.takes);
    EXPECT_EQ(rank("spirv") != 0, one.takes);
    EXPECT_EQ(load(spirv()), one.takes ? HY_OK : HY_UNSUPPORTED) << error_.message;
  }
}

TEST_F(OpenClSpirv, OfANewerVersionThanTheDeviceTakesIsNotForIt) {
  for (const char* languages : {"SPIR-V_1.2", "SPIR-V_1.0 SPIR-V_1.2 SPIR-V_1.1"}) {
    set("OpenCL 3.0 fake", languages, "");
    open();
    EXPECT_NE(rank("spirv", spirv(0x10000)), 0u);
    EXPECT_NE(rank("spirv", spirv(0x10200)), 0u);
    EXPECT_EQ(rank("spirv", spirv(0x10300)), 0u);
    EXPECT_EQ(rank("spirv", spirv(0x20000)), 0u);
    EXPECT_EQ(rank("spirv", {__builtin_bswap32(kMagic), __builtin_bswap32(0x10300)}), 0u);
    EXPECT_NE(rank("spirv", {__builtin_bswap32(kMagic), __builtin_bswap32(0x10200)}), 0u);
    // What is damaged is told by its checksum or by the driver, and not passed over in silence.
    EXPECT_NE(rank("spirv", {kMagic}), 0u) << "cut off";
    EXPECT_NE(rank("spirv", {0x5a5a5a5au, 0x5a5a5a5au}), 0u) << "no SPIR-V at all";
  }
}

TEST_F(OpenClSpirv, WithFeaturesThatTheDeviceLacksIsNotForIt) {
  set("OpenCL 3.0 fake", "SPIR-V_1.2", "cl_khr_fp64");
  open();
  EXPECT_NE(rank("spirv"), 0u);
  EXPECT_NE(rank("spirv:fp64"), 0u);
  EXPECT_EQ(rank("spirv:int64_atomics"), 0u);
  EXPECT_EQ(rank("spirv:subgroups"), 0u);
  EXPECT_EQ(rank("spirv:fp64:subgroups"), 0u);
  EXPECT_EQ(rank("spirv:fp65"), 0u) << "one that only a newer version knows";
  EXPECT_EQ(rank("spirv:"), 0u);
  EXPECT_NE(rank(""), 0u) << "another compiler's";
  set("OpenCL 3.0 fake", "SPIR-V_1.2", "");
  open();
  EXPECT_EQ(rank("spirv:fp64"), 0u);
}

TEST_F(OpenClSpirv, ThatUsesMoreOfTheDeviceIsBetter) {
  set("OpenCL 3.0 fake", "SPIR-V_1.2", kAll);
  open();
  EXPECT_LT(rank("spirv"), rank("spirv:fp64"));
  EXPECT_LT(rank("spirv:int64_atomics"), rank("spirv:fp64:subgroups"));
  EXPECT_LT(rank("spirv:fp64:subgroups"), rank("spirv:fp64:int64_atomics:subgroups"));
}

TEST_F(OpenClSpirv, ThatTheDriverRefusesIsToldInTheDriversWords) {
  open();
  symbol<fake_opencl_build_log_fn>("fake_opencl_build_log")("the fake knows no OpNop");
  EXPECT_EQ(load(spirv()), HY_COMPILE_FAILED);
  EXPECT_STREQ(error_.message, "cannot build the kernel image (CL_BUILD_PROGRAM_FAILURE): the fake knows no OpNop");
  EXPECT_STREQ(error_.vendor_name, "CL_BUILD_PROGRAM_FAILURE");
  symbol<fake_opencl_build_log_fn>("fake_opencl_build_log")(nullptr);
  EXPECT_EQ(load({1, 2, 3, 4, 5}), HY_CORRUPT_ARTIFACT);
  EXPECT_NE(std::string(error_.message).find("is no SPIR-V"), std::string::npos) << error_.message;
}

TEST_F(OpenClSpirv, IsBuiltWithoutOptionsOfTheLanguage) {
  set("OpenCL 3.0 fake", "SPIR-V_1.2", kAll);
  open();
  EXPECT_EQ(load(spirv()), HY_OK) << error_.message;
  EXPECT_EQ(options().find("-cl-std"), std::string::npos) << options();
  EXPECT_EQ(options().find("-D"), std::string::npos) << options();
}

// Compilers of source: how they are called.
class OpenClSource : public OpenClSpirv {
 protected:
  std::string compile(const std::string& extensions) {
    set("OpenCL 3.0 fake", "", extensions.c_str());
    open();
    const hy_b_source source{sizeof source, 0, "text", 4, "a.hk"};
    hy_b_compiled compiled{};
    compiled.size = sizeof compiled;
    EXPECT_EQ(table_->compile(device_, &source, &compiled, &error_), HY_OK) << error_.message;
    table_->compiled_release(&compiled);
    return options();
  }
};

// One that defines __SPIR__ claims every extension: the prelude then believes what it is told alone.
TEST_F(OpenClSource, IsCompiledByOneThatIsToldWhatTheDeviceHas) {
  EXPECT_EQ(compile("").find("-DHY_ASSUME"), std::string::npos) << options();
  EXPECT_NE(compile("cl_khr_fp64").find("-DHY_ASSUME_FLOAT64"), std::string::npos) << options();
  EXPECT_EQ(options().find("-DHY_ASSUME_ATOMICS_INT64"), std::string::npos) << options();
  compile(kAll);
  for (const char* word : {"-DHY_ASSUME_FLOAT64", "-DHY_ASSUME_ATOMICS_INT64", "-DHY_ASSUME_SUBGROUPS"}) {
    EXPECT_NE(options().find(word), std::string::npos) << options();
  }
}

TEST_F(OpenClSource, IsNoOpenCl3ForIntelsDevicesWithoutImages) {
  EXPECT_NE(compile(kAll).find("-cl-std=CL3.0"), std::string::npos) << options();
  EXPECT_NE(compile(std::string(kAll) + " cl_intel_device_attribute_query").find("-cl-std=CL2.0"), std::string::npos)
      << options();
}

}  // namespace
}  // namespace halyard::test
