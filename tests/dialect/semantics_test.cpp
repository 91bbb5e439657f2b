// What the dialect's words mean, checked against plain C++ on each kind of target that runs here.
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "tests/dialect/kernel_runner.hpp"

namespace halyard::test {
namespace {

class Semantics : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    seed_ = std::random_device{}();
    RecordProperty("seed", std::to_string(seed_));
    std::printf("seed %u\n", seed_);
    random_.seed(seed_);
  }

  // Compiles `file` once for all tests of the parameter.
  KernelRunner* load(const std::string& file) {
    static std::map<std::string, std::unique_ptr<KernelRunner>> loaded;
    const bool holds_one = GetParam() == "opencl" || GetParam() == "spirv";
    std::unique_ptr<KernelRunner>& runner = loaded[GetParam() + (holds_one ? "" : file)];
    static std::map<std::string, std::string> held;
    if (runner == nullptr || (holds_one && held[GetParam()] != file)) {
      if (runner == nullptr) {
        runner = make_runner(GetParam());
      }
      if (const std::string missing = runner->missing(); !missing.empty()) {
        skip_ = missing;
        return nullptr;
      }
      const auto path = root() / "tests/dialect/kernels" / file;
      const std::string message = runner->load(read_file(path), path.string(), {});
      EXPECT_EQ(message, "");
      held[GetParam()] = file;
      if (!message.empty()) {
        return nullptr;
      }
    }
    return runner.get();
  }

  std::vector<std::uint32_t> random_words(std::size_t count) {
    std::vector<std::uint32_t> words(count);
    for (std::uint32_t& word : words) {
      word = random_();
    }
    return words;
  }
  std::vector<float> random_floats(std::size_t count) {
    std::uniform_real_distribution<float> range(-8.0f, 8.0f);
    std::vector<float> values(count);
    for (float& v : values) {
      v = range(random_);
    }
    return values;
  }

  unsigned seed_ = 0;
  std::mt19937 random_;
  std::string skip_;
};

#define LOAD(runner, file)                   \
  KernelRunner* runner = load(file);         \
  if (!skip_.empty()) GTEST_SKIP() << skip_; \
  ASSERT_NE(runner, nullptr)

TEST_P(Semantics, EveryIdIsThatOfTheItemInAThreeDimensionalGrid) {
  LOAD(runner, "semantics.hk");
  const Extent groups = {3, 2, 2}, size = {4, 3, 2};
  std::vector<std::uint64_t> out(12 * 6 * 4 * 6, ~0ull);
  runner->run("ids", {buffer(out)}, groups, size);
  for (std::uint64_t z = 0; z < 4; ++z) {
    for (std::uint64_t y = 0; y < 6; ++y) {
      for (std::uint64_t x = 0; x < 12; ++x) {
        const std::uint64_t* got = &out[((z * 6 + y) * 12 + x) * 6];
        EXPECT_EQ(got[0], x % 4 + 100 * (y % 3) + 10000 * (z % 2));
        EXPECT_EQ(got[1], x / 4 + 100 * (y / 3) + 10000 * (z / 2));
        EXPECT_EQ(got[2], 20203u);
        EXPECT_EQ(got[3], 20304u);
        EXPECT_EQ(got[4], x + 1000 * y + 1000000 * z);
        EXPECT_EQ(got[5], 12u + 1000 * 6 + 1000000 * 4);
      }
    }
  }
}

