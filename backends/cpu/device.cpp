// The device's memory, and its streams.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "backends/common/transfer.hpp"
#include "backends/cpu/cpu.hpp"
#include "halyard/detail/error.hpp"

namespace halyard::cpu {
namespace {

constexpr uint64_t kHugePage = 2u << 20;
constexpr uint64_t kMapAbove = 4u << 20;    // larger allocations are mappings of their own, in huge pages
constexpr uint64_t kAskAbove = 256u << 20;  // larger ones must fit what is free: the system would only kill us later
constexpr uint64_t kBaseAlignment = 64;
constexpr uint64_t kWideAlignment = 4096;  // of allocations that large or larger

uint64_t page_bytes() noexcept {  // 64 KiB on some machines
  static const auto bytes = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return bytes;
}

uint64_t mapped_bytes(uint64_t bytes) noexcept { return (bytes + page_bytes() - 1) / page_bytes() * page_bytes(); }

// False where the process has as many mappings as the system allows, since cutting one makes two.
bool unmap(uintptr_t begin, uintptr_t end) noexcept {
  return begin == end || munmap(reinterpret_cast<void*>(begin), end - begin) == 0;
}

// A mapping that begins at a huge page's border, so that the system can back all of it with huge pages.
void* map_huge(uint64_t bytes) noexcept {
  const uint64_t wanted = mapped_bytes(bytes);
  void* base = mmap(nullptr, wanted + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) return nullptr;
  const auto begin = reinterpret_cast<uintptr_t>(base);
  const uintptr_t aligned = (begin + kHugePage - 1) / kHugePage * kHugePage;
  const uintptr_t end = begin + wanted + kHugePage;
  if (!unmap(begin, aligned)) {
    unmap(begin, end);
    return nullptr;
  }
  if (!unmap(aligned + wanted, end)) {
    unmap(aligned, end);
    return nullptr;
  }
  auto* memory = reinterpret_cast<void*>(aligned);
  madvise(memory, wanted, MADV_HUGEPAGE);
  return memory;
}

unsigned char* at(const hy_b_memory& memory, uint64_t offset) noexcept {
  return static_cast<unsigned char*>(memory.object) + offset;
}

}  // namespace

hy_status Device::allocate(hy_memory_kind kind, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  if (bytes > static_cast<uint64_t>(PTRDIFF_MAX) - 2 * kHugePage) {
    return fail(error, HY_OUT_OF_MEMORY, "%llu bytes are more than the address space",
                static_cast<unsigned long long>(bytes));
  }
  const Memory available = bytes >= kAskAbove ? usable_memory(host_) : Memory{};
  void* memory = nullptr;
  if (available.free == 0 || bytes <= available.free) {
    if (bytes >= kMapAbove) {
      memory = map_huge(bytes);
    } else if (posix_memalign(&memory, bytes >= kWideAlignment ? kWideAlignment : kBaseAlignment, bytes) != 0) {
      memory = nullptr;
    }
  }
  if (memory == nullptr) {
    const Memory now = available.total != 0 ? available : usable_memory(host_);
    return fail(error, HY_OUT_OF_MEMORY, "no %.1f MiB of host memory: %.1f of %.1f MiB are free",
                static_cast<double>(bytes) / 1048576.0, static_cast<double>(now.free) / 1048576.0,
                static_cast<double>(now.total) / 1048576.0);
  }
  *out = hy_b_memory{memory, reinterpret_cast<uintptr_t>(memory), memory, bytes, kind, 0};
  return HY_OK;
}

void Device::free(hy_b_memory* memory) noexcept {
  if (memory->wrapped != 0 || memory->object == nullptr) return;
  if (memory->bytes >= kMapAbove) {
    const uint64_t bytes = mapped_bytes(memory->bytes);
    if (munmap(memory->object, bytes) != 0) madvise(memory->object, bytes, MADV_DONTNEED);  // at least the pages go
  } else {
    std::free(memory->object);
  }
}

hy_status Device::memory(uint64_t* free_bytes, uint64_t* total_bytes, hy_error*) {
  const Memory now = usable_memory(host_);
  *free_bytes = now.free;
  *total_bytes = now.total;
  return HY_OK;
}

hy_status Device::memory_native(const hy_b_memory& memory, hy_native* out, hy_error*) {
  *out = hy_native{HY_NATIVE_HOST_POINTER, 0, {reinterpret_cast<uintptr_t>(memory.object), 0}};
  return HY_OK;
}

hy_status Device::wrap_memory(const hy_native& native, uint64_t bytes, hy_b_memory* out, hy_error* error) {
  if (native.kind != HY_NATIVE_HOST_POINTER && native.kind != HY_NATIVE_DEVICE_POINTER) {
    return fail(error, HY_INVALID_ARGUMENT,
                "the cpu device wraps host pointers (HY_NATIVE_HOST_POINTER), not native kind %u", native.kind);
  }
  if (native.handle[0] == 0) return fail(error, HY_INVALID_ARGUMENT, "the pointer to wrap is null");
  auto* pointer = reinterpret_cast<void*>(static_cast<uintptr_t>(native.handle[0]));
  *out = hy_b_memory{pointer, native.handle[0], pointer, bytes, HY_MEMORY_SHARED, 1};
  return HY_OK;
}

hy_status Device::create_stream(hy_stream_flags, Stream** out, hy_error* error) {
  hy_status status = executor_->start(error);
  if (status != HY_OK) return status;
  host::Queue* queue = nullptr;
  status = host::Queue::create(*executor_, &queue, error);
  if (status != HY_OK) return status;
  *out = new (std::nothrow) Stream(*queue);
  if (*out != nullptr) return HY_OK;
  queue->release();
  return fail(error, HY_OUT_OF_MEMORY, "the host is out of memory");
}

Stream::~Stream() {
  queue_.wait(queue_.submitted(), UINT64_MAX, nullptr);
  queue_.release();
}

hy_status Stream::synchronize(uint64_t timeout_ns, hy_error* error) {
  return queue_.wait(queue_.submitted(), timeout_ns, error);
}

hy_status Stream::wait(host::Point& point, hy_error* error) { return queue_.wait_for(point, error); }

hy_status Stream::record(hy_point_flags flags, host::Point** out, hy_error* error) {
  return queue_.record((flags & HY_POINT_TIMED) != 0, out, error);
}

hy_status Stream::host_function(hy_host_fn fn, void* user, hy_error* error) {
  return queue_.host_function(fn, user, error);
}

hy_status Stream::write(const hy_b_memory& to, uint64_t offset, const void* from, uint64_t bytes, hy_copy_mode mode,
                        hy_error* error) {
  return host::copy(queue_, at(to, offset), from, bytes, mode == HY_COPY_WAIT, error);
}

hy_status Stream::read(void* to, const hy_b_memory& from, uint64_t offset, uint64_t bytes, hy_copy_mode mode,
                       hy_error* error) {
  return host::copy(queue_, to, at(from, offset), bytes, mode == HY_COPY_WAIT, error);
}

hy_status Stream::copy(const hy_b_memory& to, uint64_t to_offset, const hy_b_memory& from, uint64_t from_offset,
                       uint64_t bytes, hy_error* error) {
  return host::copy(queue_, at(to, to_offset), at(from, from_offset), bytes, false, error);
}

hy_status Stream::fill(const hy_b_memory& to, uint64_t offset, uint64_t bytes, const void* pattern,
                       uint32_t pattern_bytes, hy_error* error) {
  return host::fill(queue_, at(to, offset), bytes, pattern, pattern_bytes, error);
}

}  // namespace halyard::cpu
