// The skimmer of kernel bodies: just enough of C's statements (blocks, loops, switches) to know what leaves a phase.
// Expressions and declarations are passed over up to their semicolon.
#include <algorithm>
#include <map>

#include "runtime/kernels/dialect/kernel_text.hpp"
#include "runtime/kernels/dialect/message.hpp"

namespace halyard::dialect {
namespace {

constexpr int kMaxNesting = 200;

bool is_bound_word(const Token& token) {
  return token.is("HY_BOUND") || token.is("HY_BOUND2") || token.is("HY_BOUND3");
}
bool is_phase_word(const Token& token) {
  return token.is("HY_ITEMS") || token.is("HY_ITEMS2") || token.is("HY_ITEMS3");
}

// HY_ITEM(i), hy_items(i): to a compiler a name that it does not know, with other errors before and behind it.
bool looks_like_phase_word(std::string_view word) {
  for (const std::string_view begin : {"HY_ITEM", "hy_item"}) {
    if (word.substr(0, begin.size()) == begin) {
      return word.find_first_not_of("Ss123", begin.size()) == std::string_view::npos;
    }
  }
  return false;
}

class Skimmer {
 public:
  Skimmer(const SourceFile& file, const FileText& text, KernelText* kernel, hy_error* error)
      : file_(file), text_(text), kernel_(kernel), error_(error), at_(kernel->body.begin), end_(kernel->body.end) {}

  hy_status run() {
    const Scope top{};
    if (const hy_status status = take_bound(); status != HY_OK) {
      return status;
    }
    while (at_ < end_) {
      if (here().is("}")) {  // the body as a whole balances, so some bracket before it does not
        return fail_at(error_, file_, here().line, "this } does not match the bracket that is open here");
      }
      if (const hy_status status = statement(top, 0); status != HY_OK) {
        return status;
      }
    }
    if (kernel_->has_phase && kernel_->has_barrier) {
      return fail_at(error_, file_, barrier_line_,
                     "hy_barrier in kernel '%s', which is written in phases; the end of a phase is its barrier",
                     name());
    }
    if (kernel_->has_phase && item_word_ != nullptr) {
      return fail_at(error_, file_, item_word_->line,
                     "'%.*s' outside the phases of kernel '%s': what stands between phases is the same for the whole "
                     "workgroup and belongs to no item; write it inside HY_ITEMS(i) { ... }",
                     quote_length(item_word_->text), item_word_->text.data(), name());
    }
    if (bound_line_ != 0 && (kernel_->has_phase || kernel_->has_barrier || kernel_->has_local)) {
      return fail_at(error_, file_, bound_line_,
                     "HY_BOUND in kernel '%s', whose items meet at barriers, which all of them must reach; use if",
                     name());
    }
    return HY_OK;
  }

 private:
  // Where a statement stands.
  struct Scope {
    bool in_phase = false;
    bool in_block = false;   // not directly in the kernel's body
    bool breakable = false;  // in a loop or switch, inside the phase where there is one
  };

  const Token& here() const { return text_.tokens[std::min(at_, end_)]; }
  const char* name() const { return kernel_->signature.name.c_str(); }

  // HY_BOUND, where the body begins with it.
  hy_status take_bound() {
    const Token& word = here();
    if (!is_bound_word(word)) {
      return HY_OK;
    }
    const std::size_t dimensions = word.is("HY_BOUND") ? 1 : word.is("HY_BOUND2") ? 2 : 3;
    std::vector<TokenRange> pieces;
    std::size_t close = 0;
    if (at_ + 1 >= end_ || !text_.tokens[at_ + 1].is("(") ||
        !split_arguments(text_.tokens, at_ + 1, end_, &pieces, &close) || pieces.size() != 2 * dimensions) {
      return fail_at(error_, file_, word.line, "%.*s takes %zu name(s) and as many bounds", quote_length(word.text),
                     word.text.data(), dimensions);
    }
    for (std::size_t d = 0; d < dimensions; ++d) {
      kernel_->bounds.push_back(join_tokens(text_.tokens, pieces[dimensions + d]));
    }
    at_ = close + 1;
    bound_line_ = word.line;
    return HY_OK;
  }

