// The chain in plain C++, written as directly as can be: what the kernels are compared with.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "filter.hpp"

namespace {

// Brightness in 1/256 of a step, with pixels past an edge taken as those on it.
class Plane {
 public:
  Plane(int width, int height) : width_(width), height_(height), values_(static_cast<std::size_t>(width) * height) {}
  std::uint32_t& at(int col, int row) { return values_[index(col, row)]; }
  std::uint32_t clamped(int col, int row) const {
    return values_[index(std::clamp(col, 0, width_ - 1), std::clamp(row, 0, height_ - 1))];
  }
  int width() const { return width_; }
  int height() const { return height_; }

 private:
  std::size_t index(int col, int row) const { return static_cast<std::size_t>(row) * width_ + col; }
  int width_, height_;
  std::vector<std::uint32_t> values_;
};

Plane luma_of(const Picture& picture) {
  Plane grey(static_cast<int>(picture.width), static_cast<int>(picture.height));
  std::size_t i = 0;
  for (int row = 0; row < grey.height(); ++row) {
    for (int col = 0; col < grey.width(); ++col, i += 3) {
      grey.at(col, row) = 77u * picture.rgb[i] + 150u * picture.rgb[i + 1] + 29u * picture.rgb[i + 2];
    }
  }
  return grey;
}

// One pass: (dx, dy) is (1, 0) for rows, (0, 1) for columns.
Plane blur(const Plane& from, const std::vector<std::uint32_t>& weights, int radius, int dx, int dy) {
  Plane to(from.width(), from.height());
  for (int row = 0; row < to.height(); ++row) {
    for (int col = 0; col < to.width(); ++col) {
      std::uint64_t sum = 1u << 15;
      for (int k = -radius; k <= radius; ++k) {
        sum += std::uint64_t{weights[static_cast<std::size_t>(k + radius)]} * from.clamped(col + k * dx, row + k * dy);
      }
      to.at(col, row) = static_cast<std::uint32_t>(sum >> 16);
    }
  }
  return to;
}

std::uint8_t edge_at(const Plane& plane, int col, int row) {
  static constexpr int kSobel[3] = {1, 2, 1};
  std::int64_t gx = 0, gy = 0;
  for (int k = -1; k <= 1; ++k) {
    const auto value = [&](int c, int r) { return static_cast<std::int64_t>(plane.clamped(c, r) >> 4); };
    gx += kSobel[k + 1] * (value(col + 1, row + k) - value(col - 1, row + k));
    gy += kSobel[k + 1] * (value(col + k, row + 1) - value(col + k, row - 1));
  }
  // Squares are below 2^30, so that the double root is exact where it is whole, and never rounds up to the next.
  const auto length = static_cast<std::int64_t>(std::sqrt(static_cast<double>(gx * gx + gy * gy)));
  return static_cast<std::uint8_t>(std::min<std::int64_t>(length / 16, 255));
}

void equalise(std::vector<std::uint8_t>& picture) {
  std::array<std::uint64_t, 256> count{};
  for (const std::uint8_t value : picture) ++count[value];
  const std::uint64_t lowest = *std::find_if(count.begin(), count.end(), [](std::uint64_t n) { return n != 0; });
  const std::uint64_t range = picture.size() - lowest;
  if (range == 0) return;  // all of one value
  std::array<std::uint8_t, 256> table{};
  std::uint64_t sum = 0;
  for (std::size_t value = 0; value < 256; ++value) {
    sum += count[value];
    const std::uint64_t above = sum > lowest ? sum - lowest : 0;
    table[value] = static_cast<std::uint8_t>((above * 255 + range / 2) / range);
  }
  for (std::uint8_t& value : picture) value = table[value];
}

}  // namespace

std::vector<std::uint8_t> filter_in_plain_cpp(const Picture& picture, int radius) {
  const std::vector<std::uint32_t> weights = gaussian_weights(radius);
  const Plane blurred = blur(blur(luma_of(picture), weights, radius, 1, 0), weights, radius, 0, 1);
  std::vector<std::uint8_t> result;
  result.reserve(static_cast<std::size_t>(picture.width) * picture.height);
  for (int row = 0; row < blurred.height(); ++row) {
    for (int col = 0; col < blurred.width(); ++col) result.push_back(edge_at(blurred, col, row));
  }
  equalise(result);
  return result;
}
