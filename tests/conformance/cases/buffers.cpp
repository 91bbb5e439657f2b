// Memory: every size, alignment and kind; views and their ranges; the host's pointer; native handles out and in.
#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

void round_trip(Context& c, std::size_t bytes) {
  const auto values = c.random().bytes(bytes);
  LET(buffer, c.holding(c.stream(), values));
  CHECK_EQ(buffer.size(), bytes);
  if (!c.same(c.download(c.stream(), buffer), values)) c.wrong("size " + std::to_string(bytes));
}

void sizes_1_to_130(Context& c) {
  for (std::size_t bytes = 1; bytes <= 130 && !c.failed(); ++bytes) round_trip(c, bytes);
}
void page_sizes(Context& c) {
  for (std::size_t page : {4096u, 65536u}) {
    for (std::size_t bytes : {page - 1, page, page + 1}) round_trip(c, bytes);
  }
}
void mebibytes(Context& c) {
  for (std::size_t bytes : {(1u << 20) - 1, 1u << 20, (1u << 20) + 1}) round_trip(c, bytes);
}
void odd_mebibytes(Context& c) { round_trip(c, (c.quick() ? (3u << 20) : (37u << 20)) + 5); }
void random_sizes(Context& c) {
  for (int i = 0; i < 20 && !c.failed(); ++i) round_trip(c, 1 + c.random().below(200000));
}

void empty_buffer(Context& c) {
  LET(buffer, c.stream().allocate<float>(0));
  CHECK_EQ(buffer.size(), 0u);
  CHECK_EQ(buffer.bytes(), 0u);
  CHECK_EQ(buffer.view().size(), 0u);
}

void empty_buffer_takes_empty_operations(Context& c) {
  LET(a, c.stream().allocate<float>(0));
  LET(b, c.stream().allocate<float>(0));
  MUST(c.stream().write(a.view(), std::span<const float>()));
  MUST(c.stream().read(std::span<float>(), a.view()));
  MUST(c.stream().copy(a.view(), b.view()));
  MUST(c.stream().fill(a.view(), 1.0f));
  MUST(c.stream().synchronize());
}

void large_buffer_keeps_both_ends(Context& c) {
  const std::size_t bytes = c.quick() ? (48u << 20) : (300u << 20);
  if (c.info().max_allocation_bytes < bytes) {
    c.skip("max_allocation_bytes is " + std::to_string(c.info().max_allocation_bytes));
    return;
  }
  LET(buffer, c.stream().allocate<std::uint8_t>(bytes));
  const auto head = c.random().bytes(4099);
  const auto tail = c.random().bytes(4099);
  LET(first, buffer.view(0, head.size()));
  LET(last, buffer.view(bytes - tail.size(), tail.size()));
  MUST(c.stream().write_now(first, std::span<const std::uint8_t>(head)));
  MUST(c.stream().write_now(last, std::span<const std::uint8_t>(tail)));
  std::vector<std::uint8_t> got_head(head.size()), got_tail(tail.size());
  MUST(c.stream().read_now(std::span(got_head), first));
  MUST(c.stream().read_now(std::span(got_tail), last));
  c.same(got_head, head);
  c.same(got_tail, tail);
}

void buffers_do_not_share_memory(Context& c) {
  constexpr std::size_t kCount = 64;
  std::vector<Buffer<std::uint32_t>> buffers;
  for (std::size_t i = 0; i < kCount; ++i) {
    LET(buffer, c.stream().allocate<std::uint32_t>(33 + i));
    MUST(c.stream().fill(buffer.view(), static_cast<std::uint32_t>(i * 0x01010101u)));
    buffers.push_back(std::move(buffer));
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    c.same(c.download(c.stream(), buffers[i]),
           std::vector<std::uint32_t>(33 + i, static_cast<std::uint32_t>(i * 0x01010101u)));
  }
}

void a_thousand_buffers_at_once(Context& c) {
  const std::size_t count = c.quick() ? 200 : 1000;
  std::vector<Buffer<std::uint64_t>> buffers;
  for (std::size_t i = 0; i < count; ++i) {
    LET(buffer, c.stream().allocate<std::uint64_t>(4));
    MUST(c.stream().fill(buffer.view(), std::uint64_t{i}));
    buffers.push_back(std::move(buffer));
  }
  for (std::size_t i = 0; i < count; i += 37) {
    c.same(c.download(c.stream(), buffers[i]), std::vector<std::uint64_t>(4, i));
  }
}

void allocate_and_release_many_times(Context& c) {
  const int rounds = c.quick() ? 200 : 2000;
  for (int i = 0; i < rounds && !c.failed(); ++i) {
    LET(buffer, c.stream().allocate<std::uint8_t>(1 + c.random().below(100000)));
    MUST(c.stream().fill(buffer.view(), static_cast<std::uint8_t>(i)));
  }
  MUST(c.stream().synchronize());
}

