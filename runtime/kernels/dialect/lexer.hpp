// Cuts kernel source into the few kinds of token that the scanner looks at: names, punctuation and preprocessor
// lines. Comments, literals and line continuations are seen only to be passed over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "halyard/types.h"

namespace halyard::dialect {

enum class TokenKind : std::uint8_t { kName, kNumber, kString, kPunctuation, kDirective, kEnd };

// A piece of the source. A directive is the whole logical line from `#`, its newline not included.
struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string_view text;
  std::size_t offset = 0;
  std::uint32_t line = 1;  // where it starts

  bool is(std::string_view spelling) const { return text == spelling && kind != TokenKind::kString; }
};

// Where source and messages come from.
struct SourceFile {
  std::string_view text;
  std::string_view name;
};

// All tokens of `file`, closed by one of kind kEnd. Refuses zero bytes, unclosed comments and unclosed literals.
hy_status tokenize(const SourceFile& file, std::vector<Token>* out, hy_error* error);

inline bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }

}  // namespace halyard::dialect
