// Opens the first OpenCL device of the machine, or skips the test by name.
#pragma once

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/unit/fake_host.hpp"

extern "C" const hy_backend* halyard_backend_query_opencl(uint32_t, const hy_host*);

namespace halyard::test {

// A kernel bound to a stream with all that it hangs on.
struct Launchable {
  hy_b_module* module = nullptr;
  hy_b_kernel* kernel = nullptr;
  hy_b_bound* bound = nullptr;

  void destroy(const hy_backend* table) {
    table->bound_destroy(bound);
    table->kernel_destroy(kernel);
    table->module_unload(module);
  }
};

class OpenClFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    table_ = halyard_backend_query_opencl(HY_ABI_VERSION, host_.table());
    ASSERT_NE(nullptr, table_);
    hy_b_report report{};
    report.size = sizeof report;
    if (table_->instance_create(host_.table(), &instance_, &report, &error_) != HY_OK) {
      GTEST_SKIP() << "no OpenCL device on this machine: " << report.reason;
    }
    info_.size = sizeof info_;
    ASSERT_EQ(HY_OK, table_->device_info(instance_, 0, &info_, &error_)) << error_.message;
    ASSERT_EQ(HY_OK, table_->device_open(instance_, 0, &device_, &error_)) << error_.message;
  }

  void TearDown() override {
    if (device_ != nullptr) table_->device_close(device_);
    if (instance_ != nullptr) table_->instance_destroy(instance_);
  }

  hy_b_stream* make_stream(hy_stream_flags flags = 0) {
    hy_b_stream* stream = nullptr;
    EXPECT_EQ(HY_OK, table_->stream_create(device_, flags, &stream, &error_)) << error_.message;
    return stream;
  }

  hy_b_memory allocate(uint64_t bytes) {
    hy_b_memory memory{};
    EXPECT_EQ(HY_OK, table_->memory_allocate(device_, HY_MEMORY_DEVICE, bytes, &memory, &error_)) << error_.message;
    return memory;
  }

  std::vector<unsigned char> read(hy_b_stream* stream, const hy_b_memory& memory, uint64_t offset, uint64_t bytes) {
    std::vector<unsigned char> out(bytes, 0xee);
    EXPECT_EQ(HY_OK, table_->copy_to_host(stream, out.data(), &memory, offset, bytes, HY_COPY_WAIT, &error_))
        << error_.message;
    return out;
  }

  hy_b_compiled compile(const std::string& text) {
    hy_b_source source{sizeof source, 0, text.c_str(), text.size(), "test.hk"};
    hy_b_compiled compiled{};
    compiled.size = sizeof compiled;
    EXPECT_EQ(HY_OK, table_->compile(device_, &source, &compiled, &error_)) << error_.message;
    return compiled;
  }

  Launchable prepare(const std::string& text, const hy_signature& signature, hy_b_stream* stream) {
    hy_b_compiled compiled = compile(text);
    hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
    Launchable out;
    EXPECT_EQ(HY_OK, table_->module_load(device_, &image, &out.module, &error_)) << error_.message;
    table_->compiled_release(&compiled);
    hy_b_kernel_info info{};
    info.size = sizeof info;
    EXPECT_EQ(HY_OK, table_->kernel_create(out.module, &signature, &out.kernel, &info, &error_)) << error_.message;
    EXPECT_EQ(HY_OK, table_->kernel_bind(out.kernel, stream, &out.bound, &error_)) << error_.message;
    return out;
  }

  std::vector<unsigned char> random_bytes(uint64_t count) {
    std::vector<unsigned char> out(count);
    for (auto& byte : out) byte = static_cast<unsigned char>(random_());
    return out;
  }

  FakeHost host_;
  const hy_backend* table_ = nullptr;
  hy_b_instance* instance_ = nullptr;
  hy_b_device* device_ = nullptr;
  hy_device_info info_{};
  hy_error error_{};
  std::mt19937 random_{std::random_device{}()};
};

}  // namespace halyard::test
