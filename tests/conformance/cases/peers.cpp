// Two devices of one backend: what they say they reach of each other's memory, copies in a stream's order, kernels that
// use the other's buffers, and memory that is given back while the other device still uses it.
#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

// The suite's device and another of its backend, in a runtime of their own, so that what one case enables no other
// sees.
struct Pair {
  std::optional<Runtime> runtime;
  std::optional<Device> device, peer;
  PeerAccess access = PeerAccess::none;
};

// False: there is no other device, or not `wanted` between the two; then the case ends.
bool have_pair(Context& c, Pair& pair, PeerAccess wanted) {
  if (!own_runtime(c, pair.runtime, pair.device)) return false;
  auto devices = pair.runtime->devices();
  if (!c.ok(devices, "devices")) return false;
  for (Device& other : *devices) {
    if (other.backend() == pair.device->backend() && other.index() != pair.device->index()) pair.peer.emplace(other);
  }
  if (!pair.peer) {
    c.skip("there is one device of this backend only");
    return false;
  }
  const auto access = pair.device->peer_access(*pair.peer);
  if (!c.ok(access, "peer_access")) return false;
  pair.access = *access;
  if (pair.access >= wanted) return true;
  c.skip(wanted == PeerAccess::kernels ? "kernels of the one do not reach memory of the other"
                                       : "copies between the two go through the host");
  return false;
}

Result<Kernel> kernel_of(const Pair& pair, const Device& device, const char* name) {
  constexpr const char* kSource = R"(
HY_KERNEL(peer_increment, HY_INOUT(uint, data), HY_VAL(uint, n))
{
  if (hy_global_id(0) < n) data[hy_global_id(0)] += 1;
}

HY_KERNEL(peer_sum, HY_IN(uint, a), HY_IN(uint, b), HY_OUT(uint, out), HY_VAL(uint, n))
{
  if (hy_global_id(0) < n) out[hy_global_id(0)] = a[hy_global_id(0)] + b[hy_global_id(0)];
}
)";
  auto bundle = Bundle::from_source(*pair.runtime, kSource, "peers.hk");
  if (!bundle) return bundle.error();
  return bundle->kernel(device, name);
}

void a_device_reaches_its_own_memory(Context& c) {
  const auto access = c.device().peer_access(c.device());
  CHECK(access && *access == PeerAccess::kernels);
  MUST(c.device().enable_peer(c.device()));
}

void devices_of_different_backends_are_no_peers(Context& c) {
  LET(devices, c.runtime().devices());
  for (Device& other : devices) {
    if (other.backend() == c.device().backend()) continue;
    const auto access = c.device().peer_access(other);
    CHECK(access && *access == PeerAccess::none);
    CHECK_FAILS(c.device().enable_peer(other), unsupported);
    return;
  }
  c.skip("there is no device of another backend");
}

void copies_arrive(Context& c) {
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::none)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  for (const std::size_t count : {1u, 1000u, 300001u}) {
    const auto values = c.random().bytes(count);
    LET(a, c.holding(near, values));
    LET(b, c.poisoned<std::uint8_t>(far, count + 2));
    LET(back, c.poisoned<std::uint8_t>(near, count));
    LET(middle, b.view(1, count));
    MUST(near.copy(middle, a.view()));
    LET(there, near.record());
    MUST(far.wait(there));
    MUST(far.copy(back.view(), middle));
    LET(done, far.record());
    MUST(near.wait(done));
    c.same(c.download(near, back), values);
    const auto all = c.download(far, b);
    CHECK(!all.empty() && all.front() == 0xA5 && all.back() == 0xA5);
  }
}

