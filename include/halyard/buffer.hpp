// Memory of a device: Buffer<T> owns it, View<T> is a cheap reference to a part of one. A view of a released buffer is
// an error at its next use, never an access.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "halyard/checked.hpp"
#include "halyard/element.hpp"
#include "halyard/result.hpp"

namespace halyard {

namespace detail {

template <class U, class T>
concept AddsConst = std::same_as<const U, T> && !std::same_as<U, T>;
template <class U, class T>
concept KeepsConst = Element<U> &&(std::is_const_v<U> || !std::is_const_v<T>);

}  // namespace detail

/** Where a buffer's memory lies. */
enum class MemoryKind : hy_memory_kind {
  device = HY_MEMORY_DEVICE,  ///< The device's own; the host copies in and out.
  pinned = HY_MEMORY_PINNED,  ///< Host memory that the device reaches. Needs HY_CAP_PINNED_MEMORY.
  shared = HY_MEMORY_SHARED   ///< One address on host and device. Needs HY_CAP_SHARED_MEMORY.
};

/**
 * `size()` elements of a buffer. Trivially copyable, owns nothing, any thread. View<T> becomes View<const T> by itself.
 *
 *     auto second_half = view.subview(view.size() / 2, view.size() / 2);   // Result<View<T>>
 */
template <class T>
class View {
  static_assert(Element<T>, "buffers hold integers of 8 to 64 bits, half, bfloat16, float, double or halyard::Vec");

 public:
  using element_type = T;
  using value_type = std::remove_const_t<T>;

  /** No buffer: an error wherever it is used. */
  constexpr View() noexcept = default;
  constexpr explicit View(const hy_view& native) noexcept : native_(native) {}

  template <detail::AddsConst<T> U>
  constexpr View(const View<U>& other) noexcept : native_(other.native()) {}

  /** Elements and bytes. */
  [[nodiscard]] constexpr std::uint64_t size() const noexcept { return native_.bytes / sizeof(T); }
  [[nodiscard]] constexpr std::uint64_t bytes() const noexcept { return native_.bytes; }
  [[nodiscard]] constexpr bool empty() const noexcept { return native_.bytes == 0; }

  /** `count` elements from `offset` on. ErrorCode::invalid_argument where they are not all within this view. */
  [[nodiscard]] Result<View> subview(std::uint64_t offset, std::uint64_t count) const noexcept {
    if (HALYARD_UNLIKELY(!range_fits(offset, count, size()))) return out_of_range(offset, count);
    hy_view part = native_;
    part.offset += offset * sizeof(T);
    part.bytes = count * sizeof(T);
    return View(part);
  }

  /** The same bytes as elements of another type. ErrorCode::invalid_argument where offset or size is not a multiple of
   *  its size. Constness can be added, not taken away. */
  template <detail::KeepsConst<T> U>
  [[nodiscard]] Result<View<U>> as() const noexcept {
    if (native_.offset % sizeof(U) != 0 || native_.bytes % sizeof(U) != 0) {
      hy_error error;
      fail(&error, HY_INVALID_ARGUMENT,
           "view of %llu bytes at offset %llu cannot be seen as %s: both must be multiples of %zu",
           static_cast<unsigned long long>(native_.bytes), static_cast<unsigned long long>(native_.offset),
           hy_type_name(element_type_v<U>), sizeof(U));
      return Error(error);
    }
    return View<U>(native_);
  }

  [[nodiscard]] constexpr const hy_view& native() const noexcept { return native_; }

 private:
  [[gnu::cold, gnu::noinline]] Error out_of_range(std::uint64_t offset, std::uint64_t count) const noexcept {
    hy_error error;
    fail(&error, HY_INVALID_ARGUMENT, "%llu elements from %llu on are not within a view of %llu",
         static_cast<unsigned long long>(count), static_cast<unsigned long long>(offset),
         static_cast<unsigned long long>(size()));
    return Error(error);
  }

  hy_view native_{};
};

/**
 * Owns device memory for `size()` elements; made with Stream::allocate() or Stream::wrap(). Move-only. When it is
 * destroyed, the memory is given back in the order of its home stream and after the work of other streams that use it:
 * so it may be destroyed right after a launch, from any thread. A wrapped buffer leaves the memory to its owner.
 * A const Buffer gives views of const elements only.
 */
template <class T>
class Buffer {
  static_assert(Element<T> && !std::is_const_v<T>,
                "buffers hold integers of 8 to 64 bits, half, bfloat16, float, double or halyard::Vec");

