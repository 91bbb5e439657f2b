// a = b + s c over all cores.
#pragma once

#include <cstdint>

namespace bench {
void triad_openmp(float* a, const float* b, const float* c, float s, std::uint64_t n);
}  // namespace bench
