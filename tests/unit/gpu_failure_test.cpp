// The backends of GPUs' vendors on fakes of their drivers: every call fails once, and all fail from each one on;
// neither the process nor an object is lost, and no failure goes unsaid.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "tests/drivers/fake_library.hpp"
#include "tests/unit/fake_host.hpp"

extern "C" const hy_backend* halyard_backend_query_cuda(uint32_t, const hy_host*);
extern "C" const hy_backend* halyard_backend_query_hip(uint32_t, const hy_host*);
extern "C" const hy_backend* halyard_backend_query_level_zero(uint32_t, const hy_host*);

namespace halyard::test {
namespace {

struct Vendor {
  const char* name;
  const hy_backend* (*query)(uint32_t, const hy_host*);
  const char* driver;
  const char* compiler;
  hy_dialect dialect;
  const char* architecture;
  const char* modern = "";  // of Level Zero: whether lists keep the order
  int out_of_memory = 2, unknown = 999;
  int lost = 700;  // after which nothing works
};

// A device that is newer than the compiler gets PTX, in which the fake hides from the host what it says of kernels: the
// driver is then asked.
constexpr Vendor kVendors[] = {
    {"cuda", halyard_backend_query_cuda, HALYARD_FAKE_CUDA_PATH, HALYARD_FAKE_NVRTC_PATH, HY_DIALECT_CUDA, "sm_90"},
    {"cuda_ptx", halyard_backend_query_cuda, HALYARD_FAKE_CUDA_PATH, HALYARD_FAKE_NVRTC_PATH, HY_DIALECT_CUDA,
     "sm_130"},
    {"hip", halyard_backend_query_hip, HALYARD_FAKE_HIP6_PATH, HALYARD_FAKE_HIPRTC6_PATH, HY_DIALECT_HIP,
     "gfx942:sramecc+:xnack-"},
    {"level_zero", halyard_backend_query_level_zero, HALYARD_FAKE_ZE_PATH, HALYARD_FAKE_OCLOC_PATH, HY_DIALECT_OPENCL2,
     "", "1", 0x70000003, 0x7ffffffe, 0x70000001},
    {"level_zero_without_order", halyard_backend_query_level_zero, HALYARD_FAKE_ZE_PATH, HALYARD_FAKE_OCLOC_PATH,
     HY_DIALECT_OPENCL2, "", "0", 0x70000003, 0x7ffffffe, 0x70000001},
};

bool is_compiler(const char* library) {
  return std::strstr(library, "rtc") != nullptr || std::strstr(library, "ocloc") != nullptr;
}

const hy_param kParams[] = {{HY_PARAM_INOUT, HY_F32, "x"}, {HY_PARAM_VALUE, HY_F32, "a"}};
const hy_signature kSignature = {"scale", kParams, 2, 1};
constexpr char kSource[] =
    "HY_WORKGROUP(16)\nHY_KERNEL(scale, HY_INOUT(float, x), HY_VAL(float, a))\n{\n  HY_ITEMS(i)\n  {\n"
    "    x[i] *= a;\n  }\n}\n";

hy_status count_one(void* user, hy_error*) {
  ++*static_cast<int*>(user);
  return HY_OK;
}

class GpuFailure : public ::testing::TestWithParam<Vendor> {
 protected:
  GpuFailure() : driver_(GetParam().driver), compiler_(GetParam().compiler) {}

