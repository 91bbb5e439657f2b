// Points: what they cover, waiting with and without limits, lifetime, and device time between two timed ones.
#include <algorithm>
#include <thread>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using namespace std::chrono_literals;

void a_point_of_an_empty_stream_is_reached(Context& c) {
  LET(point, c.stream().record());
  MUST(point.wait());
  LET(reached, point.reached());
  c.needs_results();
  CHECK(reached);
}

void a_point_covers_what_was_submitted_before(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(100000));
  std::vector<std::uint32_t> got(100000, 9);
  MUST(c.stream().fill(buffer.view(), 1u));
  MUST(c.stream().read(std::span(got), buffer.view()));
  LET(point, c.stream().record());
  MUST(point.wait());
  c.same(got, std::vector<std::uint32_t>(100000, 1));
}

void a_point_does_not_cover_what_comes_after(Context& c) {
  LET(point, c.stream().record());
  Gate gate;
  MUST(gate.hold(c.stream()));
  MUST(point.wait(c.patience(5s)));
  gate.open();
  MUST(c.stream().synchronize());
}

void a_held_point_is_not_reached(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(point, c.stream().record());
  LET(before, point.reached());
  CHECK(!before);
  gate.open();
  MUST(point.wait());
  LET(after, point.reached());
  c.needs_results();
  CHECK(after);
}

void a_wait_gives_up_after_its_limit(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(point, c.stream().record());
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FAILS(point.wait(40ms), timeout);
  CHECK(std::chrono::steady_clock::now() - begin >= 35ms);
  gate.open();
  MUST(point.wait());
}

void a_wait_without_time_asks_only(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(point, c.stream().record());
  CHECK_FAILS(point.wait(0ns), timeout);
  gate.open();
  MUST(point.wait());
  MUST(point.wait(0ns));
}

void a_limited_wait_ends_as_soon_as_the_point_is_reached(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(point, c.stream().record());
  std::thread opener([&gate] {
    std::this_thread::sleep_for(20ms);
    gate.open();
  });
  const auto begin = std::chrono::steady_clock::now();
  const bool ok = c.ok(point.wait(c.patience(60s)), "wait");
  const auto took = std::chrono::steady_clock::now() - begin;
  opener.join();
  if (ok) CHECK(took < 30s);
}

void waiting_twice(Context& c) {
  LET(point, c.stream().record());
  MUST(point.wait());
  MUST(point.wait());
  MUST(point.wait(1ms));
}

void points_are_reached_in_order(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(10000));
  std::vector<Point> points;
  for (std::uint32_t i = 0; i < 100; ++i) {
    MUST(c.stream().fill(buffer.view(), i));
    LET(point, c.stream().record());
    points.push_back(point);
  }
  MUST(points.back().wait());
  c.needs_results();
  for (const Point& point : points) {
    LET(reached, point.reached());
    CHECK(reached);
  }
}

void copies_name_the_same_point(Context& c) {
  std::optional<Point> copy;
  {
    LET(point, c.stream().record());
    copy.emplace(point);
  }
  MUST(copy->wait());
}

void a_point_outlives_its_stream(Context& c) {
  std::optional<Point> kept;
  std::vector<std::uint32_t> got(1000, 9);
  {
    LET(stream, c.device().stream());
    LET(buffer, stream.allocate<std::uint32_t>(1000));
    MUST(stream.fill(buffer.view(), 2u));
    MUST(stream.read(std::span(got), buffer.view()));
    LET(point, stream.record());
    kept.emplace(point);
  }
  MUST(kept->wait());
  c.same(got, std::vector<std::uint32_t>(1000, 2));
  LET(reached, kept->reached());
  CHECK(reached);
}

void a_stream_waits_for_a_point_of_a_stream_that_is_gone(Context& c) {
  std::optional<Point> kept;
  {
    LET(stream, c.device().stream());
    LET(point, stream.record());
    kept.emplace(point);
  }
  MUST(c.stream().wait(*kept));
  MUST(c.stream().synchronize());
}

