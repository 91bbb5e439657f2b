// Halyard's kernel dialect for OpenCL C 1.2 and later.
#define HY_TARGET_HOST 0
#define HY_TARGET_OPENCL 1
#define HY_TARGET_CUDA 0
#define HY_TARGET_HIP 0

// A compiler that makes SPIR-V claims every extension; what the devices will have is then said with HY_ASSUME_...
#if defined(__SPIR__) || defined(__SPIRV__)
#define HY_CLAIMED_ 0
#else
#define HY_CLAIMED_ 1
#endif

#if (HY_CLAIMED_ || defined(HY_ASSUME_FLOAT64)) && defined(cl_khr_fp64)
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#define HY_HAS_FLOAT64 1
#else
#define HY_HAS_FLOAT64 0
#endif
#if (HY_CLAIMED_ || defined(HY_ASSUME_ATOMICS_INT64)) && defined(cl_khr_int64_base_atomics) && \
    defined(cl_khr_int64_extended_atomics)
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
#pragma OPENCL EXTENSION cl_khr_int64_extended_atomics : enable
#define HY_HAS_ATOMICS_INT64 1
#else
#define HY_HAS_ATOMICS_INT64 0
#endif
#if (HY_CLAIMED_ || defined(HY_ASSUME_SUBGROUPS)) && defined(cl_khr_subgroups) && \
    (defined(cl_khr_subgroup_shuffle) || defined(cl_intel_subgroups))
#define HY_HAS_SUBGROUPS 1
#else
#define HY_HAS_SUBGROUPS 0
#endif
#define HY_HAS_ATOMICS_FLOAT 0
#define HY_HAS_PRINTF 1

#define HY_FUNCTION static inline __attribute__((always_inline, unused))
#define HY_OVERLOAD_ static inline __attribute__((overloadable, always_inline, unused))
#define HY_RESTRICT restrict
#define HY_GLOBAL __global
#define HY_LOCAL_PTR __local
#define HY_CONSTANT_PTR __constant
#define HY_CONSTANT __constant

typedef int hy_index;

// ---- where an item stands; the launch may be one part of the grid ----

#define hy_grid_first_(d) ((d) == 0 ? hy_grid.s0 : (d) == 1 ? hy_grid.s1 : hy_grid.s2)
#define hy_num_groups(d) ((d) == 0 ? hy_grid.s4 : (d) == 1 ? hy_grid.s5 : hy_grid.s6)
#define hy_group_id(d) (hy_grid_first_(d) + (ulong)get_group_id(d))
#define hy_local_id(d) ((uint)get_local_id(d))
#define hy_local_size(d) ((uint)get_local_size(d))
#define hy_global_id(d) (hy_grid_first_(d) * (ulong)get_local_size(d) + (ulong)get_global_id(d))
#define hy_global_size(d) (hy_num_groups(d) * (ulong)get_local_size(d))
#define HY_ITEM_PARAM const ulong8 hy_grid
#define HY_ITEM_ARG hy_grid
#define hy_linear_id_() \
  ((uint)(get_local_id(0) + get_local_size(0) * (get_local_id(1) + get_local_size(1) * get_local_id(2))))

// Items beyond the bounds end here.
#define HY_BOUND(i, n)             \
  const ulong i = hy_global_id(0); \
  if (i >= (ulong)(n)) return
#define HY_BOUND2(x_, y_, nx, ny)                               \
  const ulong x_ = hy_global_id(0), y_ = hy_global_id(1);       \
  if (x_ >= (ulong)(nx) || y_ >= (ulong)(ny)) return
#define HY_BOUND3(x_, y_, z_, nx, ny, nz)                                            \
  const ulong x_ = hy_global_id(0), y_ = hy_global_id(1), z_ = hy_global_id(2);      \
  if (x_ >= (ulong)(nx) || y_ >= (ulong)(ny) || z_ >= (ulong)(nz)) return

// ---- phases, memory of the workgroup and of the item ----

#define hy_barrier() barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define HY_LOCAL(type, name, count) __local type name[count]
#define HY_PRIVATE(type, name) type name
#define HY_PRIVATE_ARRAY(type, name, count) type name[count]
#define HY_AT(name) name
#define HY_AT2(name, k) name[k]
// One turn of a loop whose step is the barrier, so that `continue` reaches it.
#define HY_ITEMS(i) \
  for (hy_index i = (hy_index)hy_linear_id_(), hy_turn = 1; (void)i, hy_turn != 0; hy_turn = 0, hy_barrier())
#define HY_ITEMS2(x_, y_)                                                                                   \
  for (hy_index x_ = (hy_index)hy_local_id(0), y_ = (hy_index)hy_local_id(1), hy_turn = 1; (void)x_, (void)y_, hy_turn != 0; \
       hy_turn = 0, hy_barrier())
