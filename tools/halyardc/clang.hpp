// clang as a compiler for GPUs: where it is, and which of a vendor's targets it knows. Debian's needs nothing of a
// vendor's.
#pragma once

#include <string>
#include <vector>

namespace halyardc {

struct Clang {
  std::string path;
  std::string name;                  // "clang 19.1.7 (/usr/bin/clang-19)"
  std::string version;               // "19.1.7"
  std::vector<std::string> targets;  // those that begin with what was asked for
};

// Every clang of this machine, the best first.
std::vector<std::string> clang_programs();

// Asks `program` for its targets of `triple` that begin with `prefix`. False where it has none, or is no clang.
bool ask_clang(const std::string& program, const std::string& triple, const std::string& prefix, Clang* out);

// Asks `program` for its version alone.
bool ask_clang_version(const std::string& program, Clang* out);

}  // namespace halyardc
