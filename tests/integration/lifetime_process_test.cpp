// What a runtime leaves alone and leaves behind in its process: outputs, signals, affinity, locale, threads,
// descriptors.
#include <dirent.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <clocale>
#include <cstring>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "halyard/halyard.hpp"
#include "tests/integration/process_tools.hpp"

namespace {

using namespace halyard;
using halyard::test::Caught;
using halyard::test::Variable;

std::size_t entries(const char* folder) {
  DIR* open = opendir(folder);
  if (open == nullptr) return 0;
  std::size_t count = 0;
  while (readdir(open) != nullptr) ++count;
  closedir(open);
  return count;
}

RuntimeOptions cpu_only() {
  RuntimeOptions options;
  options.backends = "cpu";
  return options;
}

// A whole life: runtime, device, stream, copies, a kernel (also one that does not compile), errors.
void live(const RuntimeOptions& options) {
  auto runtime = Runtime::create(options);
  ASSERT_TRUE(runtime) << runtime.error().c_str();
  (void)runtime->device("nowhere:3");
  auto device = runtime->device("cpu");
  ASSERT_TRUE(device) << device.error().c_str();
  auto stream = device->stream();
  ASSERT_TRUE(stream);
  auto buffer = stream->allocate<std::uint32_t>(10000);
  ASSERT_TRUE(buffer);
  ASSERT_TRUE(stream->fill(buffer->view(), 5u));
  auto bad = Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(uint, x))\n{\n  x[0] = not_there;\n}\n", "bad.hk");
  ASSERT_TRUE(bad);
  EXPECT_FALSE(bad->kernel(*device, "k"));
  auto good = Bundle::from_source(*runtime, "HY_KERNEL(k, HY_OUT(uint, x)) { x[hy_global_id(0)] = 3; }\n", "good.hk");
  ASSERT_TRUE(good);
  auto kernel = good->kernel(*device, "k");
  ASSERT_TRUE(kernel) << kernel.error().c_str();
  ASSERT_TRUE(stream->launch(*kernel, Groups{10}.in(100), *buffer));
  std::vector<std::uint32_t> got(10000);
  ASSERT_TRUE(stream->read_now(std::span(got), buffer->view()));
  EXPECT_EQ(got[0], 3u);
  EXPECT_EQ(got[9999], 5u);
}

TEST(Process, NothingIsPrintedUnasked) {
  const Variable quiet("HALYARD_LOG", nullptr);
  Caught caught;
  live(cpu_only());
  EXPECT_EQ(caught.take(), "");
}

TEST(Process, TheLogVariableWritesToStandardError) {
  const Variable log("HALYARD_LOG", "trace");
  Caught caught;
  live(cpu_only());
  EXPECT_NE(caught.take(), "");
}

TEST(Process, ALogCallbackGetsWhatTheCompilerSaid) {
  struct Sink {
    std::mutex mutex;
    std::string text;
    void operator()(LogLevel, const char* line) {
      std::lock_guard lock(mutex);
      text += line;
      text += "\n";
    }
  } sink;
  const Variable log("HALYARD_LOG", "trace");
  Caught caught;
  RuntimeOptions options = cpu_only();
  options.log_to(sink, LogLevel::error);
  live(options);
  EXPECT_EQ(caught.take(), "") << "a callback takes the place of standard error";
  EXPECT_NE(sink.text.find("not_there"), std::string::npos) << sink.text;
}

TEST(Process, TheCallersThreadIsAsItWas) {
  sigset_t mask_before, mask_after;
  sigemptyset(&mask_before);
  sigemptyset(&mask_after);
  cpu_set_t cpus_before, cpus_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  sched_getaffinity(0, sizeof cpus_before, &cpus_before);
  const std::string locale_before = std::setlocale(LC_ALL, nullptr);
  live(cpu_only());
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  sched_getaffinity(0, sizeof cpus_after, &cpus_after);
  for (int number = 1; number < 64; ++number) {
    EXPECT_EQ(sigismember(&mask_before, number), sigismember(&mask_after, number)) << "signal " << number;
  }
  EXPECT_TRUE(CPU_EQUAL(&cpus_before, &cpus_after));
  EXPECT_EQ(std::setlocale(LC_ALL, nullptr), locale_before);
}

TEST(Process, NoSignalHandlerIsInstalled) {
  std::vector<void (*)(int)> before, after;
  const auto look = [](std::vector<void (*)(int)>& out) {
    for (int number = 1; number < 32; ++number) {
      struct sigaction action {};
      sigaction(number, nullptr, &action);
      out.push_back(action.sa_handler);
    }
  };
  look(before);
  live(cpu_only());
  look(after);
  EXPECT_TRUE(before == after);
}

TEST(Process, TheEnvironmentIsAsItWas) {
  std::string before, after;
  for (char** p = environ; *p != nullptr; ++p) before += std::string(*p) + "\n";
  live(cpu_only());
  for (char** p = environ; *p != nullptr; ++p) after += std::string(*p) + "\n";
  EXPECT_EQ(before, after);
}

TEST(Process, ThreadsEndWithTheRuntime) {
  live(cpu_only());  // what is made once for the process is made now
  const std::size_t before = entries("/proc/self/task");
  for (int i = 0; i < 5; ++i) live(cpu_only());
  std::size_t after = entries("/proc/self/task");
  for (int i = 0; i < 200 && after > before; ++i) {  // a joined thread may be in the list a moment longer
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    after = entries("/proc/self/task");
  }
  EXPECT_LE(after, before);
}

TEST(Process, DescriptorsAreNotLeaked) {
  live(cpu_only());
  const std::size_t before = entries("/proc/self/fd");
  for (int i = 0; i < 5; ++i) live(cpu_only());
  EXPECT_EQ(entries("/proc/self/fd"), before);
}

TEST(Process, ACallersDescriptorZeroIsNotMistaken) {
  const int saved = dup(0);
  close(0);
  live(cpu_only());
  dup2(saved, 0);
  close(saved);
}

}  // namespace