 public:
  using element_type = T;
  using value_type = T;

  /** Owns nothing; its view is an error wherever it is used. */
  Buffer() noexcept = default;

  /** Takes over a buffer of the C API, from which `view` was taken. */
  Buffer(hy_buffer* adopted, const hy_view& view) noexcept : handle_(adopted), view_(view) {}

  Buffer(Buffer&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)), view_(std::exchange(other.view_, View<T>())) {}
  Buffer& operator=(Buffer&& other) noexcept {
    Buffer gone(std::move(*this));
    std::swap(handle_, other.handle_);
    std::swap(view_, other.view_);
    return *this;
  }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() {
    if (handle_ != nullptr) (void)hy_buffer_release(handle_, nullptr);
  }

  /** Elements and bytes. */
  [[nodiscard]] std::uint64_t size() const noexcept { return view_.size(); }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return view_.bytes(); }

  /** All of it. */
  [[nodiscard]] View<T> view() noexcept { return view_; }
  [[nodiscard]] View<const T> view() const noexcept { return view_; }
  operator View<T>() noexcept { return view_; }
  operator View<const T>() const noexcept { return view_; }

  /** A part of it; ErrorCode::invalid_argument where that is not all within. */
  [[nodiscard]] Result<View<T>> view(std::uint64_t offset, std::uint64_t count) noexcept {
    return view_.subview(offset, count);
  }
  [[nodiscard]] Result<View<const T>> view(std::uint64_t offset, std::uint64_t count) const noexcept {
    return View<const T>(view_).subview(offset, count);
  }

  /** Where the host reaches the memory; order accesses with points. ErrorCode::unsupported for memory that only the
   *  device reaches. */
  [[nodiscard]] Result<T*> host_pointer() noexcept { return pointer<T>(); }
  [[nodiscard]] Result<const T*> host_pointer() const noexcept { return pointer<const T>(); }

  /** The vendor's own handle; valid as long as the buffer. ErrorCode::unsupported without HY_CAP_NATIVE_OUT. */
  [[nodiscard]] Result<hy_native> native() const noexcept {
    return detail::checked_value<hy_native>(
        [&](hy_native* out, hy_error* error) { return hy_buffer_get_native(handle_, out, error); });
  }

  /** Gives the memory back now, as the destructor does, and says whether that worked. The Buffer is empty afterwards.
   */
  Result<void> release() noexcept {
    view_ = View<T>();
    hy_buffer* handle = std::exchange(handle_, nullptr);
    if (handle == nullptr) return {};
    return detail::checked([&](hy_error* error) { return hy_buffer_release(handle, error); });
  }

  [[nodiscard]] hy_buffer* native_handle() const noexcept { return handle_; }

 private:
  template <class P>
  Result<P*> pointer() const noexcept {
    void* out = nullptr;
    const Result<void> done =
        detail::checked([&](hy_error* error) { return hy_buffer_host_pointer(handle_, &out, error); });
    if (!done) return done.error();
    return static_cast<P*>(out);
  }

  hy_buffer* handle_ = nullptr;
  View<T> view_;
};

namespace detail {

// What a Buffer or View, as it is passed (const or not), gives access to: `T` or `const T`. Nothing for other types.
template <class R>
struct RangeElement {};
template <class T>
struct RangeElement<View<T>> {
  using type = T;
};
template <class T>
struct RangeElement<const View<T>> {
  using type = T;
};
template <class T>
struct RangeElement<Buffer<T>> {
  using type = T;
};
template <class T>
struct RangeElement<const Buffer<T>> {
  using type = const T;
};
template <class R>
using range_element_t = typename RangeElement<std::remove_reference_t<R>>::type;
template <class R>
using range_value_t = std::remove_const_t<range_element_t<R>>;

}  // namespace detail

/** A Buffer or a View, of any element. */
template <class R>
concept DeviceRange = requires {
  typename detail::range_element_t<R>;
};

/** A Buffer or a View whose elements may be written. */
template <class R>
concept WritableDeviceRange = DeviceRange<R> && !std::is_const_v<detail::range_element_t<R>>;

/** One whose elements are small enough for Stream::fill(). */
template <class R>
concept FillableDeviceRange = WritableDeviceRange<R> && sizeof(detail::range_value_t<R>) <= 16;

/** A Buffer or a View that holds the same elements as `D`, constness aside. */
template <class S, class D>
concept DeviceRangeLike = DeviceRange<S> && std::same_as<detail::range_value_t<S>, detail::range_value_t<D>>;

}  // namespace halyard
