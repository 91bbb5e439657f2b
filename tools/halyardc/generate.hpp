// The C++ that goes with a bundle: a header with typed accessors, and a source that carries the bundle in a program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "halyard/halyard.h"

namespace halyardc {

std::string cpp_header(const std::string& name_space, const std::vector<const hy_signature*>& kernels);

std::string cpp_embedding(const std::string& name_space, std::string_view bundle,
                          const std::vector<std::string>& host_images);

// One line a kernel, as the source says it.
std::string signature_text(const hy_signature& signature);

}  // namespace halyardc
