// Why a call failed: a code that says what the caller can do, and a sentence.
#pragma once

#include <algorithm>
#include <string_view>

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"
#include "halyard/halyard.h"

#if HALYARD_EXCEPTIONS
#include <exception>
#endif

namespace halyard {

/** What the caller can do about a failure. Values are those of hy_status. */
enum class ErrorCode : hy_status {
  invalid_argument = HY_INVALID_ARGUMENT,  ///< The call is wrong; the message names the argument and the rule.
  unsupported = HY_UNSUPPORTED,            ///< This device or build cannot do it; ask the capabilities first.
  unavailable = HY_UNAVAILABLE,        ///< A driver, device, file or program is not there; the message has the cure.
  out_of_memory = HY_OUT_OF_MEMORY,    ///< Memory of the device or host is used up.
  quota_exceeded = HY_QUOTA_EXCEEDED,  ///< A limit that the application set is reached.
  timeout = HY_TIMEOUT,                ///< Not done in time; the work goes on and can be waited for again.
  compile_failed = HY_COMPILE_FAILED,  ///< Kernel source was refused; the message begins with file and line.
  corrupt_artifact = HY_CORRUPT_ARTIFACT,  ///< A bundle, cache entry or other file is damaged or of another kind.
  device_lost = HY_DEVICE_LOST,            ///< The device failed; its streams and buffers are of no more use.
  forked_process = HY_FORKED_PROCESS,      ///< The runtime was made before fork(); make a new one in the child.
  internal = HY_INTERNAL                   ///< A fault of Halyard or a driver; please report the message.
};

/** The identifier of a code, "out_of_memory". Static storage, any thread. */
inline std::string_view to_string(ErrorCode code) noexcept { return hy_status_name(static_cast<hy_status>(code)); }

/**
 * Why a call failed. A plain value of about 1 KiB that owns no memory; copy it freely, from any thread.
 *
 *     if (auto runtime = halyard::Runtime::create(); !runtime)
 *       std::fprintf(stderr, "%s\n", runtime.error().c_str());
 */
class Error {
 public:
  /** An error with a sentence of the caller's own, cut to what fits. */
  Error(ErrorCode code, std::string_view message) noexcept {
    fail(&native_, static_cast<hy_status>(code), "%.*s",
         static_cast<int>(std::min<std::size_t>(message.size(), HY_MESSAGE_CAPACITY)), message.data());
  }

  /** From what a call of the C API filled in. */
  explicit Error(const hy_error& native) noexcept : native_(native) {}

  /** What the caller can do about it. */
  [[nodiscard]] ErrorCode code() const noexcept { return static_cast<ErrorCode>(native_.code); }

  /** A sentence that names what is wrong and, where known, the cure. Zero-terminated; lives as long as the Error. */
  [[nodiscard]] std::string_view message() const noexcept { return native_.message; }
  [[nodiscard]] const char* c_str() const noexcept { return native_.message; }

  /** The vendor's own code, 0 where there is none, and its name ("CL_OUT_OF_RESOURCES"), or "". */
  [[nodiscard]] int vendor_code() const noexcept { return native_.vendor_code; }
  [[nodiscard]] std::string_view vendor_name() const noexcept { return native_.vendor_name; }

  [[nodiscard]] const hy_error& native() const noexcept { return native_; }

 private:
  hy_error native_;
};

#if HALYARD_EXCEPTIONS
/** What Result::value() throws; only where exceptions are on. */
class BadResult : public std::exception {
 public:
  explicit BadResult(const Error& error) noexcept : error_(error) {}
  [[nodiscard]] const char* what() const noexcept override { return error_.c_str(); }
  [[nodiscard]] const Error& error() const noexcept { return error_; }

 private:
  Error error_;
};
#endif

}  // namespace halyard
