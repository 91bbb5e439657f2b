// Halyard's kernel dialect for C++ compilers of the host: work-items are turns of a loop. Everything but the image at
// the end of the file has internal linkage, so that many such files link into one program.
#define HY_TARGET_HOST 1
#define HY_TARGET_OPENCL 0
#define HY_TARGET_CUDA 0
#define HY_TARGET_HIP 0
#define HY_HAS_FLOAT64 1
#define HY_HAS_ATOMICS_INT64 1
#define HY_HAS_ATOMICS_FLOAT 0
#define HY_HAS_SUBGROUPS 0
#define HY_HAS_PRINTF 1

#define HY_INLINE __attribute__((always_inline))
#define HY_MAYBE_UNUSED __attribute__((unused))
#define HY_FUNCTION static inline __attribute__((always_inline, unused))
#define HY_RESTRICT __restrict
#define HY_GLOBAL
#define HY_LOCAL_PTR
#define HY_CONSTANT_PTR
#define HY_CONSTANT static HY_MAYBE_UNUSED const

#if defined(__clang__)
// Not assume_safety, which lets lanes share an array that is declared inside the loop.
#define HY_INDEPENDENT _Pragma("clang loop vectorize(enable)")
#pragma clang diagnostic ignored "-Wpass-failed"  // a hint that could not be followed is no fault of the kernel
#else
// g++ vectorises no loop in which such an array still lives in memory; semantics_test.cpp watches that.
#define HY_INDEPENDENT _Pragma("GCC ivdep")
#endif

#ifndef HY_HOST_IMAGE_SYMBOL
#define HY_HOST_IMAGE_SYMBOL hy_host_image
#endif
#ifndef HY_HOST_IMAGE_VISIBILITY  // "hidden" where it is linked into a program or library
#define HY_HOST_IMAGE_VISIBILITY "default"
#endif

#ifndef HY_HOST_TARGET
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512CD__) && defined(__AVX512DQ__) && \
    defined(__AVX512VL__)
#define HY_HOST_TARGET "x86-64-v4"
#elif defined(__AVX2__) && defined(__BMI2__) && defined(__FMA__) && defined(__F16C__)
#define HY_HOST_TARGET "x86-64-v3"
#elif defined(__SSE4_2__) && defined(__POPCNT__)
#define HY_HOST_TARGET "x86-64-v2"
#elif defined(__x86_64__)
#define HY_HOST_TARGET "x86-64"
#elif defined(__aarch64__)
#define HY_HOST_TARGET "aarch64"
#elif defined(__riscv)
#define HY_HOST_TARGET "riscv64"
#else
#define HY_HOST_TARGET "unknown"
#endif
#endif

namespace {

typedef unsigned char uchar;
typedef unsigned short ushort;
typedef unsigned int uint;
typedef uint64_t ulong;
typedef long hy_index;

// ---- where an item stands ----

struct hy_chosen_workgroup {  // by the launch
  enum : unsigned { x = 0, y = 0, z = 0, items = 0 };
  static HY_INLINE uint size(const hy_host_launch* launch, int d) { return launch->workgroup[d]; }
};

template <unsigned X, unsigned Y, unsigned Z>
struct hy_fixed_workgroup {  // by HY_WORKGROUP
  static_assert(X > 0 && Y > 0 && Z > 0, "HY_WORKGROUP holds a zero");
  enum : unsigned { x = X, y = Y, z = Z, items = X * Y * Z };
  static HY_INLINE uint size(const hy_host_launch*, int d) { return d == 0 ? X : d == 1 ? Y : Z; }
};

struct hy_item_t {
  ulong global[3];
  ulong group[3];
  ulong groups[3];
  uint local[3];
  uint size[3];
  hy_index linear;
  hy_host_fiber* fiber;
};

// Between phases there is no item, so this lacks what only an item has.
struct hy_group_t {
  ulong group[3];
  ulong groups[3];
  uint size[3];

