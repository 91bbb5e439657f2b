// Launches of kernels without barriers: grids of every shape, what an item knows of its place, workgroups chosen and
// fixed, grids larger than a driver takes.
#include <algorithm>
#include <numeric>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

void saxpy_is_right(Context& c) {
  LET(kernel, c.kernel("launch", "saxpy"));
  const std::uint64_t n = 100003;
  const auto x = c.random().vector<float>(n);
  const auto y = c.random().vector<float>(n);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.holding(c.stream(), y));
  const float a = static_cast<float>(c.random().uniform(-3, 3));
  MUST(c.stream().launch(kernel, Items{n}, bx, by, a, n));
  const auto got = c.download(c.stream(), by);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double wanted = static_cast<double>(a) * x[i] + y[i];
    // One rounding of the product, one of the sum (or one of both): half a unit of the larger each.
    const double bound = 0x1p-24 * (std::fabs(static_cast<double>(a) * x[i]) + std::fabs(wanted)) * 1.01;
    if (std::fabs(got[i] - wanted) > bound) {
      c.wrong("y[" + std::to_string(i) + "] is " + std::to_string(got[i]) + ", wanted " + std::to_string(wanted));
      return;
    }
  }
}

// ---- every item once, none twice ----

void count_items(Context& c, const Grid& grid, std::uint64_t n) {
  LET(kernel, c.kernel("launch", "count1"));
  LET(counts, c.stream().allocate<std::uint32_t>(n + 8));
  MUST(c.stream().fill(counts.view(), 0u));
  MUST(c.stream().launch(kernel, grid, counts, n));
  Numbers wanted(n + 8, 1);
  std::fill_n(wanted.end() - 8, 8, 0u);
  c.same(c.download(c.stream(), counts), wanted);
}

void one_item(Context& c) { count_items(c, Items{1}, 1); }
void every_extent_up_to_70(Context& c) {
  for (std::uint64_t n = 1; n <= 70 && !c.failed(); ++n) count_items(c, Items{n}, n);
}
void odd_extents(Context& c) {
  for (std::uint64_t n : {127u, 129u, 255u, 257u, 1023u, 1025u, 65535u, 65537u, 1000003u}) {
    if (!c.failed()) count_items(c, Items{n}, n);
  }
}
void random_extents(Context& c) {
  for (int i = 0; i < 20 && !c.failed(); ++i) {
    const std::uint64_t n = 1 + c.random().below(300000);
    count_items(c, Items{n}, n);
  }
}
void chosen_workgroups(Context& c) {
  for (std::uint32_t size : {1u, 2u, 3u, 7u, 16u, 64u, 100u}) {
    if (size <= c.info().max_workgroup_items && !c.failed()) count_items(c, Items{10007}.in(size), 10007);
  }
}
void largest_workgroup(Context& c) {
  LET(kernel, c.kernel("launch", "count1"));
  LET(info, kernel.info());
  const std::uint32_t size = std::min(info.max_workgroup_items, c.info().max_workgroup[0]);
  CHECK(size >= 1);
  count_items(c, Items{std::uint64_t{size} * 5 + 3}.in(size), std::uint64_t{size} * 5 + 3);
}
void groups_of_a_size(Context& c) {
  for (std::uint32_t size : {1u, 5u, 32u}) {
    if (!c.failed()) count_items(c, Groups{77}.in(size), 77 * size);
  }
}
void more_items_than_groups_cover(Context& c) {
  // Three groups of 32 run 96 items, though 1000 would be in bounds.
  LET(kernel, c.kernel("launch", "count1"));
  LET(counts, c.stream().allocate<std::uint32_t>(1000));
  MUST(c.stream().fill(counts.view(), 0u));
  MUST(c.stream().launch(kernel, Groups{3}.in(32), counts, std::uint64_t{1000}));
  Numbers wanted(1000, 0);
  std::fill_n(wanted.begin(), 96, 1u);
  c.same(c.download(c.stream(), counts), wanted);
}

