#include "backends/level_zero/driver.hpp"

#include <new>
#include <utility>

#include "backends/common/gpu/wait.hpp"

namespace halyard::level_zero {
namespace {

constexpr size_t kAlignment = 256;  // of every allocation, as hy_device_info says

ze_device_mem_alloc_desc_t device_memory() {
  ze_device_mem_alloc_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_DEVICE_MEM_ALLOC_DESC;
  return description;
}

ze_host_mem_alloc_desc_t host_memory() {
  ze_host_mem_alloc_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC;
  return description;
}

// A size that the device does not take at once is memory that it has not.
ze_result_t of_memory(ze_result_t code) {
  return code == ZE_RESULT_ERROR_UNSUPPORTED_SIZE ? ZE_RESULT_ERROR_OUT_OF_DEVICE_MEMORY : code;
}

}  // namespace

Driver::Code Driver::allocate(uint64_t bytes, uint64_t* address) const {
  const ze_device_mem_alloc_desc_t description = device_memory();
  void* made = nullptr;
  const Code code = api_->zeMemAllocDevice(context_->handle(), &description, bytes, kAlignment, device(), &made);
  *address = bits(made);
  return of_memory(code);
}

Driver::Code Driver::release(uint64_t address) const {
  context_->note_release();
  return api_->zeMemFree(context_->handle(), pointer(address));
}

Driver::Code Driver::pinned_allocate(uint64_t bytes, void** host, uint64_t* address) const {
  const ze_host_mem_alloc_desc_t description = host_memory();
  *host = nullptr;
  const Code code = api_->zeMemAllocHost(context_->handle(), &description, bytes, kAlignment, host);
  *address = bits(*host);
  return of_memory(code);
}

Driver::Code Driver::shared_allocate(uint64_t bytes, uint64_t* address) const {
  const ze_device_mem_alloc_desc_t on_device = device_memory();
  const ze_host_mem_alloc_desc_t on_host = host_memory();
  void* made = nullptr;
  const Code code =
      api_->zeMemAllocShared(context_->handle(), &on_device, &on_host, bytes, kAlignment, device(), &made);
  *address = bits(made);
  return of_memory(code);
}

ze_memory_type_t Driver::memory_type(const void* memory, ze_device_handle_t* owner) const {
  ze_memory_allocation_properties_t properties{};
  properties.stype = ZE_STRUCTURE_TYPE_MEMORY_ALLOCATION_PROPERTIES;
  const Code code = api_->zeMemGetAllocProperties(context_->handle(), memory, &properties, owner);
  return code == kOk ? properties.type : ZE_MEMORY_TYPE_UNKNOWN;
}

bool Driver::is_ours(uint64_t address) const {
  ze_device_handle_t owner = nullptr;
  const ze_memory_type_t type = memory_type(pointer(address), &owner);
  return type != ZE_MEMORY_TYPE_UNKNOWN && (type != ZE_MEMORY_TYPE_DEVICE || owner == device());
}

bool Driver::is_pinned(const void* host) const {
  ze_device_handle_t owner = nullptr;
  return memory_type(host, &owner) != ZE_MEMORY_TYPE_UNKNOWN;
}

Driver::Code Driver::stream_create(Stream* out) const {
  ze_command_queue_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_COMMAND_QUEUE_DESC;
  description.ordinal = found_.queue_group;
  description.index = streams_->fetch_add(1, std::memory_order_relaxed) % found_.queue_count;
  description.mode = ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS;
  if (found_.listed.platform.in_order) description.flags = ZE_COMMAND_QUEUE_FLAG_IN_ORDER;
  auto* made = new (std::nothrow) Queue;
  if (made == nullptr) return ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY;
  made->in_order = found_.listed.platform.in_order;
  const Code code = api_->zeCommandListCreateImmediate(context_->handle(), device(), &description, &made->list);
  *out = made;
  if (code == kOk) return code;
  delete made;
  *out = nullptr;
  return code;
}

bool Driver::stream_wrap(uint64_t handle, Stream* out) const {
  *out = new (std::nothrow) Queue;
  if (*out == nullptr) return false;
  (*out)->wrapped = true;
  (*out)->list = static_cast<ze_command_list_handle_t>(pointer(handle));
  return true;
}

uint64_t Driver::stream_handle(Stream stream) const {
  stream->wrapped = true;
  forget_tail(stream);
  return gpu::handle_bits(stream->list);
}

// What was seen of the end holds no longer where the application appends behind our back.
void Driver::forget_tail(Stream stream) const {
  if (stream->tail != nullptr) context_->give_back(std::exchange(stream->tail, nullptr));
}

void Driver::stream_unwrap(Stream stream) const {
  forget_tail(stream);
  delete stream;
}

// What was submitted was waited for; of our own there may be a barrier, a wait or a signal behind it.
Driver::Code Driver::stream_destroy(Stream stream) const {
  if (!stream->idle || stream->wrapped) gpu::synchronize_for_good(*this, stream);
  const Code code = api_->zeCommandListDestroy(stream->list);
  stream_unwrap(stream);
  return code;
}

// Where the list does not keep the order, with a barrier that tells when it is passed.
Driver::Code Driver::append_signal(Stream stream, Signal* signal) const {
  stream->idle = false;
  if (stream->in_order) return api_->zeCommandListAppendSignalEvent(stream->list, signal->handle);
  ++stream->appended;
  return api_->zeCommandListAppendBarrier(stream->list, signal->handle, 0, nullptr);
}

Driver::Code Driver::make_tail(Stream stream) const {
  if (stream->tail != nullptr && stream->tail_at == stream->appended) return kOk;
  Signal* made = nullptr;
  Code code = context_->take(false, false, &made);
  if (code != kOk) return code;
  code = append_signal(stream, made);
  if (code != kOk) {
    context_->give_back_unused(made);
    return code;
  }
  if (stream->tail != nullptr) context_->give_back(stream->tail);
  stream->tail = made;
  stream->tail_at = stream->appended;
  return kOk;
}

Driver::Code Driver::stream_wait_idle(Stream stream, bool blocks) const {
  Code code = kOk;
  if (stream->in_order) {
    code = api_->zeCommandListHostSynchronize(stream->list, blocks ? UINT64_MAX : 0);
  } else {
    code = make_tail(stream);
    if (code == kOk) {
      const ze_event_handle_t tail = stream->tail->handle;
      code = blocks ? api_->zeEventHostSynchronize(tail, UINT64_MAX) : api_->zeEventQueryStatus(tail);
    }
  }
  if (code != kOk) return code;
  stream->idle = !stream->wrapped;
  if (stream->wrapped) forget_tail(stream);
  return code;
}

Driver::Code Driver::wait_for(Stream stream, Signal* signal) const {
  Signal* pass = nullptr;
  if (!signal->counted) {
    // A point that was reached long ago may be waited for over and over.
    if (api_->zeEventQueryStatus(signal->handle) == kOk) return kOk;
    const Code code = context_->take(stream->in_order, false, &pass);
    if (code != kOk) return code;
  }
  ++stream->appended;
  stream->idle = false;
  const Code code =
      api_->zeCommandListAppendBarrier(stream->list, pass == nullptr ? nullptr : pass->handle, 1, &signal->handle);
  if (pass == nullptr) return code;
  if (code == kOk) {
    context_->add_pass(signal, pass);
  } else {
    context_->give_back_unused(pass);
  }
  return code;
}

Driver::Code Driver::event_create(bool timed, Event* out) const {
  *out = new (std::nothrow) level_zero::Event{context_.get(), nullptr, timed};
  return *out == nullptr ? ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY : kOk;
}

Driver::Code Driver::event_destroy(Event event) const {
  if (event->signal != nullptr) context_->give_back(event->signal);
  delete event;
  return kOk;
}

Driver::Code Driver::event_record(Event event, Stream stream) const {
  Signal* signal = event->signal;
  // One that counts and keeps no time is recorded over and over; of others what was recorded before may be pending.
  const bool again = signal != nullptr && signal->counted && stream->in_order && !event->timed;
  if (!again) {
    const Code code = context_->take(stream->in_order, event->timed, &signal);
    if (code != kOk) return code;
  }
  const Code code = event->timed ? api_->zeCommandListAppendWriteGlobalTimestamp(stream->list, signal->stamp,
                                                                                 signal->handle, 0, nullptr)
                                 : append_signal(stream, signal);
  if (again) return code;
  if (code != kOk) {
    context_->give_back_unused(signal);
    return code;
  }
  if (event->signal != nullptr) context_->give_back(event->signal);
  event->signal = signal;
  return event->timed ? finish(stream, kOk) : kOk;
}

// The clock wraps around; the shorter way round is the one that was meant.
Driver::Code Driver::event_elapsed(float* milliseconds, Event begin, Event end) const {
  if (begin->signal->stamp == nullptr || end->signal->stamp == nullptr || found_.ticks_per_second == 0)
    return ZE_RESULT_ERROR_INVALID_ARGUMENT;
  const uint64_t ticks = (*end->signal->stamp - *begin->signal->stamp) & found_.tick_mask;
  const uint64_t back = (0 - ticks) & found_.tick_mask;
  const double scale = 1e3 / static_cast<double>(found_.ticks_per_second);
  *milliseconds =
      static_cast<float>(ticks <= back ? static_cast<double>(ticks) * scale : -static_cast<double>(back) * scale);
  return kOk;
}

Driver::Code Driver::peer_reaches(const Driver& peer, bool* reaches) const {
  *reaches = false;
  const bool one_context =
      context_ == peer.context_ || (context_handle() != 0 && context_handle() == peer.context_handle());
  if (!one_context) return kOk;  // another vendor's driver, or the application's own
  ze_bool_t can = 0;
  const Code code = api_->zeDeviceCanAccessPeer(device(), peer.device(), &can);
  *reaches = code == kOk && can != 0;
  return code;
}

EventGate::~EventGate() {
  while (first_ != nullptr) open(0);
}

Driver::Code EventGate::close(Driver::Stream stream, uint32_t) {
  Context& context = driver_.context();
  Signal* signal = nullptr;
  Driver::Code code = context.take(false, false, &signal);
  if (code != Driver::kOk) return code;
  code = driver_.wait_for(stream, signal);
  if (code != Driver::kOk) {
    context.give_back_unused(signal);
    return code;
  }
  std::lock_guard lock(mutex_);
  signal->next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = signal;
  last_ = signal;
  return Driver::kOk;
}

void EventGate::open(uint32_t) noexcept {
  std::lock_guard lock(mutex_);
  Signal* const signal = std::exchange(first_, first_->next);
  // Once more: the list would wait for ever.
  if (driver_.api().zeEventHostSignal(signal->handle) != Driver::kOk) driver_.api().zeEventHostSignal(signal->handle);
  driver_.context().give_back(signal);
}

}  // namespace halyard::level_zero
