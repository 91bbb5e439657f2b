// A file an entry: a header with the entry's own key, and the bytes; the header's checksum covers both. Written under a
// name of its own and renamed, so that readers see the old entry or the new one, whole.
#include "runtime/kernels/cache.hpp"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "halyard/detail/config.hpp"
#include "runtime/core/file.hpp"

namespace halyard::kernels {
namespace {

constexpr char kMagic[8] = {'H', 'Y', 'C', 'A', 'C', 'H', 'E', '1'};
constexpr std::uint64_t kLargestEntryBytes = 512ull << 20;
constexpr std::int64_t kStaleSeconds = 3'600;  // a file written aside by a process that died
constexpr std::int64_t kTouchSeconds = 3'600;  // how exact "least recently used" is
constexpr char kAside[] = "aside-";

struct EntryHeader {
  char magic[8];
  std::uint64_t payload_bytes;
  std::uint8_t key[32];
  std::uint8_t checksum[16];
};
static_assert(sizeof(EntryHeader) == 64);

// Over the name, which says the kind, the key and the bytes.
void checksum(const std::string& name, const EntryHeader& header, std::string_view bytes, std::uint8_t* out) noexcept {
  Sha256 hash;
  hash.part(name);
  hash.add(header.key, sizeof header.key);
  hash.part(bytes);
  std::memcpy(out, hash.finish().data(), 16);
}

std::string entry_name(std::string_view kind, const Digest& key) { return std::string(kind) + "-" + hex(key); }

bool is_entry(const char* name) noexcept {
  const char* dash = std::strrchr(name, '-');
  return dash != nullptr && std::strlen(dash + 1) == 64 && std::strspn(dash + 1, "0123456789abcdef") == 64;
}

using core::Fd;
using core::read_all;
using core::write_all;

bool make_folders(const std::string& folder) {
  for (std::size_t end = folder.find('/', 1);; end = folder.find('/', end + 1)) {
    const std::string part = folder.substr(0, end);
    if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST &&
        (end == std::string::npos || access(part.c_str(), F_OK) != 0)) {
      return false;
    }
    if (end == std::string::npos) return true;
  }
}

// kNothing also where it can't be read now, for want of files or memory: the entry may be good, and is left.
enum class Found : std::uint8_t { kEntry, kNothing, kDamaged };

Found read_entry(int folder_fd, const std::string& name, const Digest& key, std::string* bytes) {
  Fd fd(openat(folder_fd, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.open()) return errno == ELOOP || errno == ENXIO ? Found::kDamaged : Found::kNothing;  // a link, or no file
  struct stat seen {};
  if (fstat(fd.get(), &seen) != 0) return Found::kNothing;
  if (!S_ISREG(seen.st_mode) || seen.st_uid != geteuid() || (seen.st_mode & 022) != 0) {
    return Found::kDamaged;
  }
  EntryHeader header{};
  const std::uint64_t file_bytes = static_cast<std::uint64_t>(seen.st_size);
  if (file_bytes < sizeof header || file_bytes > kLargestEntryBytes) return Found::kDamaged;
  if (!read_all(fd.get(), &header, sizeof header)) return errno == 0 ? Found::kDamaged : Found::kNothing;
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.payload_bytes != file_bytes - sizeof header ||
      std::memcmp(header.key, key.data(), key.size()) != 0) {
    return Found::kDamaged;
  }
  bytes->resize(header.payload_bytes);
  if (!read_all(fd.get(), bytes->data(), header.payload_bytes)) return errno == 0 ? Found::kDamaged : Found::kNothing;
  std::uint8_t expected[16];
  checksum(name, header, *bytes, expected);
  if (std::memcmp(expected, header.checksum, sizeof expected) != 0) return Found::kDamaged;
  if (time(nullptr) - seen.st_mtime > kTouchSeconds) futimens(fd.get(), nullptr);  // used lately
  return Found::kEntry;
}

bool write_entry(int folder_fd, const std::string& name, const Digest& key, std::string_view bytes) noexcept {
  char aside[64];
  std::snprintf(aside, sizeof aside, "%s%s", kAside, core::unique_name().text);
  EntryHeader header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.payload_bytes = bytes.size();
  std::memcpy(header.key, key.data(), key.size());
  checksum(name, header, bytes, header.checksum);
  Fd fd(openat(folder_fd, aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.open()) return false;
  bool good = write_all(fd.get(), &header, sizeof header) && write_all(fd.get(), bytes.data(), bytes.size());
  if (good) good = fd.close_now() && renameat(folder_fd, aside, folder_fd, name.c_str()) == 0;
  if (good) return true;
  const int problem = errno;
  unlinkat(folder_fd, aside, 0);
  errno = problem;
  return false;
}

struct Seen {
  std::string name;
  std::uint64_t bytes;
  std::int64_t used;
};

// The folder's entries; removes what dead processes left.
std::vector<Seen> list(int folder_fd) {
  std::vector<Seen> entries;
  const int copy = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* folder = copy >= 0 ? fdopendir(copy) : nullptr;
  if (folder == nullptr) {
    if (copy >= 0) close(copy);
    return entries;
  }
  const std::int64_t now = time(nullptr);
  while (const dirent* item = readdir(folder)) {
    struct stat seen {};
    if (fstatat(folder_fd, item->d_name, &seen, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(seen.st_mode)) continue;
    if (std::strncmp(item->d_name, kAside, sizeof kAside - 1) == 0) {
      if (now - seen.st_mtime > kStaleSeconds) unlinkat(folder_fd, item->d_name, 0);
    } else if (is_entry(item->d_name)) {
      entries.push_back({item->d_name, static_cast<std::uint64_t>(seen.st_size), seen.st_mtime});
    }
  }
  closedir(folder);
  return entries;
}

}  // namespace

Cache::Cache(std::string folder, const core::Host* host, std::uint64_t limit_bytes)
    : folder_(std::move(folder)), host_(host), limit_bytes_(limit_bytes) {
  while (folder_.size() > 1 && folder_.back() == '/') folder_.pop_back();
  if (!folder_.empty() && folder_.front() != '/') folder_.clear();
}

Cache::~Cache() = default;

void Cache::say_once(hy_log_level level, const char* what, int error_number) noexcept {
  if (said_.exchange(true) || host_ == nullptr) return;
  host_->log(level, "cache %s: %s%s%s", folder_.c_str(), what, error_number != 0 ? ": " : "",
             error_number != 0 ? strerror(error_number) : "");
}

// The folder, if it is ours alone: what lies in it is executed.
int Cache::open_folder(bool create) noexcept {
  if (folder_.empty() || refused_.load(std::memory_order_relaxed)) return -1;
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int fd = open(folder_.c_str(), kFlags);
  if (fd < 0 && errno == ENOENT) {
    if (!create) return -1;
    if (make_folders(folder_)) fd = open(folder_.c_str(), kFlags);
  }
  if (fd < 0) {
    say_once(HY_LOG_WARNING, "can't be used; set HALYARD_CACHE_DIR to a folder of your own", errno);
    return -1;
  }
  struct stat seen {};
  if (fstat(fd, &seen) == 0 && core::only_we_write(seen)) return fd;
  refused_ = true;
  say_once(HY_LOG_WARNING,
           seen.st_uid != geteuid() ? "is not used, since it belongs to another user; set HALYARD_CACHE_DIR"
                                    : "is not used, since others may write to it; chmod go-w it",
           0);
  close(fd);
  return -1;
}

std::optional<std::string> Cache::get(std::string_view kind, const Digest& key) noexcept {
  HALYARD_TRY {
    Fd folder(open_folder(false));
    if (!folder.open()) return std::nullopt;
    const std::string name = entry_name(kind, key);
    std::string bytes;
    switch (read_entry(folder.get(), name, key, &bytes)) {
      case Found::kEntry:
        return bytes;
      case Found::kNothing:
        return std::nullopt;
      case Found::kDamaged:
        break;
    }
    unlinkat(folder.get(), name.c_str(), 0);
    if (host_ != nullptr)
      host_->log(HY_LOG_INFO, "cache %s: %s is damaged; it is made anew", folder_.c_str(), name.c_str());
  }
  HALYARD_CATCH(...) {}
  return std::nullopt;
}

bool Cache::put(std::string_view kind, const Digest& key, std::string_view bytes) noexcept {
  HALYARD_TRY {
    if (bytes.size() > std::min(kLargestEntryBytes - sizeof(EntryHeader), limit_bytes_ / 2)) return false;
    Fd folder(open_folder(true));
    if (!folder.open()) return false;
    make_room(folder.get(), bytes.size() + sizeof(EntryHeader));
    if (write_entry(folder.get(), entry_name(kind, key), key, bytes)) return true;
    say_once(HY_LOG_WARNING, "can't be written; kernels are compiled again in every process", errno);
  }
  HALYARD_CATCH(...) {}
  return false;
}

void Cache::remove(std::string_view kind, const Digest& key) noexcept {
  HALYARD_TRY {
    Fd folder(open_folder(false));
    if (folder.open()) unlinkat(folder.get(), entry_name(kind, key).c_str(), 0);
  }
  HALYARD_CATCH(...) {}
}

// Measures the folder at the first put of this process and whenever what it put since might have filled it (others
// write too: so at a sixteenth of the limit), and removes what was used longest ago down to three quarters.
void Cache::make_room(int folder_fd, std::uint64_t added) {
  std::lock_guard lock(room_mutex_);
  known_bytes_ += added;
  added_since_ += added;
  if (measured_ && known_bytes_ <= limit_bytes_ && added_since_ <= limit_bytes_ / 16) return;
  std::vector<Seen> entries = list(folder_fd);
  std::uint64_t total = added;
  for (const Seen& entry : entries) total += entry.bytes;
  if (total > limit_bytes_) {
    std::sort(entries.begin(), entries.end(), [](const Seen& a, const Seen& b) { return a.used < b.used; });
    for (const Seen& entry : entries) {
      if (total <= limit_bytes_ / 4 * 3) break;
      unlinkat(folder_fd, entry.name.c_str(), 0);
      total -= entry.bytes;
    }
  }
  measured_ = true;
  known_bytes_ = total;
  added_since_ = 0;
}

}  // namespace halyard::kernels
