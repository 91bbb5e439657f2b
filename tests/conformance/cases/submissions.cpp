// What is launched with what: the order of launches and copies, bound kernels, views, buffers and values as arguments.
#include <algorithm>
#include <cstring>
#include <numeric>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

void launches_follow_one_another(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  const auto values = c.random().vector<std::uint32_t>(1000);
  LET(data, c.holding(c.stream(), values));
  for (int i = 0; i < 50; ++i) MUST(c.stream().launch(kernel, Items{1000}, data, 1000u));
  Numbers wanted = values;
  for (std::uint32_t& v : wanted) {
    for (int i = 0; i < 50; ++i) v = v * 3 + 1;
  }
  c.same(c.download(c.stream(), data), wanted);
}

void launches_and_copies_follow_one_another(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(a, c.stream().allocate<std::uint32_t>(500));
  LET(b, c.stream().allocate<std::uint32_t>(500));
  MUST(c.stream().fill(a.view(), 1u));
  std::uint32_t wanted = 1;
  for (int i = 0; i < 10; ++i) {
    MUST(c.stream().launch(kernel, Items{500}, a, 500u));
    MUST(c.stream().copy(b.view(), a.view()));
    MUST(c.stream().launch(kernel, Items{500}, b, 500u));
    MUST(c.stream().copy(a.view(), b.view()));
    wanted = (wanted * 3 + 1) * 3 + 1;
  }
  c.same(c.download(c.stream(), a), Numbers(500, wanted));
}

void values_are_taken_at_the_call(Context& c) {
  LET(kernel, c.kernel("launch", "set_one"));
  LET(out, c.stream().allocate<std::uint32_t>(100));
  for (std::uint32_t i = 0; i < 100; ++i) {
    std::uint32_t value = i * i;
    MUST(c.stream().launch(kernel, Items{1}, out, i, value));
    value = 0;
  }
  const auto got = c.download(c.stream(), out);
  for (std::uint32_t i = 0; i < got.size(); ++i) CHECK_EQ(got[i], i * i);
}

void a_thousand_launches(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(data, c.holding(c.stream(), Numbers(8, 0)));
  const int rounds = c.quick() ? 200 : 3000;
  std::uint32_t wanted = 0;
  for (int i = 0; i < rounds; ++i) {
    MUST(c.stream().launch(kernel, Items{8}, data, 8u));
    wanted = wanted * 3 + 1;
  }
  c.same(c.download(c.stream(), data), Numbers(8, wanted));
}

void bound_kernel(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(bound, kernel.on(c.stream()));
  LET(data, c.holding(c.stream(), Numbers(100, 5)));
  MUST(bound(Items{100}, data, 100u));
  MUST(bound(Items{100}, data, 100u));
  c.same(c.download(c.stream(), data), Numbers(100, 49));
}

void binding_again_gives_the_same(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(one, kernel.on(c.stream()));
  LET(two, kernel.on(c.stream()));
  CHECK(one.native_handle() == two.native_handle());
}

void bound_to_several_streams(Context& c) {
  LET(kernel, c.kernel("launch", "set_one"));
  std::vector<Stream> streams;
  std::vector<BoundKernel> bound;
  LET(out, c.stream().allocate<std::uint32_t>(8));
  MUST(c.stream().synchronize());
  for (int i = 0; i < 8; ++i) {
    LET(stream, c.device().stream());
    streams.push_back(std::move(stream));
    LET(one, kernel.on(streams.back()));
    bound.push_back(one);
  }
  // Arguments of one stream must not reach another, however they are mixed.
  for (std::uint32_t round = 0; round < 20; ++round) {
    for (std::uint32_t i = 0; i < 8; ++i) MUST(bound[i](Items{1}, out, i, round * 100 + i));
  }
  for (Stream& stream : streams) MUST(stream.synchronize());
  const auto got = c.download(c.stream(), out);
  for (std::uint32_t i = 0; i < got.size(); ++i) CHECK_EQ(got[i], 1900 + i);
}

