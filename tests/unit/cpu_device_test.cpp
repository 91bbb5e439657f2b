// What the cpu device says of itself, its memory, images and compiler.
#include <unistd.h>

#include <fstream>
#include <string>

#include "backends/cpu/cpu.hpp"
#include "backends/cpu/cpuinfo.hpp"
#include "backends/cpu/limits.hpp"
#include "tests/unit/cpu_fixture.hpp"

namespace halyard::test {
namespace {

class CpuDevice : public CpuFixture {
 protected:
  hy_b_compiled compile(const std::string& text, hy_status expected = HY_OK, const char* name = "user.hk") {
    const hy_b_source source{sizeof source, 60'000, text.c_str(), text.size(), name};
    hy_b_compiled compiled{};
    compiled.size = sizeof compiled;
    EXPECT_EQ(expected, table_->compile(device_, &source, &compiled, &error_)) << error_.message;
    return compiled;
  }
};

constexpr char kSource[] = R"(#line 1 "prelude"
#include <stdint.h>
struct launch { uint64_t groups[3]; uint32_t workgroup[3]; uint32_t reserved; const void* const* args; };
struct kernel { const char* name; uint32_t mode; uint32_t workgroup[3]; uint64_t local_bytes;
                void (*range)(const launch*, uint64_t, uint64_t); void* item; uint32_t arg_count, private_bytes; };
struct image { uint32_t version, kernel_count; const kernel* kernels; const char* target; };
#line 1 "user.hk"
static void square(const launch* l, uint64_t first, uint64_t last) {
  uint64_t* x = (uint64_t*)l->args[0];
  for (uint64_t i = first; i < last; ++i) x[i] = x[i] * x[i];
}
static const kernel kernels[] = {{"square", 0, {0, 0, 0}, 0, square, nullptr, 1, 0}};
extern "C" __attribute__((visibility("default"))) const image hy_host_image = {1, 1, kernels, "native"};
)";

hy_signature square_signature() {
  static const hy_param kParam{HY_PARAM_INOUT, HY_U64, "x"};
  return hy_signature{"square", &kParam, 1, 0};
}

TEST_F(CpuDevice, SaysWhatItIs) {
  EXPECT_EQ(static_cast<hy_device_kind>(HY_DEVICE_CPU), info_.kind);
  EXPECT_EQ(1u, table_->device_count(instance_));
  EXPECT_NE('\0', info_.name[0]);
  EXPECT_NE('\0', info_.vendor[0]);
  EXPECT_NE('\0', info_.architecture[0]);
  EXPECT_GE(info_.compute_units, 1u);
  EXPECT_LE(info_.compute_units, cpu::thread_affinity().size());
  EXPECT_GT(info_.memory_bytes, 0u);
  EXPECT_EQ(static_cast<hy_dialect>(HY_DIALECT_HOST), info_.dialect);
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->device_info(instance_, 1, &info_, &error_));
}

TEST_F(CpuDevice, MemoryIsAlignedAndWritable) {
  for (const uint64_t bytes :
       {uint64_t{1}, uint64_t{100}, uint64_t{4096}, uint64_t{5} << 20, (uint64_t{33} << 20) + 1}) {
    hy_b_memory memory = allocate(bytes);
    EXPECT_EQ(0u, memory.address % info_.base_alignment) << bytes;
    EXPECT_EQ(bytes, memory.bytes);
    static_cast<unsigned char*>(memory.host)[bytes - 1] = 7;
    table_->memory_free(device_, &memory);
  }
}

TEST_F(CpuDevice, TooLargeAnAllocationIsRefusedWithTheFigures) {
  hy_b_memory memory{};
  EXPECT_EQ(HY_OUT_OF_MEMORY,
            table_->memory_allocate(device_, HY_MEMORY_DEVICE, info_.memory_bytes * 2, &memory, &error_));
  EXPECT_NE(nullptr, std::strstr(error_.message, "MiB")) << error_.message;
  EXPECT_EQ(HY_OUT_OF_MEMORY, table_->memory_allocate(device_, HY_MEMORY_DEVICE, UINT64_MAX, &memory, &error_));
}

TEST_F(CpuDevice, WrapsTheCallersMemoryAndLeavesItToTheCaller) {
  std::vector<uint64_t> mine(16, 3);
  const hy_native native{HY_NATIVE_HOST_POINTER, 0, {reinterpret_cast<uintptr_t>(mine.data()), 0}};
  hy_b_memory memory{};
  ASSERT_EQ(HY_OK, table_->memory_wrap(device_, &native, 128, &memory, &error_)) << error_.message;
  hy_native back{};
  ASSERT_EQ(HY_OK, table_->memory_native(device_, &memory, &back, &error_));
  EXPECT_EQ(native.handle[0], back.handle[0]);
  table_->memory_free(device_, &memory);
  EXPECT_EQ(3u, mine[15]);
  const hy_native other{HY_NATIVE_OPENCL_MEMORY, 0, {1, 0}};
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->memory_wrap(device_, &other, 128, &memory, &error_));
}

