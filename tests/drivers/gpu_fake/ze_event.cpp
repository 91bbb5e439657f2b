// The fake libze_loader.so.1: event pools and events.
#include <algorithm>

#include "tests/drivers/gpu_fake/ze.hpp"

namespace gpu_fake::ze {
namespace {

std::shared_ptr<Ticket> ticket_of(ZeEvent& event) {
  std::lock_guard lock(event.mutex);
  return event.last;
}

void signal(Ticket& ticket) {
  std::lock_guard lock(ticket.mutex);
  ticket.done = true;
  ticket.changed.notify_all();
}

// What the device that is to signal it came to.
ze_result_t fate(ZeEvent& event) {
  std::shared_ptr<Stream> stream;
  {
    std::lock_guard lock(event.mutex);
    stream = event.signaller.lock();
  }
  return stream == nullptr ? ZE_RESULT_SUCCESS : as_result(stream->context->lost);
}

void hurry_signaller(ZeEvent& event) {
  std::shared_ptr<Stream> stream;
  {
    std::lock_guard lock(event.mutex);
    stream = event.signaller.lock();
  }
  if (stream != nullptr) hurry(*stream);
}

ze_result_t check_host_use(const ZeEvent& event, const char* function) {
  if (event.pool->host_visible) return ZE_RESULT_SUCCESS;
  return wrong(ZE_RESULT_ERROR_INVALID_SYNCHRONIZATION_OBJECT, "%s of an event that the host does not see", function);
}

// The kind of pool that is wished for: chained in front of the description.
ze_result_t read_chain(const ze_event_pool_desc_t& description, EventPool* out, const char* function) {
  if (description.pNext == nullptr) return ZE_RESULT_SUCCESS;
  const auto* chained = static_cast<const ze_event_pool_counter_based_exp_desc_t*>(description.pNext);
  if (!front()->modern) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: something is chained that the driver does not know", function);
  }
  if (!is_plain(chained, ZE_STRUCTURE_TYPE_COUNTER_BASED_EVENT_POOL_EXP_DESC, "what is chained", function)) {
    return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  }
  if (chained->flags != ZE_EVENT_POOL_COUNTER_BASED_EXP_FLAG_IMMEDIATE) {
    return wrong(ZE_RESULT_ERROR_INVALID_ENUMERATION, "%s: events that count with flags %u", function, chained->flags);
  }
  out->counter_based = true;
  return ZE_RESULT_SUCCESS;
}

}  // namespace

bool is_signalled(ZeEvent& event) {
  const auto ticket = ticket_of(event);
  if (ticket == nullptr) return true;  // one that counts, and was never recorded
  std::lock_guard lock(ticket->mutex);
  return ticket->done;
}

}  // namespace gpu_fake::ze

using namespace gpu_fake;
using namespace gpu_fake::ze;

#define ZE_EVENT(name, handle) ZE_FIND(ZeEvent, name, handle, "event")

