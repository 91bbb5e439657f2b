// Launches that are wrong: each is refused before the driver sees it, names what is wrong, and writes nothing.
#include <algorithm>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

// A kernel that would write, the buffer that it must not have written, and a good one beside it.
struct Bench {
  Kernel kernel;
  Buffer<std::uint32_t> out;
};

std::optional<Bench> make_bench(Context& c) {
  auto kernel = c.kernel("launch", "set_one");
  if (!c.ok(kernel, "kernel")) return std::nullopt;
  auto out = c.poisoned<std::uint32_t>(c.stream(), 64, 0x66);
  if (!c.ok(out, "buffer")) return std::nullopt;
  return Bench{*kernel, std::move(*out)};
}
#define BENCH(name)                 \
  auto name##_made = make_bench(c); \
  if (!name##_made) return;         \
  Bench& name = *name##_made

// Refused as an invalid argument, with `word` in the sentence; afterwards nothing is written and the stream works.
void refused(Context& c, Bench& bench, const Result<void>& result, std::string_view word = "",
             Context::Location where = Context::Location::current()) {
  if (!c.fails_with(result, ErrorCode::invalid_argument, "launch", where)) return;
  if (result.error().message().find(word) == std::string_view::npos) {
    c.fail("the message does not name '" + std::string(word) + "': " + std::string(result.error().message()), where);
  }
  c.same(c.download(c.stream(), bench.out), Numbers(64, 0x66666666u), where);
  c.ok(c.stream().launch(bench.kernel, Items{1}, bench.out, 3u, 7u), "a right launch after the wrong one", where);
  Numbers wanted(64, 0x66666666u);
  wanted[3] = 7;
  c.same(c.download(c.stream(), bench.out), wanted, where);
  c.ok(c.stream().fill(bench.out.view(), 0x66666666u), "poison again", where);
}

void too_few(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, b.out, 0u), "set_one");
}
void too_many(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, b.out, 0u, 1u, 2u));
}
void none_at_all(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}));
}
void wrong_value_type(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, b.out, 0u, 1.0f), "value");
}
void wrong_value_size(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, b.out, 0u, std::uint64_t{1}), "value");
}
void wrong_element_type(Context& c) {
  BENCH(b);
  LET(floats, c.stream().allocate<float>(64));
  refused(c, b, c.stream().launch(b.kernel, Items{1}, floats, 0u, 1u), "out");
}
void wrong_element_size(Context& c) {
  BENCH(b);
  LET(longs, c.stream().allocate<std::uint64_t>(64));
  refused(c, b, c.stream().launch(b.kernel, Items{1}, longs, 0u, 1u), "out");
}
void vector_for_scalar(Context& c) {
  BENCH(b);
  LET(vectors, c.stream().allocate<uint4>(16));
  refused(c, b, c.stream().launch(b.kernel, Items{1}, vectors, 0u, 1u), "out");
}
void value_for_buffer(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, 0u, 0u, 1u), "out");
}
void buffer_for_value(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, b.out, b.out, 1u), "index");
}
void released(Context& c) {
  BENCH(b);
  LET(gone, c.stream().allocate<std::uint32_t>(64));
  const View<std::uint32_t> view = gone.view();
  MUST(gone.release());
  refused(c, b, c.stream().launch(b.kernel, Items{1}, view, 0u, 1u), "out");
}
void no_buffer(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}, View<std::uint32_t>(), 0u, 1u), "out");
}
void forged_range(Context& c) {
  BENCH(b);
  hy_view view = b.out.view().native();
  view.bytes += 4;
  refused(c, b, c.stream().launch(b.kernel, Items{1}, View<std::uint32_t>(view), 0u, 1u), "out");
  view = b.out.view().native();
  view.offset = UINT64_MAX - 3;
  refused(c, b, c.stream().launch(b.kernel, Items{1}, View<std::uint32_t>(view), 0u, 1u), "out");
}
void unaligned_view(Context& c) {
  // A view of uints that begins at an odd byte can only be forged: it is refused, not passed on.
  BENCH(b);
  hy_view view = b.out.view().native();
  view.offset = 2;
  view.bytes = 8;
  auto result = c.stream().launch(b.kernel, Items{1}, View<std::uint32_t>(view), 0u, 1u);
  refused(c, b, result, "out");
}
void workgroup_too_large(Context& c) {
  BENCH(b);
  LET(info, b.kernel.info());
  refused(c, b, c.stream().launch(b.kernel, Items{1}.in(info.max_workgroup_items + 1), b.out, 0u, 1u), "workgroup");
  refused(c, b, c.stream().launch(b.kernel, Items{1}.in(UINT32_MAX, UINT32_MAX, UINT32_MAX), b.out, 0u, 1u),
          "workgroup");
}
void workgroup_dimension_too_large(Context& c) {
  BENCH(b);
  const std::uint32_t limit = c.info().max_workgroup[2];
  if (limit == UINT32_MAX) {
    c.skip("the device has no limit in dimension 2");
    return;
  }
  refused(c, b, c.stream().launch(b.kernel, Items{1}.in(1, 1, limit + 1), b.out, 0u, 1u), "workgroup");
}
void workgroup_with_a_zero(Context& c) {
  BENCH(b);
  refused(c, b, c.stream().launch(b.kernel, Items{1}.in(4, 0, 1), b.out, 0u, 1u), "workgroup");
}
void another_size_than_the_fixed(Context& c) {
  BENCH(b);
  LET(fixed, c.kernel("launch", "fixed64"));
  refused(c, b, c.stream().launch(fixed, Items{64}.in(32), b.out, std::uint64_t{64}), "64");
}
void overflowing_grids(Context& c) {
  BENCH(b);
  for (const Grid& grid : {Grid(Groups{UINT64_MAX}.in(64)), Grid(Items{UINT64_MAX, 2, 1}.in(1)),
                           Grid(Groups{std::uint64_t{1} << 40, std::uint64_t{1} << 40}.in(1))}) {
    refused(c, b, c.stream().launch(b.kernel, grid, b.out, 0u, 1u));
  }
}
void null_arguments(Context& c) {
  BENCH(b);
  LET(bound, b.kernel.on(c.stream()));
  hy_error error{};
  const Grid grid = Items{1};
  CHECK_EQ(hy_launch(bound.native_handle(), &grid.native(), nullptr, 3, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_launch(bound.native_handle(), nullptr, nullptr, 3, &error), HY_INVALID_ARGUMENT);
  CHECK_EQ(hy_launch(nullptr, &grid.native(), nullptr, 0, &error), HY_INVALID_ARGUMENT);
  c.same(c.download(c.stream(), b.out), Numbers(64, 0x66666666u));
}
void buffer_of_another_device(Context& c) {
  BENCH(b);
  std::optional<Device> other;
  LET(alternatives, c.device().alternatives());
  if (!alternatives.empty()) other.emplace(alternatives.front());
  LET(devices, c.runtime().devices());
  for (Device& device : devices) {
    if (!other && std::strcmp(device.info().backend, c.info().backend) != 0) other.emplace(device);
  }
  if (!other) {
    c.skip("there is one device only");
    return;
  }
  LET(far, other->stream());
  LET(foreign, far.allocate<std::uint32_t>(64));
  refused(c, b, c.stream().launch(b.kernel, Items{1}, foreign, 0u, 1u), "out");
  CHECK_FAILS(b.kernel.on(far), invalid_argument);
}
void the_argument_is_named(Context& c) {
  BENCH(b);
  auto result = c.stream().launch(b.kernel, Items{1}, b.out, 0u, 1.5f);
  if (!CHECK_FAILS(result, invalid_argument)) return;
  const std::string text(result.error().message());
  CHECK(text.find("set_one") != std::string::npos);
  CHECK(text.find("argument 3 (value)") != std::string::npos);  // counted from 1
  CHECK(text.find("uint") != std::string::npos);
  CHECK(text.find("float") != std::string::npos);
}
void typed_kernel_of_another_signature(Context& c) {
  LET(bundle, c.bundle("launch"));
  CHECK_FAILS((bundle.kernel<Out<float>, std::uint32_t, std::uint32_t>(c.device(), "set_one")), invalid_argument);
  CHECK_FAILS((bundle.kernel<Out<std::uint32_t>>(c.device(), "set_one")), invalid_argument);
  CHECK_FAILS((bundle.kernel<InOut<std::uint32_t>, std::uint32_t, std::uint32_t>(c.device(), "set_one")),
              invalid_argument);
}
void typed_kernel(Context& c) {
  LET(bundle, c.bundle("launch"));
  LET(typed, (bundle.kernel<Out<std::uint32_t>, std::uint32_t, std::uint32_t>(c.device(), "set_one")));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 4, 0));
  MUST(c.stream().launch(typed, Items{1}, out, 1, 5u));
  LET(bound, typed.on(c.stream()));
  MUST(bound(Items{1}, out, 2u, 6u));
  c.same(c.download(c.stream(), out), Numbers{0, 5, 6, 0});
}

