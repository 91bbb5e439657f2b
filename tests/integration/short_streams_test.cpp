// Streams that come and go by the thousand while what they used stays: nothing is kept for those that are gone.
#include <malloc.h>

#include <vector>

#include "tests/integration/in_flight.hpp"

namespace {

using namespace halyard;
using halyard::test::resident_bytes;

// Sanitizers keep freed memory aside and are slow: fewer rounds there, which find what is kept per stream all the same,
// as leaks.
constexpr int kStreams = HALYARD_TEST_SANITIZED ? 2'000 : 20'000;

// Bytes that malloc has given out, where the C library tells them in full width; else 0.
std::uint64_t allocated_bytes() {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 33)
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
#else
  return 0;
#endif
}

class ShortStreams : public test::OnDevice {
 protected:
  // Runs `use` on so many new streams and checks that the process did not grow by much.
  template <class Use>
  void come_and_go(int streams, Use use) {
    for (int i = 0; i < 500; ++i) ASSERT_NO_FATAL_FAILURE(use());
    const std::uint64_t resident = resident_bytes();
    const std::uint64_t allocated = allocated_bytes();
    for (int i = 0; i < streams; ++i) ASSERT_NO_FATAL_FAILURE(use());
    // A sanitizer's own allocator answers neither.
    if (!HALYARD_TEST_SANITIZED) {
      EXPECT_LT(resident_bytes(), resident + (std::uint64_t{48} << 20));
      const auto done = [&] { return allocated_bytes() < allocated + (std::uint64_t{256} << 10); };
      EXPECT_TRUE(test::eventually(done)) << allocated_bytes() - allocated << " bytes more are allocated";
    }
  }
};

TEST_P(ShortStreams, ABufferKeepsNothingOfTheStreamsThatUsedIt) {
  Stream home = stream();
  auto buffer = home.allocate<std::uint32_t>(64);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(home.synchronize());
  come_and_go(kStreams, [&] {
    Stream guest = stream();
    ASSERT_TRUE(guest.fill(*buffer, 5u));
    ASSERT_TRUE(guest.synchronize());
  });
  std::vector<std::uint32_t> got(64);
  ASSERT_TRUE(home.read_now(std::span(got), *buffer));
  EXPECT_EQ(got[63], 5u);
}

TEST_P(ShortStreams, GivenUpInFlightTheyLeaveNothingInTheBuffer) {
  Stream home = stream();
  auto buffer = home.allocate<std::uint32_t>(64);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(home.synchronize());
  come_and_go(kStreams, [&] {
    Stream guest = stream();
    ASSERT_TRUE(guest.fill(*buffer, 5u));
  });
  // Released at last, it waits for none of them for ever.
  ASSERT_TRUE(buffer->release());
}

TEST_P(ShortStreams, AKernelKeepsNothingOfTheStreamsItWasBoundTo) {
  auto bundle =
      Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(uint, x)) { x[hy_global_id(0)] = 3u; }\n", "short.hk");
  ASSERT_TRUE(bundle);
  auto kernel = bundle->kernel(*device, "k");
  ASSERT_TRUE(kernel) << kernel.error().c_str();
  Stream home = stream();
  auto buffer = home.allocate<std::uint32_t>(64);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(home.synchronize());
  come_and_go(kStreams / 4, [&] {
    Stream guest = stream();
    ASSERT_TRUE(guest.launch(*kernel, Groups{1}.in(64), *buffer));
    ASSERT_TRUE(guest.synchronize());
  });
}

INSTANTIATE_TEST_SUITE_P(Devices, ShortStreams, testing::Values("cpu", "opencl"), test::name_of);

}  // namespace
