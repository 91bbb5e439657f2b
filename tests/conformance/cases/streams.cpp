// Streams: order within one, independence of several, waits across, host functions, and errors that appear late.
#include <algorithm>
#include <thread>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using namespace std::chrono_literals;

void empty_stream_is_done(Context& c) {
  LET(stream, c.device().stream());
  MUST(stream.synchronize());
  MUST(stream.synchronize(0ns));
}

void synchronize_twice(Context& c) {
  LET(buffer, c.stream().allocate<float>(100));
  MUST(c.stream().fill(buffer.view(), 1.0f));
  MUST(c.stream().synchronize());
  MUST(c.stream().synchronize());
}

void flush_is_harmless(Context& c) {
  MUST(c.stream().flush());
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  MUST(c.stream().fill(buffer.view(), 3u));
  MUST(c.stream().flush());
  MUST(c.stream().flush());
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(100, 3));
}

void flushed_work_is_done_without_a_wait(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  MUST(c.stream().fill(buffer.view(), 3u));
  LET(point, c.stream().record());
  MUST(c.stream().flush());
  for (const auto limit = std::chrono::steady_clock::now() + c.patience(6s);
       std::chrono::steady_clock::now() < limit;) {
    LET(reached, point.reached());
    if (reached) return;
    std::this_thread::sleep_for(2ms);
  }
  c.needs_results();
  c.wrong("not done six seconds after the flush");
}

void work_is_done_in_order(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(1000));
  LET(copy, c.stream().allocate<std::uint32_t>(1000));
  for (std::uint32_t i = 1; i <= 100; ++i) {
    MUST(c.stream().fill(buffer.view(), i));
    LET(slot, copy.view(i, 1));
    LET(from, buffer.view(i, 1));
    MUST(c.stream().copy(slot, from));
  }
  const auto got = c.download(c.stream(), copy);
  for (std::uint32_t i = 1; i <= 100 && i < got.size(); ++i) CHECK_EQ(got[i], i);
}

void thousands_of_submissions(Context& c) {
  const std::uint32_t count = c.quick() ? 500 : 5000;
  LET(buffer, c.stream().allocate<std::uint32_t>(16));
  for (std::uint32_t i = 0; i < count; ++i) MUST(c.stream().fill(buffer.view(), i));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(16, count - 1));
}

void many_streams(Context& c) {
  std::vector<Stream> streams;
  std::vector<Buffer<std::uint32_t>> buffers;
  for (std::uint32_t i = 0; i < 32; ++i) {
    LET(stream, c.device().stream());
    LET(buffer, stream.allocate<std::uint32_t>(1000));
    MUST(stream.fill(buffer.view(), i));
    streams.push_back(std::move(stream));
    buffers.push_back(std::move(buffer));
  }
  for (std::uint32_t i = 0; i < 32; ++i) {
    c.same(c.download(streams[i], buffers[i]), std::vector<std::uint32_t>(1000, i));
  }
}

void streams_come_and_go(Context& c) {
  const int rounds = c.quick() ? 30 : 200;
  for (int i = 0; i < rounds && !c.failed(); ++i) {
    LET(stream, c.device().stream());
    LET(buffer, stream.allocate<std::uint32_t>(10));
    MUST(stream.fill(buffer.view(), 5u));
    if (i % 3 == 0) MUST(stream.synchronize());
  }
}

void moved_stream_works(Context& c) {
  LET(stream, c.device().stream());
  LET(buffer, stream.allocate<std::uint32_t>(10));
  Stream moved = std::move(stream);
  MUST(moved.fill(buffer.view(), 8u));
  c.same(c.download(moved, buffer), std::vector<std::uint32_t>(10, 8));
}

void a_stream_knows_its_device(Context& c) {
  LET(device, c.stream().device());
  CHECK_EQ(std::string(device.info().id), std::string(c.info().id));
}

void native_queue_out(Context& c) {
  auto native = c.stream().native();
  if (native) {
    CHECK(native->kind != HY_NATIVE_NONE);
  } else {
    CHECK_FAILS(native, unsupported);
  }
}

