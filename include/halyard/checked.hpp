// Sizes and offsets without silent overflow: each operation gives nothing where the true result does not fit.
// Everything that computes a size, in the library and over it, goes through here.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace halyard {

/** An integer that is a quantity: neither bool nor a character type of text. */
template <class T>
concept Quantity = std::integral<T> && !std::is_same_v<T, bool>;

/** a + b, or nothing where it does not fit into T. */
template <Quantity T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, std::type_identity_t<T> b) noexcept {
  T result{};
  if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/** a - b, or nothing where it does not fit into T (below 0 for an unsigned T). */
template <Quantity T>
[[nodiscard]] constexpr std::optional<T> checked_sub(T a, std::type_identity_t<T> b) noexcept {
  T result{};
  if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/** a * b, or nothing where it does not fit into T. */
template <Quantity T>
[[nodiscard]] constexpr std::optional<T> checked_mul(T a, std::type_identity_t<T> b) noexcept {
  T result{};
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  return result;
}

/** The product of any number of factors; nothing where a partial product does not fit. A zero factor that comes later
 *  does not cure an overflow before it. */
template <Quantity T, class... Factors>
[[nodiscard]] constexpr std::optional<T> checked_product(T first, Factors... factors) noexcept {
  std::optional<T> product = first;
  ((product = product ? checked_mul<T>(*product, factors) : product), ...);
  return product;
}

/** a / b rounded up, for a of 0 or more; nothing where b is not positive or a is negative. */
template <Quantity T>
[[nodiscard]] constexpr std::optional<T> checked_ceil_div(T a, std::type_identity_t<T> b) noexcept {
  if (b <= 0 || a < 0) return std::nullopt;
  return static_cast<T>(a / b + (a % b != 0 ? 1 : 0));
}

/** The next multiple of `alignment`, a power of two, from `value` on; nothing where there is none in T. */
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_align_up(T value, std::type_identity_t<T> alignment) noexcept {
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) return std::nullopt;
  const std::optional<T> sum = checked_add<T>(value, static_cast<T>(alignment - 1));
  if (!sum) return std::nullopt;
  return static_cast<T>(*sum & static_cast<T>(~static_cast<T>(alignment - 1)));
}

/** The same number as another integer type, or nothing where that cannot hold it. */
template <Quantity To, Quantity From>
[[nodiscard]] constexpr std::optional<To> checked_narrow(From value) noexcept {
  To result{};
  if (__builtin_add_overflow(value, From{0}, &result)) return std::nullopt;
  return result;
}

/** Whether [offset, offset + count) lies within [0, size). An empty range at the end does. */
template <std::unsigned_integral T>
[[nodiscard]] constexpr bool range_fits(T offset, std::type_identity_t<T> count,
                                        std::type_identity_t<T> size) noexcept {
  return offset <= size && count <= size - offset;
}

}  // namespace halyard
