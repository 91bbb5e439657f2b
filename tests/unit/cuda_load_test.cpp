// Loading CUDA's driver and NVRTC: what is there is found in the right form, what is not is named.
#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>

#include "backends/cuda/api.hpp"
#include "backends/cuda/nvrtc.hpp"
#include "tests/unit/fake_host.hpp"

namespace halyard::cuda {
namespace {

// A library whose symbols are a map: what library_symbol answers.
class Library {
 public:
  Library() {
    host_.services().self = this;
    host_.services().library_open = [](void* self, const hy_library_request* request, void** handle, char* path,
                                       uint64_t capacity, char*, uint64_t, hy_error* error) -> hy_status {
      Library& library = *static_cast<Library*>(self);
      library.asked_.push_back(request->names[0]);
      if (!library.only_.empty() && library.only_ != request->names[0]) {
        return fail(error, HY_UNAVAILABLE, "not there");
      }
      *handle = self;
      if (path != nullptr) std::snprintf(path, capacity, "/opt/test/%s", request->names[0]);
      return HY_OK;
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
#define HALYARD_TEST_SYMBOL(name, symbol, version, result, parameters) symbols_[#symbol] = marker(#symbol);
    HALYARD_CUDA_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
#define HALYARD_TEST_SYMBOL(name, result, parameters) symbols_[#name] = marker(#name);
    HALYARD_NVRTC_FUNCTIONS(HALYARD_TEST_SYMBOL)
#undef HALYARD_TEST_SYMBOL
    set(
        "cuDriverGetVersion", +[](int* version) {
          *version = 12040;
          return CUDA_SUCCESS;
        });
    set(
        "nvrtcVersion", +[](int* major, int* minor) {
          *major = 12;
          *minor = 4;
          return NVRTC_SUCCESS;
        });
  }

  // Something to point at that is never called.
  void* marker(const std::string& name) { return &markers_[name]; }
  template <typename Function>
  void set(const char* name, Function* function) {
    symbols_[name] = reinterpret_cast<void*>(function);
  }
  void remove(const char* name) { symbols_.erase(name); }
  void has_only(const char* file) { only_ = file; }
  const std::vector<std::string>& asked() const { return asked_; }
  const hy_host& host() const { return *host_.table(); }

 private:
  test::FakeHost host_;
  std::map<std::string, void*> symbols_;
  std::map<std::string, char> markers_;
  std::vector<std::string> asked_;
  std::string only_;
};

template <typename Pointer>
void* address(Pointer pointer) {
  return reinterpret_cast<void*>(pointer);
}

// What cuGetProcAddress was asked, and what it then gave.
std::map<std::string, int>& asked_versions() {
  static auto* versions = new std::map<std::string, int>;
  return *versions;
}
char given;

CUresult give_v2(const char* symbol, void** function, int version, uint64_t, CUdriverProcAddressQueryResult* found) {
  asked_versions()[symbol] = version;
  if (std::strcmp(symbol, "cuStreamWaitValue32") == 0) {
    *function = nullptr;
    *found = CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT;
    return CUDA_SUCCESS;
  }
  if (std::strcmp(symbol, "cuDriverGetVersion") == 0) return CUDA_ERROR_NOT_FOUND;
  *function = &given;
  *found = CU_GET_PROC_ADDRESS_SUCCESS;
  return CUDA_SUCCESS;
}

TEST(CudaLoad, FindsEveryFormBySymbolWhereTheDriverHasNoBetterWay) {
  Library library;
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  EXPECT_EQ(library.marker("cuMemAlloc_v2"), address(api.cuMemAlloc));
  EXPECT_EQ(library.marker("cuStreamWaitValue32_v2"), address(api.cuStreamWaitValue32));
  EXPECT_EQ(12040, api.version);
  EXPECT_STREQ("CUDA 12.4", report.version);
  EXPECT_STREQ("/opt/test/libcuda.so.1", report.library);
}

TEST(CudaLoad, AsksTheDriverForTheVersionOfEachForm) {
  Library library;
  library.set("cuGetProcAddress_v2", give_v2);
  Api api;
  hy_b_report report{};
  hy_error error{};
  asked_versions().clear();
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  EXPECT_EQ(address(&given), address(api.cuMemAlloc));
  EXPECT_EQ(3020, asked_versions()["cuMemAlloc"]);
  EXPECT_EQ(11040, asked_versions()["cuDeviceGetUuid"]);
  EXPECT_EQ(2000, asked_versions()["cuEventElapsedTime"]);
  EXPECT_EQ(0u, asked_versions().count("cuMemAlloc_v2")) << "asked by the form's symbol";
  EXPECT_EQ(library.marker("cuStreamWaitValue32_v2"), address(api.cuStreamWaitValue32)) << "not by its symbol then";
}

TEST(CudaLoad, TakesTheOlderWayOfAskingFromOlderDrivers) {
  Library library;
  library.set(
      "cuGetProcAddress", +[](const char* symbol, void** function, int version, uint64_t) {
        CUdriverProcAddressQueryResult found;
        const CUresult code = give_v2(symbol, function, version, 0, &found);
        return *function == nullptr ? CUDA_ERROR_NOT_FOUND : code;
      });
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  EXPECT_EQ(address(&given), address(api.cuLaunchKernel));
  EXPECT_EQ(library.marker("cuStreamWaitValue32_v2"), address(api.cuStreamWaitValue32));
}

TEST(CudaLoad, RefusesALibraryByTheSymbolThatItLacks){
#define HALYARD_TEST_MISSING(name, symbol, version, result, parameters)                              \
  {                                                                                                  \
    Library library;                                                                                 \
    library.remove(#symbol);                                                                         \
    Api api;                                                                                         \
    hy_b_report report{};                                                                            \
    hy_error error{};                                                                                \
    EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error)) << #symbol;           \
    EXPECT_NE(nullptr, std::strstr(error.message, "has no function " #symbol ":")) << error.message; \
    EXPECT_NE(nullptr, std::strstr(report.cure, "470")) << report.cure;                              \
  }
    HALYARD_CUDA_REQUIRED(HALYARD_TEST_MISSING)
#undef HALYARD_TEST_MISSING
}

TEST(CudaLoad, RefusesADriverThatIsOlderThanAnyItKnows) {
  Library library;
  library.set(
      "cuDriverGetVersion", +[](int* version) {
        *version = 11020;
        return CUDA_SUCCESS;
      });
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, load_api(library.host(), &api, &report, &error));
  EXPECT_STREQ("/opt/test/libcuda.so.1 is of CUDA 11.2, and 11.4 is needed", error.message);
  EXPECT_NE(nullptr, std::strstr(report.cure, "470")) << report.cure;
}

TEST(CudaLoad, LeavesOutWhatIsOptional) {
  Library library;
#define HALYARD_TEST_REMOVE(name, symbol, version, result, parameters) library.remove(#symbol);
  HALYARD_CUDA_OPTIONAL(HALYARD_TEST_REMOVE)
#undef HALYARD_TEST_REMOVE
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
#define HALYARD_TEST_NULL(name, symbol, version, result, parameters) EXPECT_EQ(nullptr, api.name) << #name;
  HALYARD_CUDA_OPTIONAL(HALYARD_TEST_NULL)
#undef HALYARD_TEST_NULL
}

TEST(CudaLoad, SaysWhatTheSystemSaidWhereThereIsNoLibrary) {
  test::FakeHost host;
  host.replace_library("/no/such/libcuda.so.1");
  Api api;
  hy_b_report report{};
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, load_api(*host.table(), &api, &report, &error));
  EXPECT_NE(nullptr, std::strstr(report.reason, "/no/such/libcuda.so.1")) << report.reason;
  EXPECT_STRNE("", report.cure);
}

TEST(CudaLoad, CountsTheDevices) {
  Library library;
  library.set(
      "cuInit", +[](unsigned) { return CUDA_SUCCESS; });
  library.set(
      "cuDeviceGetCount", +[](int* count) {
        *count = 3;
        return CUDA_SUCCESS;
      });
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(library.host(), &api, &report, &error)) << error.message;
  int count = 0;
  EXPECT_EQ(HY_OK, start_driver(library.host(), api, &count, &report, &error)) << error.message;
  EXPECT_EQ(3, count);
}

#ifdef HALYARD_CUDA_STUB
TEST(CudaLoad, RecognisesTheLinkStub) {
  test::FakeHost host;
  host.replace_library(HALYARD_CUDA_STUB);
  Api api;
  hy_b_report report{};
  hy_error error{};
  ASSERT_EQ(HY_OK, load_api(*host.table(), &api, &report, &error)) << error.message;
  int count = 7;
  EXPECT_EQ(HY_UNAVAILABLE, start_driver(*host.table(), api, &count, &report, &error));
  EXPECT_EQ(0, count);
  EXPECT_EQ(34, error.vendor_code);
  EXPECT_NE(nullptr, std::strstr(report.reason, HALYARD_CUDA_STUB " is NVIDIA's link stub, not a driver"))
      << report.reason;
  EXPECT_NE(nullptr, std::strstr(report.cure, "lib64/stubs")) << report.cure;
}
#else
TEST(CudaLoad, RecognisesTheLinkStub) { GTEST_SKIP() << "no lib64/stubs/libcuda.so of a CUDA toolkit here"; }
#endif

TEST(CudaLoad, PrefersTheCompilerOfTheDriversVersionThenOlderThenNewerOnes) {
  Library library;
  library.has_only("libnvrtc.so.19");
  EXPECT_EQ("/opt/test/libnvrtc.so.19", Rtc::find(library.host(), 12040));
  std::vector<std::string> order;
  for (const std::string& asked : library.asked()) {
    if (asked[0] != '/') order.push_back(asked);
  }
  ASSERT_GT(order.size(), 5u);
  order.resize(5);
  EXPECT_EQ((std::vector<std::string>{"libnvrtc.so.12", "libnvrtc.so.11.2", "libnvrtc.so.11.1", "libnvrtc.so.11.0",
                                      "libnvrtc.so.13"}),
            order);
}

TEST(CudaLoad, OpensTheCompilerThatWasFound) {
  Library library;
  Rtc rtc;
  hy_error error{};
  ASSERT_EQ(HY_OK, rtc.open(library.host(), "libnvrtc.so.12", 12040, &error)) << error.message;
  EXPECT_STREQ("/opt/test/libnvrtc.so.12", rtc.functions().library);
  EXPECT_EQ(12, rtc.functions().major);
  EXPECT_EQ(4, rtc.functions().minor);
}

TEST(CudaLoad, TakesTheCompilerThatTheUserNamedWhateverItsVersion) {
  Library library;
  library.has_only("/libnvrtc.so.13");  // which the host finds in HALYARD_LIBRARY_PATH alone
  EXPECT_EQ("/opt/test//libnvrtc.so.13", Rtc::find(library.host(), 12040));
}

TEST(CudaLoad, NamesWhatACompilerLacks) {
  Library library;
  library.remove("nvrtcGetPTX");
  library.remove("nvrtcGetCUBIN");
  Rtc rtc;
  hy_error error{};
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(library.host(), "libnvrtc.so.12", 12040, &error));
  EXPECT_NE(nullptr, std::strstr(error.message, "has no function nvrtcGetPTX")) << error.message;
  EXPECT_EQ(nullptr, rtc.functions().nvrtcVersion);
}

TEST(CudaLoad, SaysHowToGetACompiler) {
  test::FakeHost host;
  host.replace_library("");
  Rtc rtc;
  hy_error error{};
  EXPECT_EQ("", Rtc::find(*host.table(), 0));
  EXPECT_EQ(HY_UNAVAILABLE, rtc.open(*host.table(), "", 0, &error));
  EXPECT_NE(nullptr, std::strstr(error.message, "nvidia-cuda-nvrtc")) << error.message;
}

}  // namespace
}  // namespace halyard::cuda
