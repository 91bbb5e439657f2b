// Mathematics: every function of the dialect's table of bounds against a reference in double, on random arguments over
// its whole domain; and the helpers for bits and comparisons.
#include <algorithm>
#include <bit>
#include <cfloat>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

struct Function {
  const char* word;
  int arity;
  double bound_ulp;
  double low, high;
  double (*reference)(double, double, double);
};

// ---- references: in double, exact where the bound is 0 ----

double reference_hy_exp(double x, double, double) { return std::exp(x); }
double reference_hy_exp2(double x, double, double) { return std::exp2(x); }
double reference_hy_log(double x, double, double) { return std::log(x); }
double reference_hy_log2(double x, double, double) { return std::log2(x); }
double reference_hy_sin(double x, double, double) { return std::sin(x); }
double reference_hy_cos(double x, double, double) { return std::cos(x); }
double reference_hy_tan(double x, double, double) { return std::tan(x); }
double reference_hy_tanh(double x, double, double) { return std::tanh(x); }
double reference_hy_erf(double x, double, double) { return std::erf(x); }
double reference_hy_sqrt(double x, double, double) { return std::sqrt(x); }
double reference_hy_rsqrt(double x, double, double) { return 1.0 / std::sqrt(x); }
double reference_hy_fabs(double x, double, double) { return std::fabs(x); }
double reference_hy_floor(double x, double, double) { return std::floor(x); }
double reference_hy_ceil(double x, double, double) { return std::ceil(x); }
double reference_hy_trunc(double x, double, double) { return std::trunc(x); }
double reference_hy_rint(double x, double, double) { return std::nearbyint(x); }
double reference_hy_pow(double x, double y, double) { return std::pow(x, y); }
double reference_hy_copysign(double x, double y, double) { return std::copysign(x, y); }
double reference_hy_fmin(double x, double y, double) { return std::fmin(x, y); }
double reference_hy_fmax(double x, double y, double) { return std::fmax(x, y); }
// Rounded once, to float: going through double would round twice.
double reference_hy_fma(double x, double y, double z) {
  return static_cast<double>(std::fma(static_cast<float>(x), static_cast<float>(y), static_cast<float>(z)));
}

constexpr Function kFunctions[] = {
#define HY_MATH1(word, ulp, low, high) {#word, 1, ulp, low, high, reference_##word},
#define HY_MATH2(word, ulp, low, high) {#word, 2, ulp, low, high, reference_##word},
#define HY_MATH3(word, ulp, low, high) {#word, 3, ulp, low, high, reference_##word},
#include "runtime/kernels/dialect/math_table.def"
#undef HY_MATH1
#undef HY_MATH2
#undef HY_MATH3
};

// One bundle with a kernel a function, so that the compiler runs once.
std::string source() {
  std::string text;
  for (const Function& f : kFunctions) {
    text += std::string("HY_KERNEL(of_") + f.word +
            ", HY_IN(float, x), HY_IN(float, y), HY_IN(float, z), HY_OUT(float, out), "
            "HY_VAL(uint, n))\n{\n  const ulong i = hy_global_id(0);\n  if (i < n) {\n    out[i] = " +
            f.word + "(x[i]" + (f.arity > 1 ? ", y[i]" : "") + (f.arity > 2 ? ", z[i]" : "") + ");\n  }\n}\n";
  }
  return text;
}

// Uniform, uniform near zero, and any bits: together they reach all of a domain.
float argument(Context& c, const Function& f) {
  for (;;) {
    double x = 0;
    switch (c.random().below(4)) {
      case 0:
        x = c.random().uniform(f.low, f.high);
        break;
      case 1:
        x = c.random().uniform(std::max(f.low, -10.0), std::min(f.high, 10.0));
        break;
      case 2:
        x = c.random().uniform(std::max(f.low, -1.0), std::min(f.high, 1.5));
        break;
      default:
        x = static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(c.random().next())));
        break;
    }
    const float rounded = static_cast<float>(x);
    if (static_cast<double>(rounded) >= f.low && static_cast<double>(rounded) <= f.high) return rounded;
  }
}

bool subnormal(double x) { return x != 0 && std::fabs(x) < 0x1p-126; }