TEST_F(CpuDevice, ImagesForOtherProcessorsAreNotTaken) {
  HandWritten written("count", 1, 0, HY_HOST_LOOP, count_groups, nullptr);
  hy_b_image image = written.as_image();
  EXPECT_GT(table_->image_rank(device_, &image), 0u);
  written.image().target = "pdp-11";
  EXPECT_EQ(0u, table_->image_rank(device_, &image));
  hy_b_module* module = nullptr;
  EXPECT_EQ(HY_UNSUPPORTED, table_->module_load(device_, &image, &module, &error_));
  written.image().target = "";
  written.image().version = 99;
  EXPECT_EQ(0u, table_->image_rank(device_, &image));
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->module_load(device_, &image, &module, &error_));
  image.format = HY_IMAGE_CUBIN;
  EXPECT_EQ(0u, table_->image_rank(device_, &image));
}

TEST_F(CpuDevice, HigherInstructionSetsRankHigher) {
  const char* name = cpu::isa_name();
  EXPECT_GT(cpu::target_rank(name), cpu::target_rank(""));
  EXPECT_GT(cpu::target_rank("native"), cpu::target_rank(name));
  EXPECT_EQ(0u, cpu::target_rank("x86-64-v9"));
#if defined(__x86_64__)
  EXPECT_GE(cpu::target_rank(name), cpu::target_rank("x86-64"));
  EXPECT_EQ(cpu::isa_level() >= 3, cpu::target_rank("x86-64-v3") != 0);
#endif
}

TEST_F(CpuDevice, AKernelThatIsNotAsItsSignatureSaysIsRefused) {
  HandWritten written("count", 1, 0, HY_HOST_LOOP, count_groups, nullptr);
  const hy_b_image image = written.as_image();
  hy_b_module* module = nullptr;
  ASSERT_EQ(HY_OK, table_->module_load(device_, &image, &module, &error_)) << error_.message;
  hy_b_kernel* kernel = nullptr;
  hy_b_kernel_info info{};
  const hy_signature absent{"absent", nullptr, 0, 0};
  EXPECT_EQ(HY_INVALID_ARGUMENT, table_->kernel_create(module, &absent, &kernel, &info, &error_));
  const hy_signature fewer{"count", nullptr, 0, 0};
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->kernel_create(module, &fewer, &kernel, &info, &error_));
  written.kernel().mode = 17;
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->kernel_create(module, &written.signature(), &kernel, &info, &error_));
  written.kernel().mode = HY_HOST_LOOP;
  written.kernel().local_bytes = uint64_t{1} << 40;
  EXPECT_EQ(HY_UNSUPPORTED, table_->kernel_create(module, &written.signature(), &kernel, &info, &error_));
  table_->module_unload(module);
}

