// The signature scanner: finds HY_WORKGROUP and HY_KERNEL at file scope, reads their arguments, and leaves what is
// inside the bodies to the skimmer.
#include <algorithm>
#include <set>

#include "halyard/detail/config.hpp"
#include "runtime/kernels/dialect/kernel_text.hpp"
#include "runtime/kernels/dialect/message.hpp"

namespace halyard::dialect {
namespace {

constexpr std::size_t kMaxKernels = 4096;
constexpr std::size_t kMaxNameLength = 200;

bool is_structural_word(std::string_view word) {
  return word == "HY_KERNEL" || word == "HY_WORKGROUP" || word == "HY_LOCAL" || word == "HY_PRIVATE" ||
         word == "HY_PRIVATE_ARRAY" || word == "HY_ITEMS" || word == "HY_ITEMS2" || word == "HY_ITEMS3" ||
         word == "HY_BOUND" || word == "HY_BOUND2" || word == "HY_BOUND3";
}

// Past the comment or the quoted text that begins at `at`; `at` where none does.
std::size_t skip_text(std::string_view line, std::size_t at) {
  if (line.substr(at, 2) == "//") {
    return line.size();
  }
  if (line.substr(at, 2) == "/*") {
    return std::min(line.find("*/", at + 2), line.size() - 2) + 2;
  }
  const char quote = line[at];
  if (quote != '"' && quote != '\'') {
    return at;
  }
  for (++at; at < line.size() && line[at] != quote; ++at) {
    at += line[at] == '\\' ? 1 : 0;
  }
  return std::min(at + 1, line.size());
}

// Calls `visit` with each name in a preprocessor line, until it returns false.
template <typename Visit>
void for_each_name(std::string_view line, Visit visit) {
  for (std::size_t i = 0; i < line.size();) {
    if (const std::size_t past = skip_text(line, i); past != i) {
      i = past;
      continue;
    }
    std::size_t end = i;
    while (end < line.size() && is_name_part(line[end])) {
      ++end;
    }
    if (end > i && is_name_start(line[i]) && !visit(line.substr(i, end - i))) {
      return;
    }
    i = end > i ? end : i + 1;
  }
}

// Words that need to know of the item or the grid where they stand.
bool is_place_word(std::string_view word) {
  constexpr std::string_view kSizes[] = {"hy_num_groups", "hy_local_size", "hy_global_size", "hy_num_subgroups"};
  return (traits_of_word(word) & (kAsksItem | kAsksGroup | kPassesItem)) != 0 || word == "hy_barrier" ||
         std::find(std::begin(kSizes), std::end(kSizes), word) != std::end(kSizes);
}

class Scanner {
 public:
  Scanner(const SourceFile& file, FileText* out, hy_error* error) : file_(file), out_(out), error_(error) {}

  hy_status run() {
    if (const hy_status status = tokenize(file_, &out_->tokens, error_); status != HY_OK) {
      return status;
    }
    while (here().kind != TokenKind::kEnd) {
      if (const hy_status status = step(); status != HY_OK) {
        return status;
      }
    }
    if (depth_ != 0) {
      return fail_at(error_, file_, open_line_, "this { is never closed; braces must balance in every #if branch");
    }
    return finish();
  }

 private:
  const Token& here(std::size_t ahead = 0) const {
    return out_->tokens[std::min(at_ + ahead, out_->tokens.size() - 1)];
  }

  hy_status step() {
    const Token& token = here();
    if (token.kind == TokenKind::kDirective) {
      ++at_;
      return check_directive(token);
    }
    if (token.is("HY_WORKGROUP") || token.is("HY_KERNEL")) {
      if (depth_ != 0) {
        return fail_at(error_, file_, token.line, "%.*s stands inside braces; a kernel stands at file scope",
                       quote_length(token.text), token.text.data());
      }
      return take_kernel();
    }
    if (depth_ > 0 && asks_no_item_ && is_place_word(token.text) && !branches_.inside()) {
      return fail_at(error_, file_, token.line,
                     "'%.*s' in a helper function that was given no item; declare the function with (HY_ITEM_PARAM) or "
                     "(HY_ITEM_PARAM, ...) and call it with HY_ITEM_ARG",
                     quote_length(token.text), token.text.data());
    }
    if (token.is("hy_barrier")) {
      out_->helper_barrier = true;
    } else if (is_structural_word(token.text)) {
      return fail_at(error_, file_, token.line, "%.*s belongs inside the body of a HY_KERNEL", quote_length(token.text),
                     token.text.data());
    } else if (token.is("{")) {
      if (depth_ == 0) {
        open_line_ = token.line;
        helper_ = find_bare_function();
        asks_no_item_ = is_function_without_item();
      }
      ++depth_;
    } else if (token.is("}")) {
      if (depth_ == 0) {
        return fail_at(error_, file_, token.line, "this } closes nothing; braces must balance in every #if branch");
      }
      if (--depth_ == 0 && helper_ != nullptr) {
        return fail_at(error_, file_, helper_->line,
                       "function '%.*s' lacks HY_FUNCTION, without which compilers of GPUs do not take it; write "
                       "HY_FUNCTION before its type",
                       quote_length(helper_->text), helper_->text.data());
      }
    }
    ++at_;
    if (depth_ == 0 && (token.is(";") || token.is("}"))) {
      statement_ = at_;
    }
    return HY_OK;
  }

