// Lifetime: what is given up while work is in flight, on which thread, and in which order.
#include <algorithm>
#include <thread>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using namespace std::chrono_literals;
using Numbers = std::vector<std::uint32_t>;

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

void a_buffer_released_with_work_in_flight(Context& c) {
  Numbers got(100000, 9);
  Gate gate;
  MUST(gate.hold(c.stream()));
  {
    LET(buffer, c.stream().allocate<std::uint32_t>(got.size()));
    MUST(c.stream().fill(buffer.view(), 5u));
    MUST(c.stream().read(std::span(got), buffer.view()));
  }
  // Memory of the same size right after: it must not be the one still in use.
  LET(next, c.stream().allocate<std::uint32_t>(got.size()));
  MUST(c.stream().fill(next.view(), 6u));
  gate.open();
  MUST(c.stream().synchronize());
  c.same(got, Numbers(got.size(), 5));
  c.same(c.download(c.stream(), next), Numbers(got.size(), 6));
}

void releasing_does_not_wait(Context& c) {
  Gate gate;
  MUST(gate.hold(c.stream()));
  LET(buffer, c.stream().allocate<std::uint32_t>(1000));
  MUST(c.stream().fill(buffer.view(), 5u));
  const auto begin = std::chrono::steady_clock::now();
  MUST(buffer.release());
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  gate.open();
  MUST(c.stream().synchronize());
}

void memory_is_not_reused_while_in_use(Context& c) {
  // Many rounds of allocate, fill, copy out, release: any early reuse shows as a wrong number.
  const int rounds = c.quick() ? 100 : 500;
  std::vector<Numbers> got(static_cast<std::size_t>(rounds), Numbers(5000, 9));
  for (int i = 0; i < rounds; ++i) {
    LET(buffer, c.stream().allocate<std::uint32_t>(5000));
    MUST(c.stream().fill(buffer.view(), static_cast<std::uint32_t>(i)));
    MUST(c.stream().read(std::span(got[static_cast<std::size_t>(i)]), buffer.view()));
  }
  MUST(c.stream().synchronize());
  for (int i = 0; i < rounds; ++i) {
    if (!c.same(got[static_cast<std::size_t>(i)], Numbers(5000, static_cast<std::uint32_t>(i)))) return;
  }
}

void a_buffer_released_on_another_thread(Context& c) {
  Numbers got(10000, 9);
  LET(buffer, c.stream().allocate<std::uint32_t>(got.size()));
  MUST(c.stream().fill(buffer.view(), 5u));
  MUST(c.stream().read(std::span(got), buffer.view()));
  std::thread([taken = std::move(buffer)]() mutable { (void)taken.release(); }).join();
  MUST(c.stream().synchronize());
  c.same(got, Numbers(got.size(), 5));
}

void a_buffer_used_on_another_stream_then_released(Context& c) {
  LET(other, c.device().stream());
  Numbers got(100000, 9);
  Gate gate;
  {
    LET(buffer, c.stream().allocate<std::uint32_t>(got.size()));
    MUST(c.stream().fill(buffer.view(), 5u));
    LET(filled, c.stream().record());
    MUST(gate.hold(other));
    MUST(other.wait(filled));
    MUST(other.read(std::span(got), buffer.view()));
  }
  MUST(c.stream().synchronize());
  // The home stream is done; the memory must not come back to it while the other stream still needs it.
  std::vector<Buffer<std::uint32_t>> others;
  for (int i = 0; i < 4; ++i) {
    LET(next, c.stream().allocate<std::uint32_t>(got.size()));
    MUST(c.stream().fill(next.view(), 77u));
    others.push_back(std::move(next));
  }
  MUST(c.stream().synchronize());
  gate.open();
  MUST(other.synchronize());
  c.same(got, Numbers(got.size(), 5));
}

void a_buffer_outlives_its_home_stream(Context& c) {
  std::optional<Buffer<std::uint32_t>> kept;
  {
    LET(home, c.device().stream());
    LET(buffer, home.allocate<std::uint32_t>(1000));
    MUST(home.fill(buffer.view(), 5u));
    MUST(home.synchronize());
    kept.emplace(std::move(buffer));
  }
  c.same(c.download(c.stream(), *kept), Numbers(1000, 5));
  MUST(c.stream().fill(kept->view(), 6u));
  c.same(c.download(c.stream(), *kept), Numbers(1000, 6));
}

void a_stream_released_with_work_in_flight(Context& c) {
  Numbers got(100000, 9);
  LET(buffer, c.stream().allocate<std::uint32_t>(got.size()));
  LET(allocated, c.stream().record());
  std::optional<Point> done;
  Gate gate;
  {
    LET(stream, c.device().stream());
    MUST(stream.wait(allocated));
    MUST(gate.hold(stream));
    MUST(stream.fill(buffer.view(), 5u));
    MUST(stream.read(std::span(got), buffer.view()));
    LET(point, stream.record());
    done.emplace(point);
  }
  gate.open();
  MUST(done->wait());
  c.same(got, Numbers(got.size(), 5));
}