  hy_status statement(Scope scope, int nesting) {
    if (nesting > kMaxNesting) {
      return fail_at(error_, file_, here().line, "statements are nested more than %d deep", kMaxNesting);
    }
    if (at_ >= end_) {
      return HY_OK;
    }
    const Token& token = here();
    if (token.kind == TokenKind::kDirective) {
      note_directive(token);
      ++at_;
      return HY_OK;
    }
    if (token.is("{")) {
      return block(scope, nesting);
    }
    if (is_phase_word(token)) {
      return phase(scope, nesting);
    }
    if (token.is("if") || token.is("for") || token.is("while") || token.is("switch")) {
      ++at_;
      scope.breakable = scope.breakable || !token.is("if");
      return controlled(token, scope, nesting);
    }
    if (token.is("do") || token.is("else")) {  // the `while (...);` of a do is passed over as an expression
      ++at_;
      scope.breakable = scope.breakable || token.is("do");
      scope.in_block = true;
      return inner_statement(scope, nesting);
    }
    if (looks_like_phase_word(token.text) && at_ + 1 < end_ && text_.tokens[at_ + 1].is("(") && !is_macro(token)) {
      const char last = token.text.back();
      return fail_at(error_, file_, token.line, "'%.*s' is no word of the dialect; did you mean HY_ITEMS%s?",
                     quote_length(token.text), token.text.data(),
                     last == '2'   ? "2"
                     : last == '3' ? "3"
                                   : "");
    }
    return simple(scope);
  }

  // Whether a preprocessor line of the file names it.
  bool is_macro(const Token& word) const {
    return std::any_of(text_.tokens.begin(), text_.tokens.end(), [&](const Token& token) {
      return token.kind == TokenKind::kDirective && token.text.find(word.text) != std::string_view::npos;
    });
  }

  hy_status block(Scope scope, int nesting) {
    ++at_;
    scope.in_block = true;
    while (at_ < end_ && !here().is("}")) {
      if (const hy_status status = statement(scope, nesting + 1); status != HY_OK) {
        return status;
      }
    }
    ++at_;
    return HY_OK;
  }

  // The statement after `if (...)`, `else`, `do` and their like; preprocessor lines may stand before it.
  hy_status inner_statement(Scope scope, int nesting) {
    while (at_ < end_ && here().kind == TokenKind::kDirective) {
      note_directive(here());
      ++at_;
    }
    return statement(scope, nesting + 1);
  }

  hy_status controlled(const Token& word, Scope scope, int nesting) {
    if (!here().is("(")) {
      return fail_at(error_, file_, word.line, "expected ( after %.*s", quote_length(word.text), word.text.data());
    }
    if (const hy_status status = parentheses(scope); status != HY_OK) {
      return status;
    }
    scope.in_block = true;
    return inner_statement(scope, nesting);
  }

  hy_status phase(Scope scope, int nesting) {
    const Token& word = here();
    if (scope.in_phase) {
      return fail_at(error_, file_, word.line, "%.*s inside a phase; phases follow one another and do not nest",
                     quote_length(word.text), word.text.data());
    }
    if (!kernel_->signature.fixed_workgroup) {
      return fail_at(error_, file_, word.line, "kernel '%s' has phases and so needs HY_WORKGROUP(...) before HY_KERNEL",
                     name());
    }
    const std::size_t expected = word.is("HY_ITEMS") ? 1 : word.is("HY_ITEMS2") ? 2 : 3;
    std::vector<TokenRange> pieces;
    std::size_t close = at_;
    ++at_;
    bool good =
        here().is("(") && split_arguments(text_.tokens, at_, end_, &pieces, &close) && pieces.size() == expected;
    for (const TokenRange& piece : pieces) {
      good = good && piece.end - piece.begin == 1 && text_.tokens[piece.begin].kind == TokenKind::kName;
    }
    if (!good) {
      return fail_at(error_, file_, word.line, "%.*s takes %zu name(s) in parentheses", quote_length(word.text),
                     word.text.data(), expected);
    }
    at_ = close + 1;
    if (!here().is("{")) {
      return fail_at(error_, file_, word.line, "expected { after %.*s(...)", quote_length(word.text), word.text.data());
    }
    kernel_->has_phase = true;
    return block({true, true, false}, nesting + 1);
  }

