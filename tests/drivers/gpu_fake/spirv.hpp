// SPIR-V to a shared object of the host: back to LLVM's intermediate form by llvm-spirv, made to fit the host, linked
// with OpenCL's functions (shim/spirv.cl) and compiled by clang.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gpu_fake {

struct SpirvTools {
  std::string spirv, clang, dis, link;  // absolute paths
  bool opaque_pointers = false;         // how that LLVM writes pointers
};
// False, with a sentence in `why`, where some are not installed. The setting "llvm" names a version of clang and LLVM.
bool find_spirv_tools(SpirvTools* out, std::string* why);

struct SpirvFacts {
  std::vector<std::string> kernels;
  std::vector<uint32_t> capabilities;
};
// False for what is no SPIR-V.
bool read_spirv(const std::string& bytes, SpirvFacts* out);
inline constexpr uint32_t kCapabilityFloat64 = 10, kCapabilityInt64Atomics = 12;

struct SpirvResult {
  bool good = false;
  std::string log;
  std::string elf;
};
// Results are kept by content.
SpirvResult translate_spirv(const std::string& bytes);

// The text of a module as llvm-dis writes it, for the host: `target` are the host's lines of layout and triple. Each
// kernel gets its description (kernel_abi.hpp) and hy_fake_required_NAME, hy_fake_local_NAME: the workgroup that it
// wants and the bytes of its local memory.
std::string host_module(const std::string& text, const std::string& target, bool opaque_pointers);
// The same of the functions of the shim: kept only where a module calls them.
std::string host_functions(const std::string& text, const std::string& target);
// The lines "target …" of a module.
std::string target_lines(const std::string& text);

}  // namespace gpu_fake
