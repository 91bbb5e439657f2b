// The real clock, what other processes took from us, where this thread runs, and a description of the machine without
// names.
#pragma once

#include <string>
#include <vector>

#include "harness.hpp"

namespace bench {

class SystemClock {
 public:
  std::uint64_t now_ns() const noexcept;
  // From /proc/stat (all processors' busy and stolen time, less our own and our children's) and the schedstat of our
  // threads.
  Disturbance disturbance() const;
};

// The processors this process may run on when the program starts.
const std::vector<int>& allowed_cpus();

// Keeps the calling thread on one of the allowed processors, counted from 0.
void pin_thread(unsigned index);

// Lets the calling thread run on all that the process was allowed at its start.
void unpin_thread();

// "CPU model, 2 cores, 24 GiB, Linux 6.1, gcc 12.2".
std::string machine_description();

}  // namespace bench
