// What an application or its environment asked for: one struct, read once when a runtime is made.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "halyard/halyard.h"

namespace halyard::core {

struct Config {
  std::vector<std::string> backends;      // in order of preference; empty: the default order
  const char* backends_setting = "";      // what said which: the option or the variable
  std::vector<std::string> plugins;       // absolute paths
  std::vector<std::string> library_path;  // absolute folders
  std::string cache_dir;                  // "" for none
  std::string worker_path;                // "" : beside the library, then where it was installed
  std::string default_device;             // selector; "" for the best
  std::string sysroot;                    // "" or absolute, without a trailing '/'
  hy_worker_policy worker_policy = HY_WORKER_PREFER;
  hy_log_fn log = nullptr;
  void* log_user = nullptr;
  hy_log_level log_level = HY_LOG_NONE;
  // Told of each vendor's library before it is opened, and again once its file is known. The worker's own.
  std::function<void(const std::string& file)> opening;
  std::string warning;  // of a setting that is passed over, to be logged; "" for none
};

// A field of `desc` that is set wins over its environment variable, which wins over the default. The environment is
// ignored in set-user-id programs. A level in HALYARD_LOG that there is not is taken for `warning`, with a warning:
// what is only to be read fails no program.
hy_status read_config(const hy_runtime_desc* desc, Config* out, hy_error* error);

// The parts between separators, without spaces around them and without empty ones.
std::vector<std::string> split(std::string_view text, char separator);

}  // namespace halyard::core
