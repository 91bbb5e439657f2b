// clang as a compiler for GPUs: where it is, and which of a vendor's targets it knows. Debian's needs nothing of a
// vendor's.
#pragma once

#include <string>
#include <vector>

namespace halyardc {

struct Clang {
  std::string path;
  std::string name;                  // "clang 19.1.7 (/usr/bin/clang-19)"
  std::vector<std::string> targets;  // those that begin with what was asked for
};

// Every clang that knows targets for `triple` that begin with `prefix`, the best first; `chosen`: that one alone.
std::vector<Clang> find_clangs(const std::string& chosen, const std::string& triple, const std::string& prefix);

}  // namespace halyardc