void released_memory_can_be_had_again(Context& c) {
  // Four times the free memory in all, one after the other: leaks would end it.
  const std::uint64_t piece =
      std::min<std::uint64_t>(c.info().max_allocation_bytes, c.quick() ? (16u << 20) : (128u << 20));
  for (int i = 0; i < 40 && !c.failed(); ++i) {
    LET(buffer, c.stream().allocate<std::uint8_t>(piece));
    LET(part, buffer.view(piece - 1, 1));
    MUST(c.stream().fill(part, std::uint8_t{1}));
  }
  MUST(c.stream().synchronize());
}

void usable_at_once(Context& c) {
  LET(a, c.stream().allocate<std::uint32_t>(1000));
  MUST(c.stream().fill(a.view(), 7u));
  LET(b, c.stream().allocate<std::uint32_t>(1000));
  MUST(c.stream().copy(b.view(), a.view()));
  c.same(c.download(c.stream(), b), std::vector<std::uint32_t>(1000, 7));
}

void sizes_are_in_elements_and_bytes(Context& c) {
  LET(bytes, c.stream().allocate<std::uint8_t>(24));
  LET(doubles, c.stream().allocate<double>(3));
  CHECK_EQ(bytes.size(), 24u);
  CHECK_EQ(doubles.size(), 3u);
  CHECK_EQ(bytes.bytes(), doubles.bytes());
  CHECK_EQ(doubles.view().bytes(), 24u);
}

void views_at_every_offset(Context& c) {
  const auto values = c.random().bytes(512);
  LET(buffer, c.holding(c.stream(), values));
  for (std::size_t offset = 0; offset < 130; ++offset) {
    LET(view, buffer.view(offset, 77));
    std::vector<std::uint8_t> got(77);
    MUST(c.stream().read_now(std::span(got), view));
    if (!c.same(got, std::vector<std::uint8_t>(values.begin() + static_cast<long>(offset),
                                               values.begin() + static_cast<long>(offset) + 77))) {
      return;
    }
  }
}

void writing_a_view_leaves_the_rest(Context& c) {
  for (std::size_t offset : {0u, 1u, 63u, 64u, 100u, 255u}) {
    std::vector<std::uint8_t> wanted(300, 0xEE);
    LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 300, 0xEE));
    const auto patch = c.random().bytes(41);
    LET(view, buffer.view(offset, patch.size()));
    MUST(c.stream().write_now(view, std::span<const std::uint8_t>(patch)));
    std::copy(patch.begin(), patch.end(), wanted.begin() + static_cast<long>(offset));
    c.same(c.download(c.stream(), buffer), wanted);
  }
}

void views_nest(Context& c) {
  std::vector<std::uint32_t> values(100);
  for (std::uint32_t i = 0; i < 100; ++i) values[i] = i;
  LET(buffer, c.holding(c.stream(), values));
  LET(outer, buffer.view(10, 50));
  LET(middle, outer.subview(5, 20));
  LET(inner, middle.subview(19, 1));
  std::vector<std::uint32_t> got(1);
  MUST(c.stream().read_now(std::span(got), inner));
  c.needs_results();
  CHECK_EQ(got[0], 34u);
}

void an_empty_view_at_the_end_is_allowed(Context& c) {
  LET(buffer, c.stream().allocate<float>(10));
  LET(end, buffer.view(10, 0));
  CHECK_EQ(end.size(), 0u);
  MUST(c.stream().fill(end, 1.0f));
  MUST(c.stream().synchronize());
}

void views_copy_freely(Context& c) {
  LET(buffer, c.holding(c.stream(), std::vector<std::uint32_t>{1, 2, 3}));
  View<std::uint32_t> one = buffer.view();
  View<std::uint32_t> two = one;
  View<const std::uint32_t> three = two;
  std::vector<std::uint32_t> got(3);
  MUST(c.stream().read_now(std::span(got), three));
  c.same(got, std::vector<std::uint32_t>{1, 2, 3});
}

void moving_a_buffer_keeps_its_views(Context& c) {
  LET(buffer, c.holding(c.stream(), std::vector<std::uint32_t>{4, 5, 6}));
  View<std::uint32_t> view = buffer.view();
  Buffer<std::uint32_t> moved = std::move(buffer);
  std::vector<std::uint32_t> got(3);
  MUST(c.stream().read_now(std::span(got), view));
  c.same(got, std::vector<std::uint32_t>{4, 5, 6});
  c.same(c.download(c.stream(), moved), got);
}