void views_as_arguments(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(data, c.holding(c.stream(), Numbers(300, 2)));
  for (std::uint64_t offset : {1u, 33u, 100u}) {
    LET(view, data.view(offset, 50));
    MUST(c.stream().launch(kernel, Items{50}, view, 50u));
  }
  Numbers wanted(300, 2);
  for (std::uint64_t offset : {1u, 33u, 100u}) {
    for (std::uint64_t i = 0; i < 50; ++i) wanted[offset + i] = wanted[offset + i] * 3 + 1;
  }
  c.same(c.download(c.stream(), data), wanted);
}

void byte_views_as_arguments(Context& c) {
  // An offset that no driver's sub-buffer could have.
  LET(kernel, c.kernel_from("HY_KERNEL(bump, HY_INOUT(uchar, x), HY_VAL(uint, n))\n"
                            "{ const ulong i = hy_global_id(0); if (i < n) { x[i] += 1; } }\n",
                            "bump"));
  LET(data, c.holding(c.stream(), std::vector<std::uint8_t>(200, 1)));
  LET(view, data.view(13, 101));
  MUST(c.stream().launch(kernel, Items{101}, view, 101u));
  std::vector<std::uint8_t> wanted(200, 1);
  std::fill_n(wanted.begin() + 13, 101, std::uint8_t{2});
  c.same(c.download(c.stream(), data), wanted);
}

void one_buffer_read_twice(Context& c) {
  LET(kernel, c.kernel("launch", "add_two"));
  const auto values = c.random().vector<std::uint32_t>(777);
  LET(in, c.holding(c.stream(), values));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 777));
  MUST(c.stream().launch(kernel, Items{777}, in, in, out, 777u));
  Numbers wanted = values;
  for (std::uint32_t& v : wanted) v += v;
  c.same(c.download(c.stream(), out), wanted);
}

void parts_of_one_buffer(Context& c) {
  LET(kernel, c.kernel("launch", "add_two"));
  Numbers values(300);
  std::iota(values.begin(), values.end(), 1u);
  LET(data, c.holding(c.stream(), values));
  LET(first, data.view(0, 100));
  LET(second, data.view(100, 100));
  LET(third, data.view(200, 100));
  MUST(c.stream().launch(kernel, Items{100}, first, second, third, 100u));
  for (std::uint32_t i = 0; i < 100; ++i) values[200 + i] = values[i] + values[100 + i];
  c.same(c.download(c.stream(), data), values);
}

void out_keeps_what_is_not_written(Context& c) {
  LET(kernel, c.kernel("launch", "every_other"));
  LET(out, c.holding(c.stream(), Numbers(101, 0xABCDu)));
  MUST(c.stream().launch(kernel, Items{101}, out, 101u));
  Numbers wanted(101, 0xABCDu);
  for (std::uint32_t i = 0; i < 101; i += 2) wanted[i] = i;
  c.same(c.download(c.stream(), out), wanted);
}

void an_empty_buffer_as_argument(Context& c) {
  LET(kernel, c.kernel("launch", "add_two"));
  LET(in, c.stream().allocate<std::uint32_t>(0));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 4, 0x22));
  MUST(c.stream().launch(kernel, Items{4}, in, in, out, 0u));
  c.same(c.download(c.stream(), out), Numbers(4, 0x22222222u));
}

void helpers_and_constant_tables(Context& c) {
  LET(kernel, c.kernel("launch", "helpers"));
  const auto values = c.random().vector<std::uint32_t>(502);
  LET(x, c.holding(c.stream(), values));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 500));
  MUST(c.stream().launch(kernel, Items{500}, x, out, 500u));
  constexpr std::uint32_t kTable[8] = {3, 1, 4, 1, 5, 9, 2, 6};
  Numbers wanted(500);
  for (std::size_t i = 0; i < 500; ++i) wanted[i] = 2 * kTable[i & 7] + values[i] + values[i + 1] + values[i + 2];
  c.same(c.download(c.stream(), out), wanted);
}

void divergent_loops(Context& c) {
  LET(kernel, c.kernel("launch", "collatz"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 3000));
  MUST(c.stream().launch(kernel, Items{3000}, out, 3000u));
  Numbers wanted(3000);
  for (std::uint64_t i = 0; i < 3000; ++i) {
    std::uint64_t v = i + 1;
    while (v != 1) {
      v = (v & 1) != 0 ? 3 * v + 1 : v / 2;
      ++wanted[i];
    }
  }
  c.same(c.download(c.stream(), out), wanted);
}

