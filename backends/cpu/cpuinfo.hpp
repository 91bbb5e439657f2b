// What the processor is and which instruction sets it has.
#pragma once

#include <cstdint>
#include <string>

#include "halyard/backend.h"

namespace halyard::cpu {

// Level of the running processor: 1-4 for x86-64 to x86-64-v4, 1 elsewhere. Asked of the processor itself, and of the
// system whether it keeps the wide registers.
uint32_t isa_level() noexcept;

// "x86-64-v4", "aarch64", "riscv64": the best target that this processor runs.
const char* isa_name() noexcept;

// How well an image for `target` suits this processor: 0 it can't run, else the higher the better. "native" is best, ""
// (anything) the least.
uint32_t target_rank(const char* target) noexcept;

// Identifies all that code compiled for "native" may depend on.
uint64_t isa_fingerprint(const std::string& cpuinfo) noexcept;

struct Model {
  std::string name;
  std::string vendor;
};

// From the text of /proc/cpuinfo, of any architecture; `board` is the device tree's model, or "".
Model model_of(const std::string& cpuinfo, const std::string& board);

// A whole file through the host table; "" when it is not there.
std::string read_file(const hy_host& host, const char* path);

}  // namespace halyard::cpu