  // A simple statement: up to its semicolon, or a label's colon.
  hy_status simple(Scope scope) {
    const Token& first = here();
    const bool label = first.is("case") || first.is("default");
    while (at_ < end_) {
      const Token& token = here();
      if (token.is("}")) {  // a statement without its semicolon: the compiler will say so
        return HY_OK;
      }
      if (const hy_status status = check_word(scope); status != HY_OK) {
        return status;
      }
      if (token.is("(") || token.is("[") || token.is("{")) {
        if (const hy_status status = parentheses(scope); status != HY_OK) {
          return status;
        }
        continue;
      }
      ++at_;
      if (token.is(";") || (label && token.is(":"))) {
        return HY_OK;
      }
    }
    return HY_OK;
  }

  // From an opening bracket past its closing one.
  hy_status parentheses(Scope scope) {
    std::size_t depth = 0;
    const std::uint32_t started = here().line;
    while (at_ < end_) {
      const Token& token = here();
      if (const hy_status status = check_word(scope); status != HY_OK) {
        return status;
      }
      ++at_;
      depth += token.is("(") || token.is("[") || token.is("{") ? 1 : 0;
      if ((token.is(")") || token.is("]") || token.is("}")) && --depth == 0) {
        return HY_OK;
      }
    }
    return fail_at(error_, file_, started, "this bracket is never closed");
  }

  // Rules that hold wherever in a statement the word stands.
  hy_status check_word(Scope scope) {
    const Token& token = here();
    if (token.kind == TokenKind::kDirective) {
      note_directive(token);
      return HY_OK;
    }
    if (token.kind != TokenKind::kName) {
      return HY_OK;
    }
    const unsigned traits = text_.traits_of(token.text);
    kernel_->traits |= traits;
    if (is_bare_private(token)) {
      return fail_at(
          error_, file_, token.line,
          "'%.*s' of kernel '%s' is HY_PRIVATE, one a work-item: in a phase it is HY_AT(%.*s), the element k of "
          "an array HY_AT2(name, k)",
          quote_length(token.text), token.text.data(), name(), quote_length(token.text), token.text.data());
    }
    if (!scope.in_phase && (traits & kAsksItem) != 0 && item_word_ == nullptr && !branches_.inside()) {
      item_word_ = &token;
    }
    if (scope.in_phase && (traits & (scope.breakable ? kLeaves : kLeaves | kBreaks)) != 0) {
      return fail_at(error_, file_, token.line,
                     "'%.*s' leaves a phase of kernel '%s'; `continue` ends this item's part and lets it reach the "
                     "barrier",
                     quote_length(token.text), token.text.data(), name());
    }
    if (bound_line_ != 0 && (traits & kSubgroup) != 0) {
      return fail_at(error_, file_, token.line,
                     "'%.*s' in kernel '%s', which has HY_BOUND: items beyond the bound never reach it, and all of a "
                     "sub-group must; use if",
                     quote_length(token.text), token.text.data(), name());
    }
    if (is_phase_word(token)) {
      return fail_at(error_, file_, token.line, "%.*s stands where no statement begins", quote_length(token.text),
                     token.text.data());
    }
    if (token.is("HY_LOCAL") || token.is("HY_PRIVATE") || token.is("HY_PRIVATE_ARRAY")) {
      return declaration(scope);
    }
    if (is_bound_word(token)) {
      return fail_at(error_, file_, token.line, "%.*s stands first in the kernel's body", quote_length(token.text),
                     token.text.data());
    }
    if (token.is("hy_barrier")) {
      if (scope.in_phase) {
        return fail_at(error_, file_, token.line, "hy_barrier inside a phase; the end of the phase is the barrier");
      }
      barrier_line_ = kernel_->has_barrier ? barrier_line_ : token.line;
      kernel_->has_barrier = true;
    }
    return HY_OK;
  }