void two_dimensions(Context& c) {
  LET(kernel, c.kernel("launch", "count2"));
  struct Shape {
    std::uint64_t width, height;
  };
  for (const Shape& shape : {Shape{1, 1}, {1, 300}, {300, 1}, {17, 31}, {640, 479}, {3, 10007}}) {
    LET(counts, c.stream().allocate<std::uint32_t>(shape.width * shape.height));
    MUST(c.stream().fill(counts.view(), 0u));
    MUST(c.stream().launch(kernel, Items{shape.width, shape.height}, counts, shape.width, shape.height));
    c.same(c.download(c.stream(), counts), Numbers(shape.width * shape.height, 1));
  }
}
void two_dimensions_in_chosen_workgroups(Context& c) {
  LET(kernel, c.kernel("launch", "count2"));
  struct Size {
    std::uint32_t x, y;
  };
  for (const Size& size : {Size{1, 1}, {8, 8}, {16, 3}, {1, 32}, {5, 7}}) {
    LET(counts, c.stream().allocate<std::uint32_t>(101 * 67));
    MUST(c.stream().fill(counts.view(), 0u));
    MUST(c.stream().launch(kernel, Items{101, 67}.in(size.x, size.y), counts, std::uint64_t{101}, std::uint64_t{67}));
    c.same(c.download(c.stream(), counts), Numbers(101 * 67, 1));
  }
}
void three_dimensions(Context& c) {
  LET(kernel, c.kernel("launch", "count3"));
  struct Shape {
    std::uint64_t x, y, z;
  };
  for (const Shape& shape : {Shape{1, 1, 1}, {1, 1, 200}, {7, 11, 13}, {64, 3, 17}, {33, 65, 9}}) {
    const std::uint64_t n = shape.x * shape.y * shape.z;
    LET(counts, c.stream().allocate<std::uint32_t>(n));
    MUST(c.stream().fill(counts.view(), 0u));
    MUST(c.stream().launch(kernel, Items{shape.x, shape.y, shape.z}, counts, shape.x, shape.y, shape.z));
    c.same(c.download(c.stream(), counts), Numbers(n, 1));
  }
}
void three_dimensions_in_chosen_workgroups(Context& c) {
  LET(kernel, c.kernel("launch", "count3"));
  LET(counts, c.stream().allocate<std::uint32_t>(19 * 23 * 5));
  MUST(c.stream().fill(counts.view(), 0u));
  MUST(c.stream().launch(kernel, Items{19, 23, 5}.in(4, 4, 2), counts, std::uint64_t{19}, std::uint64_t{23},
                         std::uint64_t{5}));
  c.same(c.download(c.stream(), counts), Numbers(19 * 23 * 5, 1));
}

// ---- what an item knows ----

void places(Context& c) {
  LET(kernel, c.kernel("launch", "places"));
  struct Shape {
    std::uint64_t groups[3];
    std::uint32_t size[3];
  };
  for (const Shape& s :
       {Shape{{5, 1, 1}, {8, 1, 1}}, {{3, 4, 1}, {4, 2, 1}}, {{2, 3, 4}, {2, 3, 2}}, {{1, 1, 7}, {1, 1, 4}}}) {
    const std::uint64_t sx = s.groups[0] * s.size[0], sy = s.groups[1] * s.size[1], sz = s.groups[2] * s.size[2];
    LET(out, c.poisoned<std::uint64_t>(c.stream(), sx * sy * sz * 12));
    MUST(c.stream().launch(kernel, Groups{s.groups[0], s.groups[1], s.groups[2]}.in(s.size[0], s.size[1], s.size[2]),
                           out));
    std::vector<std::uint64_t> wanted;
    for (std::uint64_t z = 0; z < sz; ++z) {
      for (std::uint64_t y = 0; y < sy; ++y) {
        for (std::uint64_t x = 0; x < sx; ++x) {
          wanted.insert(wanted.end(), {x, y, z, x / s.size[0], y / s.size[1], z / s.size[2], x % s.size[0],
                                       y % s.size[1], z % s.size[2], sx, sy, sz});
        }
      }
    }
    c.same(c.download(c.stream(), out), wanted);
  }
}

