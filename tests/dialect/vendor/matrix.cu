// d = a b + c with the matrix instructions of NVIDIA's processors, in CUDA's language without its headers, as a vendor
// variant of a kernel is written. a (rows x depth), b (depth x columns), as bits of half, c and d (rows x columns) lie
// row by row; rows and depth are multiples of 16, columns of 8. A workgroup is one warp and makes a tile of 16 x 8 of
// d; the grid is columns / 8 x rows / 16.
typedef unsigned short half_bits;

static __device__ unsigned pair(half_bits low, half_bits high) { return low | (unsigned)high << 16; }

// sums += a (16 x 16) b (16 x 8); Turing takes half of the depth at a time.
static __device__ void multiply(float* sums, const unsigned* a, const unsigned* b) {
#if __CUDA_ARCH__ >= 800
  asm("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
      : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  for (int k = 0; k < 2; ++k) {
    asm("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%0,%1,%2,%3}, {%4,%5}, {%6}, {%0,%1,%2,%3};"
        : "+f"(sums[0]), "+f"(sums[1]), "+f"(sums[2]), "+f"(sums[3])
        : "r"(a[2 * k]), "r"(a[2 * k + 1]), "r"(b[k]));
  }
#endif
}

extern "C" __global__ void __launch_bounds__(32)
    matrix_multiply(const half_bits* __restrict__ a, const half_bits* __restrict__ b, const float* __restrict__ c,
                    float* __restrict__ d, unsigned columns, unsigned depth) {
  // What a lane holds: of a the rows `row` and `row + 8`, of b the column `row`, from `first`; of c and d two
  // neighbours.
  const unsigned row = threadIdx.x / 4, first = threadIdx.x % 4 * 2;
  const unsigned left = blockIdx.x * 8, top = blockIdx.y * 16;
  const unsigned upper = (top + row) * columns + left + first, lower = upper + 8 * columns;
  float sums[4] = {c[upper], c[upper + 1], c[lower], c[lower + 1]};
  for (unsigned k = 0; k < depth; k += 16) {
    unsigned x[4], y[2];
    for (int j = 0; j < 2; ++j) {
      const half_bits* from = a + (top + row) * depth + k + first + 8 * j;
      x[2 * j] = pair(from[0], from[1]);
      x[2 * j + 1] = pair(from[8 * depth], from[8 * depth + 1]);
      const half_bits* down = b + (k + first + 8 * j) * columns + left + row;
      y[j] = pair(down[0], down[columns]);
    }
    multiply(sums, x, y);
  }
  d[upper] = sums[0];
  d[upper + 1] = sums[1];
  d[lower] = sums[2];
  d[lower + 1] = sums[3];
}
