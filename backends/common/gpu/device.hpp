// What a device of a GPU's vendor is to the library: its context, its memory, its streams. What they differ in (what a
// device says of itself, which images it takes, how it compiles) is in the backend's own Device, which this is the base
// of.
#pragma once

#include <memory>
#include <mutex>

#include "backends/common/gpu/module.hpp"
#include "backends/common/gpu/peers.hpp"
#include "backends/common/gpu/stream.hpp"

namespace halyard::gpu {

template <DriverClass Driver>
class Device {
 public:
  using Code = typename Driver::Code;

  // `peers` is of all devices of the instance.
  Device(Driver&& driver, PeerLinks<Driver>& peers) : driver_(std::move(driver)), peers_(peers), events_(driver_) {}
  ~Device() {
    peers_.forget(driver_);
    const typename Driver::Current current(driver_);
    if (service_ == nullptr) return;
    synchronize_for_good(driver_, service_);  // what was given back is back before its pool goes
    driver_.stream_destroy(service_);
  }
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  hy_status allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error);
  void free(hy_b_memory* memory);
  hy_status memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error);
  hy_status memory_native(const hy_b_memory& memory, hy_native* out, hy_error* error);
  hy_status wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error);

  hy_status create_stream(hy_stream_flags flags, Stream<Driver>** out, hy_error* error);
  hy_status wrap_stream(const hy_native& native, Stream<Driver>** out, hy_error* error);
  hy_status native(hy_native* out, hy_error* error);
  hy_status load(const hy_b_image& image, Module<Driver>** out, hy_error* error);

  hy_status peer_query(Device& peer, hy_peer_access* out, hy_error* error) {
    const Code code = PeerLinks<Driver>::query(driver_, peer.driver_, out);
    return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot ask what the devices reach");
  }
  hy_status peer_enable(Device& peer, hy_error* error) {
    const Code code = peers_.enable(driver_, peer.driver_);
    return code == Driver::kOk ? HY_OK : driver_.fail(error, code, "cannot reach the other device's memory");
  }
  hy_status peer_copy(Stream<Driver>& stream, const hy_b_memory& to, uint64_t to_offset, Device& from_device,
                      const hy_b_memory& from, uint64_t from_offset, uint64_t bytes, hy_error* error) {
    if (to.kind != HY_MEMORY_DEVICE || from.kind != HY_MEMORY_DEVICE) {
      return halyard::fail(error, HY_UNSUPPORTED, "only memory of the devices' own goes from one to the other");
    }
    if (stream.is_new_pair(driver_, from_device.driver_)) peers_.prepare_copies(driver_, from_device.driver_);
    return stream.peer_copy(driver_, to.address + to_offset, from_device.driver_, from.address + from_offset, bytes,
                            error);
  }

  const Driver& driver() const { return driver_; }
  EventPool<Driver>& events() { return events_; }

 private:
  Code try_allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out);
  Code from_pool(uint64_t bytes, uint64_t* address);
  Code empty_pool();
  Code service(typename Driver::Stream* out);
  hy_status no_memory(Code code, uint64_t bytes, hy_error* error);

  Driver driver_;
  PeerLinks<Driver>& peers_;
  EventPool<Driver> events_;
  std::mutex service_mutex_;
  typename Driver::Stream service_{};  // orders allocations from the pool; made when first needed
};

template <DriverClass Driver>
typename Driver::Code Device<Driver>::service(typename Driver::Stream* out) {
  std::lock_guard lock(service_mutex_);
  const Code code = service_ != nullptr ? Driver::kOk : driver_.stream_create(&service_);
  *out = service_;
  return code;
}

// Pools keep what is given back, and neither take from nor give to the system while the device works: the plain call
// makes the device wait at every release. The library releases memory when nothing uses it any more, and hands it out
// when this returns, so the order of the pool's own stream is all that there must be.
template <DriverClass Driver>
typename Driver::Code Device<Driver>::from_pool(uint64_t bytes, uint64_t* address) {
  Code code = Driver::kOk;
  if constexpr (PooledDriver<Driver>) {
    typename Driver::Stream stream{};
    code = service(&stream);
    if (code == Driver::kOk) code = driver_.pool_allocate(bytes, stream, address);
    if (code != Driver::kOk) return code;
    code = driver_.stream_synchronize(stream);
    if (code != Driver::kOk) driver_.pool_release(*address, stream);
  }
  return code;
}

