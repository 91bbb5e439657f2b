// A private folder for files that a compiler or loader needs for a moment.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "runtime/core/config.hpp"

namespace halyard::core {

// One runtime's folder, with a name that nothing else has (process ids repeat where containers share a cache): below
// `<cache>/scratch` where there is a usable cache, else below one in the system's temporary folder. It is removed with
// all that is in it; what a process that was killed left there goes a day later, when another makes its own.
class Scratch {
 public:
  Scratch() = default;
  ~Scratch() { remove(); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  // See hy_host::scratch_folder. Made at the first call; made again where somebody cleaned it away, or the disk is
  // full.
  hy_status folder(const Config& config, char* path, std::uint64_t capacity, hy_error* error);

  void remove() noexcept;

 private:
  std::mutex mutex_;
  std::vector<std::string> made_;  // the last one is in use
};

}  // namespace halyard::core
