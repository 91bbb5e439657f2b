// The two 16-bit floating point types that kernels store: IEEE binary16 and bfloat16. On the host they are storage too:
// convert to float, compute, convert back (round to nearest even; NaN stays NaN, with its sign).
#pragma once

#include <bit>
#include <cstdint>

namespace halyard {
namespace detail {

// Drops the low `bits` of an integer significand, rounding to nearest, ties to even.
constexpr std::uint32_t round_shift(std::uint32_t value, unsigned bits) noexcept {
  const std::uint32_t half = 1u << (bits - 1);
  const std::uint32_t rest = value & ((1u << bits) - 1);
  const std::uint32_t kept = value >> bits;
  return kept + ((rest > half || (rest == half && (kept & 1u) != 0)) ? 1u : 0u);
}

constexpr std::uint16_t half_bits(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>((bits >> 16) & 0x8000u);
  const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) {  // NaN: quiet, and what fits of the payload
    return static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x1FFu));
  }
  if (magnitude >= 0x477FF000u) return static_cast<std::uint16_t>(sign | 0x7C00u);  // 65520 and more round to infinity
  if (magnitude >= 0x38800000u) {                                                   // normal: rebias from 127 to 15
    return static_cast<std::uint16_t>(sign | round_shift(magnitude - 0x38000000u, 13));
  }
  const std::uint32_t exponent = magnitude >> 23;
  if (exponent < 102) return sign;  // below half of the least subnormal
  const std::uint32_t significand = (magnitude & 0x7FFFFFu) | 0x800000u;
  return static_cast<std::uint16_t>(sign | round_shift(significand, 126 - exponent));
}

constexpr float half_value(std::uint16_t half) noexcept {
  const std::uint32_t sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  const std::uint32_t magnitude = half & 0x7FFFu;
  if (magnitude >= 0x7C00u) return std::bit_cast<float>(sign | 0x7F800000u | ((magnitude & 0x3FFu) << 13));
  if (magnitude >= 0x0400u) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
  const float tiny = static_cast<float>(magnitude) * 0x1p-24f;  // subnormal or zero: exact
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(tiny));
}

constexpr std::uint16_t bfloat16_bits(float value) noexcept {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<std::uint16_t>((bits >> 16) | 0x0040u);
  return static_cast<std::uint16_t>(round_shift(bits, 16));
}

}  // namespace detail

/** IEEE binary16: 11 significant bits, largest 65504. Two bytes; any thread; no errors: too large becomes infinity.
 *
 *     halyard::half h(0.1f);  float back = h;  // 0.0999755859375
 */
struct half {
  std::uint16_t bits;

  half() = default;
  /** The nearest half, ties to even. Explicit, since it loses digits. */
  constexpr explicit half(float value) noexcept : bits(detail::half_bits(value)) {}
  /** Exact. */
  constexpr operator float() const noexcept { return detail::half_value(bits); }
  static constexpr half from_bits(std::uint16_t bits) noexcept {
    half result{};
    result.bits = bits;
    return result;
  }
};

/** bfloat16: the upper half of a float; 8 significant bits and float's range. As half in all else. */
struct bfloat16 {
  std::uint16_t bits;

  bfloat16() = default;
  constexpr explicit bfloat16(float value) noexcept : bits(detail::bfloat16_bits(value)) {}
  constexpr operator float() const noexcept { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16); }
  static constexpr bfloat16 from_bits(std::uint16_t bits) noexcept {
    bfloat16 result{};
    result.bits = bits;
    return result;
  }
};

static_assert(sizeof(half) == 2 && sizeof(bfloat16) == 2);

}  // namespace halyard
