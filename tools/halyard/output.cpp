// Standard output, guarded; standard error.
#include "tools/halyard/output.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tools/halyard/text.hpp"

namespace halyard::command {
namespace {

int columns_of(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int wanted = columns == nullptr ? 0 : std::atoi(columns);
  return wanted > 0 ? wanted : 100;
}

}  // namespace

Output::Output() : width_(std::clamp(columns_of(STDOUT_FILENO), 40, 160)) {
  descriptor_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  if (descriptor_ < 0) return;  // it is closed: write() will say so
  if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) dup2(nowhere, STDOUT_FILENO);
  }
}

Output::~Output() {
  if (descriptor_ >= 0) close(descriptor_);
}

int Output::write(std::string_view text, int code) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(descriptor_, text.data(), text.size());
    if (wrote >= 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    } else if (errno == EPIPE) {
      return code;
    } else if (errno != EINTR) {
      return complain(std::string("the result could not be written: ") + std::strerror(errno), kFailures);
    }
  }
  return code;
}

int complain(std::string_view text, int code) {
  const std::string line = "halyard: " + printable(text) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  return code;
}

Progress::Progress() : terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (shown_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& text) {
  if (!terminal_) return;
  const auto room = static_cast<std::size_t>(std::max(20, columns_of(STDERR_FILENO) - 1));
  std::fprintf(stderr, "\r\033[K%s", printable(text).substr(0, room).c_str());
  std::fflush(stderr);
  shown_ = true;
}

}  // namespace halyard::command
