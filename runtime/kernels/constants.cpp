// See constants.hpp.
#include "runtime/kernels/constants.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include "halyard/detail/error.hpp"

namespace halyard::kernels {
namespace {

bool is_identifier(const char* name) {
  if (std::isdigit(static_cast<unsigned char>(name[0])) != 0 || name[0] == '\0') return false;
  return std::all_of(name, name + std::strlen(name),
                     [](char c) { return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

void sort_constants(std::vector<dialect::Constant>* constants) {
  std::sort(constants->begin(), constants->end(),
            [](const dialect::Constant& a, const dialect::Constant& b) { return a.name < b.name; });
}

hy_status check_constants(std::span<const hy_constant> constants, hy_error* error) {
  for (std::size_t i = 0; i < constants.size(); ++i) {
    const char* name = constants[i].name;
    const char* value = constants[i].value;
    if (name == nullptr || value == nullptr) {
      return fail(error, HY_INVALID_ARGUMENT, "constants[%zu]: name and value must not be NULL", i);
    }
    if (!is_identifier(name)) {
      return fail(error, HY_INVALID_ARGUMENT, "constant '%s': a name is made of letters, digits and '_'", name);
    }
    if (std::strpbrk(value, "\n\r\\") != nullptr) {
      return fail(error, HY_INVALID_ARGUMENT, "constant %s: its value must be one line without '\\'", name);
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (std::strcmp(constants[j].name, name) == 0)
        return fail(error, HY_INVALID_ARGUMENT, "constant %s is given twice", name);
    }
  }
  return HY_OK;
}

hy_status merge_constants(const std::vector<dialect::Constant>& defaults, std::span<const hy_constant> own,
                          std::vector<dialect::Constant>* out, hy_error* error) {
  if (hy_status status = check_constants(own, error); status != HY_OK) return status;
  *out = defaults;
  for (const hy_constant& constant : own) {
    auto known =
        std::find_if(out->begin(), out->end(), [&](const dialect::Constant& c) { return c.name == constant.name; });
    if (known == out->end()) {
      out->push_back({constant.name, constant.value});
    } else {
      known->value = constant.value;
    }
  }
  sort_constants(out);
  return HY_OK;
}

std::string constants_text(std::span<const dialect::Constant> constants) {
  std::string text;
  for (const dialect::Constant& constant : constants) text += constant.name + "=" + constant.value + "\n";
  return text;
}

bool same_constants(const BundleImage& image, std::span<const format::Constant> stored,
                    std::span<const dialect::Constant> wanted) noexcept {
  if (stored.size() != wanted.size()) return false;
  for (std::size_t i = 0; i < stored.size(); ++i) {
    if (wanted[i].name != image.string(stored[i].name) || wanted[i].value != image.string(stored[i].value))
      return false;
  }
  return true;
}

}  // namespace halyard::kernels
