// Halyard's kernel dialect for CUDA C++: NVRTC without headers, nvcc, and clang without CUDA, to which halyardc gives
// the words of CUDA that stand here.
#define HY_TARGET_HOST 0
#define HY_TARGET_OPENCL 0
#define HY_TARGET_CUDA 1
#define HY_TARGET_HIP 0
#define HY_HAS_FLOAT64 1
#define HY_HAS_ATOMICS_INT64 1
#define HY_HAS_ATOMICS_FLOAT 1
#define HY_HAS_SUBGROUPS 1
#define HY_HAS_PRINTF 1

#define HY_FUNCTION static __device__ __forceinline__
#define HY_RESTRICT __restrict__
#define HY_GLOBAL
#define HY_LOCAL_PTR
#define HY_CONSTANT_PTR
#define HY_CONSTANT static __device__ __constant__ const
#define HY_KERNEL_ATTRIBUTES __global__
#define HY_LAUNCH_BOUNDS(n) __launch_bounds__(n)
#define HY_META __device__ __constant__ __attribute__((used)) unsigned long long
#define HY_LOCAL(type, name, count) __shared__ __align__(16) type name[count]
#define hy_barrier() __syncthreads()

#pragma nv_diag_suppress 177, 550  // the names of a phase may go unused

namespace hy_kernels {

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

#define hy_dim_(v, d) ((d) == 0 ? (v).x : (d) == 1 ? (v).y : (v).z)
#define hy_local_id(d) hy_dim_(threadIdx, d)
#define hy_local_size(d) hy_dim_(blockDim, d)
#define hy_block_(d) hy_dim_(blockIdx, d)

// ---- atomics ----

#define HY_ATOMIC_(name, vendor, type, taken) \
  HY_FUNCTION type hy_atomic_##name(type* p, type v) { return (type)vendor((taken*)p, (taken)v); }
#define HY_ATOMICS_(type, taken)                                                              \
  HY_ATOMIC_(add, atomicAdd, type, taken)                                                     \
  HY_ATOMIC_(and, atomicAnd, type, taken)                                                     \
  HY_ATOMIC_(or, atomicOr, type, taken)                                                       \
  HY_ATOMIC_(xor, atomicXor, type, taken)                                                     \
  HY_ATOMIC_(xchg, atomicExch, type, taken)                                                   \
  HY_FUNCTION type hy_atomic_sub(type* p, type v) { return hy_atomic_add(p, (type)(0 - v)); } \
  HY_FUNCTION type hy_atomic_cas(type* p, type e, type d) { return (type)atomicCAS((taken*)p, (taken)e, (taken)d); }
HY_ATOMICS_(int, int)
HY_ATOMICS_(uint, uint)
HY_ATOMICS_(long, unsigned long long)
HY_ATOMICS_(ulong, unsigned long long)
HY_ATOMIC_(min, atomicMin, int, int)
HY_ATOMIC_(max, atomicMax, int, int)
HY_ATOMIC_(min, atomicMin, uint, uint)
HY_ATOMIC_(max, atomicMax, uint, uint)
HY_ATOMIC_(min, atomicMin, long, long long)
HY_ATOMIC_(max, atomicMax, long, long long)
HY_ATOMIC_(min, atomicMin, ulong, unsigned long long)
HY_ATOMIC_(max, atomicMax, ulong, unsigned long long)

HY_FUNCTION float hy_atomic_add(float* p, float v) { return atomicAdd(p, v); }
HY_FUNCTION float hy_atomic_xchg(float* p, float v) { return atomicExch(p, v); }
HY_FUNCTION float hy_atomic_cas(float* p, float e, float d) {
  return __int_as_float(atomicCAS((int*)p, __float_as_int(e), __float_as_int(d)));
}
HY_FUNCTION float hy_atomic_min(float* p, float v) {
  float seen = *(volatile float*)p;
  while (v < seen) {
    const float found = hy_atomic_cas(p, seen, v);
    if (__float_as_int(found) == __float_as_int(seen)) break;
    seen = found;
  }
  return seen;
}
HY_FUNCTION float hy_atomic_max(float* p, float v) {
  float seen = *(volatile float*)p;
  while (v > seen) {
    const float found = hy_atomic_cas(p, seen, v);
    if (__float_as_int(found) == __float_as_int(seen)) break;
    seen = found;
  }
  return seen;
}

// ---- sub-groups: warps; the last one of a workgroup may be short ----

HY_FUNCTION uint hy_linear_id_() { return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z); }
HY_FUNCTION uint hy_workgroup_items_() { return blockDim.x * blockDim.y * blockDim.z; }
HY_FUNCTION uint hy_wave_size_() { return 32u; }
HY_FUNCTION uint hy_lane_() { return hy_linear_id_() & 31u; }
HY_FUNCTION uint hy_wave_items_() {
  const uint rest = hy_workgroup_items_() - (hy_linear_id_() & ~31u);
  return rest < 32u ? rest : 32u;
}
HY_FUNCTION unsigned hy_wave_mask_() { return 0xFFFFFFFFu >> (32u - hy_wave_items_()); }
HY_FUNCTION uint hy_shuffle_(uint v, uint lane) { return __shfl_sync(hy_wave_mask_(), v, (int)lane); }