// Within the bound; subnormal arguments and results may count as zero; beside the largest float either side will do.
bool within(const Function& f, float got, float x, float y, float z) {
  const double wanted = f.reference(x, y, z);
  if (ulps(got, wanted) <= f.bound_ulp) return true;
  if (f.bound_ulp == 0 && static_cast<double>(got) == wanted) return true;
  if (f.bound_ulp == 0 && ulps(got, wanted) <= 0.5) return true;  // correctly rounded
  if (subnormal(wanted) && got == 0.0f) return true;
  const double edge = static_cast<double>(FLT_MAX) * (1.0 - (f.bound_ulp + 1) * 0x1p-23);
  if (std::fabs(wanted) >= edge &&
      std::fabs(wanted) <= static_cast<double>(FLT_MAX) * (1.0 + (f.bound_ulp + 1) * 0x1p-23) &&
      std::fabs(static_cast<double>(got)) >= edge) {
    return true;
  }
  if (subnormal(x) || subnormal(y) || subnormal(z)) {
    const auto flushed = [](float v) { return subnormal(v) ? 0.0 * static_cast<double>(v) : static_cast<double>(v); };
    const double other = f.reference(flushed(x), flushed(y), flushed(z));
    return ulps(got, other) <= std::max(f.bound_ulp, 0.5) || (subnormal(other) && got == 0.0f);
  }
  return false;
}

void meets_its_bound(Context& c, const Function& f) {
  LET(kernel, c.kernel_from(source(), (std::string("of_") + f.word).c_str()));
  const std::uint32_t n = c.quick() ? 5000 : 100000;
  std::vector<float> x(n), y(n), z(n);
  for (std::uint32_t i = 0; i < n; ++i) {
    x[i] = argument(c, f);
    y[i] = argument(c, f);
    z[i] = argument(c, f);
  }
  x[0] = static_cast<float>(f.low);
  x[1] = static_cast<float>(f.high);
  if (f.low <= 0) x[2] = 0.0f;
  if (f.low <= 1 && f.high >= 1) x[3] = 1.0f;
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.holding(c.stream(), y));
  LET(bz, c.holding(c.stream(), z));
  LET(out, c.poisoned<float>(c.stream(), n));
  MUST(c.stream().launch(kernel, Items{n}, bx, by, bz, out, n));
  const auto got = c.download(c.stream(), out);
  double worst = 0;
  for (std::uint32_t i = 0; i < got.size(); ++i) {
    if (within(f, got[i], x[i], y[i], z[i])) continue;
    const double wanted = f.reference(x[i], y[i], z[i]);
    const double error = ulps(got[i], wanted);
    if (error <= worst) continue;
    worst = error;
    char text[240];
    std::snprintf(text, sizeof text, "%s(%a, %a, %a) is %a, exactly %a: %.2f ulp, the bound is %.1f", f.word,
                  static_cast<double>(x[i]), static_cast<double>(y[i]), static_cast<double>(z[i]),
                  static_cast<double>(got[i]), wanted, error, f.bound_ulp);
    c.wrong(text);
  }
}

template <std::size_t kIndex>
void one_function(Context& c) {
  meets_its_bound(c, kFunctions[kIndex]);
}

// ---- bits and comparisons ----

void integer_helpers(Context& c) {
  LET(kernel, c.kernel_from("HY_KERNEL(bits, HY_IN(uint, x), HY_IN(uint, y), HY_OUT(uint, out), HY_VAL(uint, n))\n"
                            "{\n"
                            "  const ulong i = hy_global_id(0);\n"
                            "  if (i < n) {\n"
                            "    out[6 * i + 0] = hy_popcount(x[i]);\n"
                            "    out[6 * i + 1] = hy_clz(x[i]);\n"
                            "    out[6 * i + 2] = hy_min(x[i], y[i]);\n"
                            "    out[6 * i + 3] = hy_max(x[i], y[i]);\n"
                            "    out[6 * i + 4] = hy_clamp(x[i], 1000u, 4000000000u);\n"
                            "    out[6 * i + 5] = hy_as_uint(hy_as_float(x[i] & 0x7F7FFFFFu));\n"
                            "  }\n"
                            "}\n",
                            "bits"));
  auto x = c.random().vector<std::uint32_t>(1000);
  const auto y = c.random().vector<std::uint32_t>(1000);
  for (std::size_t i = 0; i < 200; ++i) x[i] >>= c.random().below(32);
  x[0] = 0;
  x[1] = UINT32_MAX;
  for (std::uint32_t& v : x) {
    if ((v & 0x7F800000u) == 0) v |= 0x00800000u;  // hy_as_float of a subnormal may be flushed on its way
  }
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.holding(c.stream(), y));
  LET(out, c.poisoned<std::uint32_t>(c.stream(), 6000));
  MUST(c.stream().launch(kernel, Items{1000}, bx, by, out, 1000u));
  std::vector<std::uint32_t> wanted;
  for (std::size_t i = 0; i < 1000; ++i) {
    wanted.insert(wanted.end(), {static_cast<std::uint32_t>(std::popcount(x[i])),
                                 static_cast<std::uint32_t>(std::countl_zero(x[i])), std::min(x[i], y[i]),
                                 std::max(x[i], y[i]), std::clamp(x[i], 1000u, 4000000000u), x[i] & 0x7F7FFFFFu});
  }
  c.same(c.download(c.stream(), out), wanted);
}

