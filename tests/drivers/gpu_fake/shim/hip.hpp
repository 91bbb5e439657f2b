// HIP C++ as far as our HIP prelude uses it, which is the attributes and builtins of clang for AMD, over the host's
// compiler.
#pragma once

#include "tests/drivers/gpu_fake/shim/common.hpp"

#define __builtin_amdgcn_fence(order, scope) __atomic_thread_fence(order)
#define __builtin_amdgcn_s_barrier() hy_fake_state.barrier()
#define __builtin_amdgcn_workitem_id_x() hy_fake_state.thread.x
#define __builtin_amdgcn_workitem_id_y() hy_fake_state.thread.y
#define __builtin_amdgcn_workitem_id_z() hy_fake_state.thread.z
#define __builtin_amdgcn_workgroup_size_x() hy_fake_state.block_size.x
#define __builtin_amdgcn_workgroup_size_y() hy_fake_state.block_size.y
#define __builtin_amdgcn_workgroup_size_z() hy_fake_state.block_size.z
#define __builtin_amdgcn_workgroup_id_x() hy_fake_state.block.x
#define __builtin_amdgcn_workgroup_id_y() hy_fake_state.block.y
#define __builtin_amdgcn_workgroup_id_z() hy_fake_state.block.z
#define __builtin_amdgcn_wavefrontsize() hy_fake_state.wave_size
#define __AMDGCN_WAVEFRONT_SIZE hy_fake_state.wave_size  // the same, as clang 15 has it
#define __builtin_amdgcn_mbcnt_lo(mask, sum) hy_fake_mbcnt(mask, sum, hy_fake_state.lane)
#define __builtin_amdgcn_mbcnt_hi(mask, sum) \
  hy_fake_mbcnt(mask, sum, hy_fake_state.lane < 32u ? 0u : hy_fake_state.lane - 32u)
#define __builtin_amdgcn_ds_bpermute(address, v) \
  ((int)hy_fake_state.exchange(0, (unsigned)(v), (unsigned)(address) / 4u))

inline unsigned hy_fake_mbcnt(unsigned mask, unsigned sum, unsigned lanes_below) {
  const unsigned below = lanes_below >= 32u ? ~0u : (1u << lanes_below) - 1u;
  return sum + static_cast<unsigned>(__builtin_popcount(mask & below));
}

#ifndef __HIP_MEMORY_SCOPE_AGENT
#define __HIP_MEMORY_SCOPE_SINGLETHREAD 1
#define __HIP_MEMORY_SCOPE_WAVEFRONT 2
#define __HIP_MEMORY_SCOPE_WORKGROUP 3
#define __HIP_MEMORY_SCOPE_AGENT 4
#define __HIP_MEMORY_SCOPE_SYSTEM 5
#endif

// Names of clang's own builtins, hence macros; their arguments may be macros that stand for several.
#define HY_FAKE_HIP_ATOMIC(name)                     \
  template <class T>                                 \
  inline T hy_fake_hip_##name(T* p, T v, int, int) { \
    return hy_fake_atomic_##name(p, v);              \
  }
HY_FAKE_HIP_ATOMIC(add)
HY_FAKE_HIP_ATOMIC(min)
HY_FAKE_HIP_ATOMIC(max)
HY_FAKE_HIP_ATOMIC(and)
HY_FAKE_HIP_ATOMIC(or)
HY_FAKE_HIP_ATOMIC(xor)
HY_FAKE_HIP_ATOMIC(exchange)
template <class T>
inline T hy_fake_hip_load(T* p, int, int) {
  T v;
  __atomic_load(p, &v, __ATOMIC_RELAXED);
  return v;
}
template <class T>
inline bool hy_fake_hip_cas(T* p, T* expected, T desired, int, int, int) {
  return __atomic_compare_exchange(p, expected, &desired, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}
#define __hip_atomic_fetch_add(...) hy_fake_hip_add(__VA_ARGS__)
#define __hip_atomic_fetch_min(...) hy_fake_hip_min(__VA_ARGS__)
#define __hip_atomic_fetch_max(...) hy_fake_hip_max(__VA_ARGS__)
#define __hip_atomic_fetch_and(...) hy_fake_hip_and(__VA_ARGS__)
#define __hip_atomic_fetch_or(...) hy_fake_hip_or(__VA_ARGS__)
#define __hip_atomic_fetch_xor(...) hy_fake_hip_xor(__VA_ARGS__)
#define __hip_atomic_exchange(...) hy_fake_hip_exchange(__VA_ARGS__)
#define __hip_atomic_load(...) hy_fake_hip_load(__VA_ARGS__)
#define __hip_atomic_compare_exchange_strong(...) hy_fake_hip_cas(__VA_ARGS__)

// Two bytes that convert: the host's compiler may have no _Float16.
struct hy_fake_float16 {
  unsigned short bits;
  hy_fake_float16() = default;
  explicit hy_fake_float16(float v) : bits(hy_fake_float_to_half(v)) {}
  explicit operator float() const { return hy_fake_half_to_float(bits); }
};
#define _Float16 hy_fake_float16

// The first attribute of a list says what the whole means here. `__attribute` is the compiler's own word, too.
#define __attribute__(list) HY_FAKE_ATTRIBUTE list
#define HY_FAKE_ATTRIBUTE(first, ...) HY_FAKE_A_##first
#define HY_FAKE_A_device __attribute((unused))
#define HY_FAKE_A_global __hy_fake_kernel__
#define HY_FAKE_A_shared static __attribute((used, section("hy_fake_shared")))
#define HY_FAKE_A_aligned(bytes) __attribute((aligned(bytes)))
#define HY_FAKE_A_amdgpu_flat_work_group_size(least, most) __hy_fake_bounds__((most))

// What hipRTC brings besides, for kernels that are not ours (bench/raw_gpu.hpp).
#define __global__ __hy_fake_kernel__
#define __launch_bounds__(most, ...) __hy_fake_bounds__((most))
#define threadIdx hy_fake_state.thread
#define blockIdx hy_fake_state.block
#define blockDim hy_fake_state.block_size
