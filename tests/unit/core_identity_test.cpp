// Ids are made from what a device says of itself; two entries are one device only when that is certain.
#include <gtest/gtest.h>

#include <cstring>

#include "runtime/core/identity.hpp"

namespace halyard::core {
namespace {

hy_device_info device(const char* backend, hy_device_kind kind) {
  hy_device_info info{};
  info.kind = kind;
  std::strcpy(info.backend, backend);
  return info;
}

void set_uuid(hy_device_info& info, std::uint8_t seed) {
  info.has_uuid = 1;
  for (int i = 0; i < 16; ++i) info.uuid[i] = static_cast<std::uint8_t>(seed + i);
}

TEST(Identity, PrefersTheUuidThenThePciAddressThenTheModel) {
  hy_device_info info = device("opencl", HY_DEVICE_GPU);
  std::strcpy(info.name, "  Some (R) GPU--9000 ");
  EXPECT_EQ(make_id(info), "gpu-some-r-gpu-9000");
  std::strcpy(info.pci_address, "0000:65:00.0");
  EXPECT_EQ(make_id(info), "pci-0000:65:00.0");
  set_uuid(info, 0x10);
  EXPECT_EQ(make_id(info), "uuid-10111213-1415-1617-1819-1a1b1c1d1e1f");
}

TEST(Identity, KeepsOnlyAsciiOfAModelsName) {
  hy_device_info info = device("cpu", HY_DEVICE_CPU);
  std::strcpy(info.name, "Caf\xc3\xa9 \xff 7");
  EXPECT_EQ(make_id(info), "cpu-caf-7");
}

TEST(Identity, JoinsTheHostsProcessorsHoweverTheyAreNamed) {
  EXPECT_TRUE(same_physical(device("cpu", HY_DEVICE_CPU), device("opencl", HY_DEVICE_CPU)));
  EXPECT_FALSE(same_physical(device("cpu", HY_DEVICE_CPU), device("opencl", HY_DEVICE_GPU)));
}

TEST(Identity, JoinsByUuid) {
  hy_device_info a = device("cuda", HY_DEVICE_GPU);
  hy_device_info b = device("opencl", HY_DEVICE_GPU);
  set_uuid(a, 1);
  set_uuid(b, 1);
  EXPECT_TRUE(same_physical(a, b));
  set_uuid(b, 2);
  EXPECT_FALSE(same_physical(a, b));
}

TEST(Identity, JoinsByPciAddressWhereNotBothHaveUuids) {
  hy_device_info a = device("cuda", HY_DEVICE_GPU);
  hy_device_info b = device("opencl", HY_DEVICE_GPU);
  std::strcpy(a.pci_address, "0000:65:00.0");
  std::strcpy(b.pci_address, "0000:65:00.0");
  set_uuid(a, 1);
  EXPECT_TRUE(same_physical(a, b));
}

TEST(Identity, KeepsPartitionsOfOneDeviceApart) {
  hy_device_info a = device("hip", HY_DEVICE_GPU);
  hy_device_info b = device("hip", HY_DEVICE_GPU);
  std::strcpy(a.pci_address, "0000:65:00.0");
  std::strcpy(b.pci_address, "0000:65:00.0");
  EXPECT_FALSE(same_physical(a, b));  // two dies of one card, one backend, no UUIDs
  hy_device_info c = device("opencl", HY_DEVICE_GPU);
  std::strcpy(c.pci_address, "0000:65:00.0");
  set_uuid(a, 1);
  set_uuid(c, 9);
  EXPECT_FALSE(same_physical(a, c));  // both say who they are
}

TEST(Identity, NeverJoinsSimulatedDevices) {
  EXPECT_FALSE(same_physical(device("sim", HY_DEVICE_SIMULATED), device("sim", HY_DEVICE_SIMULATED)));
}

}  // namespace
}  // namespace halyard::core
