// Bundles with images for NVIDIA's, AMD's and Intel's devices, made by halyardc with the fakes' compilers (SPIR-V with
// clang) and loaded by the fakes' drivers: without a compiler, damaged, too new, and for another device.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "halyard/detail/error.hpp"
#include "halyard/halyard.hpp"
#include "runtime/core/objects.hpp"
#include "runtime/kernels/bundle.hpp"
#include "tests/drivers/fake_level_zero_device.hpp"
#include "tests/integration/process_tools.hpp"
#include "tests/integration/vendor_images.hpp"
#include "vendor_kernels.hpp"

namespace halyard::test {
namespace {

struct Vendor {
  const char* backend;
  const char* driver;
  const char* driver_file;
  const char* compiler;
  const char* compiler_file;
  const char* kind;     // of the compiler, as halyardc names it
  const char* allowed;  // by halyardc's --compiler
  const char* control;  // the variable that the compiler's fake heeds
  const char* compile;  // the call that compiles
  const char* target;
  const char* other_target;  // of another device
};

const Vendor kVendors[] = {
    {"cuda", HALYARD_FAKE_CUDA_PATH, "libcuda.so.1", HALYARD_FAKE_NVRTC_PATH, "libnvrtc.so.13", "nvrtc", "nvrtc",
     "HALYARD_FAKE_NVRTC", "nvrtcCompileProgram", "sm_90", "sm_75"},
    {"hip", HALYARD_FAKE_HIP6_PATH, "libamdhip64.so.6", HALYARD_FAKE_HIPRTC6_PATH, "libhiprtc.so.6", "hiprtc", "hiprtc",
     "HALYARD_FAKE_HIPRTC", "hiprtcCompileProgram", "gfx942", "gfx90a"},
    {"level_zero", HALYARD_FAKE_ZE_PATH, "libze_loader.so.1", HALYARD_FAKE_OCLOC_PATH, "libocloc.so", "ocloc",
     "clang,ocloc=" HALYARD_FAKE_OCLOC_PROGRAM, "HALYARD_FAKE_OCLOC", "oclocInvoke", "dg2", "pvc"},
};
std::ostream& operator<<(std::ostream& out, const Vendor& vendor) { return out << vendor.backend; }

constexpr char kOne[] =
    "HY_WORKGROUP(16)\nHY_KERNEL(scale, HY_INOUT(float, x), HY_VAL(float, a))\n{\n  HY_ITEMS(i)\n  {\n"
    "    x[i] *= a;\n  }\n}\n";
constexpr char kTwo[] =
    "HY_KERNEL(shift, HY_INOUT(float, x), HY_VAL(float, a), HY_VAL(uint, n))\n{\n  HY_BOUND(i, n);\n  x[i] += a;\n}\n";

// Whether a file of that name is mapped into this process.
bool is_open(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find(name) != std::string::npos) return true;
  }
  return false;
}

class VendorBundle : public VendorImages, public testing::WithParamInterface<Vendor> {
 protected:
  VendorBundle() {
    std::filesystem::create_directories(folder_ + "/drivers");
    std::filesystem::create_symlink(GetParam().driver, folder_ + "/drivers/" + GetParam().driver_file);
    write("one.hk", kOne);
    write("two.hk", kTwo);
  }

  void SetUp() override {
    const std::string missing = GetParam().backend == std::string("level_zero") ? missing_for_spirv() : "";
    if (!missing.empty()) GTEST_SKIP() << missing;
  }

  // A bundle of both files, by the fake compiler. The same words give the same bytes.
  std::string make(const std::string& targets, const std::string& orders = "") {
    static auto& made = *new std::map<std::string, std::string>;
    std::string& bundle = made[std::string(GetParam().backend) + targets + orders];
    if (!bundle.empty()) return bundle;
    const std::string fakes = std::filesystem::path(GetParam().compiler).parent_path();
    const std::string environment = "HALYARD_LIBRARY_PATH='" + fakes + "' " + GetParam().control + "='" + orders + "'";
    const std::string target =
        targets.empty() ? "" : std::string("--compiler ") + GetParam().allowed + " --target " + targets;
    EXPECT_EQ(run("-o out.hkb " + target + " one.hk two.hk", environment), 0) << said;
    std::ifstream file(folder_ + "/out.hkb", std::ios::binary);
    bundle = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return bundle;
  }

