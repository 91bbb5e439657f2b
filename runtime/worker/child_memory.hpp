// The memory that the supervisor and the child use: stacks, Supervision, and copies of all strings, so that the
// caller's may go even if the child had to be given up.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <new>

#include "halyard/backend.h"
#include "runtime/worker/supervisor.hpp"

namespace halyard::worker {

class ChildMemory {
 public:
  ChildMemory() = default;
  ChildMemory(const ChildMemory&) = delete;
  ChildMemory& operator=(const ChildMemory&) = delete;
  ~ChildMemory() {
    if (base_ != nullptr && !abandoned_) munmap(base_, bytes_);
  }
  bool make(const hy_child_request& request) noexcept {
    const char* const* envp = request.envp != nullptr ? request.envp : const_cast<const char* const*>(::environ);
    std::uint64_t text_bytes = list_bytes(request.argv) + list_bytes(envp);
    const std::uint64_t directory_bytes = request.directory == nullptr ? 0 : strlen(request.directory) + 1;
    text_bytes += directory_bytes;
    bytes_ = kSupervisorStackBytes + kChildStackBytes + sizeof(Supervision) + text_bytes + 64;
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) return false;
    base_ = static_cast<char*>(memory);
    char* cursor = base_ + kSupervisorStackBytes + kChildStackBytes;
    told_ = new (cursor) Supervision;
    cursor += sizeof(Supervision);
    told_->argv = copy_list(request.argv, &cursor);
    told_->envp = copy_list(envp, &cursor);
    if (directory_bytes != 0) told_->directory = static_cast<char*>(memcpy(cursor, request.directory, directory_bytes));
    told_->child_stack_top = base_ + kChildStackBytes;
    return true;
  }
  void* supervisor_stack_top() const noexcept { return base_ + kChildStackBytes + kSupervisorStackBytes; }
  // After make() alone.
  Supervision& told() const noexcept { return *told_; }  // NOLINT(clang-analyzer-core.uninitialized.UndefReturn)
  void abandon() noexcept { abandoned_ = true; }

 private:
  static std::uint64_t list_bytes(const char* const* list) noexcept {
    std::uint64_t bytes = sizeof(char*) * 2;
    for (; list != nullptr && *list != nullptr; ++list) bytes += sizeof(char*) + strlen(*list) + 1;
    return bytes;
  }
  static const char* const* copy_list(const char* const* list, char** cursor) noexcept {
    std::uint64_t count = 0;
    while (list != nullptr && list[count] != nullptr) ++count;
    const std::uintptr_t start = (reinterpret_cast<std::uintptr_t>(*cursor) + 7) & ~std::uintptr_t{7};
    const char** copy = reinterpret_cast<const char**>(start);
    char* text = reinterpret_cast<char*>(copy + count + 1);
    for (std::uint64_t i = 0; i < count; ++i) {
      copy[i] = text;
      const std::uint64_t bytes = strlen(list[i]) + 1;
      memcpy(text, list[i], bytes);
      text += bytes;
    }
    copy[count] = nullptr;
    *cursor = text;
    return copy;
  }

  char* base_ = nullptr;
  Supervision* told_ = nullptr;
  std::uint64_t bytes_ = 0;
  bool abandoned_ = false;
};

}  // namespace halyard::worker
