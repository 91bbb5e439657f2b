// Single-precision functions for targets whose compiler comes without them (AMD) or whose library calls would stop the
// vectoriser (the host). Selects in place of branches, no tables, no reliance on a fused multiply-add. The polynomials
// are minimax fits by Remez exchange in 50 digits; bounds are in math_table.def. CUDA has its own, but for clang alone.
#if !HY_TARGET_CUDA || defined(HY_OWN_MATH)

// c ? a : b by bits: compilers turn rows of conditional expressions into branches, which end vectorisation.
HY_FUNCTION float hy_pick_(uint c, float a, float b) {
  const uint mask = 0u - c;  // c is 0 or 1
  return hy_as_float((hy_as_uint(a) & mask) | (hy_as_uint(b) & ~mask));
}
// The nearest integer in the low bits of a float: an addition pushes the fraction out. Right below 2^22.
#define HY_MAGIC_ 12582912.0f
HY_FUNCTION uint hy_integer_of_(float shifted) { return hy_as_uint(shifted) - hy_as_uint(HY_MAGIC_); }
// 2^n for the exponents of normal numbers.
HY_FUNCTION float hy_power_of_two_(uint n) { return hy_as_float((n + 127u) << 23); }
// v 2^n in two steps, so that subnormal and overflowing results come out right.
HY_FUNCTION float hy_scale_(float v, uint n) {
  const uint part = (uint)((int)n >> 1);
  return v * hy_power_of_two_(part) * hy_power_of_two_(n - part);
}

HY_FUNCTION float hy_exp(float x) {
  const float v = x < -104.0f ? -104.0f : x > 89.0f ? 89.0f : x;  // NaN stays
  const float shifted = v * 0x1.715476p+0f + HY_MAGIC_, n = shifted - HY_MAGIC_;
  const float r = (v - n * 0x1.62ep-1f) - n * 0x1.0bfbe8p-15f;  // ln 2 in two parts, the first with few bits
  float p = 0x1.6a246cp-10f;
  p = p * r + 0x1.1239dep-7f;
  p = p * r + 0x1.5558f2p-5f;
  p = p * r + 0x1.555492p-3f;
  p = p * r + 0x1.fffffcp-2f;
  return hy_scale_(1.0f + (r + r * r * p), hy_integer_of_(shifted));
}

HY_FUNCTION float hy_exp2(float x) {
  const float v = x < -151.0f ? -151.0f : x > 129.0f ? 129.0f : x;
  const float shifted = v + HY_MAGIC_, r = v - (shifted - HY_MAGIC_);
  float p = 0x1.470b46p-13f;
  p = p * r + 0x1.5f7276p-10f;
  p = p * r + 0x1.3b270ep-7f;
  p = p * r + 0x1.c6ae72p-5f;
  p = p * r + 0x1.ebfbe2p-3f;
  p = p * r + 0x1.62e432p-1f;
  return hy_scale_(1.0f + r * p, hy_integer_of_(shifted));
}

// x = m 2^e with m around 1, for positive finite x.
struct hy_split_t {
  float f;     // m - 1
  float tail;  // log(m) - f
  float e;
};
HY_FUNCTION hy_split_t hy_split_(float x) {
  const bool small = x < 0x1p-126f;
  const int bits = (int)hy_as_uint(small ? x * 0x1p23f : x);
  const int e = (bits - 0x3F3504F3) >> 23;  // m from 1/sqrt 2 to sqrt 2
  const float f = hy_as_float((uint)(bits - e * 0x800000)) - 1.0f;
  float p = 0x1.145ed6p-4f;
  p = p * f - 0x1.de4030p-4f;
  p = p * f + 0x1.e6ef80p-4f;
  p = p * f - 0x1.fc2150p-4f;
  p = p * f + 0x1.23376cp-3f;
  p = p * f - 0x1.555c52p-3f;
  p = p * f + 0x1.99a4b6p-3f;
  p = p * f - 0x1.000006p-2f;
  p = p * f + 0x1.555548p-2f;
  return {f, f * f * (f * p - 0.5f), (float)(small ? e - 23 : e)};
}
// What logarithms of other than positive finite numbers are.
HY_FUNCTION float hy_log_special_(float x, float y) {
  const float infinity = __builtin_inff();
  return x > 0.0f && x < infinity ? y : x == 0.0f ? -infinity : x == infinity ? x : __builtin_nanf("");
}

