// The hy_host table that backends are given, made of the runtime's services, and the log.
#pragma once

#include "halyard/backend.h"
#include "runtime/core/config.hpp"
#include "runtime/core/scratch.hpp"

namespace halyard::core {

class Host {
 public:
  Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  // Must come before anything else; `config` outlives this.
  void start(const Config* config);

  const hy_host& table() const noexcept { return table_; }
  bool log_enabled(hy_log_level level) const noexcept;
  __attribute__((format(printf, 3, 4))) void log(hy_log_level level, const char* format, ...) const noexcept;
  void log_text(hy_log_level level, const char* text) const noexcept;
  const Config& config() const noexcept { return *config_; }

  // Removes the folder of temporary files before this ends, for a process that never lets it.
  void remove_scratch() noexcept { scratch_.remove(); }

 private:
  hy_host table_{};
  const Config* config_ = nullptr;
  Scratch scratch_;
};

}  // namespace halyard::core