void releasing_a_stream_does_not_wait(Context& c) {
  Gate gate;
  std::optional<Stream> stream;
  {
    LET(made, c.device().stream());
    stream.emplace(std::move(made));
  }
  MUST(gate.hold(*stream));
  LET(point, stream->record());
  const auto begin = std::chrono::steady_clock::now();
  stream.reset();
  CHECK(std::chrono::steady_clock::now() - begin < 5s);
  gate.open();
  MUST(point.wait());
}

void a_kernel_released_while_in_flight(Context& c) {
  LET(data, c.holding(c.stream(), Numbers(100000, 1)));
  {
    LET(kernel, c.kernel("launch", "increment"));
    MUST(c.stream().launch(kernel, Items{100000}, data, 100000u));
  }
  c.same(c.download(c.stream(), data), Numbers(100000, 4));
}

void a_bundle_released_while_in_flight(Context& c) {
  LET(data, c.holding(c.stream(), std::vector<std::int32_t>(1000, 1)));
  {
    LET(kernel, c.kernel_from("HY_KERNEL(plus_nine, HY_INOUT(int, x)) { x[hy_global_id(0)] += 9; }\n", "plus_nine"));
    MUST(c.stream().launch(kernel, Groups{10}.in(100), data));
  }
  c.same(c.download(c.stream(), data), std::vector<std::int32_t>(1000, 10));
}

void a_kernel_outlives_its_bundle(Context& c) {
  std::optional<Kernel> kernel;
  {
    LET(bundle,
        Bundle::from_source(c.runtime(), "HY_KERNEL(late, HY_OUT(int, x)) { x[hy_global_id(0)] = 4; }\n", "late.hk"));
    LET(made, bundle.kernel(c.device(), "late"));
    kernel.emplace(made);
  }
  LET(signature, kernel->signature());
  CHECK_EQ(std::string(signature.name), "late");
  CHECK_EQ(std::string(signature.params[0].name), "x");
  LET(data, c.poisoned<std::int32_t>(c.stream(), 64));
  MUST(c.stream().launch(*kernel, Groups{2}.in(32), data));
  c.same(c.download(c.stream(), data), std::vector<std::int32_t>(64, 4));
}

void a_bound_kernel_outlives_the_kernels_handle(Context& c) {
  std::optional<BoundKernel> bound;
  {
    LET(kernel, c.kernel("launch", "increment"));
    LET(made, kernel.on(c.stream()));
    bound.emplace(made);
  }
  LET(data, c.holding(c.stream(), Numbers(10, 1)));
  MUST((*bound)(Items{10}, data, 10u));
  c.same(c.download(c.stream(), data), Numbers(10, 4));
}

void objects_outlive_the_runtime(Context& c) {
  std::optional<Runtime> runtime;
  std::optional<Device> device;
  if (!own_runtime(c, runtime, device)) return;
  LET(stream, device->stream());
  LET(buffer, stream.allocate<std::uint32_t>(1000));
  runtime.reset();
  device.reset();
  MUST(stream.fill(buffer.view(), 5u));
  c.same(c.download(stream, buffer), Numbers(1000, 5));
  LET(again, stream.device());
  CHECK_EQ(std::string(again.info().backend), std::string(c.info().backend));
}

void a_kernel_outlives_the_runtime(Context& c) {
  std::optional<Runtime> runtime;
  std::optional<Device> device;
  if (!own_runtime(c, runtime, device)) return;
  std::optional<Kernel> kernel;
  {
    LET(bundle,
        Bundle::from_source(*runtime, "HY_KERNEL(alone, HY_OUT(int, x)) { x[hy_global_id(0)] = 3; }\n", "alone.hk"));
    LET(made, bundle.kernel(*device, "alone"));
    kernel.emplace(made);
  }
  LET(stream, device->stream());
  LET(buffer, stream.allocate<std::int32_t>(64));
  runtime.reset();
  device.reset();
  MUST(stream.launch(*kernel, Groups{2}.in(32), buffer));
  c.same(c.download(stream, buffer), std::vector<std::int32_t>(64, 3));
}

void a_point_alone_keeps_all_it_needs(Context& c) {
  std::optional<Point> point;
  {
    std::optional<Runtime> runtime;
    std::optional<Device> device;
    if (!own_runtime(c, runtime, device)) return;
    LET(stream, device->stream());
    LET(made, stream.record());
    point.emplace(made);
  }
  MUST(point->wait());
}