HY_FUNCTION float hy_log(float x) {
  const hy_split_t s = hy_split_(x > 0.0f && x < __builtin_inff() ? x : 1.0f);
  return hy_log_special_(x, s.e * 0x1.62ep-1f + (s.f + (s.tail + s.e * 0x1.0bfbe8p-15f)));
}

HY_FUNCTION float hy_log2(float x) {
  const hy_split_t s = hy_split_(x > 0.0f && x < __builtin_inff() ? x : 1.0f);
  return hy_log_special_(x, (float)(((double)s.f + (double)s.tail) * 0x1.71547652b82fep+0 + (double)s.e));
}

// x = q pi/2 + r for |x| up to 1e8: pi/2 in parts of 24 bits, whose multiples are exact in double. Beyond, r is 0 (NaN
// for infinities).
struct hy_quadrant_t {
  float r;
  int q;
};
HY_FUNCTION hy_quadrant_t hy_quadrant_(float x) {
  const float v = hy_fabs(x) <= 1.0e8f ? x : 0.0f;
  const double n = ((double)v * 0x1.45f306dc9c883p-1 + 0x1.8p+52) - 0x1.8p+52;
  const double r = (((double)v - n * 0x1.921fb4p+0) - n * 0x1.4442dp-24) - n * 0x1.8469898cc5170p-48;
  return {hy_fabs(x) < __builtin_inff() ? (float)r : __builtin_nanf(""), (int)n};
}
HY_FUNCTION float hy_sin_part_(float r) {
  const float z = r * r;
  float p = 0x1.6cd860p-19f;
  p = p * z - 0x1.a00f9ep-13f;
  p = p * z + 0x1.111108p-7f;
  p = p * z - 0x1.555556p-3f;
  return r + r * z * p;
}
HY_FUNCTION float hy_cos_part_(float r) {
  const float z = r * r;
  float p = -0x1.242adcp-22f;
  p = p * z + 0x1.a01120p-16f;
  p = p * z - 0x1.6c16b8p-10f;
  p = p * z + 0x1.555556p-5f;
  return 1.0f - (0.5f * z - z * z * p);
}

HY_FUNCTION float hy_sin(float x) {
  const hy_quadrant_t t = hy_quadrant_(x);
  const float s = hy_sin_part_(t.r), c = hy_cos_part_(t.r);
  const float y = (t.q & 1) != 0 ? c : s;
  return x == 0.0f ? x : (t.q & 2) != 0 ? -y : y;
}

HY_FUNCTION float hy_cos(float x) {
  const hy_quadrant_t t = hy_quadrant_(x);
  const float s = hy_sin_part_(t.r), c = hy_cos_part_(t.r);
  const float y = (t.q & 1) != 0 ? s : c;
  return ((t.q + 1) & 2) != 0 ? -y : y;
}

HY_FUNCTION float hy_tan(float x) {
  const hy_quadrant_t t = hy_quadrant_(x);
  const float s = hy_sin_part_(t.r), c = hy_cos_part_(t.r);
  const float y = (t.q & 1) != 0 ? -c / s : s / c;
  return x == 0.0f ? x : y;
}

HY_FUNCTION float hy_tanh(float x) {
  const float a = hy_fabs(x), z = x * x;
  float p = -0x1.6a5306p-8f;
  p = p * z + 0x1.4f993cp-6f;
  p = p * z - 0x1.b7da50p-5f;
  p = p * z + 0x1.11044ep-3f;
  p = p * z - 0x1.555526p-2f;
  const float near = x + x * z * p;
  const float far = hy_copysign(1.0f - 2.0f / (hy_exp(a > 10.0f ? 20.0f : 2.0f * a) + 1.0f), x);
  return hy_pick_(a < 0.65f, near, far);
}