void assigning_a_buffer_releases_what_it_held(Context& c) {
  LET(a, c.holding(c.stream(), std::vector<std::uint32_t>{1}));
  LET(b, c.holding(c.stream(), std::vector<std::uint32_t>{2}));
  View<std::uint32_t> old = a.view();
  a = std::move(b);
  c.same(c.download(c.stream(), a), std::vector<std::uint32_t>{2});
  std::vector<std::uint32_t> got(1, 9);
  CHECK_FAILS(c.stream().read_now(std::span(got), old), invalid_argument);
  CHECK_EQ(got[0], 9u);
}

void kind_round_trip(Context& c, MemoryKind kind) {
  for (std::size_t count : {1u, 17u, 4096u, 100003u}) {
    const auto values = c.random().vector<std::uint32_t>(count);
    LET(buffer, c.holding(c.stream(), values, kind));
    c.same(c.download(c.stream(), buffer), values);
  }
}
void pinned_round_trip(Context& c) { kind_round_trip(c, MemoryKind::pinned); }
void shared_round_trip(Context& c) { kind_round_trip(c, MemoryKind::shared); }

// The host writes through the pointer, the device copies, the host reads through another pointer.
void host_pointer_both_ways(Context& c, MemoryKind kind) {
  const auto values = c.random().vector<std::uint32_t>(1003);
  LET(source, c.stream().allocate<std::uint32_t>(values.size(), kind));
  LET(target, c.stream().allocate<std::uint32_t>(values.size(), kind));
  MUST(c.stream().fill(target.view(), 0xA5A5A5A5u));
  MUST(c.stream().synchronize());
  LET(from, source.host_pointer());
  LET(to, target.host_pointer());
  CHECK(from != nullptr && to != nullptr && from != to);
  if (c.failed()) return;
  std::memcpy(from, values.data(), values.size() * 4);
  MUST(c.stream().copy(target.view(), source.view()));
  MUST(c.stream().synchronize());
  c.same(std::vector<std::uint32_t>(to, to + values.size()), values);
}
void pinned_host_pointer(Context& c) { host_pointer_both_ways(c, MemoryKind::pinned); }
void shared_host_pointer(Context& c) { host_pointer_both_ways(c, MemoryKind::shared); }
void unified_host_pointer(Context& c) { host_pointer_both_ways(c, MemoryKind::device); }

void host_pointer_is_aligned(Context& c) {
  for (std::size_t count : {1u, 3u, 100u, 5000u}) {
    LET(buffer, c.stream().allocate<std::uint8_t>(count, MemoryKind::pinned));
    LET(pointer, buffer.host_pointer());
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(pointer) % 16, 0u);
  }
}

void device_memory_is_aligned(Context& c) {
  for (std::size_t count : {1u, 3u, 100u, 5000u, 70001u}) {
    LET(buffer, c.stream().allocate<std::uint8_t>(count));
    auto pointer = buffer.host_pointer();
    if (!pointer) {
      c.skip("device memory has no host pointer here");
      return;
    }
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(*pointer) % c.info().base_alignment, 0u);
  }
}

void the_host_pointer_stays(Context& c) {
  LET(buffer, c.stream().allocate<float>(100, MemoryKind::pinned));
  LET(one, buffer.host_pointer());
  MUST(c.stream().fill(buffer.view(), 1.0f));
  MUST(c.stream().synchronize());
  LET(two, buffer.host_pointer());
  CHECK(one == two);
}

void a_memory_kind_that_is_missing_is_refused(Context& c) {
  struct Kind {
    MemoryKind kind;
    hy_capabilities capability;
  };
  for (const Kind& item :
       {Kind{MemoryKind::pinned, HY_CAP_PINNED_MEMORY}, Kind{MemoryKind::shared, HY_CAP_SHARED_MEMORY}}) {
    auto buffer = c.stream().allocate<float>(16, item.kind);
    if (c.has(item.capability)) {
      MUST(buffer);
    } else {
      CHECK_FAILS(buffer, unsupported);
    }
  }
}

void a_buffer_knows_its_device(Context& c) {
  LET(buffer, c.stream().allocate<float>(1));
  hy_device* device = nullptr;
  hy_error error{};
  CHECK_EQ(hy_buffer_get_device(buffer.native_handle(), &device, &error), HY_OK);
  if (device == nullptr) return;
  hy_device_info info{};
  info.size = sizeof info;
  CHECK_EQ(hy_device_get_info(device, &info, &error), HY_OK);
  CHECK_EQ(std::string(info.id), std::string(c.info().id));
  hy_device_release(device);
}

void native_memory_out(Context& c) {
  LET(buffer, c.stream().allocate<float>(8));
  LET(native, buffer.native());
  CHECK(native.kind != HY_NATIVE_NONE);
  CHECK(native.handle[0] != 0);
}

