// What items of a workgroup do together: local memory, phases, plain barriers; and tuning values as macros.
#include <algorithm>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

Numbers group_sums(const Numbers& x, std::size_t group) {
  Numbers sums((x.size() + group - 1) / group);
  for (std::size_t i = 0; i < x.size(); ++i) sums[i / group] += x[i];
  return sums;
}

void reduction(Context& c, const char* file, const char* name, std::uint64_t group) {
  LET(kernel, c.kernel(file, name));
  for (std::uint64_t n : {1u, 63u, 129u, 4096u, 70001u}) {
    const auto x = c.random().vector<std::uint32_t>(n);
    const Numbers wanted = group_sums(x, group);
    LET(bx, c.holding(c.stream(), x));
    LET(sums, c.poisoned<std::uint32_t>(c.stream(), wanted.size()));
    MUST(c.stream().launch(kernel, Items{n}, bx, sums, n));
    c.same(c.download(c.stream(), sums), wanted);
  }
}
void phases_reduce(Context& c) { reduction(c, "phases", "reduce", 128); }
void barriers_reduce(Context& c) { reduction(c, "barriers", "reduce_tree", 64); }

void phases_transpose(Context& c) {
  LET(kernel, c.kernel("phases", "transpose"));
  struct Shape {
    std::uint32_t rows, columns;
  };
  for (const Shape& s : {Shape{16, 16}, {1, 1}, {17, 33}, {100, 7}, {257, 511}}) {
    const auto x = c.random().vector<float>(std::size_t{s.rows} * s.columns);
    LET(bx, c.holding(c.stream(), x));
    LET(by, c.poisoned<float>(c.stream(), x.size()));
    MUST(c.stream().launch(kernel, Groups{(s.columns + 15) / 16, (s.rows + 15) / 16}, bx, by, s.rows, s.columns));
    std::vector<float> wanted(x.size());
    for (std::size_t r = 0; r < s.rows; ++r) {
      for (std::size_t k = 0; k < s.columns; ++k) wanted[k * s.rows + r] = x[r * s.columns + k];
    }
    c.same(c.download(c.stream(), by), wanted);
  }
}

void private_values_survive_phases(Context& c) {
  LET(kernel, c.kernel("phases", "keep"));
  const auto x = c.random().vector<std::uint32_t>(64 * 9);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<std::uint32_t>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Groups{9}, bx, by));
  Numbers wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = x[i] * 11 + x[i / 64 * 64 + 63 - i % 64];
  c.same(c.download(c.stream(), by), wanted);
}

void loops_around_phases(Context& c) {
  LET(kernel, c.kernel("phases", "scan"));
  const auto x = c.random().vector<std::uint32_t>(64 * 21);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<std::uint32_t>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Groups{21}, bx, by));
  Numbers wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = x[i] + (i % 64 == 0 ? 0 : wanted[i - 1]);
  c.same(c.download(c.stream(), by), wanted);
}

void continue_ends_an_items_part(Context& c) {
  LET(kernel, c.kernel("phases", "leave_early"));
  const auto x = c.random().vector<std::uint32_t>(32 * 11);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<std::uint32_t>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Groups{11}, bx, by));
  Numbers wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::uint32_t other = x[i / 32 * 32 + 31 - i % 32];
    wanted[i] = (other & 1) != 0 ? 1000 : other;
  }
  c.same(c.download(c.stream(), by), wanted);
}

void uniform_condition(Context& c, std::uint32_t twist) {
  LET(kernel, c.kernel("phases", "uniform_condition"));
  const auto x = c.random().vector<std::uint32_t>(32 * 5);
  LET(data, c.holding(c.stream(), x));
  MUST(c.stream().launch(kernel, Groups{5}, data, 7u, twist));
  Numbers wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = twist != 0 ? x[i / 32 * 32 + (i + 7) % 32] : x[i] + 7;
  c.same(c.download(c.stream(), data), wanted);
}
void phases_under_a_condition(Context& c) {
  uniform_condition(c, 1);
  uniform_condition(c, 0);
}

void phases_in_three_dimensions(Context& c) {
  LET(kernel, c.kernel("phases", "three_dimensions"));
  const std::uint32_t width = 12, height = 8, depth = 6;
  LET(out, c.poisoned<std::uint32_t>(c.stream(), width * height * depth));
  MUST(c.stream().launch(kernel, Groups{width / 4, height / 4, depth / 2}, out, width, height));
  Numbers wanted(width * height * depth);
  for (std::uint32_t z = 0; z < depth; ++z) {
    for (std::uint32_t y = 0; y < height; ++y) {
      for (std::uint32_t x = 0; x < width; ++x) {
        wanted[(z * height + y) * width + x] = (3 - x % 4) + 10 * (3 - y % 4) + 100 * (1 - z % 2);
      }
    }
  }
  c.same(c.download(c.stream(), out), wanted);
}

