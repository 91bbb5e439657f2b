// Finds a folder that only this user can write: a file planted there by another could be executed.
#include "runtime/core/scratch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"
#include "runtime/core/file.hpp"

namespace halyard::core {
namespace {

constexpr std::int64_t kStaleSeconds = 86'400;

// Compilers write there: a file system that is nearly full is passed over.
bool has_room(const std::string& folder) {
  constexpr std::uint64_t kEnoughBytes = 16 << 20;
  struct statvfs seen {};
  return statvfs(folder.c_str(), &seen) == 0 && std::uint64_t{seen.f_bavail} * seen.f_frsize >= kEnoughBytes;
}

// A link is followed where the user named the folder, and is somebody's trap where anybody can write beside it.
bool is_private(const std::string& folder, bool named_by_user = false) {
  struct stat seen {};
  const int answer = named_by_user ? stat(folder.c_str(), &seen) : lstat(folder.c_str(), &seen);
  return answer == 0 && only_we_write(seen) && access(folder.c_str(), W_OK | X_OK) == 0;
}

bool make_private(const std::string& folder, bool named_by_user = false) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  return is_private(folder, named_by_user);
}

void remove_stale(const std::string& parent) {
  std::error_code ignored;
  const std::int64_t now = time(nullptr);
  std::vector<std::string> stale;
  for (std::filesystem::directory_iterator item(parent, ignored), end; !ignored && item != end;
       item.increment(ignored)) {
    struct stat seen {};
    if (lstat(item->path().c_str(), &seen) == 0 && now - seen.st_mtime > kStaleSeconds) stale.push_back(item->path());
  }
  for (const std::string& path : stale) std::filesystem::remove_all(path, ignored);
}

}  // namespace

hy_status Scratch::folder(const Config& config, char* path, std::uint64_t capacity, hy_error* error) {
  std::lock_guard lock(mutex_);
  auto give = [&](const std::string& folder) {
    std::memcpy(path, folder.c_str(), folder.size() + 1);
    return hy_status{HY_OK};
  };
  if (!made_.empty() && made_.back().size() < capacity && is_private(made_.back()) && has_room(made_.back())) {
    utimensat(AT_FDCWD, made_.back().c_str(), nullptr, 0);  // not stale
    return give(made_.back());
  }
  std::string tried;
  for (const std::string& parent :
       {config.cache_dir, std::string("/tmp"), std::string("/var/tmp"), std::string("/dev/shm")}) {
    if (parent.empty()) continue;
    const bool cache = parent == config.cache_dir;
    const std::string shared = cache ? parent + "/scratch" : parent + "/halyard-" + std::to_string(geteuid());
    std::string own = shared + "/XXXXXX";
    tried += " " + shared;
    if ((cache && !make_private(parent, true)) || !make_private(shared) || !has_room(shared)) continue;
    remove_stale(shared);
    if (own.size() >= capacity) continue;
    made_.reserve(made_.size() + 1);
    if (mkdtemp(own.data()) == nullptr) continue;
    made_.push_back(std::move(own));
    return give(made_.back());
  }
  return fail(error, HY_UNAVAILABLE, "no private folder for temporary files can be made; tried:%s", tried.c_str());
}

void Scratch::remove() noexcept {
  HALYARD_TRY {
    std::lock_guard lock(mutex_);
    std::error_code ignored;
    for (const std::string& folder : made_) std::filesystem::remove_all(folder, ignored);
    made_.clear();
  }
  HALYARD_CATCH(...) {}
}

}  // namespace halyard::core
