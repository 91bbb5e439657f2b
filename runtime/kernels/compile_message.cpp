// See compile_message.hpp. Compilers agree on "file:line:column: error: text"; CUDA's say "file(line): error: text",
// which is said as the others would.
#include "runtime/kernels/compile_message.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>

namespace halyard::kernels {
namespace {

bool names_line(std::string_view text, std::string_view file) noexcept {
  if (text.substr(0, file.size()) != file || text.size() < file.size() + 2) return false;
  const char after = text[file.size()];
  return (after == ':' || after == '(') && std::isdigit(static_cast<unsigned char>(text[file.size() + 1])) != 0;
}

std::string_view line_at(std::string_view log, std::size_t at) noexcept {
  return log.substr(at, log.find('\n', at) - at);
}

// Where the first line stands that names `file` and has `word`.
std::size_t find_line(std::string_view log, std::string_view file, std::string_view word) noexcept {
  for (std::size_t at = log.find(file); at != std::string_view::npos; at = log.find(file, at + 1)) {
    const std::string_view line = line_at(log, at);
    if (names_line(line, file) && line.find(word) != std::string_view::npos) return at;
  }
  return std::string_view::npos;
}

constexpr std::string_view kError = " error:";

// Where the next line after `at` stands that begins another diagnostic.
std::size_t next_diagnostic(std::string_view log, std::size_t at) noexcept {
  return std::min(log.find(kError, at), log.find(" warning:", at));
}

// g++ puts an error inside one of the prelude's macros where the macro stands, and the user's line into a note below:
// says the first error that has such a note at the user's line. False where there is none.
bool say_at_note(std::string_view log, std::string_view file, hy_error* error) noexcept {
  constexpr std::string_view kNote = " note:";
  for (std::size_t said = log.find(kError); said != std::string_view::npos; said = log.find(kError, said + 1)) {
    const std::string_view what = line_at(log, said);
    const std::string_view rest = log.substr(0, next_diagnostic(log, said + 1)).substr(said);
    const std::size_t at = find_line(rest, file, kNote);
    if (at == std::string_view::npos) continue;
    const std::string_view note = line_at(rest, at);
    const std::string_view place = note.substr(0, note.find(kNote));
    std::snprintf(error->message, sizeof error->message, "%.*s%.*s\n%.*s", static_cast<int>(place.size()), place.data(),
                  static_cast<int>(what.size()), what.data(), static_cast<int>(note.size()), note.data());
    return true;
  }
  return false;
}

// "file(12): error" as "file:12: error", in place.
void use_colons(char* message, std::string_view file) noexcept {
  std::string_view text(message);
  for (std::size_t at = text.find(file); at != std::string_view::npos; at = text.find(file, at + 1)) {
    const std::size_t open = at + file.size();
    std::size_t end = open + 1;
    if (open >= text.size() || text[open] != '(') continue;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
    if (end == open + 1 || text.substr(end, 2) != "):") continue;
    message[open] = ':';
    std::memmove(message + end, message + end + 1, text.size() - end);  // the zero, too
    text = message;
  }
}

void say_errors(std::string_view log, std::string_view file, hy_error* error) noexcept {
  if (names_line(error->message, file)) return;
  std::size_t at = find_line(log, file, "error");
  if (at == std::string_view::npos) {
    if (say_at_note(log, file, error)) return;
    at = find_line(log, file, "");
    if (at == std::string_view::npos) return;
  }
  std::string_view text = log.substr(at);
  if (text.size() >= sizeof error->message) {  // whole lines, as many as fit
    text = text.substr(0, sizeof error->message - 1);
    if (const std::size_t end = text.rfind('\n'); end != std::string_view::npos) text = text.substr(0, end);
  }
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  std::snprintf(error->message, sizeof error->message, "%.*s", static_cast<int>(text.size()), text.data());
}

// CUDA's compilers miss a semicolon where the next word stands, which is most often a line further.
void point_at_semicolon(hy_error* error) noexcept {
  constexpr std::string_view kMissed = "error: expected a \";\"";
  constexpr std::string_view kHint = " (is there one at the end of the line before?)";
  const std::string_view text(error->message);
  const std::size_t at = text.find(kMissed);
  const std::size_t end = at + kMissed.size();
  if (at == std::string_view::npos || text.substr(0, at).find('\n') != std::string_view::npos) return;
  if (text.size() + kHint.size() >= sizeof error->message) return;
  std::memmove(error->message + end + kHint.size(), error->message + end, text.size() - end + 1);
  std::memcpy(error->message + end, kHint.data(), kHint.size());
}

}  // namespace

void say_first_errors(std::string_view log, std::string_view file, hy_error* error) noexcept {
  if (error == nullptr || file.empty()) return;
  say_errors(log, file, error);
  use_colons(error->message, file);
  point_at_semicolon(error);
}

}  // namespace halyard::kernels