  HY_INLINE hy_item_t item(hy_index x, hy_index y, hy_index z, hy_index linear) const {
    return {{group[0] * size[0] + ulong(x), group[1] * size[1] + ulong(y), group[2] * size[2] + ulong(z)},
            {group[0], group[1], group[2]},
            {groups[0], groups[1], groups[2]},
            {uint(x), uint(y), uint(z)},
            {size[0], size[1], size[2]},
            linear,
            nullptr};
  }
};

#define HY_ITEM_PARAM HY_MAYBE_UNUSED const hy_item_t& hy_item
#define HY_ITEM_ARG hy_item
#define hy_global_id(d) (hy_item.global[d])
#define hy_local_id(d) (hy_item.local[d])
#define hy_group_id(d) (hy_item.group[d])
#define hy_num_groups(d) (hy_item.groups[d])
#define hy_local_size(d) (hy_item.size[d])
#define hy_global_size(d) (hy_item.groups[d] * hy_item.size[d])

// The bounds themselves are applied by the loop around the body.
#define HY_BOUND(i, n) const ulong i = hy_item.global[0]
#define HY_BOUND2(x_, y_, nx, ny) const ulong x_ = hy_item.global[0], y_ = hy_item.global[1]
#define HY_BOUND3(x_, y_, z_, nx, ny, nz) \
  const ulong x_ = hy_item.global[0], y_ = hy_item.global[1], z_ = hy_item.global[2]

// ---- phases, memory of the workgroup and of the item ----

#define HY_PASTE_(a, b) a##b
#define HY_PASTE(a, b) HY_PASTE_(a, b)

HY_MAYBE_UNUSED constexpr uint64_t hy_local_bytes_of(uint64_t bytes) { return (bytes + 63) & ~uint64_t{63}; }
HY_MAYBE_UNUSED constexpr uint32_t hy_private_bytes_of(uint64_t bytes) {
  return bytes < UINT32_MAX ? static_cast<uint32_t>(bytes) : UINT32_MAX;
}

template <typename T>
HY_FUNCTION T* hy_take_local(hy_host_fiber* fiber, uint64_t bytes) {
  T* taken = reinterpret_cast<T*>(fiber->local + fiber->local_cursor);
  fiber->local_cursor += hy_local_bytes_of(bytes);
  return taken;
}

#define HY_LOCAL(type, name, count) HY_PASTE(HY_LOCAL_, HY_MODE)(type, name, count)
#define HY_LOCAL_PHASES(type, name, count) alignas(64) HY_MAYBE_UNUSED type name[count]
#define HY_LOCAL_FIBERS(type, name, count) \
  HY_MAYBE_UNUSED type(&name)[count] = *hy_take_local<type[count]>(hy_item.fiber, sizeof(type) * (count))

#define HY_PRIVATE(type, name) HY_PASTE(HY_PRIVATE_, HY_MODE)(type, name)
#define HY_PRIVATE_PHASES(type, name) alignas(64) HY_MAYBE_UNUSED type name[hy_workgroup::items]
#define HY_PRIVATE_FIBERS(type, name) type name
#define HY_PRIVATE_LOOP(type, name) type name

#define HY_PRIVATE_ARRAY(type, name, count) HY_PASTE(HY_PRIVATE_ARRAY_, HY_MODE)(type, name, count)
#define HY_PRIVATE_ARRAY_PHASES(type, name, count) alignas(64) HY_MAYBE_UNUSED type name[count][hy_workgroup::items]
#define HY_PRIVATE_ARRAY_FIBERS(type, name, count) type name[count]
#define HY_PRIVATE_ARRAY_LOOP(type, name, count) type name[count]

#define HY_AT(name) HY_PASTE(HY_AT_, HY_MODE)(name)
#define HY_AT_PHASES(name) name[hy_item.linear]
#define HY_AT_FIBERS(name) name
#define HY_AT_LOOP(name) name

#define HY_AT2(name, k) HY_PASTE(HY_AT2_, HY_MODE)(name, k)
#define HY_AT2_PHASES(name, k) name[k][hy_item.linear]
#define HY_AT2_FIBERS(name, k) name[k]
#define HY_AT2_LOOP(name, k) name[k]

#define HY_NAME_ITEM_(type, name, value) if (HY_MAYBE_UNUSED const type name = (value); true)
// Counters are signed and as wide as an address: an index made from them cannot wrap, so the compiler vectorises.
#define HY_ITEMS(i)                                                                                   \
  HY_INDEPENDENT for (hy_index hy_n = 0; hy_n < hy_index(hy_workgroup::items); ++hy_n) HY_NAME_ITEM_( \
      hy_item_t, hy_item, hy_item_of_phase<hy_workgroup>(hy_group, hy_n)) HY_NAME_ITEM_(hy_index, i, hy_n)
#define HY_ITEMS2(x_, y_)                                                                       \
  for (hy_index hy_ny = 0; hy_ny < hy_index(hy_workgroup::y * hy_workgroup::z); ++hy_ny)        \
  HY_INDEPENDENT for (hy_index hy_nx = 0; hy_nx < hy_index(hy_workgroup::x); ++hy_nx)           \
      HY_NAME_ITEM_(hy_item_t, hy_item, hy_item_of_phase<hy_workgroup>(hy_group, hy_nx, hy_ny)) \
          HY_NAME_ITEM_(hy_index, x_, hy_nx) HY_NAME_ITEM_(hy_index, y_, hy_ny % hy_index(hy_workgroup::y))
#define HY_ITEMS3(x_, y_, z_) HY_ITEMS2(x_, y_) HY_NAME_ITEM_(hy_index, z_, hy_ny / hy_index(hy_workgroup::y))

template <typename Workgroup>
HY_FUNCTION hy_item_t hy_item_of_phase(const hy_group_t& group, hy_index linear) {
  constexpr hy_index x = Workgroup::x, y = Workgroup::y;
  return group.item(linear % x, linear / x % y, linear / (x * y), linear);
}
template <typename Workgroup>
HY_FUNCTION hy_item_t hy_item_of_phase(const hy_group_t& group, hy_index column, hy_index row) {
  constexpr hy_index x = Workgroup::x, y = Workgroup::y;
  return group.item(column, row % y, row / y, row * x + column);
}

HY_FUNCTION void hy_barrier_of(const hy_item_t& item) { item.fiber->barrier(item.fiber); }
#define hy_barrier() hy_barrier_of(hy_item)

// ---- running parts of a grid ----

template <typename T>
HY_FUNCTION T* hy_buffer(const void* pointer) {
  return static_cast<T*>(const_cast<void*>(pointer));
}

template <typename T>
HY_FUNCTION T hy_value(const void* pointer) {
  T value;
  __builtin_memcpy(&value, pointer, sizeof value);
  return value;
}

template <typename Workgroup>
HY_FUNCTION hy_group_t hy_group_at(const hy_host_launch* launch, ulong index) {
  const ulong row = index / launch->groups[0];
  return {{index % launch->groups[0], row % launch->groups[1], row / launch->groups[1]},
          {launch->groups[0], launch->groups[1], launch->groups[2]},
          {Workgroup::size(launch, 0), Workgroup::size(launch, 1), Workgroup::size(launch, 2)}};
}

template <typename Workgroup, typename Body>
HY_FUNCTION void hy_run_phases(const hy_host_launch* launch, ulong first, ulong last, Body body) {
  for (ulong index = first; index < last; ++index) {
    body(hy_group_at<Workgroup>(launch, index));
  }
}

// What HY_BOUND says of the items that have work, as a loop's end rather than a test in it.
struct hy_limits_t {
  ulong x = ~0ull, y = ~0ull, z = ~0ull;
};
struct hy_extent_t {
  hy_index x, y, z;
};
HY_FUNCTION ulong hy_lesser(ulong a, ulong b) { return a < b ? a : b; }
HY_FUNCTION hy_index hy_clip_one(ulong begin, uint size, ulong limit) {
  return limit <= begin ? 0 : hy_index(hy_lesser(size, limit - begin));
}
HY_FUNCTION hy_extent_t hy_clip(const hy_group_t& group, const hy_limits_t& limits) {
  return {hy_clip_one(group.group[0] * group.size[0], group.size[0], limits.x),
          hy_clip_one(group.group[1] * group.size[1], group.size[1], limits.y),
          hy_clip_one(group.group[2] * group.size[2], group.size[2], limits.z)};
}

template <typename Workgroup, typename Body>
HY_FUNCTION void hy_run_groups(const hy_host_launch* launch, ulong first, ulong last, hy_limits_t limits, Body body) {
  for (ulong index = first; index < last; ++index) {
    const hy_group_t group = hy_group_at<Workgroup>(launch, index);
    const hy_extent_t extent = hy_clip(group, limits);
    for (hy_index z = 0; z < extent.z; ++z) {
      for (hy_index y = 0; y < extent.y; ++y) {
        HY_INDEPENDENT for (hy_index x = 0; x < extent.x; ++x) {
          body(group.item(x, y, z, (z * group.size[1] + y) * group.size[0] + x));
        }
      }
    }
  }
}

// For bodies that ask for global ids alone: neighbouring groups become one long loop along dimension 0.
template <typename Workgroup, typename Body>
HY_FUNCTION void hy_run_joined(const hy_host_launch* launch, ulong first, ulong last, hy_limits_t limits, Body body) {
  while (first < last) {
    const hy_group_t group = hy_group_at<Workgroup>(launch, first);
    const ulong rest_of_row = group.groups[0] - group.group[0];
    const ulong count = last - first < rest_of_row ? last - first : rest_of_row;
    const ulong begin = group.group[0] * group.size[0];
    const ulong end = hy_lesser(begin + count * group.size[0], limits.x);
    const hy_extent_t extent = hy_clip(group, limits);
    for (hy_index z = 0; z < extent.z; ++z) {
      for (hy_index y = 0; y < extent.y; ++y) {
        hy_item_t item = group.item(0, y, z, 0);
        HY_INDEPENDENT for (ulong x = begin; x < end; ++x) {
          item.global[0] = x;
          body(item);
        }
      }
    }
    first += count;
  }
}

template <typename Workgroup>
HY_FUNCTION hy_item_t hy_fiber_item(const hy_host_launch* launch, const uint64_t group[3], const uint32_t local[3],
                                    hy_host_fiber* fiber) {
  const hy_group_t here = {{group[0], group[1], group[2]},
                           {launch->groups[0], launch->groups[1], launch->groups[2]},
                           {Workgroup::size(launch, 0), Workgroup::size(launch, 1), Workgroup::size(launch, 2)}};
  const uint linear = (local[2] * here.size[1] + local[1]) * here.size[0] + local[0];
  hy_item_t item = here.item(local[0], local[1], local[2], linear);
  item.fiber = fiber;
  return item;
}

// ---- atomics: relaxed, one for each type that has them ----

template <typename T>
struct hy_same {
  typedef T type;
};
template <typename T>
using hy_value_of = typename hy_same<T>::type;  // keeps an argument out of template deduction

template <typename T>
HY_FUNCTION T hy_atomic_cas(T* p, hy_value_of<T> expected, hy_value_of<T> desired) {
  __atomic_compare_exchange(p, &expected, &desired, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
  return expected;
}

// Replaces *p by f(*p) and returns what it was.
template <typename T, typename F>
HY_FUNCTION T hy_atomic_apply(T* p, F f) {
  T seen;
  __atomic_load(p, &seen, __ATOMIC_RELAXED);
  T wanted = f(seen);
  while (!__atomic_compare_exchange(p, &seen, &wanted, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    wanted = f(seen);
  }
  return seen;
}

template <typename T>
HY_FUNCTION T hy_atomic_add(T* p, hy_value_of<T> v) {
  return __atomic_fetch_add(p, v, __ATOMIC_RELAXED);
}
HY_FUNCTION float hy_atomic_add(float* p, float v) {
  return hy_atomic_apply(p, [=](float seen) HY_INLINE { return seen + v; });
}
template <typename T>
HY_FUNCTION T hy_atomic_sub(T* p, hy_value_of<T> v) {
  return __atomic_fetch_sub(p, v, __ATOMIC_RELAXED);
}
template <typename T>
HY_FUNCTION T hy_atomic_and(T* p, hy_value_of<T> v) {
  return __atomic_fetch_and(p, v, __ATOMIC_RELAXED);
}
template <typename T>
HY_FUNCTION T hy_atomic_or(T* p, hy_value_of<T> v) {
  return __atomic_fetch_or(p, v, __ATOMIC_RELAXED);
}
template <typename T>
HY_FUNCTION T hy_atomic_xor(T* p, hy_value_of<T> v) {
  return __atomic_fetch_xor(p, v, __ATOMIC_RELAXED);
}
template <typename T>
HY_FUNCTION T hy_atomic_min(T* p, hy_value_of<T> v) {
  return hy_atomic_apply(p, [=](T seen) HY_INLINE { return v < seen ? v : seen; });
}
template <typename T>
HY_FUNCTION T hy_atomic_max(T* p, hy_value_of<T> v) {
  return hy_atomic_apply(p, [=](T seen) HY_INLINE { return v > seen ? v : seen; });
}
template <typename T>
HY_FUNCTION T hy_atomic_xchg(T* p, hy_value_of<T> v) {
  T old;
  __atomic_exchange(p, &v, &old, __ATOMIC_RELAXED);
  return old;
}

// ---- sub-groups of one item ----

#define hy_subgroup_size() 1u
#define hy_subgroup_local_id() 0u
#define hy_subgroup_id() (uint(hy_item.linear))
#define hy_num_subgroups() (hy_item.size[0] * hy_item.size[1] * hy_item.size[2])
template <typename T>
HY_FUNCTION T hy_subgroup_reduce_add(T v) {
  return v;
}
template <typename T>
HY_FUNCTION T hy_subgroup_reduce_min(T v) {
  return v;
}
template <typename T>
HY_FUNCTION T hy_subgroup_reduce_max(T v) {
  return v;
}
template <typename T>
HY_FUNCTION T hy_subgroup_scan_inclusive_add(T v) {
  return v;
}
template <typename T>
HY_FUNCTION T hy_subgroup_scan_exclusive_add(T) {
  return T(0);
}
template <typename T>
HY_FUNCTION T hy_subgroup_broadcast(T v, uint) {
  return v;
}
template <typename T>
HY_FUNCTION T hy_subgroup_shuffle_xor(T v, uint) {
  return v;
}
HY_FUNCTION int hy_subgroup_any(int v) { return v != 0; }
HY_FUNCTION int hy_subgroup_all(int v) { return v != 0; }

// ---- bits and plain mathematics; the rest is in math.hpp ----

HY_FUNCTION float hy_as_float(uint v) { return hy_value<float>(&v); }
HY_FUNCTION uint hy_as_uint(float v) { return hy_value<uint>(&v); }
HY_FUNCTION int hy_as_int(float v) { return hy_value<int>(&v); }
HY_FUNCTION double hy_double_power_of_two_(int n) {
  const ulong bits = (ulong)(n + 1023) << 52;
  return hy_value<double>(&bits);
}
HY_FUNCTION uint hy_popcount(uint v) { return static_cast<uint>(__builtin_popcount(v)); }
HY_FUNCTION uint hy_clz(uint v) { return v == 0 ? 32u : static_cast<uint>(__builtin_clz(v)); }
#define hy_printf(...) __builtin_printf(__VA_ARGS__)

#define HY_BOTH_(name)                                                    \
  HY_FUNCTION float hy_##name(float v) { return __builtin_##name##f(v); } \
  HY_FUNCTION double hy_##name(double v) { return __builtin_##name(v); }
HY_BOTH_(sqrt)
HY_BOTH_(floor)
HY_BOTH_(ceil)
HY_BOTH_(trunc)
HY_BOTH_(rint)
HY_BOTH_(fabs)
HY_FUNCTION float hy_copysign(float m, float s) { return __builtin_copysignf(m, s); }
HY_FUNCTION double hy_copysign(double m, double s) { return __builtin_copysign(m, s); }
HY_FUNCTION float hy_fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
HY_FUNCTION double hy_fma(double a, double b, double c) { return __builtin_fma(a, b, c); }

// ---- half: by bits, so that the loop vectorises on every machine ----

typedef struct {
  ushort bits;
} half;

HY_FUNCTION float hy_half_to_float(half h) {
  const uint magnitude = (h.bits & 0x7FFFu) << 13;
  const float scaled = hy_as_float(magnitude) * 0x1p112f;               // right for finite values, subnormals too
  const uint bits = magnitude >= 0x0F800000u ? magnitude | 0x7F800000u  // infinity and NaN
                                             : hy_as_uint(scaled);
  return hy_as_float(bits | (h.bits & 0x8000u) << 16);
}

HY_FUNCTION half hy_float_to_half(float v) {
  const uint bits = hy_as_uint(v);
  const uint magnitude = bits & 0x7FFFFFFFu;
  // Normal results: re-bias and round half to even. Subnormal ones: an addition aligns and rounds them.
  const uint normal = (magnitude - 0x38000000u + 0xFFFu + (magnitude >> 13 & 1u)) >> 13;
  const uint subnormal = hy_as_uint(hy_as_float(magnitude) + 0.5f) - 0x3F000000u;
  const uint special = magnitude > 0x7F800000u ? 0x7E00u | (magnitude >> 13 & 0x3FFu) : 0x7C00u;
  const uint result = magnitude >= 0x47800000u ? special : magnitude < 0x38800000u ? subnormal : normal;
  return {static_cast<ushort>(result | (bits >> 16 & 0x8000u))};
}
