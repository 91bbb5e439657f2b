// Halyard's kernel dialect for HIP C++: hipRTC, and clang alone without ROCm's headers and device libraries, so that
// everything here rests on the compiler's builtins.
#define HY_TARGET_HOST 0
#define HY_TARGET_OPENCL 0
#define HY_TARGET_CUDA 0
#define HY_TARGET_HIP 1
#define HY_HAS_FLOAT64 1
#define HY_HAS_ATOMICS_INT64 1
// Elsewhere clang makes a loop of it, as the memory may be the host's. backends/hip/found.cpp says the same.
#if defined(__gfx940__) || defined(__gfx941__) || defined(__gfx942__)
#define HY_HAS_ATOMICS_FLOAT 1
#else
#define HY_HAS_ATOMICS_FLOAT 0
#endif
#define HY_HAS_SUBGROUPS 1
#define HY_HAS_PRINTF 0

#define HY_FUNCTION static inline __attribute__((device, always_inline, unused))
#define HY_RESTRICT __restrict__
#define HY_GLOBAL
#define HY_LOCAL_PTR
#define HY_CONSTANT_PTR
#define HY_CONSTANT static __attribute__((device, constant, unused)) const
#define HY_KERNEL_ATTRIBUTES __attribute__((global))
#define HY_LAUNCH_BOUNDS(n) __attribute__((amdgpu_flat_work_group_size(1, n)))
#define HY_META __attribute__((device, used, visibility("default"))) const unsigned long long
#define HY_LOCAL(type, name, count) __attribute__((shared)) __attribute__((aligned(16))) type name[count]

namespace hy_kernels {

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;

HY_FUNCTION void hy_barrier() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}

#define hy_local_id(d)                                 \
  ((d) == 0   ? (uint)__builtin_amdgcn_workitem_id_x() \
   : (d) == 1 ? (uint)__builtin_amdgcn_workitem_id_y() \
              : (uint)__builtin_amdgcn_workitem_id_z())
#define hy_local_size(d)                                  \
  ((d) == 0   ? (uint)__builtin_amdgcn_workgroup_size_x() \
   : (d) == 1 ? (uint)__builtin_amdgcn_workgroup_size_y() \
              : (uint)__builtin_amdgcn_workgroup_size_z())
#define hy_block_(d)                                    \
  ((d) == 0   ? (uint)__builtin_amdgcn_workgroup_id_x() \
   : (d) == 1 ? (uint)__builtin_amdgcn_workgroup_id_y() \
              : (uint)__builtin_amdgcn_workgroup_id_z())

// ---- atomics ----

#define HY_SCOPE_ __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT
#define HY_ATOMIC_(name, type) \
  HY_FUNCTION type hy_atomic_##name(type* p, type v) { return __hip_atomic_fetch_##name(p, v, HY_SCOPE_); }
#define HY_ATOMICS_EXCHANGE_(type)                                                                    \
  HY_FUNCTION type hy_atomic_xchg(type* p, type v) { return __hip_atomic_exchange(p, v, HY_SCOPE_); } \
  HY_FUNCTION type hy_atomic_cas(type* p, type e, type d) {                                           \
    __hip_atomic_compare_exchange_strong(p, &e, d, __ATOMIC_RELAXED, HY_SCOPE_);                      \
    return e;                                                                                         \
  }
#define HY_ATOMICS_(type)                                                                     \
  HY_ATOMIC_(add, type)                                                                       \
  HY_FUNCTION type hy_atomic_sub(type* p, type v) { return hy_atomic_add(p, (type)(0 - v)); } \
  HY_ATOMIC_(min, type)                                                                       \
  HY_ATOMIC_(max, type)                                                                       \
  HY_ATOMIC_(and, type)                                                                       \
  HY_ATOMIC_(or, type)                                                                        \
  HY_ATOMIC_(xor, type)                                                                       \
  HY_ATOMICS_EXCHANGE_(type)
