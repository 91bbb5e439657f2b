// Opens the first OpenCL device of the machine, or skips the test by name.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/unit/table_fixture.hpp"

extern "C" const hy_backend* halyard_backend_query_opencl(uint32_t, const hy_host*);

namespace halyard::test {

class OpenClFixture : public TableFixture {
 protected:
  void SetUp() override {
    if (!open(halyard_backend_query_opencl)) GTEST_SKIP() << "no OpenCL device on this machine: " << report_.reason;
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

  LoadedKernel prepare(const std::string& text, const hy_signature& signature, hy_b_stream* stream) {
    hy_b_compiled compiled = compile(text);
    hy_b_image image{sizeof image, compiled.format, compiled.target, compiled.data, compiled.bytes};
    const LoadedKernel out = bind(image, signature, stream);
    table_->compiled_release(&compiled);
    return out;
  }

  std::vector<unsigned char> random_bytes(uint64_t count) {
    std::vector<unsigned char> out(count);
    for (auto& byte : out) byte = static_cast<unsigned char>(random_());
    return out;
  }

  std::mt19937 random_{std::random_device{}()};
};

}  // namespace halyard::test