namespace halyard::level_zero {

ze_result_t zeEventPoolCreate(ze_context_handle_t context, const ze_event_pool_desc_t* description,
                              uint32_t device_count, ze_device_handle_t* devices, ze_event_pool_handle_t* out) {
  ZE_ENTER();
  ZE_CONTEXT(in, context);
  if (!has_type(description, ZE_STRUCTURE_TYPE_EVENT_POOL_DESC, "the description", __func__)) {
    return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  }
  if (description->count == 0 || (description->flags & ~7u) != 0) {
    return wrong(ZE_RESULT_ERROR_INVALID_SIZE, "%s for %u events with flags %u", __func__, description->count,
                 description->flags);
  }
  auto made = std::make_shared<EventPool>();
  if (const ze_result_t code = read_chain(*description, made.get(), __func__)) return code;
  for (uint32_t i = 0; i < device_count; ++i) {
    ZE_DEVICE(device, devices[i]);
    made->devices.push_back(device);
  }
  made->context = in->any();
  made->owner = in;
  made->count = description->count;
  made->host_visible = (description->flags & ZE_EVENT_POOL_FLAG_HOST_VISIBLE) != 0;
  std::lock_guard lock(machine().mutex);
  *out = static_cast<ze_event_pool_handle_t>(machine().add(made));
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeEventPoolDestroy(ze_event_pool_handle_t pool) {
  ZE_ENTER_RELEASE();
  ZE_FIND(EventPool, found, pool, "event pool");
  std::lock_guard lock(machine().mutex);
  if (!found->used.empty()) misuse(0, "%s: %zu events of it are left", __func__, found->used.size());
  machine().drop(pool);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeEventCreate(ze_event_pool_handle_t pool, const ze_event_desc_t* description, ze_event_handle_t* out) {
  ZE_ENTER();
  ZE_FIND(EventPool, found, pool, "event pool");
  if (!ZE_PLAIN(description, EVENT_DESC)) return ZE_RESULT_ERROR_INVALID_ENUMERATION;
  if (((description->signal | description->wait) & ~7u) != 0) {
    return wrong(ZE_RESULT_ERROR_INVALID_ENUMERATION, "%s with scopes %u and %u", __func__, description->signal,
                 description->wait);
  }
  auto made = std::make_shared<ZeEvent>();
  made->context = found->context;
  made->pool = found;
  made->index = description->index;
  if (!found->counter_based) made->last = std::make_shared<Ticket>();
  std::lock_guard lock(machine().mutex);
  if (made->index >= found->count) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: place %u of a pool for %u", __func__, made->index,
                 found->count);
  }
  if (!found->used.insert(made->index).second) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s: place %u of the pool is taken", __func__, made->index);
  }
  *out = static_cast<ze_event_handle_t>(machine().add(made));
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeEventDestroy(ze_event_handle_t event) {
  ZE_ENTER_RELEASE();
  ZE_EVENT(found, event);
  if (found->signals != 0 || found->waits != 0 || found->host_waits != 0) {
    misuse(0, "%s while %d commands will signal it and %d wait for it, and %d threads", __func__, found->signals.load(),
           found->waits.load(), found->host_waits.load());
  }
  std::lock_guard lock(machine().mutex);
  found->pool->used.erase(found->index);
  machine().drop(event);
  ZE_RETURN_RELEASE(ZE_RESULT_SUCCESS);
}

ze_result_t zeEventHostSignal(ze_event_handle_t event) {
  ZE_ENTER();
  ZE_EVENT(found, event);
  if (found->pool->counter_based) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s of an event that counts", __func__);
  }
  if (is_signalled(*found) || found->signals != 0) misuse(0, "%s of an event that was not reset", __func__);
  signal(*ticket_of(*found));
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeEventHostReset(ze_event_handle_t event) {
  ZE_ENTER();
  ZE_EVENT(found, event);
  if (found->pool->counter_based) {
    return wrong(ZE_RESULT_ERROR_INVALID_ARGUMENT, "%s of an event that counts", __func__);
  }
  if (found->signals != 0 || found->waits != 0 || found->host_waits != 0) {
    misuse(0, "%s while %d commands will signal the event and %d wait for it, and %d threads", __func__,
           found->signals.load(), found->waits.load(), found->host_waits.load());
  }
  std::lock_guard lock(found->mutex);
  found->last = std::make_shared<Ticket>();
  found->signaller.reset();
  return ZE_RESULT_SUCCESS;
}

ze_result_t zeEventQueryStatus(ze_event_handle_t event) {
  ZE_ENTER();
  ZE_EVENT(found, event);
  if (const ze_result_t code = check_host_use(*found, __func__)) return code;
  if (const ze_result_t code = fate(*found)) return code;
  return is_signalled(*found) ? ZE_RESULT_SUCCESS : ZE_RESULT_NOT_READY;
}

ze_result_t zeEventHostSynchronize(ze_event_handle_t event, uint64_t timeout_ns) {
  ZE_ENTER();
  ZE_EVENT(found, event);
  if (const ze_result_t code = check_host_use(*found, __func__)) return code;
  const auto ticket = ticket_of(*found);
  if (ticket == nullptr) return ZE_RESULT_SUCCESS;
  hurry_signaller(*found);
  ++found->host_waits;
  bool done = true;
  {
    std::unique_lock lock(ticket->mutex);
    const auto is_done = [&] { return ticket->done; };
    constexpr uint64_t kLongest = uint64_t{1} << 50;
    done = ticket->changed.wait_for(lock, std::chrono::nanoseconds(std::min(timeout_ns, kLongest)), is_done);
  }
  --found->host_waits;
  if (const ze_result_t code = fate(*found)) return code;
  return done ? ZE_RESULT_SUCCESS : ZE_RESULT_NOT_READY;
}

}  // namespace halyard::level_zero