void a_1d_phase_over_a_2d_workgroup(Context& c) {
  LET(kernel, c.kernel("phases", "linear_over_2d"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 32 * 6));
  MUST(c.stream().launch(kernel, Groups{3, 2}, out));
  Numbers wanted(32 * 6);
  for (std::uint32_t i = 0; i < wanted.size(); ++i) wanted[i] = (31 - i % 32) * 100 + i % 32;
  c.same(c.download(c.stream(), out), wanted);
}

void local_arrays_of_several_types(Context& c) {
  LET(kernel, c.kernel("phases", "several_locals"));
  LET(out, c.poisoned<std::uint64_t>(c.stream(), 16 * 4));
  MUST(c.stream().launch(kernel, Groups{4}, out));
  std::vector<std::uint64_t> wanted(16 * 4);
  for (std::uint64_t n = 0; n < wanted.size(); ++n) {
    const std::uint64_t i = n % 16;
    wanted[n] = ((15 - i) << 40) + 200 + i % 5 + 60000 + i % 3 + ((i + 1) & 15) + 4;
  }
  c.same(c.download(c.stream(), out), wanted);
}

void much_local_memory(Context& c) {
  LET(kernel, c.kernel("phases", "much_local"));
  LET(info, kernel.info());
  CHECK(info.local_bytes >= 8192);
  CHECK(info.local_bytes <= c.info().local_memory_bytes);
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 64 * 7));
  MUST(c.stream().launch(kernel, Groups{7}, out));
  Numbers wanted(64 * 7);
  for (std::uint32_t i = 0; i < wanted.size(); ++i) wanted[i] = (i % 64) * 32 * 32 + 31 * 32 / 2;
  c.same(c.download(c.stream(), out), wanted);
}

void many_groups_in_phases(Context& c) {
  LET(kernel, c.kernel("phases", "reduce"));
  const std::uint64_t n = c.quick() ? 100000 : 3000001;
  const auto x = c.random().vector<std::uint32_t>(n);
  const Numbers wanted = group_sums(x, 128);
  LET(bx, c.holding(c.stream(), x));
  LET(sums, c.poisoned<std::uint32_t>(c.stream(), wanted.size()));
  MUST(c.stream().launch(kernel, Items{n}, bx, sums, n));
  c.same(c.download(c.stream(), sums), wanted);
}

// ---- plain barriers ----

void barrier_and_local_memory(Context& c) {
  LET(kernel, c.kernel("barriers", "reverse_groups"));
  for (std::uint32_t size : {1u, 2u, 31u, 64u, 256u}) {
    if (size > c.info().max_workgroup_items) continue;
    const auto x = c.random().vector<std::uint32_t>(size * 13);
    LET(bx, c.holding(c.stream(), x));
    LET(by, c.poisoned<std::uint32_t>(c.stream(), x.size()));
    MUST(c.stream().launch(kernel, Groups{13}.in(size), bx, by));
    Numbers wanted(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = x[i / size * size + size - 1 - i % size];
    c.same(c.download(c.stream(), by), wanted);
  }
}

void barriers_order_global_memory(Context& c) {
  LET(kernel, c.kernel("barriers", "global_neighbours"));
  auto x = c.random().vector<std::uint32_t>(32 * 6);
  LET(data, c.holding(c.stream(), x));
  MUST(c.stream().launch(kernel, Groups{6}, data));
  for (int step = 0; step < 5; ++step) {
    Numbers next = x;
    for (std::size_t i = 0; i < x.size(); ++i) next[i] += x[i / 32 * 32 + (i + 1) % 32];
    x = next;
  }
  c.same(c.download(c.stream(), data), x);
}

void barriers_in_two_dimensions(Context& c) {
  LET(kernel, c.kernel("barriers", "two_dimensions"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 40 * 12));
  MUST(c.stream().launch(kernel, Groups{4, 3}.in(8, 5), out));
  Numbers wanted(40 * 12);
  for (std::uint32_t i = 0; i < wanted.size(); ++i) wanted[i] = 39 - i % 40 + 1;
  c.same(c.download(c.stream(), out), wanted);
}

void variables_survive_barriers(Context& c) {
  LET(kernel, c.kernel("barriers", "variables_survive"));
  std::vector<float> x(32 * 4);
  for (float& v : x) v = static_cast<float>(c.random().below(1000));
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<float>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Groups{4}, bx, by));
  std::vector<float> wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = x[i] * 10 + x[i / 32 * 32 + 31 - i % 32] * 4;
  c.same(c.download(c.stream(), by), wanted);
}