void sizes(Context& c) {
  LET(kernel, c.kernel("launch", "sizes"));
  LET(out, c.poisoned<std::uint64_t>(c.stream(), 9));
  MUST(c.stream().launch(kernel, Groups{6, 5, 4}.in(3, 2, 1), out));
  c.same(c.download(c.stream(), out), std::vector<std::uint64_t>{6, 5, 4, 3, 2, 1, 18, 10, 4});
}

void sizes_through_a_view_with_an_offset(Context& c) {
  LET(kernel, c.kernel("launch", "sizes"));
  LET(out, c.poisoned<std::uint64_t>(c.stream(), 24));
  LET(view, out.view(7, 9));
  MUST(c.stream().launch(kernel, Groups{6, 5, 4}.in(3, 2, 1), view));
  const auto got = c.download(c.stream(), out);
  CHECK_EQ(got.size(), 24u);
  c.same(std::vector<std::uint64_t>(got.begin() + 7, got.begin() + 16),
         std::vector<std::uint64_t>{6, 5, 4, 3, 2, 1, 18, 10, 4});
}

// One binding remembers its last grid and arguments: neither another grid, nor a launch that was refused, nor one of
// nothing, nor another offset may leave anything behind.
void grids_and_offsets_in_turns_on_one_binding(Context& c) {
  LET(kernel, c.kernel("launch", "sizes"));
  LET(bound, kernel.on(c.stream()));
  enum class Outcome { launched, refused, nothing_to_do };
  struct Turn {
    Grid grid;
    std::uint64_t offset;
    Outcome outcome;
    std::vector<std::uint64_t> wanted;  // of what is launched
  };
  using enum Outcome;
  const Turn turns[] = {
      {Groups{6, 5, 4}.in(3, 2, 1), 0, launched, {6, 5, 4, 3, 2, 1, 18, 10, 4}},
      {Groups{6, 5, 4}.in(3, 2, 1), 3, launched, {6, 5, 4, 3, 2, 1, 18, 10, 4}},
      {Groups{6, 5, 4}.in(3, 2, 1), 0, launched, {6, 5, 4, 3, 2, 1, 18, 10, 4}},
      {Groups{2, 1, 1}.in(2, 2, 2), 0, launched, {2, 1, 1, 2, 2, 2, 4, 2, 2}},
      {Groups{UINT64_MAX}.in(2), 0, refused, {}},
      {Groups{2, 1, 1}.in(2, 2, 2), 0, launched, {2, 1, 1, 2, 2, 2, 4, 2, 2}},
      {Groups{0}.in(2), 0, nothing_to_do, {}},
      {Groups{2, 1, 1}.in(2, 2, 2), 5, launched, {2, 1, 1, 2, 2, 2, 4, 2, 2}},
      {Items{17, 9, 2}.in(8, 4, 2), 5, launched, {3, 3, 1, 8, 4, 2, 24, 12, 2}},
      {Items{17, 9, 2}.in(8, 4, 1), 0, launched, {3, 3, 2, 8, 4, 1, 24, 12, 2}},
  };
  for (const Turn& turn : turns) {
    LET(out, c.poisoned<std::uint64_t>(c.stream(), 16));
    const auto before = c.download(c.stream(), out);
    LET(view, out.view(turn.offset, 9));
    if (turn.outcome == refused) {
      CHECK_FAILS(bound(turn.grid, view), invalid_argument);
    } else {
      MUST(bound(turn.grid, view));
    }
    auto wanted = before;
    std::copy(turn.wanted.begin(), turn.wanted.end(), wanted.begin() + static_cast<std::ptrdiff_t>(turn.offset));
    c.same(c.download(c.stream(), out), wanted);
  }
}