  // The name of the function whose body opens here, at file scope, where it has no HY_FUNCTION: `type name(...) {`. Not
  // found is what the words of a compiler (__device__) or macros of the file shape.
  const Token* find_bare_function() const {
    if (branches_.inside()) {
      return nullptr;
    }
    std::size_t name = 0;
    std::size_t depth = 0;
    for (std::size_t i = statement_; i < at_; ++i) {
      const Token& token = out_->tokens[i];
      if (token.is("HY_FUNCTION") || token.is("=") || token.text.starts_with("__") || defined_.contains(token.text)) {
        return nullptr;
      }
      if (token.is("(") && depth++ == 0) {
        name = i > statement_ + 1 && name == 0 ? i - 1 : out_->tokens.size();  // a second ( is no plain function
      } else if (token.is(")")) {
        depth -= depth > 0 ? 1 : 0;
      }
    }
    const bool closed = at_ > statement_ && out_->tokens[at_ - 1].is(")");
    if (!closed || depth != 0 || name == 0 || name >= out_->tokens.size()) {
      return nullptr;
    }
    const Token& type = out_->tokens[name - 1];
    const bool typed = type.kind == TokenKind::kName || type.is("*") || type.is(">");
    return out_->tokens[name].kind == TokenKind::kName && typed ? &out_->tokens[name] : nullptr;
  }

  // Whether the body that opens here is of a HY_FUNCTION that does not declare HY_ITEM_PARAM.
  bool is_function_without_item() const {
    bool function = false;
    for (std::size_t i = statement_; i < at_; ++i) {
      const Token& token = out_->tokens[i];
      if (token.is("HY_ITEM_PARAM") || defined_.contains(token.text)) {
        return false;
      }
      function = function || token.is("HY_FUNCTION");
    }
    return function;
  }

  hy_status check_directive(const Token& token) {
    branches_.see(token);
    std::string_view name;
    std::string_view macro;
    hy_status status = HY_OK;
    int seen = 0;
    for_each_name(token.text, [&](std::string_view word) {
      if (++seen == 1) {
        name = word;
        return name == "define" || name == "include" || name == "include_next" || name == "import";
      }
      if (seen == 2) {
        macro = word;
        if (name == "define") {
          defined_.insert(macro);
        }
        if (token.text.find("##") != std::string_view::npos) {  // pasted words are not seen
          out_->macros[macro] |= kAsksGroup;
        }
        return true;
      }
      users_.emplace(word, macro);
      if (is_structural_word(word)) {
        status = fail_at(error_, file_, token.line,
                         "%.*s in a #define; the scanner reads no macros, so write it out where it is used",
                         quote_length(word), word.data());
      } else if (word == "hy_barrier") {
        out_->helper_barrier = true;
      }
      return status == HY_OK;
    });
    if (status == HY_OK && name != "define" && seen > 0 &&
        (name == "include" || name == "include_next" || name == "import")) {
      status = fail_at(error_, file_, token.line, "#%.*s in a kernel file; a kernel file is complete in itself",
                       quote_length(name), name.data());
    }
    return status;
  }

