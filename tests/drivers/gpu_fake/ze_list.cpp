// The fake libze_loader.so.1: immediate command lists and what is appended to them. A list without order runs what
// stands between two barriers last first.
#include <algorithm>
#include <cstring>

#include "tests/drivers/gpu_fake/transfer.hpp"
#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake::ze {
namespace {

uintptr_t number(const void* address) { return reinterpret_cast<uintptr_t>(address); }

// The waits of a command: counted from when it is appended until it runs, or is dropped.
class Waiting {
 public:
  void add(const std::shared_ptr<ZeEvent>& event) {
    std::lock_guard lock(event->mutex);
    ++event->waits;
    events_.push_back(event);
    if (event->last != nullptr) tickets_.push_back(event->last);
  }
  ~Waiting() { release(); }
  void release() {
    for (const auto& event : events_) --event->waits;
    events_.clear();
  }
  bool is_over() const {
    return std::all_of(tickets_.begin(), tickets_.end(), [](const std::shared_ptr<Ticket>& ticket) {
      std::lock_guard lock(ticket->mutex);
      return ticket->done;
    });
  }

 private:
  std::vector<std::shared_ptr<ZeEvent>> events_;
  std::vector<std::shared_ptr<Ticket>> tickets_;
};

std::shared_ptr<ZeEvent> event_of(const List& list, void* handle, const char* function) {
  auto found = find<ZeEvent>(handle, "event", function);
  if (found == nullptr) return nullptr;
  const EventPool& pool = *found->pool;
  if (pool.owner != list.owner) {
    misuse(0, "%s: the event is of another context", function);
    return nullptr;
  }
  if (!pool.devices.empty() && std::find(pool.devices.begin(), pool.devices.end(), list.device) == pool.devices.end()) {
    misuse(0, "%s: the event's pool is not for this device", function);
    return nullptr;
  }
  return found;
}

ze_result_t add_waits(const std::shared_ptr<List>& list, const Sync& sync, Command* command, const char* function) {
  if (sync.count == 0) return ZE_RESULT_SUCCESS;
  if (sync.waits == nullptr) return wrong(ZE_RESULT_ERROR_INVALID_SIZE, "%s: %u events at NULL", function, sync.count);
  auto waiting = std::make_shared<Waiting>();
  for (uint32_t i = 0; i < sync.count; ++i) {
    const auto event = event_of(*list, sync.waits[i], function);
    if (event == nullptr) return ZE_RESULT_ERROR_INVALID_NULL_HANDLE;
    waiting->add(event);
  }
  Context* const context = list->context.get();
  command->ready = [waiting, context] { return waiting->is_over() || context->lost != 0; };
  command->run = [waiting, run = std::move(command->run)] {
    waiting->release();
    return run ? run() : 0;
  };
  return ZE_RESULT_SUCCESS;
}

// A signal that is under way: counted until it was given, or its command was dropped.
struct Signal {
  std::shared_ptr<ZeEvent> event;
  std::shared_ptr<Ticket> ticket;
  bool given = false;
  ~Signal() {
    if (!given) --event->signals;
  }
};

ze_result_t add_signal(const std::shared_ptr<List>& list, const Sync& sync, Command* command, const char* function) {
  if (sync.signal == nullptr) return ZE_RESULT_SUCCESS;
  const auto event = event_of(*list, sync.signal, function);
  if (event == nullptr) return ZE_RESULT_ERROR_INVALID_NULL_HANDLE;
  const bool counts = event->pool->counter_based;
  if (counts && !list->in_order) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: an event that counts in a list without order", function);
  }
  if (!counts && (is_signalled(*event) || event->signals != 0)) {
    misuse(0, "%s signals an event that was not reset", function);
  }
  auto signal = std::make_shared<Signal>();
  signal->event = event;
  {
    std::lock_guard lock(event->mutex);
    if (counts) event->last = std::make_shared<Ticket>();
    signal->ticket = event->last;
    event->signaller = list;
    ++event->signals;
  }
  command->after = [signal] {
    std::lock_guard lock(signal->ticket->mutex);
    --signal->event->signals;
    signal->given = true;
    signal->ticket->done = true;
    signal->ticket->changed.notify_all();
  };
  return ZE_RESULT_SUCCESS;
}

