// The kernels of kernels/basic against plain C++, at sizes that fill no workgroup.
#include <cmath>
#include <random>

#include "tests/dialect/kernel_runner.hpp"

namespace halyard::test {
namespace {

class BasicKernels : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    runner_ = make_runner(GetParam());
    if (const std::string missing = runner_->missing(); !missing.empty()) {
      GTEST_SKIP() << missing;
    }
    const unsigned seed = std::random_device{}();
    std::printf("seed %u\n", seed);
    random_.seed(seed);
  }

  void load(const std::string& name, const std::vector<dialect::Constant>& constants = {}) {
    const auto path = root() / "kernels/basic" / (name + ".hk");
    ASSERT_EQ(runner_->load(read_file(path), path.string(), constants), "");
  }

  std::vector<float> random_floats(std::size_t count) {
    std::uniform_real_distribution<float> range(-1.0f, 1.0f);
    std::vector<float> values(count);
    for (float& v : values) {
      v = range(random_);
    }
    return values;
  }

  std::unique_ptr<KernelRunner> runner_;
  std::mt19937 random_;
};

TEST_P(BasicKernels, FillSetsItsElementsAndNoOthers) {
  load("fill");
  std::vector<float> y(1100, NAN);
  const std::uint64_t n = 1000;
  runner_->run("fill", {buffer(y), value(2.5f), value(n)}, {17, 1, 1}, {64, 1, 1});
  for (std::size_t i = 0; i < y.size(); ++i) {
    EXPECT_TRUE(i < n ? y[i] == 2.5f : std::isnan(y[i])) << i;
  }
}

TEST_P(BasicKernels, SaxpyAddsAMultiple) {
  load("saxpy");
  std::vector<float> x = random_floats(1000), y = random_floats(1000);
  const std::vector<float> before = y;
  const std::uint64_t n = 1000;
  runner_->run("saxpy", {value(3.0f), buffer(x), buffer(y), value(n)}, {16, 1, 1}, {64, 1, 1});
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_NEAR(y[i], 3.0 * x[i] + before[i], 4e-7) << i;
  }
}

TEST_P(BasicKernels, TriadAddsAMultipleOfTheSecond) {
  load("triad");
  std::vector<float> a(1000, NAN), b = random_floats(1000), c = random_floats(1000);
  const std::uint64_t n = 1000;
  runner_->run("triad", {buffer(a), buffer(b), buffer(c), value(3.0f), value(n)}, {16, 1, 1}, {64, 1, 1});
  for (std::size_t i = 0; i < n; ++i) {
    EXPECT_NEAR(a[i], b[i] + 3.0 * c[i], 4e-7) << i;
  }
}

TEST_P(BasicKernels, TransposeMovesEveryElementForEveryTile) {
  for (const auto& [tile, lanes, pad] : {std::array{"32", "8", "1"}, {"16", "16", "0"}, {"8", "2", "3"}}) {
    load("transpose", {{"TILE", tile}, {"LANES", lanes}, {"PAD", pad}});
    const std::uint64_t rows = 45, columns = 77, t = std::stoul(tile), l = std::stoul(lanes);
    std::vector<float> x = random_floats(rows * columns), y(x.size(), NAN);
    runner_->run("transpose", {buffer(x), buffer(y), value(rows), value(columns)},
                 {(columns + t - 1) / t, (rows + t - 1) / t, 1}, {t, l, 1});
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_EQ(y[i % columns * rows + i / columns], x[i]) << i;
    }
  }
}

TEST_P(BasicKernels, ReduceSumsEachWorkgroupsElements) {
  for (const auto& [items, each] : {std::array{"256", "8"}, {"64", "3"}}) {
    load("reduce", {{"ITEMS", items}, {"EACH", each}});
    const std::uint64_t n = 5000, group = std::stoul(items) * std::stoul(each), groups = (n + group - 1) / group;
    std::vector<float> x = random_floats(n), partial(groups, NAN);
    runner_->run("reduce_sum", {buffer(x), buffer(partial), value(n)}, {groups, 1, 1}, {std::stoul(items), 1, 1});
    for (std::uint64_t g = 0; g < groups; ++g) {
      double sum = 0;
      for (std::uint64_t i = g * group; i < std::min(n, (g + 1) * group); ++i) {
        sum += x[i];
      }
      EXPECT_NEAR(partial[g], sum, 2e-4) << g;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(On, BasicKernels,
                         ::testing::Values("gcc", "clang", "opencl", "spirv", "fake_cuda", "fake_hip",
                                           "fake_level_zero"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace halyard::test
