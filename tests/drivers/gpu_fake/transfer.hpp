// Copies and fills in a stream, checked before they are queued.
#pragma once

#include "tests/drivers/gpu_fake/stream.hpp"

namespace gpu_fake {

enum class Side { kHost, kDevice, kEither };

struct Copy {
  uintptr_t to = 0, from = 0;
  size_t bytes = 0;
  Side to_side = Side::kEither, from_side = Side::kEither;
  bool peer = false;  // the devices are named: no peer access is needed
};
// One that reads and writes when its turn comes, checked.
int prepare_copy(const Context& context, const Copy& copy, Command* out, const char* function);
// Pageable memory is read before this returns, and written before, too.
int copy(const std::shared_ptr<Stream>& stream, const Copy& copy, const char* function);

// `rows` of `count` elements of `width` bytes, `pitch` bytes apart.
struct Fill {
  uintptr_t to = 0;
  uint32_t value = 0;
  size_t width = 1, count = 0, rows = 1, pitch = 0;
};
int fill(const std::shared_ptr<Stream>& stream, const Fill& fill, const char* function);

// Memory that a device may touch. `*out` is it.
int check_device_range(const Context& context, uintptr_t address, size_t bytes, bool peer, AllocationRef* out,
                       const char* function);

int write_value(const std::shared_ptr<Stream>& stream, uintptr_t address, uint32_t value, const char* function);
int await_value(const std::shared_ptr<Stream>& stream, uintptr_t address, uint32_t value, unsigned flags, uint32_t mask,
                const char* function);

// A host function in the stream. `even_when_lost`: called then, too, with the code (HIP's callbacks).
int call_host(const std::shared_ptr<Stream>& stream, std::function<void(int)> call, bool even_when_lost);

// Allocation and release in a stream's order.
int allocate_in(const std::shared_ptr<Stream>& stream, const std::shared_ptr<Pool>& pool, size_t bytes,
                uintptr_t* address, const char* function);
int free_in(const std::shared_ptr<Stream>& stream, uintptr_t address, const char* function);

// The allocation that begins at `address` and may be freed by a plain call of one of `kinds`.
int free_now(const std::shared_ptr<Context>& context, uintptr_t address, std::initializer_list<MemoryKind> kinds,
             const char* function);

}  // namespace gpu_fake
