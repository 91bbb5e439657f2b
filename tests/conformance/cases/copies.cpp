// Copies in every direction: host to device, device to host, on the device, between devices; blocking and in stream
// order; sub-ranges and overlap.
#include <algorithm>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Bytes = std::vector<std::uint8_t>;

void blocking_write_lets_the_host_reuse_its_memory(Context& c) {
  auto values = c.random().bytes(100000);
  const Bytes wanted = values;
  LET(buffer, c.stream().allocate<std::uint8_t>(values.size()));
  MUST(c.stream().write_now(buffer.view(), std::span<const std::uint8_t>(values)));
  std::fill(values.begin(), values.end(), std::uint8_t{0});
  c.same(c.download(c.stream(), buffer), wanted);
}

void write_in_stream_order(Context& c) {
  const auto values = c.random().bytes(100000);
  LET(buffer, c.stream().allocate<std::uint8_t>(values.size()));
  MUST(c.stream().write(buffer.view(), std::span<const std::uint8_t>(values)));
  MUST(c.stream().synchronize());
  c.same(c.download(c.stream(), buffer), values);
}

void read_in_stream_order(Context& c) {
  const auto values = c.random().bytes(100000);
  LET(buffer, c.holding(c.stream(), values));
  Bytes got(values.size(), 0xA5);
  MUST(c.stream().read(std::span(got), buffer.view()));
  MUST(c.stream().synchronize());
  c.same(got, values);
}

void read_is_done_when_its_point_is_reached(Context& c) {
  const auto values = c.random().bytes(300000);
  LET(buffer, c.holding(c.stream(), values));
  Bytes got(values.size(), 0xA5);
  MUST(c.stream().read(std::span(got), buffer.view()));
  LET(point, c.stream().record());
  MUST(point.wait());
  c.same(got, values);
}

void write_copy_read_without_waiting(Context& c) {
  const auto values = c.random().bytes(65537);
  LET(a, c.stream().allocate<std::uint8_t>(values.size()));
  LET(b, c.stream().allocate<std::uint8_t>(values.size()));
  Bytes got(values.size(), 0xA5);
  MUST(c.stream().write(a.view(), std::span<const std::uint8_t>(values)));
  MUST(c.stream().copy(b.view(), a.view()));
  MUST(c.stream().read(std::span(got), b.view()));
  MUST(c.stream().synchronize());
  c.same(got, values);
}

void the_last_write_wins(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(1000));
  std::vector<std::vector<std::uint32_t>> sources;
  for (std::uint32_t i = 0; i < 50; ++i) sources.emplace_back(1000, i);
  for (const auto& source : sources) MUST(c.stream().write(buffer.view(), std::span<const std::uint32_t>(source)));
  MUST(c.stream().synchronize());
  c.same(c.download(c.stream(), buffer), sources.back());
}

void reads_see_what_was_there_in_their_turn(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(500));
  std::vector<std::vector<std::uint32_t>> got(20, std::vector<std::uint32_t>(500, 99));
  for (std::uint32_t i = 0; i < 20; ++i) {
    MUST(c.stream().fill(buffer.view(), i));
    MUST(c.stream().read(std::span(got[i]), buffer.view()));
  }
  MUST(c.stream().synchronize());
  for (std::uint32_t i = 0; i < 20; ++i) c.same(got[i], std::vector<std::uint32_t>(500, i));
}

void host_memory_may_be_unaligned(Context& c) {
  const auto values = c.random().bytes(1000 + 16);
  for (std::size_t shift = 0; shift < 16; ++shift) {
    const std::span<const std::uint8_t> source(values.data() + shift, 1000);
    LET(buffer, c.stream().allocate<std::uint8_t>(1000));
    MUST(c.stream().write_now(buffer.view(), source));
    Bytes landing(1000 + 16, 0xA5);
    MUST(c.stream().read_now(std::span(landing.data() + (15 - shift), 1000), buffer.view()));
    c.needs_results();
    CHECK(std::memcmp(landing.data() + (15 - shift), source.data(), 1000) == 0);
    if (shift < 15) CHECK_EQ(landing[14 - shift], 0xA5);
    CHECK_EQ(landing[15 - shift + 1000], 0xA5);
  }
}

