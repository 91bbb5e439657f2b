// One call of the fake ocloc: its command line, and what it makes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace gpu_fake {

// Files by their names.
using OclocFiles = std::vector<std::pair<std::string, std::string>>;

// The real one's codes.
inline constexpr int kOclocBuildFailure = -11, kOclocInvalidDevice = -33, kOclocInvalidCommandLine = -5150,
                     kOclocInvalidFile = -5151;

struct OclocJob {
  std::vector<std::string> words;  // the whole command line
  std::map<std::string, std::string> sources;
  OclocFiles headers;
  OclocFiles made;
  std::string log;  // becomes the file "stdout.log"
};
int run_ocloc(OclocJob* job);

}  // namespace gpu_fake
