// A runtime with the backend of fake_compiler_plugin.cpp alone, and the folder that tells it what to do.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <string>

#include "halyard/halyard.h"

namespace halyard::test {

class FakeCompiler : public testing::Test {
 protected:
  FakeCompiler() {
    char name[] = "/tmp/halyard-fake-XXXXXX";
    folder_ = mkdtemp(name);
    setenv("HALYARD_TEST_FAKE", folder_.c_str(), 1);
    tell("driver", "GOOD");
  }
  ~FakeCompiler() override {
    close_runtime();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void tell(const char* file, const std::string& text) { std::ofstream(folder_ + "/" + file, std::ios::trunc) << text; }
  std::string noted(const char* file) const {
    std::ifstream stream(folder_ + "/" + file);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  std::size_t count(const char* file) const {
    const std::string text = noted(file);
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  }
  std::string cache() const { return folder_ + "/cache"; }

  hy_status open_runtime(hy_worker_policy policy, const std::string& cache_dir, const char* worker = HALYARD_WORKER) {
    hy_runtime_desc desc{};
    desc.size = sizeof desc;
    desc.worker_policy = policy;
    desc.backends = "fake";
    desc.plugins = HALYARD_FAKE_PLUGIN;
    desc.cache_dir = cache_dir.c_str();
    desc.worker_path = worker;
    desc.default_device = "";
    desc.log_level = HY_LOG_INFO;
    desc.log = [](void* self, hy_log_level level, const char* text) {
      static_cast<FakeCompiler*>(self)->keep(level, text);
    };
    desc.log_user = this;
    return hy_runtime_create(&desc, &runtime_, &error_);
  }
  hy_status open_device() { return hy_runtime_find_device(runtime_, "fake", &device_, &error_); }
  void close_runtime() {
    hy_device_release(device_);
    hy_runtime_release(runtime_);
    device_ = nullptr;
    runtime_ = nullptr;
  }
  std::string message() const { return error_.message; }
  std::string log() {
    std::lock_guard lock(mutex_);
    return log_;
  }

  hy_bundle* source_bundle(const std::string& body, const char* file = "user.hk") {
    const std::string text =
        "HY_KERNEL(one, HY_OUT(float, x))\n{\n  " + body + ";\n}\nHY_KERNEL(two, HY_VAL(int, n))\n{\n}\n";
    hy_bundle* bundle = nullptr;
    EXPECT_EQ(hy_bundle_from_source(runtime_, text.data(), text.size(), file, &bundle, &error_), HY_OK)
        << error_.message;
    return bundle;
  }
  // Makes a kernel and lets it go.
  hy_status make(hy_bundle* bundle, const char* name = "one", const hy_constant* constants = nullptr,
                 std::uint32_t constant_count = 0) {
    hy_kernel* kernel = nullptr;
    const hy_status status = hy_kernel_create(device_, bundle, name, constants, constant_count, &kernel, &error_);
    if (status == HY_OK) {
      info_.size = sizeof info_;
      EXPECT_EQ(hy_kernel_get_info(kernel, &info_, nullptr), HY_OK);
      hy_kernel_release(kernel);
    }
    return status;
  }

  std::string folder_;
  hy_runtime* runtime_ = nullptr;
  hy_device* device_ = nullptr;
  hy_error error_{};
  hy_kernel_info info_{};

 private:
  void keep(hy_log_level level, const char* text) {
    std::lock_guard lock(mutex_);
    log_ += std::to_string(level) + " " + text + "\n";
  }
  std::mutex mutex_;
  std::string log_;
};

}  // namespace halyard::test
