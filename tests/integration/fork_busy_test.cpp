// fork() at any moment: with every kind of object made, on each device, with and without worker and cache, and while
// other threads are inside the library. The child gets an answer from every call and never hangs; the parent goes on.
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <vector>

#include "tests/integration/in_flight.hpp"

namespace {

using namespace halyard;
using halyard::test::Gate;

constexpr char kOne[] = "HY_KERNEL(k, HY_OUT(uint, x)) { x[hy_global_id(0)] = 1u; }\n";

// Starts a child that ends with what `body` answers, or with this process. Where none can be started, that is a failure
// and the answer is not above 0: as the number of a process it would mean every process there is.
pid_t start_child(const std::function<int()>& body) {
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    // The parent may have ended before it was asked for.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(125);
    _exit(body());
  }
  if (child < 0) ADD_FAILURE() << "no child could be started: " << std::strerror(errno);
  return child;
}

void end_child(pid_t child) {
  if (child <= 0) return;
  kill(child, SIGKILL);
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
}

// Runs `body` in a child and answers its exit code; a child that hangs is ended after a minute, which answers -1, and
// so does one that could not be started.
int in_child(const std::function<int()>& body) {
  const pid_t child = start_child(body);
  if (child <= 0) return -1;
  int status = 0;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  pid_t ended = 0;
  while ((ended = waitpid(child, &status, WNOHANG)) == 0) {
    if (std::chrono::steady_clock::now() > give_up) {
      end_child(child);
      return -1;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (ended != child) return -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

// The life of a runtime that a child makes for itself, on the device that needs no driver.
int own_life(const RuntimeOptions& options) {
  auto runtime = Runtime::create(options);
  if (!runtime) return 21;
  auto device = runtime->device("cpu");
  if (!device) return 22;
  auto stream = device->stream();
  if (!stream) return 23;
  auto buffer = stream->allocate<std::uint32_t>(100);
  if (!buffer || !stream->fill(*buffer, 5u)) return 24;
  if (!stream->host_function([] {})) return 25;
  auto bundle = Bundle::from_source(*runtime, kOne, "k.hk");
  if (!bundle) return 26;
  std::uint32_t got[100] = {};
  if (!stream->read_now(std::span(got), *buffer) || got[99] != 5) return 27;
  return 0;
}

// Every kind of object, through the C API.
struct Everything {
  explicit Everything(const Runtime& made, const Device& found) : runtime(made), device(found) {
    hy_error error{};
    const auto must = [&](hy_status status) { EXPECT_EQ(status, HY_OK) << error.message; };
    must(hy_stream_create(device.native_handle(), 0, &stream, &error));
    must(hy_buffer_create(stream, HY_MEMORY_DEVICE, 4096, &buffer, &error));
    must(hy_buffer_view(buffer, &view, &error));
    must(hy_stream_record(stream, 0, &point, &error));
    must(hy_bundle_from_source(runtime.native_handle(), kOne, sizeof kOne - 1, "k.hk", &bundle, &error));
    must(hy_kernel_create(device.native_handle(), bundle, "k", nullptr, 0, &kernel, &error));
    must(hy_kernel_bind(kernel, stream, &bound, &error));
    must(hy_topology_create(runtime.native_handle(), &topology, &error));
  }
  void release() {
    hy_topology_release(topology);
    hy_kernel_release(kernel);
    hy_bundle_release(bundle);
    hy_point_release(point);
    (void)hy_buffer_release(buffer, nullptr);
    hy_stream_release(stream);
  }

  Runtime runtime;
  Device device;
  hy_stream* stream = nullptr;
  hy_buffer* buffer = nullptr;
  hy_view view{};
  hy_point* point = nullptr;
  hy_bundle* bundle = nullptr;
  hy_kernel* kernel = nullptr;
  hy_bound_kernel* bound = nullptr;
  hy_topology* topology = nullptr;
};

struct Call {
  const char* name;
  std::function<hy_status(Everything&, hy_error*)> call;
};

// All that need more than to copy what is known of an object.
std::vector<Call> calls() {
  static std::uint32_t number;
  static std::uint64_t bytes, total;
  static hy_device* device;
  static hy_stream* stream;
  static hy_point* point;
  static hy_buffer* buffer;
  static hy_view view;
  static hy_bundle* bundle;
  static hy_kernel* kernel;
  static hy_bound_kernel* bound;
  static hy_topology* topology;
  static hy_native native{};
  static unsigned char host[4096];
  static void* pointer;
  using E = Everything&;
  return {
      {"device_count", [](E e, hy_error* x) { return hy_runtime_device_count(e.runtime.native_handle(), &number, x); }},
      {"device_at", [](E e, hy_error* x) { return hy_runtime_device_at(e.runtime.native_handle(), 0, &device, x); }},
      {"find_device",
       [](E e, hy_error* x) { return hy_runtime_find_device(e.runtime.native_handle(), "cpu", &device, x); }},
      {"backend_count",
       [](E e, hy_error* x) { return hy_runtime_backend_count(e.runtime.native_handle(), &number, x); }},
      {"alternative_count",
       [](E e, hy_error* x) { return hy_device_alternative_count(e.device.native_handle(), &number, x); }},
      {"device_memory", [](E e, hy_error* x) { return hy_device_memory(e.device.native_handle(), &bytes, &total, x); }},
      {"device_native", [](E e, hy_error* x) { return hy_device_get_native(e.device.native_handle(), &native, x); }},
      {"device_wrap",
       [](E e, hy_error* x) { return hy_device_wrap(e.runtime.native_handle(), "opencl", &native, &device, x); }},
      {"stream_create", [](E e, hy_error* x) { return hy_stream_create(e.device.native_handle(), 0, &stream, x); }},
      {"stream_wrap", [](E e, hy_error* x) { return hy_stream_wrap(e.device.native_handle(), &native, &stream, x); }},
      {"stream_native", [](E e, hy_error* x) { return hy_stream_get_native(e.stream, &native, x); }},
      {"flush", [](E e, hy_error* x) { return hy_stream_flush(e.stream, x); }},
      {"synchronize", [](E e, hy_error* x) { return hy_stream_synchronize(e.stream, 0, x); }},
      {"synchronize_forever", [](E e, hy_error* x) { return hy_stream_synchronize(e.stream, HY_FOREVER, x); }},
      {"record", [](E e, hy_error* x) { return hy_stream_record(e.stream, 0, &point, x); }},
      {"wait", [](E e, hy_error* x) { return hy_stream_wait(e.stream, e.point, x); }},
      {"host_function",
       [](E e, hy_error* x) {
         return hy_stream_host_function(
             e.stream, [](void*, hy_error*) -> hy_status { return HY_OK; }, nullptr, x);
       }},
      {"point_query", [](E e, hy_error* x) { return hy_point_query(e.point, x); }},
      {"point_wait", [](E e, hy_error* x) { return hy_point_wait(e.point, HY_FOREVER, x); }},
      {"point_elapsed", [](E e, hy_error* x) { return hy_point_elapsed(e.point, e.point, &bytes, x); }},
      {"buffer_create", [](E e, hy_error* x) { return hy_buffer_create(e.stream, HY_MEMORY_DEVICE, 64, &buffer, x); }},
      {"buffer_wrap", [](E e, hy_error* x) { return hy_buffer_wrap(e.stream, &native, 64, &buffer, x); }},
      {"buffer_view", [](E e, hy_error* x) { return hy_buffer_view(e.buffer, &view, x); }},
      {"buffer_native", [](E e, hy_error* x) { return hy_buffer_get_native(e.buffer, &native, x); }},
      {"host_pointer", [](E e, hy_error* x) { return hy_buffer_host_pointer(e.buffer, &pointer, x); }},
      {"buffer_device", [](E e, hy_error* x) { return hy_buffer_get_device(e.buffer, &device, x); }},
      {"write", [](E e, hy_error* x) { return hy_stream_write(e.stream, &e.view, host, 64, HY_COPY_BLOCKING, x); }},
      {"read", [](E e, hy_error* x) { return hy_stream_read(e.stream, host, &e.view, 64, HY_COPY_BLOCKING, x); }},
      {"copy", [](E e, hy_error* x) { return hy_stream_copy(e.stream, &e.view, &e.view, x); }},
      {"fill", [](E e, hy_error* x) { return hy_stream_fill(e.stream, &e.view, "abcd", 4, x); }},
      {"bundle_from_source",
       [](E e, hy_error* x) {
         return hy_bundle_from_source(e.runtime.native_handle(), kOne, sizeof kOne - 1, "k.hk", &bundle, x);
       }},
      {"bundle_from_file",
       [](E e, hy_error* x) { return hy_bundle_from_file(e.runtime.native_handle(), "/nowhere.hkb", &bundle, x); }},
      {"bundle_from_memory",
       [](E e, hy_error* x) {
         return hy_bundle_from_memory(e.runtime.native_handle(), host, sizeof host, &bundle, x);
       }},
      {"kernel_create",
       [](E e, hy_error* x) {
         return hy_kernel_create(e.device.native_handle(), e.bundle, "k", nullptr, 0, &kernel, x);
       }},
      {"kernel_bind", [](E e, hy_error* x) { return hy_kernel_bind(e.kernel, e.stream, &bound, x); }},
      {"launch",
       [](E e, hy_error* x) {
         hy_grid grid{};
         grid.groups[0] = grid.groups[1] = grid.groups[2] = 1;
         hy_arg argument{};
         argument.is_view = 1;
         argument.type = HY_U32;
         argument.u.view = e.view;
         return hy_launch(e.bound, &grid, &argument, 1, x);
       }},
      {"topology", [](E e, hy_error* x) { return hy_topology_create(e.runtime.native_handle(), &topology, x); }},
      {"buffer_release", [](E e, hy_error* x) { return hy_buffer_release(e.buffer, x); }},
  };
}

class Forked : public test::OnDevice {};

TEST_P(Forked, EveryCallAnswersForkedProcess) {
  Everything all(*runtime, *device);
  const std::vector<Call> list = calls();
  // The exit code is the number of the call, from 1 on.
  const int wrong = in_child([&] {
    for (std::size_t i = 0; i < list.size(); ++i) {
      hy_error error{};
      if (list[i].call(all, &error) != HY_FORKED_PROCESS || error.code != HY_FORKED_PROCESS || error.message[0] == 0) {
        return static_cast<int>(i + 1);
      }
    }
    return 0;
  });
  EXPECT_EQ(wrong, 0) << (wrong > 0 && wrong <= static_cast<int>(list.size())
                              ? list[static_cast<std::size_t>(wrong - 1)].name
                              : "crashed or hung");
  hy_error error{};
  EXPECT_EQ(hy_stream_synchronize(all.stream, HY_FOREVER, &error), HY_OK) << error.message;
  all.release();
}

TEST_P(Forked, WhatIsKnownOfAnObjectIsStillTold) {
  Everything all(*runtime, *device);
  const int wrong = in_child([&] {
    hy_device_info info{};
    info.size = sizeof info;
    if (hy_device_get_info(all.device.native_handle(), &info, nullptr) != HY_OK || info.id[0] == '\0') return 1;
    const hy_signature* signature = nullptr;
    if (hy_bundle_signature(all.bundle, 0, &signature, nullptr) != HY_OK) return 2;
    if (hy_kernel_get_signature(all.kernel, &signature, nullptr) != HY_OK || signature->param_count != 1) return 3;
    return hy_topology_node_count(all.topology) > 0 ? 0 : 4;
  });
  EXPECT_EQ(wrong, 0);
  all.release();
}

TEST_P(Forked, EverythingMayBeReleasedWithWorkInFlight) {
  Everything all(*runtime, *device);
  Gate gate;
  {
    Stream held = stream();
    ASSERT_TRUE(gate.hold(held));
    ASSERT_TRUE(gate.entered());
    const int wrong = in_child([&] {
      all.release();
      { Stream gone = std::move(held); }
      all.device = *device;
      device.reset();
      runtime.reset();
      return 0;
    });
    EXPECT_EQ(wrong, 0);
    gate.open();
    EXPECT_TRUE(held.synchronize());
  }
  hy_error error{};
  EXPECT_EQ(hy_stream_fill(all.stream, &all.view, "abcd", 4, &error), HY_OK) << error.message;
  EXPECT_EQ(hy_stream_synchronize(all.stream, HY_FOREVER, &error), HY_OK) << error.message;
  all.release();
}

INSTANTIATE_TEST_SUITE_P(Devices, Forked, testing::Values("cpu", "opencl"), test::name_of);

// ---- other threads are inside ----

#if HALYARD_TEST_SANITIZED
constexpr const char* kNoThreads = "the sanitizer's own locks do not survive a fork among threads";
#else
constexpr const char* kNoThreads = nullptr;
#endif

struct Way {
  const char* name;
  WorkerPolicy policy;
  const char* worker;
  bool has_cache;
};

class ForkAmongThreads : public testing::TestWithParam<Way> {
 protected:
  void SetUp() override {
    if (kNoThreads != nullptr) GTEST_SKIP() << kNoThreads;
    options.backends = "cpu";
    options.worker_policy = GetParam().policy;
    options.worker_path = GetParam().worker;
    options.cache_dir = "";
    if (GetParam().has_cache) {
      // A new one: what an earlier run left would spare the compilers that this is about.
      folder = testing::TempDir() + "halyard-fork-XXXXXX";
      ASSERT_NE(mkdtemp(folder.data()), nullptr) << std::strerror(errno);
      options.cache_dir = folder.c_str();
    }
  }
  void TearDown() override {
    std::error_code ignored;
    if (!folder.empty()) std::filesystem::remove_all(folder, ignored);
  }

  // A kernel that no one made before with this cache: it has to be compiled.
  static Result<Kernel> compile(const Runtime& runtime, const Device& device, int number) {
    const std::string text =
        "HY_KERNEL(k, HY_OUT(uint, x)) { x[hy_global_id(0)] = " + std::to_string(number) + "u; }\n";
    auto bundle = Bundle::from_source(runtime, text, "k.hk");
    if (!bundle) return bundle.error();
    auto kernel = bundle->kernel(device, "k");
    if (!kernel) return kernel;
    auto info = kernel->info();
    if (!info) return info.error();
    if (info->from_cache != 0) return Error(ErrorCode::internal, "nothing was compiled");
    return kernel;
  }

  std::string folder;
  RuntimeOptions options;
};

TEST_P(ForkAmongThreads, TheChildNeverHangs) {
  auto made = Runtime::create(options);
  ASSERT_TRUE(made) << made.error().c_str();
  Runtime runtime = *made;
  auto found = runtime.device("cpu");
  ASSERT_TRUE(found);
  Device device = *found;
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  const auto repeat = [&](auto body) {
    return std::thread([&stop, &failed, body] {
      for (int i = 0; !stop; ++i) failed += !body(i);
    });
  };
  std::vector<std::thread> threads;
  threads.push_back(repeat([&](int) {  // buffers: slots, retired memory
    auto stream = device.stream();
    auto buffer = stream->allocate<std::uint32_t>(1000);
    return buffer && stream->fill(*buffer, 1u) && buffer->release();
  }));
  threads.push_back(repeat([&](int) {  // streams given up in flight: the library's own thread
    auto stream = device.stream();
    return stream->host_function([] { std::this_thread::sleep_for(std::chrono::microseconds(50)); }).has_value();
  }));
  threads.push_back(repeat([&](int i) {  // compilers, modules, kernels
    auto kernel = compile(runtime, device, i);
    auto stream = device.stream();
    auto buffer = stream->allocate<std::uint32_t>(64);
    return kernel && buffer && stream->launch(*kernel, Groups{1}.in(64), *buffer) && stream->synchronize();
  }));
  threads.push_back(repeat([&](int) {  // runtimes that come and go
    auto other = Runtime::create(options);
    return other && other->device("cpu");
  }));
  auto stream = device.stream();
  ASSERT_TRUE(stream);
  for (int round = 0; round < 25; ++round) {
    const int code = in_child([&] {
      if (stream->synchronize() || device.stream() || runtime.device("cpu")) return 1;
      return own_life(options);
    });
    EXPECT_EQ(code, 0) << "round " << round;
    if (code != 0) break;  // the threads have to be joined
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0) << "the parent's threads notice nothing";
  EXPECT_TRUE(stream->synchronize());
}

// A child that lives on holds copies of this process's descriptors, among them those to a compiler that was just
// started.
TEST_P(ForkAmongThreads, AChildThatLivesOnHoldsNoCompilerBack) {
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime);
  auto device = runtime->device("cpu");
  ASSERT_TRUE(device);
  std::atomic<bool> over{false};
  std::string problem;
  std::thread compiling([&] {
    for (int i = 0; i < 4 && problem.empty(); ++i) {
      if (auto kernel = compile(*runtime, *device, i); !kernel) problem = kernel.error().c_str();
    }
    over = true;
  });
  std::vector<pid_t> children;
  while (!over && children.size() < 400) {
    const pid_t child = start_child([] {
      for (;;) pause();
      return 0;
    });
    if (child <= 0) break;
    children.push_back(child);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  compiling.join();
  EXPECT_FALSE(children.empty()) << "no child was there while kernels were compiled";
  for (pid_t child : children) end_child(child);
  EXPECT_EQ(problem, "");
}

INSTANTIATE_TEST_SUITE_P(Ways, ForkAmongThreads,
                         testing::Values(Way{"AsInstalled", WorkerPolicy::prefer, nullptr, true},
                                         Way{"WithoutWorker", WorkerPolicy::prefer, "/nowhere/halyard-worker", true},
                                         Way{"NoWorkerAndNoCache", WorkerPolicy::never, nullptr, false}),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