void copies_wait_for_their_turn_and_the_host_does_not(Context& c) {
  Pair pair;
  if (!c.has(HY_CAP_HOST_FUNCTIONS)) return c.skip("HY_CAP_HOST_FUNCTIONS");
  if (!have_pair(c, pair, PeerAccess::copies)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  const auto before = c.random().vector<std::uint32_t>(5000);
  LET(a, c.holding(near, before));
  LET(b, c.poisoned<std::uint32_t>(far, before.size()));
  MUST(near.copy(b.view(), a.view()));  // the first one sets up the path
  MUST(near.synchronize());
  Gate gate;
  MUST(gate.hold(near));
  MUST(near.fill(a.view(), 7u));
  MUST(near.copy(b.view(), a.view()));  // would wait for ever, were it done at once
  LET(copied, near.record());
  LET(reached, copied.reached());
  CHECK(!reached);
  gate.open();
  MUST(far.wait(copied));
  c.same(c.download(far, b), Numbers(before.size(), 7));
}

void memory_stays_until_the_other_device_has_read_it(Context& c) {
  Pair pair;
  if (!c.has(HY_CAP_HOST_FUNCTIONS)) return c.skip("HY_CAP_HOST_FUNCTIONS");
  if (!have_pair(c, pair, PeerAccess::copies)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  const auto values = c.random().vector<std::uint32_t>(20000);
  LET(target, c.poisoned<std::uint32_t>(far, values.size()));
  for (int round = 0; round < 2; ++round) {  // the second time the stream was seen idle between
    Gate gate;
    {
      LET(source, c.holding(near, values));
      MUST(near.synchronize());
      if (round == 0) {  // the first one sets up the path
        MUST(far.copy(target.view(), source.view()));
        MUST(far.synchronize());
      }
      MUST(far.fill(target.view(), 0u));
      MUST(gate.hold(far));
      MUST(far.copy(target.view(), source.view()));
    }  // given back, while the copy waits for the gate
    for (int i = 0; i < 8; ++i) {
      LET(other, near.allocate<std::uint32_t>(values.size()));
      MUST(near.fill(other.view(), 0xBAD0BAD0u));
      MUST(near.synchronize());
    }
    gate.open();
    c.same(c.download(far, target), values);
  }
}

void memory_stays_until_the_other_devices_kernel_is_done(Context& c) {
  if (!c.has(HY_CAP_KERNELS | HY_CAP_HOST_FUNCTIONS)) return c.skip("HY_CAP_KERNELS or HY_CAP_HOST_FUNCTIONS");
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::kernels)) return;
  MUST(pair.device->enable_peer(*pair.peer));
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  LET(kernel, kernel_of(pair, *pair.device, "peer_sum"));
  const auto values = c.random().vector<std::uint32_t>(5000);
  LET(zeros, c.holding(near, Numbers(values.size(), 0)));
  LET(sum, c.poisoned<std::uint32_t>(near, values.size()));
  Gate gate;
  MUST(gate.hold(near));
  {
    LET(source, c.holding(far, values));
    MUST(far.synchronize());
    MUST(near.launch(kernel, Items{values.size()}, source, zeros, sum, static_cast<std::uint32_t>(values.size())));
  }  // given back, while the kernel waits for the gate
  for (int i = 0; i < 8; ++i) {
    LET(other, far.allocate<std::uint32_t>(values.size()));
    MUST(far.fill(other.view(), 0xBAD0BAD0u));
    MUST(far.synchronize());
  }
  gate.open();
  c.same(c.download(near, sum), values);
}

void memory_of_the_host_goes_from_one_to_the_other(Context& c) {
  if (!c.has(HY_CAP_PINNED_MEMORY)) return c.skip("HY_CAP_PINNED_MEMORY");
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::copies)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  const auto values = c.random().bytes(70001);
  LET(pinned, c.holding(near, values, MemoryKind::pinned));
  LET(there, c.poisoned<std::uint8_t>(far, values.size()));
  MUST(near.copy(there.view(), pinned.view()));
  c.same(c.download(far, there), values);
  LET(back, near.allocate<std::uint8_t>(values.size(), MemoryKind::pinned));
  MUST(near.copy(back.view(), there.view()));
  c.same(c.download(near, back), values);
}

void many_streams_of_the_other_device_may_use_a_buffer(Context& c) {
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::copies)) return;
  LET(near, pair.device->stream());
  const auto values = c.random().vector<std::uint32_t>(4000);
  std::vector<Stream> streams;
  std::vector<Buffer<std::uint32_t>> targets;
  {
    LET(source, c.holding(near, values));
    MUST(near.synchronize());
    for (int i = 0; i < 7; ++i) {
      LET(far, pair.peer->stream());
      LET(target, far.allocate<std::uint32_t>(values.size()));
      MUST(far.copy(target.view(), source.view()));
      streams.push_back(std::move(far));
      targets.push_back(std::move(target));
    }
  }
  for (std::size_t i = 0; i < streams.size(); ++i) c.same(c.download(streams[i], targets[i]), values);
}

void a_stream_may_end_before_what_it_used_of_the_other_device(Context& c) {
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::copies)) return;
  LET(near, pair.device->stream());
  const auto values = c.random().vector<std::uint32_t>(3000);
  LET(source, c.holding(near, values));
  MUST(near.synchronize());
  LET(home, pair.peer->stream());
  LET(target, home.allocate<std::uint32_t>(values.size()));
  {
    LET(far, pair.peer->stream());
    MUST(far.copy(target.view(), source.view()));
    MUST(far.synchronize());
  }
  MUST(near.fill(source.view(), 1u));
  c.same(c.download(near, source), Numbers(values.size(), 1));
  c.same(c.download(home, target), values);
}

void a_launch_with_the_others_buffer_is_refused_until_enabled(Context& c) {
  if (!c.has(HY_CAP_KERNELS)) return c.skip("HY_CAP_KERNELS");
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::none)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  LET(kernel, kernel_of(pair, *pair.device, "peer_increment"));
  LET(data, c.holding(far, Numbers(100, 1)));
  CHECK_FAILS(near.launch(kernel, Items{100}, data, 100u), invalid_argument);
  if (pair.access != PeerAccess::kernels) CHECK_FAILS(pair.device->enable_peer(*pair.peer), unsupported);
  c.same(c.download(far, data), Numbers(100, 1));
}