  hy_status take_kernel() {
    KernelText kernel;
    kernel.head_begin = here().offset;
    kernel.head_line = here().line;
    if (here().is("HY_WORKGROUP")) {
      if (const hy_status status = take_workgroup(&kernel); status != HY_OK) {
        return status;
      }
    }
    if (const hy_status status = take_head(&kernel); status != HY_OK) {
      return status;
    }
    if (!here().is("{")) {
      return fail_at(error_, file_, here().line, "expected the body of kernel '%s', a {, after HY_KERNEL(...)",
                     kernel.signature.name.c_str());
    }
    kernel.body_begin = here().offset;
    kernel.body_line = here().line;
    kernel.body.begin = ++at_;
    for (std::size_t depth = 1; here().kind != TokenKind::kEnd; ++at_) {
      depth += here().is("{") ? 1 : 0;
      if (here().is("}") && --depth == 0) {
        break;
      }
      if (here().is("HY_KERNEL") || here().is("HY_WORKGROUP")) {
        return fail_at(error_, file_, here().line,
                       "%.*s inside the body of kernel '%s'; is a } missing before it? Braces must balance in every "
                       "#if branch",
                       quote_length(here().text), here().text.data(), kernel.signature.name.c_str());
      }
      if (here().kind == TokenKind::kDirective) {
        const std::string_view name = directive_name(here());
        kernel.changes_macros = kernel.changes_macros || name == "define" || name == "undef";
        if (const hy_status status = check_directive(here()); status != HY_OK) {
          return status;
        }
      }
    }
    if (here().kind == TokenKind::kEnd) {
      return fail_at(error_, file_, kernel.body_line,
                     "the body of kernel '%s' is never closed; braces must balance in every #if branch",
                     kernel.signature.name.c_str());
    }
    kernel.body_close = here().offset;
    kernel.close_line = here().line;
    kernel.body.end = at_++;
    statement_ = at_;
    if (out_->kernels.size() == kMaxKernels) {
      return fail_at(error_, file_, kernel.head_line, "more than %zu kernels in one file", kMaxKernels);
    }
    out_->kernels.push_back(std::move(kernel));
    return HY_OK;
  }

  hy_status take_workgroup(KernelText* kernel) {
    const Token& word = here();
    std::vector<TokenRange> pieces;
    std::size_t close = 0;
    if (!here(1).is("(") || !split_arguments(out_->tokens, at_ + 1, out_->tokens.size() - 1, &pieces, &close)) {
      return fail_at(error_, file_, word.line, "HY_WORKGROUP needs ( and ): HY_WORKGROUP(x), (x, y) or (x, y, z)");
    }
    if (pieces.size() > 3) {
      return fail_at(error_, file_, word.line, "HY_WORKGROUP has %zu values; one to three are expected", pieces.size());
    }
    kernel->workgroup = {"1", "1", "1"};
    for (std::size_t d = 0; d < pieces.size(); ++d) {
      if (pieces[d].begin == pieces[d].end) {
        return fail_at(error_, file_, word.line, "value %zu of HY_WORKGROUP is empty", d + 1);
      }
      if (const Token* odd = find_not_expression(pieces[d]); odd != nullptr) {
        return fail_at(error_, file_, odd->line, "'%.*s' in HY_WORKGROUP; constant expressions are expected",
                       quote_length(odd->text), odd->text.data());
      }
      kernel->workgroup[d] = join_tokens(out_->tokens, pieces[d]);
    }
    kernel->signature.fixed_workgroup = true;
    at_ = close + 1;
    if (!here().is("HY_KERNEL")) {
      return fail_at(error_, file_, here().line, "expected HY_KERNEL right after HY_WORKGROUP(...)");
    }
    return HY_OK;
  }

  const Token* find_not_expression(TokenRange range) const {
    for (std::size_t i = range.begin; i < range.end; ++i) {
      const Token& token = out_->tokens[i];
      if (token.kind == TokenKind::kDirective || token.kind == TokenKind::kString || token.is("{") || token.is("}") ||
          token.is(";") || is_structural_word(token.text)) {
        return &token;
      }
    }
    return nullptr;
  }