ze_result_t append_fence(const std::shared_ptr<List>& list, const Sync& sync, const char* function) {
  Command command;
  command.fence = true;
  command.run = [] { return 0; };
  return append(list, std::move(command), sync, function);
}

// The ticks of the device's clock, of which so many bits count.
uint64_t ticks_now() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const double seconds = std::chrono::duration<double>(now).count();
  const auto ticks = static_cast<uint64_t>(seconds * static_cast<double>(setting_number("timer", 19200000))) +
                     static_cast<uint64_t>(setting_number("timestamp_from", 0));
  const int64_t bits = setting_number("timestamp_bits", 36);
  return bits <= 0 || bits >= 64 ? ticks : ticks & ((uint64_t{1} << bits) - 1);
}

}  // namespace

ze_result_t append(const std::shared_ptr<List>& list, Command command, const Sync& sync, const char* function) {
  const Alone alone(list->busy, "command list", function);
  if (list->context->lost != 0) return as_result(list->context->lost);
  if (const ze_result_t code = add_waits(list, sync, &command, function)) return code;
  if (const ze_result_t code = add_signal(list, sync, &command, function)) return code;
  const int code = submit(list, std::move(command));
  if (code != 0) return as_result(code);
  return list->synchronous ? as_result(synchronize_until(*list, std::chrono::steady_clock::time_point::max()))
                           : ZE_RESULT_SUCCESS;
}

}  // namespace gpu_fake::ze

using namespace gpu_fake;
using namespace gpu_fake::ze;

#define ZE_LIST(name, handle) ZE_FIND(List, name, handle, "command list")

