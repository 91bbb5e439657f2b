// What must be right again in a child after fork().
#pragma once

#include <mutex>

namespace halyard::core {

// Begins to count forks; more than once does nothing.
void watch_forks();

// Holds `mutex` (which lives for ever) while the process forks, so that the child does not find it taken by a thread
// that it does not have. For the few locks of the whole process; they are taken in the order in which they were named,
// and nobody takes one of them while holding a later one.
void guard_over_fork(std::mutex& mutex);

}  // namespace halyard::core