TEST_F(CpuDevice, AKernelWhoseItemsKeepMoreThanAStackHoldsIsRefused) {
  HandWritten written("count", 1, 0, HY_HOST_PHASES, count_groups, nullptr);
  const hy_b_image image = written.as_image();
  hy_b_module* module = nullptr;
  ASSERT_EQ(HY_OK, table_->module_load(device_, &image, &module, &error_)) << error_.message;
  hy_b_kernel* kernel = nullptr;
  hy_b_kernel_info info{};
  for (const uint32_t bytes : {uint32_t{4} << 20, UINT32_MAX}) {
    written.kernel().private_bytes = bytes;
    EXPECT_EQ(HY_UNSUPPORTED, table_->kernel_create(module, &written.signature(), &kernel, &info, &error_));
    EXPECT_NE(nullptr, std::strstr(error_.message, "smaller workgroup")) << error_.message;
  }
  written.kernel().private_bytes = 3u << 20;
  ASSERT_EQ(HY_OK, table_->kernel_create(module, &written.signature(), &kernel, &info, &error_)) << error_.message;
  table_->kernel_destroy(kernel);
  table_->module_unload(module);
}

TEST_F(CpuDevice, CompilesLoadsAndRunsSource) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  hy_b_compiled compiled = compile(kSource);
  const hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  EXPECT_GT(table_->image_rank(device_, &image), 0u);
  hy_b_stream* stream = make_stream();
  const LoadedKernel kernel = bind(image, square_signature(), stream);
  table_->compiled_release(&compiled);
  hy_b_memory memory = allocate(8 * 100);
  for (uint64_t i = 0; i < 100; ++i) static_cast<uint64_t*>(memory.host)[i] = i;
  ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 100));
  ASSERT_EQ(HY_OK, synchronize(stream));
  for (uint64_t i = 0; i < 100; ++i) ASSERT_EQ(i * i, static_cast<uint64_t*>(memory.host)[i]);
  kernel.destroy();
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

TEST_F(CpuDevice, ErrorsOfTheCompilerBeginWithTheUsersFileAndLine) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  hy_b_compiled compiled = compile("#line 12 \"my kernels/blur.hk\"\nint f() { return nowhere; }\n", HY_COMPILE_FAILED);
  EXPECT_EQ(0, std::strncmp(error_.message, "my kernels/blur.hk:12:", 22)) << error_.message;
  EXPECT_NE(nullptr, compiled.log);
  table_->compiled_release(&compiled);
}

TEST_F(CpuDevice, TheCompilersTimeIsLimited) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  // Exponentially many template instances.
  const std::string text =
      "template <int N, int M> struct f { static constexpr unsigned long v = f<N - 1, 2 * M>::v + f<N - 1, 2 * M + "
      "1>::v; };\n"
      "template <int M> struct f<0, M> { static constexpr unsigned long v = M; };\nunsigned long x = f<26, 0>::v;\n";
  const hy_b_source source{sizeof source, 300, text.c_str(), text.size(), "slow.hk"};
  hy_b_compiled compiled{};
  EXPECT_EQ(HY_TIMEOUT, table_->compile(device_, &source, &compiled, &error_)) << error_.message;
  table_->compiled_release(&compiled);
}

TEST_F(CpuDevice, TheCompilersIdentityStaysTheSame) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  char first[1024] = {};
  char second[1024] = {};
  ASSERT_EQ(HY_OK, table_->compile_identity(device_, first, sizeof first, &error_)) << error_.message;
  ASSERT_EQ(HY_OK, table_->compile_identity(device_, second, sizeof second, &error_));
  EXPECT_STREQ(first, second);
  EXPECT_NE(nullptr, std::strstr(first, cpu::isa_name())) << first;
}