void items_are_rounded_up_to_groups(Context& c) {
  LET(kernel, c.kernel("launch", "sizes"));
  LET(out, c.poisoned<std::uint64_t>(c.stream(), 9));
  MUST(c.stream().launch(kernel, Items{17, 9, 2}.in(8, 4, 2), out));
  c.same(c.download(c.stream(), out), std::vector<std::uint64_t>{3, 3, 1, 8, 4, 2, 24, 12, 2});
}

// ---- fixed workgroups ----

void fixed_workgroup(Context& c) {
  LET(kernel, c.kernel("launch", "fixed64"));
  LET(info, kernel.info());
  CHECK_EQ(info.workgroup[0], 64u);
  CHECK_EQ(info.workgroup[1], 1u);
  CHECK_EQ(info.workgroup[2], 1u);
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 1000));
  MUST(c.stream().launch(kernel, Items{1000}, out, std::uint64_t{1000}));
  Numbers wanted(1000);
  for (std::uint32_t i = 0; i < 1000; ++i) wanted[i] = 64000 + i % 64;
  c.same(c.download(c.stream(), out), wanted);
}
void fixed_workgroup_named(Context& c) {
  LET(kernel, c.kernel("launch", "fixed64"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 64));
  MUST(c.stream().launch(kernel, Groups{1}.in(64), out, std::uint64_t{64}));
  const auto got = c.download(c.stream(), out);
  if (!got.empty()) CHECK_EQ(got[63], 64063u);
}
void fixed_workgroup_2d(Context& c) {
  LET(kernel, c.kernel("launch", "fixed8x4"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 100 * 50));
  MUST(c.stream().launch(kernel, Items{100, 50}, out, std::uint64_t{100}, std::uint64_t{50}));
  Numbers wanted(100 * 50);
  for (std::uint32_t y = 0; y < 50; ++y) {
    for (std::uint32_t x = 0; x < 100; ++x) wanted[y * 100 + x] = (y % 4) * 8 + x % 8;
  }
  c.same(c.download(c.stream(), out), wanted);
}

// ---- nothing, and more than fits ----

void an_empty_grid_launches_nothing(Context& c) {
  LET(kernel, c.kernel("launch", "set_one"));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 4, 0x11));
  MUST(c.stream().launch(kernel, Items{0}, out, 0u, 7u));
  MUST(c.stream().launch(kernel, Groups{0}, out, 0u, 7u));
  MUST(c.stream().launch(kernel, Items{5, 0}, out, 0u, 7u));
  MUST(c.stream().launch(kernel, Groups{5, 3, 0}, out, 0u, 7u));
  c.same(c.download(c.stream(), out), Numbers(4, 0x11111111u));
}

// Marks every 2^shift-th item of a one-dimensional grid of `n` items.
void mark_items(Context& c, std::uint64_t n, std::uint64_t shift, std::uint32_t workgroup) {
  LET(kernel, c.kernel("launch", "marks"));
  const std::uint64_t count = ((n - 1) >> shift) + 1;
  LET(out, c.poisoned<std::uint64_t>(c.stream(), count));
  const std::uint32_t size = std::min(workgroup, c.info().max_workgroup_items);
  MUST(c.stream().launch(kernel, Items{n}.in(size), out, shift, n));
  std::vector<std::uint64_t> wanted(count);
  for (std::uint64_t i = 0; i < count; ++i) wanted[i] = (i << shift) + 1;
  c.same(c.download(c.stream(), out), wanted);
}

void more_than_2_to_the_31_items(Context& c) {
  if (c.quick()) {
    c.skip("quick: 2^31 items take seconds");
    return;
  }
  mark_items(c, (std::uint64_t{1} << 31) + 100003, 16, 1024);
}
void more_than_2_to_the_32_items(Context& c) {
  if (!c.full()) {
    c.skip("only in full runs: 2^32 items take seconds");
    return;
  }
  mark_items(c, (std::uint64_t{1} << 32) + 100003, 16, 1024);
}
void millions_of_groups(Context& c) { mark_items(c, c.quick() ? 300007 : 3000017, 6, 1); }