#define HY_ITEMS3(x_, y_, z_)                                                                \
  for (hy_index x_ = (hy_index)hy_local_id(0), y_ = (hy_index)hy_local_id(1), z_ = (hy_index)hy_local_id(2), hy_turn = 1;     \
       (void)x_, (void)y_, (void)z_, hy_turn != 0; hy_turn = 0, hy_barrier())

// ---- atomics ----

#define HY_ATOMICS_(space, type, prefix)                                                                            \
  HY_OVERLOAD_ type hy_atomic_add(volatile space type* p, type v) { return prefix##_add(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_sub(volatile space type* p, type v) { return prefix##_sub(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_min(volatile space type* p, type v) { return prefix##_min(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_max(volatile space type* p, type v) { return prefix##_max(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_and(volatile space type* p, type v) { return prefix##_and(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_or(volatile space type* p, type v) { return prefix##_or(p, v); }                      \
  HY_OVERLOAD_ type hy_atomic_xor(volatile space type* p, type v) { return prefix##_xor(p, v); }                    \
  HY_OVERLOAD_ type hy_atomic_xchg(volatile space type* p, type v) { return prefix##_xchg(p, v); }                  \
  HY_OVERLOAD_ type hy_atomic_cas(volatile space type* p, type e, type d) { return prefix##_cmpxchg(p, e, d); }
HY_ATOMICS_(__global, int, atomic)
HY_ATOMICS_(__global, uint, atomic)
HY_ATOMICS_(__local, int, atomic)
HY_ATOMICS_(__local, uint, atomic)
#if HY_HAS_ATOMICS_INT64
HY_ATOMICS_(__global, long, atom)
HY_ATOMICS_(__global, ulong, atom)
HY_ATOMICS_(__local, long, atom)
HY_ATOMICS_(__local, ulong, atom)
#endif

#define HY_ATOMIC_FLOAT_(space, name, expression)                                            \
  HY_OVERLOAD_ float hy_atomic_##name(volatile space float* p, float v) {                    \
    volatile space uint* bits = (volatile space uint*)p;                                     \
    uint seen = 0u; /* a guess: a plain read here would race with the others' writes */      \
    for (;;) {                                                                               \
      const float old = as_float(seen);                                                      \
      const uint found = atomic_cmpxchg(bits, seen, as_uint(expression));                    \
      if (found == seen) {                                                                   \
        return old;                                                                          \
      }                                                                                      \
      seen = found;                                                                          \
    }                                                                                        \
  }
#define HY_ATOMICS_FLOAT_(space)                                                                               \
  HY_ATOMIC_FLOAT_(space, add, old + v)                                                                        \
  HY_ATOMIC_FLOAT_(space, min, v < old ? v : old)                                                              \
  HY_ATOMIC_FLOAT_(space, max, v > old ? v : old)                                                              \
  HY_OVERLOAD_ float hy_atomic_xchg(volatile space float* p, float v) { return atomic_xchg(p, v); }            \
  HY_OVERLOAD_ float hy_atomic_cas(volatile space float* p, float e, float d) {                                \
    return as_float(atomic_cmpxchg((volatile space uint*)p, as_uint(e), as_uint(d)));                          \
  }
HY_ATOMICS_FLOAT_(__global)
HY_ATOMICS_FLOAT_(__local)

// ---- sub-groups ----

#if HY_HAS_SUBGROUPS
#pragma OPENCL EXTENSION cl_khr_subgroups : enable
#define hy_subgroup_size() get_sub_group_size()
#define hy_subgroup_local_id() get_sub_group_local_id()
#define hy_subgroup_id() get_sub_group_id()
#define hy_num_subgroups() get_num_sub_groups()
#define hy_subgroup_any(v) sub_group_any(v)
#define hy_subgroup_all(v) sub_group_all(v)
// In SPIR-V, Intel's shuffle is an extension that goes with every version; Khronos' is of 1.3, which not every driver
// takes that can shuffle.
#if defined(cl_khr_subgroup_shuffle) && (HY_CLAIMED_ || !defined(cl_intel_subgroups))
#define HY_SHUFFLE_(v, lane) sub_group_shuffle(v, lane)
#else
#define HY_SHUFFLE_(v, lane) intel_sub_group_shuffle(v, lane)
#endif
#define HY_SUBGROUP_(type)                                                                                           \
  HY_OVERLOAD_ type hy_subgroup_reduce_add(type v) { return sub_group_reduce_add(v); }                               \
  HY_OVERLOAD_ type hy_subgroup_reduce_min(type v) { return sub_group_reduce_min(v); }                               \
  HY_OVERLOAD_ type hy_subgroup_reduce_max(type v) { return sub_group_reduce_max(v); }                               \
  HY_OVERLOAD_ type hy_subgroup_scan_inclusive_add(type v) { return sub_group_scan_inclusive_add(v); }               \
  HY_OVERLOAD_ type hy_subgroup_scan_exclusive_add(type v) { return sub_group_scan_exclusive_add(v); }               \
  HY_OVERLOAD_ type hy_subgroup_broadcast(type v, uint lane) { return sub_group_broadcast(v, lane); }                \
  HY_OVERLOAD_ type hy_subgroup_shuffle_xor(type v, uint mask) {                                                     \
    const uint lane = get_sub_group_local_id() ^ mask;                                                               \
    const uint there = lane < get_sub_group_size() ? lane : get_sub_group_local_id();                                \
    return HY_SHUFFLE_(v, there);                                                                                    \
  }
#else
#define hy_subgroup_size() 1u
#define hy_subgroup_local_id() 0u
#define hy_subgroup_id() hy_linear_id_()
#define hy_num_subgroups() ((uint)(get_local_size(0) * get_local_size(1) * get_local_size(2)))
#define hy_subgroup_any(v) ((v) != 0)
#define hy_subgroup_all(v) ((v) != 0)
#define HY_SUBGROUP_(type)                                                           \
  HY_OVERLOAD_ type hy_subgroup_reduce_add(type v) { return v; }                     \
  HY_OVERLOAD_ type hy_subgroup_reduce_min(type v) { return v; }                     \
  HY_OVERLOAD_ type hy_subgroup_reduce_max(type v) { return v; }                     \
  HY_OVERLOAD_ type hy_subgroup_scan_inclusive_add(type v) { return v; }             \
  HY_OVERLOAD_ type hy_subgroup_scan_exclusive_add(type v) { return (type)0; }       \
  HY_OVERLOAD_ type hy_subgroup_broadcast(type v, uint lane) { return v; }           \
  HY_OVERLOAD_ type hy_subgroup_shuffle_xor(type v, uint mask) { return v; }
#endif
HY_SUBGROUP_(int)
HY_SUBGROUP_(uint)
HY_SUBGROUP_(float)

// ---- vectors ----

#define hy_make_char2(x, y) ((char2)((x), (y)))
#define hy_make_char4(x, y, z, w) ((char4)((x), (y), (z), (w)))
#define hy_make_uchar2(x, y) ((uchar2)((x), (y)))
#define hy_make_uchar4(x, y, z, w) ((uchar4)((x), (y), (z), (w)))
#define hy_make_short2(x, y) ((short2)((x), (y)))
#define hy_make_short4(x, y, z, w) ((short4)((x), (y), (z), (w)))
#define hy_make_ushort2(x, y) ((ushort2)((x), (y)))
#define hy_make_ushort4(x, y, z, w) ((ushort4)((x), (y), (z), (w)))
#define hy_make_int2(x, y) ((int2)((x), (y)))
#define hy_make_int4(x, y, z, w) ((int4)((x), (y), (z), (w)))
#define hy_make_uint2(x, y) ((uint2)((x), (y)))
#define hy_make_uint4(x, y, z, w) ((uint4)((x), (y), (z), (w)))
#define hy_make_long2(x, y) ((long2)((x), (y)))
#define hy_make_long4(x, y, z, w) ((long4)((x), (y), (z), (w)))
#define hy_make_ulong2(x, y) ((ulong2)((x), (y)))
#define hy_make_ulong4(x, y, z, w) ((ulong4)((x), (y), (z), (w)))
#define hy_make_float2(x, y) ((float2)((x), (y)))
#define hy_make_float4(x, y, z, w) ((float4)((x), (y), (z), (w)))
#define hy_make_double2(x, y) ((double2)((x), (y)))
#define hy_make_double4(x, y, z, w) ((double4)((x), (y), (z), (w)))
#define hy_convert_char2(v) convert_char2(v)
#define hy_convert_char4(v) convert_char4(v)
#define hy_convert_uchar2(v) convert_uchar2(v)
#define hy_convert_uchar4(v) convert_uchar4(v)
#define hy_convert_short2(v) convert_short2(v)
#define hy_convert_short4(v) convert_short4(v)
#define hy_convert_ushort2(v) convert_ushort2(v)
#define hy_convert_ushort4(v) convert_ushort4(v)
#define hy_convert_int2(v) convert_int2(v)
#define hy_convert_int4(v) convert_int4(v)
#define hy_convert_uint2(v) convert_uint2(v)
#define hy_convert_uint4(v) convert_uint4(v)
#define hy_convert_long2(v) convert_long2(v)
#define hy_convert_long4(v) convert_long4(v)
#define hy_convert_ulong2(v) convert_ulong2(v)
#define hy_convert_ulong4(v) convert_ulong4(v)
#define hy_convert_float2(v) convert_float2(v)
#define hy_convert_float4(v) convert_float4(v)
#define hy_convert_double2(v) convert_double2(v)
#define hy_convert_double4(v) convert_double4(v)
#define hy_load2(p, i) vload2((i), (p))
#define hy_load4(p, i) vload4((i), (p))
#define hy_store2(p, i, v) vstore2((v), (i), (p))
#define hy_store4(p, i, v) vstore4((v), (i), (p))
#define hy_dot(a, b) dot((a), (b))

// ---- storage types ----

typedef struct { ushort bits; } bfloat16;
#define hy_load_half(p, i) vload_half((i), (p))
#define hy_load_half2(p, i) vload_half2((i), (p))
#define hy_load_half4(p, i) vload_half4((i), (p))
#define hy_store_half(p, i, v) vstore_half_rte((v), (i), (p))
#define hy_store_half2(p, i, v) vstore_half2_rte((v), (i), (p))
#define hy_store_half4(p, i, v) vstore_half4_rte((v), (i), (p))

HY_FUNCTION ushort hy_bfloat16_bits_(float v) {
  const uint bits = as_uint(v);
  const uint rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
  return (ushort)((bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : rounded >> 16);
}
#define HY_BFLOAT16_(space)                                                                                          \
  HY_OVERLOAD_ float hy_load_bfloat16(const space bfloat16* p, ulong i) { return as_float((uint)p[i].bits << 16); }  \
  HY_OVERLOAD_ float2 hy_load_bfloat162(const space bfloat16* p, ulong i) {                                          \
    return (float2)(hy_load_bfloat16(p, 2 * i), hy_load_bfloat16(p, 2 * i + 1));                                     \
  }                                                                                                                  \
  HY_OVERLOAD_ float4 hy_load_bfloat164(const space bfloat16* p, ulong i) {                                          \
    return (float4)(hy_load_bfloat16(p, 4 * i), hy_load_bfloat16(p, 4 * i + 1), hy_load_bfloat16(p, 4 * i + 2),      \
                    hy_load_bfloat16(p, 4 * i + 3));                                                                 \
  }                                                                                                                  \
  HY_OVERLOAD_ void hy_store_bfloat16(space bfloat16* p, ulong i, float v) { p[i].bits = hy_bfloat16_bits_(v); }     \
  HY_OVERLOAD_ void hy_store_bfloat162(space bfloat16* p, ulong i, float2 v) {                                       \
    hy_store_bfloat16(p, 2 * i, v.x);                                                                                \
    hy_store_bfloat16(p, 2 * i + 1, v.y);                                                                            \
  }                                                                                                                  \
  HY_OVERLOAD_ void hy_store_bfloat164(space bfloat16* p, ulong i, float4 v) {                                       \
    hy_store_bfloat16(p, 4 * i, v.x);                                                                                \
    hy_store_bfloat16(p, 4 * i + 1, v.y);                                                                            \
    hy_store_bfloat16(p, 4 * i + 2, v.z);                                                                            \
    hy_store_bfloat16(p, 4 * i + 3, v.w);                                                                            \
  }
HY_BFLOAT16_(__global)
HY_BFLOAT16_(__local)

// ---- mathematics, bits ----

#define hy_min(a, b) min((a), (b))
#define hy_max(a, b) max((a), (b))
#define hy_clamp(v, low, high) clamp((v), (low), (high))
#define hy_fmin(a, b) fmin((a), (b))
#define hy_fmax(a, b) fmax((a), (b))
#define hy_mad(a, b, c) ((a) * (b) + (c))
#define hy_fma(a, b, c) fma((a), (b), (c))
#define hy_isnan(v) isnan(v)
#define hy_isinf(v) isinf(v)
#define hy_fabs(v) fabs(v)
#define hy_floor(v) floor(v)
#define hy_ceil(v) ceil(v)
#define hy_trunc(v) trunc(v)
#define hy_rint(v) rint(v)
#define hy_copysign(m, s) copysign((m), (s))
#define hy_sqrt(v) sqrt(v)
#define hy_rsqrt(v) rsqrt(v)
#define hy_exp(v) exp(v)
#define hy_exp2(v) exp2(v)
#define hy_log(v) log(v)
#define hy_log2(v) log2(v)
#define hy_sin(v) sin(v)
#define hy_cos(v) cos(v)
#define hy_tan(v) tan(v)
#define hy_tanh(v) tanh(v)
#define hy_erf(v) erf(v)
#define hy_pow(a, b) pow((a), (b))
#define hy_as_float(v) as_float(v)
#define hy_as_uint(v) as_uint(v)
#define hy_as_int(v) as_int(v)
#define hy_popcount(v) popcount((uint)(v))
#define hy_clz(v) clz((uint)(v))
#define hy_printf(...) printf(__VA_ARGS__)
