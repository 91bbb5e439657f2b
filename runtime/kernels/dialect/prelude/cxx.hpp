// What the C++ targets share: vectors of two and four, storage types, loads and stores, integer helpers.

template <typename T>
struct alignas(2 * sizeof(T)) hy_vec2 {
  T x, y;
};
template <typename T>
struct alignas(4 * sizeof(T)) hy_vec4 {
  T x, y, z, w;
};

template <typename T>
struct hy_scalar_type {
  typedef T type;
};
template <typename T>
using hy_scalar = typename hy_scalar_type<T>::type;  // keeps a scalar operand out of template deduction

#define HY_VECTOR_OPERATOR_(op)                                           \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec2<T> operator op(hy_vec2<T> a, hy_vec2<T> b) {        \
    return {T(a.x op b.x), T(a.y op b.y)};                                \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec2<T> operator op(hy_vec2<T> a, hy_scalar<T> b) {      \
    return {T(a.x op b), T(a.y op b)};                                    \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec2<T> operator op(hy_scalar<T> a, hy_vec2<T> b) {      \
    return {T(a op b.x), T(a op b.y)};                                    \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec2<T>& operator op##=(hy_vec2<T>& a, hy_vec2<T> b) {   \
    return a = a op b;                                                    \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec2<T>& operator op##=(hy_vec2<T>& a, hy_scalar<T> b) { \
    return a = a op b;                                                    \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec4<T> operator op(hy_vec4<T> a, hy_vec4<T> b) {        \
    return {T(a.x op b.x), T(a.y op b.y), T(a.z op b.z), T(a.w op b.w)};  \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec4<T> operator op(hy_vec4<T> a, hy_scalar<T> b) {      \
    return {T(a.x op b), T(a.y op b), T(a.z op b), T(a.w op b)};          \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec4<T> operator op(hy_scalar<T> a, hy_vec4<T> b) {      \
    return {T(a op b.x), T(a op b.y), T(a op b.z), T(a op b.w)};          \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec4<T>& operator op##=(hy_vec4<T>& a, hy_vec4<T> b) {   \
    return a = a op b;                                                    \
  }                                                                       \
  template <typename T>                                                   \
  HY_FUNCTION hy_vec4<T>& operator op##=(hy_vec4<T>& a, hy_scalar<T> b) { \
    return a = a op b;                                                    \
  }

HY_VECTOR_OPERATOR_(+)
HY_VECTOR_OPERATOR_(-)
HY_VECTOR_OPERATOR_(*)
HY_VECTOR_OPERATOR_(/)
HY_VECTOR_OPERATOR_(&)
HY_VECTOR_OPERATOR_(|)
HY_VECTOR_OPERATOR_(^)
HY_VECTOR_OPERATOR_(<<)
HY_VECTOR_OPERATOR_(>>)

template <typename T>
HY_FUNCTION hy_vec2<T> operator-(hy_vec2<T> a) {
  return {T(-a.x), T(-a.y)};
}
template <typename T>
HY_FUNCTION hy_vec4<T> operator-(hy_vec4<T> a) {
  return {T(-a.x), T(-a.y), T(-a.z), T(-a.w)};
}

#define HY_VECTOR_TYPE_(type)                                                                    \
  typedef hy_vec2<type> type##2;                                                                 \
  typedef hy_vec4<type> type##4;                                                                 \
  HY_FUNCTION type##2 hy_make_##type##2(type x, type y) { return {x, y}; }                       \
  HY_FUNCTION type##4 hy_make_##type##4(type x, type y, type z, type w) { return {x, y, z, w}; } \
  template <typename T>                                                                          \
  HY_FUNCTION type##2 hy_convert_##type##2(hy_vec2<T> v) {                                       \
    return {type(v.x), type(v.y)};                                                               \
  }                                                                                              \
  template <typename T>                                                                          \
  HY_FUNCTION type##4 hy_convert_##type##4(hy_vec4<T> v) {                                       \
    return {type(v.x), type(v.y), type(v.z), type(v.w)};                                         \
  }
HY_VECTOR_TYPE_(char)
HY_VECTOR_TYPE_(uchar)
HY_VECTOR_TYPE_(short)
HY_VECTOR_TYPE_(ushort)
HY_VECTOR_TYPE_(int)
HY_VECTOR_TYPE_(uint)
HY_VECTOR_TYPE_(long)
HY_VECTOR_TYPE_(ulong)
HY_VECTOR_TYPE_(float)
HY_VECTOR_TYPE_(double)

template <typename T>
HY_FUNCTION hy_vec2<T> hy_load2(const T* p, ulong i) {
  return {p[2 * i], p[2 * i + 1]};
}
template <typename T>
HY_FUNCTION hy_vec4<T> hy_load4(const T* p, ulong i) {
  return {p[4 * i], p[4 * i + 1], p[4 * i + 2], p[4 * i + 3]};
}
template <typename T>
HY_FUNCTION void hy_store2(T* p, ulong i, hy_vec2<T> v) {
  p[2 * i] = v.x;
  p[2 * i + 1] = v.y;
}
template <typename T>
HY_FUNCTION void hy_store4(T* p, ulong i, hy_vec4<T> v) {
  p[4 * i] = v.x;
  p[4 * i + 1] = v.y;
  p[4 * i + 2] = v.z;
  p[4 * i + 3] = v.w;
}
template <typename T>
HY_FUNCTION T hy_dot(hy_vec2<T> a, hy_vec2<T> b) {
  return a.x * b.x + a.y * b.y;
}
template <typename T>
HY_FUNCTION T hy_dot(hy_vec4<T> a, hy_vec4<T> b) {
  return a.x * b.x + a.y * b.y + (a.z * b.z + a.w * b.w);
}

// ---- storage types ----

typedef struct {
  ushort bits;
} bfloat16;

HY_FUNCTION float hy_bfloat16_to_float(bfloat16 h) { return hy_as_float(static_cast<uint>(h.bits) << 16); }
HY_FUNCTION bfloat16 hy_float_to_bfloat16(float v) {
  const uint bits = hy_as_uint(v);
  const uint rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
  return {static_cast<ushort>((bits & 0x7FFFFFFFu) > 0x7F800000u ? bits >> 16 | 0x40u : rounded >> 16)};
}

#define HY_STORAGE_(type)                                                                         \
  HY_FUNCTION float hy_load_##type(const type* p, ulong i) { return hy_##type##_to_float(p[i]); } \
  HY_FUNCTION void hy_store_##type(type* p, ulong i, float v) { p[i] = hy_float_to_##type(v); }   \
  HY_FUNCTION float2 hy_load_##type##2(const type* p, ulong i) {                                  \
    return {hy_load_##type(p, 2 * i), hy_load_##type(p, 2 * i + 1)};                              \
  }                                                                                               \
  HY_FUNCTION float4 hy_load_##type##4(const type* p, ulong i) {                                  \
    return {hy_load_##type(p, 4 * i), hy_load_##type(p, 4 * i + 1), hy_load_##type(p, 4 * i + 2), \
            hy_load_##type(p, 4 * i + 3)};                                                        \
  }                                                                                               \
  HY_FUNCTION void hy_store_##type##2(type * p, ulong i, float2 v) {                              \
    hy_store_##type(p, 2 * i, v.x);                                                               \
    hy_store_##type(p, 2 * i + 1, v.y);                                                           \
  }                                                                                               \
  HY_FUNCTION void hy_store_##type##4(type * p, ulong i, float4 v) {                              \
    hy_store_##type(p, 4 * i, v.x);                                                               \
    hy_store_##type(p, 4 * i + 1, v.y);                                                           \
    hy_store_##type(p, 4 * i + 2, v.z);                                                           \
    hy_store_##type(p, 4 * i + 3, v.w);                                                           \
  }
HY_STORAGE_(half)
HY_STORAGE_(bfloat16)

// ---- comparisons ----

template <typename T>
HY_FUNCTION T hy_min(T a, hy_scalar<T> b) {
  return b < a ? b : a;
}
template <typename T>
HY_FUNCTION T hy_max(T a, hy_scalar<T> b) {
  return a < b ? b : a;
}
template <typename T>
HY_FUNCTION T hy_clamp(T v, hy_scalar<T> low, hy_scalar<T> high) {
  return v < low ? low : high < v ? high : v;
}
template <typename T>
HY_FUNCTION T hy_fmin(T a, hy_scalar<T> b) {
  return b < a || a != a ? b : a;
}
template <typename T>
HY_FUNCTION T hy_fmax(T a, hy_scalar<T> b) {
  return a < b || a != a ? b : a;
}
template <typename T>
HY_FUNCTION T hy_mad(T a, hy_scalar<T> b, hy_scalar<T> c) {
  return a * b + c;
}
template <typename T>
HY_FUNCTION bool hy_isnan(T v) {
  return v != v;
}
template <typename T>
HY_FUNCTION bool hy_isinf(T v) {
  return v - v != v - v && v == v;
}
