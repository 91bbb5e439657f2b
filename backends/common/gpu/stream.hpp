// A stream: order, points, host functions, copies and fills.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "backends/common/gpu/host_calls.hpp"

namespace halyard::gpu {

template <class Driver>
class Stream {
 public:
  using Code = typename Driver::Code;
  using Handle = typename Driver::Stream;

  // Takes `handle` over where it is owned.
  Stream(const Driver& driver, EventPool<Driver>& events, Handle handle, bool owned, bool timing)
      : driver_(driver), events_(events), handle_(handle), owned_(owned), timing_(timing) {}
  ~Stream() {
    const typename Driver::Current current(driver_);
    host_.reset();  // waits for what was pushed
    gate_.reset();
    if (owned_) {
      driver_.stream_destroy(handle_);
    } else {
      driver_.stream_unwrap(handle_);
    }
    if (temporary_ != 0) driver_.release(temporary_);
    for (const std::unique_ptr<Staging>& staging : stagings_) driver_.pinned_release(staging->host);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  hy_status synchronize(uint64_t timeout_ns, hy_error* error);
  hy_status wait(Point<Driver>& point, hy_error* error);
  hy_status record(hy_point_flags flags, Point<Driver>** out, hy_error* error);
  hy_status host_function(hy_host_fn fn, void* user, hy_error* error);
  hy_status native(hy_native* out, hy_error*) {
    *out = {Driver::kNativeStream, 0, {driver_.stream_handle(handle_), 0}};
    return HY_OK;
  }

  hy_status write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes, hy_copy_mode mode,
                  hy_error* error);
  hy_status read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes, hy_copy_mode mode,
                 hy_error* error);
  hy_status copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                 uint64_t bytes, hy_error* error);
  hy_status fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern, uint32_t pattern_bytes,
                 hy_error* error);

  // Whether the last peer_copy() was between two others. Taking one of the two for another that was closed costs time,
  // no more.
  bool is_new_pair(const Driver& to, const Driver& from) {
    const Driver* const other = &to == &driver_ ? &from : &to;
    return std::exchange(last_peer_, other) != other;
  }
  // Between two devices, one of which is the stream's.
  hy_status peer_copy(const Driver& to_driver, uint64_t to, const Driver& from_driver, uint64_t from, uint64_t bytes,
                      hy_error* error) {
    if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
    HALYARD_GPU_ENTER(driver_, error, "cannot copy between the devices");
    const Code code = driver_.peer_copy(to, to_driver, from, from_driver, bytes, handle_);
    return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot copy between the devices");
  }

  Handle handle() const { return handle_; }
  common::StreamState& state() const { return *state_; }

 private:
  static constexpr uint64_t kTemporaryBytes = 16ull << 20;

  hy_status prepare_host_functions(hy_error* error);
  // With the context current.
  hy_status call(hy_host_fn fn, void* user, hy_error* error);
  hy_status copy_on_host(bool into_device, uint64_t address, void* host, uint64_t bytes, hy_error* error);
  Code take_staging(uint64_t bytes, Staging** out);
  hy_status copy_staged(bool into_device, uint64_t address, void* host, uint64_t bytes, hy_error* error);
  Code copy_overlapping(uint64_t to, uint64_t from, uint64_t bytes);
  Code fill_words(uint64_t to, uint64_t bytes, const void* pattern, uint32_t pattern_bytes);
  hy_status failed_late(Code code, const char* action, hy_error* error);
  // After a copy that the host waits for.
  hy_status finish(Code code, const char* action, hy_copy_mode mode, hy_error* error);

  const Driver& driver_;
  EventPool<Driver>& events_;
  const Handle handle_;
  const bool owned_;
  const bool timing_;
  bool follows_host_ = false;  // something of the host may come before what is submitted next
  uint32_t turn_ = 0;          // of the last host function
  const Driver* last_peer_ = nullptr;
  uint64_t temporary_ = 0;  // through which overlapping ranges are copied
  std::shared_ptr<common::StreamState> state_ = std::make_shared<common::StreamState>();
  std::unique_ptr<typename Driver::Gate> gate_;
  std::vector<std::unique_ptr<Staging>> stagings_;  // where streams share an engine
  std::unique_ptr<common::HostThread> host_;
};

