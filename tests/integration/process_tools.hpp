// What tests of a process's surroundings share: variables of the environment for a scope, outputs caught, this program
// run again as a child.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace halyard::test {

// Sets a variable (or takes it away, with null) until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) {
      had_ = true;
      old_ = old;
    }
    if (value != nullptr) {
      setenv(name, value, 1);
    } else {
      unsetenv(name);
    }
  }
  ~Variable() {
    if (had_) {
      setenv(name_, old_.c_str(), 1);
    } else {
      unsetenv(name_);
    }
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
  bool had_ = false;
  std::string old_;
};

// Everything written to descriptors 1 and 2, by whomever, until taken.
class Caught {
 public:
  Caught() {
    std::fflush(stdout);
    std::fflush(stderr);
    file_ = std::tmpfile();
    out_ = dup(1);
    err_ = dup(2);
    dup2(fileno(file_), 1);
    dup2(fileno(file_), 2);
  }
  ~Caught() {
    restore();
    std::fclose(file_);
  }
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;

  std::string take() {
    restore();
    std::string text;
    std::rewind(file_);
    char block[4096];
    for (std::size_t got; (got = std::fread(block, 1, sizeof block, file_)) > 0;) text.append(block, got);
    return text;
  }

 private:
  void restore() {
    if (out_ < 0) return;
    std::fflush(stdout);
    std::fflush(stderr);
    dup2(out_, 1);
    dup2(err_, 2);
    close(out_);
    close(err_);
    out_ = err_ = -1;
  }
  FILE* file_;
  int out_, err_;
};

// Runs this program again with one argument and returns what it printed.
inline std::string run_again(const char* argument) {
  int ends[2];
  if (pipe(ends) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    execl("/proc/self/exe", "again", argument, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  if (child < 0) {
    close(ends[0]);
    return "no child";
  }
  std::string text;
  char block[4096];
  for (ssize_t got; (got = read(ends[0], block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(got));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return "the child got lost";
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "child failed: " + text;
}

}  // namespace halyard::test
