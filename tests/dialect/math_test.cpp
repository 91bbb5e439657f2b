// The mathematics of the dialect against its table of bounds: each function of math_table.def, on the host and on
// OpenCL, against the C library in long double, on random arguments of every size and on the edges.
#include <cmath>
#include <limits>
#include <random>

#include "tests/dialect/kernel_runner.hpp"

namespace halyard::test {
namespace {

struct Row {
  std::string name;
  int arity;
  double ulp;
  double low, high;
};

const std::vector<Row>& table() {
  static const std::vector<Row> rows = {
#define HY_MATH1(name, ulp, low, high) {#name, 1, ulp, low, high},
#define HY_MATH2(name, ulp, low, high) {#name, 2, ulp, low, high},
#define HY_MATH3(name, ulp, low, high) {#name, 3, ulp, low, high},
#include "runtime/kernels/dialect/math_table.def"
  };
  return rows;
}

long double reference(const std::string& name, float x, float y, float z) {
  const long double a = x;
  if (name == "hy_exp") return std::exp(a);
  if (name == "hy_exp2") return std::exp2(a);
  if (name == "hy_log") return std::log(a);
  if (name == "hy_log2") return std::log2(a);
  if (name == "hy_sin") return std::sin(a);
  if (name == "hy_cos") return std::cos(a);
  if (name == "hy_tan") return std::tan(a);
  if (name == "hy_tanh") return std::tanh(a);
  if (name == "hy_erf") return std::erf(a);
  if (name == "hy_sqrt") return std::sqrt(a);
  if (name == "hy_rsqrt") return 1.0L / std::sqrt(a);
  if (name == "hy_fabs") return std::fabs(a);
  if (name == "hy_floor") return std::floor(a);
  if (name == "hy_ceil") return std::ceil(a);
  if (name == "hy_trunc") return std::trunc(a);
  if (name == "hy_rint") return std::nearbyint(a);
  if (name == "hy_pow") return std::pow(a, static_cast<long double>(y));
  if (name == "hy_copysign") return std::copysign(a, static_cast<long double>(y));
  if (name == "hy_fmin") return std::fmin(x, y);
  if (name == "hy_fmax") return std::fmax(x, y);
  if (name == "hy_fma") return std::fma(x, y, z);
  ADD_FAILURE() << name << " is in the table but has no reference here";
  return 0;
}

// The error in units in the last place of the exact result; subnormal results may be zero.
double ulp_error(float got, long double exact) {
  const auto rounded = static_cast<float>(exact);
  if (std::isnan(exact) || std::isnan(got)) {
    return std::isnan(exact) && std::isnan(got) ? 0 : INFINITY;
  }
  if (std::isinf(rounded) || std::isinf(got)) {  // one step from the largest finite number to infinity
    const bool near = std::fabs(exact) >= 3.4028233e38L && std::fabs(got) >= 3.4028233e38f && !std::isinf(exact);
    return got == rounded ? 0 : near && std::signbit(got) == std::signbit(exact) ? 1 : INFINITY;
  }
  if (std::fabs(exact) < 0x1p-126L && std::fabs(got) <= 0x1p-126f) {
    return got == 0 || got == rounded ? 0 : static_cast<double>(std::fabs(got - exact) / 0x1p-149L);
  }
  int exponent = 0;
  std::frexp(rounded, &exponent);
  return static_cast<double>(std::fabs(got - exact) / std::ldexp(1.0L, std::max(exponent, -125) - 24));
}

std::string kernel_of(const Row& row) {
  const char* arguments = row.arity == 1 ? "x[i]" : row.arity == 2 ? "x[i], y[i]" : "x[i], y[i], z[i]";
  return "HY_KERNEL(test_" + row.name +
         ", HY_IN(float, x), HY_IN(float, y), HY_IN(float, z), HY_OUT(float, r), HY_VAL(uint, n)) "
         "{ HY_BOUND(i, n); r[i] = " +
         row.name + "(" + arguments + "); }\n";
}

class Mathematics : public ::testing::TestWithParam<std::string> {
 protected:
  // Arguments with every exponent, in the row's domain, and its edges.
  std::vector<float> arguments(std::mt19937& random, std::size_t count, double low, double high) {
    std::vector<float> values = {static_cast<float>(low),
                                 static_cast<float>(high),
                                 0.0f,
                                 -0.0f,
                                 1.0f,
                                 -1.0f,
                                 0.5f,
                                 2.0f,
                                 1.5f,
                                 -1.5f,
                                 2.5f,
                                 0x1p-126f,
                                 0x1.fffffep-1f,
                                 0x1.000002p0f,
                                 3.14159274f,
                                 1.57079637f};
    const float a = static_cast<float>(low), b = static_cast<float>(high);
    std::uniform_real_distribution<double> linear(0, 1);
    while (values.size() < count) {
      const std::uint32_t word = random();
      float v = 0;
      std::memcpy(&v, &word, sizeof v);
      if (values.size() % 2 == 0) {
        v = static_cast<float>(std::max(low, -100.0) +
                               (std::min(high, 100.0) - std::max(low, -100.0)) * linear(random));
      }
      values.push_back(v);
    }
    for (float& v : values) {
      if (!(v >= a && v <= b) || (std::fabs(v) < 0x1p-126f)) {
        v = a <= 0 && b >= 0 && !(v >= a && v <= b) ? std::min(b, 1.0f) : std::max(a, 0.0f);
      }
    }
    return values;
  }
};

TEST_P(Mathematics, KeepsToTheTableOfBounds) {
  const auto runner = make_runner(GetParam());
  if (const std::string missing = runner->missing(); !missing.empty()) {
    GTEST_SKIP() << missing;
  }
  std::string source;
  for (const Row& row : table()) {
    source += kernel_of(row);
  }
  ASSERT_EQ(runner->load(source, "math.hk", {}), "");
  const unsigned seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const std::uint32_t n = 1 << 16;
  for (const Row& row : table()) {
    std::vector<float> x = arguments(random, n, row.low, row.high), r(n, -12345.0f);
    std::vector<float> y = arguments(random, n, -3.4028234e38, 3.4028234e38), z = arguments(random, n, -1e30, 1e30);
    std::shuffle(y.begin(), y.end(), random);
    if (row.name == "hy_pow") {
      y = arguments(random, n, -20, 20);
      std::shuffle(y.begin(), y.end(), random);
    }
    if (row.name == "hy_fma") {
      x = arguments(random, n, -1e15, 1e15);
      y = arguments(random, n, -1e15, 1e15);
    }
    runner->run("test_" + row.name, {buffer(x), buffer(y), buffer(z), buffer(r), value(n)}, {n / 256, 1, 1},
                {256, 1, 1});
    double worst = 0;
    std::size_t at = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double error = ulp_error(r[i], reference(row.name, x[i], y[i], z[i]));
      if (error > worst) {
        worst = error;
        at = i;
      }
    }
    // "Correctly rounded" leaves half a unit against the exact value.
    EXPECT_LE(worst, row.ulp == 0 ? 0.5 : row.ulp)
        << row.name << "(" << std::hexfloat << x[at] << ", " << y[at] << ", " << z[at] << ") = " << r[at];
    std::printf("%-12s %.2f of %g ulp\n", row.name.c_str(), worst, row.ulp);
  }
}

TEST_P(Mathematics, GivesWhatCSaysForSpecialArguments) {
  const auto runner = make_runner(GetParam());
  if (const std::string missing = runner->missing(); !missing.empty()) {
    GTEST_SKIP() << missing;
  }
  std::string source;
  for (const Row& row : table()) {
    source += kernel_of(row);
  }
  ASSERT_EQ(runner->load(source, "math.hk", {}), "");
  const float specials[] = {0.0f, -0.0f, 1.0f, -1.0f, 2.0f, 3.0f, -2.0f, -3.0f, 0.5f, INFINITY, -INFINITY, NAN};
  std::vector<float> x, y;
  for (const float a : specials) {
    for (const float b : specials) {
      x.push_back(a);
      y.push_back(b);
    }
  }
  std::vector<float> z(x.size(), 1.0f), r(x.size());
  const auto n = static_cast<std::uint32_t>(x.size());
  for (const Row& row : table()) {
    if (row.name == "hy_copysign") {
      continue;  // the sign of a NaN is nobody's promise
    }
    runner->run("test_" + row.name, {buffer(x), buffer(y), buffer(z), buffer(r), value(n)}, {(n + 31) / 32, 1, 1},
                {32, 1, 1});
    for (std::size_t i = 0; i < n; ++i) {
      const long double exact = reference(row.name, x[i], y[i], z[i]);
      EXPECT_LE(ulp_error(r[i], exact), std::max(row.ulp, 0.5))
          << row.name << "(" << x[i] << ", " << y[i] << ") = " << r[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(On, Mathematics,
                         ::testing::Values("gcc", "gcc_baseline", "clang", "opencl", "spirv", "fake_cuda", "fake_hip",
                                           "fake_level_zero"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace halyard::test
