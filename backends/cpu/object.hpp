// A shared object with kernels, loaded from bytes: from memory where the system lets memory be executed, else through a
// file in a private folder.
#pragma once

#include <cstdint>

#include "halyard/backend.h"
#include "halyard/host_kernel.h"

namespace halyard::cpu {

class SharedObject {
 public:
  SharedObject() = default;
  ~SharedObject();
  SharedObject(SharedObject&& other) noexcept : handle_(other.handle_), descriptor_(other.descriptor_) {
    other.handle_ = nullptr;
    other.descriptor_ = -1;
  }
  SharedObject& operator=(SharedObject&&) = delete;

  // HY_CORRUPT_ARTIFACT: no shared object for this processor, or cut off; HY_UNAVAILABLE: the system will not load it.
  hy_status load(const hy_host& host, const void* data, uint64_t bytes, hy_error* error);

  // The image that it exports; HY_CORRUPT_ARTIFACT when there is none.
  hy_status image(const hy_host_image** out, hy_error* error) const;

 private:
  bool load_from_memory(const void* data, uint64_t bytes);
  hy_status load_from_file(const hy_host& host, const void* data, uint64_t bytes, hy_error* error);

  void* handle_ = nullptr;
  int descriptor_ = -1;  // of the memory file, kept so that its name stays its own
};

// Whether `data` is a whole ELF shared object for this architecture; on failure the reason.
const char* elf_problem(const void* data, uint64_t bytes) noexcept;

}  // namespace halyard::cpu
