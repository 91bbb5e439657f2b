// One device in its context and the calls that are made on it, under the names of backends/common/gpu/driver.hpp. Level
// Zero keeps nothing current; a stream is an immediate command list. A list of a driver of today keeps the order by
// itself; in others a barrier behind each command does.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "backends/common/gpu/driver.hpp"
#include "backends/level_zero/context.hpp"
#include "backends/level_zero/errors.hpp"
#include "backends/level_zero/found.hpp"

namespace halyard::level_zero {

struct Queue {
  ze_command_list_handle_t list = nullptr;
  bool in_order = false;
  bool wrapped = false;    // the application's own, or in its hands
  bool idle = true;        // the host has seen the end of all that was appended
  uint64_t appended = 0;   // commands so far; where the list does not keep the order
  Signal* tail = nullptr;  // behind `tail_at` commands, for the host to ask about
  uint64_t tail_at = 0;
};

// Keeps its place where the shared code keeps events: what is signalled may be another at each recording.
struct Event {
  const Context* home;
  Signal* signal = nullptr;
  bool timed = false;
};

class EventGate;

class Driver {
 public:
  using Code = ze_result_t;
  using Stream = Queue*;
  using Event = level_zero::Event*;
  using Gate = EventGate;
  static constexpr Code kOk = ZE_RESULT_SUCCESS, kNotReady = ZE_RESULT_NOT_READY,
                        kOutOfMemory = ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY;
  static constexpr Code kPeerAlreadyEnabled = ZE_RESULT_SUCCESS;  // there is nothing to enable
  static constexpr const char* kName = "Level Zero";
  static constexpr hy_native_kind kNativeStream = HY_NATIVE_ZE_LIST;
  static constexpr bool kCopiesWithoutAccess = false, kStreamsShareEngine = true;

  Driver(const Api& api, const Found& found) : Driver(api, found, found.listed.platform.context) {}
  Driver(const Api& api, const Found& found, std::shared_ptr<Context> context)
      : api_(&api), found_(found), context_(std::move(context)), streams_(new std::atomic<uint32_t>(0)) {}

  // The context is made when it is first needed.
  class Current {
   public:
    explicit Current(const Driver& driver) noexcept {
      if (HALYARD_UNLIKELY(driver.context_->handle() == nullptr)) code_ = driver.context_->make();
    }
    Current(const Current&) = delete;
    Current& operator=(const Current&) = delete;
    Code code() const noexcept { return code_; }

   private:
    Code code_ = kOk;
  };

  const Api& api() const { return *api_; }
  const Found& found() const { return found_; }
  const hy_device_info& info() const { return found_.info; }
  Context& context() const { return *context_; }
  ze_device_handle_t device() const { return found_.listed.device; }
  uint64_t context_handle() const { return gpu::handle_bits(context_->handle()); }
  hy_native native() const {
    return {HY_NATIVE_ZE_CONTEXT, 0, {context_handle(), gpu::handle_bits(found_.listed.device)}};
  }
  bool has_gates() const { return true; }
  hy_status fail(hy_error* error, Code code, const char* action, bool late = false) const {
    return fail_ze(error, code, action, late ? When::kLate : When::kCall);
  }

  Code allocate(uint64_t bytes, uint64_t* address) const;
  Code release(uint64_t address) const;
  Code pinned_allocate(uint64_t bytes, void** host, uint64_t* address) const;
  Code pinned_release(void* host) const { return release(bits(host)); }
  Code shared_allocate(uint64_t bytes, uint64_t* address) const;
  // What is left is told by the part for administrators alone, which needs the environment to be set for it.
  Code memory_info(uint64_t* free_bytes, uint64_t* total_bytes) const {
    *free_bytes = UINT64_MAX;
    *total_bytes = info().memory_bytes;
    return kOk;
  }
  bool is_ours(uint64_t address) const;
  // Other memory the driver may copy itself while it takes the command, for which it waits for all that came before.
  bool is_pinned(const void* host) const;

  Code stream_create(Stream* out) const;
  Code stream_destroy(Stream stream) const;
  Code stream_synchronize(Stream stream) const { return stream_wait_idle(stream, true); }
  Code stream_query(Stream stream) const { return stream_wait_idle(stream, false); }
  Code stream_wait(Stream stream, Event event) const {
    return event->home == context_.get() ? wait_for(stream, event->signal) : ZE_RESULT_ERROR_UNSUPPORTED_FEATURE;
  }
  // It must be immediate; whether it keeps the order can't be asked.
  bool stream_wrap(uint64_t handle, Stream* out) const;
  void stream_unwrap(Stream stream) const;
  // The application may append to it from now on: a barrier in front of what it appends is its own to see to.
  uint64_t stream_handle(Stream stream) const;
  // The list goes on when the signal is set.
  Code wait_for(Stream stream, Signal* signal) const;

