// A stream: work for one device, done in the order in which it was submitted. Everything here returns when submitted
// unless it says that it waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "halyard/buffer.hpp"
#include "halyard/detail/host_function.hpp"
#include "halyard/device.hpp"
#include "halyard/grid.hpp"
#include "halyard/kernel.hpp"
#include "halyard/point.hpp"

namespace halyard {

/**
 * Owns one in-order queue; move-only. Belongs to one thread at a time. When it is destroyed, work that was submitted
 * still runs, and its points stay usable.
 *
 * An error that appears after a call returned (a late error) belongs to the stream: the next submission, waits on its
 * points and synchronize() return it, and the stream stays failed.
 *
 *     auto x = stream.allocate<float>(n);
 *     stream.write(*x, host);                                  // host stays valid until the stream has passed the copy
 *     stream.launch(kernel, halyard::Items{n}, *x, 2.0f, n32);
 *     stream.read_now(host, *x);                               // waits
 */
class Stream {
 public:
  /** Takes over a handle of the C API. */
  explicit Stream(hy_stream* adopted) noexcept : handle_(adopted) {}
  Stream(Stream&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Stream& operator=(Stream&& other) noexcept {
    Stream gone(std::move(*this));
    std::swap(handle_, other.handle_);
    return *this;
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() {
    if (handle_ != nullptr) hy_stream_release(handle_);
  }

  /** Waits until all submitted work is done. ErrorCode::timeout after `timeout`; else the error of work that failed. */
  Result<void> synchronize(std::chrono::nanoseconds timeout = forever) noexcept {
    return detail::checked(
        [&](hy_error* error) { return hy_stream_synchronize(handle_, detail::timeout_ns(timeout), error); });
  }

  /** Begins work that the driver holds back; never needed for correctness. */
  Result<void> flush() noexcept {
    return detail::checked([&](hy_error* error) { return hy_stream_flush(handle_, error); });
  }

  /** A point: all that was submitted so far. */
  [[nodiscard]] Result<Point> record() noexcept { return record_with(0); }

  /** A point that keeps the device's time. ErrorCode::invalid_argument for a stream made without StreamOptions::timing.
   */
  [[nodiscard]] Result<Point> record_timed() noexcept { return record_with(HY_POINT_TIMED); }

  /** What is submitted from now on begins after `point`, of any stream of any device. A failure of that stream becomes
   * one of this. */
  Result<void> wait(const Point& point) noexcept {
    return detail::checked([&](hy_error* error) { return hy_stream_wait(handle_, point.native_handle(), error); });
  }

  /** Calls `function(user)` on a host thread in the stream's order. It must not call Halyard; a status other than HY_OK
   *  fails the stream. */
  Result<void> host_function(hy_host_fn function, void* user) noexcept {
    return detail::checked([&](hy_error* error) { return hy_stream_host_function(handle_, function, user, error); });
  }

  /** The same for a callable that takes nothing and returns nothing or Result<void>. It is moved to the heap and
   * destroyed after its call, unless it is as small as a pointer and trivial. On a stream that fails first it is
   * destroyed without a call. An exception fails the stream with its what() in the message: ErrorCode::internal,
   * out_of_memory for std::bad_alloc, the error's own code for BadResult. */
  template <detail::HostCallable F>
  Result<void> host_function(F&& function) noexcept;

  /** Memory for `count` elements (0 is allowed), contents undefined, usable from this stream's next submission on. This
   * is its home stream. ErrorCode::out_of_memory (used up, or more than max_allocation_bytes; with the figures),
   *  invalid_argument (count overflows 64 bits), unsupported (memory kind). */
  template <class T>
  [[nodiscard]] Result<Buffer<T>> allocate(std::uint64_t count, MemoryKind kind = MemoryKind::device) noexcept {
    return make_buffer<T>(count, [&](std::uint64_t bytes, hy_buffer** out, hy_error* error) {
      return hy_buffer_create(handle_, static_cast<hy_memory_kind>(kind), bytes, out, error);
    });
  }

  /** A buffer over `count` elements of the caller's own memory, which must outlive it and its use by any stream. */
  template <class T>
  [[nodiscard]] Result<Buffer<T>> wrap(const hy_native& native, std::uint64_t count) noexcept {
    return make_buffer<T>(count, [&](std::uint64_t bytes, hy_buffer** out, hy_error* error) {
      return hy_buffer_wrap(handle_, &native, bytes, out, error);
    });
  }

  /** Copies `source` from the host to the beginning of a Buffer or View. `source` must stay valid and unchanged until
   * the stream has passed the copy. ErrorCode::invalid_argument where the view is smaller, released, or of another
   * device. */
  template <WritableDeviceRange D>
  Result<void> write(D&& destination, std::span<const detail::range_value_t<D>> source) noexcept {
    return write_with(destination, source, 0);
  }

  /** The same, and waits: `source` may be reused at once. */
  template <WritableDeviceRange D>
  Result<void> write_now(D&& destination, std::span<const detail::range_value_t<D>> source) noexcept {
    return write_with(destination, source, HY_COPY_BLOCKING);
  }

  /** Copies from the beginning of a Buffer or View to fill `destination` on the host, which must stay valid until the
   * stream has passed the copy. Errors as write(). */
  template <DeviceRange S>
  Result<void> read(std::span<detail::range_value_t<S>> destination, const S& source) noexcept {
    return read_with(destination, source, 0);
  }

  /** The same, and waits: `destination` is filled when this returns. */
  template <DeviceRange S>
  Result<void> read_now(std::span<detail::range_value_t<S>> destination, const S& source) noexcept {
    return read_with(destination, source, HY_COPY_BLOCKING);
  }

  /** Copies between Buffers or Views of one size, also between devices. Overlapping parts of one buffer behave as if
   * copied through a temporary. ErrorCode::invalid_argument where the sizes differ. */
  template <WritableDeviceRange D, DeviceRangeLike<D> S>
  Result<void> copy(D&& destination, const S& source) noexcept {
    const View<detail::range_value_t<D>> to = destination;
    const View<const detail::range_value_t<S>> from = source;
    return detail::checked(
        [&](hy_error* error) { return hy_stream_copy(handle_, &to.native(), &from.native(), error); });
  }

  /** Sets every element of a Buffer or View to `value`. Elements of at most 16 bytes. */
  template <FillableDeviceRange D>
  Result<void> fill(D&& destination, const std::type_identity_t<detail::range_value_t<D>>& value) noexcept {
    const View<detail::range_value_t<D>> to = destination;
    return detail::checked(
        [&](hy_error* error) { return hy_stream_fill(handle_, &to.native(), &value, sizeof value, error); });
  }

  /** Launches a kernel with Buffers, Views and values; they are checked against its signature before the driver sees
   * them. No lock, no allocation. Buffers of one launch must not overlap unless the kernel only reads both.
   *  ErrorCode::invalid_argument (names the argument and the rule; nothing was launched), or the stream's late error.
   */
  template <class... Args>
  Result<void> launch(const Kernel& kernel, const Grid& grid, const Args&... args) noexcept {
    static_assert((detail::is_argument<Args> && ...),
                  "arguments of a launch are Buffers, Views, and values of the types that halyard::Element names");
    return launch_with(kernel.native_handle(), grid, detail::Arguments<sizeof...(Args)>(args...), sizeof...(Args));
  }

  /** The same for a kernel whose arguments the compiler checks: a Buffer<double> for an In<float> does not compile. */
  template <class... Params>
  Result<void> launch(const TypedKernel<Params...>& kernel, const Grid& grid,
                      std::type_identity_t<detail::argument_t<Params>>... args) noexcept {
    return launch_with(kernel.native_handle(), grid, detail::Arguments<sizeof...(Params)>(args...), sizeof...(Params));
  }

  /** The stream's device. */
  [[nodiscard]] Result<Device> device() const noexcept {
    hy_device* out = nullptr;
    hy_error error;
    if (hy_stream_get_device(handle_, &out, &error) != HY_OK) return Error(error);
    return Device::adopt(out);
  }

  /** The vendor's own queue; valid as long as the stream. ErrorCode::unsupported without HY_CAP_NATIVE_OUT. */
  [[nodiscard]] Result<hy_native> native() const noexcept {
    return detail::checked_value<hy_native>(
        [&](hy_native* out, hy_error* error) { return hy_stream_get_native(handle_, out, error); });
  }

  [[nodiscard]] hy_stream* native_handle() const noexcept { return handle_; }

 private:
  Result<Point> record_with(hy_point_flags flags) noexcept {
    hy_point* out = nullptr;
    hy_error error;
    if (HALYARD_UNLIKELY(hy_stream_record(handle_, flags, &out, &error) != HY_OK)) return Error(error);
    return Point(out);
  }

  template <class D, class T>
  Result<void> write_with(D& destination, std::span<const T> source, hy_copy_flags flags) noexcept {
    const View<T> to = destination;
    return detail::checked([&](hy_error* error) {
      return hy_stream_write(handle_, &to.native(), source.data(), source.size_bytes(), flags, error);
    });
  }

  template <class S, class T>
  Result<void> read_with(std::span<T> destination, const S& source, hy_copy_flags flags) noexcept {
    const View<const T> from = source;
    return detail::checked([&](hy_error* error) {
      return hy_stream_read(handle_, destination.data(), &from.native(), destination.size_bytes(), flags, error);
    });
  }

  template <std::size_t Count>
  Result<void> launch_with(hy_kernel* kernel, const Grid& grid, const detail::Arguments<Count>& arguments,
                           std::uint32_t count) noexcept {
    return detail::checked([&](hy_error* error) {
      hy_bound_kernel* bound = nullptr;
      const hy_status status = hy_kernel_bind(kernel, handle_, &bound, error);
      if (HALYARD_UNLIKELY(status != HY_OK)) return status;
      return hy_launch(bound, &grid.native(), arguments.list, count, error);
    });
  }

  template <class T, class Make>
  Result<Buffer<T>> make_buffer(std::uint64_t count, Make&& make) noexcept {
    hy_error error;
    const std::optional<std::uint64_t> bytes = checked_mul<std::uint64_t>(count, sizeof(T));
    if (!bytes) {
      fail(&error, HY_INVALID_ARGUMENT, "a buffer of %llu elements of %zu bytes is more than 2^64 bytes",
           static_cast<unsigned long long>(count), sizeof(T));
      return Error(error);
    }
    hy_buffer* buffer = nullptr;
    if (make(*bytes, &buffer, &error) != HY_OK) return Error(error);
    hy_view view{};
    if (hy_buffer_view(buffer, &view, &error) != HY_OK) {
      (void)hy_buffer_release(buffer, nullptr);
      return Error(error);
    }
    return Buffer<T>(buffer, view);
  }

  hy_stream* handle_;
};

template <detail::HostCallable F>
Result<void> Stream::host_function(F&& function) noexcept {
  using Function = std::decay_t<F>;
  using Returned = std::invoke_result_t<Function&>;
  static_assert(std::is_void_v<Returned> || std::is_same_v<Returned, Result<void>>,
                "a host function returns nothing or Result<void>");
  if constexpr (detail::fits_pointer<Function>) {
    const Function held(std::forward<F>(function));  // of a plain function, its address
    void* user = nullptr;
    std::memcpy(&user, &held, sizeof(Function));
    return host_function(
        [](void* packed, hy_error* error) -> hy_status {
          alignas(Function) unsigned char storage[sizeof(Function)];
          std::memcpy(storage, &packed, sizeof storage);
          return detail::invoke_host_callable(*std::launder(reinterpret_cast<Function*>(storage)), error);
        },
        user);
  } else {
    Function* moved = nullptr;
    HALYARD_TRY { moved = new (std::nothrow) Function(std::forward<F>(function)); }
    HALYARD_CATCH(...) {}
    if (moved == nullptr) return Error(ErrorCode::out_of_memory, "the host has no memory for a host function");
    Result<void> submitted = host_function(
        [](void* user, hy_error* error) -> hy_status {
          std::unique_ptr<Function> owner(static_cast<Function*>(user));
          return detail::invoke_host_callable(*owner, error);
        },
        moved);
    if (!submitted) delete moved;
    return submitted;
  }
}

inline Result<Stream> Device::stream(StreamOptions options) const noexcept {
  hy_stream* out = nullptr;
  hy_error error;
  if (hy_stream_create(native_handle(), options.timing ? HY_STREAM_TIMING : 0, &out, &error) != HY_OK)
    return Error(error);
  return Stream(out);
}

inline Result<Stream> Device::wrap_stream(const hy_native& native) const noexcept {
  hy_stream* out = nullptr;
  hy_error error;
  if (hy_stream_wrap(native_handle(), &native, &out, &error) != HY_OK) return Error(error);
  return Stream(out);
}

inline Result<BoundKernel> Kernel::on(const Stream& stream) const noexcept {
  hy_bound_kernel* out = nullptr;
  hy_error error;
  if (hy_kernel_bind(native_handle(), stream.native_handle(), &out, &error) != HY_OK) return Error(error);
  return BoundKernel(out);
}

}  // namespace halyard
