// Fills an hy_error. Used by the library, by backends and by the C++ API; no allocation, no exceptions.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "halyard/types.h"

namespace halyard {

// Writes `code` and the formatted sentence into `error` (ignored when null) and returns `code`.
__attribute__((format(printf, 3, 4))) inline hy_status fail(hy_error* error, hy_status code, const char* format,
                                                            ...) noexcept {
  if (error != nullptr) {
    error->code = code;
    error->vendor_code = 0;
    error->vendor_name[0] = '\0';
    va_list list;
    va_start(list, format);
    std::vsnprintf(error->message, sizeof error->message, format, list);
    va_end(list);
  }
  return code;
}

// As fail(), with the vendor's own code and its name.
__attribute__((format(printf, 5, 6))) inline hy_status fail_vendor(hy_error* error, hy_status code, int vendor_code,
                                                                   const char* vendor_name, const char* format,
                                                                   ...) noexcept {
  if (error != nullptr) {
    error->code = code;
    error->vendor_code = vendor_code;
    std::snprintf(error->vendor_name, sizeof error->vendor_name, "%s", vendor_name == nullptr ? "" : vendor_name);
    va_list list;
    va_start(list, format);
    std::vsnprintf(error->message, sizeof error->message, format, list);
    va_end(list);
  }
  return code;
}

}  // namespace halyard
