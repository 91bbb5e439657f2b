// Small pieces that the scanner and the expander share: splitting argument lists, type names, reserved names.
#include <algorithm>
#include <iterator>

#include "runtime/kernels/dialect/kernel_text.hpp"

namespace halyard::dialect {
namespace {

struct ScalarName {
  std::string_view spelling;
  hy_type type;
};

constexpr ScalarName kScalars[] = {
#define HY_SCALAR(spelling, type) {#spelling, type},
#include "runtime/kernels/dialect/types.def"
};

// Names that a target's compiler or prelude takes for itself. Sorted.
constexpr std::string_view kReserved[] = {
#include "runtime/kernels/dialect/reserved.def"
};

}  // namespace

unsigned traits_of_word(std::string_view word) {
  if (word == "return" || word == "goto") {
    return kLeaves;
  }
  if (word == "break") {
    return kBreaks;
  }
  if (word == "HY_ITEM_ARG") {
    return kPassesItem | kAsksItem;
  }
  if (word == "hy_global_id" || word == "HY_AT" || word == "HY_AT2") {
    return kAsksItem;
  }
  const bool item = word == "hy_local_id" || word == "hy_subgroup_id" || word == "hy_subgroup_local_id";
  const bool group = word == "hy_local_id" || word == "hy_group_id" || word == "hy_subgroup_id";
  return (item ? kAsksItem : 0u) | (group ? kAsksGroup : 0u) | (word.starts_with("hy_subgroup_") ? kSubgroup : 0u);
}

std::string_view directive_name(const Token& directive) {
  std::string_view rest = directive.text.substr(1);
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  std::size_t end = 0;
  while (end < rest.size() && is_name_part(rest[end])) {
    ++end;
  }
  return rest.substr(0, end);
}

void TargetBranches::see(const Token& directive) {
  const std::string_view name = directive_name(directive);
  const bool names_target = directive.text.find("HY_TARGET_") != std::string_view::npos;
  if (name.starts_with("if")) {
    open_.push_back(names_target);
  } else if (name.starts_with("el") && !open_.empty()) {
    open_.back() = open_.back() || names_target;
  } else if (name == "endif" && !open_.empty()) {
    open_.pop_back();
  }
}

unsigned FileText::traits_of(std::string_view word) const {
  const auto macro = macros.find(word);
  return traits_of_word(word) | (macro != macros.end() ? macro->second : 0u);
}

std::string join_tokens(const std::vector<Token>& tokens, TokenRange range) {
  std::string text;
  for (std::size_t i = range.begin; i < range.end; ++i) {
    const bool adjacent = i > range.begin && tokens[i].offset == tokens[i - 1].offset + tokens[i - 1].text.size();
    if (i > range.begin && !adjacent) {
      text += ' ';
    }
    text += tokens[i].text;
  }
  return text;
}

bool split_arguments(const std::vector<Token>& tokens, std::size_t open, std::size_t end,
                     std::vector<TokenRange>* pieces, std::size_t* close) {
  pieces->clear();
  std::size_t depth = 0;
  std::size_t begin = open + 1;
  for (std::size_t i = open; i < end; ++i) {
    const Token& token = tokens[i];
    if (token.is("(") || token.is("[") || token.is("{")) {
      ++depth;
    } else if (token.is(")") || token.is("]") || token.is("}")) {
      if (--depth == 0) {
        pieces->push_back({begin, i});
        *close = i;
        return token.is(")");
      }
    } else if (token.is(",") && depth == 1) {
      pieces->push_back({begin, i});
      begin = i + 1;
    } else if (token.kind == TokenKind::kDirective || token.kind == TokenKind::kEnd) {
      return false;
    }
  }
  return false;
}

bool parse_type(std::string_view spelling, hy_type* out) {
  for (const ScalarName& scalar : kScalars) {
    if (!spelling.starts_with(scalar.spelling)) {
      continue;
    }
    const std::string_view lanes = spelling.substr(scalar.spelling.size());
    if (lanes.empty()) {
      *out = scalar.type;
      return true;
    }
    const bool storage_only = scalar.type == HY_F16 || scalar.type == HY_BF16;
    if ((lanes == "2" || lanes == "4") && !storage_only) {
      *out = HY_VECTOR(scalar.type, lanes == "2" ? 2 : 4);
      return true;
    }
  }
  return false;
}

bool is_reserved_name(std::string_view name) {
  hy_type type = HY_TYPE_NONE;
  return name.starts_with("hy_") || name.starts_with("HY_") || name.starts_with("__") ||
         name.find("__hy_") != std::string_view::npos || parse_type(name, &type) ||
         std::binary_search(std::begin(kReserved), std::end(kReserved), name);
}

}  // namespace halyard::dialect
