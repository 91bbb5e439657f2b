// Finds backends (linked in or plugins) and opens them.
#pragma once

#include <string_view>

#include "runtime/core/objects.hpp"

namespace halyard::core {

// Lists the backends that the configuration asks for, in order of preference. Plugins are loaded, drivers are not.
hy_status list_backends(hy_runtime* runtime, hy_error* error);

// "cpu, opencl".
std::string names_of(const std::vector<std::unique_ptr<Backend>>& backends);

// Whether `name` is one of Halyard's own backends, in this build or not.
bool is_default_backend(std::string_view name) noexcept;

// Opens one, if that has not happened; a driver that is not there is no error, but a state with a reason. Call with
// runtime->discovery held.
void open_backend(hy_runtime* runtime, Backend* backend);

// The table as this library knows it, whatever its own size: what it does not have is NULL. Null with a reason when it
// can't be used.
std::unique_ptr<hy_backend> normalise(const hy_backend* table, const char* origin, hy_error* error);

}  // namespace halyard::core
