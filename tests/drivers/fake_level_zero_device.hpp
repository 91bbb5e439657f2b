// The fake Level Zero loader and ocloc, with a device, a context and a list, for tests that call them as an application
// would.
#pragma once

#include <unistd.h>

#include <cstring>
#include <map>
#include <vector>

#include "backends/level_zero/abi.hpp"
#include "tests/drivers/fake_library.hpp"

namespace halyard::test {

namespace ze = level_zero;

namespace ze_types {
using namespace level_zero;
#define FUNCTION(name, result, parameters) using name = result parameters;
HALYARD_ZE_FUNCTIONS(FUNCTION)
HALYARD_OCLOC_FUNCTIONS(FUNCTION)
#undef FUNCTION
}  // namespace ze_types

#define ZE_CALL(library, name) (*reinterpret_cast<ze_types::name*>((library).find(#name)))

inline constexpr char kAssumeAll[] =
    "-cl-std=CL2.0 -DHY_ASSUME_FLOAT64 -DHY_ASSUME_ATOMICS_INT64 -DHY_ASSUME_SUBGROUPS";

// "" where the fakes can translate kernels, or what is missing.
inline std::string missing_for_spirv() {
  const auto has = [](const char* program, int version) {
    return access(("/usr/bin/" + std::string(program) + "-" + std::to_string(version)).c_str(), X_OK) == 0;
  };
  for (int version = 14; version <= 30; ++version) {
    if (has("llvm-spirv", version) && has("clang", version) && has("llvm-dis", version) && has("llvm-link", version)) {
      return "";
    }
  }
  return "llvm-spirv with the clang and the LLVM of its version, from 14 on, is not installed";
}

struct OclocOutput {
  int code = 0;
  std::vector<std::string> names;
  std::map<std::string, std::string> files;
  std::string log() const { return files.at("stdout.log"); }
};

// `words` behind "ocloc".
inline OclocOutput run_ocloc(const FakeLibrary& compiler, const std::string& source, const char* name,
                             const std::vector<std::string>& words) {
  std::vector<const char*> arguments = {"ocloc"};
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const auto* bytes = reinterpret_cast<const uint8_t*>(source.c_str());
  const uint64_t length = source.size() + 1;
  uint32_t count = 0;
  uint8_t** data = nullptr;
  uint64_t* lengths = nullptr;
  char** names = nullptr;
  OclocOutput out;
  out.code =
      ZE_CALL(compiler, oclocInvoke)(static_cast<unsigned>(arguments.size()), arguments.data(), 1, &bytes, &length,
                                     &name, 0, nullptr, nullptr, nullptr, &count, &data, &lengths, &names);
  for (uint32_t i = 0; i < count; ++i) {
    out.names.emplace_back(names[i]);
    out.files[names[i]].assign(reinterpret_cast<const char*>(data[i]), lengths[i]);
  }
  EXPECT_EQ(ZE_CALL(compiler, oclocFreeOutput)(&count, &data, &lengths, &names), 0);
  return out;
}

inline OclocOutput compile_with_ocloc(const FakeLibrary& compiler, const std::string& source,
                                      const std::string& device = "dg2") {
  return run_ocloc(compiler, source, "kernels.cl",
                   {"compile", "-file", "kernels.cl", "-device", device, "-output_no_suffix", "-options", kAssumeAll});
}

// What a kernel gets: a buffer's pointer, or a value.
using ZeArgument = std::vector<char>;
template <class T>
ZeArgument ze_argument(const T& value) {
  const auto* bytes = reinterpret_cast<const char*>(&value);
  return ZeArgument(bytes, bytes + sizeof value);
}

// The last parameter of a kernel that has no part of the grid to itself: OpenCL's ulong8.
struct ZeGrid {
  uint64_t first[3], unused, groups[3], unused_too;
};

// The first device of the fake driver, used synchronously.
class FakeLevelZeroDevice {
 public:
  FakeLevelZeroDevice() : driver_(HALYARD_FAKE_ZE_PATH), compiler_(HALYARD_FAKE_OCLOC_PATH) {}
  const FakeLibrary& driver() const { return driver_; }
  const FakeLibrary& compiler() const { return compiler_; }

