// The host's side of a child process: pipes, the supervisor's start, and collecting what the child says.
#include "runtime/worker/child.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <utility>

#include "halyard/detail/error.hpp"
#include "runtime/core/file.hpp"
#include "runtime/worker/child_memory.hpp"
#include "runtime/worker/raw_syscall.hpp"
#include "runtime/worker/supervisor.hpp"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

namespace halyard::worker {
namespace {

constexpr std::uint32_t kDefaultTimeoutMs = 60'000;
constexpr std::uint64_t kDefaultOutputLimit = 64ull << 20;
constexpr std::int64_t kGraceNs = 10'000'000'000;  // after which a child that can't even be killed is given up
constexpr int kOldKernelPollMs = 10;               // where the supervisor's end can't be polled for

std::int64_t now_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

using core::Fd;

// Bytes as they arrive, in memory that free_child_result() gives back; always zero-terminated.
class Collected {
 public:
  ~Collected() { free(data_); }

  bool reserve(std::uint64_t more) noexcept {
    if (bytes_ + more + 1 <= capacity_) return true;
    const std::uint64_t wanted = std::max(bytes_ + more + 1, capacity_ * 2);
    void* grown = realloc(data_, wanted);
    if (grown == nullptr) return false;
    data_ = static_cast<char*>(grown);
    capacity_ = wanted;
    return true;
  }
  void append(const char* data, std::uint64_t bytes) noexcept {
    memcpy(data_ + bytes_, data, bytes);
    bytes_ += bytes;
  }
  std::uint64_t bytes() const noexcept { return bytes_; }
  char* release(std::uint64_t* bytes) noexcept {
    data_[bytes_] = '\0';
    *bytes = bytes_;
    return std::exchange(data_, nullptr);
  }

 private:
  char* data_ = nullptr;
  std::uint64_t bytes_ = 0;
  std::uint64_t capacity_ = 0;
};

// One output of the child.
struct Stream {
  Fd fd;
  Collected kept;
  bool exhausted_memory = false;

  // All that is there now; more than `limit` is read and dropped, so that the child does not stall.
  void drain(std::uint64_t limit) noexcept {
    char chunk[16 << 10];
    while (fd.open()) {
      const ssize_t got = read(fd.get(), chunk, sizeof chunk);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) return fd.reset();
      const std::uint64_t room = limit - std::min(limit, kept.bytes());
      const std::uint64_t wanted = std::min<std::uint64_t>(room, static_cast<std::uint64_t>(got));
      if (!kept.reserve(wanted)) {
        exhausted_memory = true;
      } else {
        kept.append(chunk, wanted);
      }
    }
  }
};

// Everything of one run.
class Run {
 public:
  explicit Run(const hy_child_request& request) noexcept
      : input_(static_cast<const char*>(request.input)),
        input_bytes_(request.input == nullptr ? 0 : request.input_bytes),
        limit_(request.output_limit != 0 ? request.output_limit : kDefaultOutputLimit) {
    const std::uint32_t timeout_ms = request.timeout_ms != 0 ? request.timeout_ms : kDefaultTimeoutMs;
    deadline_ns_ = now_ns() + static_cast<std::int64_t>(timeout_ms) * 1'000'000;
  }

  hy_status start(const hy_child_request& request, hy_error* error) noexcept;
  bool await() noexcept;  // false: given up
  hy_status finish(const hy_child_request& request, hy_child_result* out, hy_error* error) noexcept;

 private:
  bool open_files(Fd* child_ends) noexcept;
  void feed() noexcept;
  bool ended() noexcept;

  const char* input_;
  std::uint64_t input_bytes_;
  std::uint64_t limit_;
  std::int64_t deadline_ns_ = 0;
  ChildMemory memory_;
  Fd input_fd_;
  Fd supervisor_fd_;
  pid_t supervisor_ = -1;
  Stream output_;
  Stream diagnostics_;
};

// A socket for the input, since writing to a closed one can be had without SIGPIPE.
bool Run::open_files(Fd* child_ends) noexcept {
  int pair[2];
  if (input_bytes_ == 0) {
    child_ends[0].reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
  } else if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0) {
    input_fd_.reset(pair[0]);
    child_ends[0].reset(pair[1]);
  }
  Stream* streams[2] = {&output_, &diagnostics_};
  for (int i = 0; i < 2; ++i) {
    if (pipe2(pair, O_CLOEXEC) != 0) return false;
    streams[i]->fd.reset(pair[0]);
    child_ends[i + 1].reset(pair[1]);
    fcntl(pair[0], F_SETFL, O_NONBLOCK);
  }
  return child_ends[0].open();
}

hy_status Run::start(const hy_child_request& request, hy_error* error) noexcept {
  Fd child_ends[3];
  if (!open_files(child_ends)) {
    return fail(error, HY_UNAVAILABLE, "no files for a child process: %s; raise the limit of open files",
                strerror(errno));
  }
  if (!memory_.make(request)) return fail(error, HY_OUT_OF_MEMORY, "no memory to start a child process");
  Supervision& told = memory_.told();
  for (int i = 0; i < 3; ++i) told.standard_fds[i] = child_ends[i].get();
  told.deadline_ns = deadline_ns_;
  told.host = getpid();

  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int pidfd = -1;
  supervisor_ = __clone(supervise, memory_.supervisor_stack_top(), CLONE_VM | CLONE_PIDFD, &told, &pidfd);
  const int problem = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (supervisor_ < 0) {
    return fail(error, HY_UNAVAILABLE, "no child process: %s; raise the limit of processes", strerror(problem));
  }
  supervisor_fd_.reset(pidfd);
  if (pidfd >= 0) fcntl(pidfd, F_SETFD, FD_CLOEXEC);
  return HY_OK;
}

