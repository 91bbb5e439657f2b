// Fibers over Boost.Context's assembly (make_fcontext, jump_fcontext), which has no run-time dependency and throws
// nothing. A fiber lives as long as its arena and runs one item after another; a switch goes straight from an item to
// the next that is still at work, so a barrier costs one switch an item.
#include "backends/common/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <boost/context/detail/fcontext.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define HALYARD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HALYARD_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define HALYARD_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HALYARD_TSAN 1
#endif
#endif
#if HALYARD_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if HALYARD_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace halyard::host {

using boost::context::detail::fcontext_t;
using boost::context::detail::jump_fcontext;
using boost::context::detail::make_fcontext;
using boost::context::detail::transfer_t;

struct FiberArena::Fiber {
  hy_host_fiber api{};  // first: the kernel hands back its address
  Place place;
  Fiber* next = nullptr;  // ring of the items that are still at work
  Fiber* previous = nullptr;
  uint32_t local[3] = {};
};

// Fibers are made in blocks: one mapping for the stacks, one array for the rest.
struct FiberArena::Block {
  Block* next = nullptr;
  void* mapping = nullptr;
  size_t mapping_bytes = 0;
  Fiber* fibers = nullptr;
  uint32_t count = 0;
};

struct FiberSwitch {
  using Place = FiberArena::Place;

  static void arrive([[maybe_unused]] Place* here, transfer_t from) noexcept {
#if HALYARD_ASAN
    Place* left = static_cast<Place*>(from.data);
    const void* bottom = nullptr;
    size_t bytes = 0;
    __sanitizer_finish_switch_fiber(here == nullptr ? nullptr : here->fake_stack, &bottom, &bytes);
    if (left->stack == nullptr) {  // the thread's own stack, known only now
      left->stack = bottom;
      left->stack_bytes = bytes;
    }
#endif
    static_cast<Place*>(from.data)->context = from.fctx;
  }

  static void go(Place& from, Place& to) noexcept {
#if HALYARD_TSAN
    __tsan_switch_to_fiber(to.sanitizer_fiber, 0);
#endif
#if HALYARD_ASAN
    __sanitizer_start_switch_fiber(&from.fake_stack, to.stack, to.stack_bytes);
#endif
    arrive(&from, jump_fcontext(static_cast<fcontext_t>(to.context), &from));
  }

  // Every fiber's whole life. Who enters a fiber for the first time names it in `entering_`.
  static void main(transfer_t from) noexcept {
    FiberArena& arena = *static_cast<Place*>(from.data)->arena;
    FiberArena::Fiber& self = *arena.entering_;
    arrive(nullptr, from);
    for (;;) {
      arena.kernel_->item(arena.launch_, arena.group_, self.local, &self.api);
      leave(self);
    }
  }

  static void barrier(hy_host_fiber* api) noexcept {
    auto& self = *reinterpret_cast<FiberArena::Fiber*>(api);
    if (self.next != &self) to_fiber(self.place, *self.next);
  }

  // The item is done: out of the ring, and on with the next one or back to the thread.
  static void leave(FiberArena::Fiber& self) noexcept {
    if (self.next == &self) {
      go(self.place, self.place.arena->thread_);
      return;
    }
    self.next->previous = self.previous;
    self.previous->next = self.next;
    to_fiber(self.place, *self.next);
  }

  static void to_fiber(Place& from, FiberArena::Fiber& to) noexcept {
    to.place.arena->entering_ = &to;
    go(from, to.place);
  }
};

FiberArena::~FiberArena() {
  while (blocks_ != nullptr) {
    Block* block = blocks_;
    blocks_ = block->next;
#if HALYARD_TSAN
    for (uint32_t i = 0; i < block->count; ++i) __tsan_destroy_fiber(block->fibers[i].place.sanitizer_fiber);
#endif
#if HALYARD_ASAN
    // What is mapped there next is no stack, and a fiber's last frames were never left.
    __asan_unpoison_memory_region(block->mapping, block->mapping_bytes);
#endif
    munmap(block->mapping, block->mapping_bytes);
    delete[] block->fibers;
    delete block;
  }
  std::free(fibers_);
  std::free(local_);
}