void reads_write_nothing_beyond_their_range(Context& c) {
  LET(buffer, c.holding(c.stream(), c.random().bytes(777)));
  for (std::size_t count : {1u, 63u, 64u, 65u, 700u}) {
    Bytes landing(count + 128, 0x5C);
    LET(view, buffer.view(3, count));
    MUST(c.stream().read_now(std::span(landing.data() + 64, count), view));
    for (std::size_t i = 0; i < 64; ++i) {
      CHECK_EQ(landing[i], 0x5C);
      CHECK_EQ(landing[64 + count + i], 0x5C);
    }
  }
}

void copy_whole(Context& c) {
  const auto values = c.random().bytes(54321);
  LET(a, c.holding(c.stream(), values));
  LET(b, c.poisoned<std::uint8_t>(c.stream(), values.size()));
  MUST(c.stream().copy(b.view(), a.view()));
  c.same(c.download(c.stream(), b), values);
  c.same(c.download(c.stream(), a), values);
}

void copy_parts_at_odd_offsets(Context& c) {
  const auto values = c.random().bytes(2000);
  LET(a, c.holding(c.stream(), values));
  for (int i = 0; i < 40 && !c.failed(); ++i) {
    const std::size_t count = 1 + c.random().below(700);
    const std::size_t from = c.random().below(2000 - count + 1);
    const std::size_t to = c.random().below(2000 - count + 1);
    LET(b, c.poisoned<std::uint8_t>(c.stream(), 2000, 0x77));
    LET(source, a.view(from, count));
    LET(target, b.view(to, count));
    MUST(c.stream().copy(target, source));
    Bytes wanted(2000, 0x77);
    std::copy_n(values.begin() + static_cast<long>(from), count, wanted.begin() + static_cast<long>(to));
    c.same(c.download(c.stream(), b), wanted);
  }
}

// Copies `count` bytes within one buffer and compares with memmove.
void overlap(Context& c, std::size_t size, std::size_t from, std::size_t to, std::size_t count) {
  auto values = c.random().bytes(size);
  LET(buffer, c.holding(c.stream(), values));
  LET(source, buffer.view(from, count));
  LET(target, buffer.view(to, count));
  MUST(c.stream().copy(target, source));
  std::memmove(values.data() + to, values.data() + from, count);
  c.same(c.download(c.stream(), buffer), values);
}
void copy_disjoint_in_one_buffer(Context& c) { overlap(c, 10000, 100, 6000, 3001); }
void overlap_forward(Context& c) {
  overlap(c, 10000, 0, 1, 9999);
  overlap(c, 10000, 100, 1100, 8001);
}
void overlap_backward(Context& c) {
  overlap(c, 10000, 1, 0, 9999);
  overlap(c, 10000, 1100, 100, 8001);
}
void overlap_by_one_byte(Context& c) {
  overlap(c, 2001, 0, 1000, 1001);
  overlap(c, 2001, 1000, 0, 1001);
}
void overlap_large(Context& c) {
  const std::size_t size = c.quick() ? (1u << 20) : (9u << 20);
  overlap(c, size, 0, 4097, size - 4097);
  overlap(c, size, 4097, 0, size - 4097);
}
void copy_onto_itself(Context& c) { overlap(c, 5000, 17, 17, 3000); }
void random_overlaps(Context& c) {
  for (int i = 0; i < 30 && !c.failed(); ++i) {
    const std::size_t size = 2 + c.random().below(5000);
    const std::size_t count = 1 + c.random().below(size - 1);
    overlap(c, size, c.random().below(size - count + 1), c.random().below(size - count + 1), count);
  }
}

