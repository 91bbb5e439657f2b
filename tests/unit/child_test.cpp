// Children run to their end without the host noticing: what run_child() promises.
#include "runtime/worker/child.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace {

using halyard::worker::free_child_result;
using halyard::worker::run_child;

struct Result {
  hy_status status;
  hy_error error{};
  int exit_code = 0;
  int signal = 0;
  bool timed_out = false;
  std::string output;
  std::string diagnostics;
};

Result run(const hy_child_request& request) {
  hy_child_result raw{};
  raw.size = sizeof raw;
  Result result{};
  result.status = run_child(request, &raw, &result.error);
  result.exit_code = raw.exit_code;
  result.signal = raw.signal;
  result.timed_out = raw.timed_out != 0;
  if (raw.output != nullptr) result.output.assign(raw.output, raw.output_bytes);
  if (raw.diagnostics != nullptr) result.diagnostics.assign(raw.diagnostics, raw.diagnostics_bytes);
  free_child_result(&raw);
  return result;
}

Result shell(const char* script, const std::string& input = "", std::uint32_t timeout_ms = 30'000,
             std::uint64_t output_limit = 0) {
  const char* argv[] = {"/bin/sh", "-c", script, nullptr};
  hy_child_request request{};
  request.size = sizeof request;
  request.argv = argv;
  request.input = input.data();
  request.input_bytes = input.size();
  request.timeout_ms = timeout_ms;
  request.output_limit = output_limit;
  return run(request);
}

int open_files() {
  int count = 0;
  DIR* folder = opendir("/proc/self/fd");
  while (readdir(folder) != nullptr) ++count;
  closedir(folder);
  return count;
}

bool alive(int process) {
  // A killed process may be a zombie of a foreign parent for a moment.
  const std::string path = "/proc/" + std::to_string(process) + "/stat";
  std::FILE* file = std::fopen(path.c_str(), "r");
  if (file == nullptr) return false;
  char state = 'X';
  const int read = std::fscanf(file, "%*d (%*[^)]) %c", &state);
  std::fclose(file);
  return read == 1 && state != 'Z' && state != 'X';
}

std::atomic<int> children_seen{0};

TEST(Child, GivesItsOutputsAndExitCode) {
  const Result result = shell("echo out; echo err >&2; exit 7");
  ASSERT_EQ(result.status, HY_OK) << result.error.message;
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.diagnostics, "err\n");
}

TEST(Child, GetsItsInputHoweverLong) {
  std::string input(3 << 20, 'x');
  input.back() = '\n';
  const Result result = shell("cat", input);
  ASSERT_EQ(result.status, HY_OK) << result.error.message;
  EXPECT_TRUE(result.output == input);
}

TEST(Child, ThatDoesNotReadItsInputCausesNoSignal) {
  const Result result = shell("exec 0<&-; exit 3", std::string(8 << 20, 'x'));
  EXPECT_EQ(result.status, HY_OK);
  EXPECT_EQ(result.exit_code, 3);
}

TEST(Child, ThatCrashesIsReportedByItsSignal) {
  const Result result = shell("kill -SEGV $$");
  EXPECT_EQ(result.status, HY_OK);
  EXPECT_EQ(result.signal, SIGSEGV);
  EXPECT_EQ(result.exit_code, -1);
  char text[32];
  EXPECT_STREQ(halyard::worker::signal_name(result.signal, text, sizeof text), "SIGSEGV");
  EXPECT_STREQ(halyard::worker::signal_name(62, text, sizeof text), "signal 62");
}

TEST(Child, ThatOutlivesItsTimeIsKilled) {
  const Result result = shell("sleep 100", "", 200);
  EXPECT_EQ(result.status, HY_OK);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.signal, SIGKILL);
}

TEST(Child, ThatOutlivesItsTimeTakesItsOwnChildrenWithIt) {
  const Result result = shell("trap '' TERM HUP; sleep 100 & echo $!; setsid sleep 100 & echo $!; wait", "", 500);
  ASSERT_TRUE(result.timed_out);
  int first = 0;
  int second = 0;
  ASSERT_EQ(std::sscanf(result.output.c_str(), "%d %d", &first, &second), 2) << result.output;
  EXPECT_FALSE(alive(first));
  EXPECT_FALSE(alive(second)) << "a child in a session of its own was left behind";
}

TEST(Child, ThatEndsLeavesNoChildOfItsOwnBehind) {
  const Result result = shell("sleep 100 & echo $!; exit 0");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_FALSE(result.timed_out);
  EXPECT_FALSE(alive(std::atoi(result.output.c_str())));
}

TEST(Child, SendsTheHostNoSigchld) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++children_seen; };
  sigaction(SIGCHLD, &action, &before);
  children_seen = 0;
  shell("true & sleep 0.1; exit 1");
  shell("sleep 100", "", 100);
  sigaction(SIGCHLD, &before, nullptr);
  EXPECT_EQ(children_seen, 0);
}

TEST(Child, IsNotReapedByTheHostsWait) {
  std::atomic<bool> done{false};
  std::atomic<int> reaped{0};
  std::thread waiter([&] {
    while (!done) {
      if (waitpid(-1, nullptr, WNOHANG) > 0) ++reaped;
      usleep(200);
    }
  });
  int good = 0;
  for (int i = 0; i < 50; ++i) good += shell("exit 5").exit_code == 5;
  done = true;
  waiter.join();
  EXPECT_EQ(good, 50);
  EXPECT_EQ(reaped, 0);
}

