// Notices fork(): drivers and threads do not survive it, so handles made before are refused in the child.
#include <pthread.h>

#include <atomic>
#include <mutex>

#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"

namespace halyard::core {
namespace {

std::atomic<std::uint64_t> generation{1};
std::once_flag registered;

}  // namespace

std::uint64_t fork_generation() noexcept { return generation.load(std::memory_order_relaxed); }

void watch_forks() {
  std::call_once(registered, [] {
    pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });
  });
}

hy_status fail_forked(hy_error* error) noexcept {
  return fail(error, HY_FORKED_PROCESS,
              "this object was made before fork(); drivers do not survive it: make a new runtime in the child, or exec");
}

}  // namespace halyard::core
