// Fills with patterns of 1, 2, 4, 8 and 16 bytes at any place and count.
#include <algorithm>
#include <array>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Bytes = std::vector<std::uint8_t>;

// Fills `count` patterns after `skip` patterns of a poisoned buffer, through the C API, and compares every byte.
void fill_with(Context& c, std::size_t pattern_bytes, std::size_t skip, std::size_t count) {
  const Bytes pattern = c.random().bytes(pattern_bytes);
  const std::size_t size = (skip + count + 3) * pattern_bytes;
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), size, 0x3C));
  LET(view, buffer.view(skip * pattern_bytes, count * pattern_bytes));
  hy_error error{};
  const hy_status status = hy_stream_fill(c.stream().native_handle(), &view.native(), pattern.data(),
                                          static_cast<std::uint32_t>(pattern_bytes), &error);
  if (status != HY_OK) {
    c.fail(std::string("fill: ") + error.message);
    return;
  }
  Bytes wanted(size, 0x3C);
  for (std::size_t i = 0; i < count * pattern_bytes; ++i) wanted[skip * pattern_bytes + i] = pattern[i % pattern_bytes];
  c.same(c.download(c.stream(), buffer), wanted);
}

void pattern_cases(Context& c, std::size_t pattern_bytes) {
  for (std::size_t count : {1u, 2u, 3u, 7u, 13u, 255u, 1001u}) {
    for (std::size_t skip : {0u, 1u, 5u}) {
      if (!c.failed()) fill_with(c, pattern_bytes, skip, count);
    }
  }
}
void pattern_1(Context& c) { pattern_cases(c, 1); }
void pattern_2(Context& c) { pattern_cases(c, 2); }
void pattern_4(Context& c) { pattern_cases(c, 4); }
void pattern_8(Context& c) { pattern_cases(c, 8); }
void pattern_16(Context& c) { pattern_cases(c, 16); }

void every_byte_value(Context& c) {
  LET(buffer, c.stream().allocate<std::uint8_t>(256 * 3));
  Bytes wanted;
  for (int value = 0; value < 256; ++value) {
    LET(part, buffer.view(static_cast<std::size_t>(value) * 3, 3));
    MUST(c.stream().fill(part, static_cast<std::uint8_t>(value)));
    wanted.insert(wanted.end(), 3, static_cast<std::uint8_t>(value));
  }
  c.same(c.download(c.stream(), buffer), wanted);
}

void nan_payload(Context& c) {
  const std::uint32_t bits = 0x7FA12345u;  // a signalling NaN: an unwary float copy would quieten it
  float nan;
  std::memcpy(&nan, &bits, 4);
  LET(buffer, c.stream().allocate<float>(99));
  hy_error error{};
  View<float> view = buffer.view();
  CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &view.native(), &bits, 4, &error), HY_OK);
  const auto got = c.download(c.stream(), buffer);
  for (const float& value : got) CHECK(std::memcmp(&value, &bits, 4) == 0);
}

void negative_zero(Context& c) {
  LET(buffer, c.stream().allocate<float>(33));
  MUST(c.stream().fill(buffer.view(), -0.0f));
  c.same(c.download(c.stream(), buffer), std::vector<float>(33, -0.0f));
}

void fill_nothing(Context& c) {
  LET(buffer, c.holding(c.stream(), Bytes{1, 2, 3}));
  LET(nothing, buffer.view(2, 0));
  MUST(c.stream().fill(nothing, std::uint8_t{9}));
  c.same(c.download(c.stream(), buffer), Bytes{1, 2, 3});
}

void fill_large(Context& c) {
  const std::size_t count = (c.quick() ? 1u : 16u) << 18;
  LET(buffer, c.stream().allocate<std::uint32_t>(count + 1));
  MUST(c.stream().fill(buffer.view(), 0xDEADBEEFu));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(count + 1, 0xDEADBEEFu));
}

