// A GPU that is gone when it is first used, and one whose memory is used up, on the fakes of all drivers.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "halyard/halyard.hpp"
#include "tests/drivers/fake_library.hpp"

namespace halyard::test {
namespace {

struct Gone {
  int code;
  ErrorCode meaning;
};

struct Vendor {
  const char* backend;
  const char* driver;
  const char* file;
  Gone gone[2];            // what the driver answers where the device is no more
  const char* full;        // what is said of memory that is used up: how much is left, where the driver tells
  const char* full_code;   // as the fake is told it
  const char* enable;      // the call that lets a device reach its peer, or asks whether it does
  const char* disable;     // or null: what is reached is in one context
  bool finds_another_way;  // for copies between devices that could not be made to reach one another
};

const Vendor kVendors[] = {{"cuda",
                            HALYARD_FAKE_CUDA_PATH,
                            "libcuda.so.1",
                            {{100, ErrorCode::unavailable}, {101, ErrorCode::unavailable}},
                            "has 0 of 83886080 left, for all processes",
                            "2",
                            "cuCtxEnablePeerAccess",
                            "cuCtxDisablePeerAccess",
                            true},
                           {"hip",
                            HALYARD_FAKE_HIP6_PATH,
                            "libamdhip64.so.6",
                            {{100, ErrorCode::unavailable}, {101, ErrorCode::unavailable}},
                            "has 0 of 83886080 left, for all processes",
                            "2",
                            "hipDeviceEnablePeerAccess",
                            "hipDeviceDisablePeerAccess",
                            true},
                           {"level_zero",
                            HALYARD_FAKE_ZE_PATH,
                            "libze_loader.so.1",
                            {{0x70000001, ErrorCode::device_lost}, {0x78000001, ErrorCode::unavailable}},
                            "ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY",
                            "0x70000003",
                            "zeDeviceCanAccessPeer",
                            nullptr,
                            false}};
std::ostream& operator<<(std::ostream& out, const Vendor& vendor) { return out << vendor.backend; }

class VendorDevice : public testing::TestWithParam<Vendor> {
 protected:
  VendorDevice() : driver_(GetParam().driver) {
    driver_.configure("orders", "");
    driver_.configure("misuses", "");
  }
  void TearDown() override {
    device_.reset();
    runtime_.reset();
    EXPECT_EQ(driver_.misuses(), "");
    EXPECT_EQ(driver_.live(nullptr), 0) << "something was lost";
    driver_.configure("orders", "");
    driver_.configure("memory", std::to_string(std::uint64_t{4} << 30));
    driver_.configure("pools", "1");
    driver_.configure("partitions", "0");
    driver_.configure("devices", "2");
    driver_.configure("restart", "");
  }

  // The driver's first device, listed anew.
  void find() {
    device_.reset();
    runtime_.reset();
    driver_.configure("restart", "");
    const std::string folder = std::filesystem::path(GetParam().driver).parent_path();
    RuntimeOptions options;
    options.backends = GetParam().backend;
    options.library_path = folder.c_str();
    options.plugins = "";
    options.cache_dir = "";
    options.default_device = "";
    options.worker_policy = WorkerPolicy::never;
    const auto runtime = Runtime::create(options);
    ASSERT_TRUE(runtime) << runtime.error().message();
    const auto devices = runtime->devices();
    ASSERT_TRUE(devices) << devices.error().message();
    ids_.clear();
    for (const Device& listed : *devices) ids_.insert(std::string(listed.id()));
    const auto device = runtime->device(GetParam().backend);
    ASSERT_TRUE(device) << device.error().message();
    device_.emplace(*device);
    runtime_.emplace(*runtime);
  }
  void expect_works() {
    auto stream = device_->stream();
    ASSERT_TRUE(stream) << stream.error().message();
    auto x = stream->allocate<float>(32);
    ASSERT_TRUE(x) << x.error().message();
    std::vector<float> values(32, 3.0f), back(32);
    ASSERT_TRUE(stream->write(*x, values));
    ASSERT_TRUE(stream->read(std::span<float>(back), *x));
    ASSERT_TRUE(stream->synchronize());
    EXPECT_EQ(values, back);
  }

