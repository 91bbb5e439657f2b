// What OpenCL's functions for kernels from SPIR-V (spirv.cl) need of the fake driver, in C++ for the host. Both are
// compiled to LLVM's intermediate form and linked with a module there, so that vectors are passed as the kernels do.
#include "tests/drivers/gpu_fake/shim/common.hpp"

extern "C" {
unsigned long hy_fake_at(unsigned what, unsigned dimension) {
  const hy_fake_uint3* const all[] = {&hy_fake_state.thread, &hy_fake_state.block, &hy_fake_state.block_size,
                                      &hy_fake_state.grid_size};
  const hy_fake_uint3& of = *all[what];
  if (dimension > 2) return what < 2 ? 0 : 1;
  return dimension == 0 ? of.x : dimension == 1 ? of.y : of.z;
}
unsigned hy_fake_lane() { return hy_fake_state.lane; }
unsigned hy_fake_wave() { return hy_fake_state.wave_size; }
void hy_fake_barrier() { hy_fake_state.barrier(); }
unsigned hy_fake_exchange(unsigned value, unsigned from) { return hy_fake_state.exchange(0, value, from); }
float hy_fake_from_half(unsigned short bits) { return hy_fake_half_to_float(bits); }
unsigned short hy_fake_to_half(float v) { return hy_fake_float_to_half(v); }
}
