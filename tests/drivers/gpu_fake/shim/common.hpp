// What the shims of CUDA and HIP share: the item that runs, a kernel's description, atomics, half precision. No header
// of the system is included, so that no name of it meets a kernel's.
#pragma once

#include "tests/drivers/gpu_fake/kernel_abi.hpp"

extern "C" {
hy_fake_now hy_fake_state;
extern char __start_hy_fake_shared[] __attribute__((weak, visibility("hidden")));
extern char __stop_hy_fake_shared[] __attribute__((weak, visibility("hidden")));
char* hy_fake_shared_range[2] = {__start_hy_fake_shared, __stop_hy_fake_shared};
}

template <class T>
struct hy_fake_is_pointer {
  static constexpr unsigned value = 0;
};
template <class T>
struct hy_fake_is_pointer<T*> {
  static constexpr unsigned value = 1;
};

template <unsigned... I>
struct hy_fake_indices {};
template <unsigned N, unsigned... I>
struct hy_fake_make_indices : hy_fake_make_indices<N - 1, N - 1, I...> {};
template <unsigned... I>
struct hy_fake_make_indices<0, I...> {
  typedef hy_fake_indices<I...> type;
};
template <class T>
struct hy_fake_remove_reference {
  typedef T type;
};

template <auto F>
struct hy_fake_kernel_of;
template <class... A, void (*F)(A...)>
struct hy_fake_kernel_of<F> {
  static constexpr hy_fake_parameter parameters[sizeof...(A) + 1] = {{sizeof(A), hy_fake_is_pointer<A>::value}..., {}};
  template <unsigned... I>
  static void unpack(void** arguments, hy_fake_indices<I...>) {
    F(*static_cast<A*>(arguments[I])...);
  }
  static void call(void** arguments) { unpack(arguments, typename hy_fake_make_indices<sizeof...(A)>::type()); }
  static constexpr unsigned count = sizeof...(A);
};
template <auto F>
constexpr hy_fake_kernel hy_fake_describe(unsigned most_threads) {
  return {hy_fake_kernel_of<F>::parameters, hy_fake_kernel_of<F>::count, most_threads, hy_fake_kernel_of<F>::call};
}

// ---- atomics of any type of 4 or 8 bytes ----

template <class T, class Change>
inline T hy_fake_atomic(T* p, Change change) {
  T seen, wanted;
  __atomic_load(p, &seen, __ATOMIC_RELAXED);
  do {
    wanted = change(seen);
  } while (!__atomic_compare_exchange(p, &seen, &wanted, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
  return seen;
}
template <class T>
inline T hy_fake_atomic_add(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return T(seen + v); });
}
template <class T>
inline T hy_fake_atomic_min(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return v < seen ? v : seen; });
}
template <class T>
inline T hy_fake_atomic_max(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return seen < v ? v : seen; });
}
template <class T>
inline T hy_fake_atomic_and(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return T(seen & v); });
}
template <class T>
inline T hy_fake_atomic_or(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return T(seen | v); });
}
template <class T>
inline T hy_fake_atomic_xor(T* p, T v) {
  return hy_fake_atomic(p, [v](T seen) { return T(seen ^ v); });
}
template <class T>
inline T hy_fake_atomic_exchange(T* p, T v) {
  return hy_fake_atomic(p, [v](T) { return v; });
}
template <class T>
inline T hy_fake_atomic_cas(T* p, T expected, T desired) {
  __atomic_compare_exchange(p, &expected, &desired, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
  return expected;
}

// ---- half precision, rounding to nearest even ----

inline float hy_fake_half_to_float(unsigned short h) {
  const unsigned sign = (h & 0x8000u) << 16, exponent = h >> 10 & 31u, mantissa = h & 1023u;
  if (exponent == 31u) {
    return __builtin_bit_cast(float, sign | 0x7F800000u | mantissa << 13 | (mantissa != 0 ? 0x400000u : 0u));
  }
  if (exponent != 0) return __builtin_bit_cast(float, sign | (exponent + 112u) << 23 | mantissa << 13);
  const float small = static_cast<float>(mantissa) * 0x1p-24f;
  return sign != 0 ? -small : small;
}

inline unsigned short hy_fake_float_to_half(float v) {
  const unsigned bits = __builtin_bit_cast(unsigned, v), sign = bits >> 16 & 0x8000u, rest = bits & 0x7FFFFFFFu;
  if (rest > 0x7F800000u) return static_cast<unsigned short>(sign | 0x7E00u | (rest >> 13 & 0x3FFu));
  if (rest >= 0x477FF000u) return static_cast<unsigned short>(sign | 0x7C00u);
  if (rest < 0x38800000u) {  // subnormal: an addition rounds at the place of 2^-24
    const float scaled = __builtin_bit_cast(float, rest) + 0.5f;
    return static_cast<unsigned short>(sign | (__builtin_bit_cast(unsigned, scaled) - 0x3F000000u));
  }
  const unsigned rounded = rest + 0xFFFu + (rest >> 13 & 1u) - 0x38000000u;
  return static_cast<unsigned short>(sign | rounded >> 13);
}