void more_groups_than_the_driver_takes(Context& c) {
  // In whichever dimension the driver's limit is small enough to go beyond it in reasonable time.
  constexpr std::uint64_t kAffordable = 1u << 24;
  const auto& limits = c.info().max_grid;
  LET(kernel, c.kernel("launch", "group_marks"));
  bool tried = false;
  for (int dimension = 0; dimension < 2; ++dimension) {
    if (limits[dimension] >= kAffordable) continue;
    tried = true;
    const std::uint64_t many = limits[dimension] * 2 + 3;
    const std::uint64_t width = dimension == 0 ? many : 3;
    const std::uint64_t height = dimension == 0 ? 2 : many;
    const std::uint64_t mask = 15;
    const std::uint64_t count = (width * height - 1) / (mask + 1) + 1;
    LET(out, c.poisoned<std::uint64_t>(c.stream(), count));
    MUST(c.stream().launch(kernel, Groups{width, height}.in(1), out, mask, width));
    std::vector<std::uint64_t> wanted(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t g = i * (mask + 1);
      wanted[i] = g % width + g / width * 1000003 + 1;
    }
    c.same(c.download(c.stream(), out), wanted);
  }
  if (!tried) c.skip("the driver takes grids larger than this suite has time for");
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"launches.saxpy_on_random_input_is_within_its_rounding", kRun, saxpy_is_right},
    {"launches.a_grid_of_one_item_runs_it_once", kRun, one_item},
    {"launches.every_extent_from_1_to_70_runs_each_item_once", kRun, every_extent_up_to_70},
    {"launches.extents_around_powers_of_two_run_each_item_once", kRun, odd_extents},
    {"launches.random_extents_run_each_item_once", kRun, random_extents},
    {"launches.chosen_workgroups_run_each_item_once", kRun, chosen_workgroups},
    {"launches.the_largest_workgroup_is_taken", kRun, largest_workgroup},
    {"launches.groups_of_a_size_run_exactly_their_items", kRun, groups_of_a_size},
    {"launches.no_item_beyond_the_named_groups_runs", kRun, more_items_than_groups_cover},
    {"launches.two_dimensions_run_each_item_once", kRun, two_dimensions},
    {"launches.two_dimensions_in_chosen_workgroups", kRun, two_dimensions_in_chosen_workgroups},
    {"launches.three_dimensions_run_each_item_once", kRun, three_dimensions},
    {"launches.three_dimensions_in_chosen_workgroups", kRun, three_dimensions_in_chosen_workgroups},
    {"launches.an_item_knows_its_place_in_group_and_grid", kRun, places},
    {"launches.the_sizes_of_grid_and_groups_are_known", kRun, sizes},
    {"launches.the_sizes_are_known_through_a_view_with_an_offset", kRun, sizes_through_a_view_with_an_offset},
    {"launches.grids_and_offsets_take_turns_on_one_binding", kRun, grids_and_offsets_in_turns_on_one_binding},
    {"launches.items_are_rounded_up_to_whole_groups", kRun, items_are_rounded_up_to_groups},
    {"launches.a_fixed_workgroup_is_used_and_reported", kRun, fixed_workgroup},
    {"launches.a_fixed_workgroup_may_be_named", kRun, fixed_workgroup_named},
    {"launches.a_fixed_workgroup_of_two_dimensions", kRun, fixed_workgroup_2d},
    {"launches.an_empty_grid_launches_nothing", kRun, an_empty_grid_launches_nothing},
    {"launches.more_than_2_to_the_31_items", kRun, more_than_2_to_the_31_items},
    {"launches.more_than_2_to_the_32_items", kRun, more_than_2_to_the_32_items},
    {"launches.millions_of_groups_of_one_item", kRun, millions_of_groups},
    {"launches.more_groups_than_the_driver_takes_at_once", kRun, more_groups_than_the_driver_takes},
};

}  // namespace

CaseTable launch_cases() { return kCases; }

}  // namespace halyard::conformance
