// Words for people: wrapped, aligned, with sizes that can be read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace halyard::command {

// Names come from drivers and recordings. What is no UTF-8 becomes U+FFFD, what would control a terminal becomes '?'.
std::string printable(std::string_view text);

// Columns that valid UTF-8 takes, one for each code point.
std::size_t columns(std::string_view text);

// `text` in lines of at most `width` columns: the first begins with `head`, the others with as many blanks. Ends with a
// line's end.
std::string wrapped(std::string_view head, std::string_view text, int width);

// The same words, but wrapped() does not part them.
std::string unbroken(std::string text);

// "5.5 GiB".
std::string bytes_text(std::uint64_t bytes);

// "31.5 GB/s", in powers of ten, as links are sold.
std::string rate_text(std::uint64_t bytes_per_s);

// "1 device", "2 devices".
std::string counted(std::uint64_t count, std::string_view noun);

// Rows of a name and a text, the texts aligned and wrapped behind `indent` blanks; rows without text are left out.
std::string rows_text(const std::vector<std::pair<std::string, std::string>>& rows, int indent, int width);

}  // namespace halyard::command