bool FiberArena::add_block(uint32_t count) noexcept {
  const size_t guard = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t stride = kFiberStackBytes + guard;
  auto* list = static_cast<Fiber**>(std::realloc(fibers_, (fiber_count_ + count) * sizeof(Fiber*)));
  if (list == nullptr) return false;
  fibers_ = list;
  auto* block = new (std::nothrow) Block;
  if (block == nullptr) return false;
  block->fibers = new (std::nothrow) Fiber[count];
  block->count = count;
  block->mapping_bytes = stride * count;
  block->mapping = mmap(nullptr, block->mapping_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  bool usable = block->fibers != nullptr && block->mapping != MAP_FAILED;
  auto* base = static_cast<unsigned char*>(block->mapping);
  for (uint32_t i = 0; usable && i < count; ++i) usable = mprotect(base + i * stride, guard, PROT_NONE) == 0;
  if (!usable) {
    if (block->mapping != MAP_FAILED) munmap(block->mapping, block->mapping_bytes);
    delete[] block->fibers;
    delete block;
    return false;
  }
  for (uint32_t i = 0; i < count; ++i) {
    Fiber& fiber = block->fibers[i];
    unsigned char* bottom = base + i * stride + guard;
    // Stacks a whole number of pages apart would meet in the same cache sets; their tops are spread over 4 KiB.
    const size_t bytes = kFiberStackBytes - (i % 16) * 256;
    fiber.api.barrier = FiberSwitch::barrier;
    fiber.place.arena = this;
    fiber.place.stack = bottom;
    fiber.place.stack_bytes = bytes;
    fiber.place.context = make_fcontext(bottom + bytes, bytes, FiberSwitch::main);
#if HALYARD_TSAN
    fiber.place.sanitizer_fiber = __tsan_create_fiber(0);
#endif
    fibers_[fiber_count_++] = &fiber;
  }
  block->next = blocks_;
  blocks_ = block;
  return true;
}

bool FiberArena::reserve(uint32_t fibers, uint64_t local_bytes) noexcept {
  if (fibers > fiber_count_ && !add_block(fibers - fiber_count_)) return false;
  if (local_bytes <= local_bytes_) return true;
  void* memory = nullptr;
  if (posix_memalign(&memory, 64, local_bytes) != 0) return false;
  std::free(local_);
  local_ = static_cast<unsigned char*>(memory);
  local_bytes_ = local_bytes;
  return true;
}

void FiberArena::run_group(const uint32_t workgroup[3], uint32_t items) noexcept {
  uint32_t local[3] = {0, 0, 0};
  for (uint32_t i = 0; i < items; ++i) {
    Fiber& fiber = *fibers_[i];
    fiber.api.local = local_;
    fiber.api.local_cursor = 0;
    fiber.next = fibers_[i + 1 == items ? 0 : i + 1];
    fiber.previous = fibers_[i == 0 ? items - 1 : i - 1];
    std::memcpy(fiber.local, local, sizeof local);
    if (++local[0] == workgroup[0]) {
      local[0] = 0;
      if (++local[1] == workgroup[1]) {
        local[1] = 0;
        ++local[2];
      }
    }
  }
  FiberSwitch::to_fiber(thread_, *fibers_[0]);
}

bool FiberArena::run(const hy_host_kernel& kernel, const hy_host_launch& launch, uint64_t first,
                     uint64_t last) noexcept {
  const uint32_t items = launch.workgroup[0] * launch.workgroup[1] * launch.workgroup[2];
  if (!reserve(items, kernel.local_bytes)) return false;
  kernel_ = &kernel;
  launch_ = &launch;
  thread_ = Place{};
  thread_.arena = this;
#if HALYARD_TSAN
  thread_.sanitizer_fiber = __tsan_get_current_fiber();
#endif
  group_[0] = first % launch.groups[0];
  group_[1] = first / launch.groups[0] % launch.groups[1];
  group_[2] = first / launch.groups[0] / launch.groups[1];
  for (uint64_t i = first; i < last; ++i) {
    run_group(launch.workgroup, items);
    if (++group_[0] == launch.groups[0]) {
      group_[0] = 0;
      if (++group_[1] == launch.groups[1]) {
        group_[1] = 0;
        ++group_[2];
      }
    }
  }
  return true;
}

}  // namespace halyard::host
