// Runs one child process to its end without the host noticing: no SIGCHLD, nothing for the host's wait() to reap, no
// inherited files, and no process left behind, whatever the child does.
#pragma once

#include "halyard/backend.h"

namespace halyard::worker {

// Runs `request` and collects its outputs. HY_OK whenever the child was started, however it ended: `out` tells (set
// out->size first; release with free_child_result()). A child that outlives its time is killed with its whole session
// and `timed_out` is 1. Blocks; any thread may call it.
// Errors: HY_INVALID_ARGUMENT (no absolute argv[0]), HY_UNAVAILABLE (the program can't be run: what the system said),
// HY_OUT_OF_MEMORY.
hy_status run_child(const hy_child_request& request, hy_child_result* out, hy_error* error) noexcept;

// Gives back what run_child() allocated; a result that is all zeros is fine.
void free_child_result(hy_child_result* result) noexcept;

// "SIGSEGV", or "signal 42" written to `text`.
const char* signal_name(int signal, char* text, unsigned capacity) noexcept;

}  // namespace halyard::worker