void runtimes_come_and_go(Context& c) {
  for (int i = 0; i < (c.quick() ? 3 : 10) && !c.failed(); ++i) {
    std::optional<Runtime> runtime;
    std::optional<Device> device;
    if (!own_runtime(c, runtime, device)) return;
    LET(stream, device->stream());
    LET(buffer, stream.allocate<std::uint32_t>(100));
    MUST(stream.fill(buffer.view(), 5u));
    if (i % 2 == 0) c.same(c.download(stream, buffer), Numbers(100, 5));
  }
}

void two_runtimes_side_by_side(Context& c) {
  std::optional<Runtime> runtime;
  std::optional<Device> device;
  if (!own_runtime(c, runtime, device)) return;
  LET(theirs, device->stream());
  LET(a, theirs.allocate<std::uint32_t>(100));
  LET(b, c.stream().allocate<std::uint32_t>(100));
  MUST(theirs.fill(a.view(), 1u));
  MUST(c.stream().fill(b.view(), 2u));
  c.same(c.download(theirs, a), Numbers(100, 1));
  c.same(c.download(c.stream(), b), Numbers(100, 2));
}

void everything_in_the_worst_order(Context& c) {
  // Runtime, device, stream, buffer, point: given up in the order in which they were made, with work in flight.
  std::optional<Runtime> runtime;
  std::optional<Device> device;
  if (!own_runtime(c, runtime, device)) return;
  std::optional<Stream> stream;
  std::optional<Buffer<std::uint32_t>> buffer;
  std::optional<Point> point;
  {
    LET(made, device->stream());
    stream.emplace(std::move(made));
    LET(memory, stream->allocate<std::uint32_t>(1 << 20));
    buffer.emplace(std::move(memory));
    for (std::uint32_t i = 0; i < 20; ++i) MUST(stream->fill(buffer->view(), i));
    LET(recorded, stream->record());
    point.emplace(recorded);
  }
  runtime.reset();
  device.reset();
  stream.reset();
  buffer.reset();
  MUST(point->wait());
  point.reset();
}

void views_do_not_keep_a_buffer(Context& c) {
  View<std::uint32_t> view;
  {
    LET(buffer, c.stream().allocate<std::uint32_t>(10));
    view = buffer.view();
  }
  CHECK_FAILS(c.stream().fill(view, 1u), invalid_argument);
}

constexpr hy_capabilities kHost = HY_CAP_HOST_FUNCTIONS;

constexpr Case kCases[] = {
    {"lifetime.a_buffer_may_be_released_with_work_in_flight", kHost, a_buffer_released_with_work_in_flight},
    {"lifetime.releasing_a_buffer_does_not_wait", kHost, releasing_does_not_wait},
    {"lifetime.memory_is_not_used_again_while_work_needs_it", 0, memory_is_not_reused_while_in_use},
    {"lifetime.a_buffer_may_be_released_on_another_thread", 0, a_buffer_released_on_another_thread},
    {"lifetime.memory_waits_for_every_stream_that_uses_it", kHost | HY_CAP_CONCURRENT_STREAMS,
     a_buffer_used_on_another_stream_then_released},
    {"lifetime.a_buffer_outlives_its_home_stream", 0, a_buffer_outlives_its_home_stream},
    {"lifetime.a_stream_may_be_released_with_work_in_flight", kHost, a_stream_released_with_work_in_flight},
    {"lifetime.releasing_a_stream_does_not_wait", kHost, releasing_a_stream_does_not_wait},
    {"lifetime.a_kernel_may_be_released_while_in_flight", kRun, a_kernel_released_while_in_flight},
    {"lifetime.a_bundle_may_be_released_while_in_flight", kRun, a_bundle_released_while_in_flight},
    {"lifetime.a_kernel_outlives_its_bundle", kRun, a_kernel_outlives_its_bundle},
    {"lifetime.a_bound_kernel_lives_as_long_as_its_stream", kRun, a_bound_kernel_outlives_the_kernels_handle},
    {"lifetime.streams_and_buffers_outlive_the_runtimes_handle", 0, objects_outlive_the_runtime},
    {"lifetime.a_kernel_outlives_the_runtimes_handle", kRun, a_kernel_outlives_the_runtime},
    {"lifetime.a_point_alone_keeps_what_it_needs", 0, a_point_alone_keeps_all_it_needs},
    {"lifetime.runtimes_come_and_go", 0, runtimes_come_and_go},
    {"lifetime.two_runtimes_live_side_by_side", 0, two_runtimes_side_by_side},
    {"lifetime.everything_may_be_given_up_in_the_worst_order", 0, everything_in_the_worst_order},
    {"lifetime.a_view_does_not_keep_its_buffer", 0, views_do_not_keep_a_buffer},
};

}  // namespace

CaseTable lifetime_cases() { return kCases; }

}  // namespace halyard::conformance