  // Initialises the driver and takes its first device, which is called `in_order` or not.
  void open(bool in_order = true) {
    uint32_t count = 1;
    ASSERT_EQ(ZE_CALL(driver_, zeInit)(0), 0u);
    ASSERT_EQ(ZE_CALL(driver_, zeDriverGet)(&count, &vendor), 0u);
    ASSERT_EQ(ZE_CALL(driver_, zeDeviceGet)(vendor, &count, &device), 0u);
    const ze::ze_context_desc_t description = {ze::ZE_STRUCTURE_TYPE_CONTEXT_DESC, nullptr, 0};
    ASSERT_EQ(ZE_CALL(driver_, zeContextCreate)(vendor, &description, &context), 0u);
    list = make_list(in_order);
    pool = make_pool(1, false);
    done = make_event(pool, 0);
  }
  void close() {
    ZE_CALL(driver_, zeEventDestroy)(done);
    ZE_CALL(driver_, zeEventPoolDestroy)(pool);
    ZE_CALL(driver_, zeCommandListDestroy)(list);
    ZE_CALL(driver_, zeContextDestroy)(context);
  }

  ze::ze_command_list_handle_t make_list(bool in_order) {
    ze::ze_command_queue_desc_t description = {};
    description.stype = ze::ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC;
    description.flags = in_order ? uint32_t{ze::ZE_COMMAND_QUEUE_FLAG_IN_ORDER} : 0;
    description.mode = ze::ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS;
    ze::ze_command_list_handle_t made = nullptr;
    EXPECT_EQ(ZE_CALL(driver_, zeCommandListCreateImmediate)(context, device, &description, &made), 0u);
    return made;
  }
  ze::ze_event_pool_handle_t make_pool(uint32_t count, bool counts) {
    const ze::ze_event_pool_counter_based_exp_desc_t chained = {ze::ZE_STRUCTURE_TYPE_COUNTER_BASED_EVENT_POOL_EXP_DESC,
                                                                nullptr,
                                                                ze::ZE_EVENT_POOL_COUNTER_BASED_EXP_FLAG_IMMEDIATE};
    const ze::ze_event_pool_desc_t description = {ze::ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, counts ? &chained : nullptr,
                                                  ze::ZE_EVENT_POOL_FLAG_HOST_VISIBLE, count};
    ze::ze_event_pool_handle_t made = nullptr;
    EXPECT_EQ(ZE_CALL(driver_, zeEventPoolCreate)(context, &description, 1, &device, &made), 0u);
    return made;
  }
  ze::ze_event_handle_t make_event(ze::ze_event_pool_handle_t from, uint32_t index) {
    const ze::ze_event_desc_t description = {ze::ZE_STRUCTURE_TYPE_EVENT_DESC, nullptr, index,
                                             ze::ZE_EVENT_SCOPE_FLAG_HOST, ze::ZE_EVENT_SCOPE_FLAG_HOST};
    ze::ze_event_handle_t made = nullptr;
    EXPECT_EQ(ZE_CALL(driver_, zeEventCreate)(from, &description, &made), 0u);
    return made;
  }

  void barrier() { EXPECT_EQ(ZE_CALL(driver_, zeCommandListAppendBarrier)(list, nullptr, 0, nullptr), 0u); }
  unsigned synchronize() {
    unsigned code = ZE_CALL(driver_, zeCommandListAppendBarrier)(list, nullptr, 0, nullptr);
    if (code == 0) code = ZE_CALL(driver_, zeCommandListAppendSignalEvent)(list, done);
    if (code == 0) code = ZE_CALL(driver_, zeEventHostSynchronize)(done, ~uint64_t{0});
    ZE_CALL(driver_, zeEventHostReset)(done);
    return code;
  }

