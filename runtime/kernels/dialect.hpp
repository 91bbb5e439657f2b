// The kernel dialect's front end: reads the signatures out of a kernel file and turns the file into source for one
// target's compiler. It works on text and knows no vendor's library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "halyard/halyard.h"

namespace halyard::dialect {

// Of one kernel: scanning, bundles and launches, whose arguments lie on the stack, all hold to it.
inline constexpr std::size_t kMaxParameters = 64;

// What one HY_KERNEL(...) declares. `type` of a parameter is that of a value, or of a buffer's elements.
struct Parameter {
  std::string name;
  hy_param_kind kind;  // HY_PARAM_VALUE, HY_PARAM_IN, HY_PARAM_OUT, HY_PARAM_INOUT
  hy_type type;
};

enum class ItemModel : std::uint8_t { kLoop, kPhases, kBarriers };

struct Signature {
  std::string name;
  std::vector<Parameter> parameters;
  ItemModel model = ItemModel::kLoop;
  bool fixed_workgroup = false;  // HY_WORKGROUP stands before it
  std::uint32_t line = 0;        // of HY_KERNEL in the file, from 1
};

struct Constant {  // a tuning value: becomes a macro
  std::string name;
  std::string value;
};

// Reads every signature of `source`. `file` names it in messages ("file:line: what is wrong and what is expected").
hy_status scan(std::string_view source, std::string_view file, std::vector<Signature>* out, hy_error* error) noexcept;

// The target text: prelude, `constants` as macros, and `source` with its HY_KERNEL heads replaced, so arranged
// (#line) that the compiler's messages name `file` and the user's own lines. `dialect` is HY_DIALECT_*.
hy_status expand(std::string_view source, std::string_view file, hy_dialect dialect,
                 std::span<const Constant> constants, std::string* out, hy_error* error) noexcept;

}  // namespace halyard::dialect
