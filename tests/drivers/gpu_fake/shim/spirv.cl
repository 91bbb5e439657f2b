// OpenCL's functions for kernels, as far as the kernel dialect uses them, over those of spirv.cpp. Compiled as OpenCL C
// without its header, so that each gets the name under which kernels that came from SPIR-V call it.
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef unsigned long ulong;
#define VECTORS(t)                                    \
  typedef t t##2 __attribute__((ext_vector_type(2))); \
  typedef t t##4 __attribute__((ext_vector_type(4)));
#define INTEGERS(X) X(char) X(uchar) X(short) X(ushort) X(int) X(uint) X(long) X(ulong)
#define TYPES(X) INTEGERS(X) X(float) X(double)
TYPES(VECTORS)
#define F __attribute__((overloadable))

ulong hy_fake_at(uint what, uint dimension);
uint hy_fake_lane(void);
uint hy_fake_wave(void);
void hy_fake_barrier(void);
uint hy_fake_exchange(uint value, uint from);
float hy_fake_from_half(ushort bits);
ushort hy_fake_to_half(float v);

// ---- where an item stands ----

ulong F get_local_id(uint d) { return hy_fake_at(0, d); }
ulong F get_group_id(uint d) { return hy_fake_at(1, d); }
ulong F get_local_size(uint d) { return hy_fake_at(2, d); }
ulong F get_enqueued_local_size(uint d) { return hy_fake_at(2, d); }
ulong F get_num_groups(uint d) { return hy_fake_at(3, d); }
ulong F get_global_id(uint d) { return hy_fake_at(1, d) * hy_fake_at(2, d) + hy_fake_at(0, d); }
ulong F get_global_size(uint d) { return hy_fake_at(3, d) * hy_fake_at(2, d); }
ulong F get_global_offset(uint d) { return 0; }
uint F get_work_dim(void) { return 3; }
ulong F get_local_linear_id(void) {
  return hy_fake_at(0, 0) + hy_fake_at(2, 0) * (hy_fake_at(0, 1) + hy_fake_at(2, 1) * hy_fake_at(0, 2));
}

void F barrier(uint flags) { hy_fake_barrier(); }
void F work_group_barrier(uint flags) { hy_fake_barrier(); }
void F mem_fence(uint flags) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void F read_mem_fence(uint flags) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void F write_mem_fence(uint flags) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

// ---- atomics ----

#define CHANGE(name, expression, space, type)                                                              \
  type F name(volatile space type* p, type v) {                                                            \
    type seen = *p;                                                                                        \
    for (;;) {                                                                                             \
      const type found = __sync_val_compare_and_swap(p, seen, (type)(expression));                         \
      if (found == seen) return seen;                                                                      \
      seen = found;                                                                                        \
    }                                                                                                      \
  }