  void SetUp() override {
    host_.services().library_open = [](void*, const hy_library_request* request, void** handle, char* path,
                                       uint64_t capacity, char*, uint64_t, hy_error* error) -> hy_status {
      const Vendor& vendor = GetParam();
      const char* file = is_compiler(request->names[0]) ? vendor.compiler : vendor.driver;
      *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
      if (path != nullptr) std::snprintf(path, capacity, "%s", file);
      return *handle != nullptr ? HY_OK : fail(error, HY_UNAVAILABLE, "not there");
    };
    host_.services().library_find = [](void*, const hy_library_request* request, char* path, uint64_t capacity,
                                       hy_error*) -> hy_status {
      std::snprintf(path, capacity, "%s", is_compiler(request->names[0]) ? GetParam().compiler : GetParam().driver);
      return HY_OK;
    };
    driver_.configure("orders", "");
    driver_.configure("restart", "");
    driver_.configure("misuses", "");
    if (GetParam().architecture[0] != '\0') driver_.configure("architecture", GetParam().architecture);
    if (GetParam().modern[0] != '\0') driver_.configure("modern", GetParam().modern);
    compiler_.configure("orders", "");
    table_ = GetParam().query(HY_ABI_VERSION, host_.table());
    report_.size = sizeof report_;
    compile_once();
  }
  void TearDown() override {
    driver_.configure("orders", "");
    compiler_.configure("orders", "");
  }