TEST_F(CpuDevice, DamagedObjectsAreRefusedNotRun) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  hy_b_compiled compiled = compile(kSource);
  const std::string whole(static_cast<const char*>(compiled.data), compiled.bytes);
  table_->compiled_release(&compiled);
  hy_b_module* module = nullptr;
  const auto load_bytes = [&](const std::string& bytes) {
    const hy_b_image image{sizeof image, HY_IMAGE_HOST_OBJECT, "native", bytes.data(), bytes.size()};
    return table_->module_load(device_, &image, &module, &error_);
  };
  for (size_t length = 0; length < whole.size(); length += 1 + whole.size() / 97) {  // cut off anywhere
    EXPECT_EQ(HY_CORRUPT_ARTIFACT, load_bytes(whole.substr(0, length))) << length;
  }
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, load_bytes(std::string(5000, 'x')));
  std::string other = whole;
  other[18] = '\x28';  // e_machine
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, load_bytes(other));
  EXPECT_NE(nullptr, std::strstr(error_.message, "another processor")) << error_.message;
  hy_b_compiled nothing = compile("extern \"C\" int f() { return 1; }\n");
  const hy_b_image image{sizeof image, nothing.format, nothing.target, nothing.data, nothing.bytes};
  EXPECT_EQ(HY_CORRUPT_ARTIFACT, table_->module_load(device_, &image, &module, &error_));
  EXPECT_NE(nullptr, std::strstr(error_.message, "hy_host_image")) << error_.message;
  table_->compiled_release(&nothing);
}

TEST_F(CpuDevice, ManyObjectsAreLoadedAtOnceAndEachIsItsOwn) {
  if (cpu::find_compiler().empty()) GTEST_SKIP() << "no C++ compiler on this machine";
  hy_b_compiled compiled = compile(kSource);
  const hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  hy_b_stream* stream = make_stream();
  hy_b_memory memory = allocate(8);
  for (int round = 0; round < 3; ++round) {
    std::vector<LoadedKernel> kernels;
    for (int i = 0; i < 10; ++i) kernels.push_back(bind(image, square_signature(), stream));
    for (const LoadedKernel& kernel : kernels) {
      *static_cast<uint64_t*>(memory.host) = 9;
      ASSERT_EQ(HY_OK, launch(kernel, memory, {}, 1));
      ASSERT_EQ(HY_OK, synchronize(stream));
      ASSERT_EQ(81u, *static_cast<uint64_t*>(memory.host));
      kernel.destroy();
    }
  }
  table_->compiled_release(&compiled);
  table_->stream_destroy(stream);
  table_->memory_free(device_, &memory);
}

// ---- what the machine allows, from files ----

class CpuLimits : public ::testing::Test {
 protected:
  // Everything that is not set here is not there.
  CpuLimits() {
    host_.services().file_read = [](void* self, const char* path, char* data, uint64_t* bytes, hy_error* error) {
      (void)self;
      for (const auto& [name, text] : files()) {
        if (name != path) continue;
        const uint64_t capacity = *bytes;
        *bytes = text.size();
        std::memcpy(data, text.data(), std::min<uint64_t>(capacity, text.size()));
        return static_cast<hy_status>(HY_OK);
      }
      return fail(error, HY_UNAVAILABLE, "no file %s", path);
    };
    files().clear();
  }
  static std::vector<std::pair<std::string, std::string>>& files() {
    static auto* list = new std::vector<std::pair<std::string, std::string>>;
    return *list;
  }
  const hy_host& host() { return *host_.table(); }

 private:
  FakeHost host_;
};

TEST_F(CpuLimits, WithoutACgroupTheAffinityDecides) {
  const cpu::Processors all = cpu::usable_processors(host(), {2, 3, 7});
  EXPECT_EQ((std::vector<int>{2, 3, 7}), all.cpus);
  EXPECT_TRUE(all.pin);
}

TEST_F(CpuLimits, AQuotaOfVersion2LimitsTheWorkersAndUnpinsThem) {
  files() = {{"/proc/self/cgroup", "0::/app/worker\n"},
             {"/sys/fs/cgroup/app/worker/cpu.max", "max 100000\n"},
             {"/sys/fs/cgroup/app/cpu.max", "250000 100000\n"}};
  const cpu::Processors some = cpu::usable_processors(host(), {0, 1, 2, 3, 4, 5});
  EXPECT_EQ(3u, some.cpus.size());  // two and a half, rounded up; set by the parent
  EXPECT_FALSE(some.pin);
}

