// The context that the devices of a driver share, so that they reach one another's memory where the hardware lets them,
// and the signals in it. Made when a device is first used: listing devices needs none.
//
// A signal is an event of the driver's with what must be known before it can be used again. Drivers of today have
// events that count: they can be recorded anew at any time. Others are signalled once, and are reset when nothing waits
// for them any more; of each wait in a list, a second signal behind it tells that it has been passed.
#pragma once

#include <atomic>
#include <mutex>

#include "backends/level_zero/api.hpp"

namespace halyard::level_zero {

struct Signal {
  ze_event_handle_t handle = nullptr;
  bool counted = false;
  uint64_t* stamp = nullptr;  // where a list writes the device's time; null: not timed
  Signal* passes = nullptr;   // one behind each wait of a list
  Signal* next = nullptr;     // in the list that it is in: nothing is allocated to give one back
};

class Context {
 public:
  Context(const Functions& functions, ze_driver_handle_t driver) : ze_(functions), driver_(driver) {}
  // The caller's own, which outlives this.
  Context(const Functions& functions, ze_driver_handle_t driver, ze_context_handle_t context)
      : ze_(functions), driver_(driver), wrapped_(true), handle_(context) {}
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  ze_result_t make();
  // Null before make().
  ze_context_handle_t handle() const noexcept { return handle_.load(std::memory_order_acquire); }

  // A signal that is not set. Counted ones are for lists that keep the order.
  ze_result_t take(bool counted, bool timed, Signal** out) noexcept;
  // It may be pending, or waited for, still.
  void give_back(Signal* signal) noexcept;
  // Nothing was submitted with it.
  void give_back_unused(Signal* signal) noexcept;
  // `pass` is signalled behind a wait on `signal`.
  void add_pass(Signal* signal, Signal* pass) noexcept;

  // How often memory was given back, in this context or another object of ours over the same one: an address that was
  // seen before may be that of other memory since.
  static uint64_t releases() noexcept { return releases_.load(std::memory_order_relaxed); }
  static void note_release() noexcept { releases_.fetch_add(1, std::memory_order_relaxed); }

 private:
  static size_t kind(bool counted, bool timed) { return (counted ? 2u : 0u) + (timed ? 1u : 0u); }
  static size_t kind(const Signal& signal) { return kind(signal.counted, signal.stamp != nullptr); }
  // The driver makes events by the pool.
  struct Pool {
    static constexpr uint32_t kEvents = 64;
    ze_event_pool_handle_t handle = nullptr;
    void* stamps = nullptr;
    Signal signals[kEvents];
    Pool* next = nullptr;
  };
  struct Queue {
    Signal* first = nullptr;
    Signal* last = nullptr;
  };

  // With the mutex held.
  ze_result_t make_more(bool counted, bool timed) noexcept;
  ze_result_t fill(Pool& pool, bool counted, bool timed) noexcept;
  bool reuse(Signal* signal) noexcept;
  bool is_reached(const Signal& signal) const noexcept;
  void discard(Pool* pool) noexcept;
  void put_free(Signal* signal) noexcept;
  void put_cooling(Signal* signal) noexcept;

  const Functions ze_;  // its own, as a device may outlive the instance
  const ze_driver_handle_t driver_;
  const bool wrapped_ = false;
  std::atomic<ze_context_handle_t> handle_ = nullptr;
  static inline std::atomic<uint64_t> releases_ = 0;
  std::mutex mutex_;  // of all below, and of the passes of every signal
  Pool* pools_ = nullptr;
  Signal* free_[4] = {};
  Queue cooling_[4];  // given back, the oldest first
};

}  // namespace halyard::level_zero
