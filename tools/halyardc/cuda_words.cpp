// The words of CUDA C++ that the dialect's prelude uses, over what clang itself offers: with these, clang makes PTX
// where no part of CUDA is installed. Comes before the expanded text. Functions like expf(), which clang would take
// from CUDA's library, are replaced by the dialect's own (HY_OWN_MATH).
#include "nvidia.hpp"

namespace halyardc {

const char kCudaWords[] = R"(
#define HY_OWN_MATH 1
#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))
#define __align__(n) __attribute__((aligned(n)))
#define HY_WORD_ static inline __attribute__((device, always_inline, unused))

struct hy_three_ {
  unsigned x, y, z;
};
#define HY_THREE_(name, register)                                                          \
  HY_WORD_ hy_three_ name() {                                                              \
    return {(unsigned)__nvvm_read_ptx_sreg_##register##_x(), (unsigned)__nvvm_read_ptx_sreg_##register##_y(), \
            (unsigned)__nvvm_read_ptx_sreg_##register##_z()};                              \
  }
HY_THREE_(hy_thread_, tid)
HY_THREE_(hy_block_of_, ctaid)
HY_THREE_(hy_block_size_, ntid)
#define threadIdx hy_thread_()
#define blockIdx hy_block_of_()
#define blockDim hy_block_size_()

#define HY_BITS_(name, to, from) \
  HY_WORD_ to name(from v) { return __builtin_bit_cast(to, v); }
HY_BITS_(__float_as_int, int, float)
HY_BITS_(__float_as_uint, unsigned, float)
HY_BITS_(__int_as_float, float, int)
HY_BITS_(__uint_as_float, float, unsigned)
HY_BITS_(__longlong_as_double, double, long long)
HY_WORD_ int __popc(unsigned v) { return __builtin_popcount(v); }
HY_WORD_ int __clz(int v) { return v == 0 ? 32 : __builtin_clz((unsigned)v); }
HY_WORD_ unsigned __shfl_sync(unsigned mask, unsigned v, int lane) {
  return (unsigned)__nvvm_shfl_sync_idx_i32(mask, (int)v, lane, 0x1f);
}

#define HY_ATOM_(name, builtin, type, taken) \
  HY_WORD_ type name(type* p, type v) { return (type)__nvvm_atom_##builtin((taken*)p, (taken)v); }
#define HY_ATOMS_(name, builtin)                                               \
  HY_ATOM_(name, builtin##_gen_i, int, int)                                    \
  HY_ATOM_(name, builtin##_gen_i, unsigned, int)                               \
  HY_ATOM_(name, builtin##_gen_ll, unsigned long long, long long)
HY_ATOMS_(atomicAdd, add)
HY_ATOMS_(atomicAnd, and)
HY_ATOMS_(atomicOr, or)
HY_ATOMS_(atomicXor, xor)
HY_ATOMS_(atomicExch, xchg)
#define HY_ATOMS_ORDERED_(name, builtin)                                       \
  HY_ATOM_(name, builtin##_gen_i, int, int)                                    \
  HY_ATOM_(name, builtin##_gen_ui, unsigned, unsigned)                         \
  HY_ATOM_(name, builtin##_gen_ll, long long, long long)                       \
  HY_ATOM_(name, builtin##_gen_ull, unsigned long long, unsigned long long)
HY_ATOMS_ORDERED_(atomicMin, min)
HY_ATOMS_ORDERED_(atomicMax, max)
HY_ATOM_(atomicAdd, add_gen_f, float, float)
HY_WORD_ float atomicExch(float* p, float v) {
  return __int_as_float(__nvvm_atom_xchg_gen_i((int*)p, __float_as_int(v)));
}
#define HY_ATOM_CAS_(type, builtin, taken) \
  HY_WORD_ type atomicCAS(type* p, type e, type d) { return (type)builtin((taken*)p, (taken)e, (taken)d); }
HY_ATOM_CAS_(int, __nvvm_atom_cas_gen_i, int)
HY_ATOM_CAS_(unsigned, __nvvm_atom_cas_gen_i, int)
HY_ATOM_CAS_(unsigned long long, __nvvm_atom_cas_gen_ll, long long)

#define HY_PLAIN_(name)                                                        \
  HY_WORD_ float name##f(float v) { return __builtin_##name##f(v); }           \
  HY_WORD_ double name(double v) { return __builtin_##name(v); }
HY_PLAIN_(fabs)
HY_PLAIN_(floor)
HY_PLAIN_(ceil)
HY_PLAIN_(trunc)
HY_PLAIN_(rint)
HY_PLAIN_(sqrt)
HY_WORD_ float copysignf(float m, float s) { return __builtin_copysignf(m, s); }
HY_WORD_ double copysign(double m, double s) { return __builtin_copysign(m, s); }
HY_WORD_ float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
HY_WORD_ double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
extern "C" __attribute__((device)) int printf(const char*, ...);
)";

}  // namespace halyardc
