// Messages about kernel source: every one begins with the user's file and line.
#pragma once

#include <cstdarg>
#include <cstdio>

#include "halyard/detail/error.hpp"
#include "runtime/kernels/dialect/lexer.hpp"

namespace halyard::dialect {

// Longest piece of the source that a message quotes.
inline constexpr int kQuoteLimit = 60;

inline int quote_length(std::string_view text) {
  return text.size() < kQuoteLimit ? static_cast<int>(text.size()) : kQuoteLimit;
}

// Fails with HY_COMPILE_FAILED and "file:line: sentence".
__attribute__((format(printf, 4, 5))) inline hy_status fail_at(hy_error* error, const SourceFile& file,
                                                               std::uint32_t line, const char* format, ...) {
  char sentence[HY_MESSAGE_CAPACITY - 320];
  va_list list;
  va_start(list, format);
  std::vsnprintf(sentence, sizeof sentence, format, list);
  va_end(list);
  const int name_length = file.name.size() < 256 ? static_cast<int>(file.name.size()) : 256;
  return fail(error, HY_COMPILE_FAILED, "%.*s:%u: %s", name_length, file.name.data(), line, sentence);
}

}  // namespace halyard::dialect
