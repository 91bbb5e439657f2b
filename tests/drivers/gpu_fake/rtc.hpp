// The core of the fake run-time compilers: device source to a shared object of the host, by the host's own compiler.
#pragma once

#include <string>
#include <vector>

namespace gpu_fake {

struct CompileJob {
  std::string source;
  std::string name;
  std::vector<std::pair<std::string, std::string>> headers;  // name and text
  std::vector<std::string> macros;                           // "-DNAME=VALUE" and the like, handed on
  const char* shim = nullptr;                                // "shim_cuda.hpp"
  bool cuda_messages = false;                                // "file(line): error: text" in place of clang's form
};

struct CompileResult {
  bool good = false;
  std::string log;
  std::string elf;
};
CompileResult compile(const CompileJob& job);

// Marked heads in preprocessed text (the shims leave __hy_fake_kernel__ and __hy_fake_bounds__(n) there): cleared, and
// a description put behind each body.
std::string describe_kernels(const std::string& preprocessed);

// The few instructions of inline PTX that the preludes use, as calls of the shim: asm("cvt.f32.f16 …" : …) becomes
// hy_ptx_cvt_f32_f16(…). The compiler names those that the shim lacks.
std::string replace_ptx(const std::string& source);

}  // namespace gpu_fake