// ---- tuning values ----

void a_constant_is_a_macro(Context& c) {
  for (const char* factor : {"3", "7"}) {
    LET(kernel, c.kernel("constants", "scale", {{"FACTOR", factor}}));
    LET(data, c.holding(c.stream(), Numbers(100, 5)));
    MUST(c.stream().launch(kernel, Items{100}, data, 100u));
    c.same(c.download(c.stream(), data), Numbers(100, 5 * static_cast<std::uint32_t>(std::atoi(factor))));
  }
}

void without_a_constant_the_default_holds(Context& c) {
  LET(kernel, c.kernel("constants", "scale"));
  LET(data, c.holding(c.stream(), Numbers(100, 5)));
  MUST(c.stream().launch(kernel, Items{100}, data, 100u));
  c.same(c.download(c.stream(), data), Numbers(100, 5));
}

void kernels_of_two_constants_live_side_by_side(Context& c) {
  LET(three, c.kernel("constants", "scale", {{"FACTOR", "3"}}));
  LET(seven, c.kernel("constants", "scale", {{"FACTOR", "7"}}));
  LET(data, c.holding(c.stream(), Numbers(100, 1)));
  MUST(c.stream().launch(three, Items{100}, data, 100u));
  MUST(c.stream().launch(seven, Items{100}, data, 100u));
  MUST(c.stream().launch(three, Items{100}, data, 100u));
  c.same(c.download(c.stream(), data), Numbers(100, 63));
}

void a_constant_sizes_the_workgroup(Context& c) {
  for (std::uint32_t tile : {16u, 32u, 64u}) {
    LET(kernel, c.kernel("constants", "reverse_tiles", {{"TILE", std::to_string(tile)}}));
    LET(info, kernel.info());
    CHECK_EQ(info.workgroup[0], tile);
    const auto x = c.random().vector<std::uint32_t>(tile * 5);
    LET(bx, c.holding(c.stream(), x));
    LET(by, c.poisoned<std::uint32_t>(c.stream(), x.size()));
    MUST(c.stream().launch(kernel, Groups{5}, bx, by));
    Numbers wanted(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = x[i / tile * tile + tile - 1 - i % tile];
    c.same(c.download(c.stream(), by), wanted);
  }
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;
constexpr hy_capabilities kBarriers = kRun | HY_CAP_BARRIERS;

constexpr Case kCases[] = {
    {"phases.a_tree_reduction_of_each_group", kRun, phases_reduce},
    {"phases.a_tiled_transpose_through_local_memory", kRun, phases_transpose},
    {"phases.private_values_and_arrays_live_on", kRun, private_values_survive_phases},
    {"phases.a_loop_around_phases_scans_each_group", kRun, loops_around_phases},
    {"phases.continue_ends_an_items_part_and_no_more", kRun, continue_ends_an_items_part},
    {"phases.they_may_stand_under_a_uniform_condition", kRun, phases_under_a_condition},
    {"phases.three_dimensions", kRun, phases_in_three_dimensions},
    {"phases.a_one_dimensional_one_counts_a_two_dimensional_group", kRun, a_1d_phase_over_a_2d_workgroup},
    {"phases.local_arrays_of_several_types_lie_apart", kRun, local_arrays_of_several_types},
    {"phases.kilobytes_of_local_memory_are_used_and_reported", kRun, much_local_memory},
    {"phases.tens_of_thousands_of_groups", kRun, many_groups_in_phases},
    {"barriers.local_memory_is_seen_after_a_barrier", kBarriers, barrier_and_local_memory},
    {"barriers.a_tree_reduction_of_each_group", kBarriers, barriers_reduce},
    {"barriers.global_memory_is_seen_within_the_group", kBarriers, barriers_order_global_memory},
    {"barriers.workgroups_of_two_dimensions", kBarriers, barriers_in_two_dimensions},
    {"barriers.an_items_variables_survive", kBarriers, variables_survive_barriers},
    {"constants.one_is_a_macro_of_the_source", kRun, a_constant_is_a_macro},
    {"constants.without_one_the_sources_default_holds", kRun, without_a_constant_the_default_holds},
    {"constants.kernels_with_different_ones_live_side_by_side", kRun, kernels_of_two_constants_live_side_by_side},
    {"constants.one_sizes_the_workgroup_and_local_memory", kRun, a_constant_sizes_the_workgroup},
};

}  // namespace

CaseTable workgroup_cases() { return kCases; }

}  // namespace halyard::conformance
