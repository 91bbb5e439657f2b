// Turns what a compiler said into a message that begins with the user's file and line.
#pragma once

#include <string_view>

#include "halyard/types.h"

namespace halyard::kernels {

// Puts the first errors of `log` that name `file` into error->message; keeps the message that is there when it already
// begins with the file, or when the log names no line of it. `error` may be null.
void say_first_errors(std::string_view log, std::string_view file, hy_error* error) noexcept;

}  // namespace halyard::kernels
