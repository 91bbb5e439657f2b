// Where the command's words go. Results alone reach standard output: whatever a driver prints there lands on standard
// error, and a result is written in one piece or not at all.
#pragma once

#include <string>
#include <string_view>

namespace halyard::command {

// DESIGN: 0 well, 1 warnings, 2 failures, 3 could not be determined, 64 wrong usage.
enum Exit { kWell = 0, kWarnings = 1, kFailures = 2, kUndetermined = 3, kUsage = 64 };

class Output {
 public:
  // Takes standard output for itself; from here on its descriptor leads to standard error.
  Output();
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  // Writes to the real standard output. A reader that went away is no error; a full disk is, and is told. Gives `code`,
  // or kFailures.
  int write(std::string_view text, int code);

  // Columns to write for: of the terminal, else $COLUMNS, else 100.
  int width() const { return width_; }

 private:
  int descriptor_ = -1;
  int width_ = 100;
};

// A sentence on standard error. Gives `code`.
int complain(std::string_view text, int code);

// One line that is overwritten, on standard error, and only where that is a terminal.
class Progress {
 public:
  Progress();
  ~Progress();
  void show(const std::string& text);

 private:
  bool terminal_ = false;
  bool shown_ = false;
};

}  // namespace halyard::command
