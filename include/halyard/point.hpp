// A point in a stream: all that was submitted before it. Host and streams wait on points.
#pragma once

#include <chrono>
#include <cstdint>

#include "halyard/detail/shared.hpp"
#include "halyard/result.hpp"

namespace halyard {

/** No time limit. */
inline constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

namespace detail {

constexpr std::uint64_t timeout_ns(std::chrono::nanoseconds timeout) noexcept {
  if (timeout == forever) return HY_FOREVER;
  return timeout.count() < 0 ? 0 : static_cast<std::uint64_t>(timeout.count());
}

}  // namespace detail

/**
 * Made with Stream::record(). A counted handle: copies name the same point; any thread. Outlives its stream's handle.
 *
 *     halyard::Point done = *stream.record();
 *     if (auto waited = done.wait(std::chrono::seconds(1)); !waited) report(waited.error());   // timeout: wait again
 */
class Point {
 public:
  /** Takes over a handle of the C API. */
  explicit Point(hy_point* adopted) noexcept : handle_(adopted) {}

  /** Whether all before it is done. Never blocks. Fails with the error of its stream. */
  [[nodiscard]] Result<bool> reached() const noexcept {
    // Asked without an error first: "not yet" is no failure, and its sentence need not be written.
    const hy_status status = hy_point_query(native_handle(), nullptr);
    if (status == HY_OK) return true;
    if (status == HY_TIMEOUT) return false;
    hy_error error;
    switch (hy_point_query(native_handle(), &error)) {
      case HY_OK:
        return true;
      case HY_TIMEOUT:
        return false;
      default:
        return Error(error);
    }
  }

  /** Waits until all before it is done. ErrorCode::timeout after `timeout`: the work goes on, wait again. Else the
   * error of its stream. */
  Result<void> wait(std::chrono::nanoseconds timeout = forever) const noexcept {
    return detail::checked(
        [&](hy_error* error) { return hy_point_wait(native_handle(), detail::timeout_ns(timeout), error); });
  }

  /** Device time from `begin` to `end`: both timed (Stream::record_timed()), of one device, and reached.
   *  ErrorCode::timeout when one is not reached yet, invalid_argument for what cannot be compared. */
  [[nodiscard]] static Result<std::chrono::nanoseconds> elapsed(const Point& begin, const Point& end) noexcept {
    std::uint64_t out_ns = 0;
    hy_error error;
    if (hy_point_elapsed(begin.native_handle(), end.native_handle(), &out_ns, &error) != HY_OK) return Error(error);
    return std::chrono::nanoseconds(static_cast<std::int64_t>(out_ns));
  }

  [[nodiscard]] hy_point* native_handle() const noexcept { return handle_.get(); }

 private:
  detail::Shared<hy_point, hy_point_retain, hy_point_release> handle_;
};

}  // namespace halyard
