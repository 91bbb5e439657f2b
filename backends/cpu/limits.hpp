// What of the machine this process may use: processors by affinity and cgroup quota, memory by cgroup limit. Containers
// show the whole machine in /proc, so the cgroup files are read besides, of version 1 and 2, up to the root.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "halyard/backend.h"

namespace halyard::cpu {

struct Processors {
  std::vector<int> cpus;  // that may run work, one worker each
  bool pin = true;        // false where a quota allows fewer than there are: the system spreads them
};

// `affinity`: processors that the caller may run on.
Processors usable_processors(const hy_host& host, const std::vector<int>& affinity);

// Processors that the calling thread may run on, in order.
std::vector<int> thread_affinity();

struct Memory {
  uint64_t total = 0;  // 0: unknown
  uint64_t free = 0;
};
Memory usable_memory(const hy_host& host);

}  // namespace halyard::cpu
