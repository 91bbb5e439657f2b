// What is made of the devices that Level Zero's drivers present: their products, their tiles, drivers without GPUs, and
// drivers that leave something at zero. On the fake loader.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "backends/level_zero/abi.hpp"
#include "backends/level_zero/products.hpp"
#include "tests/drivers/fake_library.hpp"
#include "tests/unit/fake_host.hpp"

extern "C" const hy_backend* halyard_backend_query_level_zero(uint32_t, const hy_host*);

namespace halyard::test {
namespace {

using level_zero::product_word;

constexpr uint32_t ip(uint32_t architecture, uint32_t release, uint32_t revision) {
  return architecture << 22 | release << 14 | revision;
}

TEST(LevelZeroProducts, AreKnownByTheIpVersionWhateverItsRevision) {
  EXPECT_EQ("dg2", product_word(0, ip(12, 55, 8)));
  EXPECT_EQ("dg2", product_word(0, ip(12, 57, 63)));
  EXPECT_EQ("pvc", product_word(0, ip(12, 60, 7)));
  EXPECT_EQ("tgllp", product_word(0, ip(12, 0, 0)));
  EXPECT_EQ("skl", product_word(0, ip(9, 0, 9)));
  EXPECT_EQ("bmg", product_word(0, ip(20, 1, 4)));
  EXPECT_EQ("lnl", product_word(0, ip(20, 4, 4)));
  EXPECT_EQ("pvc", product_word(0x56a0, ip(12, 60, 7))) << "before the number of PCI";
}

TEST(LevelZeroProducts, AreKnownByTheNumberOfPciWhereTheDriverTellsNoIpVersion) {
  const std::pair<uint32_t, const char*> known[] = {{0x56a0, "dg2"},   {0x4f88, "dg2"}, {0x0bd5, "pvc"},
                                                    {0x9a49, "tgllp"}, {0x1912, "skl"}, {0xe20b, "bmg"},
                                                    {0x64a0, "lnl"},   {0x7d55, "mtl"}, {0x4905, "dg1"}};
  for (const auto& [id, word] : known) EXPECT_EQ(word, product_word(id, 0));
  EXPECT_EQ("dg2", product_word(0x56a0, ip(99, 0, 0))) << "an IP version that nobody knows";
}

TEST(LevelZeroProducts, ThatNobodyKnowsAreTheirNumber) {
  EXPECT_EQ("0x56ff", product_word(0x56ff, 0));
  EXPECT_EQ("0x0000", product_word(0, 0));
  EXPECT_EQ("0xffffffff", product_word(0xFFFFFFFF, 0xFFFFFFFF));
}

class LevelZeroDevices : public testing::Test {
 protected:
  LevelZeroDevices() : driver_(HALYARD_FAKE_ZE_PATH) { host_.replace_library(HALYARD_FAKE_ZE_PATH); }
  void SetUp() override {
    ::unsetenv("ZE_FLAT_DEVICE_HIERARCHY");
    ::unsetenv("ZE_AFFINITY_MASK");
    start({});
  }
  void TearDown() override {
    ::unsetenv("ZE_FLAT_DEVICE_HIERARCHY");
    EXPECT_EQ(driver_.misuses(), "");
    EXPECT_EQ(driver_.live(nullptr), 0) << "something was lost";
    start({});
  }

  // The driver anew, with these settings.
  void start(const std::vector<std::pair<const char*, std::string>>& settings) {
    for (const char* all : {"orders", "settings", "misuses"}) driver_.configure(all, "");
    for (const auto& [key, value] : settings) ASSERT_EQ(driver_.configure(key, value), 0) << key;
    driver_.configure("restart", "");
  }

  // All that is listed; none where the backend is not there, which report_ and error_ then tell.
  std::vector<hy_device_info> list() {
    std::vector<hy_device_info> all;
    hy_b_instance* instance = create();
    if (instance == nullptr) return all;
    for (uint32_t i = 0; i < table()->device_count(instance); ++i) {
      all.emplace_back();
      all.back().size = sizeof(hy_device_info);
      EXPECT_EQ(HY_OK, table()->device_info(instance, i, &all.back(), &error_)) << error_.message;
    }
    table()->instance_destroy(instance);
    return all;
  }
  std::set<std::string> names() {
    std::set<std::string> all;
    for (const hy_device_info& info : list()) all.insert(info.name);
    return all;
  }