void tests_of_floats(Context& c) {
  LET(kernel, c.kernel_from("HY_KERNEL(tests, HY_IN(float, x), HY_OUT(int, out), HY_VAL(uint, n))\n"
                            "{\n"
                            "  const ulong i = hy_global_id(0);\n"
                            "  if (i < n) {\n"
                            "    out[i] = (hy_isnan(x[i]) ? 1 : 0) + (hy_isinf(x[i]) ? 2 : 0);\n"
                            "  }\n"
                            "}\n",
                            "tests"));
  const std::vector<float> x = {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1.0f, FLT_MAX, -FLT_MAX, FLT_MIN};
  LET(bx, c.holding(c.stream(), x));
  LET(out, c.poisoned<std::int32_t>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, out, static_cast<std::uint32_t>(x.size())));
  c.same(c.download(c.stream(), out), std::vector<std::int32_t>{1, 1, 2, 2, 0, 0, 0, 0, 0, 0});
}

void doubles_are_doubles(Context& c) {
  LET(kernel,
      c.kernel_from("HY_KERNEL(doubles, HY_IN(double, x), HY_OUT(double, y), HY_VAL(double, a), HY_VAL(uint, n))\n"
                    "{\n"
                    "  const ulong i = hy_global_id(0);\n"
                    "  if (i < n) {\n"
                    "    y[i] = hy_fma(x[i], a, hy_sqrt(hy_fabs(x[i])));\n"
                    "  }\n"
                    "}\n",
                    "doubles"));
  std::vector<double> x(5000);
  for (double& v : x) v = c.random().uniform(-1e6, 1e6);
  const double a = c.random().uniform(1, 2);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<double>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, by, a, static_cast<std::uint32_t>(x.size())));
  const auto got = c.download(c.stream(), by);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const long double wanted =
        static_cast<long double>(x[i]) * a + std::sqrt(std::fabs(static_cast<long double>(x[i])));
    // The root is rounded, then the sum: a unit of each.
    const long double bound = 0x1p-52L * (std::fabs(wanted) + std::sqrt(std::fabs(static_cast<long double>(x[i]))));
    if (std::fabs(static_cast<long double>(got[i]) - wanted) > bound) {
      c.wrong("element " + std::to_string(i) + " is " + std::to_string(got[i]));
      return;
    }
  }
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

// The table again, as cases: its order gives the index.
enum Index : std::size_t {
#define HY_MATH1(word, ulp, low, high) kIndex_##word,
#define HY_MATH2(word, ulp, low, high) kIndex_##word,
#define HY_MATH3(word, ulp, low, high) kIndex_##word,
#include "runtime/kernels/dialect/math_table.def"
#undef HY_MATH1
#undef HY_MATH2
#undef HY_MATH3
};

constexpr Case kCases[] = {
#define HY_MATH1(word, ulp, low, high) {"math." #word "_is_within_" #ulp "_ulp", kRun, one_function<kIndex_##word>},
#define HY_MATH2(word, ulp, low, high) {"math." #word "_is_within_" #ulp "_ulp", kRun, one_function<kIndex_##word>},
#define HY_MATH3(word, ulp, low, high) {"math." #word "_is_within_" #ulp "_ulp", kRun, one_function<kIndex_##word>},
#include "runtime/kernels/dialect/math_table.def"
#undef HY_MATH1
#undef HY_MATH2
#undef HY_MATH3
    {"math.bit_counts_minimum_maximum_and_clamp_of_integers", kRun, integer_helpers},
    {"math.nan_and_infinity_are_recognised", kRun, tests_of_floats},
    {"math.doubles_are_computed_in_double", kRun | HY_CAP_FLOAT64, doubles_are_doubles},
};

}  // namespace

CaseTable math_cases() { return kCases; }

}  // namespace halyard::conformance
