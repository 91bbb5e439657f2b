// Compiler and build switches that the C++ headers and the library's own sources share.
#pragma once

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define HALYARD_EXCEPTIONS 1
#define HALYARD_TRY try
#define HALYARD_CATCH(declaration) catch (declaration)
#else
#define HALYARD_EXCEPTIONS 0
// Without exceptions the handler is compiled but never entered. It must not name the exception object.
#define HALYARD_TRY if constexpr (true)
#define HALYARD_CATCH(declaration) else
#endif

#define HALYARD_LIKELY(x) __builtin_expect(static_cast<bool>(x), 1)
#define HALYARD_UNLIKELY(x) __builtin_expect(static_cast<bool>(x), 0)
/* What launches and copies pass through: kept together in the program, since after a wait each page of code and each
   line of it is fetched anew. */
#define HALYARD_HOT __attribute__((hot))