// ---- bits and mathematics ----

HY_FUNCTION float hy_as_float(uint v) { return __uint_as_float(v); }
HY_FUNCTION uint hy_as_uint(float v) { return __float_as_uint(v); }
HY_FUNCTION int hy_as_int(float v) { return __float_as_int(v); }
HY_FUNCTION uint hy_popcount(uint v) { return (uint)__popc((int)v); }
HY_FUNCTION uint hy_clz(uint v) { return (uint)__clz((int)v); }
#define hy_printf(...) printf(__VA_ARGS__)

#define HY_BOTH_(name)                                          \
  HY_FUNCTION float hy_##name(float v) { return ::name##f(v); } \
  HY_FUNCTION double hy_##name(double v) { return ::name(v); }
HY_BOTH_(fabs)
HY_BOTH_(floor)
HY_BOTH_(ceil)
HY_BOTH_(trunc)
HY_BOTH_(rint)
HY_BOTH_(sqrt)
HY_FUNCTION float hy_copysign(float m, float s) { return ::copysignf(m, s); }
HY_FUNCTION double hy_copysign(double m, double s) { return ::copysign(m, s); }
HY_FUNCTION float hy_fma(float a, float b, float c) { return ::fmaf(a, b, c); }
HY_FUNCTION double hy_fma(double a, double b, double c) { return ::fma(a, b, c); }
#ifndef HY_OWN_MATH  // with it, math.hpp: for clang without CUDA's library of functions
HY_BOTH_(rsqrt)
HY_FUNCTION float hy_exp(float v) { return ::expf(v); }
HY_FUNCTION float hy_exp2(float v) { return ::exp2f(v); }
HY_FUNCTION float hy_log(float v) { return ::logf(v); }
HY_FUNCTION float hy_log2(float v) { return ::log2f(v); }
HY_FUNCTION float hy_sin(float v) { return ::sinf(v); }
HY_FUNCTION float hy_cos(float v) { return ::cosf(v); }
HY_FUNCTION float hy_tan(float v) { return ::tanf(v); }
HY_FUNCTION float hy_tanh(float v) { return ::tanhf(v); }
HY_FUNCTION float hy_erf(float v) { return ::erff(v); }
HY_FUNCTION float hy_pow(float a, float b) { return ::powf(a, b); }
#else
HY_FUNCTION double hy_double_power_of_two_(int n) { return __longlong_as_double((long long)(n + 1023) << 52); }
#endif

// ---- half ----

typedef struct {
  ushort bits;
} half;
HY_FUNCTION float hy_half_to_float(half h) {
  float v;
  asm("cvt.f32.f16 %0, %1;" : "=f"(v) : "h"(h.bits));
  return v;
}
HY_FUNCTION half hy_float_to_half(float v) {
  half h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h.bits) : "f"(v));
  return h;
}
