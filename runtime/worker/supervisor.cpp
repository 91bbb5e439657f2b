// See supervisor.hpp. Everything here runs in the host's memory, beside its threads: bare system calls alone, no libc
// function but __clone(), nothing that a sanitizer instruments.
#include "runtime/worker/supervisor.hpp"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "runtime/worker/raw_syscall.hpp"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

namespace halyard::worker {
namespace {

constexpr long kKernelSignalSetBytes = 8;
constexpr int kSignals = 64;
constexpr int kOldKernelFiles = 65'536;  // highest file that is closed where close_range() is missing
constexpr std::uint64_t signal_bit(int signal) { return 1ull << (signal - 1); }

HALYARD_BARE std::int64_t now_ns() noexcept {
  timespec now{};
  raw_syscall(SYS_clock_gettime, CLOCK_MONOTONIC, raw(&now));
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

HALYARD_BARE void close_from(int first) noexcept {
  if (raw_syscall(SYS_close_range, first, static_cast<long>(~0u), 0) == 0) return;
  for (int fd = first; fd < kOldKernelFiles; ++fd) raw_syscall(SYS_close, fd);
}

HALYARD_BARE void default_action(int signal) noexcept {
  struct {
    unsigned long words[4];
  } action;  // the kernel's sigaction: all zeros is SIG_DFL, on every architecture
  for (unsigned long& word : action.words) *const_cast<volatile unsigned long*>(&word) = 0;
  raw_syscall(SYS_rt_sigaction, signal, raw(&action), 0, kKernelSignalSetBytes);
}

// Standard files come from files above 2, so that none is overwritten before it was copied.
HALYARD_BARE int arrange_files(const int* standard_fds) noexcept {
  int high[3];
  for (int i = 0; i < 3; ++i) {
    const long fd = raw_syscall(SYS_fcntl, standard_fds[i], F_DUPFD_CLOEXEC, 3);
    if (fd < 0) return static_cast<int>(-fd);
    high[i] = static_cast<int>(fd);
  }
  for (int i = 0; i < 3; ++i) {
    const long fd = raw_syscall(SYS_dup3, high[i], i, 0);
    if (fd < 0) return static_cast<int>(-fd);
  }
  close_from(3);
  return 0;
}

// The child until it is the program: while it runs, the supervisor stands still.
HALYARD_BARE int become_program(void* argument) {
  Supervision& told = *static_cast<Supervision*>(argument);
  raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  raw_syscall(SYS_setsid);
  for (int signal = 1; signal <= kSignals; ++signal) default_action(signal);
  rlimit no_core{0, 0};
  raw_syscall(SYS_prlimit64, 0, RLIMIT_CORE, raw(&no_core), 0);
  long result = 0;
  if (told.directory != nullptr) result = raw_syscall(SYS_chdir, raw(told.directory));
  if (result == 0) result = -arrange_files(told.standard_fds);
  if (result == 0) {
    const std::uint64_t none = 0;
    raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, raw(&none), 0, kKernelSignalSetBytes);
    result = raw_syscall(SYS_execve, raw(told.argv[0]), raw(told.argv), raw(told.envp));
  }
  told.child_error = static_cast<int>(-result);
  return 127;
}

HALYARD_BARE int take_signal(std::int64_t wait_ns) noexcept {
  const std::uint64_t wanted = signal_bit(SIGCHLD) | signal_bit(SIGHUP);
  const timespec limit{static_cast<time_t>(wait_ns / 1'000'000'000), static_cast<long>(wait_ns % 1'000'000'000)};
  return static_cast<int>(raw_syscall(SYS_rt_sigtimedwait, raw(&wanted), 0, raw(&limit), kKernelSignalSetBytes));
}

// Until the child has ended (it stays a zombie, so that its number is still its own), killing it when time is up or
// when the host's thread is gone, which SIGHUP tells.
HALYARD_BARE void await_end(long child, Supervision& told) noexcept {
  siginfo_t info;
  for (;;) {
    info.si_pid = 0;
    const long result = raw_syscall(SYS_waitid, P_PID, child, raw(&info), WEXITED | WNOHANG | WNOWAIT);
    if (result < 0 || info.si_pid != 0) return;
    const std::int64_t left_ns = told.deadline_ns - now_ns();
    const bool orphaned = left_ns > 0 && take_signal(left_ns) == SIGHUP;
    if (left_ns > 0 && !orphaned) continue;
    told.timed_out = !orphaned;
    raw_syscall(SYS_kill, -child, SIGKILL);
    raw_syscall(SYS_kill, child, SIGKILL);
    raw_syscall(SYS_waitid, P_PID, child, raw(&info), WEXITED | WNOWAIT);
    return;
  }
}

// Kills every process in the kernel's list of this one's children.
HALYARD_BARE void kill_children() noexcept {
  const char path[] = "/proc/thread-self/children";
  const long fd = raw_syscall(SYS_openat, AT_FDCWD, raw(path), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  char text[512];
  const long bytes = raw_syscall(SYS_read, fd, raw(text), sizeof text);
  raw_syscall(SYS_close, fd);
  long number = 0;
  for (long i = 0; i < bytes; ++i) {
    if (text[i] >= '0' && text[i] <= '9') {  // NOLINT: the kernel filled it, unseen by the analyzer
      number = number * 10 + (text[i] - '0');
    } else {
      if (number > 1) raw_syscall(SYS_kill, number, SIGKILL);
      number = 0;
    }
  }
}

// What the child started and left behind has become this process's children (it is their subreaper): none stays.
HALYARD_BARE void bury_the_rest(long child) noexcept {
  raw_syscall(SYS_kill, -child, SIGKILL);
  for (int round = 0; round < 100; ++round) {
    siginfo_t info;
    info.si_pid = 0;
    const long result = raw_syscall(SYS_waitid, P_ALL, 0, raw(&info), WEXITED | WNOHANG | __WALL);
    if (result < 0) return;  // none left
    if (info.si_pid != 0) continue;
    kill_children();
    take_signal(20'000'000);
  }
}

}  // namespace

HALYARD_BARE int supervise(void* supervision) {
  Supervision& told = *static_cast<Supervision*>(supervision);
  raw_syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGHUP);
  raw_syscall(SYS_prctl, PR_SET_CHILD_SUBREAPER, 1);
  if (raw_syscall(SYS_getppid) != told.host) return 1;
  default_action(SIGCHLD);  // a host that ignores it would lose the child's status
  const int child = __clone(become_program, told.child_stack_top, CLONE_VM | CLONE_VFORK | SIGCHLD, &told);
  close_from(0);
  if (child < 0) {
    told.start_error = EAGAIN;
    return 1;
  }
  await_end(child, told);
  siginfo_t info;
  info.si_pid = 0;
  if (raw_syscall(SYS_waitid, P_PID, child, raw(&info), WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid != 0) {
    if (info.si_code == CLD_EXITED) {
      told.exit_code = info.si_status;
    } else {
      told.signal = info.si_status;
    }
  }
  bury_the_rest(child);
  return 0;
}

}  // namespace halyard::worker
