// What CUDA, HIP and Level Zero have in common is written once, in this folder, over a class that each of these
// backends has: its Driver, which is one device's context and the calls that are made in it. The calls have one name
// here and the vendor's own in the Driver; none of them makes the context current.
#pragma once

#include <concepts>
#include <cstdint>
#include <cstring>
#include <string>

#include "halyard/backend.h"
#include "halyard/detail/config.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::gpu {

template <class D>
concept DriverTypes = requires {
  typename D::Code;  // what every call answers
  typename D::Stream;
  typename D::Event;
  typename D::Gate;     // holds a stream back until the host says so: WordGate (host_calls.hpp) or of its form
  typename D::Current;  // makes the context the thread's, and puts back what was; code() tells whether it could
  { D::kOk } -> std::convertible_to<typename D::Code>;
  { D::kNotReady } -> std::convertible_to<typename D::Code>;
  { D::kOutOfMemory } -> std::convertible_to<typename D::Code>;
  { D::kName } -> std::convertible_to<const char*>;  // of the vendor's API, for sentences: "CUDA"
  { D::kNativeStream } -> std::convertible_to<hy_native_kind>;
  { D::kCopiesWithoutAccess } -> std::convertible_to<bool>;  // between devices that do not reach each other's memory
  { D::kStreamsShareEngine } -> std::convertible_to<bool>;   // one that is held back may hold up the others
};

template <class D>
concept DriverAnswers = requires(const D& driver, hy_error* error, typename D::Code code) {
  { driver.info() } -> std::convertible_to<const hy_device_info&>;
  { driver.context_handle() } -> std::same_as<uint64_t>;
  { driver.native() } -> std::same_as<hy_native>;
  { driver.has_gates() } -> std::same_as<bool>;
  { driver.fail(error, code, "cannot copy", true) } -> std::same_as<hy_status>;  // true: of work, not of the call
};

template <class D>
concept DriverMemory = requires(const D& driver, uint64_t bytes, uint64_t address, void* host,
                                typename D::Stream stream, uint64_t* out, void** host_out) {
  { driver.allocate(bytes, out) } -> std::same_as<typename D::Code>;
  {
    driver.release(address)
    } -> std::same_as<typename D::Code>;  // of allocate() and shared_allocate(); the device waits
  { driver.pinned_allocate(bytes, host_out, out) } -> std::same_as<typename D::Code>;
  { driver.pinned_release(host) } -> std::same_as<typename D::Code>;
  { driver.shared_allocate(bytes, out) } -> std::same_as<typename D::Code>;
  { driver.memory_info(out, out) } -> std::same_as<typename D::Code>;  // free (UINT64_MAX: unknown), total
  { driver.is_ours(address) } -> std::same_as<bool>;                   // the device reaches it
  { driver.is_pinned(static_cast<const void*>(host)) } -> std::same_as<bool>;
  // In the order of a stream.
  { driver.copy_in(address, host, bytes, stream) } -> std::same_as<typename D::Code>;
  { driver.copy_out(host, address, bytes, stream) } -> std::same_as<typename D::Code>;
  { driver.copy(address, address, bytes, stream) } -> std::same_as<typename D::Code>;
  {
    driver.fill(address, uint32_t{}, uint32_t{4}, bytes / 4, stream)
    } -> std::same_as<typename D::Code>;  // of 1, 2, 4 bytes
};

// Where devices may have a pool that keeps what is given back.
template <class D>
concept PooledDriver = requires(const D& driver, uint64_t bytes, uint64_t address, typename D::Stream stream,
                                uint64_t* out) {
  { driver.has_pool() } -> std::same_as<bool>;
  { driver.pool_allocate(bytes, stream, out) } -> std::same_as<typename D::Code>;
  { driver.pool_release(address, stream) } -> std::same_as<typename D::Code>;
  { driver.pool_trim() } -> std::same_as<typename D::Code>;
  { driver.share_pool(driver) } -> std::same_as<typename D::Code>;  // its own, with a peer
};

template <class D>
bool has_pool(const D& driver) {
  if constexpr (PooledDriver<D>) return driver.has_pool();
  return false;
}