  hy_status take_head(KernelText* kernel) {
    const Token& word = here();
    kernel->signature.line = word.line;
    std::vector<TokenRange> pieces;
    std::size_t close = 0;
    if (!here(1).is("(") || !split_arguments(out_->tokens, at_ + 1, out_->tokens.size() - 1, &pieces, &close)) {
      return fail_at(error_, file_, word.line, "HY_KERNEL needs ( and ): HY_KERNEL(name, parameters...)");
    }
    const TokenRange name = pieces.front();
    if (name.end - name.begin != 1 || out_->tokens[name.begin].kind != TokenKind::kName) {
      return fail_at(error_, file_, word.line, "HY_KERNEL begins with the kernel's name: HY_KERNEL(name, ...)");
    }
    if (const hy_status status = check_name(out_->tokens[name.begin], "kernel"); status != HY_OK) {
      return status;
    }
    kernel->signature.name = out_->tokens[name.begin].text;
    for (const KernelText& other : out_->kernels) {
      if (other.signature.name == kernel->signature.name) {
        return fail_at(error_, file_, word.line,
                       "kernel '%s' is already declared in line %u; names are unique in a file",
                       kernel->signature.name.c_str(), other.signature.line);
      }
    }
    if (pieces.size() - 1 > kMaxParameters) {
      return fail_at(error_, file_, word.line, "kernel '%s' has %zu parameters; %zu are the most",
                     kernel->signature.name.c_str(), pieces.size() - 1, kMaxParameters);
    }
    for (std::size_t i = 1; i < pieces.size(); ++i) {
      if (const hy_status status = take_parameter(pieces[i], i, &kernel->signature); status != HY_OK) {
        return status;
      }
    }
    at_ = close + 1;
    return HY_OK;
  }

  // HY_IN(float, x) and its like.
  hy_status take_parameter(TokenRange range, std::size_t number, Signature* signature) {
    const Token& word = out_->tokens[range.begin];
    const std::uint32_t line = range.begin < range.end ? word.line : signature->line;
    Parameter parameter{};
    if (range.begin < range.end) {
      parameter.kind = word.is("HY_IN")      ? HY_PARAM_IN
                       : word.is("HY_OUT")   ? HY_PARAM_OUT
                       : word.is("HY_INOUT") ? HY_PARAM_INOUT
                       : word.is("HY_VAL")   ? HY_PARAM_VALUE
                                             : 0;
    }
    if (parameter.kind == 0) {
      return fail_at(error_, file_, line,
                     "parameter %zu of kernel '%s' is not one of HY_IN, HY_OUT, HY_INOUT, HY_VAL (type, name)", number,
                     signature->name.c_str());
    }
    std::vector<TokenRange> pieces;
    std::size_t close = 0;
    const bool open = range.begin + 1 < range.end && out_->tokens[range.begin + 1].is("(");
    if (!open || !split_arguments(out_->tokens, range.begin + 1, range.end, &pieces, &close) ||
        close + 1 != range.end || pieces.size() != 2 || pieces[1].end - pieces[1].begin != 1 ||
        pieces[0].begin == pieces[0].end) {
      return fail_at(error_, file_, line, "parameter %zu of kernel '%s' should read %.*s(type, name)", number,
                     signature->name.c_str(), quote_length(word.text), word.text.data());
    }
    const std::string type = join_tokens(out_->tokens, pieces[0]);
    if (!parse_type(type, &parameter.type)) {
      return fail_at(
          error_, file_, line,
          "type '%.*s' of parameter %zu of kernel '%s' is unknown; known are char uchar short ushort int uint "
          "long ulong half bfloat16 float double, and vectors of 2 and 4 such as float4",
          quote_length(type), type.c_str(), number, signature->name.c_str());
    }
    if (parameter.kind == HY_PARAM_VALUE && (parameter.type == HY_F16 || parameter.type == HY_BF16)) {
      return fail_at(error_, file_, line, "'%s' is a storage type and exists in buffers only; pass a float by HY_VAL",
                     type.c_str());
    }
    const Token& name = out_->tokens[pieces[1].begin];
    if (name.kind != TokenKind::kName) {
      return fail_at(error_, file_, line, "parameter %zu of kernel '%s' has no name", number, signature->name.c_str());
    }
    if (const hy_status status = check_name(name, "parameter"); status != HY_OK) {
      return status;
    }
    parameter.name = name.text;
    for (const Parameter& other : signature->parameters) {
      if (other.name == parameter.name) {
        return fail_at(error_, file_, name.line, "two parameters of kernel '%s' are named '%s'",
                       signature->name.c_str(), parameter.name.c_str());
      }
    }
    signature->parameters.push_back(std::move(parameter));
    return HY_OK;
  }

  hy_status check_name(const Token& name, const char* what) {
    if (name.text.size() > kMaxNameLength) {
      return fail_at(error_, file_, name.line, "this %s's name has more than %zu characters", what, kMaxNameLength);
    }
    if (is_reserved_name(name.text)) {
      return fail_at(error_, file_, name.line,
                     "'%.*s' cannot name a %s: it is a word of the dialect or of a compiler that it is written for",
                     quote_length(name.text), name.text.data(), what);
    }
    return HY_OK;
  }

