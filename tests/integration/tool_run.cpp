// posix_spawn with pipes, read to their ends.
#include "tool_run.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace tool {
namespace {

std::vector<std::string> merged_environment(const std::vector<std::string>& changes) {
  const auto name_of = [](const std::string& text) { return text.substr(0, text.find('=')); };
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string name = name_of(*variable);
    const bool changed =
        std::any_of(changes.begin(), changes.end(), [&](const std::string& change) { return name_of(change) == name; });
    // A cache folder may be set for the whole run of tests, to keep the user's out of it.
    if (!changed && (name.rfind("HALYARD_", 0) != 0 || name == "HALYARD_CACHE_DIR")) all.emplace_back(*variable);
  }
  for (const std::string& change : changes) {
    if (change.find('=') != std::string::npos) all.push_back(change);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

void read_both(int first, std::string* first_text, int second, std::string* second_text) {
  pollfd waiting[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
  std::string* texts[2] = {first_text, second_text};
  while (waiting[0].fd >= 0 || waiting[1].fd >= 0) {
    if (poll(waiting, 2, -1) < 0) break;
    for (int i = 0; i < 2; ++i) {
      if (waiting[i].fd < 0 || waiting[i].revents == 0) continue;
      char block[65536];
      const ssize_t got = read(waiting[i].fd, block, sizeof block);
      if (got > 0) texts[i]->append(block, static_cast<std::size_t>(got));
      if (got <= 0) waiting[i].fd = -1;
    }
  }
}

}  // namespace

Outcome run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment, Sink sink) {
  int out[2];
  int err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) return {};
  if (sink == Sink::kBrokenPipe) close(out[0]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (sink == Sink::kClosed) {
    posix_spawn_file_actions_addclose(&actions, STDOUT_FILENO);
  } else if (sink == Sink::kFull) {
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/full", O_WRONLY, 0);
  } else {
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  }
  posix_spawn_file_actions_adddup2(&actions, err[1], STDERR_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::vector<std::string> words = {HALYARD_COMMAND};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<std::string> variables = merged_environment(environment);
  pid_t child = -1;
  const int failed =
      posix_spawn(&child, HALYARD_COMMAND, &actions, nullptr, pointers(words).data(), pointers(variables).data());
  posix_spawn_file_actions_destroy(&actions);
  close(out[1]);
  close(err[1]);
  Outcome outcome;
  if (failed == 0) {
    read_both(sink == Sink::kBrokenPipe ? -1 : out[0], &outcome.out, err[0], &outcome.err);
    int status = 0;
    waitpid(child, &status, 0);
    if (WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  }
  if (sink != Sink::kBrokenPipe) close(out[0]);
  close(err[0]);
  return outcome;
}

nlohmann::json document(const Outcome& outcome) {
  nlohmann::json json = nlohmann::json::parse(outcome.out, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << "standard output: " << outcome.out << "\nstandard error: " << outcome.err;
  return json;
}

std::string file_with(const std::string& text) {
  static const struct Folder {
    std::filesystem::path path = std::filesystem::temp_directory_path() / ("halyard-tool-" + std::to_string(getpid()));
    Folder() { std::filesystem::create_directories(path); }
    ~Folder() { std::filesystem::remove_all(path); }
  } folder;
  static int number = 0;
  const std::string path = folder.path / (std::to_string(number++) + ".xml");
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string small_machine(const std::string& name) {
  const std::string sets = " nodeset=\"0x1\" complete_nodeset=\"0x1\"";
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<topology version=\"2.0\">\n"
         "<object type=\"Machine\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\" allowed_cpuset=\"0x1\" "
         "allowed_nodeset=\"0x1\"" +
         sets + " gp_index=\"1\">\n<object type=\"Package\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\"" +
         sets + " gp_index=\"2\">\n<info name=\"CPUModel\" value=\"" + name +
         "\"/>\n<object type=\"NUMANode\" os_index=\"0\" cpuset=\"0x1\" "
         "complete_cpuset=\"0x1\"" +
         sets +
         " gp_index=\"3\" local_memory=\"8192\"/>\n<object type=\"Core\" os_index=\"0\" cpuset=\"0x1\" "
         "complete_cpuset=\"0x1\"" +
         sets + " gp_index=\"4\"><object type=\"PU\" os_index=\"0\" cpuset=\"0x1\" complete_cpuset=\"0x1\"" + sets +
         " gp_index=\"5\"/></object></object></object>\n</topology>\n";
}

std::size_t widest_line(const std::string& text) {
  std::size_t widest = 0;
  std::size_t columns = 0;
  for (const char c : text) {
    if (c == '\n') columns = 0;
    if (c != '\n' && (static_cast<unsigned char>(c) & 0xc0) != 0x80) ++columns;
    widest = std::max(widest, columns);
  }
  return widest;
}

}  // namespace tool