  enum class Compiler { kNone, kFake, kBroken };
  // Whatever compilers this machine has.
  void open(Compiler compiler) {
    const std::string file = std::string("drivers/") + GetParam().compiler_file;
    if (compiler == Compiler::kFake) std::filesystem::create_symlink(GetParam().compiler, folder_ + "/" + file);
    if (compiler == Compiler::kBroken) write(file, "no library");
    RuntimeOptions options;
    const std::string drivers = folder_ + "/drivers";
    options.backends = GetParam().backend;
    options.library_path = drivers.c_str();
    options.plugins = "";
    options.cache_dir = "";
    options.default_device = "";
    options.worker_path = HALYARD_WORKER;
    options.log_to(log_, LogLevel::debug);
    auto runtime = Runtime::create(options);
    ASSERT_TRUE(runtime) << runtime.error().message();
    if (compiler == Compiler::kNone) hide_compilers(runtime->native_handle());
    auto device = runtime->device(GetParam().backend);
    ASSERT_TRUE(device) << device.error().message();
    runtime_.emplace(*runtime);
    device_.emplace(*device);
    EXPECT_EQ(device_->has(HY_CAP_RUNTIME_COMPILE), compiler != Compiler::kNone);
  }

  static void hide_compilers(hy_runtime* runtime) {
    static decltype(hy_host::library_find) find;
    hy_host& table = const_cast<hy_host&>(runtime->host.table());
    if (find == nullptr) find = table.library_find;
    table.library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                            hy_error* error) -> hy_status {
      const std::string name = request->names[0];
      const bool compiler = name.find("rtc") != std::string::npos || name.find("ocloc") != std::string::npos;
      return compiler ? fail(error, HY_UNAVAILABLE, "hidden") : find(self, request, path, capacity, error);
    };
  }

  Bundle load(const std::string& bytes) {
    memory_.assign(bytes.size() / sizeof(std::uint64_t) + 1, 0);
    std::memcpy(memory_.data(), bytes.data(), bytes.size());
    auto bundle = Bundle::from_memory(*runtime_, {reinterpret_cast<const std::byte*>(memory_.data()), bytes.size()});
    EXPECT_TRUE(bundle) << bundle.error().message();
    return std::move(*bundle);
  }

  // Whether the device computes with it what it should.
  void expect_scales(const Bundle& bundle) {
    const auto kernel = bundle.kernel(*device_, "scale");
    ASSERT_TRUE(kernel) << kernel.error().message();
    expect_result(*kernel, 3.0f * 2.5f, [](Stream& stream, const Kernel& k, Buffer<float>& x) {
      return stream.launch(k, Groups{1}, x, 2.5f);
    });
  }
  void expect_shifts(const Bundle& bundle) {
    const auto kernel = bundle.kernel(*device_, "shift");
    ASSERT_TRUE(kernel) << kernel.error().message();
    expect_result(*kernel, 3.0f + 2.5f, [](Stream& stream, const Kernel& k, Buffer<float>& x) {
      return stream.launch(k, Items{16}, x, 2.5f, std::uint32_t{16});
    });
  }
  template <class Launch>
  void expect_result(const Kernel& kernel, float expected, Launch&& launch) {
    auto stream = device_->stream();
    ASSERT_TRUE(stream) << stream.error().message();
    auto x = stream->allocate<float>(16);
    ASSERT_TRUE(x) << x.error().message();
    std::vector<float> values(16, 3.0f);
    ASSERT_TRUE(stream->write(*x, values));
    const auto launched = launch(*stream, kernel, *x);
    ASSERT_TRUE(launched) << launched.error().message();
    ASSERT_TRUE(stream->read(std::span<float>(values), *x));
    ASSERT_TRUE(stream->synchronize());
    EXPECT_EQ(values, std::vector<float>(16, expected));
  }

  // With a byte of the image `index` of another value.
  static std::string damaged(std::string bytes, std::size_t index) {
    std::vector<std::uint64_t> words(bytes.size() / 8 + 1);
    std::memcpy(words.data(), bytes.data(), bytes.size());
    kernels::BundleImage image;
    EXPECT_EQ(image.open(words.data(), bytes.size(), "test", nullptr), HY_OK);
    const auto& one = image.images()[index];
    bytes[one.offset + one.bytes / 2] = static_cast<char>(bytes[one.offset + one.bytes / 2] ^ 1);
    return bytes;
  }

  // The file's name and the reason are in the error, and what else can be done.
  void expect_refused(const Bundle& bundle, const char* kernel, ErrorCode code, const std::vector<std::string>& parts) {
    const auto made = bundle.kernel(*device_, kernel);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), code) << made.error().message();
    for (const std::string& part : parts)
      EXPECT_NE(std::string(made.error().message()).find(part), std::string::npos) << made.error().message();
  }

  struct Log {
    void operator()(LogLevel, const char* text) {
      std::lock_guard lock(mutex);
      all += std::string(text) + "\n";
    }
    std::mutex mutex;
    std::string all;
  } log_;
  std::vector<std::uint64_t> memory_;
  std::optional<Runtime> runtime_;
  std::optional<Device> device_;
};