void arrays_of_an_item(Context& c) {
  LET(kernel, c.kernel("launch", "private_array"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 1000));
  MUST(c.stream().launch(kernel, Items{1000}, out, 1000u));
  Numbers wanted(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    for (std::uint32_t k = 0; k < 16; ++k) wanted[i] += (i + k) * ((k * 5) & 15);
  }
  c.same(c.download(c.stream(), out), wanted);
}

void arithmetic_of_64_bits(Context& c) {
  LET(kernel, c.kernel("launch", "long_arithmetic"));
  const auto a = c.random().vector<std::uint64_t>(1000);
  const auto b = c.random().vector<std::uint64_t>(1000);
  LET(ba, c.holding(c.stream(), a));
  LET(bb, c.holding(c.stream(), b));
  LET(out, c.poisoned<std::uint64_t>(c.stream(), 1000));
  MUST(c.stream().launch(kernel, Items{1000}, ba, bb, out, 1000u));
  std::vector<std::uint64_t> wanted(1000);
  for (std::size_t i = 0; i < 1000; ++i) {
    wanted[i] = (a[i] * b[i]) ^ (a[i] >> 17) ^ (b[i] << 13) ^ (a[i] / (b[i] | 1)) ^ (a[i] % (b[i] | 1));
  }
  c.same(c.download(c.stream(), out), wanted);
}

void a_single_argument(Context& c) {
  LET(kernel, c.kernel("launch", "no_arguments_but_one"));
  LET(out, c.poisoned<std::int32_t>(c.stream(), 1));
  MUST(c.stream().launch(kernel, Items{1}, out));
  c.same(c.download(c.stream(), out), std::vector<std::int32_t>{-7});
}

// 32 buffers and 32 values: y_k[i] = v_k * (k + 1) + i.
void sixty_four_arguments(Context& c) {
  constexpr int kPairs = 32;
  std::string head, body;
  for (int k = 0; k < kPairs; ++k) {
    const std::string n = std::to_string(k);
    head += ", HY_OUT(uint, y" + n + "), HY_VAL(uint, v" + n + ")";
    body += "  y" + n + "[i] = v" + n + " * " + std::to_string(k + 1) + " + (uint)i;\n";
  }
  const std::string text = "HY_KERNEL(many" + head + ")\n{\n  const ulong i = hy_global_id(0);\n" + body + "}\n";
  LET(kernel, c.kernel_from(text, "many"));
  LET(signature, kernel.signature());
  CHECK_EQ(signature.param_count, 64u);
  LET(bound, kernel.on(c.stream()));
  std::vector<Buffer<std::uint32_t>> buffers;
  std::vector<hy_arg> args(64);
  for (std::uint32_t k = 0; k < kPairs; ++k) {
    LET(buffer, c.poisoned<std::uint32_t>(c.stream(), 16));
    buffers.push_back(std::move(buffer));
    args[2 * k] = hy_arg{};
    args[2 * k].is_view = 1;
    args[2 * k].type = HY_U32;
    args[2 * k].u.view = buffers.back().view().native();
    const std::uint32_t value = 1000 + k;
    args[2 * k + 1] = hy_arg{};
    args[2 * k + 1].type = HY_U32;
    std::memcpy(args[2 * k + 1].u.value, &value, sizeof value);
  }
  const Grid grid = Groups{1}.in(16);
  hy_error error{};
  if (hy_launch(bound.native_handle(), &grid.native(), args.data(), 64, &error) != HY_OK) {
    c.fail(error.message);
    return;
  }
  for (std::uint32_t k = 0; k < kPairs; ++k) {
    Numbers wanted(16);
    for (std::uint32_t i = 0; i < 16; ++i) wanted[i] = (1000 + k) * (k + 1) + i;
    c.same(c.download(c.stream(), buffers[k]), wanted);
  }
}

void a_fill_before_and_a_read_after(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(data, c.stream().allocate<std::uint32_t>(4096));
  Numbers got(4096, 9);
  MUST(c.stream().fill(data.view(), 10u));
  MUST(c.stream().launch(kernel, Items{4096}, data, 4096u));
  MUST(c.stream().read(std::span(got), data.view()));
  MUST(c.stream().synchronize());
  c.same(got, Numbers(4096, 31));
}