void values_that_do_not_fit(Context& c) {
  BENCH(b);
  LET(bundle, c.bundle("launch"));
  LET(typed, (bundle.kernel<Out<std::uint32_t>, std::uint32_t, std::uint32_t>(c.device(), "set_one")));
  refused(c, b, c.stream().launch(typed, Items{1}, b.out, 0, -1), "argument 3 (value) is declared HY_VAL(uint), which");
  refused(c, b, c.stream().launch(typed, Items{1}, b.out, -7, 1), "argument 2 (index)");
  refused(c, b, c.stream().launch(typed, Items{1}, b.out, -7, 1), "cannot hold -7");
  refused(c, b, c.stream().launch(typed, Items{1}, b.out, std::size_t{1} << 32, 1), "cannot hold 4294967296");
  LET(bound, typed.on(c.stream()));
  refused(c, b, bound(Items{1}, b.out, 0u, std::int64_t{-1}), "cannot hold -1");
  refused(c, b, bound(Items{1}, b.out, 0u, UINT64_MAX), "cannot hold 18446744073709551615");
}
void values_that_fit_in_another_type(Context& c) {
  LET(bundle, c.bundle("launch"));
  LET(typed, (bundle.kernel<Out<std::uint32_t>, std::uint32_t, std::uint32_t>(c.device(), "set_one")));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 4, 0));
  MUST(c.stream().launch(typed, Items{1}, out, std::size_t{1}, std::uint64_t{UINT32_MAX}));
  MUST(c.stream().launch(typed, Items{1}, out, std::int8_t{2}, std::int64_t{6}));
  c.same(c.download(c.stream(), out), Numbers{0, UINT32_MAX, 6, 0});
}
// saxpy(x, y): y is written.
void overlapping_buffers(Context& c) {
  BENCH(b);
  LET(saxpy, c.kernel("launch", "saxpy"));
  LET(both, c.stream().allocate<float>(64));
  MUST(c.stream().fill(both.view(), 1.0f));
  const std::uint64_t n = 32;
  refused(c, b, c.stream().launch(saxpy, Items{n}, both, both, 1.0f, n), "argument 2 (y) overlaps argument 1 (x)");
  LET(low, both.view(0, 33));
  LET(high, both.view(32, 32));
  refused(c, b, c.stream().launch(saxpy, Items{n}, low, high, 1.0f, n), "overlaps");
  refused(c, b, c.stream().launch(saxpy, Items{n}, high, low, 1.0f, n), "overlaps");
  c.same(c.download(c.stream(), both), std::vector<float>(64, 1.0f));
}
void parts_of_one_buffer(Context& c) {
  LET(saxpy, c.kernel("launch", "saxpy"));
  LET(both, c.stream().allocate<float>(64));
  MUST(c.stream().fill(both.view(), 1.0f));
  LET(low, both.view(0, 32));
  LET(high, both.view(32, 32));
  LET(nothing, both.view(8, 0));
  MUST(c.stream().launch(saxpy, Items{32}, low, high, 2.0f, std::uint64_t{32}));
  MUST(c.stream().launch(saxpy, Items{0}, nothing, both, 2.0f, std::uint64_t{0}));
  std::vector<float> wanted(64, 1.0f);
  std::fill(wanted.begin() + 32, wanted.end(), 3.0f);
  c.same(c.download(c.stream(), both), wanted);
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"arguments.too_few_are_refused", kRun, too_few},
    {"arguments.too_many_are_refused", kRun, too_many},
    {"arguments.none_at_all_are_refused", kRun, none_at_all},
    {"arguments.a_value_of_another_type_is_refused", kRun, wrong_value_type},
    {"arguments.a_value_of_another_size_is_refused", kRun, wrong_value_size},
    {"arguments.a_buffer_of_another_element_is_refused", kRun, wrong_element_type},
    {"arguments.a_buffer_of_wider_elements_is_refused", kRun, wrong_element_size},
    {"arguments.a_buffer_of_vectors_for_scalars_is_refused", kRun, vector_for_scalar},
    {"arguments.a_value_for_a_buffer_is_refused", kRun, value_for_buffer},
    {"arguments.a_buffer_for_a_value_is_refused", kRun, buffer_for_value},
    {"arguments.a_released_buffer_is_refused", kRun, released},
    {"arguments.a_view_of_no_buffer_is_refused", kRun, no_buffer},
    {"arguments.a_forged_range_is_refused", kRun, forged_range},
    {"arguments.a_view_not_aligned_to_its_element_is_refused", kRun, unaligned_view},
    {"arguments.a_buffer_of_another_device_is_refused", kRun, buffer_of_another_device},
    {"arguments.null_arguments_are_refused", kRun, null_arguments},
    {"arguments.the_message_names_kernel_parameter_and_types", kRun, the_argument_is_named},
    {"arguments.a_written_buffer_that_overlaps_another_is_refused", kRun, overlapping_buffers},
    {"arguments.parts_of_one_buffer_that_do_not_overlap_are_taken", kRun, parts_of_one_buffer},
    {"grids.a_workgroup_larger_than_the_kernel_takes_is_refused", kRun, workgroup_too_large},
    {"grids.a_workgroup_longer_than_a_dimension_takes_is_refused", kRun, workgroup_dimension_too_large},
    {"grids.a_workgroup_with_a_zero_is_refused", kRun, workgroup_with_a_zero},
    {"grids.another_size_than_the_sources_is_refused", kRun, another_size_than_the_fixed},
    {"grids.extents_that_overflow_are_refused", kRun, overflowing_grids},
    {"typed.a_kernel_of_another_signature_is_refused", kRun, typed_kernel_of_another_signature},
    {"typed.a_typed_kernel_launches_and_binds", kRun, typed_kernel},
    {"typed.an_integer_that_does_not_fit_is_refused_by_name_and_value", kRun, values_that_do_not_fit},
    {"typed.an_integer_of_another_type_that_fits_is_taken", kRun, values_that_fit_in_another_type},
};

}  // namespace

CaseTable argument_cases() { return kCases; }

}  // namespace halyard::conformance