HY_ATOMICS_(int)
HY_ATOMICS_(uint)
HY_ATOMICS_(long)
HY_ATOMICS_(ulong)
HY_ATOMIC_(add, float)
HY_ATOMICS_EXCHANGE_(float)

#define HY_ATOMIC_FLOAT_(name, relation)                                                    \
  HY_FUNCTION float hy_atomic_##name(float* p, float v) {                                   \
    float seen = __hip_atomic_load(p, HY_SCOPE_);                                           \
    while (v relation seen) {                                                               \
      if (__hip_atomic_compare_exchange_strong(p, &seen, v, __ATOMIC_RELAXED, HY_SCOPE_)) { \
        break;                                                                              \
      }                                                                                     \
    }                                                                                       \
    return seen;                                                                            \
  }
HY_ATOMIC_FLOAT_(min, <)
HY_ATOMIC_FLOAT_(max, >)

// ---- sub-groups: wavefronts of 32 or 64; the last one of a workgroup may be short ----

HY_FUNCTION uint hy_linear_id_() {
  return hy_local_id(0) + hy_local_size(0) * (hy_local_id(1) + hy_local_size(1) * hy_local_id(2));
}
HY_FUNCTION uint hy_workgroup_items_() { return hy_local_size(0) * hy_local_size(1) * hy_local_size(2); }
#if __has_builtin(__builtin_amdgcn_wavefrontsize)
HY_FUNCTION uint hy_wave_size_() { return (uint)__builtin_amdgcn_wavefrontsize(); }
#else  // clang 15, which is in HIP 5
HY_FUNCTION uint hy_wave_size_() { return __AMDGCN_WAVEFRONT_SIZE; }
#endif
HY_FUNCTION uint hy_lane_() { return __builtin_amdgcn_mbcnt_hi(~0u, __builtin_amdgcn_mbcnt_lo(~0u, 0u)); }
HY_FUNCTION uint hy_wave_items_() {
  const uint rest = hy_workgroup_items_() - (hy_linear_id_() & ~(hy_wave_size_() - 1u));
  return rest < hy_wave_size_() ? rest : hy_wave_size_();
}
HY_FUNCTION uint hy_shuffle_(uint v, uint lane) { return (uint)__builtin_amdgcn_ds_bpermute((int)(lane * 4u), (int)v); }

// ---- bits and plain mathematics; the rest is in math.hpp ----

HY_FUNCTION float hy_as_float(uint v) { return __builtin_bit_cast(float, v); }
HY_FUNCTION uint hy_as_uint(float v) { return __builtin_bit_cast(uint, v); }
HY_FUNCTION int hy_as_int(float v) { return __builtin_bit_cast(int, v); }
HY_FUNCTION double hy_double_power_of_two_(int n) { return __builtin_bit_cast(double, (ulong)(n + 1023) << 52); }
HY_FUNCTION uint hy_popcount(uint v) { return (uint)__builtin_popcount(v); }
HY_FUNCTION uint hy_clz(uint v) { return v == 0 ? 32u : (uint)__builtin_clz(v); }
#define hy_printf(...) ((void)0)

#define HY_BOTH_(name)                                                    \
  HY_FUNCTION float hy_##name(float v) { return __builtin_##name##f(v); } \
  HY_FUNCTION double hy_##name(double v) { return __builtin_##name(v); }
HY_BOTH_(fabs)
HY_BOTH_(floor)
HY_BOTH_(ceil)
HY_BOTH_(trunc)
HY_BOTH_(rint)
HY_BOTH_(sqrt)
HY_FUNCTION float hy_copysign(float m, float s) { return __builtin_copysignf(m, s); }
HY_FUNCTION double hy_copysign(double m, double s) { return __builtin_copysign(m, s); }
HY_FUNCTION float hy_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
HY_FUNCTION double hy_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

// ---- half ----

typedef struct {
  ushort bits;
} half;
HY_FUNCTION float hy_half_to_float(half h) { return (float)__builtin_bit_cast(_Float16, h.bits); }
HY_FUNCTION half hy_float_to_half(float v) { return {__builtin_bit_cast(ushort, (_Float16)v)}; }