#define ATOMICS(space, type, prefix)                                     \
  CHANGE(prefix##_add, seen + v, space, type)                            \
  CHANGE(prefix##_sub, seen - v, space, type)                            \
  CHANGE(prefix##_min, seen < v ? seen : v, space, type)                 \
  CHANGE(prefix##_max, seen > v ? seen : v, space, type)                 \
  CHANGE(prefix##_and, seen & v, space, type)                            \
  CHANGE(prefix##_or, seen | v, space, type)                             \
  CHANGE(prefix##_xor, seen ^ v, space, type)                            \
  CHANGE(prefix##_xchg, v, space, type)                                  \
  type F prefix##_cmpxchg(volatile space type* p, type e, type d) {      \
    return __sync_val_compare_and_swap(p, e, d);                         \
  }
ATOMICS(__global, int, atomic)
ATOMICS(__global, uint, atomic)
ATOMICS(__local, int, atomic)
ATOMICS(__local, uint, atomic)
ATOMICS(__global, long, atom)
ATOMICS(__global, ulong, atom)
ATOMICS(__local, long, atom)
ATOMICS(__local, ulong, atom)
float F atomic_xchg(volatile __global float* p, float v) {
  return __builtin_astype(atomic_xchg((volatile __global uint*)p, __builtin_astype(v, uint)), float);
}
float F atomic_xchg(volatile __local float* p, float v) {
  return __builtin_astype(atomic_xchg((volatile __local uint*)p, __builtin_astype(v, uint)), float);
}

// ---- sub-groups: what the lanes have, gathered one by one ----

uint F get_max_sub_group_size(void) { return hy_fake_wave(); }
uint F get_sub_group_local_id(void) { return hy_fake_lane(); }
uint F get_sub_group_id(void) { return (uint)get_local_linear_id() / hy_fake_wave(); }
uint items_(void) { return (uint)(hy_fake_at(2, 0) * hy_fake_at(2, 1) * hy_fake_at(2, 2)); }
uint F get_num_sub_groups(void) { return (items_() + hy_fake_wave() - 1) / hy_fake_wave(); }
uint F get_sub_group_size(void) {
  const uint rest = items_() - get_sub_group_id() * hy_fake_wave();
  return rest < hy_fake_wave() ? rest : hy_fake_wave();
}
void F sub_group_barrier(uint flags) { hy_fake_exchange(0, 0); }

#define EXCHANGE(type) \
  type F from_(type v, uint lane) { return __builtin_astype(hy_fake_exchange(__builtin_astype(v, uint), lane), type); }
EXCHANGE(int)
EXCHANGE(uint)
EXCHANGE(float)
#define GATHER(name, type, first, last, start, expression) \
  type F name(type v) {                                    \
    const uint lane = hy_fake_lane(), size = get_sub_group_size(); \
    type sum = start;                                      \
    for (uint i = 0; i < size; ++i) {                      \
      const type other = from_(v, i);                      \
      if (i >= (first) && i < (last)) sum = expression;    \
    }                                                      \
    return sum;                                            \
  }
#define SUBGROUP(type)                                                                                  \
  GATHER(sub_group_reduce_add, type, 0, size, 0, sum + other)                                           \
  GATHER(sub_group_reduce_min, type, 0, size, v, other < sum ? other : sum)                             \
  GATHER(sub_group_reduce_max, type, 0, size, v, other > sum ? other : sum)                             \
  GATHER(sub_group_scan_inclusive_add, type, 0, lane + 1, 0, sum + other)                               \
  GATHER(sub_group_scan_exclusive_add, type, 0, lane, 0, sum + other)                                   \
  type F sub_group_broadcast(type v, uint lane) { return from_(v, lane); }                              \
  type F sub_group_shuffle(type v, uint lane) { return from_(v, lane); }                                \
  type F intel_sub_group_shuffle(type v, uint lane) { return from_(v, lane); }
SUBGROUP(int)
SUBGROUP(uint)
SUBGROUP(float)
int F sub_group_any(int v) { return sub_group_reduce_max((uint)(v != 0)) != 0u; }
int F sub_group_all(int v) { return sub_group_reduce_min((uint)(v != 0)) != 0u; }

// ---- vectors ----

#define CONVERT_FROM(to, from)                                                       \
  to##2 F convert_##to##2(from##2 v) { return __builtin_convertvector(v, to##2); }   \
  to##4 F convert_##to##4(from##4 v) { return __builtin_convertvector(v, to##4); }
#define CONVERT(to)                                                                                    \
  CONVERT_FROM(to, char) CONVERT_FROM(to, uchar) CONVERT_FROM(to, short) CONVERT_FROM(to, ushort)      \
  CONVERT_FROM(to, int) CONVERT_FROM(to, uint) CONVERT_FROM(to, long) CONVERT_FROM(to, ulong)          \
  CONVERT_FROM(to, float) CONVERT_FROM(to, double)
TYPES(CONVERT)

#define LOAD(space, type)                                                                             \
  type##2 F vload2(ulong i, const space type* p) { return (type##2)(p[2 * i], p[2 * i + 1]); }        \
  type##4 F vload4(ulong i, const space type* p) {                                                    \
    return (type##4)(p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]);                             \
  }
#define STORE(space, type)                                                                            \
  void F vstore2(type##2 v, ulong i, space type* p) { p[2 * i] = v.x, p[2 * i + 1] = v.y; }           \
  void F vstore4(type##4 v, ulong i, space type* p) {                                                 \
    p[4 * i] = v.x, p[4 * i + 1] = v.y, p[4 * i + 2] = v.z, p[4 * i + 3] = v.w;                       \
  }
#define MEMORY(type)                                                                                  \
  LOAD(__global, type) LOAD(__local, type) LOAD(__constant, type) LOAD(__private, type) LOAD(__generic, type) \
  STORE(__global, type) STORE(__local, type) STORE(__private, type) STORE(__generic, type)
TYPES(MEMORY)

#define LOAD_HALF(space)                                                                              \
  float F vload_half(ulong i, const space half* p) { return hy_fake_from_half(((const space ushort*)p)[i]); } \
  float2 F vload_half2(ulong i, const space half* p) {                                                \
    return (float2)(vload_half(2 * i, p), vload_half(2 * i + 1, p));                                  \
  }                                                                                                   \
  float4 F vload_half4(ulong i, const space half* p) {                                                \
    return (float4)(vload_half2(2 * i, p), vload_half2(2 * i + 1, p));                                \
  }
#define STORE_HALF(space, ending)                                                                     \
  void F vstore_half##ending(float v, ulong i, space half* p) { ((space ushort*)p)[i] = hy_fake_to_half(v); } \
  void F vstore_half2##ending(float2 v, ulong i, space half* p) {                                     \
    vstore_half##ending(v.x, 2 * i, p), vstore_half##ending(v.y, 2 * i + 1, p);                       \
  }                                                                                                   \
  void F vstore_half4##ending(float4 v, ulong i, space half* p) {                                     \
    vstore_half2##ending(v.xy, 2 * i, p), vstore_half2##ending(v.zw, 2 * i + 1, p);                   \
  }
#define HALF(space) LOAD_HALF(space) STORE_HALF(space, ) STORE_HALF(space, _rte)
HALF(__global)
HALF(__local)
HALF(__private)
HALF(__generic)
LOAD_HALF(__constant)

// ---- mathematics, bits ----

#define EACH1(result, name, type)                                                                     \
  result##2 F name(type##2 v) { return (result##2)(name(v.x), name(v.y)); }                           \
  result##4 F name(type##4 v) { return (result##4)(name(v.x), name(v.y), name(v.z), name(v.w)); }
#define EACH2(name, type)                                                                             \
  type##2 F name(type##2 a, type##2 b) { return (type##2)(name(a.x, b.x), name(a.y, b.y)); }          \
  type##4 F name(type##4 a, type##4 b) {                                                              \
    return (type##4)(name(a.x, b.x), name(a.y, b.y), name(a.z, b.z), name(a.w, b.w));                 \
  }
#define EACH3(name, type)                                                                             \
  type##2 F name(type##2 a, type##2 b, type##2 c) {                                                   \
    return (type##2)(name(a.x, b.x, c.x), name(a.y, b.y, c.y));                                       \
  }                                                                                                   \
  type##4 F name(type##4 a, type##4 b, type##4 c) {                                                   \
    return (type##4)(name(a.x, b.x, c.x), name(a.y, b.y, c.y), name(a.z, b.z, c.z), name(a.w, b.w, c.w)); \
  }
#define CHOICES(type)                                                          \
  type F min(type a, type b) { return b < a ? b : a; }                         \
  type F max(type a, type b) { return a < b ? b : a; }                         \
  type F clamp(type v, type low, type high) { return min(max(v, low), high); } \
  EACH2(min, type) EACH2(max, type) EACH3(clamp, type)
TYPES(CHOICES)

#define LIBRARY1(name)                          \
  float name##f(float);                         \
  double F name(double);                        \
  float F name(float v) { return name##f(v); }  \
  EACH1(float, name, float)
#define LIBRARY2(name)                                     \
  float name##f(float, float);                             \
  float F name(float a, float b) { return name##f(a, b); } \
  EACH2(name, float)
LIBRARY1(fabs)
LIBRARY1(floor)
LIBRARY1(ceil)
LIBRARY1(trunc)
LIBRARY1(rint)
LIBRARY1(sqrt)
LIBRARY1(exp)
LIBRARY1(exp2)
LIBRARY1(log)
LIBRARY1(log2)
LIBRARY1(sin)
LIBRARY1(cos)
LIBRARY1(tan)
LIBRARY1(tanh)
LIBRARY1(erf)
LIBRARY2(pow)
LIBRARY2(copysign)
LIBRARY2(fmin)
LIBRARY2(fmax)
#define DOUBLE1(name)                                        \
  double F name(double v) { return __builtin_##name(v); }    \
  EACH1(double, name, double)
#define DOUBLE2(name)                                                    \
  double F name(double a, double b) { return __builtin_##name(a, b); }   \
  EACH2(name, double)
DOUBLE1(fabs)
DOUBLE1(floor)
DOUBLE1(ceil)
DOUBLE1(trunc)
DOUBLE1(rint)
DOUBLE1(sqrt)
DOUBLE2(copysign)
DOUBLE2(fmin)
DOUBLE2(fmax)
#define ARITHMETIC(type, one, fused)                                     \
  type F fma(type a, type b, type c) { return fused(a, b, c); }          \
  type F mad(type a, type b, type c) { return a * b + c; }               \
  type F rsqrt(type v) { return one / sqrt(v); }                         \
  int F isnan(type v) { return v != v; }                                 \
  int F isinf(type v) { return fabs(v) == (type)__builtin_inf(); }       \
  type F dot(type a, type b) { return a * b; }                           \
  type F dot(type##2 a, type##2 b) { return a.x * b.x + a.y * b.y; }     \
  type F dot(type##4 a, type##4 b) { return a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w; } \
  EACH3(fma, type) EACH3(mad, type) EACH1(type, rsqrt, type)
ARITHMETIC(float, 1.0f, __builtin_fmaf)
ARITHMETIC(double, 1.0, __builtin_fma)
int2 F isnan(float2 v) { return v != v; }
int4 F isnan(float4 v) { return v != v; }
int2 F isinf(float2 v) { return fabs(v) == __builtin_inff(); }
int4 F isinf(float4 v) { return fabs(v) == __builtin_inff(); }

#define BITS(type)                                                              \
  type F popcount(type v) { return __builtin_popcount((uint)v); }               \
  type F clz(type v) { return v == 0 ? 32 : __builtin_clz((uint)v); }           \
  EACH1(type, popcount, type) EACH1(type, clz, type)
BITS(int)
BITS(uint)
