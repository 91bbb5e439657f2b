// What the host does in a stream's order: functions of the application, and copies of memory that is not pinned.
#pragma once

#include <atomic>
#include <cstring>
#include <memory>

#include "backends/common/gpu/point.hpp"
#include "backends/common/host_thread.hpp"

namespace halyard::gpu {

// A word that the stream waits on and the host functions' thread raises, for drivers whose streams can wait for memory.
// Turns are closed in their order, and opened in it.
template <class Driver>
class WordGate {
 public:
  using Code = typename Driver::Code;

  // With the context current, like the rest but open().
  static Code make(const Driver& driver, std::unique_ptr<WordGate>* out) {
    void* host = nullptr;
    uint64_t address = 0;
    const Code code = driver.pinned_allocate(sizeof(uint32_t), &host, &address);
    if (code == Driver::kOk) *out = std::make_unique<WordGate>(driver, host, address);
    return code;
  }
  WordGate(const Driver& driver, void* host, uint64_t address)
      : driver_(driver), word_(static_cast<uint32_t*>(host)), address_(address) {
    std::atomic_ref<uint32_t>(*word_).store(0, std::memory_order_relaxed);
  }
  ~WordGate() { driver_.pinned_release(word_); }
  WordGate(const WordGate&) = delete;
  WordGate& operator=(const WordGate&) = delete;

  Code close(typename Driver::Stream stream, uint32_t turn) {
    return driver_.stream_gate(stream, address_, turn);  // it goes on when the word has reached the turn
  }
  void open(uint32_t turn) noexcept { std::atomic_ref<uint32_t>(*word_).store(turn, std::memory_order_release); }

 private:
  const Driver& driver_;
  uint32_t* const word_;
  const uint64_t address_;  // on the device
};

// Preceded by an event on which the function's own thread waits; opens the stream's gate. The driver's callbacks are
// not used: one thread of the driver's calls them all, and none when the device was lost.
template <class Driver>
class GatedCall : public common::HostCall {
 public:
  GatedCall(hy_host_fn fn, void* user, std::shared_ptr<common::StreamState> state, const Driver& driver,
            EventPool<Driver>& pool, typename Driver::Gate& gate, uint32_t turn)
      : HostCall(fn, user, std::move(state)), driver_(driver), pool_(pool), gate_(gate), turn_(turn) {}
  ~GatedCall() override {
    if (event != nullptr) pool_.give_back(false, event);
  }

  typename Driver::Event event{};  // owned

 private:
  hy_status precede(hy_error* error) noexcept override {
    HALYARD_GPU_ENTER(driver_, error, "cannot wait for the work before a host function");
    const auto code = driver_.event_synchronize(event);
    return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "work before a host function failed", true);
  }
  void open() noexcept override { gate_.open(turn_); }

  const Driver& driver_;
  EventPool<Driver>& pool_;
  typename Driver::Gate& gate_;
  const uint32_t turn_;
};

// A copy to or from memory of the host that is not pinned. The driver would read it when it is asked, not when it is
// the copy's turn, and would make the caller wait where it cannot: a stream that waits for the caller would never go
// on.
template <class Driver>
struct HostCopy {
  const Driver& driver;
  bool into_device;
  uint64_t address;
  void* host;
  uint64_t bytes;

  // As a host function: on the stream's own thread, when the work before is done.
  static hy_status run(void* user, hy_error* error) {
    const std::unique_ptr<HostCopy> copy(static_cast<HostCopy*>(user));
    if (error->code != HY_OK) return error->code;
    const Driver& driver = copy->driver;
    HALYARD_GPU_ENTER(driver, error, "cannot copy");
    typename Driver::Stream side{};
    auto code = driver.stream_create(&side);
    if (code != Driver::kOk) return driver.fail(error, code, "cannot copy");
    code = copy->into_device ? driver.copy_in(copy->address, copy->host, copy->bytes, side)
                             : driver.copy_out(copy->host, copy->address, copy->bytes, side);
    if (code == Driver::kOk) code = synchronize_for_good(driver, side);
    driver.stream_destroy(side);
    return code == Driver::kOk ? HY_OK : driver.fail(error, code, "cannot copy", true);
  }
};

// Pinned memory of a stream, through which it copies where streams share an engine: one that is held back would hold up
// a copy beside it. The host copies to or from here, and the stream's own turn does the rest.
struct Staging {
  void* host = nullptr;
  uint64_t address = 0, bytes = 0;
  std::atomic<bool> used{true};  // by a copy under way; for ever by one that failed, as the stream may still use it
};

// The host's part.
struct StagedCopy {
  Staging* staging;  // the stream's
  bool into_device;
  void* host;  // null: there is nothing to copy, but to say that the stream is done
  uint64_t bytes;

  // As a host function.
  static hy_status run(void* user, hy_error* error) {
    const std::unique_ptr<StagedCopy> copy(static_cast<StagedCopy*>(user));
    if (error->code != HY_OK) return error->code;
    void* const pinned = copy->staging->host;
    if (copy->host != nullptr)
      std::memcpy(copy->into_device ? pinned : copy->host, copy->into_device ? copy->host : pinned, copy->bytes);
    if (!copy->into_device || copy->host == nullptr) copy->staging->used.store(false, std::memory_order_release);
    return HY_OK;
  }
};

}  // namespace halyard::gpu
