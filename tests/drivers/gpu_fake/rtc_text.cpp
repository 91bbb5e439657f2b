// What the fake run-time compilers do to text before the host's compiler sees it.
#include <cctype>

#include "tests/drivers/gpu_fake/rtc.hpp"

namespace gpu_fake {
namespace {

constexpr char kKernelMark[] = "__hy_fake_kernel__";
constexpr char kBoundsMark[] = "__hy_fake_bounds__";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Past a string or character literal that begins at `at`.
size_t past_literal(const std::string& text, size_t at) {
  const char quote = text[at];
  for (++at; at < text.size() && text[at] != quote; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

// The closing partner of the bracket at `open`; npos where there is none.
size_t closing(const std::string& text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = past_literal(text, i);
      continue;
    }
    if (c == '(' || c == '{' || c == '[') ++depth;
    if ((c == ')' || c == '}' || c == ']') && --depth == 0) return i;
    ++i;
  }
  return std::string::npos;
}

std::string word_before(const std::string& text, size_t end) {
  while (end > 0 && std::isspace(static_cast<unsigned char>(text[end - 1])) != 0) --end;
  size_t begin = end;
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

// Cuts out `mark(…)` within [from, to); the text between its parentheses, or "0".
std::string cut_bounds(std::string* text, size_t from, size_t* to) {
  const size_t at = text->find(kBoundsMark, from);
  if (at == std::string::npos || at >= *to) return "0";
  const size_t open = text->find('(', at), close = closing(*text, open);
  const std::string bounds = text->substr(open, close + 1 - open);
  text->erase(at, close + 1 - at);
  *to -= close + 1 - at;
  return bounds;
}

// The pieces of `"c"(expression), "d"(other)`: the expressions.
void append_operands(const std::string& list, std::string* call) {
  for (size_t at = list.find('"'); at != std::string::npos; at = list.find('"', at)) {
    const size_t open = list.find('(', past_literal(list, at));
    if (open == std::string::npos) return;
    const size_t close = closing(list, open);
    *call += (call->back() == '(' ? "" : ", ") + list.substr(open, close + 1 - open);
    at = close;
  }
}

std::string call_of(const std::string& statement) {
  const size_t quote = statement.find('"'), end = past_literal(statement, quote);
  std::string name = "hy_ptx_";
  for (const char c : statement.substr(quote + 1, statement.find_first_of(" ;\"", quote + 1) - quote - 1)) {
    name += is_word(c) ? c : '_';
  }
  std::string call = name + "(";
  const size_t outputs = statement.find(':', end);
  if (outputs != std::string::npos) append_operands(statement.substr(outputs), &call);
  return call + ")";
}

}  // namespace

std::string describe_kernels(const std::string& preprocessed) {
  std::string text = preprocessed;
  for (size_t at = text.find(kKernelMark); at != std::string::npos; at = text.find(kKernelMark, at)) {
    text.erase(at, sizeof kKernelMark - 1);
    size_t body = text.find('{', at);
    const size_t end_of_declaration = text.find(';', at);
    if (body == std::string::npos || end_of_declaration < body) continue;
    const std::string bounds = cut_bounds(&text, at, &body);
    size_t open = text.find('(', at);
    const std::string name = word_before(text, open);
    const size_t close = closing(text, body);
    if (name.empty() || close == std::string::npos) continue;
    const std::string description = " extern \"C\" __attribute__((used)) hy_fake_kernel hy_fake_kernel_" + name +
                                    "; hy_fake_kernel hy_fake_kernel_" + name + " = hy_fake_describe<&" + name + ">(" +
                                    bounds + ");";
    text.insert(close + 1, description);
  }
  return text;
}

std::string replace_ptx(const std::string& source) {
  std::string text = source;
  for (size_t at = text.find("asm"); at != std::string::npos; at = text.find("asm", at + 3)) {
    if ((at > 0 && is_word(text[at - 1])) || is_word(text[at + 3])) continue;
    const size_t open = text.find('(', at);
    if (open == std::string::npos || text.find_first_of(";\"", at) < open) continue;
    const size_t close = closing(text, open);
    if (close == std::string::npos) continue;
    text.replace(at, close + 1 - at, call_of(text.substr(open, close + 1 - open)));
  }
  return text;
}

}  // namespace gpu_fake
