// What clang needs to know of CUDA where CUDA is not installed.
#pragma once

namespace halyardc {

extern const char kCudaWords[];  // cuda_words.cpp

}  // namespace halyardc