  // The device's whole way: a stream, memory, copies, a timed point if it has them, and an end.
  void use(uint32_t index) {
    hy_b_instance* instance = create();
    ASSERT_NE(nullptr, instance) << error_.message;
    hy_device_info info{};
    info.size = sizeof info;
    ASSERT_EQ(HY_OK, table()->device_info(instance, index, &info, &error_));
    const bool has_time = (info.capabilities & HY_CAP_TIMED_POINTS) != 0;
    hy_b_device* device = nullptr;
    ASSERT_EQ(HY_OK, table()->device_open(instance, index, &device, &error_)) << error_.message;
    hy_b_stream* stream = nullptr;
    ASSERT_EQ(HY_OK, table()->stream_create(device, has_time ? HY_STREAM_TIMING : 0, &stream, &error_))
        << error_.message;
    hy_b_memory memory{};
    ASSERT_EQ(HY_OK, table()->memory_allocate(device, HY_MEMORY_DEVICE, 64, &memory, &error_)) << error_.message;
    uint32_t out[16] = {}, in[16] = {1, 2, 3};
    EXPECT_EQ(HY_OK, table()->copy_to_device(stream, &memory, 0, in, 64, HY_COPY_WAIT, &error_)) << error_.message;
    EXPECT_EQ(HY_OK, table()->copy_to_host(stream, out, &memory, 0, 64, HY_COPY_WAIT, &error_)) << error_.message;
    EXPECT_EQ(0, std::memcmp(in, out, sizeof in));
    time(stream, has_time);
    table()->memory_free(device, &memory);
    table()->stream_destroy(stream);
    table()->device_close(device);
    table()->instance_destroy(instance);
  }

  const hy_backend* table() { return halyard_backend_query_level_zero(HY_ABI_VERSION, host_.table()); }
  static bool has(const hy_device_info& info, hy_capabilities capability) {
    return (info.capabilities & capability) == capability;
  }
  bool was_warned(const std::string& part) const {
    for (const std::string& text : host_.logged()) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  }

  FakeHost host_;
  FakeLibrary driver_;
  hy_b_report report_{};
  hy_error error_{};