// Also a failed stream is waited for: what was submitted may still run, and its memory is freed after this.
template <class Driver>
HALYARD_HOT hy_status Stream<Driver>::synchronize(uint64_t timeout_ns, hy_error* error) {
  HALYARD_GPU_ENTER(driver_, error, "cannot wait for the stream");
  const Code code = wait_until<Driver>(
      timeout_ns, [&] { return driver_.stream_query(handle_); }, [&] { return driver_.stream_synchronize(handle_); });
  if (code == Driver::kNotReady) return fail(error, HY_TIMEOUT, "the work is not done yet");
  if (code != Driver::kOk) return failed_late(code, "work of the stream failed", error);
  if (HALYARD_UNLIKELY(host_ != nullptr)) host_->wait_idle();  // it may not have let go of the last function yet
  return HALYARD_UNLIKELY(state_->failed()) ? state_->report(error) : HY_OK;
}

// After a failure the application takes its memory back: nothing of the host may still be copying.
template <class Driver>
hy_status Stream<Driver>::failed_late(Code code, const char* action, hy_error* error) {
  if (host_ != nullptr) host_->wait_idle();
  return driver_.fail(error, code, action, true);
}

template <class Driver>
hy_status Stream<Driver>::record(hy_point_flags flags, Point<Driver>** out, hy_error* error) {
  const bool timed = (flags & HY_POINT_TIMED) != 0;
  if (timed && !timing_)
    return fail(error, HY_INVALID_ARGUMENT, "a timed point needs a stream made with HY_STREAM_TIMING");
  HALYARD_GPU_ENTER(driver_, error, "cannot record a point");
  typename Driver::Event event{};
  Code code = events_.take(timed, &event);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot record a point");
  code = driver_.event_record(event, handle_);
  Point<Driver>* made =
      code == Driver::kOk ? new (std::nothrow) Point<Driver>(driver_, events_, event, timed, handle_, state_) : nullptr;
  if (made == nullptr) events_.give_back(timed, event);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot record a point");
  if (made == nullptr) return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  *out = made;
  return HY_OK;
}

template <class Driver>
hy_status Stream<Driver>::wait(Point<Driver>& point, hy_error* error) {
  point.state().add_dependent(state_);
  if (point.stream() == handle_ && &point.state() == state_.get()) return HY_OK;  // in order already
  HALYARD_GPU_ENTER(driver_, error, "cannot wait for a point");
  follows_host_ = true;  // perhaps, on that stream
  const Code code = driver_.stream_wait(handle_, point.event());
  return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot wait for a point");
}

template <class Driver>
hy_status Stream<Driver>::prepare_host_functions(hy_error* error) {
  if (gate_ == nullptr) {
    const Code code = Driver::Gate::make(driver_, &gate_);
    if (code != Driver::kOk) return driver_.fail(error, code, "cannot allocate memory for host functions");
  }
  if (host_ == nullptr && (host_ = common::HostThread::start()) == nullptr) {
    return fail(error, HY_UNAVAILABLE,
                "the system gives no thread for host functions: raise the limit of threads (ulimit -u)");
  }
  return HY_OK;
}

template <class Driver>
hy_status Stream<Driver>::host_function(hy_host_fn fn, void* user, hy_error* error) {
  if (state_->failed()) return state_->report(error);
  if (!driver_.has_gates()) {
    return fail(error, HY_UNSUPPORTED, "this %s driver cannot hold a stream back until the host says so: update it",
                Driver::kName);
  }
  HALYARD_GPU_ENTER(driver_, error, "cannot queue a host function");
  return call(fn, user, error);
}

