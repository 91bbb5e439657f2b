// Wrapping, alignment and figures.
#include "tools/halyard/text.hpp"

#include <algorithm>
#include <cstdio>

namespace halyard::command {
namespace {

constexpr std::string_view kNoBreak = "\xC2\xA0";

// Length of the UTF-8 sequence at the start of `text`, 0 where there is none.
std::size_t sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                             : first >= 0xf0 && first < 0xf5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool bad = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f) ||
                   (first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f);
  return bad ? 0 : length;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence(text);
    const auto first = static_cast<unsigned char>(text[0]);
    const bool c1 = length == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else if ((length == 1 && (first < 0x20 || first == 0x7f) && first != '\n' && first != '\t') || c1) {
      out += '?';
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string wrapped(std::string_view head, std::string_view text, int width) {
  const std::size_t indent = columns(head);
  const std::size_t most = std::max<std::size_t>(static_cast<std::size_t>(width), indent + 20);
  std::string out(head);
  std::size_t at = indent;
  const std::string clean = printable(text);
  std::string_view rest = clean;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \n\t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (!word.empty()) {
      const std::size_t length = columns(word);
      if (at > indent && at + 1 + length > most) {
        out += '\n' + std::string(indent, ' ');
        at = indent;
      } else if (at > indent) {
        out += ' ';
        ++at;
      }
      out += word;
      at += length;
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  for (std::size_t found = 0; (found = out.find(kNoBreak, found)) != std::string::npos;)
    out.replace(found, kNoBreak.size(), " ");
  return out + '\n';
}

std::string unbroken(std::string text) {
  for (std::size_t found = 0; (found = text.find(' ', found)) != std::string::npos;) text.replace(found, 1, kNoBreak);
  return text;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < sizeof kUnits / sizeof *kUnits) {
    value /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text,
                unit == 0 || value >= 100 || value == static_cast<double>(static_cast<std::uint64_t>(value))
                    ? "%.0f %s"
                    : "%.1f %s",
                value, kUnits[unit]);
  return text;
}

std::string rate_text(std::uint64_t bytes_per_s) {
  char text[32];
  const double gigabytes = static_cast<double>(bytes_per_s) / 1e9;
  std::snprintf(text, sizeof text,
                gigabytes >= 100 ? "%.0f GB/s"
                : gigabytes >= 1 ? "%.1f GB/s"
                                 : "%.2g GB/s",
                gigabytes);
  return text;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string rows_text(const std::vector<std::pair<std::string, std::string>>& rows, int indent, int width) {
  std::size_t widest = 0;
  for (const auto& [name, text] : rows) {
    if (!text.empty()) widest = std::max(widest, columns(name));
  }
  std::string out;
  for (const auto& [name, text] : rows) {
    if (text.empty()) continue;
    const std::string head =
        std::string(static_cast<std::size_t>(indent), ' ') + name + std::string(widest - columns(name) + 2, ' ');
    out += wrapped(head, text, width);
  }
  return out;
}

}  // namespace halyard::command
