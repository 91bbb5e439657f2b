// SHA-256 (FIPS 180-4): names cache entries and guards bundles and cache files against damage.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace halyard::kernels {

using Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256() noexcept;
  void add(const void* data, std::size_t bytes) noexcept;
  Digest finish() noexcept;

  // A part of a key: its length goes in first, so that ("ab", "c") and ("a", "bc") differ.
  void part(std::string_view text) noexcept;

 private:
  void block(const std::uint8_t* data) noexcept;

  std::array<std::uint32_t, 8> state_;
  std::array<std::uint8_t, 64> pending_;
  std::size_t pending_bytes_ = 0;
  std::uint64_t total_bytes_ = 0;
};

Digest sha256(const void* data, std::size_t bytes) noexcept;
std::string hex(const Digest& digest);

}  // namespace halyard::kernels