  FakeLibrary driver_;
  std::optional<Runtime> runtime_;
  std::optional<Device> device_;
  std::set<std::string> ids_;  // of all that is listed
};

TEST_P(VendorDevice, ThatIsGoneWhenItIsOpenedIsASentenceAndMayComeBack) {
  for (const auto& [code, meaning] : GetParam().gone) {
    find();
    driver_.configure("fail_from", "* 1 " + std::to_string(code));
    const auto stream = device_->stream();
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().code(), meaning) << stream.error().message();
    EXPECT_EQ(stream.error().vendor_code(), code);
    EXPECT_NE(std::string(stream.error().message()).find(": "), std::string::npos) << stream.error().message();
    driver_.configure("orders", "");
    expect_works();
  }
}

TEST_P(VendorDevice, WhoseMemoryIsUsedUpSaysHowMuchThereIsAndGoesOnWhenSomeIsFreed) {
  constexpr std::uint64_t kPart = 16u << 20;
  for (const char* pools : {"0", "1"}) {
    driver_.configure("memory", std::to_string(5 * kPart));
    driver_.configure("pools", pools);
    find();
    auto stream = device_->stream();
    ASSERT_TRUE(stream) << stream.error().message();
    std::vector<Buffer<std::uint8_t>> parts;
    std::optional<Error> error;
    while (!error && parts.size() < 100) {
      auto part = stream->allocate<std::uint8_t>(kPart);
      if (part) {
        parts.push_back(std::move(*part));
      } else {
        error.emplace(part.error());
      }
    }
    ASSERT_TRUE(error) << "more than there is";
    EXPECT_GE(parts.size(), 4u);
    EXPECT_EQ(error->code(), ErrorCode::out_of_memory) << error->message();
    const std::string message(error->message());
    EXPECT_NE(message.find(std::to_string(kPart) + " bytes are asked for"), std::string::npos) << message;
    EXPECT_NE(message.find("has " + std::to_string(5 * kPart) + " in all, 0 waiting"), std::string::npos) << message;
    EXPECT_NE(message.find("Release buffers or ask for less"), std::string::npos) << message;
    EXPECT_NE(message.find(GetParam().full), std::string::npos) << message;
    const std::vector<std::uint8_t> bytes(256, 7);
    auto some = parts[0].view(0, bytes.size());
    ASSERT_TRUE(some) << some.error().message();
    EXPECT_TRUE(stream->write_now(*some, bytes)) << "what there is goes on working";
    parts.pop_back();
    EXPECT_TRUE(stream->allocate<std::uint8_t>(kPart)) << "pools " << pools;
  }
}

// As AMD's compute partitions do with older drivers.
TEST_P(VendorDevice, PartitionsThatSayTheUuidOfTheirDeviceAreListedEachWithAnIdOfItsOwn) {
  driver_.configure("devices", "3");
  driver_.configure("partitions", "1");
  find();
  EXPECT_EQ(ids_.size(), 3u);
  const std::set<std::string> first = ids_;
  find();
  EXPECT_EQ(ids_, first);
  expect_works();
}

// Level Zero's partitions are the tiles of a device: what one has, its sibling reaches.
class TiledDevice : public VendorDevice {};

TEST_P(TiledDevice, IsListedByItsTilesEachWithAnIdOfItsOwnThatReachOneAnother) {
  driver_.configure("tiles", "2");
  driver_.configure("peers", "0");
  find();
  EXPECT_EQ(ids_.size(), 4u);
  const std::set<std::string> first = ids_;
  find();
  EXPECT_EQ(ids_, first);
  const auto devices = runtime_->devices();
  ASSERT_TRUE(devices);
  const auto with_index = [&](std::uint32_t index) {
    return *std::find_if(devices->begin(), devices->end(), [&](const Device& one) { return one.index() == index; });
  };
  const Device tile = with_index(0), sibling = with_index(1), stranger = with_index(2);
  EXPECT_EQ(*tile.peer_access(sibling), PeerAccess::kernels);
  EXPECT_EQ(*tile.peer_access(stranger), PeerAccess::none);
  for (const Device& other : {sibling, stranger}) {
    auto near = tile.stream(), far = other.stream();
    ASSERT_TRUE(near && far);
    auto ours = near->allocate<float>(32), theirs = far->allocate<float>(32);
    ASSERT_TRUE(ours && theirs);
    const std::vector<float> values(32, 7.0f);
    std::vector<float> back(32);
    ASSERT_TRUE(near->write_now(*ours, values));
    ASSERT_TRUE(near->copy(theirs->view(), ours->view())) << "through the host where there is no other way";
    ASSERT_TRUE(near->synchronize());
    ASSERT_TRUE(far->read_now(std::span<float>(back), *theirs));
    EXPECT_EQ(values, back);
  }
  driver_.configure("tiles", "1");
  driver_.configure("peers", "1");
}

INSTANTIATE_TEST_SUITE_P(Of, TiledDevice, testing::Values(kVendors[2]),
                         [](const auto& tested) { return std::string(tested.param.backend); });

// The second of the driver's devices, a buffer on it, and a kernel of the first that reads it.
TEST_P(VendorDevice, ThatCouldNotReachItsPeerForTheFirstCopyCanLater) {
  find();
  const auto devices = runtime_->devices();
  ASSERT_TRUE(devices);
  ASSERT_EQ(devices->size(), 2u);
  const Device peer = devices->at(1).index() == 1 ? devices->at(1) : devices->at(0);
  auto near = device_->stream(), far = peer.stream();
  ASSERT_TRUE(near && far);
  auto ours = near->allocate<float>(32), theirs = far->allocate<float>(32);
  ASSERT_TRUE(ours && theirs);
  const std::vector<float> values(32, 5.0f);
  ASSERT_TRUE(near->write_now(*ours, values));
  const std::string enable = GetParam().enable;
  driver_.configure("fail_from", enable + " 1 " + GetParam().full_code);
  EXPECT_EQ(near->copy(theirs->view(), ours->view()).has_value(), GetParam().finds_another_way);
  ASSERT_TRUE(near->synchronize());
  auto enabled = device_->enable_peer(peer);
  ASSERT_FALSE(enabled);
  EXPECT_EQ(enabled.error().code(), ErrorCode::out_of_memory) << enabled.error().message();
  driver_.configure("orders", "");
  const auto before = driver_.calls(enable.c_str());
  enabled = device_->enable_peer(peer);
  ASSERT_TRUE(enabled) << enabled.error().message();
  EXPECT_EQ(driver_.calls(enable.c_str()), before + 1) << "not taken for done";
  ASSERT_TRUE(near->copy(theirs->view(), ours->view()));
  ASSERT_TRUE(near->synchronize());
  std::vector<float> back(32);
  ASSERT_TRUE(far->read_now(std::span<float>(back), *theirs));
  EXPECT_EQ(values, back);
}

// A context that two devices of ours, or ours and the application, use together.
TEST_P(VendorDevice, LeavesWhatItsPeerReachesAsItIsWhenItIsClosed) {
  find();
  const auto devices = runtime_->devices();
  ASSERT_TRUE(devices);
  const Device peer = devices->at(1).index() == 1 ? devices->at(1) : devices->at(0);
  auto warm = device_->stream();  // makes the context
  ASSERT_TRUE(warm);
  const auto native = device_->native();
  ASSERT_TRUE(native) << native.error().message();
  auto wrapped = Device::wrap(*runtime_, GetParam().backend, *native);
  ASSERT_TRUE(wrapped) << wrapped.error().message();
  const auto same = wrapped->peer_access(*device_);
  ASSERT_TRUE(same) << same.error().message();
  EXPECT_EQ(*same, PeerAccess::kernels) << "one context";
  ASSERT_TRUE(wrapped->enable_peer(*device_));
  ASSERT_TRUE(wrapped->enable_peer(peer));
  ASSERT_TRUE(device_->enable_peer(peer));
  auto near = wrapped->stream(), far = peer.stream();
  ASSERT_TRUE(near && far);
  {
    auto ours = near->allocate<float>(32), theirs = far->allocate<float>(32);
    ASSERT_TRUE(ours && theirs);
    const std::vector<float> values(32, 9.0f);
    std::vector<float> back(32);
    ASSERT_TRUE(near->write(*ours, values));
    ASSERT_TRUE(near->copy(theirs->view(), ours->view()));
    const auto point = near->record();
    ASSERT_TRUE(point);
    ASSERT_TRUE(far->wait(*point)) << "of another device";
    ASSERT_TRUE(far->read(std::span<float>(back), *theirs));
    ASSERT_TRUE(far->synchronize());
    EXPECT_EQ(values, back);
  }
  near = Error(ErrorCode::internal, "closed");
  if (GetParam().disable == nullptr) return;
  const auto before = driver_.calls(GetParam().disable);
  wrapped = Error(ErrorCode::internal, "closed");
  EXPECT_EQ(driver_.calls(GetParam().disable), before) << "the application may have enabled it too";
}

INSTANTIATE_TEST_SUITE_P(Of, VendorDevice, testing::ValuesIn(kVendors),
                         [](const auto& tested) { return std::string(tested.param.backend); });

}  // namespace
}  // namespace halyard::test
