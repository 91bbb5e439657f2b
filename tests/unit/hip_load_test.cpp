// Loading HIP and hipRTC: what is there is found, what is not is named, and the versions' differences stay inside.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "backends/hip/api.hpp"
#include "backends/hip/hiprtc.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::hip {
namespace {

// A library whose symbols are a map: what library_symbol answers.
class Library {
 public:
  explicit Library(int version = 60241134) {
    reported_version() = version;
    host_.services().self = this;
    host_.services().library_open = [](void* self, const hy_library_request* request, void** handle, char* path,
                                       uint64_t capacity, char*, uint64_t, hy_error* error) -> hy_status {
      Library& library = *static_cast<Library*>(self);
      for (uint32_t i = 0; i < request->name_count; ++i) {
        library.asked_.emplace_back(request->names[i]);
        if (library.only_.count(request->names[i]) == 0) continue;
        *handle = self;
        if (path != nullptr) std::snprintf(path, capacity, "/opt/test/%s", request->names[i]);
        return HY_OK;
      }
      return fail(error, HY_UNAVAILABLE, "not there");
    };
    host_.services().library_find = [](void* self, const hy_library_request* request, char* path, uint64_t capacity,
                                       hy_error* error) -> hy_status {
      const hy_host& host = static_cast<Library*>(self)->host();
      void* handle = nullptr;
      return host.library_open(self, request, &handle, path, capacity, nullptr, 0, error);
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
    HALYARD_HIP_FUNCTIONS(HALYARD_TEST_SYMBOL)
    HALYARD_HIP_PROPERTIES(HALYARD_TEST_SYMBOL)
    HALYARD_HIPRTC_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
    set(
        "hipRuntimeGetVersion", +[](int* out) {
          *out = reported_version();
          return hipSuccess;
        });
    set(
        "hiprtcVersion", +[](int* major, int* minor) {
          *major = 9;
          *minor = 0;
          return HIPRTC_SUCCESS;
        });
    has("libamdhip64.so.6");
  }

  static int& reported_version() {
    static int version;
    return version;
  }
  // Something to point at that is never called.
  void* marker(const std::string& name) { return &markers_[name]; }
  template <typename Function>
  void set(const char* name, Function* function) {
    symbols_[name] = reinterpret_cast<void*>(function);
  }
  void remove(const char* name) { symbols_.erase(name); }
  void has(const char* file) { only_[file] = true; }
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

Api load(Library& library) {
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  return api;
}

TEST(HipLoad, TakesTheNewestLibraryAndItsVersion) {
  Library library;
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  EXPECT_EQ((std::vector<std::string>{"libamdhip64.so.7", "libamdhip64.so.6"}), library.asked());
  EXPECT_EQ(library.marker("hipModuleLaunchKernel"), address(api.hipModuleLaunchKernel));
  EXPECT_EQ(6, api.major());
  EXPECT_STREQ("HIP 6.2.41134", report.version);
  EXPECT_STREQ("/opt/test/libamdhip64.so.6", report.library);
}

TEST(HipLoad, RefusesALibraryByTheSymbolThatItLacks){
#define HALYARD_TEST_MISSING(name, result, parameters)                                             \
  {                                                                                                \
    Library library;                                                                               \
    library.remove(#name);                                                                         \
    Api api;                                                                                       \
    hy_b_report report{};                                                                          \
    hy_error error{};                                                                              \
    EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error)) << #name;           \
    EXPECT_NE(nullptr, std::strstr(error.message, "has no function " #name ":")) << error.message; \
  }
    HALYARD_HIP_REQUIRED(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
}

TEST(HipLoad, RefusesALibraryThatIsOlderThanAnyItKnows) {
  Library library(40500000);
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error));
  EXPECT_STREQ("/opt/test/libamdhip64.so.6 is of HIP 4.5.0, and 5.0 is needed", error.message);
  EXPECT_NE(nullptr, std::strstr(report.cure, "version 5")) << report.cure;
}

TEST(HipLoad, LeavesOutWhatIsOptional) {
  Library library;
#define HALYARD_TEST_REMOVE(name, result, parameters) library.remove(#name);
  HALYARD_HIP_OPTIONAL(HALYARD_TEST_REMOVE)
#undef HALYARD_TEST_REMOVE
  const Api api = load(library);
#define HALYARD_TEST_NULL(name, result, parameters) EXPECT_EQ(nullptr, api.name) << #name;
  HALYARD_HIP_OPTIONAL(HALYARD_TEST_NULL)
#undef HALYARD_TEST_NULL
}

TEST(HipLoad, SaysWhatTheSystemSaidWhereThereIsNoLibrary) {
  test::FakeHost host;
  host.replace_library("/no/such/libamdhip64.so.6");
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, load_api(*host.table(), &api, &report, &error));
  EXPECT_NE(nullptr, std::strstr(report.reason, "/no/such/libamdhip64.so.6")) << report.reason;
  EXPECT_STRNE("", report.cure);
}

TEST(HipLoad, ReadsTheArchitectureFromTheLayoutOfTheVersion) {
  constexpr auto kOld = +[](hipDeviceProp_tR0000* out, int device) {
    std::snprintf(out->gcnArchName, sizeof out->gcnArchName, "gfx906:sramecc+:xnack-");
    return device == 3 ? hipSuccess : hipErrorInvalidDevice;
  };
  constexpr auto kNew = +[](hipDeviceProp_tR0600* out, int) {
    std::snprintf(out->gcnArchName, sizeof out->gcnArchName, "gfx942:sramecc+:xnack-");
    return hipSuccess;
  };
  char text[64];
  Library before_6(50221153);
  before_6.remove("hipGetDevicePropertiesR0600");
  before_6.set("hipGetDeviceProperties", kOld);
  const Api old_api = load(before_6);
  ASSERT_EQ(hipSuccess, architecture_of(old_api, 3, text, sizeof text));
  EXPECT_STREQ("gfx906:sramecc+:xnack-", text);
  EXPECT_EQ(hipErrorInvalidDevice, architecture_of(old_api, 4, text, sizeof text));
  Library from_6;
  from_6.set("hipGetDeviceProperties", kOld);
  from_6.set("hipGetDevicePropertiesR0600", kNew);
  ASSERT_EQ(hipSuccess, architecture_of(load(from_6), 3, text, sizeof text));
  EXPECT_STREQ("gfx942:sramecc+:xnack-", text);
}

TEST(HipLoad, KnowsAPointersMemoryByTheNumbersOfTheVersion) {
  Library library(50221153);
  const Api before_6 = load(library);
  Library::reported_version() = 70125424;
  const Api from_6 = load(library);
  EXPECT_EQ(MemoryType::kHost, memory_type(before_6, 0));
  EXPECT_EQ(MemoryType::kDevice, memory_type(before_6, 1));
  EXPECT_EQ(MemoryType::kManaged, memory_type(before_6, 4));
  EXPECT_EQ(MemoryType::kOther, memory_type(before_6, -1));
  EXPECT_EQ(MemoryType::kUnregistered, memory_type(from_6, 0));
  EXPECT_EQ(MemoryType::kHost, memory_type(from_6, 1));
  EXPECT_EQ(MemoryType::kDevice, memory_type(from_6, 2));
  EXPECT_EQ(MemoryType::kManaged, memory_type(from_6, 3));
  EXPECT_EQ(MemoryType::kOther, memory_type(from_6, 10));
}

TEST(HipLoad, TakesTheCompilerOfItsOwnVersion) {
  Library library;
  library.has("libhiprtc.so.6");
  library.has("libhiprtc.so.7");
  EXPECT_EQ("/opt/test/libhiprtc.so.6", Rtc::find(library.host(), 60241134));
  EXPECT_EQ("/opt/test/libhiprtc.so.7", Rtc::find(library.host(), 70100000));
  EXPECT_EQ("/opt/test/libhiprtc.so.7", Rtc::find(library.host(), 0)) << "the newest where the version is not known";
}

TEST(HipLoad, TakesTheCompilerInsideHip5BeforeAnotherVersions) {
  Library library;
  library.has("libhiprtc.so.7");
  library.has("libamdhip64.so.5");
  EXPECT_EQ("/opt/test/libamdhip64.so.5", Rtc::find(library.host(), 50220000));
  EXPECT_EQ("/opt/test/libhiprtc.so.7", Rtc::find(library.host(), 60241134));
}

TEST(HipLoad, TakesTheCompilerThatTheUserNamedWhateverItsVersion) {
  Library library;
  library.has("/libhiprtc.so.5");  // which the host finds in HALYARD_LIBRARY_PATH alone
  library.has("libhiprtc.so.6");
  EXPECT_EQ("/opt/test//libhiprtc.so.5", Rtc::find(library.host(), 60241134));
}

TEST(HipLoad, OpensTheCompilerThatWasFound) {
  Library library;
  library.has("libhiprtc.so.6");
  Rtc rtc;
  hy_error error{};
  ASSERT_EQ(HY_OK, rtc.open(library.host(), "libhiprtc.so.6", 60241134, &error)) << error.message;
  EXPECT_STREQ("/opt/test/libhiprtc.so.6", rtc.functions().library);
  EXPECT_EQ(9, rtc.functions().major);
}

TEST(HipLoad, SaysHowToGetACompiler) {
  Library library;
  library.remove("hiprtcGetCode");
  library.has("libhiprtc.so.6");
  Rtc rtc;
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "libhiprtc.so.6", 60241134, &error));
  EXPECT_NE(nullptr, std::strstr(error.message, "libhiprtc.so.6 has no function hiprtcGetCode")) << error.message;
  EXPECT_EQ(nullptr, rtc.functions().hiprtcVersion);
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "", 60241134, &error));
  EXPECT_NE(nullptr, std::strstr(error.message, "install it")) << error.message;
}

// AMD's own library on a machine without a device of theirs, as most that run this test are.
TEST(HipLoad, TellsTheTruthOfTheInstalledLibrary) {
  test::FakeHost host;
  Api api;
  hy_b_report report{};
  hy_error error{};
  if (load_api(*host.table(), &api, &report, &error) != HY_OK) GTEST_SKIP() << "no libamdhip64 here";
  EXPECT_GE(api.major(), 5);
  EXPECT_EQ(0, std::strncmp(report.version, "HIP ", 4)) << report.version;
  int count = 7;
  if (start_driver(*host.table(), api, &count, &report, &error) == HY_OK) {
    char text[64];
    EXPECT_EQ(hipSuccess, architecture_of(api, 0, text, sizeof text));
    EXPECT_EQ(0, std::strncmp(text, "gfx", 3)) << text;
    return;
  }
  EXPECT_EQ(0, count);
  EXPECT_TRUE(error.vendor_code == 100 || error.vendor_code == 101) << error.message;
  EXPECT_NE(nullptr, std::strstr(report.reason, "answered hipError")) << report.reason;
  std::printf("%s: %s; %s\n", report.library, report.reason, report.cure);
}

}  // namespace
}  // namespace halyard::hip