  void* allocate(size_t bytes) {
    const ze::ze_device_mem_alloc_desc_t description = {ze::ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC, nullptr, 0, 0};
    void* memory = nullptr;
    EXPECT_EQ(ZE_CALL(driver_, zeMemAllocDevice)(context, &description, bytes, 64, device, &memory), 0u);
    return memory;
  }
  void release(void* memory) { EXPECT_EQ(ZE_CALL(driver_, zeMemFree)(context, memory), 0u); }
  unsigned copy(void* to, const void* from, size_t bytes) {
    return ZE_CALL(driver_, zeCommandListAppendMemoryCopy)(list, to, from, bytes, nullptr, 0, nullptr);
  }
  template <class T>
  void* upload(const std::vector<T>& values) {
    void* memory = allocate(values.size() * sizeof(T));
    EXPECT_EQ(copy(memory, values.data(), values.size() * sizeof(T)), 0u);
    EXPECT_EQ(synchronize(), 0u);
    return memory;
  }
  template <class T>
  std::vector<T> download(const void* memory, size_t count) {
    std::vector<T> values(count);
    EXPECT_EQ(copy(values.data(), memory, count * sizeof(T)), 0u);
    EXPECT_EQ(synchronize(), 0u);
    return values;
  }

  unsigned make_module(const std::string& image, ze::ze_module_format_t format, ze::ze_module_handle_t* out,
                       std::string* log = nullptr) {
    ze::ze_module_desc_t description = {};
    description.stype = ze::ZE_STRUCTURE_TYPE_MODULE_DESC;
    description.format = format;
    description.inputSize = image.size();
    description.pInputModule = reinterpret_cast<const uint8_t*>(image.data());
    ze::ze_module_build_log_handle_t built = nullptr;
    const unsigned code = ZE_CALL(driver_, zeModuleCreate)(context, device, &description, out, &built);
    size_t bytes = 0;
    EXPECT_EQ(ZE_CALL(driver_, zeModuleBuildLogGetString)(built, &bytes, nullptr), 0u);
    std::string text(bytes, '\0');
    EXPECT_EQ(ZE_CALL(driver_, zeModuleBuildLogGetString)(built, &bytes, text.data()), 0u);
    EXPECT_EQ(ZE_CALL(driver_, zeModuleBuildLogDestroy)(built), 0u);
    if (log != nullptr) *log = text.c_str();
    return code;
  }
  // From the text of the dialect OPENCL2, through SPIR-V.
  ze::ze_module_handle_t build(const std::string& source, std::string* messages = nullptr) {
    ze::ze_module_handle_t made = nullptr;
    const OclocOutput compiled = compile_with_ocloc(compiler_, source);
    std::string log = compiled.log();
    const bool good = compiled.code == 0 &&
                      make_module(compiled.files.at("kernels.spv"), ze::ZE_MODULE_FORMAT_IL_SPIRV, &made, &log) == 0;
    if (messages != nullptr) {
      *messages = good ? "" : log;
    } else {
      EXPECT_TRUE(good) << log;
    }
    return made;
  }
  ze::ze_kernel_handle_t make_kernel(ze::ze_module_handle_t module, const char* name) {
    const ze::ze_kernel_desc_t description = {ze::ZE_STRUCTURE_TYPE_KERNEL_DESC, nullptr, 0, name};
    ze::ze_kernel_handle_t made = nullptr;
    EXPECT_EQ(ZE_CALL(driver_, zeKernelCreate)(module, &description, &made), 0u) << name;
    return made;
  }
  unsigned launch(ze::ze_kernel_handle_t kernel, const unsigned* groups, const unsigned* items,
                  const std::vector<ZeArgument>& arguments) {
    unsigned code = ZE_CALL(driver_, zeKernelSetGroupSize)(kernel, items[0], items[1], items[2]);
    for (uint32_t i = 0; code == 0 && i < arguments.size(); ++i) {
      code = ZE_CALL(driver_, zeKernelSetArgumentValue)(kernel, i, arguments[i].size(), arguments[i].data());
    }
    if (code != 0) return code;
    const ze::ze_group_count_t count = {groups[0], groups[1], groups[2]};
    return ZE_CALL(driver_, zeCommandListAppendLaunchKernel)(list, kernel, &count, nullptr, 0, nullptr);
  }

  ze::ze_driver_handle_t vendor = nullptr;
  ze::ze_device_handle_t device = nullptr;
  ze::ze_context_handle_t context = nullptr;
  ze::ze_command_list_handle_t list = nullptr;
  ze::ze_event_pool_handle_t pool = nullptr;
  ze::ze_event_handle_t done = nullptr;

 private:
  FakeLibrary driver_, compiler_;
};

}  // namespace halyard::test
