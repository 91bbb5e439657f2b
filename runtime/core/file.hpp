// Files as the library uses them: a descriptor that closes itself, reads and writes that are whole, names that nobody
// else has, and the one rule for folders in which others must not be able to plant anything.
#pragma once

#include <errno.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <utility>

namespace halyard::core {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  ~Fd() { reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }
  int get() const noexcept { return fd_; }
  bool open() const noexcept { return fd_ >= 0; }
  bool close_now() noexcept { return close(std::exchange(fd_, -1)) == 0; }  // says whether what was written is kept

 private:
  int fd_ = -1;
};

// False at an error, with errno, and where the file ends before, with errno 0.
inline bool read_all(int fd, void* data, std::uint64_t bytes) noexcept {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = read(fd, to, bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got == 0) errno = 0;
    if (got <= 0) return false;
    to += got;
    bytes -= static_cast<std::uint64_t>(got);
  }
  return true;
}

inline bool write_all(int fd, const void* data, std::uint64_t bytes) noexcept {
  const char* from = static_cast<const char*>(data);
  while (bytes > 0) {
    const ssize_t wrote = write(fd, from, bytes);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return false;
    from += wrote;
    bytes -= static_cast<std::uint64_t>(wrote);
  }
  return true;
}

// Sixteen hexadecimal digits for a name. Process ids are not enough: containers that share a folder have the same ones.
struct UniqueName {
  char text[17];
};
inline UniqueName unique_name() noexcept {
  std::uint64_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) != static_cast<ssize_t>(sizeof number)) {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);  // before the kernel has any randomness
    number =
        (static_cast<std::uint64_t>(now.tv_sec) << 30 ^ static_cast<std::uint64_t>(now.tv_nsec)) * 0x9e3779b97f4a7c15u +
        static_cast<std::uint64_t>(getpid());
  }
  UniqueName name;
  std::snprintf(name.text, sizeof name.text, "%016llx", static_cast<unsigned long long>(number));
  return name;
}

// What lies in such a folder is executed: it must be the user's, and nobody else may write to it. They may read.
inline bool only_we_write(const struct stat& seen) noexcept {
  return S_ISDIR(seen.st_mode) && seen.st_uid == geteuid() && (seen.st_mode & 022) == 0;
}

}  // namespace halyard::core
