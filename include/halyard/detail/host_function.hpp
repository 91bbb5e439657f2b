// Callables of the application as host functions of the C API.
#pragma once

#include <concepts>
#include <new>
#include <type_traits>

#include "halyard/result.hpp"

namespace halyard::detail {

// What may be called without arguments, after it was copied or moved.
template <class F>
concept HostCallable = std::invocable<std::add_lvalue_reference_t<std::decay_t<F>>>;

#if HALYARD_EXCEPTIONS
// What a host function let out, as an error: that of a Result whose value() was asked for keeps its code.
inline hy_status fail_for_exception(hy_error* error) noexcept {
  constexpr const char* kFormat = "a host function of the application threw: %s";
  try {
    throw;
  } catch (const BadResult& bad) {
    const hy_error& from = bad.error().native();
    return fail_vendor(error, from.code, from.vendor_code, from.vendor_name, kFormat, from.message);
  } catch (const std::bad_alloc& bad) {
    return fail(error, HY_OUT_OF_MEMORY, kFormat, bad.what());
  } catch (const std::exception& exception) {
    return fail(error, HY_INTERNAL, kFormat, exception.what());
  } catch (...) {
    return fail(error, HY_INTERNAL, kFormat, "something that is no std::exception");
  }
}
#else
inline hy_status fail_for_exception(hy_error*) noexcept { return HY_INTERNAL; }
#endif

// Calls a user's callable for the C API: nothing may be thrown through it. On a stream that failed before its turn it
// is not called.
template <class F>
hy_status invoke_host_callable(F& function, hy_error* error) noexcept {
  if (error->code != HY_OK) return error->code;
  HALYARD_TRY {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      function();
      return HY_OK;
    } else {
      const Result<void> done = function();
      if (done) return HY_OK;
      *error = done.error().native();
      return error->code;
    }
  }
  HALYARD_CATCH(...) { return fail_for_exception(error); }
}

template <class F>
inline constexpr bool fits_pointer = sizeof(F) <= sizeof(void*) && std::is_trivially_copyable_v<F>;

}  // namespace halyard::detail
