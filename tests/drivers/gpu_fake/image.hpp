// Images that the fake run-time compilers make and the fake drivers load: a shared object of the host in the dress of a
// cubin, a PTX text, an AMD code object or a native image of Level Zero.
#pragma once

#include <cstddef>
#include <string>

namespace gpu_fake {

// `elf` is the shared object; `target` "sm_90" or "gfx942:xnack-".
std::string make_cubin(const std::string& elf, const std::string& target);
std::string make_code_object(const std::string& elf, const std::string& target);
std::string make_zebin(const std::string& elf, const std::string& target);  // "dg2"
// Ends with a 0. `version` as "8.5".
std::string make_ptx(const std::string& elf, const std::string& target, const std::string& version);

struct Image {
  enum Kind { kCubin, kPtx, kCodeObject, kZebin } kind = kCubin;
  std::string elf;
  std::string target;
  std::string ptx_version;
};
// Reads what lies at `data`, whose size is its own to say, where the caller does not know how much there is. A code of
// codes.hpp; `why` is a sentence.
int read_image(const void* data, Image* out, std::string* why, size_t available = ~size_t{0});

// The digits after "sm_" or "compute_", 0 where there are none.
int architecture_number(const std::string& target);

}  // namespace gpu_fake
