// What tests of work in flight share: a runtime with the cpu and, where there is one, an OpenCL driver; a gate that
// holds a stream; and waiting for something to become true without saying when.
#pragma once

#include <dirent.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "halyard/halyard.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HALYARD_TEST_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HALYARD_TEST_SANITIZED 1
#endif
#endif
#ifndef HALYARD_TEST_SANITIZED
#define HALYARD_TEST_SANITIZED 0
#endif

namespace halyard::test {

// True once `condition` is, which is looked at until half a minute has passed.
template <class Condition>
bool eventually(Condition condition) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Threads of this process.
inline std::size_t thread_count() {
  DIR* open = opendir("/proc/self/task");
  if (open == nullptr) return 0;
  std::size_t count = 0;
  while (const dirent* entry = readdir(open)) count += entry->d_name[0] != '.';
  closedir(open);
  return count;
}

// Bytes of this process that are in the machine's memory.
inline std::uint64_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  unsigned long long total = 0, pages = 0;
  const bool known = file != nullptr && std::fscanf(file, "%llu %llu", &total, &pages) == 2;
  if (file != nullptr) std::fclose(file);
  EXPECT_TRUE(known) << "/proc/self/statm does not tell how much memory this process has";
  return pages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// A host function that returns only when the gate is opened, which its end does too.
class Gate {
 public:
  Gate() = default;
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  Result<void> hold(Stream& stream) {
    return stream.host_function([state = state_] {
      std::unique_lock lock(state->mutex);
      state->entered = true;
      state->changed.notify_all();
      state->changed.wait_for(lock, std::chrono::seconds(60), [&] { return state->open; });
      state->timed_out = !state->open;
    });
  }
  void open() {
    std::lock_guard lock(state_->mutex);
    state_->open = true;
    state_->changed.notify_all();
  }
  // Waits until the stream is held.
  bool entered() {
    std::unique_lock lock(state_->mutex);
    return state_->changed.wait_for(lock, std::chrono::seconds(60), [&] { return state_->entered; });
  }
  // Nobody opened it: what was waited for did not happen while the stream was held.
  bool timed_out() const {
    std::lock_guard lock(state_->mutex);
    return state_->timed_out;
  }

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool open = false;
    bool entered = false;
    bool timed_out = false;
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline Result<Runtime> cpu_and_opencl(const char* cache_dir = nullptr) {
  RuntimeOptions options;
  options.backends = "cpu,opencl";
  options.cache_dir = cache_dir;
  return Runtime::create(options);
}

// A test for one device, skipped by name where that is not here. The handles are given up by tests that are about it.
class OnDevice : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    auto made = cpu_and_opencl();
    ASSERT_TRUE(made) << made.error().c_str();
    auto found = made->device(GetParam());
    if (!found) GTEST_SKIP() << found.error().c_str();
    runtime.emplace(*made);
    device.emplace(*found);
  }
  Stream stream() {
    auto made = device->stream();
    EXPECT_TRUE(made) << made.error().c_str();
    return std::move(*made);
  }

  std::optional<Runtime> runtime;
  std::optional<Device> device;
};

inline std::string name_of(const testing::TestParamInfo<const char*>& info) { return info.param; }

}  // namespace halyard::test
