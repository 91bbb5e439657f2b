// The fake CUDA driver notices when it is called wrongly, and fails to order.
#include "tests/drivers/fake_cuda_fixture.hpp"

namespace halyard::test {
namespace {

TEST_F(FakeCuda, a_call_without_a_context_is_a_misuse) {
  CU(cuCtxSetCurrent)(nullptr);
  uintptr_t memory = 0;
  EXPECT_EQ(CU(cuMemAlloc_v2)(&memory, 16), 201);
  expect_misuse("cuMemAlloc_v2 was called without a current context");
  CU(cuCtxSetCurrent)(context_);
}

}  // namespace
}  // namespace halyard::test
