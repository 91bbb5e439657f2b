// What a driver's compiler said, in the form that Halyard's messages have.
#pragma once

#include <string>

#include "backends/opencl/found.hpp"

namespace halyard::opencl {

// All that it said; "" where it said nothing.
std::string build_log(const Api& cl, cl_program program, cl_device_id device);

// The first errors of a log, each a line "file:line:column: what", whatever way the driver writes them; the log's first
// lines when none is recognised. `file` stands in for the names that drivers give to source without one.
std::string first_errors(const std::string& log, const char* file, size_t most_bytes);

// What marks a binary as one device's and driver's own.
void binary_target(const Found& found, char (&out)[HY_NAME_CAPACITY]);

}  // namespace halyard::opencl