void zero_copy_changes_nothing(Context& c) {
  const auto values = c.random().bytes(10);
  LET(a, c.holding(c.stream(), values));
  LET(b, c.holding(c.stream(), values));
  LET(source, a.view(5, 0));
  LET(target, b.view(10, 0));
  MUST(c.stream().copy(target, source));
  MUST(c.stream().synchronize());
  c.same(c.download(c.stream(), b), values);
}

void copy_chain(Context& c) {
  const auto values = c.random().vector<float>(3000);
  LET(first, c.holding(c.stream(), values));
  std::vector<Buffer<float>> chain;
  chain.push_back(std::move(first));
  for (int i = 0; i < 20; ++i) {
    LET(next, c.stream().allocate<float>(values.size()));
    MUST(c.stream().copy(next.view(), chain.back().view()));
    chain.push_back(std::move(next));
  }
  c.same(c.download(c.stream(), chain.back()), values);
}

void large_copy(Context& c) {
  const auto values = c.random().vector<std::uint64_t>((c.quick() ? 1u : 8u) << 17);
  LET(a, c.holding(c.stream(), values));
  LET(b, c.stream().allocate<std::uint64_t>(values.size()));
  MUST(c.stream().copy(b.view(), a.view()));
  c.same(c.download(c.stream(), b), values);
}

void between_kinds(Context& c, MemoryKind kind) {
  const auto values = c.random().bytes(70001);
  LET(other, c.holding(c.stream(), values, kind));
  LET(device, c.stream().allocate<std::uint8_t>(values.size()));
  LET(back, c.stream().allocate<std::uint8_t>(values.size(), kind));
  MUST(c.stream().copy(device.view(), other.view()));
  MUST(c.stream().copy(back.view(), device.view()));
  c.same(c.download(c.stream(), device), values);
  c.same(c.download(c.stream(), back), values);
}
void pinned_and_device(Context& c) { between_kinds(c, MemoryKind::pinned); }
void shared_and_device(Context& c) { between_kinds(c, MemoryKind::shared); }

void many_small_writes(Context& c) {
  const std::size_t count = c.quick() ? 300 : 2000;
  const auto values = c.random().vector<std::uint32_t>(count);
  LET(buffer, c.poisoned<std::uint32_t>(c.stream(), count));
  for (std::size_t i = 0; i < count; ++i) {
    LET(slot, buffer.view(i, 1));
    MUST(c.stream().write(slot, std::span<const std::uint32_t>(&values[i], 1)));
  }
  MUST(c.stream().synchronize());
  c.same(c.download(c.stream(), buffer), values);
}

void empty_write_with_null_host_memory(Context& c) {
  LET(buffer, c.holding(c.stream(), Bytes{1, 2, 3}));
  LET(nothing, buffer.view(1, 0));
  MUST(c.stream().write_now(nothing, std::span<const std::uint8_t>()));
  MUST(c.stream().read_now(std::span<std::uint8_t>(), nothing));
  c.same(c.download(c.stream(), buffer), Bytes{1, 2, 3});
}

void copy_on_a_second_stream(Context& c) {
  LET(other, c.device().stream());
  const auto values = c.random().bytes(20000);
  LET(a, c.stream().allocate<std::uint8_t>(values.size()));
  LET(b, c.stream().allocate<std::uint8_t>(values.size()));
  MUST(c.stream().write(a.view(), std::span<const std::uint8_t>(values)));
  LET(written, c.stream().record());
  MUST(other.wait(written));
  MUST(other.copy(b.view(), a.view()));
  LET(copied, other.record());
  MUST(c.stream().wait(copied));
  c.same(c.download(c.stream(), b), values);
}