TEST_P(Semantics, IdsInsideMacrosAreThoseOfTheItem) {
  LOAD(runner, "semantics.hk");
  std::vector<std::uint32_t> out(3 * 40, ~0u), helped(40, ~0u);
  runner->run("ids_in_macros", {buffer(out), buffer(helped)}, {5, 1, 1}, {8, 1, 1});
  for (std::uint32_t i = 0; i < 40; ++i) {
    EXPECT_EQ(out[3 * i + 0], i % 8) << i;
    EXPECT_EQ(out[3 * i + 1], i / 8) << i;
    EXPECT_EQ(out[3 * i + 2], i % 8) << i;
  }
  runner->run("ids_in_pasted_words", {buffer(helped)}, {5, 1, 1}, {8, 1, 1});
  for (std::uint32_t i = 0; i < 40; ++i) {
    EXPECT_EQ(helped[i], i % 8 + 100 * (i / 8)) << i;
  }
  runner->run("ids_in_helpers_called_by_macros", {buffer(helped)}, {5, 1, 1}, {8, 1, 1});
  for (std::uint32_t i = 0; i < 40; ++i) {
    EXPECT_EQ(helped[i], i % 8 + 1) << i;
  }
}

TEST_P(Semantics, AMacroCountsAsItStandsAtTheKernel) {
  LOAD(runner, "semantics.hk");
  for (const auto& [name, n] : {std::pair{"bound_by_macro_5", 5u}, {"bound_by_macro_11", 11u}}) {
    std::vector<std::uint32_t> y(16, 0);
    runner->run(name, {buffer(y)}, {2, 1, 1}, {8, 1, 1});
    for (std::uint32_t i = 0; i < 16; ++i) {
      EXPECT_EQ(y[i], i < n ? 1u : 0u) << i << " of " << n;
    }
  }
}

TEST_P(Semantics, AnItemThatReturnsEarlyTouchesNothingAndEveryOtherRunsOnce) {
  LOAD(runner, "semantics.hk");
  const std::uint64_t columns = 37, rows = 11;
  std::vector<std::uint64_t> out(columns * rows * 3, 5);
  runner->run("global_ids", {buffer(out), value(columns), value(rows)}, {5, 3, 3}, {8, 4, 1});
  for (std::uint64_t i = 0; i < out.size(); ++i) {
    EXPECT_EQ(out[i], 5 + i % columns + 1000 * (i / columns % rows) + 1000000 * (i / columns / rows));
  }
}

TEST_P(Semantics, ABoundEndsTheItemsBeyondItAndNoOther) {
  LOAD(runner, "semantics.hk");
  for (const std::uint32_t n : {0u, 1u, 31u, 32u, 100u, 128u}) {
    std::vector<float> y(160, 1.0f);
    runner->run("bound", {buffer(y), value(n)}, {4, 1, 1}, {32, 1, 1});
    for (std::uint32_t i = 0; i < y.size(); ++i) {
      EXPECT_EQ(y[i], i < n ? 1.0f + static_cast<float>(i) : 1.0f) << i << " of " << n;
    }
  }
}

TEST_P(Semantics, ATwoDimensionalBoundHoldsInKernelsThatAskForLocalIds) {
  LOAD(runner, "semantics.hk");
  const std::uint32_t columns = 21, rows = 6, stride = 32;
  std::vector<float> y(32 * 12, 0.0f);
  runner->run("bound2", {buffer(y), value(columns), value(rows), value(stride)}, {4, 3, 1}, {8, 4, 1});
  for (std::uint32_t i = 0; i < y.size(); ++i) {
    const bool inside = i % stride < columns && i / stride < rows;
    EXPECT_EQ(y[i], inside ? static_cast<float>(i % stride % 8 + 1) : 0.0f) << i;
  }
}

TEST_P(Semantics, PhasesSeeWhatEarlierPhasesWroteAndItemsKeepTheirOwn) {
  LOAD(runner, "semantics.hk");
  std::vector<float> x = random_floats(32 * 5), y(x.size(), NAN);
  const std::int32_t turns = 5;
  runner->run("rotate_phases", {buffer(x), buffer(y), value(turns)}, {5, 1, 1}, {32, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto at = [&](std::size_t turn) { return x[i / 32 * 32 + (i + turn) % 32]; };
    EXPECT_FLOAT_EQ(y[i], at(5) + 2.0f * at(1) + 4.0f * at(2) + 8.0f * at(3)) << i;
  }
}

TEST_P(Semantics, PhasesOfOneTwoAndThreeNamesAgreeOnWhoAnItemIs) {
  LOAD(runner, "semantics.hk");
  std::vector<std::uint32_t> out(24 * 3, ~0u);
  runner->run("phases3", {buffer(out)}, {3, 1, 1}, {4, 3, 2});
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    const std::uint32_t x = i % 4, y = i / 4 % 3, z = i / 12 % 2;
    EXPECT_EQ(out[i], (3 - x) + 10 * y + 100 * (1 - z)) << i;
  }
}

