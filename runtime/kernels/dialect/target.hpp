// What the expander needs to know of a target: its prelude and the text that takes the place of a kernel's head.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "runtime/kernels/dialect/kernel_text.hpp"

namespace halyard::dialect {

struct PreludePart {
  std::string_view name;  // shown in compilers' messages
  std::string_view text;
};

struct Target {
  std::span<const PreludePart* const> prelude;
  std::string_view opening;                              // after the prelude and constants, before the user's source
  void (*before_head)(const KernelText&, std::string*);  // whole lines, preprocessor lines among them
  void (*head)(const KernelText&, std::string*);         // one line
  void (*prologue)(const KernelText&, std::string*);     // one line, right after the body's opening brace
  void (*after_body)(const KernelText&, std::string*);   // whole lines; macros stand as in the body. May be null
  void (*closing)(const FileText&, std::string*);        // after the user's source
  // Of a second entry with the same body, for a launch of the whole grid on buffers from their beginnings. May be null.
  void (*whole_head)(const KernelText&, std::string*) = nullptr;
  void (*whole_prologue)(const KernelText&, std::string*) = nullptr;
};

extern const Target kHostTarget;
extern const Target kOpenclTarget;
extern const Target kCudaTarget;
extern const Target kHipTarget;

// The texts of runtime/kernels/dialect/prelude/, embedded by CMake.
extern const PreludePart kPreludeHostAbi;  // include/halyard/host_kernel.h
extern const PreludePart kPreludeHost;     // host.hpp
extern const PreludePart kPreludeCxx;      // cxx.hpp
extern const PreludePart kPreludeSimt;     // simt.hpp
extern const PreludePart kPreludeMath;     // math.hpp
extern const PreludePart kPreludeOpencl;   // opencl.cl
extern const PreludePart kPreludeCuda;     // cuda.hpp
extern const PreludePart kPreludeHip;      // hip.hpp

// The dialect's spelling of an element type ("float4").
std::string type_spelling(hy_type type);

inline bool is_buffer(const Parameter& parameter) { return parameter.kind != HY_PARAM_VALUE; }
inline bool is_read_only(const Parameter& parameter) { return parameter.kind == HY_PARAM_IN; }

}  // namespace halyard::dialect
