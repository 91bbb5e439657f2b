#include "tests/drivers/gpu_fake/transfer.hpp"

#include <algorithm>
#include <cstring>

namespace gpu_fake {

int check_device_range(const Context& context, uintptr_t address, size_t bytes, bool peer, AllocationRef* out,
                       const char* function) {
  *out = machine().memory.find(address, bytes);
  const auto* p = reinterpret_cast<void*>(address);
  if (*out == nullptr) {
    return misuse(kInvalidValue, "%s: %zu bytes at %p are not within an allocation", function, bytes, p);
  }
  if ((*out)->given_back) return misuse(kInvalidValue, "%s: %p was given back", function, p);
  if (!peer && !reaches(context, **out)) {
    return misuse(kInvalidValue, "%s: %p is memory of another context", function, p);
  }
  return kSuccess;
}

namespace {

// Memory that the host may touch: pinned (then `*out` is it) or pageable.
int check_host_range(uintptr_t address, size_t bytes, AllocationRef* out, const char* function) {
  const auto* p = reinterpret_cast<void*>(address);
  *out = machine().memory.find(address, 0);
  if (*out != nullptr && (*out)->kind == MemoryKind::kDevice && address < (*out)->base + (*out)->bytes) {
    return misuse(kInvalidValue, "%s: %p is device memory, and host memory is meant", function, p);
  }
  if (*out != nullptr && address == (*out)->base + (*out)->bytes) *out = nullptr;  // what follows it is another's
  if (*out != nullptr && machine().memory.find(address, bytes) == nullptr) {
    return misuse(kInvalidValue, "%s: %zu bytes at %p reach beyond pinned memory", function, bytes, p);
  }
  if (*out != nullptr && (*out)->given_back) return misuse(kInvalidValue, "%s: %p was given back", function, p);
  if (*out == nullptr && !is_readable(p, bytes)) {
    return misuse(kInvalidValue, "%s: %zu bytes of host memory at %p cannot be read", function, bytes, p);
  }
  return kSuccess;
}

int check_side(const Context& context, uintptr_t address, size_t bytes, Side side, bool peer, AllocationRef* out,
               const char* function) {
  if (side == Side::kEither) side = machine().memory.find(address, 0) != nullptr ? Side::kDevice : Side::kHost;
  return side == Side::kDevice ? check_device_range(context, address, bytes, peer, out, function)
                               : check_host_range(address, bytes, out, function);
}

void set_elements(char* to, uint32_t value, size_t width, size_t count) {
  for (size_t i = 0; i < count; ++i) std::memcpy(to + i * width, &value, width);
}

int check_word(const Context& context, uintptr_t address, AllocationRef* out, const char* function) {
  if (address % 4 != 0) return misuse(kInvalidValue, "%s: the address is not a multiple of 4", function);
  return check_device_range(context, address, 4, false, out, function);
}

}  // namespace

namespace {

int check_copy(const Context& context, const Copy& c, AllocationRef* to, AllocationRef* from, Command* out,
               const char* function) {
  if (const int code = check_side(context, c.to, c.bytes, c.to_side, c.peer, to, function)) return code;
  if (const int code = check_side(context, c.from, c.bytes, c.from_side, c.peer, from, function)) return code;
  for (const AllocationRef& used : {*to, *from}) {
    if (used != nullptr) out->uses.push_back(used);
  }
  return kSuccess;
}

}  // namespace

int prepare_copy(const Context& context, const Copy& c, Command* out, const char* function) {
  AllocationRef to, from;
  if (const int code = check_copy(context, c, &to, &from, out, function)) return code;
  out->run = [c] {
    std::memmove(reinterpret_cast<void*>(c.to), reinterpret_cast<const char*>(c.from), c.bytes);
    return 0;
  };
  return kSuccess;
}

int copy(const std::shared_ptr<Stream>& stream, const Copy& c, const char* function) {
  AllocationRef to, from;
  if (c.bytes == 0) return stream->context->lost;
  Command command;
  if (const int code = check_copy(*stream->context, c, &to, &from, &command, function)) return code;
  auto staged = std::make_shared<std::string>();
  if (from == nullptr) staged->assign(reinterpret_cast<const char*>(c.from), c.bytes);
  command.run = [c, staged, pageable = from == nullptr] {
    std::memmove(reinterpret_cast<void*>(c.to), pageable ? staged->data() : reinterpret_cast<const char*>(c.from),
                 c.bytes);
    return 0;
  };
  if (const int code = submit(stream, std::move(command))) return code;
  return to == nullptr ? synchronize(*stream) : static_cast<int>(kSuccess);
}

int fill(const std::shared_ptr<Stream>& stream, const Fill& f, const char* function) {
  if (f.count == 0 || f.rows == 0) return stream->context->lost;
  if (f.to % f.width != 0 || (f.rows > 1 && (f.pitch % f.width != 0 || f.pitch < f.count * f.width))) {
    return misuse(kInvalidValue, "%s: address or pitch does not fit elements of %zu bytes", function, f.width);
  }
  Command command;
  command.uses.resize(1);
  const size_t bytes = (f.rows - 1) * f.pitch + f.count * f.width;
  if (const int code = check_device_range(*stream->context, f.to, bytes, false, &command.uses[0], function))
    return code;
  command.run = [f] {
    for (size_t row = 0; row < f.rows; ++row) {
      set_elements(reinterpret_cast<char*>(f.to) + row * f.pitch, f.value, f.width, f.count);
    }
    return 0;
  };
  return submit(stream, std::move(command));
}

int write_value(const std::shared_ptr<Stream>& stream, uintptr_t address, uint32_t value, const char* function) {
  Command command;
  command.uses.resize(1);
  if (const int code = check_word(*stream->context, address, &command.uses[0], function)) return code;
  command.run = [address, value] {
    __atomic_store_n(reinterpret_cast<uint32_t*>(address), value, __ATOMIC_RELEASE);
    return 0;
  };
  return submit(stream, std::move(command));
}

int await_value(const std::shared_ptr<Stream>& stream, uintptr_t address, uint32_t value, unsigned flags, uint32_t mask,
                const char* function) {
  AllocationRef memory;
  if (const int code = check_word(*stream->context, address, &memory, function)) return code;
  return wait_value(stream, memory, address, value, flags, mask);
}

int call_host(const std::shared_ptr<Stream>& stream, std::function<void(int)> call, bool even_when_lost) {
  Command command;
  command.always = even_when_lost;
  Context* context = stream->context.get();
  command.run = [call = std::move(call), context] {
    inside_host_function = true;
    call(context->lost);
    inside_host_function = false;
    return 0;
  };
  return submit(stream, std::move(command));
}

int allocate_in(const std::shared_ptr<Stream>& stream, const std::shared_ptr<Pool>& pool, size_t bytes,
                uintptr_t* address, const char* function) {
  if (bytes == 0) return misuse(kInvalidValue, "%s of 0 bytes", function);
  const AllocationRef made = allocate_device(stream->context, bytes, pool);
  if (made == nullptr) return kOutOfMemory;
  made->ready = false;
  Command command;
  command.always = true;
  command.run = [made] {
    made->ready = true;
    return 0;
  };
  *address = made->base;
  return submit(stream, std::move(command));
}

int free_in(const std::shared_ptr<Stream>& stream, uintptr_t address, const char* function) {
  const AllocationRef found = machine().memory.find_base(address);
  const auto* p = reinterpret_cast<void*>(address);
  if (found == nullptr) return misuse(kInvalidValue, "%s: %p begins no allocation", function, p);
  if (found->kind != MemoryKind::kDevice) return misuse(kInvalidValue, "%s: %p is no device memory", function, p);
  if (found->given_back.exchange(true)) return misuse(kInvalidValue, "%s: %p was given back already", function, p);
  Command command;
  command.always = true;
  command.run = [found, function] {
    release_memory(found, function);
    return 0;
  };
  submit(stream, std::move(command));
  return stream->context->lost;
}

int free_now(const std::shared_ptr<Context>& context, uintptr_t address, std::initializer_list<MemoryKind> kinds,
             const char* function) {
  const AllocationRef found = machine().memory.find_base(address);
  const auto* p = reinterpret_cast<void*>(address);
  if (found == nullptr) return misuse(kInvalidValue, "%s: %p begins no allocation", function, p);
  if (std::find(kinds.begin(), kinds.end(), found->kind) == kinds.end()) {
    return misuse(kInvalidValue, "%s: %p is memory of another kind", function, p);
  }
  if (context != nullptr && found->context != context->number && found->kind == MemoryKind::kDevice) {
    return misuse(kInvalidValue, "%s: %p is memory of another context", function, p);
  }
  if (found->given_back.exchange(true)) return misuse(kInvalidValue, "%s: %p was given back already", function, p);
  release_memory(found, function);
  return kSuccess;
}

}  // namespace gpu_fake
