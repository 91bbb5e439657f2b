// Errors as values: Error says why a call failed, Result<T> is what a call gives, a value or an Error. The names are
// those of std::expected, so that moving to it later is a search and replace.
#pragma once

#if __cplusplus < 202002L
#error "Halyard's C++ API needs C++20: compile with -std=c++20 (halyard.h, the C API, takes any)"
#endif

#include <cassert>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "halyard/detail/config.hpp"
#include "halyard/error.hpp"
#include "halyard/halyard.h"

namespace halyard {

template <class T>
class Result;
template <>
class Result<void>;

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<Result<T>> = true;

// What a Result<T> is made of as a value: neither an Error nor another Result<T>.
template <class U, class T>
concept ValueOf = std::is_constructible_v<T, U> && !std::is_same_v<std::remove_cvref_t<U>, Result<T>> &&
                  !std::is_same_v<std::remove_cvref_t<U>, Error>;

}  // namespace detail

/**
 * A value, or why there is none. On success the storage of the Error is neither written nor copied, so a Result costs
 * a flag more than its value. `*` and `->` need has_value(), as with std::expected; value() throws BadResult instead
 * and exists only where exceptions are on.
 *
 *     halyard::Result<halyard::Device> device = runtime->device("cpu");
 *     if (!device) return device.error();       // a function that returns Result<...> passes an Error on like this
 *     use(*device);
 */
template <class T>
class [[nodiscard]] Result {
  static_assert(std::is_object_v<T> && !std::is_same_v<std::remove_cv_t<T>, Error>,
                "Result<T> holds an object that is not itself an Error");

 public:
  using value_type = T;
  using error_type = Error;

  Result(const Error& error) noexcept : has_value_(false) { std::construct_at(&error_, error); }

  template <detail::ValueOf<T> U = T>  // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): ValueOf is no Result
  explicit(!std::is_convertible_v<U, T>) Result(U&& value) : has_value_(true) {
    std::construct_at(&value_, std::forward<U>(value));
  }

  Result(const Result& other) : has_value_(other.has_value_) { construct_from(other); }
  Result(Result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) : has_value_(other.has_value_) {
    construct_from(std::move(other));
  }
  Result& operator=(const Result& other) {
    if (this != &other) *this = Result(other);
    return *this;
  }
  // The old value is gone when the new one moves in: a move that could throw would leave neither.
  Result& operator=(Result&& other) noexcept {
    static_assert(std::is_nothrow_move_constructible_v<T>,
                  "only a Result of what moves without throwing can be assigned");
    if (this == &other) return *this;
    destroy();
    has_value_ = other.has_value_;
    construct_from(std::move(other));
    return *this;
  }
  ~Result() { destroy(); }

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }

  /** The value. Needs has_value(). A Result that is about to go gives it by value, so that
   *  `for (const Device& device : *runtime.devices())` is safe. */
  T& operator*() & noexcept { return assert(has_value_), value_; }
  const T& operator*() const& noexcept { return assert(has_value_), value_; }
  T operator*() && { return assert(has_value_), std::move(value_); }
  T* operator->() noexcept { return assert(has_value_), &value_; }
  const T* operator->() const noexcept { return assert(has_value_), &value_; }

  /** Why there is no value. Needs !has_value(). */
  [[nodiscard]] const Error& error() const noexcept { return assert(!has_value_), error_; }

  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) const& {
    return has_value_ ? value_ : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  [[nodiscard]] T value_or(U&& otherwise) && {
    return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(otherwise));
  }

#if HALYARD_EXCEPTIONS
  /** The value; throws BadResult where there is none. */
  T& value() & { return check(), value_; }
  const T& value() const& { return check(), value_; }
  T value() && { return check(), std::move(value_); }
#endif

  /** Calls `next(value)`, which gives a Result, or passes the error on. */
  template <class F>
  auto and_then(F&& next) & {
    return chain(*this, std::forward<F>(next));
  }
  template <class F>
  auto and_then(F&& next) const& {
    return chain(*this, std::forward<F>(next));
  }
  template <class F>
  auto and_then(F&& next) && {
    return chain(std::move(*this), std::forward<F>(next));
  }

  /** Makes a Result of what `change(value)` gives, or passes the error on. */
  template <class F>
  auto transform(F&& change) & {
    return map(*this, std::forward<F>(change));
  }
  template <class F>
  auto transform(F&& change) const& {
    return map(*this, std::forward<F>(change));
  }
  template <class F>
  auto transform(F&& change) && {
    return map(std::move(*this), std::forward<F>(change));
  }

  /** Passes the value on, or gives the Result<T> of `cure(error)`. */
  template <class F>
  Result or_else(F&& cure) const& {
    return has_value_ ? *this : Result(std::invoke(std::forward<F>(cure), error_));
  }
  template <class F>
  Result or_else(F&& cure) && {
    return has_value_ ? std::move(*this) : Result(std::invoke(std::forward<F>(cure), error_));
  }

 private:
  template <class Self>
  void construct_from(Self&& other) {
    if (HALYARD_LIKELY(has_value_)) {
      std::construct_at(&value_, std::forward<Self>(other).value_);
    } else {
      std::construct_at(&error_, other.error_);
    }
  }
  void destroy() noexcept {
    if (has_value_) std::destroy_at(&value_);
  }