  hy_status declaration(Scope scope) {
    const Token& word = here();
    if (scope.in_block) {
      return fail_at(error_, file_, word.line, "%.*s stands at the top of the kernel's body, not inside a block",
                     quote_length(word.text), word.text.data());
    }
    if (kernel_->has_phase) {
      return fail_at(error_, file_, word.line, "%.*s stands before the first phase", quote_length(word.text),
                     word.text.data());
    }
    std::vector<TokenRange> pieces;
    std::size_t close = 0;
    const std::size_t expected = word.is("HY_PRIVATE") ? 2 : 3;
    if (at_ + 1 >= end_ || !text_.tokens[at_ + 1].is("(") ||
        !split_arguments(text_.tokens, at_ + 1, end_, &pieces, &close) || pieces.size() != expected) {
      return fail_at(error_, file_, word.line, "%.*s should read %s", quote_length(word.text), word.text.data(),
                     expected == 2 ? "HY_PRIVATE(type, name)" : "(type, name, count)");
    }
    for (std::size_t i = expected == 3 ? pieces[2].begin : 0; expected == 3 && i < pieces[2].end; ++i) {
      for (const Parameter& parameter : kernel_->signature.parameters) {
        if (text_.tokens[i].is(parameter.name)) {
          return fail_at(error_, file_, word.line,
                         "the count of %.*s in kernel '%s' is a constant expression; '%s' is a parameter, not known "
                         "before the launch",
                         quote_length(word.text), word.text.data(), name(), parameter.name.c_str());
        }
      }
    }
    if (!word.is("HY_LOCAL")) {
      privates_.emplace(text_.tokens[pieces[1].begin].text, pieces[1].begin);
    }
    const std::string bytes = "sizeof(" + join_tokens(text_.tokens, pieces[0]) + ") * (" +
                              (expected == 3 ? join_tokens(text_.tokens, pieces[2]) : "1") + ")";
    if (word.is("HY_LOCAL")) {
      kernel_->has_local = true;
      kernel_->local_layout.push_back(" + hy_local_bytes_of(" + bytes + ")");
    } else {
      kernel_->private_layout.push_back(" + " + bytes);
    }
    return HY_OK;
  }

  // A HY_PRIVATE by its name alone: some targets would take it, as there it is a variable like any other.
  bool is_bare_private(const Token& token) const {
    const auto found = privates_.find(token.text);
    if (found == privates_.end() || found->second == at_ || branches_.inside() || at_ < kernel_->body.begin + 2) {
      return false;
    }
    const Token& before = text_.tokens[at_ - 1];
    const Token& second = text_.tokens[at_ - 2];
    const bool wrapped = before.is("(") && (second.is("HY_AT") || second.is("HY_AT2"));
    const bool member = before.is(".") || (before.is(">") && second.is("-")) || before.is("->");
    return !wrapped && !member;
  }

  // Keeps the conditionals, so that memory under #if is counted as the compiler sees it.
  void note_directive(const Token& token) {
    branches_.see(token);
    const std::string_view name = directive_name(token);
    if (name.starts_with("if") || name.starts_with("el") || name == "endif") {
      kernel_->local_layout.emplace_back(token.text);
      kernel_->private_layout.emplace_back(token.text);
    }
  }

  SourceFile file_;
  const FileText& text_;
  KernelText* kernel_;
  hy_error* error_;
  std::size_t at_;
  std::size_t end_;
  const Token* item_word_ = nullptr;  // the first outside every phase that asks for an item
  TargetBranches branches_;
  std::map<std::string_view, std::size_t> privates_;  // with the token that declares each
  std::uint32_t barrier_line_ = 0;
  std::uint32_t bound_line_ = 0;
};

}  // namespace

hy_status skim_body(const SourceFile& file, const FileText& text, KernelText* kernel, hy_error* error) {
  return Skimmer(file, text, kernel, error).run();
}

}  // namespace halyard::dialect
