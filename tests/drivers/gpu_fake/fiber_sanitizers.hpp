// Switching between a thread and its fibers over Boost.Context's assembly, with what the sanitizers want to be told.
#pragma once

#include <boost/context/detail/fcontext.hpp>
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define GPU_FAKE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GPU_FAKE_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define GPU_FAKE_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GPU_FAKE_TSAN 1
#endif
#endif
#if GPU_FAKE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if GPU_FAKE_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace gpu_fake {

// A place where a thread of control was left, to go on from there.
struct SwitchPoint {
  void* context = nullptr;
  const void* mapping = nullptr;
  void* sanitizer_fiber = nullptr;  // of ThreadSanitizer
  void* fake_stack = nullptr;       // of AddressSanitizer
  const void* stack = nullptr;
  size_t stack_bytes = 0;
};

inline void enter_thread([[maybe_unused]] SwitchPoint* point) {
#if GPU_FAKE_TSAN
  point->sanitizer_fiber = __tsan_get_current_fiber();
#endif
}

// Before a stack is unmapped: what is mapped there next is no stack, and a fiber's last frames were never left.
inline void forget_stack(const void* mapping, size_t bytes) {
#if GPU_FAKE_ASAN
  __asan_unpoison_memory_region(mapping, bytes);
#else
  (void)mapping, (void)bytes;
#endif
}

inline void made_point(SwitchPoint* point, const void* stack, size_t bytes) {
  point->stack = stack;
  point->stack_bytes = bytes;
#if GPU_FAKE_TSAN
  point->sanitizer_fiber = __tsan_create_fiber(0);
#endif
}

inline void destroy_point([[maybe_unused]] SwitchPoint* point) {
#if GPU_FAKE_TSAN
  __tsan_destroy_fiber(point->sanitizer_fiber);
#endif
}

inline void arrive([[maybe_unused]] SwitchPoint* here, boost::context::detail::transfer_t from) {
  auto* left = static_cast<SwitchPoint*>(from.data);
#if GPU_FAKE_ASAN
  const void* bottom = nullptr;
  size_t bytes = 0;
  __sanitizer_finish_switch_fiber(here == nullptr ? nullptr : here->fake_stack, &bottom, &bytes);
  if (left->stack == nullptr) {  // the thread's own stack, known only now
    left->stack = bottom;
    left->stack_bytes = bytes;
  }
#endif
  left->context = from.fctx;
}

inline void go(SwitchPoint* from, SwitchPoint* to) {
#if GPU_FAKE_TSAN
  __tsan_switch_to_fiber(to->sanitizer_fiber, 0);
#endif
#if GPU_FAKE_ASAN
  __sanitizer_start_switch_fiber(&from->fake_stack, to->stack, to->stack_bytes);
#endif
  arrive(from, boost::context::detail::jump_fcontext(to->context, from));
}

}  // namespace gpu_fake