TEST_P(VendorBundle, RunsWithoutACompiler) {
  const std::string bytes = make(GetParam().target);
  open(Compiler::kNone);
  const Bundle bundle = load(bytes);
  expect_scales(bundle);
  expect_shifts(bundle);
}

TEST_P(VendorBundle, OpensNoCompilerWhereItHasTheImage) {
  const std::string bytes = make(GetParam().target);
  open(Compiler::kFake);
  const Bundle bundle = load(bytes);
  expect_scales(bundle);
  EXPECT_TRUE(is_open(GetParam().driver_file));
  EXPECT_FALSE(is_open(GetParam().kind)) << "the compiler was opened for nothing";
  EXPECT_EQ(log_.all.find("is started: compile"), std::string::npos) << log_.all;
}

TEST_P(VendorBundle, RunsOutOfAFileAndOutOfTheProgramToo) {
  const std::string bytes = make(GetParam().target);
  open(Compiler::kNone);
  write("app.hkb", bytes);
  const auto file = Bundle::from_file(*runtime_, (folder_ + "/app.hkb").c_str());
  ASSERT_TRUE(file) << file.error().message();
  expect_scales(*file);
  load(bytes);
  const hy_linked_bundle linked{sizeof linked, 0, memory_.data(), bytes.size(), nullptr};
  const auto program = Bundle::from_linked(*runtime_, linked);
  ASSERT_TRUE(program) << program.error().message();
  expect_scales(*program);
}

TEST_P(VendorBundle, ThatTheBuildLinkedInRunsWithoutACompiler) {
  open(Compiler::kNone);
  const auto bundle = Bundle::from_linked(*runtime_, vendor_kernels::bundle());
  ASSERT_TRUE(bundle) << bundle.error().message();
  expect_scales(*bundle);
  EXPECT_NE(log_.all.find(std::string("compiled ahead for '") + GetParam().target + "'"), std::string::npos)
      << log_.all;
}

TEST_P(VendorBundle, WithADamagedImageIsCorruptForItsKernelsAlone) {
  const std::string bytes = damaged(make(GetParam().target), 0);
  open(Compiler::kNone);
  const Bundle bundle = load(bytes);
  expect_refused(bundle, "scale", ErrorCode::corrupt_artifact, {"one.hk", GetParam().target, "checksum"});
  expect_shifts(bundle);
}

TEST_P(VendorBundle, WithADamagedImageIsCompiledFromItsSourceWhereThereIsACompiler) {
  const std::string bytes = damaged(make(GetParam().target), 0);
  open(Compiler::kFake);
  const Bundle bundle = load(bytes);
  expect_scales(bundle);
  EXPECT_NE(log_.all.find(std::string("scale (one.hk): the image for '") + GetParam().target + "' ("),
            std::string::npos)
      << log_.all;
  EXPECT_NE(log_.all.find("one.hk: not in the cache, compiled for"), std::string::npos) << log_.all;
}

// As a bundle that was made of damaged files: its checksums are right.
TEST_P(VendorBundle, WithAnImageThatTheDriverRefusesIsCorruptForItsKernelsAlone) {
  make(GetParam().target);
  write("out.hkb", make(GetParam().target));
  const std::vector<VendorImage> images = images_of("out.hkb");
  ASSERT_EQ(images.size(), 2u);
  kernels::BundleWriter writer;
  ASSERT_EQ(writer.add_source(kOne, "one.hk", nullptr), HY_OK);
  ASSERT_EQ(writer.add_source(kTwo, "two.hk", nullptr), HY_OK);
  writer.add_image(images[0].format, images[0].target, 0, {}, images[0].bytes.substr(0, images[0].bytes.size() - 64));
  writer.add_image(images[1].format, images[1].target, 1, {}, images[1].bytes);
  open(Compiler::kNone);
  const Bundle bundle = load(writer.finish());
  expect_refused(bundle, "scale", ErrorCode::corrupt_artifact,
                 {std::string("scale (one.hk): the image for '") + GetParam().target + "' (",
                  std::string("can't be used on ") + GetParam().backend + ":0 (Fake", "cannot load the kernel image",
                  "compile it again", "no compiler for it was found"});
  expect_shifts(bundle);
}

