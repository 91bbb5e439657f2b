// Where halyard-worker lies.
#pragma once

#include <string>

namespace halyard::worker {

// Absolute path of the program: `chosen` if it is set, else beside this library or program, else where it was
// installed.
// "" where there is none that can be run.
std::string locate_worker(const std::string& chosen);

}  // namespace halyard::worker
