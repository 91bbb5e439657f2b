// What an image says of its kernels, read on the host from the image itself: the workgroup that the source fixes is in
// a constant beside each kernel (NAME__hy_meta), of which no driver needs to be asked. docs/decisions/0012 says why.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace halyard::gpu {

struct KernelFacts {
  std::string kernel;
  uint32_t workgroup[3] = {};  // zeros: any
};

// Of a 64-bit little-endian ELF file (a cubin, a code object) or of PTX; trusts no byte of it. A kernel whose constant
// is not found whole is left out, as are all in what is neither.
std::vector<KernelFacts> facts_of(std::string_view image);

}  // namespace halyard::gpu