void kernels_use_the_others_buffers(Context& c) {
  if (!c.has(HY_CAP_KERNELS)) return c.skip("HY_CAP_KERNELS");
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::kernels)) return;
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  LET(early, c.holding(far, Numbers(1000, 5)));
  MUST(pair.device->enable_peer(*pair.peer));
  MUST(pair.device->enable_peer(*pair.peer));  // again changes nothing
  LET(late, c.holding(far, Numbers(1000, 6)));
  LET(sum, c.poisoned<std::uint32_t>(near, 1000));
  LET(written, far.record());
  MUST(near.wait(written));
  LET(kernel, kernel_of(pair, *pair.device, "peer_sum"));
  MUST(near.launch(kernel, Items{1000}, early, late, sum, 1000u));
  c.same(c.download(near, sum), Numbers(1000, 11));
  LET(out, c.poisoned<std::uint32_t>(far, 1000));
  LET(poisoned, far.record());
  MUST(near.wait(poisoned));
  MUST(near.launch(kernel, Items{1000}, sum, late, out, 1000u));
  LET(computed, near.record());
  MUST(far.wait(computed));
  c.same(c.download(far, out), Numbers(1000, 17));
  // One direction only: the peer's kernels were not given this device's memory.
  LET(other, kernel_of(pair, *pair.peer, "peer_increment"));
  CHECK_FAILS(far.launch(other, Items{1000}, sum, 1000u), invalid_argument);
}

void bad_views_of_a_peer_are_refused(Context& c) {
  if (!c.has(HY_CAP_KERNELS)) return c.skip("HY_CAP_KERNELS");
  Pair pair;
  if (!have_pair(c, pair, PeerAccess::kernels)) return;
  MUST(pair.device->enable_peer(*pair.peer));
  LET(near, pair.device->stream());
  LET(far, pair.peer->stream());
  LET(kernel, kernel_of(pair, *pair.device, "peer_increment"));
  View<std::uint32_t> stale;
  {
    LET(gone, far.allocate<std::uint32_t>(16));
    stale = gone.view();
  }
  CHECK_FAILS(near.launch(kernel, Items{16}, stale, 16u), invalid_argument);
  LET(some, far.allocate<std::uint32_t>(16));
  LET(bound, kernel.on(near));
  hy_arg args[2]{};
  args[0].is_view = 1;
  args[0].type = args[1].type = HY_U32;
  args[0].u.view = some.view().native();
  const hy_grid grid{{0, 0, 0}, {16, 1, 1}, {0, 0, 0}, 0};
  hy_error error{};
  args[0].u.view.bytes += 4;
  CHECK_EQ(hy_launch(bound.native_handle(), &grid, args, 2, &error), hy_status{HY_INVALID_ARGUMENT});
  args[0].u.view.bytes -= 2;
  CHECK_EQ(hy_launch(bound.native_handle(), &grid, args, 2, &error), hy_status{HY_INVALID_ARGUMENT});
}

constexpr Case kCases[] = {
    {"peers.a_device_reaches_its_own_memory", 0, a_device_reaches_its_own_memory},
    {"peers.devices_of_different_backends_are_none", 0, devices_of_different_backends_are_no_peers},
    {"peers.copies_between_two_devices_arrive", 0, copies_arrive},
    {"peers.a_copy_waits_for_its_turn_and_the_host_does_not", 0, copies_wait_for_their_turn_and_the_host_does_not},
    {"peers.memory_stays_until_the_other_device_has_read_it", 0, memory_stays_until_the_other_device_has_read_it},
    {"peers.memory_stays_until_the_other_devices_kernel_is_done", 0,
     memory_stays_until_the_other_devices_kernel_is_done},
    {"peers.memory_of_the_host_goes_from_one_to_the_other", 0, memory_of_the_host_goes_from_one_to_the_other},
    {"peers.many_streams_of_the_other_device_may_use_a_buffer", 0, many_streams_of_the_other_device_may_use_a_buffer},
    {"peers.a_stream_may_end_before_what_it_used", 0, a_stream_may_end_before_what_it_used_of_the_other_device},
    {"peers.a_launch_with_the_others_buffer_is_refused_until_enabled", 0,
     a_launch_with_the_others_buffer_is_refused_until_enabled},
    {"peers.kernels_use_the_others_buffers", 0, kernels_use_the_others_buffers},
    {"peers.stale_and_too_long_views_are_refused", 0, bad_views_of_a_peer_are_refused},
};

}  // namespace

CaseTable peer_cases() { return kCases; }

}  // namespace halyard::conformance
