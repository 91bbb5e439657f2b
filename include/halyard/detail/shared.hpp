// The owner of a counted C handle, which the C++ classes that are counted handles hold.
#pragma once

#include <utility>

namespace halyard::detail {

// Counted and released C objects: one owner type for all of them.
template <class T, void (*Retain)(T*), void (*Release)(T*)>
class Shared {
 public:
  Shared() noexcept = default;
  explicit Shared(T* adopted) noexcept : handle_(adopted) {}
  Shared(const Shared& other) noexcept : handle_(other.handle_) {
    if (handle_ != nullptr) Retain(handle_);
  }
  Shared(Shared&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Shared& operator=(Shared other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Shared() {
    if (handle_ != nullptr) Release(handle_);
  }
  [[nodiscard]] T* get() const noexcept { return handle_; }

 private:
  T* handle_ = nullptr;
};

}  // namespace halyard::detail
