// Loading Level Zero and ocloc: what is there is found, what is not is named, and nothing is opened without need.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "backends/level_zero/absence.hpp"
#include "backends/level_zero/api.hpp"
#include "backends/level_zero/errors.hpp"
#include "backends/level_zero/instance.hpp"
#include "backends/level_zero/ocloc.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::level_zero {
namespace {

constexpr char kLoader[] = "libze_loader.so.1";

// A library whose symbols are a map: what library_symbol answers.
class Library {
 public:
  Library() {
    host_.services().self = this;
    host_.services().library_open = [](void* self, const hy_library_request* request, void** handle, char* path,
                                       uint64_t capacity, char* report, uint64_t room, hy_error* error) -> hy_status {
      Library& library = *static_cast<Library*>(self);
      for (uint32_t i = 0; i < request->name_count; ++i) {
        library.asked_.emplace_back(request->names[i]);
        if (library.only_.count(request->names[i]) == 0) continue;
        *handle = self;
        if (path != nullptr) std::snprintf(path, capacity, "/opt/test/%s", request->names[i]);
        return HY_OK;
      }
      if (report != nullptr) std::snprintf(report, room, "no such file");
      return fail(error, HY_UNAVAILABLE, "not there");
    };
    host_.services().library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                                       hy_error* error) -> hy_status {
      for (uint32_t i = 0; i < request->name_count; ++i) {
        if (static_cast<Library*>(self)->only_.count(request->names[i]) == 0) continue;
        std::snprintf(path, capacity, "/opt/test/%s", request->names[i]);
        return HY_OK;
      }
      return fail(error, HY_UNAVAILABLE, "not there");
    };
    host_.services().library_symbol = [](void* self, void*, const char* name) -> void* {
      Library& library = *static_cast<Library*>(self);
      const auto found = library.symbols_.find(name);
      return found == library.symbols_.end() ? nullptr : found->second;
    };
    host_.services().file_read = [](void*, const char* path, char*, uint64_t*, hy_error* error) {
      return fail(error, HY_UNAVAILABLE, "%s: not there", path);
    };
#define HALYARD_TEST_SYMBOL(name, ...) symbols_[#name] = marker(#name);
    HALYARD_ZE_FUNCTIONS(HALYARD_TEST_SYMBOL)
    HALYARD_OCLOC_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
    has(kLoader);
  }

  // Something to point at that is never called.
  void* marker(const std::string& name) { return &markers_[name]; }
  void remove(const char* name) { symbols_.erase(name); }
  void has(const char* file) { only_[file] = true; }
  void lacks(const char* file) { only_.erase(file); }
  const std::vector<std::string>& asked() const { return asked_; }
  const hy_host& host() const { return *host_.table(); }

 private:
  test::FakeHost host_;
  std::map<std::string, void*> symbols_;
  std::map<std::string, char> markers_;
  std::map<std::string, bool> only_;
  std::vector<std::string> asked_;
};

template <typename Pointer>
void* address(Pointer pointer) {
  return reinterpret_cast<void*>(pointer);
}

TEST(LevelZeroLoad, TakesTheLoaderByItsVersionedNameAndCallsNothing) {
  Library library;
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  EXPECT_EQ((std::vector<std::string>{kLoader}), library.asked());
  EXPECT_EQ(library.marker("zeCommandListAppendLaunchKernel"), address(api.zeCommandListAppendLaunchKernel));
  EXPECT_EQ(library.marker("zeCommandListHostSynchronize"), address(api.zeCommandListHostSynchronize));
  EXPECT_STREQ("/opt/test/libze_loader.so.1", report.library);
}

TEST(LevelZeroLoad, RefusesALibraryByTheSymbolThatItLacks){
#define HALYARD_TEST_MISSING(name, result, parameters)                                             \
  {                                                                                                \
    Library library;                                                                               \
    library.remove(#name);                                                                         \
    Api api;                                                                                       \
    hy_b_report report{};                                                                          \
    hy_error error{};                                                                              \
    EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error)) << #name;           \
    EXPECT_NE(nullptr, std::strstr(error.message, "has no function " #name ":")) << error.message; \
    EXPECT_NE(nullptr, std::strstr(report.cure, "1.8 or later")) << report.cure;                   \
  }
    HALYARD_ZE_REQUIRED(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
}

TEST(LevelZeroLoad, LeavesOutWhatIsOptional) {
  Library library;
  Api api;
  hy_b_report report{};
  hy_error error{};
#define HALYARD_TEST_REMOVE(name, result, parameters) library.remove(#name);
  HALYARD_ZE_OPTIONAL(HALYARD_TEST_REMOVE)
#undef HALYARD_TEST_REMOVE
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
#define HALYARD_TEST_NULL(name, result, parameters) EXPECT_EQ(nullptr, api.name) << #name;
  HALYARD_ZE_OPTIONAL(HALYARD_TEST_NULL)
#undef HALYARD_TEST_NULL
}

TEST(LevelZeroLoad, SaysWhatTheSystemSaidWhereThereIsNoLibrary) {
  Library library;
  library.lacks(kLoader);
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error));
  EXPECT_EQ((std::vector<std::string>{kLoader, "libze_loader.so"}), library.asked());
  EXPECT_STREQ("no such file", report.reason);
  EXPECT_STREQ(kLoader, report.library);
  EXPECT_STRNE("", report.cure);
}

