// The opencl backend on a fake driver: every call of it fails once, and neither the process nor an object is lost.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "backends/opencl/api.hpp"
#include "tests/drivers/fake_opencl.hpp"
#include "tests/unit/fake_host.hpp"

extern "C" const hy_backend* halyard_backend_query_opencl(uint32_t, const hy_host*);

namespace halyard::test {
namespace {

const hy_param kParams[] = {{HY_PARAM_INOUT, HY_F32, "x"}, {HY_PARAM_VALUE, HY_F32, "a"}};
const hy_signature kSignature = {"k", kParams, 2, 0};

hy_status count_one(void* user, hy_error*) {
  ++*static_cast<int*>(user);
  return HY_OK;
}

class OpenClFailure : public ::testing::Test {
 protected:
  void SetUp() override {
    host_.replace_library(HALYARD_FAKE_OPENCL_PATH);
    library_ = ::dlopen(HALYARD_FAKE_OPENCL_PATH, RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(nullptr, library_) << ::dlerror();
    fail_ = symbol<fake_opencl_fail_fn>("fake_opencl_fail");
    failed_ = symbol<fake_opencl_failed_fn>("fake_opencl_failed");
    live_ = symbol<fake_opencl_live_fn>("fake_opencl_live");
    event_status_ = symbol<fake_opencl_event_status_fn>("fake_opencl_event_status");
    build_log_ = symbol<fake_opencl_build_log_fn>("fake_opencl_build_log");
    args_set_ = symbol<fake_opencl_args_set_fn>("fake_opencl_args_set");
    platforms_ = symbol<fake_opencl_platforms_fn>("fake_opencl_platforms");
    language_ = symbol<fake_opencl_language_fn>("fake_opencl_language");
    fail_(0, 0);
    event_status_(0);
    build_log_(nullptr);
    platforms_(1);
    languages_ = symbol<fake_opencl_languages_fn>("fake_opencl_languages");
    language_(nullptr, nullptr);
    languages_(0);
    table_ = halyard_backend_query_opencl(HY_ABI_VERSION, host_.table());
    report_.size = sizeof report_;
  }
  void TearDown() override {
    fail_(0, 0);
    event_status_(0);
  }

  template <class Function>
  Function* symbol(const char* name) {
    return reinterpret_cast<Function*>(::dlsym(library_, name));
  }

  // A step of the life below: keeps the first failure, and checks that it explains itself.
  bool good(hy_status status, const char* step) {
    if (status == HY_OK) return true;
    EXPECT_STRNE("", error_.message) << step;
    EXPECT_EQ(status, error_.code) << step;
    if (first_failure_.empty()) first_failure_ = std::string(step) + ": " + error_.message;
    error_ = {};
    return false;
  }

  void use_stream(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void use_kernels(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void use_natives(hy_b_instance* instance, hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void live_once(uint32_t index);

  FakeHost host_;
  void* library_ = nullptr;
  fake_opencl_fail_fn* fail_ = nullptr;
  fake_opencl_failed_fn* failed_ = nullptr;
  fake_opencl_live_fn* live_ = nullptr;
  fake_opencl_event_status_fn* event_status_ = nullptr;
  fake_opencl_build_log_fn* build_log_ = nullptr;
  fake_opencl_args_set_fn* args_set_ = nullptr;
  fake_opencl_platforms_fn* platforms_ = nullptr;
  fake_opencl_language_fn* language_ = nullptr;
  fake_opencl_languages_fn* languages_ = nullptr;
  const hy_backend* table_ = nullptr;
  hy_b_report report_{};
  hy_error error_{};
  std::string first_failure_;
  bool failed_in_use_ = true;  // and not while objects were destroyed, which reports nothing
};

void OpenClFailure::use_stream(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory) {
  unsigned char bytes[64] = {1};
  good(table_->copy_to_device(stream, &memory, 0, bytes, 64, HY_COPY_WAIT, &error_), "write");
  good(table_->fill(stream, &memory, 0, 64, bytes, 4, &error_), "fill");
  good(table_->copy_on_device(stream, &memory, 64, &memory, 0, 64, &error_), "copy");
  good(table_->copy_on_device(stream, &memory, 8, &memory, 0, 64, &error_), "overlapping copy");
  good(table_->copy_to_host(stream, bytes, &memory, 0, 64, HY_COPY_ASYNC, &error_), "read");
  hy_b_stream* other = nullptr;
  good(table_->stream_create(device, 0, &other, &error_), "second stream");
  int calls = 0;
  good(table_->stream_host_function(stream, count_one, &calls, &error_), "host function");
  good(table_->stream_synchronize(stream, HY_FOREVER, &error_), "synchronize");
  good(table_->stream_synchronize(stream, 1000000, &error_), "synchronize with a limit");
  hy_b_point* points[2] = {};
  for (hy_b_point*& point : points) {
    if (!good(table_->point_record(stream, HY_POINT_TIMED, &point, &error_), "record")) continue;
    good(table_->point_query(point, &error_), "query");
    good(table_->point_wait(point, 1000000, &error_), "wait with a limit");
    good(table_->point_wait(point, HY_FOREVER, &error_), "wait");
    if (other != nullptr) good(table_->stream_wait(other, point, &error_), "stream wait");
  }
  uint64_t ns = 0;
  if (points[0] != nullptr && points[1] != nullptr)
    good(table_->point_elapsed(points[0], points[1], &ns, &error_), "elapsed");
  for (hy_b_point* point : points) {
    if (point != nullptr) table_->point_release(point);
  }
  good(table_->stream_flush(stream, &error_), "flush");
  if (other != nullptr) table_->stream_destroy(other);
}

void OpenClFailure::use_kernels(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory) {
  const hy_b_source source{sizeof source, 0, "text", 4, "a.hk"};
  hy_b_compiled compiled{};
  compiled.size = sizeof compiled;
  hy_b_module* module = nullptr;
  hy_b_kernel* kernel = nullptr;
  hy_b_bound* bound = nullptr;
  hy_b_kernel_info info{};
  info.size = sizeof info;
  if (good(table_->compile(device, &source, &compiled, &error_), "compile")) {
    const hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
    good(table_->module_load(device, &image, &module, &error_), "load");
  }
  table_->compiled_release(&compiled);
  const uint32_t spirv[] = {0x07230203, 0x10000, 0, 1, 0};
  const hy_b_image other{sizeof other, HY_IMAGE_SPIRV, "spirv", spirv, sizeof spirv};
  hy_b_module* ahead = nullptr;
  if (table_->image_rank(device, &other) != 0)
    good(table_->module_load(device, &other, &ahead, &error_), "load SPIR-V");
  if (ahead != nullptr) table_->module_unload(ahead);
  if (module != nullptr) good(table_->kernel_create(module, &kSignature, &kernel, &info, &error_), "kernel");
  if (kernel != nullptr) good(table_->kernel_bind(kernel, stream, &bound, &error_), "bind");
  if (bound != nullptr) {
    const float a = 1;
    const hy_b_arg args[] = {{&memory, 0, nullptr, 0}, {nullptr, 0, &a, 4}};
    const hy_b_grid grid = {{0, 0, 0}, {1u << 20, 65535, 1}, {1u << 20, 65535, 1}, {1, 1, 1}, 0};
    good(table_->launch(bound, &grid, args, &error_), "launch");
    table_->bound_destroy(bound);
  }
  if (kernel != nullptr) table_->kernel_destroy(kernel);
  if (module != nullptr) table_->module_unload(module);
}

void OpenClFailure::use_natives(hy_b_instance* instance, hy_b_device* device, hy_b_stream* stream,
                                const hy_b_memory& memory) {
  hy_native native[3] = {};
  good(table_->device_native(device, &native[0], &error_), "device native");
  good(table_->stream_native(stream, &native[1], &error_), "stream native");
  good(table_->memory_native(device, &memory, &native[2], &error_), "memory native");
  hy_b_device* second = nullptr;
  hy_device_info info{};
  info.size = sizeof info;
  if (!good(table_->device_wrap(instance, &native[0], &second, &info, &error_), "wrap device")) return;
  hy_b_stream* queue = nullptr;
  if (good(table_->stream_wrap(second, &native[1], &queue, &error_), "wrap stream")) table_->stream_destroy(queue);
  hy_b_memory wrapped{};
  if (good(table_->memory_wrap(second, &native[2], 64, &wrapped, &error_), "wrap memory"))
    table_->memory_free(second, &wrapped);
  table_->device_close(second);
}

// Everything that an application does, going on after what failed as far as it can.
void OpenClFailure::live_once(uint32_t index) {
  hy_b_instance* instance = nullptr;
  first_failure_.clear();
  failed_in_use_ = true;
  report_.reason[0] = '\0';
  if (!good(table_->instance_create(host_.table(), &instance, &report_, &error_), "instance")) {
    EXPECT_STRNE("", report_.reason);
    return;
  }
  // A device that does not answer is left out; the others stay.
  ASSERT_GE(table_->device_count(instance), 1u);
  index = std::min(index, table_->device_count(instance) - 1);
  hy_device_info info{};
  info.size = sizeof info;
  good(table_->device_info(instance, index, &info, &error_), "info");
  hy_b_device* device = nullptr;
  if (good(table_->device_open(instance, index, &device, &error_), "open")) {
    hy_b_memory memory{};
    hy_b_stream* stream = nullptr;
    uint64_t left = 0, total = 0;
    good(table_->device_memory(device, &left, &total, &error_), "memory");
    const bool has_memory = good(table_->memory_allocate(device, HY_MEMORY_DEVICE, 256, &memory, &error_), "allocate");
    const bool has_stream = good(table_->stream_create(device, HY_STREAM_TIMING, &stream, &error_), "stream");
    if (has_memory && has_stream) {
      use_stream(device, stream, memory);
      use_kernels(device, stream, memory);
      use_natives(instance, device, stream, memory);
    }
    failed_in_use_ = failed_() != nullptr;
    if (has_stream) table_->stream_destroy(stream);
    if (has_memory) table_->memory_free(device, &memory);
    uint64_t after = 0;
    if (good(table_->device_memory(device, &after, &total, &error_), "memory")) {
      EXPECT_EQ(left, after);
    }
    table_->device_close(device);
  }
  table_->instance_destroy(instance);
}

TEST_F(OpenClFailure, LivesWellWhenNothingFails) {
  for (uint32_t index : {0u, 1u}) {
    live_once(index);
    EXPECT_EQ("", first_failure_);
    EXPECT_EQ(0, live_());
  }
}

TEST_F(OpenClFailure, SurvivesTheFailureOfEveryCallWithAClearErrorAndLosesNothing) {
  for (int32_t code : {CL_OUT_OF_RESOURCES, CL_OUT_OF_HOST_MEMORY, -12345}) {
    for (uint32_t index : {0u, 1u}) {
      uint64_t call = 0;
      for (;;) {
        fail_(++call, code);
        live_once(index);
        if (failed_() == nullptr) break;
        EXPECT_EQ(0, live_()) << "call " << call << ", " << failed_() << ": " << first_failure_;
        // Questions about limits may go unanswered, and the whole entry may be absent; everything else must be
        // reported.
        if (failed_in_use_ && std::strstr(failed_(), "Info") == nullptr &&
            std::strstr(failed_(), "whole entry") == nullptr && std::strcmp(failed_(), "clSetEventCallback") != 0) {
          EXPECT_NE("", first_failure_) << "call " << call << ", " << failed_() << " was not reported";
        }
        ASSERT_LT(call, 2000u);
      }
      EXPECT_GT(call, 100u);
    }
  }
}

TEST_F(OpenClFailure, SaysWhichLibraryWasLookedForAndWhatToInstall) {
  host_.replace_library("");
  hy_b_instance* instance = nullptr;
  EXPECT_EQ(HY_UNAVAILABLE, table_->instance_create(host_.table(), &instance, &report_, &error_));
  EXPECT_STRNE("", report_.library);
  EXPECT_STRNE("", report_.reason);
  EXPECT_NE(nullptr, std::strstr(report_.cure, "pocl-opencl-icd")) << report_.cure;
}

TEST_F(OpenClFailure, SaysThatALibraryIsNoOpenCl) {
  host_.replace_library("libm.so.6");
  hy_b_instance* instance = nullptr;
  EXPECT_EQ(HY_UNAVAILABLE, table_->instance_create(host_.table(), &instance, &report_, &error_));
  EXPECT_NE(nullptr, std::strstr(report_.reason, "clGetPlatformIDs")) << report_.reason;
}

TEST_F(OpenClFailure, SaysThatTheLoaderKnowsNoDriver) {
  platforms_(0);
  hy_b_instance* instance = nullptr;
  EXPECT_EQ(HY_UNAVAILABLE, table_->instance_create(host_.table(), &instance, &report_, &error_));
  EXPECT_NE(nullptr, std::strstr(report_.reason, "CL_PLATFORM_NOT_FOUND_KHR")) << report_.reason;
  EXPECT_NE(nullptr, std::strstr(report_.cure, "install")) << report_.cure;
}

TEST_F(OpenClFailure, ReadsWhatADeviceSaysOfItself) {
  hy_b_instance* instance = nullptr;
  ASSERT_EQ(HY_OK, table_->instance_create(host_.table(), &instance, &report_, &error_));
  hy_device_info card{}, processor{};
  card.size = processor.size = sizeof card;
  ASSERT_EQ(HY_OK, table_->device_info(instance, 0, &card, &error_));
  ASSERT_EQ(HY_OK, table_->device_info(instance, 1, &processor, &error_));
  EXPECT_EQ(HY_DEVICE_GPU, card.kind);
  EXPECT_STREQ("Fake card", card.name);
  EXPECT_STREQ("NVIDIA", card.vendor);
  EXPECT_STREQ("0000:65:02.1", card.pci_address);
  EXPECT_EQ(0u, card.has_uuid);
  EXPECT_EQ(0u, card.capabilities & (HY_CAP_SHARED_MEMORY | HY_CAP_PINNED_MEMORY | HY_CAP_HOST_UNIFIED | HY_CAP_SPIRV));
  EXPECT_EQ(64u, card.max_workgroup[2]);
  EXPECT_EQ(HY_DEVICE_CPU, processor.kind);
  EXPECT_EQ(1u, processor.has_uuid);
  EXPECT_EQ(0, std::memcmp("0123456789abcdef", processor.uuid, 16));
  EXPECT_TRUE(processor.capabilities & HY_CAP_HOST_UNIFIED);
  EXPECT_TRUE(processor.capabilities & HY_CAP_SPIRV);
  EXPECT_TRUE(processor.capabilities & HY_CAP_FLOAT16);
  table_->instance_destroy(instance);
}

TEST_F(OpenClFailure, HasSubgroupsJustWhereTheDialectHasThem) {
  struct Case {
    const char* extensions;
    const char* language;
    uint32_t size;
    uint32_t listed = 0;  // languages in the list that drivers of OpenCL 3.0 have
  };
  const Case cases[] = {
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 2.0 fake", 16},
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 3.0 fake", 16},
      {"cl_khr_subgroups cl_khr_subgroup_shuffle cl_nv_device_attribute_query", "OpenCL C 3.0 fake", 32},
      {"cl_khr_subgroups cl_khr_subgroup_shuffle", "OpenCL C 3.0 fake", 1},  // of a size that it does not say
      {"cl_khr_subgroups cl_khr_subgroup_shuffle_relative cl_nv_device_attribute_query", "OpenCL C 3.0 fake", 1},
      {"cl_khr_subgroups cl_nv_device_attribute_query", "OpenCL C 3.0 fake", 1},
      {"cl_khr_subgroup_shuffle cl_nv_device_attribute_query", "OpenCL C 3.0 fake", 1},
      {"cl_intel_subgroups", "OpenCL C 3.0 fake", 1},
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 1.2 fake", 1},
      {"cl_khr_subgroups cl_intel_subgroups", "no version", 1},
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 1.2 fake", 1, 3},
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 1.2 fake", 16, 4},
      {"cl_khr_subgroups cl_intel_subgroups", "OpenCL C 1.2 fake", 1, 1000},  // no list that long is believed
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(one.extensions) + ", " + one.language);
    language_(one.extensions, one.language);
    languages_(one.listed);
    hy_b_instance* instance = nullptr;
    ASSERT_EQ(HY_OK, table_->instance_create(host_.table(), &instance, &report_, &error_)) << error_.message;
    hy_device_info info{};
    info.size = sizeof info;
    ASSERT_EQ(HY_OK, table_->device_info(instance, 1, &info, &error_));
    EXPECT_EQ(one.size, info.subgroup_size);
    EXPECT_EQ(one.size > 1, (info.capabilities & HY_CAP_SUBGROUPS) != 0);
    // In OpenCL C 1.2 the dialect has no sub-groups.
    hy_b_device* device = nullptr;
    ASSERT_EQ(HY_OK, table_->device_open(instance, 1, &device, &error_));
    char identity[1024] = "";
    ASSERT_EQ(HY_OK, table_->compile_identity(device, identity, sizeof identity, &error_));
    EXPECT_EQ(one.size > 1, std::strstr(identity, "-cl-std=CL1.2") == nullptr) << identity;
    if (one.listed == 4) {
      EXPECT_NE(nullptr, std::strstr(identity, "-cl-std=CL3.0")) << identity;
    }
    table_->device_close(device);
    table_->instance_destroy(instance);
  }
}

// Exits with 0 when this is the first name that the backend asks for, with the fake in the process and LD_PRELOAD so.
[[noreturn]] void ask_with_preload(FakeHost* host, const std::string& preload, const std::string& expected) {
  static std::string first;
  host->services().library_open = [](void*, const hy_library_request* request, void**, char*, uint64_t, char*, uint64_t,
                                     hy_error*) -> hy_status {
    first = request->names[0];
    return HY_UNAVAILABLE;
  };
  ::setenv("LD_PRELOAD", preload.c_str(), 1);
  const bool there = ::dlopen(HALYARD_FAKE_OPENCL_PATH, RTLD_NOW | RTLD_GLOBAL) != nullptr;
  opencl::Api api{};
  hy_b_report report{};
  const bool refused = opencl::load_api(*host->table(), &api, &report, nullptr) == HY_UNAVAILABLE;
  std::fprintf(stderr, "asks for %s first\n", first.c_str());
  ::_exit(there && refused && first == expected ? 0 : 1);
}

TEST_F(OpenClFailure, TakesAPreloadedLibraryOnlyWhenItIsTheOneThatWasPreloaded) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto good = ::testing::ExitedWithCode(0);
  const std::string path = HALYARD_FAKE_OPENCL_PATH, name = path.substr(path.rfind('/') + 1);
  for (const std::string& preload : {path, "/lib/other.so:" + path, name + " other.so", "/$LIB/" + name}) {
    EXPECT_EXIT(ask_with_preload(&host_, preload, path), good, "") << preload;
  }
  for (const std::string& preload : {std::string(), std::string("libasan.so.8"), "/elsewhere/" + name, path + ".2"}) {
    EXPECT_EXIT(ask_with_preload(&host_, preload, "libOpenCL.so.1"), good, "") << preload;
  }
}

class OpenClFake : public OpenClFailure {
 protected:
  void SetUp() override {
    OpenClFailure::SetUp();
    ASSERT_EQ(HY_OK, table_->instance_create(host_.table(), &instance_, &report_, &error_));
    ASSERT_EQ(HY_OK, table_->device_open(instance_, 0, &device_, &error_));
    ASSERT_EQ(HY_OK, table_->stream_create(device_, 0, &stream_, &error_));
  }
  void TearDown() override {
    table_->stream_destroy(stream_);
    table_->device_close(device_);
    table_->instance_destroy(instance_);
    OpenClFailure::TearDown();
    EXPECT_EQ(0, live_());
  }
  hy_b_instance* instance_ = nullptr;
  hy_b_device* device_ = nullptr;
  hy_b_stream* stream_ = nullptr;
};

TEST_F(OpenClFake, ReportsWorkThatFailedLateAsALostDevice) {
  event_status_(CL_OUT_OF_RESOURCES);
  hy_b_point* point = nullptr;
  ASSERT_EQ(HY_OK, table_->point_record(stream_, 0, &point, &error_));
  EXPECT_EQ(HY_DEVICE_LOST, table_->point_query(point, &error_));
  EXPECT_EQ(HY_DEVICE_LOST, table_->point_wait(point, 1000, &error_));
  EXPECT_EQ(HY_DEVICE_LOST, table_->point_wait(point, HY_FOREVER, &error_));
  EXPECT_STREQ("CL_OUT_OF_RESOURCES", error_.vendor_name);
  EXPECT_EQ(HY_DEVICE_LOST, table_->stream_synchronize(stream_, 1000, &error_));
  table_->point_release(point);
}

TEST_F(OpenClFake, TellsAHostFunctionThatWorkBeforeItFailed) {
  event_status_(CL_OUT_OF_RESOURCES);
  std::vector<hy_status> told;
  const auto keep = [](void* user, hy_error* error) -> hy_status {
    static_cast<std::vector<hy_status>*>(user)->push_back(error->code);
    return HY_OK;
  };
  ASSERT_EQ(HY_OK, table_->stream_host_function(stream_, keep, &told, &error_));
  EXPECT_EQ(HY_DEVICE_LOST, table_->stream_synchronize(stream_, HY_FOREVER, &error_));
  EXPECT_EQ(std::vector<hy_status>{HY_DEVICE_LOST}, told);
}

TEST_F(OpenClFake, CallsAHostFunctionOnceForEverySubmissionThatSucceededAndForNoOther) {
  for (uint64_t call = 1; call <= 8; ++call) {
    hy_b_stream* stream = nullptr;
    ASSERT_EQ(HY_OK, table_->stream_create(device_, 0, &stream, &error_));
    int calls = 0;
    fail_(call, CL_OUT_OF_RESOURCES);
    const hy_status status = table_->stream_host_function(stream, count_one, &calls, &error_);
    fail_(0, 0);
    (void)table_->stream_synchronize(stream, HY_FOREVER, &error_);
    EXPECT_EQ(status == HY_OK ? 1 : 0, calls) << call;
    table_->stream_destroy(stream);
  }
}

TEST_F(OpenClFake, SetsOnlyTheArgumentsThatChanged) {
  const hy_b_source source{sizeof source, 0, "text", 4, "a.hk"};
  hy_b_compiled compiled{};
  compiled.size = sizeof compiled;
  ASSERT_EQ(HY_OK, table_->compile(device_, &source, &compiled, &error_));
  const hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
  hy_b_module* module = nullptr;
  hy_b_kernel* kernel = nullptr;
  hy_b_bound* bound = nullptr;
  ASSERT_EQ(HY_OK, table_->module_load(device_, &image, &module, &error_));
  ASSERT_EQ(HY_OK, table_->kernel_create(module, &kSignature, &kernel, nullptr, &error_));
  ASSERT_EQ(HY_OK, table_->kernel_bind(kernel, stream_, &bound, &error_));
  table_->compiled_release(&compiled);
  hy_b_memory memory{};
  ASSERT_EQ(HY_OK, table_->memory_allocate(device_, HY_MEMORY_DEVICE, 256, &memory, &error_));
  float a = 1;
  hy_b_arg args[] = {{&memory, 0, nullptr, 0}, {nullptr, 0, &a, 4}};
  hy_b_grid grid = {{0, 0, 0}, {4, 1, 1}, {4, 1, 1}, {1, 1, 1}, 1};
  const auto set_by_launch = [&] {
    const uint64_t before = args_set_();
    EXPECT_EQ(HY_OK, table_->launch(bound, &grid, args, &error_)) << error_.message;
    return args_set_() - before;
  };
  EXPECT_EQ(2u, set_by_launch()) << "the whole entry has a buffer and a value";
  EXPECT_EQ(0u, set_by_launch());
  a = 2;
  EXPECT_EQ(1u, set_by_launch());
  args[0].offset = 128;
  EXPECT_EQ(4u, set_by_launch()) << "the general entry's, which has not been used before";
  EXPECT_EQ(0u, set_by_launch());
  args[0].offset = 64;
  EXPECT_EQ(1u, set_by_launch());
  grid.total_groups[0] = grid.groups[0] = 5;
  grid.serial = 2;
  EXPECT_EQ(1u, set_by_launch());
  table_->memory_free(device_, &memory);
  ASSERT_EQ(HY_OK, table_->memory_allocate(device_, HY_MEMORY_DEVICE, 256, &memory, &error_));
  EXPECT_EQ(1u, set_by_launch()) << "a new buffer, even at the address of the old";
  fail_(1, CL_OUT_OF_RESOURCES);
  a = 3;
  EXPECT_EQ(HY_OUT_OF_MEMORY, table_->launch(bound, &grid, args, &error_));
  EXPECT_EQ(1u, set_by_launch()) << "what failed is set again";
  table_->memory_free(device_, &memory);
  table_->bound_destroy(bound);
  table_->kernel_destroy(kernel);
  table_->module_unload(module);
}

TEST_F(OpenClFake, RefusesMemoryThatTheHostDoesNotHave) {
  hy_b_device* processor = nullptr;
  ASSERT_EQ(HY_OK, table_->device_open(instance_, 1, &processor, &error_));
  host_.replace_file("/proc/meminfo", "MemTotal: 2048 kB\nMemAvailable:    1024 kB\n");
  uint64_t left = 0, total = 0;
  ASSERT_EQ(HY_OK, table_->device_memory(processor, &left, &total, &error_));
  EXPECT_EQ(1024u << 10, left);
  table_->device_close(processor);
}

}  // namespace
}  // namespace halyard::test
