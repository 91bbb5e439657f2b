// The peer of the triad on `cpu`: what OpenMP makes of it, compiled with the flags that run-time compiled kernels get.
#include "triad_openmp.hpp"

namespace bench {

void triad_openmp(float* __restrict a, const float* __restrict b, const float* __restrict c, float s, std::uint64_t n) {
#pragma omp parallel for simd schedule(static)
  for (std::uint64_t i = 0; i < n; ++i) a[i] = b[i] + s * c[i];
}

}  // namespace bench