HY_FUNCTION float hy_erf(float x) {
  const float a = hy_fabs(x), z = x * x;
  float p = 0x1.5ebd1ep-14f;
  p = p * z - 0x1.aad8f2p-11f;
  p = p * z + 0x1.54da1cp-8f;
  p = p * z - 0x1.b8108cp-6f;
  p = p * z + 0x1.ce2e22p-4f;
  p = p * z - 0x1.812744p-2f;
  p = p * z + 0x1.20dd76p+0f;
  const float v = a > 4.0f ? 4.0f : a;
  float q = -0x1.16d82cp-20f;  // -log(erfc(v))
  q = q * v + 0x1.17fa88p-16f;
  q = q * v - 0x1.8ec45ap-14f;
  q = q * v + 0x1.b0308cp-16f;
  q = q * v + 0x1.8cb82cp-9f;
  q = q * v - 0x1.7d30e4p-6f;
  q = q * v + 0x1.b3800ap-4f;
  q = q * v + 0x1.44f06ap-1f;
  q = q * v + 0x1.210790p+0f;
  q = q * v - 0x1.867ceap-14f;
  const float far = hy_copysign(1.0f - hy_exp(-q), x);
  return hy_pick_(a < 0.925f, x * p, far);
}

// 2^(y log2 |x|) in double, then what C says of signs, zeros and infinities.
HY_FUNCTION float hy_pow(float x, float y) {
  const float infinity = __builtin_inff();
  const float a = hy_fabs(x);
  const uint finite = (uint)(a > 0.0f) & (uint)(a < infinity);
  const float b = hy_pick_(finite, a, 1.0f);
  const int bits = (int)hy_as_uint(hy_pick_(b < 0x1p-126f, b * 0x1p23f, b));
  const int e = (bits - 0x3F3504F3) >> 23;
  const double m = (double)hy_as_float((uint)(bits - e * 0x800000));
  const double s = (m - 1.0) / (m + 1.0), z = s * s;
  double l = 0x1.f18de3ce59e25p-3;
  l = l * z + 0x1.0bb75b8ba5ecap-2;
  l = l * z + 0x1.484faf3a172a3p-2;
  l = l * z + 0x1.a617566b9f960p-2;
  l = l * z + 0x1.2776c516b2e0bp-1;
  l = l * z + 0x1.ec709dc39c988p-1;
  l = l * z + 0x1.71547652b82ffp+1;
  l = l * s + (double)(b < 0x1p-126f ? e - 23 : e);
  const double power = (double)y * l;
  const double t = power < -200.0 ? -200.0 : power > 200.0 ? 200.0 : power == power ? power : 0.0;
  const double n = (t + 0x1.8p+52) - 0x1.8p+52, r = t - n;
  double p = 0x1.63960324740b1p-20;
  p = p * r + 0x1.00de26bc92d26p-16;
  p = p * r + 0x1.4308d9409a92ap-13;
  p = p * r + 0x1.5d8742d6fc2e6p-10;
  p = p * r + 0x1.3b2ab70554f9fp-7;
  p = p * r + 0x1.c6b08dd959fa3p-5;
  p = p * r + 0x1.ebfbdff82b5d7p-3;
  p = p * r + 0x1.62e42fef83db3p-1;
  const int whole = (int)n;
  float v = (float)((1.0 + r * p) * hy_double_power_of_two_(whole));

  const float half_y = 0.5f * y;
  const uint whole_y = hy_trunc(y) == y;
  const uint odd = whole_y & (uint)(hy_trunc(half_y) != half_y) & (uint)(hy_fabs(y) < 16777216.0f);
  const float edge = hy_pick_((a == 0.0f) == (y < 0.0f), infinity, 0.0f);  // of zero and infinity
  v = hy_pick_(finite, v, edge);
  v = hy_pick_((uint)(x < 0.0f) & finite & (1u - whole_y), __builtin_nanf(""), v);
  v = hy_pick_(odd, hy_copysign(v, x), v);
  v = hy_pick_((uint)(hy_fabs(y) == infinity) & (uint)(a == 1.0f), 1.0f, v);
  v = hy_pick_((uint)(x != x) | (uint)(y != y), x + y, v);
  return hy_pick_((uint)(y == 0.0f) | (uint)(x == 1.0f), 1.0f, v);
}

HY_FUNCTION float hy_rsqrt(float x) { return 1.0f / hy_sqrt(x); }
HY_FUNCTION double hy_rsqrt(double x) { return 1.0 / hy_sqrt(x); }
#endif