#if HALYARD_EXCEPTIONS
  void check() const {
    if (HALYARD_UNLIKELY(!has_value_)) throw BadResult(error_);
  }
#endif
  template <class Self, class F>
  static auto chain(Self&& self, F&& next) {
    using Next = std::remove_cvref_t<std::invoke_result_t<F, decltype(*std::forward<Self>(self))>>;
    static_assert(detail::is_result<Next>, "and_then() takes a function that returns a Result");
    if (!self.has_value_) return Next(self.error_);
    return Next(std::invoke(std::forward<F>(next), *std::forward<Self>(self)));
  }
  template <class Self, class F>
  static auto map(Self&& self, F&& change) {
    using Next = std::remove_cv_t<std::invoke_result_t<F, decltype(*std::forward<Self>(self))>>;
    if constexpr (std::is_void_v<Next>) {
      if (!self.has_value_) return Result<Next>(self.error_);
      std::invoke(std::forward<F>(change), *std::forward<Self>(self));
      return Result<Next>();
    } else {
      if (!self.has_value_) return Result<Next>(self.error_);
      return Result<Next>(std::invoke(std::forward<F>(change), *std::forward<Self>(self)));
    }
  }

  bool has_value_;  // first, so that it shares a cache line with a small value
  union {
    T value_;
    Error error_;
  };
};

/** Done, or why not. */
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept : has_value_(true) {}
  Result(const Error& error) noexcept : has_value_(false) { std::construct_at(&error_, error); }
  Result(const Result& other) noexcept : has_value_(other.has_value_) { copy_error(other); }
  Result& operator=(const Result& other) noexcept {
    has_value_ = other.has_value_;
    if (this != &other) copy_error(other);
    return *this;
  }
  ~Result() = default;

  [[nodiscard]] bool has_value() const noexcept { return has_value_; }
  explicit operator bool() const noexcept { return has_value_; }
  void operator*() const noexcept { assert(has_value_); }

  /** Why it was not done. Needs !has_value(). */
  [[nodiscard]] const Error& error() const noexcept { return assert(!has_value_), error_; }

#if HALYARD_EXCEPTIONS
  /** Throws BadResult where it was not done. */
  void value() const {
    if (HALYARD_UNLIKELY(!has_value_)) throw BadResult(error_);
  }
#endif

  template <class F>
  auto and_then(F&& next) const {
    using Next = std::remove_cvref_t<std::invoke_result_t<F>>;
    static_assert(detail::is_result<Next>, "and_then() takes a function that returns a Result");
    if (!has_value_) return Next(error_);
    return Next(std::invoke(std::forward<F>(next)));
  }
  template <class F>
  auto transform(F&& change) const {
    using Next = std::remove_cv_t<std::invoke_result_t<F>>;
    if constexpr (std::is_void_v<Next>) {
      if (has_value_) std::invoke(std::forward<F>(change));
      return *this;
    } else {
      if (!has_value_) return Result<Next>(error_);
      return Result<Next>(std::invoke(std::forward<F>(change)));
    }
  }
  template <class F>
  Result or_else(F&& cure) const {
    return has_value_ ? *this : Result(std::invoke(std::forward<F>(cure), error_));
  }

 private:
  void copy_error(const Result& other) noexcept {
    if (HALYARD_UNLIKELY(!has_value_)) std::construct_at(&error_, other.error_);
  }

  bool has_value_;
  union {
    Error error_;
  };
};

namespace detail {

// Calls `call(hy_error*)` and makes a Result of its status. The hy_error is left as it lies: only a failure writes it.
template <class Call>
inline Result<void> checked(Call&& call) noexcept {
  hy_error native;
  if (HALYARD_LIKELY(call(&native) == HY_OK)) return {};
  return Error(native);
}

// The same for a call that gives a value through `out`: `call(Out* out, hy_error*)`.
template <class Out, class Call>
inline Result<Out> checked_value(Call&& call) noexcept {
  Out out{};
  hy_error native;
  if (HALYARD_LIKELY(call(&out, &native) == HY_OK)) return out;
  return Error(native);
}

}  // namespace detail

}  // namespace halyard
