// Notices fork(): drivers and threads do not survive it, so handles made before are refused in the child.
#include "runtime/core/fork.hpp"

#include <pthread.h>

#include <array>
#include <atomic>

#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"
#include "runtime/core/objects.hpp"

namespace halyard::core {
namespace {

std::atomic<std::uint64_t> generation{1};
std::once_flag registered;

// Slots are filled once and never emptied.
std::array<std::atomic<std::mutex*>, 8> guarded{};
std::array<bool, 8> held{};  // by the thread that forks

void before_fork() {
  for (std::size_t i = 0; i < guarded.size(); ++i) {
    std::mutex* mutex = guarded[i].load(std::memory_order_acquire);
    held[i] = mutex != nullptr;
    if (mutex != nullptr) mutex->lock();
  }
}

void after_fork() {
  for (std::size_t i = guarded.size(); i-- > 0;) {
    if (held[i]) guarded[i].load(std::memory_order_acquire)->unlock();
  }
}

void after_fork_in_child() {
  generation.fetch_add(1, std::memory_order_relaxed);
  after_fork();
}

}  // namespace

HALYARD_HOT std::uint64_t fork_generation() noexcept { return generation.load(std::memory_order_relaxed); }

void watch_forks() {
  std::call_once(registered, [] { pthread_atfork(before_fork, after_fork, after_fork_in_child); });
}

void guard_over_fork(std::mutex& mutex) {
  for (auto& slot : guarded) {
    std::mutex* free = nullptr;
    if (slot.compare_exchange_strong(free, &mutex, std::memory_order_acq_rel)) return;
  }
}

hy_status fail_forked(hy_error* error) noexcept {
  return fail(
      error, HY_FORKED_PROCESS,
      "this object was made before fork(); drivers do not survive it: make a new runtime in the child, or exec");
}

}  // namespace halyard::core