void cross_stream_wait(Context& c) {
  LET(other, c.device().stream());
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  MUST(c.stream().fill(buffer.view(), 1u));
  MUST(c.stream().synchronize());
  Gate gate;
  MUST(gate.hold(c.stream()));
  MUST(c.stream().fill(buffer.view(), 2u));
  LET(point, c.stream().record());
  MUST(other.wait(point));
  std::vector<std::uint32_t> got(100, 9);
  MUST(other.read(std::span(got), buffer.view()));
  // Held back: the other stream must not have passed its wait.
  CHECK_FAILS(other.synchronize(30ms), timeout);
  c.needs_results();
  CHECK_EQ(got[0], 9u);
  gate.open();
  MUST(other.synchronize());
  c.same(got, std::vector<std::uint32_t>(100, 2));
}

void an_independent_stream_is_not_held(Context& c) {
  LET(other, c.device().stream());
  Gate gate;
  MUST(gate.hold(c.stream()));
  MUST(c.stream().flush());
  LET(buffer, other.allocate<std::uint32_t>(100));
  MUST(other.fill(buffer.view(), 4u));
  c.same(c.download(other, buffer), std::vector<std::uint32_t>(100, 4));
  gate.open();
  MUST(c.stream().synchronize());
}

void waiting_on_its_own_point_does_not_block(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  MUST(c.stream().fill(buffer.view(), 4u));
  LET(point, c.stream().record());
  MUST(c.stream().wait(point));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(100, 4));
}

void a_point_long_reached_can_be_waited_for(Context& c) {
  LET(other, c.device().stream());
  LET(point, c.stream().record());
  MUST(point.wait());
  for (int i = 0; i < 100; ++i) MUST(other.wait(point));
  MUST(other.synchronize());
}

// A ring of streams, each waiting for the one before: a token is doubled at each step.
void chain_through_streams(Context& c) {
  std::vector<Stream> streams;
  for (int i = 0; i < 8; ++i) {
    LET(stream, c.device().stream());
    streams.push_back(std::move(stream));
  }
  LET(buffer, c.stream().allocate<std::uint32_t>(64));
  LET(start, buffer.view(0, 1));
  MUST(c.stream().fill(start, 77u));
  LET(first, c.stream().record());
  Point last = first;
  for (std::uint32_t i = 0; i < 63; ++i) {
    Stream& stream = streams[i % streams.size()];
    MUST(stream.wait(last));
    LET(from, buffer.view(i, 1));
    LET(to, buffer.view(i + 1, 1));
    MUST(stream.copy(to, from));
    LET(next, stream.record());
    last = next;
  }
  MUST(c.stream().wait(last));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(64, 77));
}

void fan_out_and_in(Context& c) {
  LET(source, c.stream().allocate<std::uint32_t>(16));
  MUST(c.stream().fill(source.view(), 6u));
  LET(ready, c.stream().record());
  LET(target, c.stream().allocate<std::uint32_t>(16 * 12));
  LET(allocated, c.stream().record());
  std::vector<Stream> streams;
  for (std::uint32_t i = 0; i < 12; ++i) {
    LET(stream, c.device().stream());
    MUST(stream.wait(ready));
    MUST(stream.wait(allocated));
    LET(part, target.view(i * 16, 16));
    MUST(stream.copy(part, source.view()));
    LET(done, stream.record());
    MUST(c.stream().wait(done));
    streams.push_back(std::move(stream));
  }
  c.same(c.download(c.stream(), target), std::vector<std::uint32_t>(16 * 12, 6));
}

void synchronize_gives_up_after_its_limit(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FAILS(c.stream().synchronize(40ms), timeout);
  CHECK(std::chrono::steady_clock::now() - begin >= 35ms);
  CHECK_FAILS(c.stream().synchronize(0ns), timeout);
  gate.open();
  MUST(c.stream().synchronize());
}

// ---- host functions ----

void host_functions_run_in_order(Context& c) {
  std::vector<int> order;
  struct Step {
    std::vector<int>* order;
    int number;
  };
  std::vector<Step> steps;
  for (int i = 0; i < 50; ++i) steps.push_back({&order, i});
  for (Step& step : steps) {
    MUST(c.stream().host_function(
        [](void* user, hy_error*) -> hy_status {
          auto* self = static_cast<Step*>(user);
          self->order->push_back(self->number);
          return HY_OK;
        },
        &step));
  }
  MUST(c.stream().synchronize());
  CHECK_EQ(order.size(), 50u);
  CHECK(std::is_sorted(order.begin(), order.end()));
}

