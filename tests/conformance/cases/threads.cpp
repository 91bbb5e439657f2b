// Many threads at once: each with its own stream, and together on what may be shared.
#include <algorithm>
#include <thread>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

using Numbers = std::vector<std::uint32_t>;

constexpr std::uint32_t kThreads = 64;

// Runs `work(index)` on `count` threads that begin together.
template <class Work>
void together(std::uint32_t count, Work work) {
  std::atomic<std::uint32_t> ready{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      ready.fetch_add(1);
      while (ready.load() < count) std::this_thread::yield();
      work(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void streams_and_copies(Context& c) {
  together(kThreads, [&c](std::uint32_t i) {
    LET(stream, c.device().stream());
    for (std::uint32_t round = 0; round < 5; ++round) {
      LET(buffer, stream.allocate<std::uint32_t>(500 + i));
      MUST(stream.fill(buffer.view(), i * 10 + round));
      c.same(c.download(stream, buffer), Numbers(500 + i, i * 10 + round));
    }
  });
}

void streams_and_launches(Context& c) {
  LET(kernel, c.kernel("launch", "increment"));
  together(kThreads, [&c, &kernel](std::uint32_t i) {
    LET(stream, c.device().stream());
    LET(data, c.holding(stream, Numbers(1000, i)));
    for (int round = 0; round < 10; ++round) MUST(stream.launch(kernel, Items{1000}, data, 1000u));
    std::uint32_t wanted = i;
    for (int round = 0; round < 10; ++round) wanted = wanted * 3 + 1;
    c.same(c.download(stream, data), Numbers(1000, wanted));
  });
}

void kernels_made_at_once(Context& c) {
  LET(bundle, Bundle::from_source(
                  c.runtime(), "HY_KERNEL(shared_one, HY_OUT(uint, x), HY_VAL(uint, v)) { x[hy_global_id(0)] = v; }\n",
                  "shared.hk"));
  together(kThreads, [&c, &bundle](std::uint32_t i) {
    LET(kernel, bundle.kernel(c.device(), "shared_one"));
    LET(stream, c.device().stream());
    LET(data, c.poisoned<std::uint32_t>(stream, 64));
    MUST(stream.launch(kernel, Groups{2}.in(32), data, i));
    c.same(c.download(stream, data), Numbers(64, i));
  });
}

void different_kernels_compiled_at_once(Context& c) {
  together(4, [&c](std::uint32_t i) {
    const std::string text =
        "HY_KERNEL(own, HY_OUT(uint, x)) { x[hy_global_id(0)] = " + std::to_string(i + 1000) + "; }\n";
    LET(bundle, Bundle::from_source(c.runtime(), text, "own.hk"));
    LET(kernel, bundle.kernel(c.device(), "own"));
    LET(stream, c.device().stream());
    LET(data, c.poisoned<std::uint32_t>(stream, 32));
    MUST(stream.launch(kernel, Groups{1}.in(32), data));
    c.same(c.download(stream, data), Numbers(32, i + 1000));
  });
}

void discovery_at_once(Context& c) {
  auto made = Runtime::create(c.runtime_options());
  if (!c.ok(made, "Runtime::create")) return;
  Runtime& runtime = *made;
  std::atomic<std::size_t> devices{SIZE_MAX};
  together(16, [&](std::uint32_t) {
    LET(list, runtime.devices());
    std::size_t none = SIZE_MAX;
    if (!devices.compare_exchange_strong(none, list.size())) CHECK_EQ(none, list.size());
    LET(found, runtime.device(c.info().backend));
    CHECK_EQ(std::string(found.info().backend), std::string(c.info().backend));
  });
}

void runtimes_made_at_once(Context& c) {
  together(8, [&](std::uint32_t i) {
    auto made = Runtime::create(c.runtime_options());
    if (!c.ok(made, "Runtime::create")) return;
    const std::string selector = std::string(c.info().backend) + ":" + std::to_string(c.info().index);
    LET(device, made->device(selector.c_str()));
    LET(stream, device.stream());
    LET(buffer, stream.allocate<std::uint32_t>(100));
    MUST(stream.fill(buffer.view(), i));
    c.same(c.download(stream, buffer), Numbers(100, i));
  });
}

void one_buffer_read_by_all(Context& c) {
  const auto values = c.random().vector<std::uint32_t>(10000);
  LET(buffer, c.holding(c.stream(), values));
  const Buffer<std::uint32_t>& shared = buffer;
  together(kThreads, [&](std::uint32_t) {
    LET(stream, c.device().stream());
    Numbers got(values.size());
    MUST(stream.read_now(std::span(got), shared));
    c.same(got, values);
  });
}

void parts_of_one_buffer_written_by_all(Context& c) {
  LET(buffer, c.poisoned<std::uint32_t>(c.stream(), kThreads * 100));
  std::vector<View<std::uint32_t>> parts;
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    LET(part, buffer.view(i * 100, 100));
    parts.push_back(part);
  }
  together(kThreads, [&](std::uint32_t i) {
    LET(stream, c.device().stream());
    MUST(stream.fill(parts[i], i));
    MUST(stream.synchronize());
  });
  Numbers wanted;
  for (std::uint32_t i = 0; i < kThreads; ++i) wanted.insert(wanted.end(), 100, i);
  c.same(c.download(c.stream(), buffer), wanted);
}

void buffers_handed_from_thread_to_thread(Context& c) {
  // A buffer made here is used and released there.
  std::vector<Buffer<std::uint32_t>> buffers;
  for (std::uint32_t i = 0; i < 32; ++i) {
    LET(buffer, c.stream().allocate<std::uint32_t>(1000));
    MUST(c.stream().fill(buffer.view(), i));
    buffers.push_back(std::move(buffer));
  }
  MUST(c.stream().synchronize());
  together(32, [&](std::uint32_t i) {
    LET(stream, c.device().stream());
    Buffer<std::uint32_t> mine = std::move(buffers[i]);
    c.same(c.download(stream, mine), Numbers(1000, i));
    MUST(stream.fill(mine.view(), 1u));
  });
  LET(buffer, c.stream().allocate<std::uint32_t>(1000));
  MUST(c.stream().fill(buffer.view(), 3u));
  c.same(c.download(c.stream(), buffer), Numbers(1000, 3));
}

void a_stream_handed_from_thread_to_thread(Context& c) {
  LET(stream, c.device().stream());
  LET(buffer, stream.allocate<std::uint32_t>(100));
  for (std::uint32_t i = 0; i < 10; ++i) {
    std::thread([&] { c.ok(stream.fill(buffer.view(), i), "fill"); }).join();
  }
  c.same(c.download(stream, buffer), Numbers(100, 9));
}

void points_released_on_other_threads(Context& c) {
  std::vector<Point> points;
  for (int i = 0; i < 200; ++i) {
    LET(point, c.stream().record());
    points.push_back(point);
  }
  together(8, [&](std::uint32_t i) {
    for (std::size_t k = i; k < points.size(); k += 8) {
      const Point mine = points[k];
      MUST(mine.wait());
    }
  });
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"threads.sixty_four_with_a_stream_each_fill_and_read", 0, streams_and_copies},
    {"threads.sixty_four_launch_one_kernel_each_on_its_stream", kRun, streams_and_launches},
    {"threads.sixty_four_make_the_same_kernel_at_once", kRun, kernels_made_at_once},
    {"threads.different_kernels_are_compiled_at_once", kRun, different_kernels_compiled_at_once},
    {"threads.sixteen_discover_the_devices_of_one_runtime", 0, discovery_at_once},
    {"threads.eight_make_a_runtime_each", 0, runtimes_made_at_once},
    {"threads.sixty_four_read_one_buffer", 0, one_buffer_read_by_all},
    {"threads.sixty_four_write_parts_of_one_buffer", 0, parts_of_one_buffer_written_by_all},
    {"threads.a_buffer_is_used_and_released_where_it_was_not_made", 0, buffers_handed_from_thread_to_thread},
    {"threads.a_stream_goes_from_thread_to_thread", 0, a_stream_handed_from_thread_to_thread},
    {"threads.points_are_waited_for_and_released_anywhere", 0, points_released_on_other_threads},
};

}  // namespace

CaseTable thread_cases() { return kCases; }

}  // namespace halyard::conformance
