// How many work-items a launch has: by items (the library makes as many workgroups as cover them; the kernel checks its
// bounds) or by workgroups, and optionally how large a workgroup is.
#pragma once

#include <concepts>
#include <cstdint>

#include "halyard/halyard.h"

namespace halyard {

/** The extent of a launch, as hy_launch() takes it. Made from Items or Groups, implicitly. */
class Grid {
 public:
  constexpr explicit Grid(const hy_grid& native) noexcept : native_(native) {}
  [[nodiscard]] constexpr const hy_grid& native() const noexcept { return native_; }

 private:
  hy_grid native_;
};

namespace detail {

// What Items and Groups share: an extent of up to three dimensions and the workgroup's size, zeros where not said.
template <class Self>
class Extent {
 public:
  /** Fixes the workgroup's size. Leave it out for a kernel whose source fixes it, or to let the library choose. */
  [[nodiscard]] constexpr Self in(std::uint32_t x, std::uint32_t y = 1, std::uint32_t z = 1) const noexcept {
    Self copy = static_cast<const Self&>(*this);
    copy.workgroup_[0] = x;
    copy.workgroup_[1] = y;
    copy.workgroup_[2] = z;
    return copy;
  }

 protected:
  constexpr Extent(std::uint64_t x, std::uint64_t y, std::uint64_t z) noexcept : extent_{x, y, z} {}

  std::uint64_t extent_[3];
  std::uint32_t workgroup_[3] = {0, 0, 0};
};

}  // namespace detail

/** `Items{n}`, `Items{width, height}`, `Items{x, y, z}.in(8, 8, 4)`: at least so many work-items. 0 launches nothing.
 */
class Items : public detail::Extent<Items> {
 public:
  template <std::integral X, std::integral Y = int, std::integral Z = int>
  constexpr explicit Items(X x, Y y = 1, Z z = 1) noexcept
      : Extent(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y), static_cast<std::uint64_t>(z)) {}
  constexpr operator Grid() const noexcept {
    return Grid(hy_grid{.groups = {0, 0, 0},
                        .items = {extent_[0], extent_[1], extent_[2]},
                        .workgroup = {workgroup_[0], workgroup_[1], workgroup_[2]},
                        .reserved = 0});
  }
};

/** `Groups{n}`, `Groups{x, y, z}.in(256)`: exactly so many workgroups. 0 launches nothing. */
class Groups : public detail::Extent<Groups> {
 public:
  template <std::integral X, std::integral Y = int, std::integral Z = int>
  constexpr explicit Groups(X x, Y y = 1, Z z = 1) noexcept
      : Extent(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y), static_cast<std::uint64_t>(z)) {}
  constexpr operator Grid() const noexcept {
    return Grid(hy_grid{.groups = {extent_[0], extent_[1], extent_[2]},
                        .items = {0, 0, 0},
                        .workgroup = {workgroup_[0], workgroup_[1], workgroup_[2]},
                        .reserved = 0});
  }
};

}  // namespace halyard