// To every other device of the runtime and back: the alternatives of this one and the rest of the list.
void to_another_device_and_back(Context& c) {
  std::vector<Device> others;
  LET(alternatives, c.device().alternatives());
  for (Device& device : alternatives) others.push_back(device);
  LET(devices, c.runtime().devices());
  for (Device& device : devices) {
    if (std::strcmp(device.info().backend, c.info().backend) != 0) others.push_back(device);
  }
  if (others.empty()) {
    c.skip("there is one device only");
    return;
  }
  for (Device& device : others) {
    LET(far, device.stream());
    for (std::size_t count : {1u, 1000u, 300001u}) {
      const auto values = c.random().bytes(count);
      LET(a, c.holding(c.stream(), values));
      LET(b, far.allocate<std::uint8_t>(count));
      LET(back, c.poisoned<std::uint8_t>(c.stream(), count));
      MUST(c.stream().copy(b.view(), a.view()));
      LET(there, c.stream().record());
      MUST(far.wait(there));
      MUST(far.copy(back.view(), b.view()));
      LET(done, far.record());
      MUST(c.stream().wait(done));
      c.same(c.download(c.stream(), back), values);
    }
  }
}

constexpr Case kCases[] = {
    {"copies.after_a_blocking_write_the_host_may_reuse_its_memory", 0, blocking_write_lets_the_host_reuse_its_memory},
    {"copies.a_write_in_stream_order_arrives", 0, write_in_stream_order},
    {"copies.a_read_in_stream_order_arrives", 0, read_in_stream_order},
    {"copies.a_read_is_done_when_its_point_is_reached", 0, read_is_done_when_its_point_is_reached},
    {"copies.write_copy_and_read_follow_one_another_without_waiting", 0, write_copy_read_without_waiting},
    {"copies.the_last_of_many_writes_wins", 0, the_last_write_wins},
    {"copies.each_read_sees_what_was_there_in_its_turn", 0, reads_see_what_was_there_in_their_turn},
    {"copies.host_memory_may_be_at_any_address", 0, host_memory_may_be_unaligned},
    {"copies.a_read_writes_nothing_beyond_its_range", 0, reads_write_nothing_beyond_their_range},
    {"copies.a_whole_buffer_is_copied_on_the_device", 0, copy_whole},
    {"copies.parts_are_copied_between_odd_offsets", 0, copy_parts_at_odd_offsets},
    {"copies.disjoint_parts_of_one_buffer_are_copied", 0, copy_disjoint_in_one_buffer},
    {"copies.overlap_forward_is_as_through_a_temporary", 0, overlap_forward},
    {"copies.overlap_backward_is_as_through_a_temporary", 0, overlap_backward},
    {"copies.overlap_by_one_byte_is_as_through_a_temporary", 0, overlap_by_one_byte},
    {"copies.overlap_of_mebibytes_is_as_through_a_temporary", 0, overlap_large},
    {"copies.random_overlaps_are_as_through_a_temporary", 0, random_overlaps},
    {"copies.a_view_copied_onto_itself_stays", 0, copy_onto_itself},
    {"copies.a_copy_of_no_bytes_changes_nothing", 0, zero_copy_changes_nothing},
    {"copies.a_chain_of_twenty_copies_keeps_the_bytes", 0, copy_chain},
    {"copies.mebibytes_are_copied_on_the_device", 0, large_copy},
    {"copies.pinned_to_device_and_back", HY_CAP_PINNED_MEMORY, pinned_and_device},
    {"copies.shared_to_device_and_back", HY_CAP_SHARED_MEMORY, shared_and_device},
    {"copies.thousands_of_small_writes_arrive_each_in_its_place", 0, many_small_writes},
    {"copies.an_empty_range_needs_no_host_memory", 0, empty_write_with_null_host_memory},
    {"copies.a_second_stream_copies_what_the_first_wrote", 0, copy_on_a_second_stream},
    {"copies.to_another_device_and_back_keeps_the_bytes", 0, to_another_device_and_back},
};

}  // namespace

CaseTable copy_cases() { return kCases; }

}  // namespace halyard::conformance