  void compile_once();
  bool good(hy_status status, const char* step);
  void use_stream(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void use_kernels(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void use_memory(hy_b_device* device);
  void use_peer(hy_b_instance* instance, hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory);
  void live_once();
  const char* failed() const { return driver_.call<halyard_fake_failed_fn>("halyard_fake_failed"); }

  FakeHost host_;
  FakeLibrary driver_, compiler_;
  const hy_backend* table_ = nullptr;
  std::string image_, target_;
  hy_image_format format_ = 0;
  hy_b_report report_{};
  hy_error error_{};
  std::string first_failure_;
  int submitted_ = 0, called_ = 0;  // host functions
  hy_b_device* peer_ = nullptr;     // the second device
  hy_b_memory far_{};               // its memory
  bool failed_in_use_ = false;      // and not while objects were given back, which reports nothing
};

// A step of the life below: keeps the first failure, and checks that it explains itself.
bool GpuFailure::good(hy_status status, const char* step) {
  if (status == HY_OK) return true;
  EXPECT_STRNE("", error_.message) << step;
  EXPECT_EQ(status, error_.code) << step;
  if (first_failure_.empty()) first_failure_ = std::string(step) + ": " + error_.message;
  error_ = {};
  return false;
}

void GpuFailure::compile_once() {
  hy_b_instance* instance = nullptr;
  hy_b_device* device = nullptr;
  ASSERT_EQ(HY_OK, table_->instance_create(host_.table(), &instance, &report_, &error_)) << error_.message;
  ASSERT_EQ(HY_OK, table_->device_open(instance, 0, &device, &error_)) << error_.message;
  std::string text;
  ASSERT_EQ(HY_OK, dialect::expand(kSource, "a.hk", GetParam().dialect, {}, &text, &error_)) << error_.message;
  const hy_b_source source{sizeof source, 0, text.data(), text.size(), "a.hk"};
  hy_b_compiled compiled{};
  compiled.size = sizeof compiled;
  ASSERT_EQ(HY_OK, table_->compile(device, &source, &compiled, &error_)) << error_.message;
  image_.assign(static_cast<const char*>(compiled.data), compiled.bytes);
  target_ = compiled.target;
  format_ = compiled.format;
  table_->compiled_release(&compiled);
  table_->device_close(device);
  table_->instance_destroy(instance);
}

void GpuFailure::use_stream(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory) {
  static unsigned char bytes[64] = {1};  // for ever: of a driver that fails every wait nobody knows when it is done
  good(table_->copy_to_device(stream, &memory, 0, bytes, 64, HY_COPY_WAIT, &error_), "write");
  good(table_->fill(stream, &memory, 0, 64, bytes, 4, &error_), "fill");
  good(table_->fill(stream, &memory, 0, 64, bytes, 16, &error_), "wide fill");
  good(table_->copy_on_device(stream, &memory, 64, &memory, 0, 64, &error_), "copy");
  good(table_->copy_on_device(stream, &memory, 8, &memory, 0, 64, &error_), "overlapping copy");
  hy_b_stream* other = nullptr;
  good(table_->stream_create(device, 0, &other, &error_), "second stream");
  if (good(table_->stream_host_function(stream, count_one, &called_, &error_), "host function")) ++submitted_;
  good(table_->copy_to_device(stream, &memory, 0, bytes, 64, HY_COPY_ASYNC, &error_), "write behind it");
  good(table_->copy_to_host(stream, bytes, &memory, 0, 64, HY_COPY_ASYNC, &error_), "read behind it");
  good(table_->stream_synchronize(stream, 10'000'000'000, &error_), "synchronize with a limit");
  good(table_->stream_synchronize(stream, HY_FOREVER, &error_), "synchronize");
  hy_b_point* points[2] = {};
  for (hy_b_point*& point : points) {
    if (!good(table_->point_record(stream, HY_POINT_TIMED, &point, &error_), "record")) continue;
    good(table_->point_wait(point, HY_FOREVER, &error_), "wait");
    good(table_->point_query(point, &error_), "query");
    if (other != nullptr) good(table_->stream_wait(other, point, &error_), "stream wait");
  }
  uint64_t ns = 0;
  if (points[0] != nullptr && points[1] != nullptr)
    good(table_->point_elapsed(points[0], points[1], &ns, &error_), "elapsed");
  for (hy_b_point* point : points) {
    if (point != nullptr) table_->point_release(point);
  }
  if (other != nullptr) {
    for (int i = 0; i < 2; ++i) good(table_->stream_synchronize(other, HY_FOREVER, &error_), "synchronize the second");
    table_->stream_destroy(other);
  }
}

void GpuFailure::use_kernels(hy_b_device* device, hy_b_stream* stream, const hy_b_memory& memory) {
  const hy_b_image image{sizeof image, format_, target_.c_str(), image_.data(), image_.size()};
  hy_b_module* module = nullptr;
  hy_b_kernel* kernel = nullptr;
  hy_b_bound* bound = nullptr;
  hy_b_kernel_info info{};
  info.size = sizeof info;
  good(table_->module_load(device, &image, &module, &error_), "load");
  if (module != nullptr) good(table_->kernel_create(module, &kSignature, &kernel, &info, &error_), "kernel");
  if (kernel != nullptr) {
    EXPECT_EQ(16u, info.workgroup[0]);
    good(table_->kernel_bind(kernel, stream, &bound, &error_), "bind");
  }
  if (bound != nullptr) {
    const float a = 1;
    const hy_b_arg args[] = {{&memory, 0, nullptr, 0}, {nullptr, 0, &a, 4}};
    const hy_b_grid grid = {{0, 0, 0}, {1, 1, 1}, {1, 1, 1}, {16, 1, 1}, 0};
    good(table_->launch(bound, &grid, args, &error_), "launch");
    // Twice, as the library waits before it destroys what is in use, and the first may be told to fail.
    for (int i = 0; i < 2; ++i)
      good(table_->stream_synchronize(stream, HY_FOREVER, &error_), "synchronize after the launch");
    table_->bound_destroy(bound);
  }
  if (kernel != nullptr) table_->kernel_destroy(kernel);
  if (module != nullptr) table_->module_unload(module);
}

void GpuFailure::use_memory(hy_b_device* device) {
  for (const hy_memory_kind kind : {HY_MEMORY_PINNED, HY_MEMORY_SHARED}) {
    hy_b_memory memory{};
    if (good(table_->memory_allocate(device, kind, 4096, &memory, &error_), "pinned and shared memory"))
      table_->memory_free(device, &memory);
  }
  uint64_t left = 0, total = 0;
  good(table_->device_memory(device, &left, &total, &error_), "memory that is left");
}

// Copies from and to the second device, whose memory kernels may use. What fails at the first copy, when the path is
// set up, is no failure of the copy.
void GpuFailure::use_peer(hy_b_instance* instance, hy_b_device* device, hy_b_stream* stream,
                          const hy_b_memory& memory) {
  if (!good(table_->device_open(instance, 1, &peer_, &error_), "open the peer")) return;
  if (!good(table_->memory_allocate(peer_, HY_MEMORY_DEVICE, 256, &far_, &error_), "allocate on the peer")) return;
  hy_peer_access access = HY_PEER_NONE;
  if (good(table_->peer_query(device, peer_, &access, &error_), "ask for peers")) {
    EXPECT_EQ(hy_peer_access{HY_PEER_KERNELS}, access);
  }
  good(table_->peer_copy(stream, peer_, &far_, 64, device, &memory, 0, 128, &error_), "copy to the peer");
  good(table_->peer_enable(device, peer_, &error_), "enable the peer");
  good(table_->peer_copy(stream, device, &memory, 0, peer_, &far_, 64, 128, &error_), "copy from the peer");
  for (int i = 0; i < 2; ++i)
    good(table_->stream_synchronize(stream, HY_FOREVER, &error_), "synchronize with the peer");
}

// Everything that an application does, going on after what failed as far as it can.
void GpuFailure::live_once() {
  hy_b_instance* instance = nullptr;
  first_failure_.clear();
  failed_in_use_ = true;
  report_.reason[0] = '\0';
  if (!good(table_->instance_create(host_.table(), &instance, &report_, &error_), "instance")) {
    EXPECT_STRNE("", report_.reason);
    return;
  }
  ASSERT_GE(table_->device_count(instance), 1u);
  hy_b_device* device = nullptr;
  if (good(table_->device_open(instance, 0, &device, &error_), "open")) {
    hy_b_memory memory{};
    hy_b_stream* stream = nullptr;
    const bool has_memory = good(table_->memory_allocate(device, HY_MEMORY_DEVICE, 256, &memory, &error_), "allocate");
    const bool has_stream = good(table_->stream_create(device, HY_STREAM_TIMING, &stream, &error_), "stream");
    if (has_memory && has_stream) {
      use_stream(device, stream, memory);
      use_kernels(device, stream, memory);
      use_peer(instance, device, stream, memory);
    }
    use_memory(device);
    failed_in_use_ = failed() != nullptr;
    if (far_.object != nullptr) table_->memory_free(peer_, &far_);
    if (peer_ != nullptr) table_->device_close(std::exchange(peer_, nullptr));
    if (has_stream) table_->stream_destroy(stream);
    EXPECT_EQ(submitted_, called_) << "at the latest when its stream is destroyed";
    if (has_memory) table_->memory_free(device, &memory);
    table_->device_close(device);
  }
  table_->instance_destroy(instance);
}

TEST_P(GpuFailure, LivesWellWhenNothingFails) {
  live_once();
  EXPECT_EQ("", first_failure_);
  EXPECT_EQ("", driver_.misuses());
  EXPECT_EQ(0, driver_.live(nullptr));
}

TEST_P(GpuFailure, AsksTheDriverNothingThatTheImageSaysToTheHost) {
  driver_.configure("orders", "");
  live_once();
  const uint64_t asked = driver_.calls("cuModuleGetGlobal_v2") + driver_.calls("hipModuleGetGlobal");
  EXPECT_EQ(asked, std::strcmp(GetParam().name, "cuda_ptx") == 0 ? 1u : 0u);
}

bool has_any(const std::string& name, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return name.find(part) != std::string::npos; });
}

// Nobody hears of these, and what they should have given back is still there.
bool gives_back(const std::string& name) { return has_any(name, {"Destroy", "Release", "Free", "Unload"}); }

// What may fail without a word: questions about a device, which is then left out or says less; contexts, which are
// asked for a second time; memory that is there after the pool was emptied.
// Of Level Zero: what is asked of events before they are used again, and what is tried a second time, as otherwise a
// list would lose its order or wait for ever.
bool may_go_unsaid(const std::string& name, int code) {
  return has_any(name, {"zeDevice", "zeDriver", "zeEventQueryStatus", "zeEventHostReset", "zeEventHostSignal",
                        "zeCommandListAppendBarrier", "zeMemGetAllocProperties"}) ||
         has_any(name, {"cuDevice", "hipDevice", "Attribute", "Pool", "GetLastError", "Ctx", "hipGetDevice",
                        "hipSetDevice", "Version", "Properties", "GetProcAddress"}) ||
         (code == 2 && has_any(name, {"StreamCreate", "StreamSynchronize", "Alloc", "Malloc", "HostGetDevicePointer"}));
}

TEST_P(GpuFailure, SurvivesTheFailureOfEveryCallWithAClearErrorAndLosesNothing) {
  for (const int code : {GetParam().out_of_memory, GetParam().unknown}) {
    uint64_t call = 0;
    for (;;) {
      driver_.configure("orders", "");
      driver_.configure("misuses", "");
      driver_.configure("fail", "* " + std::to_string(++call) + " " + std::to_string(code));
      live_once();
      if (failed() == nullptr) break;
      const std::string name = failed();
      driver_.configure("orders", "");
      if (gives_back(name)) {
        driver_.configure("restart", "");
        continue;
      }
      EXPECT_EQ(0, driver_.live(nullptr)) << "call " << call << ", " << name << ": " << first_failure_;
      EXPECT_EQ("", driver_.misuses()) << "call " << call << ", " << name << ": " << first_failure_;
      if (failed_in_use_ && !may_go_unsaid(name, code)) {
        EXPECT_NE("", first_failure_) << "call " << call << ", " << name << " was not reported";
      }
      if (HasFailure()) driver_.configure("restart", "");
      ASSERT_LT(call, 3000u);
    }
    EXPECT_GT(call, 60u);
  }
}

TEST_P(GpuFailure, SurvivesADriverThatFailsFromAnyCallOn) {
  const std::string codes[] = {std::to_string(GetParam().lost), std::to_string(GetParam().unknown)};
  for (const std::string& code : codes) {
    uint64_t call = 0;
    for (;;) {
      driver_.configure("orders", "");
      driver_.configure("restart", "");
      driver_.configure("fail_from", "* " + std::to_string(++call) + " " + code);
      live_once();
      const bool reached = failed() != nullptr;
      driver_.configure("orders", "");
      if (!reached) break;
      ASSERT_LT(call, 3000u);
    }
    EXPECT_GT(call, 60u);
  }
  driver_.configure("restart", "");
}

TEST_P(GpuFailure, SaysThatTheCompilerFailed) {
  hy_b_instance* instance = nullptr;
  hy_b_device* device = nullptr;
  ASSERT_EQ(HY_OK, table_->instance_create(host_.table(), &instance, &report_, &error_)) << error_.message;
  ASSERT_EQ(HY_OK, table_->device_open(instance, 0, &device, &error_)) << error_.message;
  std::string text;
  ASSERT_EQ(HY_OK, dialect::expand(kSource, "a.hk", GetParam().dialect, {}, &text, &error_));
  const hy_b_source source{sizeof source, 0, text.data(), text.size(), "a.hk"};
  int reported = 0;
  for (int call = 1;; ++call) {
    compiler_.configure("orders", "");
    compiler_.configure("fail", "* " + std::to_string(call) + " 1");
    hy_b_compiled compiled{};
    compiled.size = sizeof compiled;
    error_ = {};
    const hy_status status = table_->compile(device, &source, &compiled, &error_);
    if (status != HY_OK) {
      ++reported;
      EXPECT_STRNE("", error_.message) << call;
    }
    table_->compiled_release(&compiled);
    if (compiler_.call<halyard_fake_failed_fn>("halyard_fake_failed") == nullptr) break;
    ASSERT_LT(call, 50);
  }
  EXPECT_GE(reported, std::strstr(GetParam().compiler, "ocloc") != nullptr ? 1 : 4);  // ocloc is a single call
  table_->device_close(device);
  table_->instance_destroy(instance);
}

INSTANTIATE_TEST_SUITE_P(Vendors, GpuFailure, ::testing::ValuesIn(kVendors),
                         [](const auto& vendor) { return std::string(vendor.param.name); });

}  // namespace
}  // namespace halyard::test