TEST_P(VendorBundle, WithoutAnImageForTheDeviceNeedsACompilerAndSaysSo) {
  for (const std::string& targets : {std::string(GetParam().other_target), std::string()}) {
    const std::string bytes = make(targets);
    if (!runtime_) open(Compiler::kNone);
    expect_refused(load(bytes), "scale", ErrorCode::unsupported,
                   {"scale (one.hk): the bundle in memory has no image for ", ":0 (Fake",
                    targets.empty() ? "" : "For other devices: '" + targets + "' (", "no compiler for it was found",
                    "add one with halyardc, or install its vendor's run-time compiler"});
  }
}

TEST_P(VendorBundle, WithoutAnImageForTheDeviceIsCompiledThere) {
  const std::string bytes = make(GetParam().other_target);
  open(Compiler::kFake);
  expect_scales(load(bytes));
  EXPECT_NE(log_.all.find("one.hk: not in the cache, compiled for"), std::string::npos) << log_.all;
}

// The compiler is there when the device is listed and does not open when it is needed.
TEST_P(VendorBundle, WithoutAnImageSaysWhatIsWrongWithTheCompilerAndWhichImagesThereAre) {
  const std::string bytes = make(GetParam().other_target);
  open(Compiler::kBroken);
  const auto made = load(bytes).kernel(*device_, "scale");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code(), ErrorCode::unavailable) << made.error().message();
  const std::string message(made.error().message());
  EXPECT_NE(message.find(GetParam().compiler_file), std::string::npos) << message;
  EXPECT_NE(message.find(std::string(". For other devices: '") + GetParam().other_target + "' ("), std::string::npos)
      << message;
}

TEST_P(VendorBundle, WithoutAnImageOutlivesACompilerThatAborts) {
  const std::string bytes = make("");
  const Variable orders(GetParam().control, (std::string("abort=") + GetParam().compile).c_str());
  open(Compiler::kFake);
  expect_refused(load(bytes), "scale", ErrorCode::compile_failed,
                 {"one.hk: the compiler for Fake", "crashed with SIGABRT"});
}

// NVIDIA's alone: AMD's images are all machine code.
class PtxBundle : public VendorBundle {};

TEST_P(PtxBundle, IsTheNextBestWhereTheCubinIsDamaged) {
  const std::string bytes = damaged(make("sm_90,compute_75"), 0);
  open(Compiler::kNone);
  expect_scales(load(bytes));
  EXPECT_NE(log_.all.find("the image for 'sm_90' (cubin) of the bundle in memory can't be used on cuda:0"),
            std::string::npos)
      << log_.all;
  EXPECT_NE(log_.all.find("compiled ahead for 'compute_75'"), std::string::npos) << log_.all;
}

TEST_P(PtxBundle, OfANewerCudaThanTheDriversIsRefusedWithACure) {
  const std::string bytes = make("compute_75", "ptx_version=9.9");
  open(Compiler::kNone);
  expect_refused(load(bytes), "scale", ErrorCode::unsupported,
                 {"the image for 'compute_75' (PTX) of", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION",
                  "made by a newer CUDA than the driver's", "update the driver"});
}

TEST_P(PtxBundle, OfANewerCudaThanTheDriversIsCompiledAgainWhereThereIsACompiler) {
  const std::string bytes = make("compute_75", "ptx_version=9.9");
  open(Compiler::kFake);
  expect_scales(load(bytes));
}

// Level Zero's alone: SPIR-V beside native code, and devices that are told apart.
class SpirvBundle : public VendorBundle {
 protected:
  void TearDown() override {
    device_.reset();
    runtime_.reset();
    configure({});
  }
  // The driver anew, with these settings.
  void configure(const std::vector<std::pair<const char*, const char*>>& settings) {
    const FakeLibrary driver(GetParam().driver);
    driver.configure("settings", "");
    for (const auto& [key, value] : settings) EXPECT_EQ(driver.configure(key, value), 0) << key;
    driver.configure("restart", "");
  }
  void expect_taken(const std::string& target) const {
    EXPECT_NE(log_.all.find("compiled ahead for '" + target + "'"), std::string::npos) << log_.all;
  }
};

