// Opens the cpu device through its table, and has a few host kernels written by hand, as the dialect would make them.
#pragma once

#include <atomic>
#include <cstring>
#include <vector>

#include "halyard/host_kernel.h"
#include "runtime/worker/child.hpp"
#include "tests/unit/table_fixture.hpp"

extern "C" const hy_backend* halyard_backend_query_cpu(uint32_t, const hy_host*);

namespace halyard::test {

// A kernel with its signature: buffers first, then 64-bit values.
class HandWritten {
 public:
  HandWritten(const char* name, uint32_t buffers, uint32_t values, uint32_t mode, hy_host_range_fn range,
              hy_host_item_fn item, uint64_t local_bytes = 0) {
    params_.resize(buffers, hy_param{HY_PARAM_INOUT, HY_U64, "buffer"});
    params_.resize(buffers + values, hy_param{HY_PARAM_VALUE, HY_U64, "value"});
    kernel_ = hy_host_kernel{name, mode, {0, 0, 0}, local_bytes, range, item, buffers + values, 0};
    image_ = hy_host_image{HY_HOST_KERNEL_VERSION, 1, &kernel_, ""};
    signature_ = hy_signature{name, params_.data(), buffers + values, 0};
  }
  HandWritten(const HandWritten&) = delete;
  HandWritten& operator=(const HandWritten&) = delete;

  hy_host_image& image() { return image_; }
  hy_host_kernel& kernel() { return kernel_; }
  const hy_signature& signature() const { return signature_; }
  hy_b_image as_image() const {
    return hy_b_image{sizeof(hy_b_image), HY_IMAGE_HOST_LINKED, image_.target, &image_, sizeof image_};
  }

 private:
  std::vector<hy_param> params_;
  hy_host_kernel kernel_{};
  hy_host_image image_{};
  hy_signature signature_{};
};

class CpuFixture : public TableFixture {
 protected:
  void SetUp() override {
    host_.services().child_run = [](void*, const hy_child_request* request, hy_child_result* out, hy_error* error) {
      return worker::run_child(*request, out, error);
    };
    host_.services().child_free = [](void*, hy_child_result* result) { worker::free_child_result(result); };
    ASSERT_TRUE(open(halyard_backend_query_cpu)) << error_.message;
  }

  hy_b_memory allocate(uint64_t bytes) {
    hy_b_memory memory = TableFixture::allocate(bytes);
    std::memset(memory.host, 0xcd, bytes);
    return memory;
  }

  LoadedKernel load(const HandWritten& written, hy_b_stream* stream) {
    return bind(written.as_image(), written.signature(), stream);
  }

  // Launches with one buffer and any number of 64-bit values.
  hy_status launch(const LoadedKernel& kernel, const hy_b_memory& memory, std::vector<uint64_t> values, uint64_t x,
                   uint64_t y = 1, uint64_t z = 1, uint32_t items = 1) {
    std::vector<hy_b_arg> args;
    args.push_back(hy_b_arg{&memory, 0, nullptr, 0});
    for (const uint64_t& value : values) args.push_back(hy_b_arg{nullptr, 0, &value, sizeof value});
    const hy_b_grid grid{{0, 0, 0}, {x, y, z}, {x, y, z}, {items, 1, 1}, 0};
    return table_->launch(kernel.bound, &grid, args.data(), &error_);
  }
};

// ---- kernels ----

inline uint64_t* buffer_of(const hy_host_launch* launch, uint32_t index) {
  return static_cast<uint64_t*>(const_cast<void*>(launch->args[index]));
}
inline uint64_t value_of(const hy_host_launch* launch, uint32_t index) {
  uint64_t value = 0;
  std::memcpy(&value, launch->args[index], sizeof value);
  return value;
}

// Adds one to the element of each group: how often did each run?
inline void count_groups(const hy_host_launch* launch, uint64_t first, uint64_t last) {
  for (uint64_t i = first; i < last; ++i) {
    std::atomic_ref<uint64_t>(buffer_of(launch, 0)[i]).fetch_add(1, std::memory_order_relaxed);
  }
}

// element = element * 3 + value, for the element of each group: not commutative, so order shows.
inline void append(const hy_host_launch* launch, uint64_t first, uint64_t last) {
  for (uint64_t i = first; i < last; ++i) buffer_of(launch, 0)[i] = buffer_of(launch, 0)[i] * 3 + value_of(launch, 1);
}

}  // namespace halyard::test