void a_host_function_sees_what_was_before_it(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  std::vector<std::uint32_t> got(100, 9);
  std::uint32_t seen = 0;
  MUST(c.stream().fill(buffer.view(), 21u));
  MUST(c.stream().read(std::span(got), buffer.view()));
  auto look = [&got, &seen] { seen = got[99]; };
  MUST(c.stream().host_function(look));
  MUST(c.stream().synchronize());
  CHECK_EQ(seen, 21u);
}

void what_follows_a_host_function_sees_its_work(Context& c) {
  LET(buffer, c.stream().allocate<std::uint32_t>(100));
  std::vector<std::uint32_t> source(100, 1);
  auto change = [&source] {
    std::this_thread::sleep_for(20ms);
    std::fill(source.begin(), source.end(), 33u);
  };
  MUST(c.stream().host_function(change));
  MUST(c.stream().write(buffer.view(), std::span<const std::uint32_t>(source)));
  c.same(c.download(c.stream(), buffer), std::vector<std::uint32_t>(100, 33));
}

void a_host_function_that_gave_up_waiting_does_not_hang_the_stream(Context& c) {
  LET(stream, c.device().stream());
  MUST(stream.host_function([](void*, hy_error*) -> hy_status { return HY_TIMEOUT; }, nullptr));
  const auto done = stream.synchronize();
  CHECK(!done);
  if (!done) CHECK_EQ(static_cast<int>(done.error().code()), static_cast<int>(ErrorCode::internal));
}

void host_functions_do_not_run_in_the_submitting_call(Context& c) {
  // Were it so, this would wait for itself.
  Gate gate;
  MUST(gate.hold(c.stream()));
  MUST(gate.hold(c.stream()));
  gate.open();
  MUST(c.stream().synchronize());
  CHECK(gate.entered());
}

void two_host_functions_block_at_once(Context& c) {
  LET(one, c.device().stream());
  LET(two, c.device().stream());
  Gate first, second;
  MUST(first.hold(one));
  MUST(second.hold(two));
  MUST(one.flush());
  MUST(two.flush());
  for (int i = 0; i < 2000 && !(first.entered() && second.entered()); ++i) std::this_thread::sleep_for(2ms);
  CHECK(first.entered());
  CHECK(second.entered());
  first.open();
  second.open();
  MUST(one.synchronize());
  MUST(two.synchronize());
}

void a_captured_host_function_is_called_once(Context& c) {
  auto count = std::make_shared<std::atomic<int>>(0);
  auto payload = std::make_shared<std::vector<int>>(1000, 1);
  for (int i = 0; i < 20; ++i) {
    MUST(c.stream().host_function([count, payload] { *count += (*payload)[999]; }));
  }
  MUST(c.stream().synchronize());
  CHECK_EQ(count->load(), 20);
  CHECK_EQ(count.use_count(), 1l);
}

// ---- late errors ----

hy_status refuse(void*, hy_error* error) {
  std::snprintf(error->message, sizeof error->message, "the application's own reason");
  return HY_QUOTA_EXCEEDED;
}

bool is_refusal(Context& c, const Error& error) {
  return c.check_error(error, ErrorCode::quota_exceeded, "late error") &&
         c.check(error.message().find("the application's own reason") != std::string_view::npos,
                 "the message is the application's");
}

void a_failing_host_function_fails_synchronize(Context& c) {
  LET(stream, c.device().stream());
  MUST(stream.host_function(refuse, nullptr));
  auto result = stream.synchronize();
  CHECK(!result);
  if (!result) is_refusal(c, result.error());
}

void a_failed_stream_stays_failed(Context& c) {
  LET(stream, c.device().stream());
  LET(buffer, stream.allocate<float>(10));
  MUST(stream.host_function(refuse, nullptr));
  (void)stream.synchronize();
  for (int i = 0; i < 3; ++i) {
    auto again = stream.synchronize();
    CHECK(!again);
    if (!again) is_refusal(c, again.error());
    auto fill = stream.fill(buffer.view(), 1.0f);
    CHECK(!fill);
    if (!fill) is_refusal(c, fill.error());
  }
}

