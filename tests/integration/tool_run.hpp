// Runs the built command and collects what it says.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tool {

struct Outcome {
  int exit_code = -1;  // -1 where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
};

// Where standard output goes.
enum class Sink { kPipe, kClosed, kFull, kBrokenPipe };

// `environment`: "NAME=value" wins over this process's variable, "NAME" takes it away. HALYARD_* are not inherited.
Outcome run(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {},
            Sink sink = Sink::kPipe);

// The one document on standard output; a discarded value, and a failed test, where it is not exactly one.
nlohmann::json document(const Outcome& outcome);

// A file with that text, gone at the end of the program's run.
std::string file_with(const std::string& text);

// A small machine in hwloc XML, whose package is called `name`.
std::string small_machine(const std::string& name);

// Columns of the widest line.
std::size_t widest_line(const std::string& text);

}  // namespace tool