// What is on its way back goes to the system, too.
template <DriverClass Driver>
typename Driver::Code Device<Driver>::empty_pool() {
  Code code = Driver::kOk;
  if constexpr (PooledDriver<Driver>) {
    typename Driver::Stream stream{};
    code = service(&stream);
    if (code == Driver::kOk) code = driver_.stream_synchronize(stream);
    if (code == Driver::kOk) code = driver_.pool_trim();
  }
  return code;
}

template <DriverClass Driver>
typename Driver::Code Device<Driver>::try_allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out) {
  Code code = Driver::kOk;
  const bool unified = (driver_.info().capabilities & HY_CAP_HOST_UNIFIED) != 0;  // then all memory is for both
  if (kind == HY_MEMORY_PINNED) {
    code = driver_.pinned_allocate(bytes, &out->host, &out->address);
  } else if (kind == HY_MEMORY_SHARED || unified) {
    code = driver_.shared_allocate(bytes, &out->address);
    out->host = reinterpret_cast<void*>(static_cast<uintptr_t>(out->address));
  } else {
    code = has_pool(driver_) ? from_pool(bytes, &out->address) : driver_.allocate(bytes, &out->address);
  }
  return code;
}

template <DriverClass Driver>
hy_status Device<Driver>::no_memory(Code code, uint64_t bytes, hy_error* error) {
  uint64_t left = 0, total = 0;
  if (driver_.memory_info(&left, &total) != Driver::kOk || left == UINT64_MAX)
    return driver_.fail(error, code, "cannot allocate memory");
  return halyard::fail(error, HY_OUT_OF_MEMORY,
                       "%llu bytes asked for, %s has %llu of %llu left, for all processes: free some or ask for less",
                       static_cast<unsigned long long>(bytes), driver_.info().name,
                       static_cast<unsigned long long>(left), static_cast<unsigned long long>(total));
}

template <DriverClass Driver>
hy_status Device<Driver>::allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  const hy_capabilities has = driver_.info().capabilities;
  if ((kind == HY_MEMORY_PINNED && (has & HY_CAP_PINNED_MEMORY) == 0) ||
      (kind == HY_MEMORY_SHARED && (has & HY_CAP_SHARED_MEMORY) == 0)) {
    return halyard::fail(error, HY_UNSUPPORTED, "%s has no %s memory", driver_.info().name,
                         kind == HY_MEMORY_PINNED ? "pinned" : "shared");
  }
  HALYARD_GPU_ENTER(driver_, error, "cannot allocate memory");
  *out = {};
  out->bytes = bytes;
  out->kind = kind;
  Code code = try_allocate(kind, bytes, out);
  if (code == Driver::kOutOfMemory && has_pool(driver_) && empty_pool() == Driver::kOk) {
    code = try_allocate(kind, bytes, out);  // what was on its way back or in the pool may have been missing
  }
  if (code == Driver::kOutOfMemory) return no_memory(code, bytes, error);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot allocate memory");
  out->object = reinterpret_cast<void*>(static_cast<uintptr_t>(out->address));
  return HY_OK;
}

template <DriverClass Driver>
void Device<Driver>::free(hy_b_memory* memory) {
  const typename Driver::Current current(driver_);
  if (memory->object != nullptr && memory->wrapped == 0) {
    if (memory->kind == HY_MEMORY_PINNED) {
      driver_.pinned_release(memory->host);
    } else if (memory->kind == HY_MEMORY_DEVICE && has_pool(driver_)) {
      if constexpr (PooledDriver<Driver>) driver_.pool_release(memory->address, service_);
    } else {
      driver_.release(memory->address);
    }
  }
  *memory = {};
}

template <DriverClass Driver>
hy_status Device<Driver>::memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error* error) {
  HALYARD_GPU_ENTER(driver_, error, "cannot ask for the memory that is left");
  uint64_t left = 0, total = 0;
  const Code code = driver_.memory_info(&left, &total);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot ask for the memory that is left");
  if (free_bytes != nullptr) *free_bytes = left == UINT64_MAX ? 0 : left;
  if (total_bytes != nullptr) *total_bytes = total;
  return HY_OK;
}