void native_memory_out_and_in_again(Context& c) {
  const auto values = c.random().vector<std::uint32_t>(257);
  LET(buffer, c.holding(c.stream(), values));
  MUST(c.stream().synchronize());
  LET(native, buffer.native());
  {
    LET(wrapped, c.stream().wrap<std::uint32_t>(native, values.size()));
    c.same(c.download(c.stream(), wrapped), values);
    MUST(c.stream().fill(wrapped.view(), 5u));
    MUST(c.stream().synchronize());
  }
  // The owner still has its memory after the wrapper is gone.
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(values.size(), 5));
}

constexpr hy_capabilities kOutAndIn = HY_CAP_NATIVE_OUT | HY_CAP_NATIVE_IN;

constexpr Case kCases[] = {
    {"buffers.every_size_from_1_to_130_bytes_keeps_its_bytes", 0, sizes_1_to_130},
    {"buffers.sizes_around_pages_keep_their_bytes", 0, page_sizes},
    {"buffers.sizes_around_a_mebibyte_keep_their_bytes", 0, mebibytes},
    {"buffers.many_mebibytes_and_five_bytes_keep_their_bytes", 0, odd_mebibytes},
    {"buffers.random_sizes_keep_their_bytes", 0, random_sizes},
    {"buffers.a_buffer_of_no_elements_is_allowed", 0, empty_buffer},
    {"buffers.an_empty_buffer_takes_empty_operations", 0, empty_buffer_takes_empty_operations},
    {"buffers.a_large_buffer_keeps_both_ends", 0, large_buffer_keeps_both_ends},
    {"buffers.two_buffers_never_share_memory", 0, buffers_do_not_share_memory},
    {"buffers.a_thousand_live_at_once", 0, a_thousand_buffers_at_once},
    {"buffers.allocation_and_release_can_alternate_thousands_of_times", 0, allocate_and_release_many_times},
    {"buffers.released_memory_can_be_had_again", 0, released_memory_can_be_had_again},
    {"buffers.a_new_buffer_is_usable_at_once", 0, usable_at_once},
    {"buffers.sizes_count_elements_and_bytes", 0, sizes_are_in_elements_and_bytes},
    {"buffers.a_view_may_begin_at_any_byte", 0, views_at_every_offset},
    {"buffers.writing_a_view_leaves_the_rest_untouched", 0, writing_a_view_leaves_the_rest},
    {"buffers.views_of_views_count_from_their_own_start", 0, views_nest},
    {"buffers.an_empty_view_at_the_very_end_is_allowed", 0, an_empty_view_at_the_end_is_allowed},
    {"buffers.views_copy_and_become_const", 0, views_copy_freely},
    {"buffers.moving_the_owner_keeps_views_valid", 0, moving_a_buffer_keeps_its_views},
    {"buffers.assigning_to_an_owner_releases_what_it_held", 0, assigning_a_buffer_releases_what_it_held},
    {"buffers.pinned_memory_keeps_its_bytes", HY_CAP_PINNED_MEMORY, pinned_round_trip},
    {"buffers.shared_memory_keeps_its_bytes", HY_CAP_SHARED_MEMORY, shared_round_trip},
    {"buffers.pinned_memory_is_reached_through_its_host_pointer", HY_CAP_PINNED_MEMORY, pinned_host_pointer},
    {"buffers.shared_memory_is_reached_through_its_host_pointer", HY_CAP_SHARED_MEMORY, shared_host_pointer},
    {"buffers.device_memory_of_a_unified_device_has_a_host_pointer", HY_CAP_HOST_UNIFIED, unified_host_pointer},
    {"buffers.host_pointers_of_pinned_memory_are_aligned", HY_CAP_PINNED_MEMORY, host_pointer_is_aligned},
    {"buffers.device_memory_has_the_alignment_the_device_names", HY_CAP_HOST_UNIFIED, device_memory_is_aligned},
    {"buffers.the_host_pointer_stays_the_same", HY_CAP_PINNED_MEMORY, the_host_pointer_stays},
    {"buffers.memory_kinds_follow_the_capabilities", 0, a_memory_kind_that_is_missing_is_refused},
    {"buffers.a_buffer_knows_its_device", 0, a_buffer_knows_its_device},
    {"buffers.native_memory_can_be_taken_out", HY_CAP_NATIVE_OUT, native_memory_out},
    {"buffers.native_memory_can_be_wrapped_and_stays_the_owners", kOutAndIn, native_memory_out_and_in_again},
};

}  // namespace

CaseTable buffer_cases() { return kCases; }

}  // namespace halyard::conformance