TEST_P(Semantics, AnArrayInTheBodyBelongsToOneItem) {
  LOAD(runner, "semantics.hk");
  std::vector<std::uint32_t> x = random_words(500), y(x.size(), ~0u);
  const std::uint32_t n = 500, rounds = 20;
  runner->run("private_array", {buffer(x), buffer(y), value(n), value(rounds)}, {16, 1, 1}, {32, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::uint32_t counts[8] = {}, v = x[i], sum = 0;
    for (std::uint32_t k = 0; k < rounds; ++k) {
      counts[v & 7] += k + 1;
      v = v * 1664525u + 1013904223u;
      v ^= v >> 16;
    }
    for (const std::uint32_t count : counts) {
      sum = sum * 31 + count;
    }
    EXPECT_EQ(y[i], sum) << i;
  }
}

TEST_P(Semantics, AnArrayInAPhaseBelongsToOneItem) {
  LOAD(runner, "semantics.hk");
  std::vector<std::uint32_t> x = random_words(160), y(x.size(), ~0u);
  runner->run("private_array_phases", {buffer(x), buffer(y)}, {10, 1, 1}, {16, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::uint32_t counts[4];
    for (std::uint32_t k = 0; k < 4; ++k) {
      counts[k] = x[i] + k;
    }
    counts[x[i] & 3] += 100;
    EXPECT_EQ(y[i], counts[0] + 3 * counts[1] + 5 * counts[2] + 7 * counts[3]) << i;
  }
}

TEST_P(Semantics, AnArrayThatLoopsInAPhaseWalkThroughBelongsToOneItem) {
  LOAD(runner, "semantics.hk");
  std::vector<std::uint32_t> x = random_words(640), y(x.size(), ~0u);
  const std::int32_t rounds = 7;
  runner->run("private_array_loops", {buffer(x), buffer(y), value(rounds)}, {10, 1, 1}, {64, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::uint32_t window[16], sum = 0;
    for (std::size_t k = 0; k < 16; ++k) {
      window[k] = x[(i + k) % 640];
    }
    for (std::int32_t r = 0; r < rounds; ++r) {
      for (std::size_t k = 0; k < 15; ++k) {
        window[k] = window[k] * 3 + window[k + 1];
      }
    }
    for (std::uint32_t k = 0; k < 16; ++k) {
      sum += window[k] * (k + 1);
    }
    EXPECT_EQ(y[i], sum) << i;
  }
}

TEST_P(Semantics, AtomicsOnLocalAndGlobalMemoryLoseNothing) {
  LOAD(runner, "semantics.hk");
  const std::uint32_t n = 1000;
  std::vector<std::uint32_t> x = random_words(n), bins(16, 0);
  std::vector<std::int32_t> extremes = {INT32_MAX, INT32_MIN};
  std::vector<float> total = {0.0f, 1e9f, -1e9f};
  runner->run("histogram", {buffer(x), buffer(bins), buffer(extremes), buffer(total), value(n)}, {16, 1, 1},
              {64, 1, 1});
  std::vector<std::uint32_t> expected(16, 0);
  std::int32_t low = INT32_MAX, high = INT32_MIN;
  float least = 1e9f, most = -1e9f;
  for (const std::uint32_t v : x) {
    ++expected[v & 15];
    low = std::min(low, static_cast<std::int32_t>(v >> 8));
    high = std::max(high, static_cast<std::int32_t>(v >> 8));
    least = std::min(least, static_cast<float>(v & 255));
    most = std::max(most, static_cast<float>(v & 255));
  }
  EXPECT_EQ(bins, expected);
  EXPECT_EQ(extremes, (std::vector<std::int32_t>{low, high}));
  EXPECT_EQ(total, (std::vector<float>{static_cast<float>(n), least, most}));
}

float half_value(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 31) {
    return mantissa == 0 ? sign * INFINITY : NAN;
  }
  return sign * (exponent == 0 ? std::ldexp(static_cast<float>(mantissa), -24)
                               : std::ldexp(static_cast<float>(1024 + mantissa), exponent - 25));
}

float bfloat16_value(std::uint16_t bits) {
  const std::uint32_t word = static_cast<std::uint32_t>(bits) << 16;
  float v = 0;
  std::memcpy(&v, &word, sizeof v);
  return v;
}

// The nearest storage value, ties to the even one, by trying the neighbours. `value_of` must rise with the bits.
std::uint16_t nearest(float v, float (*value_of)(std::uint16_t), std::uint16_t infinity) {
  const std::uint16_t sign = std::signbit(v) ? 0x8000 : 0;
  const double a = std::fabs(static_cast<double>(v));
  std::uint32_t low = 0, high = infinity;  // the largest with value <= a
  while (low < high) {
    const std::uint32_t middle = (low + high + 1) / 2;
    (static_cast<double>(value_of(static_cast<std::uint16_t>(middle))) <= a ? low : high) =
        static_cast<double>(value_of(static_cast<std::uint16_t>(middle))) <= a ? middle : middle - 1;
  }
  if (low == infinity) {
    return static_cast<std::uint16_t>(sign | low);
  }
  const double below = static_cast<double>(value_of(static_cast<std::uint16_t>(low)));
  double above = static_cast<double>(value_of(static_cast<std::uint16_t>(low + 1)));
  if (low + 1u == infinity) {  // as if the exponent went on
    above = 2 * below - static_cast<double>(value_of(static_cast<std::uint16_t>(low - 1)));
  }
  const bool up = a - below > above - a || (a - below == above - a && (low & 1) != 0);
  return static_cast<std::uint16_t>(sign | (low + (up ? 1 : 0)));
}

TEST_P(Semantics, StorageTypesLoadEveryValueAndStoreTheNearest) {
  LOAD(runner, "semantics.hk");
  const std::uint32_t n = 65536;
  std::vector<std::uint16_t> bits(n), half_out(n, 0x5555), bfloat16_out(n, 0x5555);
  std::vector<float> half_in(n, -1.0f), bfloat16_in(n, -1.0f), values(n);
  std::vector<std::uint32_t> words = random_words(n);
  std::uniform_real_distribution<float> exponent(-26.0f, 17.0f);
  for (std::uint32_t i = 0; i < n; ++i) {
    bits[i] = static_cast<std::uint16_t>(i);
    std::memcpy(&values[i], &words[i], sizeof values[i]);
    if (i % 2 == 0) {  // in half's range, with ties among them
      values[i] = std::ldexp(std::round(std::ldexp(1.0f + exponent(random_) / 100.0f, 12)), -12) *
                  std::exp2(std::floor(exponent(random_))) * (i % 4 == 0 ? 1.0f : -1.0f);
    }
    if (std::fabs(values[i]) < 0x1p-126f) {  // a device may take subnormal floats for zero
      values[i] = std::copysign(0.0f, values[i]);
    }
  }
  values[0] = INFINITY;
  values[1] = NAN;
  values[2] = 65519.99f;
  values[3] = 65520.0f;
  values[4] = 0x1p-25f;
  values[5] = 0x1.002p-25f;
  runner->run("storage",
              {buffer(bits), buffer(half_in), buffer(values), buffer(half_out), buffer(bits), buffer(bfloat16_in),
               buffer(bfloat16_out), value(n)},
              {n / 256, 1, 1}, {256, 1, 1});
  for (std::uint32_t i = 0; i < n; ++i) {
    const float h = half_value(bits[i]), b = bfloat16_value(bits[i]);
    EXPECT_TRUE(half_in[i] == h || (std::isnan(h) && std::isnan(half_in[i]))) << "half " << i;
    const bool subnormal = std::fpclassify(b) == FP_SUBNORMAL;
    EXPECT_TRUE(bfloat16_in[i] == b || (std::isnan(b) && std::isnan(bfloat16_in[i])) ||
                (subnormal && bfloat16_in[i] == 0))
        << "bfloat16 " << i;
    if (std::isnan(values[i])) {
      EXPECT_TRUE(std::isnan(half_value(half_out[i])) && std::isnan(bfloat16_value(bfloat16_out[i])));
    } else {
      EXPECT_EQ(half_out[i], nearest(values[i], half_value, 0x7C00)) << std::hexfloat << values[i];
      EXPECT_EQ(bfloat16_out[i], nearest(values[i], bfloat16_value, 0x7F80)) << std::hexfloat << values[i];
    }
  }
}

TEST_P(Semantics, FourStorageValuesAtATimeAreTheSameAsFourTimesOne) {
  LOAD(runner, "semantics.hk");
  const std::uint32_t n = 64;
  std::vector<std::uint16_t> h(4 * n), h2(4 * n, 0), b(4 * n), b2(4 * n, 0);
  for (std::uint32_t i = 0; i < 4 * n; ++i) {
    h[i] = nearest(static_cast<float>(i) / 8.0f, half_value, 0x7C00);
    b[i] = nearest(static_cast<float>(i), bfloat16_value, 0x7F80);
  }
  runner->run("storage4", {buffer(h), buffer(h2), buffer(b), buffer(b2), value(n)}, {2, 1, 1}, {32, 1, 1});
  for (std::uint32_t i = 0; i < 4 * n; ++i) {
    EXPECT_EQ(half_value(h2[i]), half_value(h[i]) + 1.0f);
    EXPECT_EQ(bfloat16_value(b2[i]), bfloat16_value(b[i]) * 2.0f);
  }
}

TEST_P(Semantics, VectorsComputeByComponent) {
  LOAD(runner, "semantics.hk");
  const std::uint32_t n = 100;
  std::vector<float> x = random_floats(4 * n), y = random_floats(4 * n), z(4 * n, NAN);
  alignas(16) const std::array<float, 4> v = {1.0f, 2.0f, 3.0f, 4.0f};
  runner->run("vectors", {buffer(x), buffer(y), buffer(z), value(v), value(n)}, {4, 1, 1}, {32, 1, 1});
  for (std::uint32_t i = 0; i < n; ++i) {
    double a[4], dot = 0, size = 1;
    for (std::uint32_t c = 0; c < 4; ++c) {
      a[c] = (static_cast<double>(x[4 * i + c]) + v[c]) * y[4 * i + c] - 1.0;
      dot += a[c] * v[c];
      size += std::fabs(a[c] * v[c]);
    }
    const double expected[4] = {a[0] / 2, a[1] / 4, -a[2], dot};
    for (std::uint32_t c = 0; c < 4; ++c) {
      EXPECT_NEAR(z[4 * i + c], expected[c], 4e-6 * size * 4);
    }
  }
}

TEST_P(Semantics, SubGroupSumsAreRightWhateverTheirSize) {
  LOAD(runner, "semantics.hk");
  std::vector<std::int32_t> x(48 * 3), y(x.size(), -1);
  for (std::int32_t& v : x) {
    v = static_cast<std::int32_t>(random_() % 1000) - 500;
  }
  runner->run("subgroup_sum", {buffer(x), buffer(y)}, {3, 1, 1}, {48, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < 48; ++k) {
      sum += x[i / 48 * 48 + k];
    }
    EXPECT_EQ(y[i], sum * 8 + 7) << i;
  }
}

TEST_P(Semantics, PlainBarriersInKernelsAndHelpersHoldEveryItem) {
  LOAD(runner, "barriers.hk");
  std::vector<float> x(64 * 3), y(x.size(), NAN);
  for (std::size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i % 17);
  }
  runner->run("barrier_sum", {buffer(x), buffer(y)}, {3, 1, 1}, {64, 1, 1});
  for (std::size_t i = 0; i < x.size(); ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < 64; ++k) {
      sum += x[i / 64 * 64 + k];
    }
    EXPECT_EQ(y[i], sum + static_cast<float>(i / 64 * 64 + 63 - i % 64)) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(On, Semantics,
                         ::testing::Values("gcc", "gcc_baseline", "clang", "opencl", "spirv", "fake_cuda", "fake_hip",
                                           "fake_level_zero"),
                         [](const auto& parameter) { return parameter.param; });

// Run by oclgrind_test.cpp, to know that a race would be seen.
TEST(DISABLED_AKernelWithARace, OnOpencl) {
  OpenclRunner runner;
  ASSERT_EQ(runner.missing(), "");
  ASSERT_EQ(runner.load("HY_WORKGROUP(8)\nHY_KERNEL(racy, HY_OUT(int, y))\n{\n  HY_LOCAL(int, t, 8);\n"
                        "  HY_ITEMS(i) { t[i] = (int)i; y[i] = t[(i + 1) % 8]; }\n}\n",
                        "racy.hk", {}),
            "");
  std::vector<int> y(8, 0);
  runner.run("racy", {buffer(y)}, {1, 1, 1}, {8, 1, 1});
}

TEST(HostImage, SaysHowEachKernelRunsAndHowMuchLocalMemoryItTakes) {
  HostRunner runner("g++");
  if (!runner.missing().empty()) {
    GTEST_SKIP() << runner.missing();
  }
  ASSERT_EQ(runner.load("HY_KERNEL(a, HY_OUT(int, y)) { y[hy_global_id(0)] = 1; }\n"
                        "#if 0\nHY_KERNEL(absent, HY_OUT(int, y)) { y[0] = 1; }\n#endif\n"
                        "HY_WORKGROUP(8, N) HY_KERNEL(b, HY_OUT(float4, y)) {\n"
                        "  HY_LOCAL(float4, t, 8 * N);\n"
                        "#if N > 2\n  HY_LOCAL(char, u, 65);\n#else\n  HY_LOCAL(char, u, 1);\n#endif\n"
                        "  HY_ITEMS2(i, j) { t[i + 8 * j] = y[i]; u[0] = 1; } HY_ITEMS(i) { y[i] = t[i]; } }\n"
                        "HY_KERNEL(c, HY_OUT(int, y)) { HY_LOCAL(int, t, 3); t[0] = 0; hy_barrier(); y[0] = t[0]; }\n",
                        "image.hk", {{"N", "3"}}),
            "");
  const hy_host_image& image = *runner.image();
  EXPECT_EQ(image.version, HY_HOST_KERNEL_VERSION);
  ASSERT_EQ(image.kernel_count, 3u);
  EXPECT_STREQ(image.kernels[0].name, "a");
  EXPECT_EQ(image.kernels[0].mode, static_cast<std::uint32_t>(HY_HOST_LOOP));
  EXPECT_EQ(image.kernels[0].workgroup[0], 0u);
  EXPECT_EQ(image.kernels[1].mode, static_cast<std::uint32_t>(HY_HOST_PHASES));
  EXPECT_EQ(image.kernels[1].workgroup[0], 8u);
  EXPECT_EQ(image.kernels[1].workgroup[1], 3u);
  EXPECT_EQ(image.kernels[1].workgroup[2], 1u);
  EXPECT_EQ(image.kernels[1].local_bytes, 8u * 3 * 16 + 128);
  EXPECT_EQ(image.kernels[2].mode, static_cast<std::uint32_t>(HY_HOST_FIBERS));
  EXPECT_EQ(image.kernels[2].local_bytes, 64u);
}

TEST(HostImage, MeasuresMemoryByTheMacrosAsTheyStandAtTheKernel) {
  HostRunner runner("g++");
  if (!runner.missing().empty()) {
    GTEST_SKIP() << runner.missing();
  }
  ASSERT_EQ(
      runner.load(
          "#define N 100\nHY_KERNEL(a, HY_OUT(int, y)) { HY_LOCAL(int, t, N); t[0] = 0; hy_barrier(); y[0] = t[0]; }\n"
          "#undef N\n#define N 3\nHY_WORKGROUP(N) HY_KERNEL(b, HY_OUT(int, y)) {\n"
          "  HY_PRIVATE(int, p);\n  HY_PRIVATE_ARRAY(float, q, N);\n"
          "#if N > 3\n  HY_PRIVATE_ARRAY(float, r, 1000);\n#endif\n"
          "  HY_ITEMS(i) { HY_AT(p) = 1; HY_AT2(q, 0) = 2.0f; } HY_ITEMS(i) { y[i] = HY_AT(p); } }\n#undef N\n",
          "macros.hk", {}),
      "");
  const hy_host_image& image = *runner.image();
  ASSERT_EQ(image.kernel_count, 2u);
  EXPECT_EQ(image.kernels[0].local_bytes, 448u);
  EXPECT_EQ(image.kernels[0].private_bytes, 0u);
  EXPECT_EQ(image.kernels[1].local_bytes, 0u);
  EXPECT_EQ(image.kernels[1].private_bytes, 3u * (4 + 3 * 4));
}

TEST(HostImage, FilesWithKernelsOfOneNameLinkIntoOneProgram) {
  if (find_program({"g++"}).empty()) {
    GTEST_SKIP() << "g++ is not installed";
  }
  const std::string text = expand_text(
      "HY_CONSTANT int table[1] = {1};\nHY_FUNCTION int help(int v) { return v; }\n"
      "HY_KERNEL(same, HY_OUT(int, y)) { y[0] = help(table[0]); }\n",
      "same.hk", HY_DIALECT_HOST);
  const auto source = scratch().write(text, ".cpp"), a = scratch().fresh(".o"), b = scratch().fresh(".o");
  const auto main = scratch().write(
      "extern \"C\" { extern const char image_a, image_b; }\n"
      "int main() { return &image_a == &image_b; }\n",
      ".cpp");
  const auto program = scratch().fresh("");
  EXPECT_EQ(run_command({"g++", "-c", "-DHY_HOST_IMAGE_SYMBOL=image_a", source, "-o", a}).output, "");
  EXPECT_EQ(run_command({"g++", "-c", "-DHY_HOST_IMAGE_SYMBOL=image_b", source, "-o", b}).output, "");
  EXPECT_EQ(run_command({"g++", main, a, b, "-o", program}).output, "");
  EXPECT_EQ(run_command({program}).status, 0);
}

TEST(HostImage, ACompilersMessageNamesTheUsersFileAndLine) {
  if (find_program({"g++"}).empty()) {
    GTEST_SKIP() << "g++ is not installed";
  }
  const auto source =
      scratch().write(expand_text("// one\n\nHY_WORKGROUP(4,\n  2)\nHY_KERNEL(k,\n  HY_OUT(int, y))\n{\n"
                                  "  y[0] = wrong_name;\n}\n",
                                  "folder/my kernel.hk", HY_DIALECT_HOST),
                      ".cpp");
  const CommandResult result = run_command({"g++", "-fsyntax-only", source});
  EXPECT_NE(result.status, 0);
  EXPECT_NE(result.output.find("folder/my kernel.hk:8:"), std::string::npos) << result.output;
}

}  // namespace
}  // namespace halyard::test