void Run::feed() noexcept {
  while (input_fd_.open()) {
    if (input_bytes_ == 0) {
      // To close it is not enough: a process that the application forked meanwhile has a copy, and the child would wait
      // for more.
      shutdown(input_fd_.get(), SHUT_WR);
      return input_fd_.reset();
    }
    const std::uint64_t chunk = std::min<std::uint64_t>(input_bytes_, 64 << 10);
    const ssize_t sent = send(input_fd_.get(), input_, chunk, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return;
    if (sent < 0) return input_fd_.reset();  // the child does not read it
    input_ += sent;
    input_bytes_ -= static_cast<std::uint64_t>(sent);
  }
}

bool Run::ended() noexcept {
  siginfo_t info{};
  const int result = waitid(P_PID, static_cast<id_t>(supervisor_), &info, WEXITED | WNOHANG | __WALL);
  return (result == 0 && info.si_pid != 0) || (result != 0 && errno == ECHILD);
}

bool Run::await() noexcept {
  for (;;) {
    pollfd fds[4] = {{input_fd_.get(), POLLOUT, 0},
                     {output_.fd.get(), POLLIN, 0},
                     {diagnostics_.fd.get(), POLLIN, 0},
                     {supervisor_fd_.get(), POLLIN, 0}};
    const std::int64_t left_ms = (deadline_ns_ + kGraceNs - now_ns()) / 1'000'000;
    if (left_ms <= 0) break;
    const int wait_ms =
        supervisor_fd_.open() ? static_cast<int>(std::min<std::int64_t>(left_ms, 60'000)) : kOldKernelPollMs;
    poll(fds, 4, wait_ms);
    if (fds[0].revents != 0) feed();
    if (fds[1].revents != 0) output_.drain(limit_);
    if (fds[2].revents != 0) diagnostics_.drain(limit_);
    if ((fds[3].revents != 0 || !supervisor_fd_.open()) && ended()) {
      output_.drain(limit_);  // what it wrote before it ended is in the pipes
      diagnostics_.drain(limit_);
      return true;
    }
  }
  memory_.abandon();
  return false;
}

hy_status Run::finish(const hy_child_request& request, hy_child_result* out, hy_error* error) noexcept {
  const Supervision& told = memory_.told();
  if (told.start_error != 0) {
    return fail(error, HY_UNAVAILABLE, "no child process for %s: %s", request.argv[0], strerror(told.start_error));
  }
  if (told.child_error != 0) {
    return fail(error, HY_UNAVAILABLE, "%s can't be run: %s", request.argv[0], strerror(told.child_error));
  }
  if (output_.exhausted_memory || diagnostics_.exhausted_memory || !output_.kept.reserve(0) ||
      !diagnostics_.kept.reserve(0)) {
    return fail(error, HY_OUT_OF_MEMORY, "no memory for what %s wrote", request.argv[0]);
  }
  out->exit_code = told.timed_out ? -1 : told.exit_code;
  out->signal = told.signal;
  out->timed_out = told.timed_out ? 1 : 0;
  out->output = output_.kept.release(&out->output_bytes);
  out->diagnostics = diagnostics_.kept.release(&out->diagnostics_bytes);
  return HY_OK;
}

}  // namespace

hy_status run_child(const hy_child_request& request, hy_child_result* out, hy_error* error) noexcept {
  out->exit_code = -1;
  out->signal = 0;
  out->timed_out = 0;
  out->output = out->diagnostics = nullptr;
  out->output_bytes = out->diagnostics_bytes = 0;
  if (request.argv == nullptr || request.argv[0] == nullptr || request.argv[0][0] != '/') {
    return fail(error, HY_INVALID_ARGUMENT, "a child process needs the absolute path of its program");
  }
  Run run(request);
  if (const hy_status status = run.start(request, error); status != HY_OK) return status;
  if (!run.await()) return fail(error, HY_TIMEOUT, "%s can't be stopped; it was left behind", request.argv[0]);
  return run.finish(request, out, error);
}

void free_child_result(hy_child_result* result) noexcept {
  if (result == nullptr) return;
  free(result->output);
  free(result->diagnostics);
  result->output = result->diagnostics = nullptr;
  result->output_bytes = result->diagnostics_bytes = 0;
}

const char* signal_name(int signal, char* text, unsigned capacity) noexcept {
  static constexpr struct {
    int number;
    const char* name;
  } kNames[] = {{SIGSEGV, "SIGSEGV"}, {SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
                {SIGILL, "SIGILL"},   {SIGKILL, "SIGKILL"}, {SIGTERM, "SIGTERM"}, {SIGPIPE, "SIGPIPE"},
                {SIGTRAP, "SIGTRAP"}, {SIGSYS, "SIGSYS"},   {SIGXCPU, "SIGXCPU"}, {SIGINT, "SIGINT"}};
  for (const auto& known : kNames) {
    if (known.number == signal) return known.name;
  }
  snprintf(text, capacity, "signal %d", signal);
  return text;
}

}  // namespace halyard::worker
