// Finds a folder that only this user can write: a file planted there by another could be executed.
#include "runtime/core/scratch.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "halyard/detail/error.hpp"

namespace halyard::core {
namespace {

// Compilers write there: a file system that is nearly full is passed over.
bool has_room(const std::string& folder) {
  constexpr std::uint64_t kEnoughBytes = 16 << 20;
  struct statvfs seen{};
  return statvfs(folder.c_str(), &seen) == 0 && std::uint64_t{seen.f_bavail} * seen.f_frsize >= kEnoughBytes;
}

bool private_folder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return false;
  struct stat seen{};
  return lstat(folder.c_str(), &seen) == 0 && S_ISDIR(seen.st_mode) && seen.st_uid == geteuid() &&
         (seen.st_mode & 077) == 0 && access(folder.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

hy_status scratch_folder(const Config& config, char* path, std::uint64_t capacity, hy_error* error) {
  std::string tried;
  for (const std::string& parent : {config.cache_dir, std::string("/tmp"), std::string("/var/tmp"), std::string("/dev/shm")}) {
    if (parent.empty()) continue;
    const bool own = parent == config.cache_dir;
    const std::string folder = own ? parent + "/scratch" : parent + "/halyard-" + std::to_string(geteuid());
    if (own && !private_folder(parent)) continue;
    if (private_folder(folder) && has_room(folder) && folder.size() < capacity) {
      std::memcpy(path, folder.c_str(), folder.size() + 1);
      return HY_OK;
    }
    tried += " " + folder;
  }
  return fail(error, HY_UNAVAILABLE, "no private folder for temporary files can be made; tried:%s", tried.c_str());
}

}  // namespace halyard::core
