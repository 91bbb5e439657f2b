// The lexer: one pass, one character of look-ahead, no table.
#include "runtime/kernels/dialect/lexer.hpp"

#include "runtime/kernels/dialect/message.hpp"

namespace halyard::dialect {
namespace {

class Lexer {
 public:
  Lexer(const SourceFile& file, std::vector<Token>* out, hy_error* error) : file_(file), out_(out), error_(error) {}

  hy_status run() {
    if (file_.text.substr(0, 3) == "\xEF\xBB\xBF") {  // byte-order mark
      at_ = 3;
    }
    bool line_start = true;  // nothing but white space since the last newline
    while (at_ < file_.text.size()) {
      const char c = peek(0);
      if (c == '\0') {
        return fail_at(error_, file_, line_, "the source holds a zero byte; kernels are plain text");
      }
      if (c == '\n') {
        line_start = true;
        advance();
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || skip_splice()) {
        if (c != '\\') {
          advance();
        }
      } else if (c == '/' && (peek(1) == '/' || peek(1) == '*')) {
        if (const hy_status status = skip_comment(); status != HY_OK) {
          return status;
        }
      } else {
        const hy_status status = c == '#' && line_start ? take_directive() : take_token(c);
        if (status != HY_OK) {
          return status;
        }
        line_start = false;
      }
    }
    push(TokenKind::kEnd, at_, line_);
    return HY_OK;
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < file_.text.size() ? file_.text[at_ + ahead] : '\n'; }

  void advance() {
    if (file_.text[at_] == '\n') {
      ++line_;
    }
    ++at_;
  }

  // C's other spellings of { } [ ] #, of which none can stand in an expression.
  static bool is_digraph(char first, char second) {
    return (first == '<' && (second == '%' || second == ':')) || (first == '%' && (second == '>' || second == ':')) ||
           (first == ':' && second == '>');
  }

  // Passes a backslash that ends a line, with the line's end.
  bool skip_splice() {
    if (peek(0) != '\\' || at_ + 1 >= file_.text.size()) {
      return false;
    }
    const std::size_t newline = peek(1) == '\r' ? 2 : 1;
    if (at_ + newline >= file_.text.size() || peek(newline) != '\n') {
      return false;
    }
    at_ += newline + 1;
    ++line_;
    return true;
  }

  hy_status skip_comment() {
    const std::uint32_t started = line_;
    if (peek(1) == '/') {
      while (at_ < file_.text.size() && peek(0) != '\n') {
        if (!skip_splice()) {
          ++at_;
        }
      }
      return HY_OK;
    }
    at_ += 2;
    while (at_ < file_.text.size()) {
      if (peek(0) == '*' && at_ + 1 < file_.text.size() && peek(1) == '/') {
        at_ += 2;
        return HY_OK;
      }
      advance();
    }
    return fail_at(error_, file_, started, "this comment is never closed with */");
  }

  hy_status take_token(char c) {
    const std::size_t begin = at_;
    const std::uint32_t started = line_;
    if (is_name_start(c)) {
      while (at_ < file_.text.size() && is_name_part(peek(0))) {
        ++at_;
      }
      push(TokenKind::kName, begin, started);
      return HY_OK;
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      take_number();
      push(TokenKind::kNumber, begin, started);
      return HY_OK;
    }
    if (c == '"' || c == '\'') {
      return take_literal(c);
    }
    if (is_digraph(c, peek(1))) {
      return fail_at(error_, file_, line_, "%c%c is a digraph; write the bracket or the # that it stands for", c,
                     peek(1));
    }
    ++at_;
    push(TokenKind::kPunctuation, begin, started);
    return HY_OK;
  }

  void take_number() {
    while (at_ < file_.text.size()) {
      const char c = peek(0);
      const bool exponent = c == 'e' || c == 'E' || c == 'p' || c == 'P';
      if (exponent && (peek(1) == '+' || peek(1) == '-') && at_ + 1 < file_.text.size()) {
        at_ += 2;
      } else if (is_name_part(c) || c == '.') {
        ++at_;
      } else {
        return;
      }
    }
  }

  hy_status take_literal(char quote) {
    const std::size_t begin = at_;
    const std::uint32_t started = line_;
    ++at_;
    while (at_ < file_.text.size() && peek(0) != '\n') {
      if (skip_splice()) {
        continue;
      }
      if (peek(0) == '\\' && at_ + 1 < file_.text.size() && peek(1) != '\n') {
        at_ += 2;
        continue;
      }
      if (peek(0) == quote) {
        ++at_;
        push(TokenKind::kString, begin, started);
        return HY_OK;
      }
      ++at_;
    }
    return fail_at(error_, file_, started, "this literal is not closed with %c on its line", quote);
  }

  // A whole preprocessor line. Comments inside count as white space, so one may carry the line over several.
  hy_status take_directive() {
    const std::size_t begin = at_;
    const std::uint32_t started = line_;
    std::size_t end = at_;
    bool quoted = false;  // what looks like a comment inside "..." is none
    while (at_ < file_.text.size() && peek(0) != '\n') {
      if (peek(0) == '\0') {
        return fail_at(error_, file_, line_, "the source holds a zero byte; kernels are plain text");
      }
      if (peek(0) == '"') {
        quoted = !quoted;
      }
      if (quoted && peek(0) == '\\' && (peek(1) == '"' || peek(1) == '\\') && at_ + 1 < file_.text.size()) {
        at_ += 2;
      } else if (!quoted && peek(0) == '/' && (peek(1) == '/' || peek(1) == '*')) {
        if (const hy_status status = skip_comment(); status != HY_OK) {
          return status;
        }
      } else if (!skip_splice()) {
        ++at_;
      }
      end = at_;
    }
    out_->push_back({TokenKind::kDirective, file_.text.substr(begin, end - begin), begin, started});
    return HY_OK;
  }

  void push(TokenKind kind, std::size_t begin, std::uint32_t line) {
    out_->push_back({kind, file_.text.substr(begin, at_ - begin), begin, line});
  }

  SourceFile file_;
  std::vector<Token>* out_;
  hy_error* error_;
  std::size_t at_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace

hy_status tokenize(const SourceFile& file, std::vector<Token>* out, hy_error* error) {
  out->clear();
  return Lexer(file, out, error).run();
}

}  // namespace halyard::dialect
