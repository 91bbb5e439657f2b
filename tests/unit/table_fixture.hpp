// Opens the first device of a backend through its table, with a host that the test controls; and what tests do with a
// table again and again.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/unit/fake_host.hpp"

namespace halyard::test {

// A kernel bound to a stream with all that it hangs on.
struct LoadedKernel {
  hy_b_module* module = nullptr;
  hy_b_kernel* kernel = nullptr;
  hy_b_bound* bound = nullptr;
  const hy_backend* table = nullptr;

  void destroy() const {
    table->bound_destroy(bound);
    table->kernel_destroy(kernel);
    table->module_unload(module);
  }
};

class TableFixture : public ::testing::Test {
 protected:
  using Query = const hy_backend* (*)(uint32_t, const hy_host*);

  // False when the backend has no device here: report_ says why.
  bool open(Query query) {
    table_ = query(HY_ABI_VERSION, host_.table());
    EXPECT_NE(nullptr, table_);
    report_.size = sizeof report_;
    if (table_ == nullptr || table_->instance_create(host_.table(), &instance_, &report_, &error_) != HY_OK) {
      return false;
    }
    info_.size = sizeof info_;
    EXPECT_EQ(HY_OK, table_->device_info(instance_, 0, &info_, &error_)) << error_.message;
    EXPECT_EQ(HY_OK, table_->device_open(instance_, 0, &device_, &error_)) << error_.message;
    return !HasFailure();
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

  LoadedKernel bind(const hy_b_image& image, const hy_signature& signature, hy_b_stream* stream) {
    LoadedKernel out;
    out.table = table_;
    hy_b_kernel_info info{};
    info.size = sizeof info;
    EXPECT_EQ(HY_OK, table_->module_load(device_, &image, &out.module, &error_)) << error_.message;
    EXPECT_EQ(HY_OK, table_->kernel_create(out.module, &signature, &out.kernel, &info, &error_)) << error_.message;
    EXPECT_EQ(HY_OK, table_->kernel_bind(out.kernel, stream, &out.bound, &error_)) << error_.message;
    return out;
  }

  hy_status synchronize(hy_b_stream* stream, uint64_t timeout_ns = HY_FOREVER) {
    return table_->stream_synchronize(stream, timeout_ns, &error_);
  }

  hy_b_point* record(hy_b_stream* stream, hy_point_flags flags = 0) {
    hy_b_point* point = nullptr;
    EXPECT_EQ(HY_OK, table_->point_record(stream, flags, &point, &error_)) << error_.message;
    return point;
  }

  FakeHost host_;
  const hy_backend* table_ = nullptr;
  hy_b_instance* instance_ = nullptr;
  hy_b_device* device_ = nullptr;
  hy_b_report report_{};
  hy_device_info info_{};
  hy_error error_{};
};

}  // namespace halyard::test