template <class D>
concept DriverOrder = requires(const D& driver, typename D::Stream stream, typename D::Event event,
                               typename D::Stream* stream_out, typename D::Event* event_out, float* milliseconds) {
  { driver.stream_create(stream_out) } -> std::same_as<typename D::Code>;
  { driver.stream_destroy(stream) } -> std::same_as<typename D::Code>;
  { driver.stream_synchronize(stream) } -> std::same_as<typename D::Code>;
  { driver.stream_query(stream) } -> std::same_as<typename D::Code>;
  { driver.stream_wait(stream, event) } -> std::same_as<typename D::Code>;
  // The application's own, by its handle, which must not be 0. False: it is of another context.
  { driver.stream_wrap(uint64_t{}, stream_out) } -> std::same_as<bool>;
  driver.stream_unwrap(stream);
  { driver.stream_handle(stream) } -> std::same_as<uint64_t>;
  { driver.event_create(true, event_out) } -> std::same_as<typename D::Code>;  // true: keeps the time
  { driver.event_destroy(event) } -> std::same_as<typename D::Code>;
  { driver.event_record(event, stream) } -> std::same_as<typename D::Code>;
  { driver.event_query(event) } -> std::same_as<typename D::Code>;
  { driver.event_synchronize(event) } -> std::same_as<typename D::Code>;
  { driver.event_elapsed(milliseconds, event, event) } -> std::same_as<typename D::Code>;
};

// Of functions that any number of streams may launch at once.
template <class D>
concept DriverKernels = requires {
  typename D::Module;
  typename D::Function;
  typename D::Limits;  // of a function: most_items, local_bytes, private_bytes
}
&&requires(const D& driver, const void* image, typename D::Module module, typename D::Module* module_out,
           typename D::Function function, typename D::Function* function_out, typename D::Limits* limits,
           typename D::Stream stream, std::string* log, uint64_t* out, const uint32_t* sizes, void** arguments) {
  { driver.module_load(image, uint64_t{}, module_out, log) } -> std::same_as<typename D::Code>;
  { driver.module_unload(module) } -> std::same_as<typename D::Code>;
  { driver.module_function(module, "name", function_out) } -> std::same_as<typename D::Code>;
  { driver.module_constant(module, "name", out, out) } -> std::same_as<typename D::Code>;  // address, bytes
  { driver.function_limits(function, limits) } -> std::same_as<typename D::Code>;
  // Groups and items of three dimensions; an argument each, and the part of the grid.
  { driver.launch(function, sizes, sizes, stream, arguments) } -> std::same_as<typename D::Code>;
};

// Two devices of one driver. For peer_enable() the context of the first is current and both have one.
template <class D>
concept DriverPeers = requires(const D& driver, const D& peer, bool* reaches, uint64_t address, uint64_t bytes,
                               typename D::Stream stream) {
  { D::kPeerAlreadyEnabled } -> std::convertible_to<typename D::Code>;
  { driver.is_same_device(peer) } -> std::same_as<bool>;
  { driver.peer_reaches(peer, reaches) } -> std::same_as<typename D::Code>;  // needs no context
  { driver.peer_enable(peer) } -> std::same_as<typename D::Code>;
  { driver.peer_copy(address, peer, address, peer, bytes, stream) } -> std::same_as<typename D::Code>;  // to, from
};

template <class D>
concept DriverClass = DriverTypes<D> && DriverAnswers<D> && DriverMemory<D> && DriverOrder<D> && DriverPeers<D>;

template <class Driver>
class WordGate;

// Makes the device's context current, or returns from the function that says so with the error.
#define HALYARD_GPU_ENTER(driver, error, action)  \
  const typename Driver::Current current(driver); \
  if (HALYARD_UNLIKELY(current.code() != Driver::kOk)) return (driver).fail(error, current.code(), action)

template <class Handle>
uint64_t handle_bits(Handle handle) noexcept {
  return static_cast<uint64_t>(reinterpret_cast<uintptr_t>(handle));
}

}  // namespace halyard::gpu
