// Which host types are elements of buffers and values of kernels, and what they are called in the dialect: float is
// HY_F32, Vec<float, 4> is `float4`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "halyard/half.hpp"
#include "halyard/types.h"

namespace halyard {

/** A vector of 2 or 4 scalars, laid out as the dialect's `float4`: aligned to its size. A plain aggregate. */
template <class T, int N>
struct Vec;
template <class T>
struct alignas(2 * sizeof(T)) Vec<T, 2> {
  T x, y;
  friend constexpr bool operator==(const Vec&, const Vec&) = default;
};
template <class T>
struct alignas(4 * sizeof(T)) Vec<T, 4> {
  T x, y, z, w;
  friend constexpr bool operator==(const Vec&, const Vec&) = default;
};

using char2 = Vec<std::int8_t, 2>;
using char4 = Vec<std::int8_t, 4>;
using uchar2 = Vec<std::uint8_t, 2>;
using uchar4 = Vec<std::uint8_t, 4>;
using short2 = Vec<std::int16_t, 2>;
using short4 = Vec<std::int16_t, 4>;
using ushort2 = Vec<std::uint16_t, 2>;
using ushort4 = Vec<std::uint16_t, 4>;
using int2 = Vec<std::int32_t, 2>;
using int4 = Vec<std::int32_t, 4>;
using uint2 = Vec<std::uint32_t, 2>;
using uint4 = Vec<std::uint32_t, 4>;
using long2 = Vec<std::int64_t, 2>;
using long4 = Vec<std::int64_t, 4>;
using ulong2 = Vec<std::uint64_t, 2>;
using ulong4 = Vec<std::uint64_t, 4>;
using float2 = Vec<float, 2>;
using float4 = Vec<float, 4>;
using double2 = Vec<double, 2>;
using double4 = Vec<double, 4>;

namespace detail {

template <class T>
constexpr hy_type element_type() noexcept {
  if constexpr (std::is_same_v<T, float>) {
    return HY_F32;
  } else if constexpr (std::is_same_v<T, double>) {
    return HY_F64;
  } else if constexpr (std::is_same_v<T, half>) {
    return HY_F16;
  } else if constexpr (std::is_same_v<T, bfloat16>) {
    return HY_BF16;
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return HY_U8;
  } else if constexpr (std::is_same_v<T, char>) {
    return HY_I8;  // the dialect's char is signed, whatever the host's is
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, wchar_t> &&
                       !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> && !std::is_same_v<T, char32_t>) {
    constexpr bool is_signed = std::is_signed_v<T>;
    if constexpr (sizeof(T) == 1) return is_signed ? HY_I8 : HY_U8;
    if constexpr (sizeof(T) == 2) return is_signed ? HY_I16 : HY_U16;
    if constexpr (sizeof(T) == 4) return is_signed ? HY_I32 : HY_U32;
    if constexpr (sizeof(T) == 8) return is_signed ? HY_I64 : HY_U64;
    return HY_TYPE_NONE;
  } else {
    return HY_TYPE_NONE;
  }
}

template <class T>
struct ElementType {
  static constexpr hy_type value = element_type<T>();
};
template <class T, int N>
struct ElementType<Vec<T, N>> {
  static constexpr hy_type scalar = element_type<T>();
  static constexpr bool has_vector = scalar != HY_TYPE_NONE && scalar != HY_F16 && scalar != HY_BF16;
  static constexpr hy_type value = has_vector ? HY_VECTOR(scalar, N) : hy_type{HY_TYPE_NONE};
};

}  // namespace detail

/** The hy_type of a host type, constness aside; HY_TYPE_NONE for a type that kernels do not know. */
template <class T>
inline constexpr hy_type element_type_v = detail::ElementType<std::remove_cv_t<T>>::value;

/** A type that buffers and kernels take: the integers of 8 to 64 bits, std::byte, half, bfloat16, float, double, Vec.
 */
template <class T>
concept Element = element_type_v<T>
!= HY_TYPE_NONE;

}  // namespace halyard