void fill_then_overwrite_part(Context& c) {
  LET(buffer, c.stream().allocate<std::uint16_t>(1001));
  MUST(c.stream().fill(buffer.view(), std::uint16_t{1}));
  LET(middle, buffer.view(333, 335));
  MUST(c.stream().fill(middle, std::uint16_t{2}));
  std::vector<std::uint16_t> wanted(1001, 1);
  std::fill_n(wanted.begin() + 333, 335, std::uint16_t{2});
  c.same(c.download(c.stream(), buffer), wanted);
}

void the_pattern_may_change_after_the_call(Context& c) {
  LET(buffer, c.stream().allocate<std::uint64_t>(5000));
  std::uint64_t pattern = 0x0123456789ABCDEFull;
  hy_error error{};
  View<std::uint64_t> view = buffer.view();
  CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &view.native(), &pattern, 8, &error), HY_OK);
  pattern = 0;
  MUST(c.stream().synchronize());
  c.same(c.download(c.stream(), buffer), std::vector<std::uint64_t>(5000, 0x0123456789ABCDEFull));
}

void fill_pinned(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(777, MemoryKind::pinned));
  MUST(c.stream().fill(buffer.view(), 0x01020304u));
  MUST(c.stream().synchronize());
  LET(pointer, buffer.host_pointer());
  c.same(std::vector<std::uint32_t>(pointer, pointer + 777), std::vector<std::uint32_t>(777, 0x01020304u));
}

void other_pattern_sizes(Context& c) {
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 96, 0x3C));
  View<std::uint8_t> view = buffer.view();
  const std::array<std::uint8_t, 64> pattern{};
  for (std::uint32_t size : {0u, 3u, 5u, 6u, 12u, 24u, 32u}) {
    hy_error error{};
    CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &view.native(), pattern.data(), size, &error),
             HY_INVALID_ARGUMENT);
  }
  c.same(c.download(c.stream(), buffer), Bytes(96, 0x3C));
}

void offset_and_size_are_multiples_of_the_pattern(Context& c) {
  LET(buffer, c.poisoned<std::uint8_t>(c.stream(), 64, 0x3C));
  const std::array<std::uint8_t, 16> pattern{};
  LET(odd_size, buffer.view(0, 15));
  LET(odd_offset, buffer.view(2, 16));
  hy_error error{};
  CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &odd_size.native(), pattern.data(), 4, &error),
           HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_stream_fill(c.stream().native_handle(), &odd_offset.native(), pattern.data(), 4, &error),
           HY_INVALID_ARGUMENT);
  c.same(c.download(c.stream(), buffer), Bytes(64, 0x3C));
}

constexpr Case kCases[] = {
    {"fills.patterns_of_1_byte_at_odd_counts_and_places", 0, pattern_1},
    {"fills.patterns_of_2_bytes_at_odd_counts_and_places", 0, pattern_2},
    {"fills.patterns_of_4_bytes_at_odd_counts_and_places", 0, pattern_4},
    {"fills.patterns_of_8_bytes_at_odd_counts_and_places", 0, pattern_8},
    {"fills.patterns_of_16_bytes_at_odd_counts_and_places", 0, pattern_16},
    {"fills.every_value_of_a_byte", 0, every_byte_value},
    {"fills.a_signalling_nan_keeps_its_bits", 0, nan_payload},
    {"fills.negative_zero_keeps_its_sign", 0, negative_zero},
    {"fills.a_fill_of_nothing_changes_nothing", 0, fill_nothing},
    {"fills.mebibytes_and_one_element", 0, fill_large},
    {"fills.a_later_fill_overwrites_its_part", 0, fill_then_overwrite_part},
    {"fills.the_pattern_may_change_after_the_call", 0, the_pattern_may_change_after_the_call},
    {"fills.pinned_memory", HY_CAP_PINNED_MEMORY, fill_pinned},
    {"fills.other_sizes_of_pattern_are_refused_and_write_nothing", 0, other_pattern_sizes},
    {"fills.ranges_that_are_no_multiple_are_refused_and_write_nothing", 0,
     offset_and_size_are_multiples_of_the_pattern},
};

}  // namespace

CaseTable fill_cases() { return kCases; }

}  // namespace halyard::conformance
