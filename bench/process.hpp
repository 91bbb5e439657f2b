// Whole processes as the thing that is measured: started, waited for, and refused when they fail.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "report.hpp"

extern char** environ;  // NOLINT

namespace bench {

// The folder that this program lies in: its helpers are beside it.
inline std::string own_folder() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length <= 0) stop("can't find this program's folder");
  const std::string whole(path, static_cast<std::size_t>(length));
  return whole.substr(0, whole.rfind('/'));
}

// Runs a program to its end and gives what it wrote (its first 4 KiB). Ends this one when it fails.
inline std::string run_process(const std::vector<std::string>& command) {
  std::vector<char*> words;
  words.reserve(command.size() + 1);
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) stop("no pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int failed = posix_spawn(&child, words[0], &actions, nullptr, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failed != 0) stop("can't start %s", words[0]);
  std::string text(4096, '\0');
  std::size_t size = 0;
  for (ssize_t got = 1; got > 0 && size < text.size(); size += static_cast<std::size_t>(got > 0 ? got : 0)) {
    got = read(ends[0], text.data() + size, text.size() - size);
  }
  close(ends[0]);
  text.resize(size);
  int status = 0;
  if (waitpid(child, &status, 0) != child || status != 0) stop("%s failed: %s", words[0], text.c_str());
  return text;
}

}  // namespace bench
