// CUDA C++ as far as our CUDA prelude uses it, over the host's compiler.
#pragma once

#include "tests/drivers/gpu_fake/shim/common.hpp"

#define __global__ __hy_fake_kernel__
#define __device__
#define __constant__
#define __host__
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(most, ...) __hy_fake_bounds__((most))
// "used": the compiler may not think that it sees every access.
#define __shared__ static __attribute__((used, section("hy_fake_shared")))
#define __align__(bytes) __attribute__((aligned(bytes)))

#define threadIdx hy_fake_state.thread
#define blockIdx hy_fake_state.block
#define blockDim hy_fake_state.block_size
#define gridDim hy_fake_state.grid_size
#define warpSize 32
#define __syncthreads() hy_fake_state.barrier()
#define __syncwarp(...) ((void)hy_fake_state.exchange(0, 0, 0))
#define __threadfence() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define __threadfence_block() __atomic_thread_fence(__ATOMIC_SEQ_CST)

inline unsigned __shfl_sync(unsigned mask, unsigned v, int lane) {
  return hy_fake_state.exchange(mask, v, static_cast<unsigned>(lane));
}
inline int __shfl_sync(unsigned mask, int v, int lane) {
  return static_cast<int>(__shfl_sync(mask, static_cast<unsigned>(v), lane));
}

inline float __int_as_float(int v) { return __builtin_bit_cast(float, v); }
inline float __uint_as_float(unsigned v) { return __builtin_bit_cast(float, v); }
inline int __float_as_int(float v) { return __builtin_bit_cast(int, v); }
inline unsigned __float_as_uint(float v) { return __builtin_bit_cast(unsigned, v); }
inline int __popc(unsigned v) { return __builtin_popcount(v); }
inline int __clz(int v) { return v == 0 ? 32 : __builtin_clz(static_cast<unsigned>(v)); }

#define HY_FAKE_CUDA_ATOMIC(name, operation, type) \
  inline type name(type* p, type v) { return hy_fake_atomic_##operation(p, v); }
#define HY_FAKE_CUDA_ATOMICS(name, operation)    \
  HY_FAKE_CUDA_ATOMIC(name, operation, int)      \
  HY_FAKE_CUDA_ATOMIC(name, operation, unsigned) \
  HY_FAKE_CUDA_ATOMIC(name, operation, unsigned long long)
HY_FAKE_CUDA_ATOMICS(atomicAdd, add)
HY_FAKE_CUDA_ATOMIC(atomicAdd, add, float)
HY_FAKE_CUDA_ATOMIC(atomicAdd, add, double)
HY_FAKE_CUDA_ATOMICS(atomicMin, min)
HY_FAKE_CUDA_ATOMIC(atomicMin, min, long long)
HY_FAKE_CUDA_ATOMICS(atomicMax, max)
HY_FAKE_CUDA_ATOMIC(atomicMax, max, long long)
HY_FAKE_CUDA_ATOMICS(atomicAnd, and)
HY_FAKE_CUDA_ATOMICS(atomicOr, or)
HY_FAKE_CUDA_ATOMICS(atomicXor, xor)
HY_FAKE_CUDA_ATOMICS(atomicExch, exchange)
HY_FAKE_CUDA_ATOMIC(atomicExch, exchange, float)
#define HY_FAKE_CUDA_CAS(type) \
  inline type atomicCAS(type* p, type expected, type desired) { return hy_fake_atomic_cas(p, expected, desired); }
HY_FAKE_CUDA_CAS(int)
HY_FAKE_CUDA_CAS(unsigned)
HY_FAKE_CUDA_CAS(unsigned long long)

extern "C" {
int printf(const char*, ...);
float fabsf(float), floorf(float), ceilf(float), truncf(float), rintf(float), sqrtf(float), expf(float), exp2f(float),
    logf(float), log2f(float), sinf(float), cosf(float), tanf(float), tanhf(float), erff(float), powf(float, float),
    copysignf(float, float), fmaf(float, float, float);
double fabs(double), floor(double), ceil(double), trunc(double), rint(double), sqrt(double), copysign(double, double),
    fma(double, double, double);
}
inline float rsqrtf(float v) { return 1.0f / sqrtf(v); }
inline double rsqrt(double v) { return 1.0 / sqrt(v); }

// ---- the instructions that the prelude writes as inline PTX ----

inline void hy_ptx_cvt_f32_f16(float& out, unsigned short in) { out = hy_fake_half_to_float(in); }
inline void hy_ptx_cvt_rn_f16_f32(unsigned short& out, float in) { out = hy_fake_float_to_half(in); }