TEST(LevelZeroLoad, DoesNotOpenTheLoaderOnAHopelessMachine) {
  Library library;
  Api api;
  int count = 7;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, Vendor::start(library.host(), &api, &count, &report, &error));
  EXPECT_TRUE(library.asked().empty()) << library.asked().front() << " was opened for nothing";
  EXPECT_NE(nullptr, std::strstr(report.reason, "the kernel knows no Intel GPU")) << report.reason;
  library.has("/libze_loader.so.1");  // which the host finds in HALYARD_LIBRARY_PATH alone
  library.remove("zeInit");
  EXPECT_EQ(HY_UNAVAILABLE, Vendor::start(library.host(), &api, &count, &report, &error));
  EXPECT_EQ((std::vector<std::string>{kLoader}), library.asked());
  EXPECT_NE(nullptr, std::strstr(report.reason, "has no function zeInit")) << report.reason;
}

TEST(LevelZeroLoad, FindsTheCompilerByEitherName) {
  Library library;
  EXPECT_EQ("", Rtc::find(library.host(), 0));
  library.has("libocloc.so");
  EXPECT_EQ("/opt/test/libocloc.so", Rtc::find(library.host(), 0));
  library.has("libocloc.so.1");
  EXPECT_EQ("/opt/test/libocloc.so.1", Rtc::find(library.host(), 0)) << "the versioned one first";
  library.has("/libocloc.so");
  EXPECT_EQ("/opt/test//libocloc.so", Rtc::find(library.host(), 0)) << "the user named its folder";
}

TEST(LevelZeroLoad, SaysHowToGetACompiler) {
  Rtc rtc;
  hy_error error{};
#define HALYARD_TEST_MISSING(name, result, parameters)                                             \
  {                                                                                                \
    Library library;                                                                               \
    library.has("libocloc.so");                                                                    \
    EXPECT_EQ(HY_OK, rtc.open(library.host(), "libocloc.so", 0, &error)) << error.message;         \
    library.remove(#name);                                                                         \
    EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "libocloc.so", 0, &error));                 \
    EXPECT_NE(nullptr, std::strstr(error.message, "libocloc.so has no function " #name)) << #name; \
  }
  HALYARD_OCLOC_FUNCTIONS(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
  const Library library;
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "", 0, &error));
  EXPECT_NE(nullptr, std::strstr(error.message, "install it (intel-ocloc")) << error.message;
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "/gone/libocloc.so", 0, &error)) << "since it was found";
}

TEST(LevelZeroLoad, TellsTheCompilerTheDeviceAndWhatItHas) {
  const Rtc rtc;
  Found device;
  device.device_id = 0x56a0;
  std::snprintf(device.info.architecture, sizeof device.info.architecture, "dg2");
  device.info.capabilities = HY_CAP_SUBGROUPS;
  const Rtc::Target target = rtc.target(device);
  EXPECT_EQ("dg2", target.architecture);
  EXPECT_EQ(HY_IMAGE_ZE_NATIVE, target.format);
  const std::vector<std::string> words = rtc.options(target);
  EXPECT_EQ((std::vector<std::string>{"ocloc", "compile", "-file", "kernel.cl", "-device", "0x56a0", "-64", "-options",
                                      "-cl-std=CL2.0 -DHY_ASSUME_SUBGROUPS"}),
            words);
  device.info.capabilities |= HY_CAP_FLOAT64 | HY_CAP_ATOMICS_INT64;
  EXPECT_EQ("-cl-std=CL2.0 -DHY_ASSUME_FLOAT64 -DHY_ASSUME_ATOMICS_INT64 -DHY_ASSUME_SUBGROUPS",
            rtc.options(rtc.target(device)).back());
}

// The loader itself on a machine without a driver of Intel's, as most that run this test are.
TEST(LevelZeroLoad, TellsTheTruthOfTheInstalledLibrary) {
  test::FakeHost host;
  Api api;
  hy_b_report report{};
  hy_error error{};
  if (load_api(*host.table(), &api, &report, &error) != HY_OK) GTEST_SKIP() << "no libze_loader here";
  if (start_driver(*host.table(), &api, &report, &error) == HY_OK) {
    EXPECT_FALSE(api.listed.empty());
    return;
  }
  EXPECT_TRUE(api.listed.empty());
  EXPECT_NE(nullptr, std::strstr(report.reason, code_name(static_cast<ze_result_t>(error.vendor_code))))
      << report.reason;
  EXPECT_STRNE("", report.cure);
  std::printf("%s: %s; %s\n", report.library, report.reason, report.cure);
}

}  // namespace
}  // namespace halyard::level_zero
