// What the parts of the fake libamdhip64 share. It is built as HIP 5, 6 and 7 (HALYARD_FAKE_HIP_MAJOR), which lack or
// have a few functions and number memory types differently.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/drivers/gpu_fake/machine.hpp"
#include "tests/drivers/gpu_fake/stream.hpp"

#ifndef HALYARD_FAKE_HIP_MAJOR
#define HALYARD_FAKE_HIP_MAJOR 6
#endif

namespace gpu_fake::hip {
#define FUNCTION(symbol, version, ...) using symbol##_type = __VA_ARGS__;
#include "tests/drivers/gpu_fake/hip_functions.def"

// Keeps the last error of this thread, for hipGetLastError.
int note(int code);
// Of the thread's device, retained at its first use and kept.
std::shared_ptr<Context> current(const char* function, int* code);
std::shared_ptr<Context> context_of(int device, const char* function, int* code);
std::shared_ptr<Stream> stream_of(void* handle, const char* function, int* code);
int attribute(int what, int device, int* value);
}  // namespace gpu_fake::hip

#define FUNCTION(symbol, version, ...) extern "C" ::gpu_fake::hip::symbol##_type symbol;
#include "tests/drivers/gpu_fake/hip_functions.def"

// As GPU_FAKE_ENTER and its like, with the last error noted.
#define HIP_ENTER()                            \
  static ::gpu_fake::Call call_here(__func__); \
  if (const int ordered_code = call_here.enter()) return ::gpu_fake::hip::note(ordered_code)
#define HIP_ENTER_RELEASE() GPU_FAKE_ENTER_RELEASE()
#define HIP_RETURN(code) return ::gpu_fake::hip::note(code)
#define HIP_RETURN_RELEASE(code) return ::gpu_fake::hip::note(ordered_code != 0 ? ordered_code : (code))
#define HIP_FIND(name, expression) \
  int name##_code = 0;             \
  const auto name = expression;    \
  if (name == nullptr) HIP_RETURN(name##_code)
#define HIP_CURRENT(name)                                           \
  HIP_FIND(name, ::gpu_fake::hip::current(__func__, &name##_code)); \
  if (const int name##_lost = name->lost) HIP_RETURN(name##_lost)
#define HIP_STREAM(name, handle) HIP_FIND(name, ::gpu_fake::hip::stream_of(handle, __func__, &name##_code))
