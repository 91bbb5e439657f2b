#include "backends/level_zero/context.hpp"

#include <new>
#include <utility>

namespace halyard::level_zero {
namespace {

constexpr int kLookedAt = 4;  // of those that cool, when one is needed

}  // namespace

Context::~Context() {
  while (pools_ != nullptr) discard(std::exchange(pools_, pools_->next));
  if (handle() != nullptr && !wrapped_) ze_.zeContextDestroy(handle());
}

void Context::discard(Pool* pool) noexcept {
  for (const Signal& signal : pool->signals) {
    if (signal.handle != nullptr) ze_.zeEventDestroy(signal.handle);
  }
  if (pool->handle != nullptr) ze_.zeEventPoolDestroy(pool->handle);
  if (pool->stamps != nullptr) ze_.zeMemFree(handle(), pool->stamps);
  delete pool;
}

ze_result_t Context::make() {
  std::lock_guard lock(mutex_);
  if (handle() != nullptr) return ZE_RESULT_SUCCESS;
  ze_context_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_CONTEXT_DESC;
  ze_context_handle_t made = nullptr;
  const ze_result_t code = ze_.zeContextCreate(driver_, &description, &made);
  if (code == ZE_RESULT_SUCCESS) handle_.store(made, std::memory_order_release);
  return code;
}

ze_result_t Context::fill(Pool& pool, bool counted, bool timed) noexcept {
  ze_event_pool_counter_based_exp_desc_t counting{};
  counting.stype = ZE_STRUCTURE_TYPE_COUNTER_BASED_EVENT_POOL_EXP_DESC;
  counting.flags = ZE_EVENT_POOL_COUNTER_BASED_EXP_FLAG_IMMEDIATE;
  ze_event_pool_desc_t description{};
  description.stype = ZE_STRUCTURE_TYPE_EVENT_POOL_DESC;
  description.pNext = counted ? &counting : nullptr;
  description.flags = ZE_EVENT_POOL_FLAG_HOST_VISIBLE;
  description.count = Pool::kEvents;
  ze_host_mem_alloc_desc_t memory{};
  memory.stype = ZE_STRUCTURE_TYPE_HOST_MEM_ALLOC_DESC;
  ze_result_t code = ze_.zeEventPoolCreate(handle(), &description, 0, nullptr, &pool.handle);  // for all devices
  if (code == ZE_RESULT_SUCCESS && timed)
    code = ze_.zeMemAllocHost(handle(), &memory, Pool::kEvents * sizeof(uint64_t), sizeof(uint64_t), &pool.stamps);
  for (uint32_t i = 0; i < Pool::kEvents && code == ZE_RESULT_SUCCESS; ++i) {
    ze_event_desc_t event{};
    event.stype = ZE_STRUCTURE_TYPE_EVENT_DESC;
    event.index = i;
    event.signal = event.wait = ZE_EVENT_SCOPE_FLAG_HOST;
    code = ze_.zeEventCreate(pool.handle, &event, &pool.signals[i].handle);
    pool.signals[i].counted = counted;
    if (timed) pool.signals[i].stamp = static_cast<uint64_t*>(pool.stamps) + i;
  }
  return code;
}

// All of a pool or nothing: a driver that fails half way is not asked for the other half.
ze_result_t Context::make_more(bool counted, bool timed) noexcept {
  auto* pool = new (std::nothrow) Pool;
  if (pool == nullptr) return ZE_RESULT_ERROR_OUT_OF_HOST_MEMORY;
  const ze_result_t code = fill(*pool, counted, timed);
  if (code != ZE_RESULT_SUCCESS) {
    discard(pool);
    return code;
  }
  pool->next = std::exchange(pools_, pool);
  for (Signal& signal : pool->signals) put_free(&signal);
  return code;
}

bool Context::is_reached(const Signal& signal) const noexcept {
  return ze_.zeEventQueryStatus(signal.handle) == ZE_RESULT_SUCCESS;
}

void Context::put_free(Signal* signal) noexcept {
  Signal*& first = free_[kind(*signal)];
  signal->next = first;
  first = signal;
}

bool Context::reuse(Signal* signal) noexcept {
  if (!is_reached(*signal)) return false;
  for (const Signal* pass = signal->passes; pass != nullptr; pass = pass->next) {
    if (!is_reached(*pass)) return false;
  }
  if (!signal->counted && ze_.zeEventHostReset(signal->handle) != ZE_RESULT_SUCCESS) return false;
  while (signal->passes != nullptr) {
    Signal* const pass = signal->passes;
    signal->passes = pass->next;
    // Nobody waits for it but this. One that can't be reset is left alone.
    if (pass->counted || ze_.zeEventHostReset(pass->handle) == ZE_RESULT_SUCCESS) put_free(pass);
  }
  return true;
}

ze_result_t Context::take(bool counted, bool timed, Signal** out) noexcept {
  std::lock_guard lock(mutex_);
  Signal*& unused = free_[kind(counted, timed)];
  Queue& cooling = cooling_[kind(counted, timed)];
  for (int i = 0; i < kLookedAt && unused == nullptr && cooling.first != nullptr; ++i) {
    Signal* const oldest = cooling.first;
    cooling.first = oldest->next;
    if (reuse(oldest)) {
      put_free(oldest);
    } else {
      put_cooling(oldest);
    }
  }
  if (unused == nullptr) {
    const ze_result_t code = make_more(counted, timed);
    if (code != ZE_RESULT_SUCCESS) return code;
  }
  *out = unused;
  unused = unused->next;
  return ZE_RESULT_SUCCESS;
}

void Context::put_cooling(Signal* signal) noexcept {
  Queue& queue = cooling_[kind(*signal)];
  signal->next = nullptr;
  (queue.first == nullptr ? queue.first : queue.last->next) = signal;
  queue.last = signal;
}

void Context::give_back(Signal* signal) noexcept {
  std::lock_guard lock(mutex_);
  if (signal->counted && signal->stamp == nullptr) {
    put_free(signal);
  } else {
    put_cooling(signal);
  }
}

void Context::give_back_unused(Signal* signal) noexcept {
  std::lock_guard lock(mutex_);
  put_free(signal);
}

void Context::add_pass(Signal* signal, Signal* pass) noexcept {
  std::lock_guard lock(mutex_);
  pass->next = signal->passes;
  signal->passes = pass;
}

}  // namespace halyard::level_zero