void a_kernel_over_pinned_memory(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(data, c.stream().allocate<std::uint32_t>(1000, MemoryKind::pinned));
  MUST(c.stream().fill(data.view(), 10u));
  MUST(c.stream().launch(kernel, Items{1000}, data, 1000u));
  MUST(c.stream().synchronize());
  LET(pointer, data.host_pointer());
  c.same(Numbers(pointer, pointer + 1000), Numbers(1000, 31));
}

void a_kernel_over_shared_memory(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(data, c.stream().allocate<std::uint32_t>(1000, MemoryKind::shared));
  MUST(c.stream().synchronize());
  LET(pointer, data.host_pointer());
  std::fill_n(pointer, 1000, 10u);
  MUST(c.stream().launch(kernel, Items{1000}, data, 1000u));
  MUST(c.stream().synchronize());
  c.same(Numbers(pointer, pointer + 1000), Numbers(1000, 31));
}

void streams_hand_over_between_launches(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  LET(other, c.device().stream());
  LET(data, c.holding(c.stream(), Numbers(1000, 1)));
  std::uint32_t wanted = 1;
  for (int i = 0; i < 10; ++i) {
    MUST(c.stream().launch(kernel, Items{1000}, data, 1000u));
    LET(there, c.stream().record());
    MUST(other.wait(there));
    MUST(other.launch(kernel, Items{1000}, data, 1000u));
    LET(back, other.record());
    MUST(c.stream().wait(back));
    wanted = (wanted * 3 + 1) * 3 + 1;
  }
  c.same(c.download(c.stream(), data), Numbers(1000, wanted));
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"launches.one_follows_the_other_on_the_same_data", kRun, launches_follow_one_another},
    {"launches.launches_and_copies_take_turns", kRun, launches_and_copies_follow_one_another},
    {"launches.values_are_taken_at_the_call", kRun, values_are_taken_at_the_call},
    {"launches.thousands_need_no_wait_between", kRun, a_thousand_launches},
    {"launches.a_bound_kernel_runs_on_its_stream", kRun, bound_kernel},
    {"launches.binding_again_gives_the_same", kRun, binding_again_gives_the_same},
    {"launches.one_kernel_bound_to_eight_streams_keeps_arguments_apart", kRun, bound_to_several_streams},
    {"launches.a_view_is_an_argument_with_its_own_start", kRun, views_as_arguments},
    {"launches.a_view_at_an_odd_byte_is_an_argument", kRun, byte_views_as_arguments},
    {"launches.one_buffer_may_be_read_twice", kRun, one_buffer_read_twice},
    {"launches.parts_of_one_buffer_are_separate_arguments", kRun, parts_of_one_buffer},
    {"launches.an_out_buffer_keeps_what_is_not_written", kRun, out_keeps_what_is_not_written},
    {"launches.an_empty_buffer_is_an_argument", kRun, an_empty_buffer_as_argument},
    {"launches.helper_functions_and_constant_tables", kRun, helpers_and_constant_tables},
    {"launches.items_may_loop_for_different_times", kRun, divergent_loops},
    {"launches.arrays_of_an_item_are_its_own", kRun, arrays_of_an_item},
    {"launches.arithmetic_of_64_bit_integers", kRun, arithmetic_of_64_bits},
    {"launches.a_kernel_of_a_single_argument", kRun, a_single_argument},
    {"launches.a_kernel_of_sixty_four_arguments", kRun, sixty_four_arguments},
    {"launches.fill_launch_and_read_follow_one_another", kRun, a_fill_before_and_a_read_after},
    {"launches.a_kernel_works_on_pinned_memory", kRun | HY_CAP_PINNED_MEMORY, a_kernel_over_pinned_memory},
    {"launches.a_kernel_works_on_shared_memory", kRun | HY_CAP_SHARED_MEMORY, a_kernel_over_shared_memory},
    {"launches.two_streams_hand_data_over_between_launches", kRun, streams_hand_over_between_launches},
};

}  // namespace

CaseTable submission_cases() { return kCases; }

}  // namespace halyard::conformance
