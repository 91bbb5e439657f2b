// What the scanner knows of a kernel file beyond the signatures: where each head and body stands, so that the
// expander can replace the heads and nothing else.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "runtime/kernels/dialect.hpp"
#include "runtime/kernels/dialect/lexer.hpp"

namespace halyard::dialect {

// A half-open range of tokens.
struct TokenRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// What a word brings to where it stands: of the dialect, of C, or a macro whose text holds such a word.
enum WordTrait : unsigned {
  kLeaves = 1,      // return, goto
  kBreaks = 2,      // break
  kAsksGroup = 4,   // ids that change when neighbouring workgroups are joined into one loop
  kPassesItem = 8,  // HY_ITEM_ARG: a helper function may ask for ids
  kSubgroup = 16,   // what all items of a sub-group must reach
  kAsksItem = 32,   // what only an item has: none stands between phases
};

struct KernelText {
  Signature signature;
  std::array<std::string, 3> workgroup;  // the expressions of HY_WORKGROUP, "1" where left out; empty without it
  std::size_t head_begin = 0;            // offset of HY_WORKGROUP, else of HY_KERNEL
  std::size_t body_begin = 0;            // offset of the body's opening brace
  std::size_t body_close = 0;            // and of its closing one
  std::uint32_t head_line = 1;
  std::uint32_t body_line = 1;
  std::uint32_t close_line = 1;
  TokenRange body;                  // the tokens between the braces
  std::vector<std::string> bounds;  // of HY_BOUND, HY_BOUND2 or HY_BOUND3: the expressions after the names
  bool has_phase = false;
  bool has_barrier = false;
  bool has_local = false;                   // HY_LOCAL
  bool changes_macros = false;              // #define or #undef in the body: repeated, it would mean something else
  unsigned traits = 0;                      // of all words of the body
  std::vector<std::string> local_layout;    // lines: a term of the sum of local bytes, or a preprocessor conditional
  std::vector<std::string> private_layout;  // the same of what one item keeps from phase to phase
};

struct FileText {
  std::vector<Token> tokens;
  std::vector<KernelText> kernels;
  bool helper_barrier = false;                  // hy_barrier outside every kernel, or in a macro
  std::map<std::string_view, unsigned> macros;  // those of the file that have traits, by themselves or by other macros

  unsigned traits_of(std::string_view word) const;
};

// Follows #if and its like: whether what stands here is for one target alone, under a condition that names HY_TARGET_….
// Rules that hold because some target would not take the code hold elsewhere.
class TargetBranches {
 public:
  void see(const Token& directive);
  bool inside() const { return std::find(open_.begin(), open_.end(), true) != open_.end(); }

 private:
  std::vector<bool> open_;  // a conditional each
};

// "define" of a preprocessor line.
std::string_view directive_name(const Token& directive);

// Of the words that C or the dialect gives a meaning.
unsigned traits_of_word(std::string_view word);

// Reads all of `file`; checks everything that scan() promises.
hy_status read_file_text(const SourceFile& file, FileText* out, hy_error* error);

// Fills what the body tells of `kernel` and checks the rules of phases.
hy_status skim_body(const SourceFile& file, const FileText& text, KernelText* kernel, hy_error* error);

// The tokens of `range` with single spaces between them: the source without comments and line ends.
std::string join_tokens(const std::vector<Token>& tokens, TokenRange range);

// Cuts what stands between the parentheses that open at token `open` into pieces at its commas; `*close` becomes the
// closing parenthesis. False where they do not balance before `end`.
bool split_arguments(const std::vector<Token>& tokens, std::size_t open, std::size_t end,
                     std::vector<TokenRange>* pieces, std::size_t* close);

// "float4" -> its hy_type and spelling; false for what no signature may hold.
bool parse_type(std::string_view spelling, hy_type* out);

bool is_reserved_name(std::string_view name);

}  // namespace halyard::dialect
