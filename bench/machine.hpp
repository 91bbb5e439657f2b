// The real clock, what other processes took from us, where this thread runs, and a description of the machine without
// names.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "harness.hpp"

namespace bench {

class SystemClock {
 public:
  std::uint64_t now_ns() const noexcept;
  // From the schedstat of every thread of the machine, and what /proc/stat says was stolen. Processes that came and
  // went between two calls are not seen: our own children, and the few others that are so short.
  Disturbance disturbance();

 private:
  std::unordered_map<long, std::uint64_t> ran_before_;  // by thread
  std::uint64_t others_ns_ = 0;
};

// Whether this kernel counts what threads ran (CONFIG_SCHED_INFO); else no round is ever thrown away.
bool sees_others();

// The processors this process may run on when the program starts.
const std::vector<int>& allowed_cpus();

// Keeps the calling thread on one of the allowed processors, counted from 0.
void pin_thread(unsigned index);

// Lets the calling thread run on all that the process was allowed at its start.
void unpin_thread();

// "CPU model, 2 cores, 24 GiB, Linux 6.1, gcc 12.2".
std::string machine_description();

}  // namespace bench