  // Macros have what the words in their text have, which may be macros in turn.
  void spread_traits() {
    std::vector<std::pair<std::string_view, unsigned>> todo(out_->macros.begin(), out_->macros.end());
    for (auto user = users_.begin(); user != users_.end(); user = users_.upper_bound(user->first)) {
      if (const unsigned traits = traits_of_word(user->first); traits != 0) {
        todo.emplace_back(user->first, traits);
      }
    }
    while (!todo.empty()) {
      const auto [word, traits] = todo.back();
      todo.pop_back();
      const auto [first, last] = users_.equal_range(word);
      for (auto user = first; user != last; ++user) {
        unsigned& known = out_->macros[user->second];
        if ((known | traits) != known) {
          known |= traits;
          todo.emplace_back(user->second, known);
        }
      }
    }
  }

  // Whether a word outside every kernel has one of `traits`.
  bool helpers_have(unsigned traits) const {
    auto kernel = out_->kernels.begin();
    for (std::size_t i = 0; i < out_->tokens.size(); ++i) {
      if (kernel != out_->kernels.end() && i == kernel->body.begin) {
        i = kernel->body.end;
        ++kernel;
      } else if (out_->tokens[i].kind == TokenKind::kName && (out_->traits_of(out_->tokens[i].text) & traits) != 0) {
        return true;
      }
    }
    return false;
  }

  // What needs the whole file: macros' traits, and the helpers' barriers, which decide how plain kernels run.
  hy_status finish() {
    spread_traits();
    const bool helper_subgroup = helpers_have(kSubgroup);
    for (KernelText& kernel : out_->kernels) {
      if (const hy_status status = skim_body(file_, *out_, &kernel, error_); status != HY_OK) {
        return status;
      }
      if (kernel.has_phase && (kernel.traits & kPassesItem) != 0 && out_->helper_barrier) {
        return fail_at(
            error_, file_, kernel.signature.line,
            "kernel '%s' is written in phases and hands HY_ITEM_ARG on, and a function or macro of this file "
            "uses hy_barrier; put the two into separate files",
            kernel.signature.name.c_str());
      }
      if (!kernel.bounds.empty() && (out_->helper_barrier || helper_subgroup)) {
        return fail_at(
            error_, file_, kernel.signature.line,
            "kernel '%s' has HY_BOUND, and a function or macro of this file uses %s; put the two into separate files",
            kernel.signature.name.c_str(), out_->helper_barrier ? "hy_barrier" : "words of sub-groups");
      }
      const bool barriers = kernel.has_barrier || kernel.has_local || out_->helper_barrier;
      kernel.signature.model = kernel.has_phase ? ItemModel::kPhases
                               : barriers       ? ItemModel::kBarriers
                                                : ItemModel::kLoop;
    }
    return HY_OK;
  }

  SourceFile file_;
  FileText* out_;
  hy_error* error_;
  std::multimap<std::string_view, std::string_view> users_;  // a word, a macro whose text holds it
  std::set<std::string_view> defined_;                       // by #define
  const Token* helper_ = nullptr;                            // the function without HY_FUNCTION that is open
  TargetBranches branches_;
  bool asks_no_item_ = false;  // the function that is open has no HY_ITEM_PARAM
  std::size_t at_ = 0;
  std::size_t statement_ = 0;  // where the one at file scope began
  std::size_t depth_ = 0;
  std::uint32_t open_line_ = 1;
};

}  // namespace

hy_status read_file_text(const SourceFile& file, FileText* out, hy_error* error) {
  *out = FileText{};
  return Scanner(file, out, error).run();
}

hy_status scan(std::string_view source, std::string_view file, std::vector<Signature>* out, hy_error* error) noexcept {
  HALYARD_TRY {
    FileText text;
    if (const hy_status status = read_file_text({source, file}, &text, error); status != HY_OK) {
      return status;
    }
    out->clear();
    for (KernelText& kernel : text.kernels) {
      out->push_back(std::move(kernel.signature));
    }
    return HY_OK;
  }
  HALYARD_CATCH(...) {
    return fail(error, HY_OUT_OF_MEMORY, "no memory left to read the kernels of %.*s", quote_length(file), file.data());
  }
}

}  // namespace halyard::dialect