TEST_F(CpuLimits, AQuotaOfVersion1IsReadAtTheRootOfAContainer) {
  files() = {{"/proc/self/cgroup", "12:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n"},
             {"/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"},
             {"/sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}};
  EXPECT_EQ(1u, cpu::usable_processors(host(), {0, 1, 2, 3}).cpus.size());
}

TEST_F(CpuLimits, AQuotaAboveTheAffinityChangesNothing) {
  files() = {{"/proc/self/cgroup", "0::/\n"}, {"/sys/fs/cgroup/cpu.max", "800000 100000\n"}};
  const cpu::Processors both = cpu::usable_processors(host(), {0, 1});
  EXPECT_EQ(2u, both.cpus.size());
  EXPECT_TRUE(both.pin);
}

TEST_F(CpuLimits, NonsenseInTheFilesIsIgnored) {
  files() = {{"/proc/self/cgroup", "nonsense\n::\n0:\n0::no-slash\n"}, {"/sys/fs/cgroup/cpu.max", "-3 0\n"}};
  EXPECT_EQ(2u, cpu::usable_processors(host(), {0, 1}).cpus.size());
  EXPECT_EQ(0u, cpu::usable_memory(host()).total);
}

TEST_F(CpuLimits, MemoryIsTheMachinesOrTheCgroupsWhicheverIsLess) {
  const std::string machine = "MemTotal:       8388608 kB\nMemFree:  100 kB\nMemAvailable:    4194304 kB\n";
  files() = {{"/proc/meminfo", machine}};
  EXPECT_EQ(uint64_t{8} << 30, cpu::usable_memory(host()).total);
  EXPECT_EQ(uint64_t{4} << 30, cpu::usable_memory(host()).free);
  files() = {{"/proc/meminfo", machine},
             {"/proc/self/cgroup", "0::/box\n"},
             {"/sys/fs/cgroup/box/memory.max", "2147483648\n"},
             {"/sys/fs/cgroup/box/memory.current", "1073741824\n"},
             {"/sys/fs/cgroup/box/memory.stat", "anon 5\ninactive_file 536870912\n"}};
  EXPECT_EQ(uint64_t{2} << 30, cpu::usable_memory(host()).total);
  EXPECT_EQ(uint64_t{1536} << 20, cpu::usable_memory(host()).free);
}

TEST_F(CpuLimits, VersionOneHasItsOwnNamesForMemory) {
  files() = {{"/proc/meminfo", "MemTotal: 8388608 kB\nMemAvailable: 4194304 kB\n"},
             {"/proc/self/cgroup", "3:memory:/x\n"},
             {"/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "1073741824\n"},
             {"/sys/fs/cgroup/memory/x/memory.usage_in_bytes", "1000000\n"},
             {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"}};
  EXPECT_EQ(uint64_t{1} << 30, cpu::usable_memory(host()).total);
  EXPECT_EQ((uint64_t{1} << 30) - 1000000, cpu::usable_memory(host()).free);
}

TEST(CpuModel, IsReadFromEveryArchitecturesFile) {
  const cpu::Model x86 =
      cpu::model_of("processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel\t\t: 2\nmodel name\t: AMD EPYC 9655\n", "");
  EXPECT_EQ("AMD EPYC 9655", x86.name);
  EXPECT_EQ("AMD", x86.vendor);
  const cpu::Model arm = cpu::model_of("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n", "");
  EXPECT_EQ("Neoverse-N1", arm.name);
  EXPECT_EQ("Arm", arm.vendor);
  const cpu::Model board =
      cpu::model_of("processor\t: 0\nCPU implementer\t: 0x99\nCPU part\t: 0x1\n", std::string("Pi 9\0", 5));
  EXPECT_EQ("Pi 9", board.name);
  const cpu::Model riscv = cpu::model_of("processor\t: 0\nisa\t\t: rv64imafdc\nuarch\t\t: sifive,u74-mc\n", "");
  EXPECT_EQ("sifive,u74-mc", riscv.name);
  EXPECT_EQ("sifive", riscv.vendor);
  EXPECT_FALSE(cpu::model_of("", "").name.empty());
}

}  // namespace
}  // namespace halyard::test
