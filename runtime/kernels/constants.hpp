// Tuning values as a module is compiled with them: the bundle's defaults and the caller's own, which win, sorted by
// name, so that the same set is the same text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "halyard/halyard.h"
#include "runtime/kernels/bundle.hpp"
#include "runtime/kernels/dialect.hpp"

namespace halyard::kernels {

void sort_constants(std::vector<dialect::Constant>* constants);

// Checks names (identifiers, not reserved, once each) and values (one line). HY_INVALID_ARGUMENT.
hy_status check_constants(std::span<const hy_constant> constants, hy_error* error);

hy_status merge_constants(const std::vector<dialect::Constant>& defaults, std::span<const hy_constant> own,
                          std::vector<dialect::Constant>* out, hy_error* error);

// "NAME=VALUE\n" for each.
std::string constants_text(std::span<const dialect::Constant> constants);

bool same_constants(const BundleImage& image, std::span<const format::Constant> stored,
                    std::span<const dialect::Constant> wanted) noexcept;

}  // namespace halyard::kernels
