// Sub-groups: ids that fit together, and every operation against what the ids say, for any size, 1 included.
#include <algorithm>
#include <map>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

constexpr std::uint32_t kGroups = 5;
constexpr std::uint32_t kItems = kGroups * 64;

struct Place {
  std::uint32_t size, lane, id, count;
};

// Who stands where, from one launch; the workgroup is fixed, so that the next launch has the same.
bool find_places(Context& c, std::vector<Place>& places) {
  auto kernel = c.kernel("subgroups", "places");
  if (!c.ok(kernel, "kernel")) return false;
  auto out = c.poisoned<std::uint32_t>(c.stream(), kItems * 4);
  if (!c.ok(out, "buffer")) return false;
  if (!c.ok(c.stream().launch(*kernel, Groups{kGroups}, *out), "launch")) return false;
  const auto got = c.download(c.stream(), *out);
  if (got.empty()) return false;
  places.resize(kItems);
  for (std::size_t i = 0; i < kItems; ++i) places[i] = {got[i * 4], got[i * 4 + 1], got[i * 4 + 2], got[i * 4 + 3]};
  return true;
}

// Members of each sub-group in the order of their lanes.
std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> members(
    const std::vector<Place>& places) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> groups;
  for (std::uint32_t i = 0; i < kItems; ++i) groups[{i / 64, places[i].id}].push_back(i);
  for (auto& [key, list] : groups) {
    std::sort(list.begin(), list.end(),
              [&](std::uint32_t a, std::uint32_t b) { return places[a].lane < places[b].lane; });
  }
  return groups;
}

void ids_fit_together(Context& c) {
  std::vector<Place> places;
  if (!find_places(c, places)) return;
  std::map<std::uint32_t, std::uint32_t> per_workgroup;
  for (const auto& [key, list] : members(places)) {
    ++per_workgroup[key.first];
    for (std::uint32_t lane = 0; lane < list.size(); ++lane) {
      CHECK_EQ(places[list[lane]].lane, lane);
      CHECK_EQ(places[list[lane]].size, static_cast<std::uint32_t>(list.size()));
    }
  }
  for (const Place& place : places) CHECK(place.id < place.count);
  for (const auto& [workgroup, count] : per_workgroup) CHECK_EQ(count, places[workgroup * 64].count);
}

enum Column { kSum, kLow, kHigh, kInclusive, kExclusive, kFirst, kNeighbour, kVote };

void integer_operation(Context& c, Column column) {
  std::vector<Place> places;
  if (!find_places(c, places)) return;
  LET(kernel, c.kernel("subgroups", "reductions"));
  std::vector<std::int32_t> x(kItems);
  for (std::int32_t& v : x) v = static_cast<std::int32_t>(c.random().below(200)) - 100;
  x[70] = 77;
  LET(bx, c.holding(c.stream(), x));
  LET(out, c.poisoned<std::int32_t>(c.stream(), kItems * 8));
  MUST(c.stream().launch(kernel, Groups{kGroups}, bx, out));
  const auto got = c.download(c.stream(), out);
  if (got.empty()) return;
  for (const auto& [key, list] : members(places)) {
    std::int32_t sum = 0, low = INT32_MAX, high = INT32_MIN, running = 0;
    bool any = false;
    for (std::uint32_t i : list) {
      sum += x[i];
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
      any |= x[i] == 77;
    }
    for (std::uint32_t lane = 0; lane < list.size(); ++lane) {
      const std::uint32_t i = list[lane];
      const std::int32_t before = running;
      running += x[i];
      const std::uint32_t other = lane ^ 1u;
      std::int32_t wanted = 0;
      switch (column) {
        case kSum:
          wanted = sum;
          break;
        case kLow:
          wanted = low;
          break;
        case kHigh:
          wanted = high;
          break;
        case kInclusive:
          wanted = running;
          break;
        case kExclusive:
          wanted = before;
          break;
        case kFirst:
          wanted = x[list[0]];
          break;
        case kNeighbour:
          wanted = x[other < list.size() ? list[other] : i];
          break;
        case kVote:
          wanted = (any ? 1 : 0) + (any ? 0 : 2);
          break;
      }
      if (!CHECK_EQ(got[i * 8 + static_cast<std::uint32_t>(column)], wanted)) return;
    }
  }
}
void reduce_add(Context& c) { integer_operation(c, kSum); }
void reduce_min(Context& c) { integer_operation(c, kLow); }
void reduce_max(Context& c) { integer_operation(c, kHigh); }
void scan_inclusive(Context& c) { integer_operation(c, kInclusive); }
void scan_exclusive(Context& c) { integer_operation(c, kExclusive); }
void broadcast(Context& c) { integer_operation(c, kFirst); }
void shuffle(Context& c) { integer_operation(c, kNeighbour); }
void votes(Context& c) { integer_operation(c, kVote); }

void floats(Context& c) {
  std::vector<Place> places;
  if (!find_places(c, places)) return;
  LET(kernel, c.kernel("subgroups", "float_reductions"));
  std::vector<float> x(kItems);
  for (float& v : x) v = static_cast<float>(c.random().below(1000));
  LET(bx, c.holding(c.stream(), x));
  LET(out, c.poisoned<float>(c.stream(), kItems * 4));
  MUST(c.stream().launch(kernel, Groups{kGroups}, bx, out));
  const auto got = c.download(c.stream(), out);
  if (got.empty()) return;
  for (const auto& [key, list] : members(places)) {
    float sum = 0, low = INFINITY, high = -INFINITY;
    for (std::uint32_t i : list) {
      sum += x[i];
      low = std::min(low, x[i]);
      high = std::max(high, x[i]);
    }
    for (std::uint32_t lane = 0; lane < list.size(); ++lane) {
      const std::uint32_t i = list[lane];
      CHECK_EQ(got[i * 4 + 0], sum);
      CHECK_EQ(got[i * 4 + 1], low);
      CHECK_EQ(got[i * 4 + 2], high);
      CHECK_EQ(got[i * 4 + 3], x[(lane ^ 1u) < list.size() ? list[lane ^ 1u] : i]);
    }
  }
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"subgroups.sizes_lanes_and_ids_fit_together", kRun, ids_fit_together},
    {"subgroups.sum_over_the_group", kRun, reduce_add},
    {"subgroups.least_of_the_group", kRun, reduce_min},
    {"subgroups.greatest_of_the_group", kRun, reduce_max},
    {"subgroups.inclusive_scan_in_the_order_of_lanes", kRun, scan_inclusive},
    {"subgroups.exclusive_scan_in_the_order_of_lanes", kRun, scan_exclusive},
    {"subgroups.broadcast_from_the_first_lane", kRun, broadcast},
    {"subgroups.shuffle_with_the_neighbour", kRun, shuffle},
    {"subgroups.votes_of_any_and_all", kRun, votes},
    {"subgroups.reductions_of_floats", kRun, floats},
};

}  // namespace

CaseTable subgroup_cases() { return kCases; }

}  // namespace halyard::conformance
