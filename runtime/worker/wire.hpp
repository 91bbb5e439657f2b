// A list of texts as bytes: each its length (8 bytes, little-endian) and its bytes. What the worker and the host say to
// each other, and how composite cache entries are written. Reading trusts no length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace halyard::worker {

class WireWriter {
 public:
  void text(std::string_view value) {
    number(value.size());
    bytes_ += value;
  }
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i));
  }
  const std::string& bytes() const noexcept { return bytes_; }

 private:
  std::string bytes_;
};

// Once something did not fit, everything after is empty and complete() is false.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) noexcept : rest_(bytes) {}

  std::uint64_t number() noexcept {
    if (rest_.size() < 8) return failed();
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(rest_[static_cast<std::size_t>(i)])} << (8 * i);
    rest_.remove_prefix(8);
    return value;
  }
  std::string_view text() noexcept {
    const std::uint64_t bytes = number();
    if (bytes > rest_.size()) {
      failed();
      return {};
    }
    const std::string_view value = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return value;
  }
  // All was there, and nothing more.
  bool complete() const noexcept { return good_ && rest_.empty(); }

 private:
  std::uint64_t failed() noexcept {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

}  // namespace halyard::worker