template <class Driver>
hy_status Stream<Driver>::call(hy_host_fn fn, void* user, hy_error* error) {
  if (hy_status status = prepare_host_functions(error)) return status;
  auto call = std::make_unique<GatedCall<Driver>>(fn, user, state_, driver_, events_, *gate_, turn_ + 1);
  Code code = events_.take(false, &call->event);
  if (code == Driver::kOk) code = driver_.event_record(call->event, handle_);
  if (code == Driver::kOk) code = gate_->close(handle_, turn_ + 1);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot queue a host function");
  ++turn_;
  follows_host_ = true;
  state_->function_submitted();
  host_->push(call.release());
  return HY_OK;
}

template <class Driver>
hy_status Stream<Driver>::copy_on_host(bool into_device, uint64_t address, void* host, uint64_t bytes,
                                       hy_error* error) {
  if constexpr (Driver::kStreamsShareEngine) return copy_staged(into_device, address, host, bytes, error);
  auto copy = std::make_unique<HostCopy<Driver>>(HostCopy<Driver>{driver_, into_device, address, host, bytes});
  const hy_status status = call(HostCopy<Driver>::run, copy.get(), error);
  if (status == HY_OK) (void)copy.release();
  return status;
}

// Memory for `bytes` that no copy uses: what there is, else more, with what is too small given back.
template <class Driver>
typename Driver::Code Stream<Driver>::take_staging(uint64_t bytes, Staging** out) {
  for (size_t i = 0; i < stagings_.size(); ++i) {
    Staging& each = *stagings_[i];
    if (each.used.load(std::memory_order_acquire)) continue;
    if (each.bytes < bytes) {
      driver_.pinned_release(each.host);
      stagings_.erase(stagings_.begin() + static_cast<std::ptrdiff_t>(i--));
      continue;
    }
    each.used.store(true, std::memory_order_relaxed);
    *out = &each;
    return Driver::kOk;
  }
  auto made = std::make_unique<Staging>();
  stagings_.reserve(stagings_.size() + 1);
  made->bytes = bytes;
  const Code code = driver_.pinned_allocate(bytes, &made->host, &made->address);
  if (code != Driver::kOk) return code;
  *out = made.get();
  stagings_.push_back(std::move(made));
  return code;
}

template <class Driver>
hy_status Stream<Driver>::copy_staged(bool into_device, uint64_t address, void* host, uint64_t bytes, hy_error* error) {
  Staging* staging = nullptr;
  Code code = take_staging(bytes, &staging);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot copy");
  const auto queue = [&](void* what) {
    auto copy = std::make_unique<StagedCopy>(StagedCopy{staging, into_device, what, bytes});
    const hy_status status = call(StagedCopy::run, copy.get(), error);
    if (status == HY_OK) (void)copy.release();
    return status;
  };
  if (into_device) {
    if (hy_status status = queue(host)) return status;
    code = driver_.copy_in(address, staging->host, bytes, handle_);
  } else {
    code = driver_.copy_out(staging->host, address, bytes, handle_);
  }
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot copy");
  return queue(into_device ? nullptr : host);
}

template <class Driver>
hy_status Stream<Driver>::finish(Code code, const char* action, hy_copy_mode mode, hy_error* error) {
  if (HALYARD_UNLIKELY(code != Driver::kOk)) return driver_.fail(error, code, action);
  if (mode != HY_COPY_WAIT) return HY_OK;
  code = synchronize_for_good(driver_, handle_);
  if (HALYARD_UNLIKELY(code != Driver::kOk)) return failed_late(code, action, error);
  if (HALYARD_UNLIKELY(host_ != nullptr)) host_->wait_idle();  // as in synchronize()
  // A host function before the copy may have failed while it was waited for.
  return HALYARD_UNLIKELY(state_->failed()) ? state_->report(error) : HY_OK;
}

