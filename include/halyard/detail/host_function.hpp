// Callables of the application as host functions of the C API.
#pragma once

#include <concepts>
#include <type_traits>

#include "halyard/result.hpp"

namespace halyard::detail {

// What may be called without arguments, after it was copied or moved.
template <class F>
concept HostCallable = std::invocable<std::add_lvalue_reference_t<std::decay_t<F>>>;

// Calls a user's callable for the C API: nothing may be thrown through it. On a stream that failed before its turn it
// is not called.
template <class F>
hy_status call_host_function(F& function, hy_error* error) noexcept {
  if (error->code != HY_OK) return error->code;
  HALYARD_TRY {
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      function();
      return HY_OK;
    } else {
      const Result<void> done = function();
      if (done) return HY_OK;
      *error = done.error().native();
      return done.error().native().code;
    }
  }
  HALYARD_CATCH(...) { return fail(error, HY_INTERNAL, "a host function of the application threw an exception"); }
}

template <class F>
inline constexpr bool fits_pointer = sizeof(F) <= sizeof(void*) && std::is_trivially_copyable_v<F>;

}  // namespace halyard::detail
