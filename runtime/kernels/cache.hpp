// The folder of files that were expensive to make: compiled kernels, and what drivers did when they were tried. Private
// to its owner, bounded, shared by any number of processes. A bad entry is a miss; no cache costs time, not function.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/core/host.hpp"
#include "runtime/kernels/sha256.hpp"

namespace halyard::kernels {

inline constexpr std::uint64_t kCacheLimitBytes = 1ull << 30;

class Cache {
 public:
  // `folder` is absolute, or "" for no cache. Touches nothing until it is used. `host` may be null (no log).
  Cache(std::string folder, const core::Host* host, std::uint64_t limit_bytes = kCacheLimitBytes);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // The entry's bytes, exactly as they were put. `kind` is a short word ("kernel", "probe").
  std::optional<std::string> get(std::string_view kind, const Digest& key) noexcept;

  // Remembers; false when it could not (logged once). An entry of the same key is replaced.
  bool put(std::string_view kind, const Digest& key, std::string_view bytes) noexcept;

  // Forgets an entry that turned out to be useless.
  void remove(std::string_view kind, const Digest& key) noexcept;

  const std::string& folder() const noexcept { return folder_; }

 private:
  int open_folder(bool create) noexcept;
  void make_room(int folder_fd, std::uint64_t added);
  void say_once(hy_log_level level, const char* what, int error_number) noexcept;

  std::string folder_;
  const core::Host* host_;
  std::uint64_t limit_bytes_;
  std::atomic<bool> refused_{false};  // not ours, or open to others: not used
  std::atomic<bool> said_{false};
  std::mutex room_mutex_;
  bool measured_ = false;
  std::uint64_t known_bytes_ = 0;  // at the last measurement, and what was put since
  std::uint64_t added_since_ = 0;
};

}  // namespace halyard::kernels
