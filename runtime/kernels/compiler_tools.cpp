// What compiler.h offers to programs that run vendors' compilers: the library's own ways to run a child, to find a
// library, and to read a compiler's messages.
#include "halyard/backend_adapter.hpp"
#include "halyard/compiler.h"
#include "runtime/core/config.hpp"
#include "runtime/core/library.hpp"
#include "runtime/kernels/compile_message.hpp"
#include "runtime/worker/child.hpp"

using halyard::fail;
using halyard::stop_exceptions;

extern "C" {

hy_status hy_child_run(const hy_child_request* request, hy_child_result* out, hy_error* error) {
  if (request == nullptr || out == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "request and out must not be NULL");
  }
  return stop_exceptions(error, [&] { return halyard::worker::run_child(*request, out, error); });
}

void hy_child_free(hy_child_result* result) { halyard::worker::free_child_result(result); }

hy_status hy_library_open(const hy_library_request* request, void** handle, char* path, uint64_t path_capacity,
                          hy_error* error) {
  if (request == nullptr || handle == nullptr) {
    return fail(error, HY_INVALID_ARGUMENT, "request and handle must not be NULL");
  }
  return stop_exceptions(error, [&]() -> hy_status {
    halyard::core::Config config;
    if (hy_status status = halyard::core::read_config(nullptr, &config, error); status != HY_OK) return status;
    return halyard::core::open_library(config, *request, handle, path, path_capacity, nullptr, 0, error);
  });
}

void hy_say_first_errors(const char* log, uint64_t bytes, const char* file, hy_error* error) {
  if (log == nullptr || file == nullptr) return;
  halyard::kernels::say_first_errors({log, bytes}, file, error);
}

}  // extern "C"