void many_threads_wait_for_one_point(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(point, c.stream().record());
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&c, &done, point_copy = point] {
      if (c.ok(point_copy.wait(), "wait")) ++done;
    });
  }
  std::this_thread::sleep_for(10ms);
  c.needs_results();
  CHECK_EQ(done.load(), 0);
  gate.open();
  for (std::thread& thread : threads) thread.join();
  CHECK_EQ(done.load(), 16);
}

void thousands_of_points(Context& c) {
  const int count = c.quick() ? 500 : 5000;
  std::vector<Point> points;
  for (int i = 0; i < count; ++i) {
    LET(point, c.stream().record());
    points.push_back(point);
  }
  MUST(points.back().wait());
  MUST(points.front().wait());
}

void points_given_up_unwaited(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(1000));
  for (std::uint32_t i = 0; i < 500; ++i) {
    MUST(c.stream().fill(buffer.view(), i));
    MUST(c.stream().record());
  }
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(1000, 499));
}

// ---- time ----

void device_time_is_not_negative(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(buffer, stream.allocate<std::uint32_t>(1 << 20));
  LET(begin, stream.record_timed());
  MUST(stream.fill(buffer.view(), 1u));
  LET(end, stream.record_timed());
  MUST(end.wait());
  LET(time, Point::elapsed(begin, end));
  CHECK(time.count() >= 0);
}

void device_time_is_at_most_the_hosts(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(buffer, stream.allocate<std::uint32_t>(1 << 20));
  MUST(stream.synchronize());
  const auto host_begin = std::chrono::steady_clock::now();
  LET(begin, stream.record_timed());
  for (std::uint32_t i = 0; i < 10; ++i) MUST(stream.fill(buffer.view(), i));
  LET(end, stream.record_timed());
  MUST(end.wait());
  const auto host_time = std::chrono::steady_clock::now() - host_begin;
  LET(time, Point::elapsed(begin, end));
  CHECK(time <= host_time + std::chrono::milliseconds(1));
}

void device_time_spans_a_pause(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(buffer, stream.allocate<std::uint32_t>(1000));
  MUST(stream.fill(buffer.view(), 1u));
  LET(begin, stream.record_timed());
  MUST(stream.host_function([] { std::this_thread::sleep_for(30ms); }));
  MUST(stream.fill(buffer.view(), 2u));
  LET(end, stream.record_timed());
  MUST(end.wait());
  LET(time, Point::elapsed(begin, end));
  CHECK(time >= 25ms);
}

void timed_points_are_monotonic(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(buffer, stream.allocate<std::uint32_t>(1000));
  std::vector<Point> points;
  for (std::uint32_t i = 0; i < 20; ++i) {
    MUST(stream.fill(buffer.view(), i));
    LET(point, stream.record_timed());
    points.push_back(point);
  }
  MUST(stream.synchronize());
  std::chrono::nanoseconds last{0};
  for (const Point& point : points) {
    LET(time, Point::elapsed(points.front(), point));
    CHECK(time >= last);
    last = time;
  }
}

void a_point_is_no_time_from_itself(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(point, stream.record_timed());
  MUST(point.wait());
  LET(time, Point::elapsed(point, point));
  CHECK_EQ(time.count(), 0);
}

void points_in_the_wrong_order_are_refused(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(begin, stream.record_timed());
  MUST(stream.host_function([] { std::this_thread::sleep_for(2ms); }));
  LET(end, stream.record_timed());
  MUST(end.wait());
  MUST(Point::elapsed(begin, end));
  CHECK_FAILS(Point::elapsed(end, begin), invalid_argument);
}

void untimed_points_have_no_time(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(a, stream.record());
  LET(b, stream.record_timed());
  MUST(stream.synchronize());
  CHECK_FAILS(Point::elapsed(a, b), invalid_argument);
  CHECK_FAILS(Point::elapsed(b, a), invalid_argument);
}