void every_kind_of_submission_returns_the_late_error(Context& c) {
  LET(stream, c.device().stream());
  LET(buffer, stream.allocate<std::uint8_t>(10));
  LET(other, stream.allocate<std::uint8_t>(10));
  std::vector<std::uint8_t> host(10);
  MUST(stream.host_function(refuse, nullptr));
  (void)stream.synchronize();
  CHECK_FAILS(stream.write(buffer.view(), std::span<const std::uint8_t>(host)), quota_exceeded);
  CHECK_FAILS(stream.read(std::span(host), buffer.view()), quota_exceeded);
  CHECK_FAILS(stream.read_now(std::span(host), buffer.view()), quota_exceeded);
  CHECK_FAILS(stream.copy(buffer.view(), other.view()), quota_exceeded);
  CHECK_FAILS(stream.fill(buffer.view(), std::uint8_t{1}), quota_exceeded);
  CHECK_FAILS(stream.host_function(refuse, nullptr), quota_exceeded);
}

void every_wait_on_its_points_returns_the_late_error(Context& c) {
  LET(stream, c.device().stream());
  MUST(stream.host_function(refuse, nullptr));
  LET(point, stream.record());
  Point copy = point;
  for (int i = 0; i < 2; ++i) {
    auto waited = point.wait();
    CHECK(!waited);
    if (!waited) is_refusal(c, waited.error());
    auto reached = copy.reached();
    CHECK(!reached);
    if (!reached) is_refusal(c, reached.error());
  }
}

void a_point_before_the_failure_was_reached(Context& c) {
  LET(stream, c.device().stream());
  LET(before, stream.record());
  MUST(before.wait());
  MUST(stream.host_function(refuse, nullptr));
  (void)stream.synchronize();
  // Either answer can be defended for a point seen before; what may not happen is a wait without end.
  auto waited = before.wait(c.patience(5s));
  if (!waited) CHECK(waited.error().code() != ErrorCode::timeout);
}

void other_streams_do_not_notice(Context& c) {
  LET(bad, c.device().stream());
  LET(good, c.device().stream());
  LET(buffer, good.allocate<std::uint32_t>(100));
  MUST(bad.host_function(refuse, nullptr));
  (void)bad.synchronize();
  MUST(good.fill(buffer.view(), 12u));
  c.same(c.download(good, buffer), std::vector<std::uint32_t>(100, 12));
  LET(fresh, c.device().stream());
  MUST(fresh.synchronize());
}

void a_stream_that_waits_for_a_failed_one_fails_too(Context& c) {
  LET(bad, c.device().stream());
  LET(follower, c.device().stream());
  MUST(bad.host_function(refuse, nullptr));
  LET(point, bad.record());
  auto waited = follower.wait(point);
  auto result = follower.synchronize();
  CHECK(!waited || !result);
  if (!result) is_refusal(c, result.error());
}

void the_buffers_of_a_failed_stream_survive(Context& c) {
  LET(bad, c.device().stream());
  const auto values = c.random().bytes(100);
  LET(buffer, c.holding(bad, values));
  MUST(bad.synchronize());
  MUST(bad.host_function(refuse, nullptr));
  (void)bad.synchronize();
  c.same(c.download(c.stream(), buffer), values);
}

void work_after_a_late_failure_is_not_done(Context& c) {
  LET(bad, c.device().stream());
  LET(buffer, c.poisoned<std::uint8_t>(bad, 64, 0x44));
  MUST(bad.host_function(refuse, nullptr));
  (void)bad.synchronize();
  (void)bad.fill(buffer.view(), std::uint8_t{0x55});
  (void)bad.synchronize();
  c.same(c.download(c.stream(), buffer), std::vector<std::uint8_t>(64, 0x44));
}

void an_exception_in_a_host_function_fails_the_stream(Context& c) {
#if HALYARD_EXCEPTIONS
  LET(stream, c.device().stream());
  MUST(stream.host_function([] { throw 1; }));
  CHECK(!stream.synchronize());
#else
  c.skip("built without exceptions");
#endif
}

