// What the parts of the fake libcuda.so.1 share: its exports, declared, and the rules of contexts and handles.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tests/drivers/gpu_fake/machine.hpp"
#include "tests/drivers/gpu_fake/stream.hpp"

namespace gpu_fake::cuda {
#define FUNCTION(symbol, name, version, ...) using symbol##_type = __VA_ARGS__;
#include "tests/drivers/gpu_fake/cuda_functions.def"

inline constexpr int kNotPermittedCode = 800;

// The context that is current in this thread; null: none, and `*code` is what to answer.
std::shared_ptr<Context> current(const char* function, int* code);
// Of a stream's handle, the null stream included.
std::shared_ptr<Stream> stream_of(void* handle, const char* function, int* code);
std::shared_ptr<Event> event_of(void* handle, const char* function, int* code);
int attribute(int what, int device, int* value);
}  // namespace gpu_fake::cuda

#define FUNCTION(symbol, name, version, ...) \
  extern "C" __attribute__((visibility("default"))) ::gpu_fake::cuda::symbol##_type symbol;
#include "tests/drivers/gpu_fake/cuda_functions.def"

// Declares `name` as what `expression` finds, or returns the code that it answers.
#define GPU_FAKE_FIND(name, expression) \
  int name##_code = 0;                  \
  const auto name = expression;         \
  if (name == nullptr) return name##_code
#define GPU_FAKE_CURRENT(name)                                         \
  int name##_code = 0;                                                 \
  const auto name = ::gpu_fake::cuda::current(__func__, &name##_code); \
  if (name == nullptr) return name##_code;                             \
  if (const int name##_lost = name->lost) return name##_lost
#define GPU_FAKE_STREAM(name, handle)                                            \
  int name##_code = 0;                                                           \
  const auto name = ::gpu_fake::cuda::stream_of(handle, __func__, &name##_code); \
  if (name == nullptr) return name##_code