void timing_must_be_asked_for(Context& c) { CHECK_FAILS(c.stream().record_timed(), invalid_argument); }

void time_of_points_not_reached_is_refused(Context& c) {
  LET(stream, c.device().stream({.timing = true}));
  LET(begin, stream.record_timed());
  Gate gate;
  MUST(gate.hold(stream));
  LET(end, stream.record_timed());
  CHECK(!Point::elapsed(begin, end));
  gate.open();
  MUST(end.wait());
  MUST(Point::elapsed(begin, end));
}

void timed_points_outlive_their_stream(Context& c) {
  std::optional<Point> begin, end;
  {
    LET(stream, c.device().stream({.timing = true}));
    LET(buffer, stream.allocate<std::uint32_t>(1000));
    LET(a, stream.record_timed());
    MUST(stream.fill(buffer.view(), 1u));
    LET(b, stream.record_timed());
    begin.emplace(a);
    end.emplace(b);
  }
  MUST(end->wait());
  LET(time, Point::elapsed(*begin, *end));
  CHECK(time.count() >= 0);
}

constexpr hy_capabilities kHost = HY_CAP_HOST_FUNCTIONS;
constexpr hy_capabilities kTimed = HY_CAP_TIMED_POINTS;

constexpr Case kCases[] = {
    {"points.one_of_an_empty_stream_is_reached", 0, a_point_of_an_empty_stream_is_reached},
    {"points.one_covers_all_that_was_submitted_before", 0, a_point_covers_what_was_submitted_before},
    {"points.one_does_not_cover_what_comes_after", kHost, a_point_does_not_cover_what_comes_after},
    {"points.asking_does_not_block_and_tells_the_truth", kHost, a_held_point_is_not_reached},
    {"points.a_wait_gives_up_after_its_time_limit", kHost, a_wait_gives_up_after_its_limit},
    {"points.a_wait_of_no_time_only_asks", kHost, a_wait_without_time_asks_only},
    {"points.a_limited_wait_ends_when_the_point_is_reached", kHost,
     a_limited_wait_ends_as_soon_as_the_point_is_reached},
    {"points.waiting_twice_is_harmless", 0, waiting_twice},
    {"points.a_later_one_reached_means_the_earlier_are", 0, points_are_reached_in_order},
    {"points.a_copy_names_the_same_point", 0, copies_name_the_same_point},
    {"points.one_outlives_its_stream", 0, a_point_outlives_its_stream},
    {"points.a_stream_waits_for_one_whose_stream_is_gone", 0, a_stream_waits_for_a_point_of_a_stream_that_is_gone},
    {"points.sixteen_threads_wait_for_one", kHost, many_threads_wait_for_one_point},
    {"points.thousands_live_at_once", 0, thousands_of_points},
    {"points.they_may_be_given_up_unwaited", 0, points_given_up_unwaited},
    {"points.device_time_is_not_negative", kTimed, device_time_is_not_negative},
    {"points.device_time_is_at_most_the_hosts", kTimed, device_time_is_at_most_the_hosts},
    {"points.device_time_spans_a_pause_in_the_stream", kTimed | kHost, device_time_spans_a_pause},
    {"points.device_times_of_one_stream_never_go_back", kTimed, timed_points_are_monotonic},
    {"points.from_a_point_to_itself_is_no_time", kTimed, a_point_is_no_time_from_itself},
    {"points.points_in_the_wrong_order_are_refused", kTimed | kHost, points_in_the_wrong_order_are_refused},
    {"points.untimed_ones_have_no_time", kTimed, untimed_points_have_no_time},
    {"points.a_stream_made_without_timing_records_no_timed_point", kTimed, timing_must_be_asked_for},
    {"points.the_time_of_one_not_reached_is_refused", kTimed | kHost, time_of_points_not_reached_is_refused},
    {"points.timed_ones_outlive_their_stream", kTimed, timed_points_outlive_their_stream},
};

}  // namespace

CaseTable point_cases() { return kCases; }

}  // namespace halyard::conformance