  Code event_create(bool timed, Event* out) const;
  Code event_destroy(Event event) const;
  Code event_record(Event event, Stream stream) const;
  Code event_query(Event event) const { return api_->zeEventQueryStatus(event->signal->handle); }
  Code event_synchronize(Event event) const { return api_->zeEventHostSynchronize(event->signal->handle, UINT64_MAX); }
  Code event_elapsed(float* milliseconds, Event begin, Event end) const;

  Code copy_in(uint64_t to, const void* from, uint64_t bytes, Stream stream) const {
    return append_copy(pointer(to), from, bytes, stream);
  }
  Code copy_out(void* to, uint64_t from, uint64_t bytes, Stream stream) const {
    return append_copy(to, pointer(from), bytes, stream);
  }
  Code copy(uint64_t to, uint64_t from, uint64_t bytes, Stream stream) const {
    return append_copy(pointer(to), pointer(from), bytes, stream);
  }
  Code fill(uint64_t to, uint32_t value, uint32_t value_bytes, uint64_t count, Stream stream) const {
    return finish(stream, api_->zeCommandListAppendMemoryFill(stream->list, pointer(to), &value, value_bytes,
                                                              count * value_bytes, nullptr, 0, nullptr));
  }

  // Behind each command, with what it answered.
  HALYARD_HOT Code finish(Stream stream, Code code) const {
    stream->idle = false;
    if (HALYARD_LIKELY(stream->in_order) || code != kOk) return code;
    ++stream->appended;
    code = api_->zeCommandListAppendBarrier(stream->list, nullptr, 0, nullptr);
    // Once more: the command is on its way, and what comes next must not overtake it.
    return code == kOk ? code : api_->zeCommandListAppendBarrier(stream->list, nullptr, 0, nullptr);
  }

  bool is_same_device(const Driver& peer) const { return found_.listed.device == peer.found_.listed.device; }
  Code peer_reaches(const Driver& peer, bool* reaches) const;
  Code peer_enable(const Driver&) const { return kOk; }  // one context: what can be reached is
  Code peer_copy(uint64_t to, const Driver&, uint64_t from, const Driver&, uint64_t bytes, Stream stream) const {
    return append_copy(pointer(to), pointer(from), bytes, stream);
  }

 private:
  static void* pointer(uint64_t address) { return reinterpret_cast<void*>(static_cast<uintptr_t>(address)); }
  static uint64_t bits(const void* pointer) { return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(pointer)); }
  Code append_copy(void* to, const void* from, uint64_t bytes, Stream stream) const {
    return finish(stream, api_->zeCommandListAppendMemoryCopy(stream->list, to, from, bytes, nullptr, 0, nullptr));
  }
  ze_memory_type_t memory_type(const void* memory, ze_device_handle_t* owner) const;
  Code append_signal(Stream stream, Signal* signal) const;
  Code stream_wait_idle(Stream stream, bool blocks) const;
  Code make_tail(Stream stream) const;
  void forget_tail(Stream stream) const;

  const Api* api_;
  Found found_;
  std::shared_ptr<Context> context_;
  std::unique_ptr<std::atomic<uint32_t>> streams_;  // made so far, to spread them over the device's queues
};

// Holds a list back with a signal a turn, which the host sets.
class EventGate {
 public:
  explicit EventGate(const Driver& driver) : driver_(driver) {}
  ~EventGate();
  EventGate(const EventGate&) = delete;
  EventGate& operator=(const EventGate&) = delete;

  static Driver::Code make(const Driver& driver, std::unique_ptr<EventGate>* out) {
    *out = std::make_unique<EventGate>(driver);
    return Driver::kOk;
  }
  Driver::Code close(Driver::Stream stream, uint32_t turn);
  void open(uint32_t turn) noexcept;

 private:
  const Driver& driver_;
  std::mutex mutex_;
  Signal* first_ = nullptr;  // of the turns that are closed
  Signal* last_ = nullptr;
};

}  // namespace halyard::level_zero
