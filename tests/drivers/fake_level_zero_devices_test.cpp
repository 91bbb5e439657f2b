// What the fake Level Zero driver says of its devices, as the settings have it.
#include <cstdlib>

#include "tests/drivers/fake_level_zero_fixture.hpp"

namespace halyard::test {
namespace {

TEST_F(FakeLevelZero, lists_tiles_as_devices_unless_told_otherwise) {
  start({{"devices", "2"}, {"tiles", "2"}, {"architecture", "pvc"}});
  ASSERT_EQ(devices().size(), 4u);
  uint32_t count = 0;
  EXPECT_EQ(ZE(zeDeviceGetSubDevices)(devices()[0], &count, nullptr), 0u);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(properties(devices()[1]).flags, 0u);
  EXPECT_NE(properties(devices()[0]).uuid[14], properties(devices()[1]).uuid[14]);
  start({{"devices", "2"}, {"tiles", "2"}, {"architecture", "pvc"}, {"hierarchy", "COMPOSITE"}});
  ASSERT_EQ(devices().size(), 2u);
  EXPECT_EQ(ZE(zeDeviceGetSubDevices)(devices()[0], &count, nullptr), 0u);
  ASSERT_EQ(count, 2u);
  ze::ze_device_handle_t tiles[2] = {};
  EXPECT_EQ(ZE(zeDeviceGetSubDevices)(devices()[0], &count, tiles), 0u);
  EXPECT_EQ(properties(tiles[1]).flags, ze::ZE_DEVICE_PROPERTY_FLAG_SUBDEVICE);
  EXPECT_EQ(properties(tiles[1]).subdeviceId, 1u);
  EXPECT_EQ(properties(tiles[1]).maxMemAllocSize * 2, properties(devices()[0]).maxMemAllocSize);
}

TEST_F(FakeLevelZero, obeys_the_environment_on_hierarchies_as_newer_drivers_alone_do) {
  setenv("ZE_FLAT_DEVICE_HIERARCHY", "COMPOSITE", 1);
  start({{"devices", "1"}, {"tiles", "3"}});
  EXPECT_EQ(devices().size(), 1u);
  setenv("ZE_FLAT_DEVICE_HIERARCHY", "FLAT", 1);
  start({{"devices", "1"}, {"tiles", "3"}});
  EXPECT_EQ(devices().size(), 3u);
  start({{"devices", "1"}, {"tiles", "3"}, {"modern", "0"}}, false);
  EXPECT_EQ(devices().size(), 1u);
  unsetenv("ZE_FLAT_DEVICE_HIERARCHY");
}

TEST_F(FakeLevelZero, an_npu_is_listed_unless_gpus_alone_are_asked_for) {
  const auto drivers = [&](const char* npu, uint32_t flags) {
    gpu().close();
    driver().configure("npu", npu);
    driver().configure("restart", "");
    EXPECT_EQ(ZE(zeInit)(flags), 0u);
    uint32_t count = 0;
    EXPECT_EQ(ZE(zeDriverGet)(&count, nullptr), 0u);
    std::vector<ze::ze_driver_handle_t> all(count);
    EXPECT_EQ(ZE(zeDriverGet)(&count, all.data()), 0u);
    if (count == 2) {
      ze::ze_device_handle_t device = nullptr;
      EXPECT_EQ(ZE(zeDeviceGet)(all[1], &count, &device), 0u);
      EXPECT_EQ(properties(device).type, ze::ZE_DEVICE_TYPE_VPU);
    }
    gpu().open();
    return all.size();
  };
  EXPECT_EQ(drivers("1", 0), 2u);
  EXPECT_EQ(drivers("1", ze::ZE_INIT_FLAG_GPU_ONLY), 1u);
  EXPECT_EQ(drivers("2", ze::ZE_INIT_FLAG_GPU_ONLY), 2u);
}

TEST_F(FakeLevelZero, an_old_driver_lists_no_events_that_count) {
  const auto has_counting = [&] {
    uint32_t count = 0;
    EXPECT_EQ(ZE(zeDriverGetExtensionProperties)(gpu().vendor, &count, nullptr), 0u);
    std::vector<ze::ze_driver_extension_properties_t> all(count);
    EXPECT_EQ(ZE(zeDriverGetExtensionProperties)(gpu().vendor, &count, all.data()), 0u);
    bool found = false;
    for (const auto& each : all) found = found || std::string(each.name) == ze::ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME;
    return found;
  };
  EXPECT_TRUE(has_counting());
  driver().configure("hide", ze::ZE_EVENT_POOL_COUNTER_BASED_EXP_NAME);
  EXPECT_FALSE(has_counting());
  start({{"modern", "0"}}, false);
  EXPECT_FALSE(has_counting());
  ze::ze_api_version_t version = 0;
  EXPECT_EQ(ZE(zeDriverGetApiVersion)(gpu().vendor, &version), 0u);
  EXPECT_EQ(version, 0x10003u);
}

TEST_F(FakeLevelZero, leaves_at_zero_what_it_is_told_to) {
  driver().configure("zero", "timerResolution numSlices queue_groups memories");
  EXPECT_EQ(properties(gpu().device).timerResolution, 0u);
  EXPECT_EQ(properties(gpu().device).numSlices, 0u);
  EXPECT_NE(properties(gpu().device).numSubslicesPerSlice, 0u);
  uint32_t count = 0;
  EXPECT_EQ(ZE(zeDeviceGetCommandQueueGroupProperties)(gpu().device, &count, nullptr), 0u);
  EXPECT_EQ(count, 0u);
  EXPECT_EQ(ZE(zeDeviceGetMemoryProperties)(gpu().device, &count, nullptr), 0u);
  EXPECT_EQ(count, 0u);
  driver().configure("zero", "devices");
  EXPECT_EQ(devices().size(), 0u);
}

TEST_F(FakeLevelZero, peers_are_those_of_the_matrix) {
  start({{"devices", "3"}, {"peers", "110/110/001"}});
  const auto all = devices();
  const auto can = [&](size_t a, size_t b) {
    ze::ze_bool_t answer = 9;
    EXPECT_EQ(ZE(zeDeviceCanAccessPeer)(all[a], all[b], &answer), 0u);
    return answer != 0;
  };
  EXPECT_TRUE(can(0, 1));
  EXPECT_TRUE(can(1, 0));
  EXPECT_FALSE(can(0, 2));
  EXPECT_FALSE(can(2, 1));
}

TEST_F(FakeLevelZero, is_not_there_without_devices) {
  gpu().close();
  driver().configure("devices", "0");
  driver().configure("restart", "");
  EXPECT_EQ(ZE(zeInit)(0), ze::ZE_RESULT_ERROR_UNINITIALIZED);
  start({});
}

}  // namespace
}  // namespace halyard::test
