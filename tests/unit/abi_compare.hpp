// Compares declarations of our own with a vendor's: whether a function's type says the same, parameter by parameter,
// and which rows of a list the vendor's header (older than the list) does not have.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
#include <vector>

namespace halyard::test {

// What a test finds under a vendor's name that the header lacks. The header is included in a namespace of its own,
// inside one where every name of our lists is a Missing; so the vendor's is found first where there is one.
struct Missing {
  int unused = 0;
};

// True for the pairs (our struct or enum, the vendor's) that a test declares to be the same thing.
template <typename Ours, typename Theirs>
inline constexpr bool kPaired = false;

template <typename Ours, typename Theirs>
constexpr bool same();

template <typename Ours, typename Theirs>
struct SameFunction : std::false_type {};
template <typename R, typename... P, typename S, typename... Q>
struct SameFunction<R(P...), S(Q...)> {
  static constexpr bool value = [] {
    if constexpr (sizeof...(P) == sizeof...(Q)) {
      return same<R, S>() && (same<P, Q>() && ...);
    } else {
      return false;
    }
  }();
};

// The same to a caller of a C function: pairs, integers of one size and sign, pointers to the same. What is const is
// not passed otherwise, and versions of one header differ in it.
template <typename Ours, typename Theirs>
constexpr bool same() {
  if constexpr (std::is_same_v<Ours, Theirs>) {
    return true;
  } else if constexpr (std::is_const_v<Ours> || std::is_const_v<Theirs>) {
    return same<std::remove_const_t<Ours>, std::remove_const_t<Theirs>>();
  } else if constexpr (std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>) {
    return same<std::remove_pointer_t<Ours>, std::remove_pointer_t<Theirs>>();
  } else if constexpr (std::is_function_v<Ours> && std::is_function_v<Theirs>) {
    return SameFunction<Ours, Theirs>::value;
  } else if constexpr (std::is_integral_v<Ours> && std::is_integral_v<Theirs>) {
    return sizeof(Ours) == sizeof(Theirs) && std::is_signed_v<Ours> == std::is_signed_v<Theirs>;
  } else if constexpr (std::is_enum_v<Ours> && std::is_enum_v<Theirs>) {
    return sizeof(Ours) == sizeof(Theirs) && kPaired<Ours, Theirs>;
  } else {
    return kPaired<Ours, Theirs>;
  }
}

// What a row came to.
struct Row {
  const char* name;
  bool missing;
  bool same;
};

// `Theirs` is what the header has under the name: a function, or Missing, which is a difference where the header `must`
// have it.
template <typename Ours, typename Theirs>
constexpr Row function_row(const char* name, bool must) {
  if constexpr (std::is_same_v<std::remove_const_t<Theirs>, Missing>) {
    return {name, !must, false};
  } else {
    return {name, false, same<Ours, Theirs>()};
  }
}

template <typename Theirs>
constexpr Row value_row(const char* name, long long ours, Theirs theirs, bool must) {
  if constexpr (std::is_same_v<Theirs, Missing>) {
    return {name, !must, false};
  } else {
    return {name, false, ours == static_cast<long long>(theirs)};
  }
}

// Every row must be the same; those that the header lacks are named, and may not be most.
inline void expect_same(const std::vector<Row>& rows, const char* what) {
  std::string missing;
  size_t compared = 0;
  for (const Row& row : rows) {
    if (row.missing) {
      missing += std::string(" ") + row.name;
    } else {
      ++compared;
      EXPECT_TRUE(row.same) << what << " " << row.name << " differs from the vendor's header";
    }
  }
  EXPECT_GT(compared, rows.size() / 2) << "most are not in the header: is it the right one?";
  std::printf("%zu compared%s%s\n", compared, missing.empty() ? "" : "; not in this header:", missing.c_str());
}

}  // namespace halyard::test