 private:
  hy_b_instance* create() {
    hy_b_instance* instance = nullptr;
    report_ = {};
    report_.size = sizeof report_;
    const hy_status status = table()->instance_create(host_.table(), &instance, &report_, &error_);
    EXPECT_EQ(status == HY_OK, instance != nullptr);
    return instance;
  }
  void time(hy_b_stream* stream, bool has_time) {
    hy_b_point* points[2] = {};
    for (hy_b_point*& point : points) {
      ASSERT_EQ(HY_OK, table()->point_record(stream, has_time ? HY_POINT_TIMED : 0, &point, &error_)) << error_.message;
    }
    EXPECT_EQ(HY_OK, table()->stream_synchronize(stream, HY_FOREVER, &error_)) << error_.message;
    uint64_t elapsed_ns = UINT64_MAX;
    if (has_time) {
      EXPECT_EQ(HY_OK, table()->point_elapsed(points[0], points[1], &elapsed_ns, &error_)) << error_.message;
      EXPECT_LT(elapsed_ns, uint64_t{1} << 40);
    }
    for (hy_b_point* point : points) table()->point_release(point);
  }
};

TEST_F(LevelZeroDevices, AreAllGpusOfAllDrivers) {
  EXPECT_EQ(list().size(), 2u);
  start({{"drivers", "2"}, {"devices", "3"}});
  EXPECT_EQ(list().size(), 6u);
  use(5);
}

TEST_F(LevelZeroDevices, SayTheirProductWhereItIsKnownAndTheirNumberWhereNot) {
  start({{"devices", "3"}, {"architecture", "pvc,skl,dg2"}, {"device_id", ",,0x56ff"}});
  std::vector<hy_device_info> all = list();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_STREQ("pvc", all[0].architecture);
  EXPECT_EQ(HY_DEVICE_GPU, all[0].kind);
  EXPECT_FALSE(has(all[0], HY_CAP_HOST_UNIFIED));
  EXPECT_STREQ("skl", all[1].architecture);
  EXPECT_EQ(HY_DEVICE_INTEGRATED_GPU, all[1].kind);
  EXPECT_TRUE(has(all[1], HY_CAP_HOST_UNIFIED));
  EXPECT_STREQ("dg2", all[2].architecture) << "the IP version tells";
  start({{"devices", "3"}, {"device_id", ",,0x56ff"}, {"modern", "0"}});
  all = list();
  ASSERT_EQ(all.size(), 3u);
  EXPECT_STREQ("dg2", all[0].architecture);
  EXPECT_STREQ("0x56ff", all[2].architecture) << "a driver that tells no IP version";
}

TEST_F(LevelZeroDevices, ThatAreNoGpusAreNotListed) {
  start({{"npu", "2"}});
  EXPECT_EQ(list().size(), 2u);
  start({{"drivers", "0"}, {"npu", "2"}});
  EXPECT_TRUE(list().empty());
  EXPECT_STREQ(report_.library, HALYARD_FAKE_ZE_PATH);
  EXPECT_NE(nullptr, std::strstr(report_.reason, "Level Zero's drivers present no GPU")) << report_.reason;
  EXPECT_STRNE("", report_.cure);
  start({{"drivers", "0"}, {"npu", "1"}});
  EXPECT_TRUE(list().empty());
  EXPECT_NE(nullptr, std::strstr(report_.reason, "zeInit answered ZE_RESULT_ERROR_UNINITIALIZED")) << report_.reason;
}

TEST_F(LevelZeroDevices, OfADriverThatAnswersWithAnErrorAreMissedWithItsNameAndAnothersAreThere) {
  for (const char* code :
       {"0x78000001", "0x70000001", "0x70000002", "0x70010000", "0x70020000", "0x78000002", "0x7ffffffe", "4711"}) {
    for (const char* call : {"zeInit", "zeDriverGet", "zeDeviceGet"}) {
      start({});
      driver_.configure("fail_from", std::string(call) + " 1 " + code);
      EXPECT_TRUE(list().empty());
      EXPECT_EQ(error_.code, HY_UNAVAILABLE) << error_.message;
      EXPECT_EQ(error_.vendor_code, static_cast<int>(std::strtol(code, nullptr, 0)));
      EXPECT_EQ(std::string(report_.reason).rfind(std::string(call) + " answered ", 0), 0u) << report_.reason;
      EXPECT_STRNE("", report_.cure);
    }
  }
  start({{"drivers", "2"}});
  driver_.configure("fail", "zeDeviceGet 1 0x70000001");
  EXPECT_EQ(list().size(), 2u) << "of the second driver";
}

// 1.8 lacks the function that waits for a list, whatever the driver under it can do.
TEST_F(LevelZeroDevices, BehindAnOldLoaderWorkTheOldWay) {
  const FakeLibrary old(HALYARD_FAKE_ZE18_PATH);
  host_.replace_library(HALYARD_FAKE_ZE18_PATH);
  EXPECT_EQ(list().size(), 2u) << report_.reason;
  EXPECT_STREQ(HALYARD_FAKE_ZE18_PATH, report_.library);
  use(1);
  EXPECT_GT(old.calls("zeCommandListAppendBarrier"), 0u);
  EXPECT_EQ(old.misuses(), "");
  EXPECT_EQ(old.live(nullptr), 0);
}

TEST_F(LevelZeroDevices, WithTilesAreTheirTiles) {
  for (const char* modern : {"1", "0"}) {
    start({{"architecture", "pvc"}, {"tiles", "2"}, {"modern", modern}});
    const std::vector<hy_device_info> all = list();
    ASSERT_EQ(all.size(), 4u) << "modern " << modern;
    EXPECT_EQ(all[0].memory_bytes, uint64_t{2} << 30) << "half of the device's";
    EXPECT_STREQ(all[0].pci_address, all[1].pci_address);
    EXPECT_STRNE(all[0].pci_address, all[2].pci_address);
    EXPECT_EQ(all[0].has_uuid, 1u);
    EXPECT_NE(0, std::memcmp(all[0].uuid, all[1].uuid, sizeof all[0].uuid));
    for (uint32_t i = 0; i < 4; ++i) use(i);
  }
  EXPECT_EQ(names(), (std::set<std::string>{"Fake Level Zero device (tile 0)", "Fake Level Zero device (tile 1)"}));
}

TEST_F(LevelZeroDevices, AreWholeWhereTheApplicationAskedForThat) {
  ::setenv("ZE_FLAT_DEVICE_HIERARCHY", "COMPOSITE", 1);
  start({{"architecture", "pvc"}, {"tiles", "2"}});
  const std::vector<hy_device_info> all = list();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].memory_bytes, uint64_t{4} << 30);
  use(1);
  ::setenv("ZE_FLAT_DEVICE_HIERARCHY", "FLAT", 1);
  start({{"architecture", "pvc"}, {"tiles", "2"}});
  EXPECT_EQ(list().size(), 4u);
}

TEST_F(LevelZeroDevices, MayBeManyTiles) {
  for (const char* modern : {"1", "0"}) {
    start({{"devices", "2"}, {"tiles", "64"}, {"modern", modern}});
    EXPECT_EQ(list().size(), 128u);
    use(127);
  }
}

// More than any machine has. What is used of it is sound.
TEST_F(LevelZeroDevices, OfADriverThatPresentsMoreTilesThanThereCanBeAreAsManyAsAreTaken) {
  for (const char* modern : {"1", "0"}) {
    start({{"devices", "1"}, {"tiles", "2000"}, {"modern", modern}});
    EXPECT_EQ(list().size(), 1024u) << report_.reason;
    use(1023);
  }
}