TEST_P(SpirvBundle, IsNativeCodeOnItsProductAndSpirvElsewhere) {
  const std::string bytes = make("dg2,spirv");
  for (const auto& [product, taken] : {std::pair("dg2", "dg2"), {"pvc", "spirv"}, {"bmg", "spirv"}}) {
    configure({{"architecture", product}});
    std::filesystem::remove(folder_ + "/drivers/" + GetParam().compiler_file);
    open(Compiler::kFake);
    expect_scales(load(bytes));
    expect_taken(taken);
    EXPECT_EQ(log_.all.find("is started: compile"), std::string::npos) << log_.all;
    log_.all.clear();
  }
}

TEST_P(SpirvBundle, IsSpirvWhereTheNativeCodeIsDamaged) {
  make("dg2,spirv");
  open(Compiler::kNone);
  expect_scales(load(damaged(make("dg2,spirv"), 0)));
  expect_taken("spirv");
}

TEST_P(SpirvBundle, IsTakenWithTheMostFeaturesThatTheDeviceHas) {
  const std::string bytes = make("spirv,spirv:fp64,spirv:fp64:int64_atomics:subgroups");
  const std::pair<std::vector<std::pair<const char*, const char*>>, const char*> cases[] = {
      {{}, "spirv:fp64:int64_atomics:subgroups"},
      {{{"atomics64", "0"}}, "spirv:fp64"},
      {{{"fp64", "0"}}, "spirv"},
      {{{"zero", "subGroupSizes"}}, "spirv:fp64"}};
  for (const auto& [settings, taken] : cases) {
    configure(settings);
    open(Compiler::kNone);
    expect_scales(load(bytes));
    expect_taken(taken);
    log_.all.clear();
  }
}

TEST_P(SpirvBundle, ThatNeedsWhatTheDeviceLacksIsNotTaken) {
  const std::string bytes = make("spirv:fp64");
  configure({{"fp64", "0"}});
  open(Compiler::kNone);
  expect_refused(load(bytes), "scale", ErrorCode::unsupported,
                 {"scale (one.hk): the bundle in memory has no image for ", "For other devices: 'spirv:fp64' ("});
  configure({{"zero", "spirvVersionSupported"}});
  open(Compiler::kNone);
  expect_refused(load(bytes), "scale", ErrorCode::unsupported, {"has no image for "});
}

TEST_P(SpirvBundle, ThatTheDriverRefusesIsAnErrorWithTheKernelsNameAndTheDriversLog) {
  const std::string bytes = make("spirv");
  configure({{"refuse", "scale"}});
  open(Compiler::kNone);
  const Bundle bundle = load(bytes);
  expect_refused(bundle, "scale", ErrorCode::corrupt_artifact,
                 {"scale (one.hk): the image for 'spirv' (SPIR-V) of", "can't be used on level_zero:0 (Fake",
                  "ZE_RESULT_ERROR_MODULE_BUILD_FAILURE", "in kernel 'scale': the fake driver was told to refuse it"});
  expect_shifts(bundle);
}

TEST_P(SpirvBundle, ThatTheDriverRefusesIsCompiledFromItsSourceWhereThereIsACompiler) {
  const std::string bytes = make("spirv");
  configure({{"refuse", "scale"}});
  open(Compiler::kFake);
  expect_scales(load(bytes));
  EXPECT_NE(log_.all.find("in kernel 'scale': the fake driver was told to refuse it"), std::string::npos) << log_.all;
}

INSTANTIATE_TEST_SUITE_P(Of, SpirvBundle, testing::Values(kVendors[2]),
                         [](const auto& tested) { return std::string(tested.param.backend); });
INSTANTIATE_TEST_SUITE_P(Of, PtxBundle, testing::Values(kVendors[0]),
                         [](const auto& tested) { return std::string(tested.param.backend); });
INSTANTIATE_TEST_SUITE_P(Of, VendorBundle, testing::ValuesIn(kVendors),
                         [](const auto& tested) { return std::string(tested.param.backend); });

}  // namespace
}  // namespace halyard::test
