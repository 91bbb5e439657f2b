// d = a b + c with the matrix instructions of AMD's processors, in HIP's language without its headers, as a vendor
// variant of a kernel is written. a (rows x depth), b (depth x columns), c and d (rows x columns) lie row by row; all
// extents are multiples of 16. A workgroup is one wave and makes a tile of 16 x 16 of d; the grid is columns / 16 x
// rows / 16.
typedef float floats8 __attribute__((ext_vector_type(8)));
typedef float floats4 __attribute__((ext_vector_type(4)));
typedef _Float16 halves16 __attribute__((ext_vector_type(16)));
typedef _Float16 halves8 __attribute__((ext_vector_type(8)));
typedef _Float16 halves4 __attribute__((ext_vector_type(4)));

// What a lane holds: of row `lane % 16` of a and of column `lane % 16` of b kDepth elements from FIRST on; of c and d
// the elements at ROW, `lane % 16`.
#if defined(__GFX11__)
typedef halves16 Fragment;
typedef floats8 Sums;
constexpr int kWave = 32, kDepth = 16;
#define FIRST(lane) 0  // both halves of the wave hold all of it
#define ROW(i, lane) (2 * (i) + (lane) / 16)
#define MULTIPLY(a, b, c) __builtin_amdgcn_wmma_f32_16x16x16_f16_w32(a, b, c)
#elif defined(__GFX12__)
typedef halves8 Fragment;
typedef floats8 Sums;
constexpr int kWave = 32, kDepth = 8;
#define FIRST(lane) ((lane) / 16 * 8)
#define ROW(i, lane) ((lane) / 16 * 8 + (i))
#define MULTIPLY(a, b, c) __builtin_amdgcn_wmma_f32_16x16x16_f16_w32_gfx12(a, b, c)
#else  // CDNA
typedef halves4 Fragment;
typedef floats4 Sums;
constexpr int kWave = 64, kDepth = 4;
#define FIRST(lane) ((lane) / 16 * 4)
#define ROW(i, lane) ((lane) / 16 * 4 + (i))
#define MULTIPLY(a, b, c) __builtin_amdgcn_mfma_f32_16x16x16f16(a, b, c, 0, 0, 0)
#endif

extern "C" __attribute__((global)) __attribute__((amdgpu_flat_work_group_size(kWave, kWave))) void matrix_multiply(
    const _Float16* __restrict__ a, const _Float16* __restrict__ b, const float* __restrict__ c, float* __restrict__ d,
    unsigned columns, unsigned depth) {
  const unsigned lane = __builtin_amdgcn_workitem_id_x();
  const unsigned left = __builtin_amdgcn_workgroup_id_x() * 16, top = __builtin_amdgcn_workgroup_id_y() * 16;
  constexpr unsigned kSums = sizeof(Sums) / sizeof(float);
  Sums sums;
  for (unsigned i = 0; i < kSums; ++i) {
    sums[i] = c[(top + ROW(i, lane)) * columns + left + lane % 16];
  }
  for (unsigned k = 0; k < depth; k += 16) {
    Fragment x, y;
    for (unsigned j = 0; j < kDepth; ++j) {
      x[j] = a[(top + lane % 16) * depth + k + FIRST(lane) + j];
      y[j] = b[(k + FIRST(lane) + j) * columns + left + lane % 16];
    }
    sums = MULTIPLY(x, y, sums);
  }
  for (unsigned i = 0; i < kSums; ++i) {
    d[(top + ROW(i, lane)) * columns + left + lane % 16] = sums[i];
  }
}
