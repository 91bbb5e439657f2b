// How C++ values become arguments of a launch, and how a typed kernel states what it takes: In<float> is HY_IN(float,
// x), Out<float> HY_OUT, InOut<float> HY_INOUT, and a plain type HY_VAL.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "halyard/buffer.hpp"
#include "halyard/detail/config.hpp"
#include "halyard/element.hpp"

namespace halyard {

/** A buffer that the kernel reads. */
template <Element T>
struct In {};
/** A buffer that the kernel writes. */
template <Element T>
struct Out {};
/** A buffer that the kernel reads and writes. */
template <Element T>
struct InOut {};

/** Whether a U may be passed for a kernel's value of type T without a cast: the same type, a floating-point number that
 * is not wider, or for an integer any integer. `int` and `size_t` are taken for `uint`; where their value does not fit,
 * the launch is refused with ErrorCode::invalid_argument and nothing wraps around. Integers and floating point never
 * mix, and bool is no integer. */
template <class U, class T>
concept FitsValue = std::is_same_v<U, T> ||
                    (std::is_integral_v<U>&& std::is_integral_v<T> && !std::is_same_v<U, bool> && sizeof(U) <= 8) ||
                    (std::is_floating_point_v<U> && std::is_floating_point_v<T> && sizeof(U) <= sizeof(T));

namespace detail {

// Whether the integer `from` keeps its value as a T; always where every U does, which the compiler then knows.
template <class T, class U>
constexpr bool keeps_value(U from) noexcept {
  using Limits = std::numeric_limits<std::conditional_t<std::is_same_v<T, char>, signed char, T>>;  // as element.hpp
  if constexpr (std::is_signed_v<U>) {
    if (from < 0) return static_cast<std::int64_t>(from) >= static_cast<std::int64_t>(Limits::min());
  }
  return static_cast<std::uint64_t>(from) <= static_cast<std::uint64_t>(Limits::max());
}

}  // namespace detail

/** A value on its way to a kernel parameter HY_VAL(T). Converts from what FitsValue allows, from nothing else. */
template <Element T>
struct ValueArgument {
  T value;
  template <class U>
  requires FitsValue<U, T>
  constexpr ValueArgument(const U& from) noexcept : value(static_cast<T>(from)) {}
};

/** The same for an integer. One that does not fit goes on as a `long` or `ulong`, which hy_launch() refuses by name
 * and value. */
template <Element T>
requires std::is_integral_v<T>
struct ValueArgument<T> {
  std::uint64_t bits;
  hy_type type;
  template <class U>
  requires FitsValue<U, T>
  constexpr ValueArgument(const U& from) noexcept
      : bits(static_cast<std::uint64_t>(from)),
        type(detail::keeps_value<T>(from) ? element_type_v<T> : element_type_v<wide<U>>) {}

 private:
  template <class U>
  using wide = std::conditional_t<std::is_signed_v<U>, std::int64_t, std::uint64_t>;
};

namespace detail {

template <class P>
struct Parameter {
  static_assert(Element<P>, "a kernel's parameter is In<T>, Out<T>, InOut<T> or a value of an element type");
  using argument = ValueArgument<P>;
  static constexpr hy_param_kind kind = HY_PARAM_VALUE;
  static constexpr hy_type type = element_type_v<P>;
};
template <class T>
struct Parameter<In<T>> {
  using argument = View<const T>;
  static constexpr hy_param_kind kind = HY_PARAM_IN;
  static constexpr hy_type type = element_type_v<T>;
};
template <class T>
struct Parameter<Out<T>> {
  using argument = View<T>;
  static constexpr hy_param_kind kind = HY_PARAM_OUT;
  static constexpr hy_type type = element_type_v<T>;
};
template <class T>
struct Parameter<InOut<T>> {
  using argument = View<T>;
  static constexpr hy_param_kind kind = HY_PARAM_INOUT;
  static constexpr hy_type type = element_type_v<T>;
};

template <class P>
using argument_t = typename Parameter<P>::argument;

// The hy_arg of a view, a buffer or a value. Only the bytes that count are written.
template <class T>
inline void put(hy_arg& out, const View<T>& view) noexcept {
  out.is_view = 1;
  out.type = element_type_v<T>;
  out.u.view = view.native();
}
template <class T>
inline void put(hy_arg& out, const Buffer<T>& buffer) noexcept {
  put(out, buffer.view());
}
template <class T>
inline void put(hy_arg& out, const ValueArgument<T>& argument) noexcept {
  out.is_view = 0;
  static_assert(sizeof(T) <= sizeof out.u.value);
  if constexpr (std::is_integral_v<T>) {
    out.type = argument.type;
    if (HALYARD_UNLIKELY(argument.type != element_type_v<T>)) {
      std::memcpy(out.u.value, &argument.bits, sizeof argument.bits);
      return;
    }
    const T value = static_cast<T>(argument.bits);
    std::memcpy(out.u.value, &value, sizeof(T));
  } else {
    out.type = element_type_v<T>;
    std::memcpy(out.u.value, &argument.value, sizeof(T));
  }
}
template <Element T>
inline void put(hy_arg& out, const T& value) noexcept {
  put(out, ValueArgument<T>(value));
}

template <class T>
inline constexpr bool is_argument = Element<T> || DeviceRange<T>;

// All arguments of a launch, on the stack. Left unset at first: put() writes what counts.
template <std::size_t Count>
struct Arguments {
  hy_arg list[Count == 0 ? 1 : Count];

  template <class... Args>
  explicit Arguments(const Args&... args) noexcept {
    [[maybe_unused]] std::size_t index = 0;
    (put(list[index++], args), ...);
  }
};

}  // namespace detail
}  // namespace halyard
