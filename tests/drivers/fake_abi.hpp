// Whether a function that a fake exports has the shape of the vendor's: as many parameters, each passed the same way.
#pragma once

#include <cstddef>
#include <type_traits>

namespace halyard::test {

// Pointers are passed alike whatever they point to; integers and enumerations when they have the same size.
template <class Ours, class Theirs>
constexpr bool same_passing() {
  if constexpr (std::is_void_v<Ours> || std::is_void_v<Theirs>) {
    return std::is_void_v<Ours> && std::is_void_v<Theirs>;
  } else if constexpr (std::is_floating_point_v<Ours> || std::is_floating_point_v<Theirs>) {
    return std::is_same_v<Ours, Theirs>;
  } else {
    constexpr bool ours = std::is_pointer_v<Ours> || std::is_integral_v<Ours> || std::is_enum_v<Ours>;
    constexpr bool theirs = std::is_pointer_v<Theirs> || std::is_integral_v<Theirs> || std::is_enum_v<Theirs>;
    return ours && theirs && sizeof(Ours) == sizeof(Theirs) && (!std::is_pointer_v<Ours> || std::is_pointer_v<Theirs>);
  }
}

template <class Ours, class Theirs>
struct SameShape : std::false_type {};
template <class R1, class... A1, class R2, class... A2>
struct SameShape<R1(A1...), R2(A2...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(A1) == sizeof...(A2)) {
      return same_passing<R1, R2>() && (same_passing<A1, A2>() && ...);
    } else {
      return false;
    }
  }();
};

}  // namespace halyard::test