namespace halyard::level_zero {

ze_result_t zeCommandListCreateImmediate(ze_context_handle_t context, ze_device_handle_t device,
                                         const ze_command_queue_desc_t* description, ze_command_list_handle_t* out) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  ZE_DEVICE(on, device);
  if (!ZE_PLAIN(description, COMMAND_QUEUE_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  const auto part = in->of.find(on->index);
  const uint32_t flags = description->flags, known = front()->modern ? 3u : 1u;
  if (part == in->of.end() || description->ordinal > 1 || description->index >= (description->ordinal == 0 ? 4u : 1u)) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: no queue %u of group %u of the device in this context",
                 __func__, description->index, description->ordinal);
  }
  if ((flags & ~known) != 0 || description->mode > ZE_COMMAND_QUEUE_MODE_ASYNCHRONOUS || description->priority > 2u) {
    return wrong(ZE_RESULT_ERROR_INVALID_ENUMERATION, "%s with flags %u, mode %u, priority %u", __func__, flags,
                 description->mode, description->priority);
  }
  if (part->second->lost != 0) return as_result(part->second->lost);
  auto made = std::make_shared<List>();
  made->context = part->second;
  made->owner = in;
  made->device = on;
  made->ordered = (flags & ZE_COMMAND_QUEUE_FLAG_IN_ORDER) != 0 || setting_number("reorder", 1) == 0;
  made->in_order = (flags & ZE_COMMAND_QUEUE_FLAG_IN_ORDER) != 0;
  made->synchronous = description->mode == ZE_COMMAND_QUEUE_MODE_SYNCHRONOUS;
  made->copies_only = description->ordinal == 1;
  std::lock_guard lock(machine().mutex);
  *out = static_cast<ze_command_list_handle_t>(machine().add(made));
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeCommandListDestroy(ze_command_list_handle_t list) {
  ZE_ENTER_RELEASE();
  ZE_LIST(found, list);
  if (!is_idle(*found) && found->context->lost == 0) misuse(0, "%s while work of the list is outstanding", __func__);
  abandon_stream(*found);
  std::lock_guard lock(machine().mutex);
  machine().drop(list);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

#ifndef HALYARD_FAKE_ZE_OLD
ze_result_t zeCommandListHostSynchronize(ze_command_list_handle_t list, uint64_t timeout_ns) {
  ZE_ENTER();
  ZE_LIST(found, list);
  if (front()->api < 0x10006) {
    return wrong(ZE_RESULT_ERROR_UNSUPPORTED_FEATURE, "%s, which the driver is too old for", __func__);
  }
  constexpr uint64_t kLongest = uint64_t{1} << 50;
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(std::min(timeout_ns, kLongest));
  return as_result(synchronize_until(*found, until));
}
#endif

ze_result_t zeCommandListAppendBarrier(ze_command_list_handle_t list, ze_event_handle_t signal, uint32_t wait_count,
                                       ze_event_handle_t* waits) {
  ZE_ENTER();
  ZE_LIST(found, list);
  return append_fence(found, {signal, wait_count, waits}, __func__);
}

ze_result_t zeCommandListAppendSignalEvent(ze_command_list_handle_t list, ze_event_handle_t event) {
  ZE_ENTER();
  ZE_LIST(found, list);
  if (event == nullptr) return wrong(ZE_RESULT_ERROR_INVALID_NULL_HANDLE, "%s of no event", __func__);
  Command command;
  command.run = [] { return 0; };
  return append(found, std::move(command), {event, 0, nullptr}, __func__);
}

ze_result_t zeCommandListAppendMemoryCopy(ze_command_list_handle_t list, void* to, const void* from, size_t bytes,
                                          ze_event_handle_t signal, uint32_t wait_count, ze_event_handle_t* waits) {
  ZE_ENTER();
  ZE_LIST(found, list);
  Command command;
  const Copy copy{number(to), number(from), bytes};
  if (const int code = prepare_copy(*found->context, copy, &command, __func__)) return as_result(code);
  return append(found, std::move(command), {signal, wait_count, waits}, __func__);
}

ze_result_t zeCommandListAppendMemoryFill(ze_command_list_handle_t list, void* to, const void* pattern,
                                          size_t pattern_bytes, size_t bytes, ze_event_handle_t signal,
                                          uint32_t wait_count, ze_event_handle_t* waits) {
  ZE_ENTER();
  ZE_LIST(found, list);
  const size_t most = found->copies_only ? 16 : 128;
  if (pattern_bytes == 0 || (pattern_bytes & (pattern_bytes - 1)) != 0 || pattern_bytes > most) {
    return wrong(ZE_RESULT_ERROR_INVALID_SIZE, "%s with a pattern of %zu bytes", __func__, pattern_bytes);
  }
  if (bytes % pattern_bytes != 0 || number(to) % pattern_bytes != 0) {
    return wrong(ZE_RESULT_ERROR_INVALID_SIZE, "%s of %zu bytes at %p with a pattern of %zu", __func__, bytes, to,
                 pattern_bytes);
  }
  Command command;
  command.uses.resize(1);
  if (const int code = check_device_range(*found->context, number(to), bytes, false, &command.uses[0], __func__)) {
    return as_result(code);
  }
  command.run = [to, bytes, kept = std::string(static_cast<const char*>(pattern), pattern_bytes)] {
    for (size_t at = 0; at < bytes; at += kept.size()) {
      std::memcpy(static_cast<char*>(to) + at, kept.data(), kept.size());
    }
    return 0;
  };
  return append(found, std::move(command), {signal, wait_count, waits}, __func__);
}

ze_result_t zeCommandListAppendWriteGlobalTimestamp(ze_command_list_handle_t list, uint64_t* to,
                                                    ze_event_handle_t signal, uint32_t wait_count,
                                                    ze_event_handle_t* waits) {
  ZE_ENTER();
  ZE_LIST(found, list);
  if (number(to) % sizeof *to != 0)
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s to %p", __func__, static_cast<void*>(to));
  Command command;
  command.uses.resize(1);
  if (const int code = check_device_range(*found->context, number(to), sizeof *to, false, &command.uses[0], __func__)) {
    return as_result(code);
  }
  command.run = [to] {
    *to = ticks_now();
    return 0;
  };
  return append(found, std::move(command), {signal, wait_count, waits}, __func__);
}

}  // namespace halyard::level_zero