template <class Driver>
HALYARD_HOT hy_status Stream<Driver>::write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes,
                                            hy_copy_mode mode, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  HALYARD_GPU_ENTER(driver_, error, "cannot copy to the device");
  // With nothing of the host before it the source will be the same when it is the copy's turn.
  if (HALYARD_UNLIKELY(follows_host_) && !driver_.is_pinned(from)) {
    if (mode != HY_COPY_WAIT && driver_.has_gates())
      return copy_on_host(true, to.address + offset, const_cast<void*>(from), bytes, error);
    if (hy_status status = finish(Driver::kOk, "cannot copy to the device", HY_COPY_WAIT, error)) return status;
  }
  return finish(driver_.copy_in(to.address + offset, from, bytes, handle_), "cannot copy to the device", mode, error);
}

template <class Driver>
HALYARD_HOT hy_status Stream<Driver>::read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes,
                                           hy_copy_mode mode, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  HALYARD_GPU_ENTER(driver_, error, "cannot copy from the device");
  if (mode != HY_COPY_WAIT && driver_.has_gates() && !driver_.is_pinned(to))
    return copy_on_host(false, from.address + offset, to, bytes, error);
  return finish(driver_.copy_out(to, from.address + offset, bytes, handle_), "cannot copy from the device", mode,
                error);
}

template <class Driver>
hy_status Stream<Driver>::copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                               uint64_t bytes, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  HALYARD_GPU_ENTER(driver_, error, "cannot copy on the device");
  const uint64_t target = to.address + to_offset;
  const uint64_t source = from.address + from_offset;
  const uint64_t distance = target > source ? target - source : source - target;
  const Code code =
      distance < bytes ? copy_overlapping(target, source, bytes) : driver_.copy(target, source, bytes, handle_);
  return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot copy on the device");
}

// Piece by piece through a small temporary, from the end that is not overwritten before it is read.
template <class Driver>
typename Driver::Code Stream<Driver>::copy_overlapping(uint64_t to, uint64_t from, uint64_t bytes) {
  if (to == from) return Driver::kOk;
  Code code = temporary_ != 0 ? Driver::kOk : driver_.allocate(kTemporaryBytes, &temporary_);
  const bool upwards = to > from;
  for (uint64_t done = 0; done < bytes && code == Driver::kOk;) {
    const uint64_t now = std::min(kTemporaryBytes, bytes - done);
    const uint64_t at = upwards ? bytes - done - now : done;
    code = driver_.copy(temporary_, from + at, now, handle_);
    if (code == Driver::kOk) code = driver_.copy(to + at, temporary_, now, handle_);
    done += now;
  }
  return code;
}

// Drivers fill with 1, 2 or 4 bytes. Of a wider pattern the first is written word by word, and what is written is
// copied behind itself, twice as much each time.
template <class Driver>
typename Driver::Code Stream<Driver>::fill_words(uint64_t to, uint64_t bytes, const void* pattern,
                                                 uint32_t pattern_bytes) {
  uint32_t words[4] = {};
  std::memcpy(words, pattern, pattern_bytes);
  if (pattern_bytes <= 4) return driver_.fill(to, words[0], pattern_bytes, bytes / pattern_bytes, handle_);
  const uint32_t count = pattern_bytes / 4;
  if (std::all_of(words, words + count, [&](uint32_t word) { return word == words[0]; }))
    return driver_.fill(to, words[0], 4, bytes / 4, handle_);
  Code code = Driver::kOk;
  for (uint32_t i = 0; i < count && code == Driver::kOk; ++i) code = driver_.fill(to + 4 * i, words[i], 4, 1, handle_);
  for (uint64_t done = pattern_bytes; done < bytes && code == Driver::kOk;) {
    const uint64_t now = std::min(done, bytes - done);
    code = driver_.copy(to + done, to, now, handle_);
    done += now;
  }
  return code;
}

template <class Driver>
hy_status Stream<Driver>::fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern,
                               uint32_t pattern_bytes, hy_error* error) {
  if (HALYARD_UNLIKELY(state_->failed())) return state_->report(error);
  HALYARD_GPU_ENTER(driver_, error, "cannot fill memory");
  const Code code = fill_words(to.address + offset, bytes, pattern, pattern_bytes);
  return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot fill memory");
}

}  // namespace halyard::gpu