TEST(Child, WorksInAHostThatIgnoresSigchld) {
  void (*before)(int) = signal(SIGCHLD, SIG_IGN);
  const Result result = shell("exit 9");
  signal(SIGCHLD, before);
  EXPECT_EQ(result.exit_code, 9);
}

TEST(Child, InheritsNoFiles) {
  const int leaky = open("/dev/null", O_RDONLY);
  ASSERT_GE(leaky, 0);
  const Result result = shell("exec ls /proc/self/fd");  // no pipe, whose ends the shell may still have
  close(leaky);
  EXPECT_EQ(result.output, "0\n1\n2\n3\n") << "3 is the folder that ls reads";
}

TEST(Child, WorksInAHostWithoutStandardFiles) {
  const int kept[3] = {fcntl(0, F_DUPFD_CLOEXEC, 10), fcntl(1, F_DUPFD_CLOEXEC, 10), fcntl(2, F_DUPFD_CLOEXEC, 10)};
  for (int i = 0; i < 3; ++i) close(i);
  const Result result = shell("cat; echo err >&2", "in");
  for (int i = 0; i < 3; ++i) {
    if (kept[i] < 0) continue;
    dup2(kept[i], i);
    close(kept[i]);
  }
  EXPECT_EQ(result.output, "in");
  EXPECT_EQ(result.diagnostics, "err\n");
}

TEST(Child, StartsWithDefaultSignals) {
  sigset_t some;
  sigset_t before;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &some, &before);
  void (*pipe_before)(int) = signal(SIGPIPE, SIG_IGN);
  const Result result = shell("grep -E '^Sig(Blk|Ign)' /proc/self/status | cut -f2 | sort -u");
  sigset_t after;
  pthread_sigmask(SIG_SETMASK, &before, &after);
  signal(SIGPIPE, pipe_before);
  EXPECT_EQ(result.output, "0000000000000000\n");
  EXPECT_EQ(sigismember(&after, SIGUSR1), 1);
  EXPECT_EQ(sigismember(&after, SIGUSR2), 0) << "the host's own mask was changed";
}

TEST(Child, RunsInItsFolderWithItsEnvironment) {
  const char* argv[] = {"/bin/sh", "-c", "pwd; echo \"$COLOUR\"", nullptr};
  const char* envp[] = {"COLOUR=blue", nullptr};
  hy_child_request request{};
  request.size = sizeof request;
  request.argv = argv;
  request.envp = envp;
  request.directory = "/usr";
  EXPECT_EQ(run(request).output, "/usr\nblue\n");
}

TEST(Child, ThatSaysTooMuchIsCutOffAtTheLimit) {
  const Result result = shell("head -c 1000000 /dev/zero; exit 4", "", 30'000, 1000);
  EXPECT_EQ(result.output.size(), 1000u);
  EXPECT_EQ(result.exit_code, 4);
}

TEST(Child, ThatIsNotThereIsAnError) {
  const char* argv[] = {"/nonexistent/program", nullptr};
  hy_child_request request{};
  request.size = sizeof request;
  request.argv = argv;
  const Result result = run(request);
  EXPECT_EQ(result.status, HY_UNAVAILABLE);
  EXPECT_NE(std::strstr(result.error.message, "/nonexistent/program"), nullptr) << result.error.message;
  EXPECT_NE(std::strstr(result.error.message, "No such file"), nullptr) << result.error.message;
}

TEST(Child, NeedsAnAbsolutePath) {
  const char* argv[] = {"sh", nullptr};
  hy_child_request request{};
  request.argv = argv;
  EXPECT_EQ(run(request).status, HY_INVALID_ARGUMENT);
}

TEST(Child, LeaksNoFiles) {
  shell("true");
  const int before = open_files();
  for (int i = 0; i < 20; ++i) shell("cat; exit 1", "some input");
  const char* argv[] = {"/nonexistent/program", nullptr};
  hy_child_request request{};
  request.argv = argv;
  run(request);
  EXPECT_EQ(open_files(), before);
}

TEST(Child, MayBeRunFromManyThreads) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&good, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string word = std::to_string(t * 100 + i);
        if (shell("cat", word).output == word) ++good;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 80);
}

TEST(Child, DiesWithItsHost) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t host = fork();
  if (host == 0) {
    close(pipe_ends[0]);
    std::thread([] {
      usleep(500'000);
      kill(getpid(), SIGKILL);
    }).detach();
    const std::string script =
        "echo $$ > /proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(pipe_ends[1]) + "; sleep 100";
    shell(script.c_str());
    _exit(0);
  }
  close(pipe_ends[1]);
  ASSERT_GT(host, 0);
  char text[32] = {};
  ASSERT_GT(read(pipe_ends[0], text, sizeof text - 1), 0);
  close(pipe_ends[0]);
  waitpid(host, nullptr, 0);
  const int child = std::atoi(text);
  ASSERT_GT(child, 0);
  for (int i = 0; i < 200 && alive(child); ++i) usleep(10'000);
  EXPECT_FALSE(alive(child));
}

}  // namespace