TEST_F(LevelZeroDevices, WithoutWhatADriverLeavesAtZeroGoOnWithoutIt) {
  const std::set<std::string> apart = {"stype", "pNext", "type", "flags", "numQueues"};
  std::set<std::string> members = {"memories"};
#define HALYARD_TEST_MEMBER(structure, type, member, array) \
  if (std::string(#structure).find("_properties_t") != std::string::npos) members.insert(#member);
#define HALYARD_TEST_STRUCT(name, list) list
  HALYARD_ZE_STRUCTS(HALYARD_TEST_STRUCT, HALYARD_TEST_MEMBER)
#undef HALYARD_TEST_STRUCT
#undef HALYARD_TEST_MEMBER
  std::string everything;
  for (const std::string& member : members) {
    if (apart.count(member) != 0) continue;
    start({{"zero", member}});
    EXPECT_EQ(list().size(), 2u) << member << ": " << report_.reason;
    use(0);
    everything += member + " ";
  }
  for (const char* modern : {"1", "0"}) {
    start({{"zero", everything}, {"modern", modern}});
    const std::vector<hy_device_info> all = list();
    ASSERT_EQ(all.size(), 2u) << report_.reason;
    for (const hy_device_info& info : all) {
      EXPECT_STRNE("", info.name);
      EXPECT_STREQ("0x0000", info.vendor);
      EXPECT_EQ(0u, info.has_uuid);
      EXPECT_EQ(1u, info.max_workgroup_items);
      for (int d = 0; d < 3; ++d) {
        EXPECT_EQ(1u, info.max_workgroup[d]);
        EXPECT_GE(info.max_grid[d], 1u);
      }
      EXPECT_EQ(1u, info.subgroup_size);
      EXPECT_EQ(0u, info.timer_resolution_ns);
    }
    use(1);
  }
}

TEST_F(LevelZeroDevices, ClaimNothingOfWhichTheDriverSaysZero) {
  const std::pair<const char*, hy_capabilities> cases[] = {
      {"spirvVersionSupported", HY_CAP_SPIRV},
      {"printfBufferSize", HY_CAP_PRINTF},
      {"maxSharedLocalMemory", HY_CAP_LOCAL_MEMORY},
      {"numSubGroupSizes", HY_CAP_SUBGROUPS},
      {"subGroupSizes", HY_CAP_SUBGROUPS},
      {"hostAllocCapabilities", HY_CAP_PINNED_MEMORY},
      {"sharedSingleDeviceAllocCapabilities", HY_CAP_SHARED_MEMORY},
      {"timerResolution", HY_CAP_TIMED_POINTS},
  };
  const hy_device_info whole = list().at(0);
  for (const auto& [member, lost] : cases) {
    EXPECT_TRUE(has(whole, lost)) << member;
    start({{"zero", member}});
    EXPECT_EQ(list().at(0).capabilities, whole.capabilities & ~lost) << member;
  }
  start({{"fp64", "0"}, {"fp16", "0"}, {"atomics64", "0"}, {"unshared", "1"}});
  EXPECT_EQ(list().at(0).capabilities,
            whole.capabilities & ~(HY_CAP_FLOAT64 | HY_CAP_FLOAT16 | HY_CAP_ATOMICS_INT64 | HY_CAP_SHARED_MEMORY));
}

TEST_F(LevelZeroDevices, ThatCannotComputeAreLeftOutWithTheReason) {
  for (const char* member : {"queue_groups", "numQueues", "flags"}) {
    start({{"zero", member}});
    EXPECT_TRUE(list().empty()) << member;
    EXPECT_NE(nullptr, std::strstr(error_.message, "it has no queue that computes")) << error_.message;
    EXPECT_TRUE(was_warned("Level Zero device 1 is left out: it has no queue that computes"));
  }
  start({{"zero", "type"}});
  EXPECT_TRUE(list().empty());
  start({{"zero", "devices"}});
  EXPECT_TRUE(list().empty());
  EXPECT_NE(nullptr, std::strstr(report_.reason, "Level Zero's drivers present no GPU")) << report_.reason;
}

TEST_F(LevelZeroDevices, ThatDoNotAnswerAreLeftOutAndTheOthersThere) {
  for (const char* call : {"zeDeviceGetComputeProperties", "zeDeviceGetModuleProperties",
                           "zeDeviceGetMemoryAccessProperties", "zeDeviceGetCommandQueueGroupProperties"}) {
    start({});
    driver_.configure("fail", std::string(call) + " 1 0x70000001");
    EXPECT_EQ(list().size(), 1u) << call;
    EXPECT_TRUE(was_warned("Level Zero device 0 is left out: "));
  }
  start({});
  driver_.configure("fail", "zeDevicePciGetPropertiesExt 1 0x78000001");
  const std::vector<hy_device_info> all = list();
  ASSERT_EQ(all.size(), 2u) << "of no great matter";
  EXPECT_STREQ("", all[0].pci_address);
  EXPECT_STRNE("", all[1].pci_address);
}

}  // namespace
}  // namespace halyard::test
