// The process between the host and a child that it runs.
//
// A process that calls execve() sends its parent SIGCHLD when it ends, whatever clone() was told: the kernel resets
// that. So the host's own child is one that never calls it: it shares the host's memory (cheap to make, however big the
// host is), has no exit signal (the host gets no SIGCHLD, and its wait() does not see it), starts the program as its
// own child, keeps the time limit, kills what is left, and notes what came of it.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace halyard::worker {

// What the supervisor is told and what it tells. Lives, with everything it points to, in memory that outlasts it.
struct Supervision {
  const char* const* argv = nullptr;  // in
  const char* const* envp = nullptr;
  const char* directory = nullptr;  // may be null
  int standard_fds[3] = {-1, -1, -1};
  std::int64_t deadline_ns = 0;  // of CLOCK_MONOTONIC
  pid_t host = 0;
  void* child_stack_top = nullptr;

  int child_error = 0;  // out: errno of what kept the program from starting
  int start_error = 0;  // of making the process
  int exit_code = -1;
  int signal = 0;
  bool timed_out = false;
};

inline constexpr std::uint64_t kSupervisorStackBytes = 64 << 10;
inline constexpr std::uint64_t kChildStackBytes = 64 << 10;

// For clone(). All signals are blocked. `supervision` is a Supervision.
int supervise(void* supervision);

}  // namespace halyard::worker