template <DriverClass Driver>
hy_status Device<Driver>::memory_native(const hy_b_memory& memory, hy_native* out, hy_error*) {
  *out = {HY_NATIVE_DEVICE_POINTER, 0, {memory.address, 0}};
  return HY_OK;
}

template <DriverClass Driver>
hy_status Device<Driver>::wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  const uint64_t address = native.handle[0];
  if (native.kind != HY_NATIVE_DEVICE_POINTER || address == 0) {
    return halyard::fail(error, HY_INVALID_ARGUMENT,
                         "a %s buffer is wrapped from a device pointer (HY_NATIVE_DEVICE_POINTER)", Driver::kName);
  }
  HALYARD_GPU_ENTER(driver_, error, "cannot wrap the pointer");
  if (!driver_.is_ours(address) || !driver_.is_ours(address + bytes - 1)) {
    return halyard::fail(error, HY_INVALID_ARGUMENT,
                         "the %llu bytes from the pointer on are not memory that %s reaches",
                         static_cast<unsigned long long>(bytes), driver_.info().name);
  }
  *out = {};
  out->object = reinterpret_cast<void*>(static_cast<uintptr_t>(address));
  out->address = address;
  out->bytes = bytes;
  out->kind = HY_MEMORY_DEVICE;
  out->wrapped = 1;
  return HY_OK;
}

template <DriverClass Driver>
hy_status Device<Driver>::create_stream(hy_stream_flags flags, Stream<Driver>** out, hy_error* error) {
  HALYARD_GPU_ENTER(driver_, error, "cannot create a stream");
  typename Driver::Stream handle{};
  const Code code = driver_.stream_create(&handle);
  if (code != Driver::kOk) return driver_.fail(error, code, "cannot create a stream");
  auto* made = new (std::nothrow) Stream<Driver>(driver_, events_, handle, true, (flags & HY_STREAM_TIMING) != 0);
  if (made == nullptr) {
    driver_.stream_destroy(handle);
    return halyard::fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
  }
  *out = made;
  return HY_OK;
}

template <DriverClass Driver>
hy_status Device<Driver>::wrap_stream(const hy_native& native, Stream<Driver>** out, hy_error* error) {
  if (native.kind != Driver::kNativeStream || native.handle[0] == 0) {
    return halyard::fail(error, HY_INVALID_ARGUMENT, "a %s stream is wrapped from a stream that the program made",
                         Driver::kName);
  }
  HALYARD_GPU_ENTER(driver_, error, "cannot wrap the stream");
  typename Driver::Stream handle{};
  if (!driver_.stream_wrap(native.handle[0], &handle)) {
    return halyard::fail(
        error, HY_INVALID_ARGUMENT,
        "the stream belongs to another context: wrap the device over that context, or make the stream in "
        "this device's own");
  }
  *out = new (std::nothrow) Stream<Driver>(driver_, events_, handle, false, true);
  if (*out != nullptr) return HY_OK;
  driver_.stream_unwrap(handle);
  return halyard::fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
}

template <DriverClass Driver>
hy_status Device<Driver>::native(hy_native* out, hy_error* error) {
  HALYARD_GPU_ENTER(driver_, error, "cannot make the device's context");
  *out = driver_.native();
  return HY_OK;
}

template <DriverClass Driver>
hy_status Device<Driver>::load(const hy_b_image& image, Module<Driver>** out, hy_error* error) {
  HALYARD_GPU_ENTER(driver_, error, "cannot load the kernel image");
  typename Driver::Module handle{};
  std::string log;
  const Code code = driver_.module_load(image.data, image.bytes, &handle, &log);
  if (code != Driver::kOk) {
    const hy_status status = driver_.fail(error, code, "cannot load the kernel image");
    if (error != nullptr && !log.empty()) {  // the driver's own sentence says more than its code
      const size_t used = std::strlen(error->message);
      std::snprintf(error->message + used, sizeof error->message - used, " (%s)", log.c_str());
    }
    return status;
  }
  auto program = std::make_shared<Program<Driver>>(driver_, handle);
  *out = new Module<Driver>(std::move(program), facts_of({static_cast<const char*>(image.data), image.bytes}));
  return HY_OK;
}

}  // namespace halyard::gpu