constexpr hy_capabilities kHost = HY_CAP_HOST_FUNCTIONS;

constexpr Case kCases[] = {
    {"streams.an_empty_stream_is_done", 0, empty_stream_is_done},
    {"streams.synchronising_twice_is_harmless", 0, synchronize_twice},
    {"streams.flush_is_harmless", 0, flush_is_harmless},
    {"streams.flushed_work_is_done_without_a_wait", 0, flushed_work_is_done_without_a_wait},
    {"streams.work_is_done_in_order", 0, work_is_done_in_order},
    {"streams.thousands_of_submissions_need_no_wait_between", 0, thousands_of_submissions},
    {"streams.thirty_two_at_once_keep_their_own_data", 0, many_streams},
    {"streams.they_come_and_go_hundreds_of_times", 0, streams_come_and_go},
    {"streams.a_moved_stream_is_the_same_stream", 0, moved_stream_works},
    {"streams.a_stream_knows_its_device", 0, a_stream_knows_its_device},
    {"streams.the_native_queue_is_given_or_said_not_to_be_there", HY_CAP_NATIVE_OUT, native_queue_out},
    {"streams.one_waits_for_a_point_of_another", kHost, cross_stream_wait},
    {"streams.one_that_is_held_does_not_hold_another", kHost | HY_CAP_CONCURRENT_STREAMS,
     an_independent_stream_is_not_held},
    {"streams.waiting_for_its_own_point_does_not_block", 0, waiting_on_its_own_point_does_not_block},
    {"streams.a_point_long_reached_can_be_waited_for", 0, a_point_long_reached_can_be_waited_for},
    {"streams.a_chain_of_waits_through_eight_streams_keeps_order", 0, chain_through_streams},
    {"streams.work_fans_out_to_twelve_streams_and_comes_back", 0, fan_out_and_in},
    {"streams.synchronize_gives_up_after_its_time_limit", kHost, synchronize_gives_up_after_its_limit},
    {"hostfn.they_run_in_order", kHost, host_functions_run_in_order},
    {"hostfn.one_sees_what_was_submitted_before_it", kHost, a_host_function_sees_what_was_before_it},
    {"hostfn.what_follows_waits_for_its_return", kHost, what_follows_a_host_function_sees_its_work},
    {"hostfn.one_that_gave_up_waiting_does_not_hang_the_stream", kHost,
     a_host_function_that_gave_up_waiting_does_not_hang_the_stream},
    {"hostfn.they_do_not_run_inside_the_submitting_call", kHost, host_functions_do_not_run_in_the_submitting_call},
    {"hostfn.those_of_two_streams_block_independently", kHost | HY_CAP_CONCURRENT_STREAMS,
     two_host_functions_block_at_once},
    {"hostfn.a_callable_is_called_once_and_destroyed", kHost, a_captured_host_function_is_called_once},
    {"hostfn.an_exception_fails_the_stream", kHost, an_exception_in_a_host_function_fails_the_stream},
    {"late_errors.synchronize_returns_the_applications_error", kHost, a_failing_host_function_fails_synchronize},
    {"late_errors.a_failed_stream_stays_failed", kHost, a_failed_stream_stays_failed},
    {"late_errors.every_kind_of_submission_returns_it", kHost, every_kind_of_submission_returns_the_late_error},
    {"late_errors.every_wait_on_its_points_returns_it", kHost, every_wait_on_its_points_returns_the_late_error},
    {"late_errors.a_point_before_the_failure_never_hangs", kHost, a_point_before_the_failure_was_reached},
    {"late_errors.other_streams_do_not_notice", kHost, other_streams_do_not_notice},
    {"late_errors.a_stream_that_waits_for_a_failed_one_fails_too", kHost,
     a_stream_that_waits_for_a_failed_one_fails_too},
    {"late_errors.buffers_of_a_failed_stream_keep_their_bytes", kHost, the_buffers_of_a_failed_stream_survive},
    {"late_errors.what_follows_the_failure_is_not_done", kHost, work_after_a_late_failure_is_not_done},
};

}  // namespace

CaseTable stream_cases() { return kCases; }

}  // namespace halyard::conformance
