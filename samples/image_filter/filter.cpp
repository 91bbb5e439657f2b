// The chain on a device: seven launches in one stream; the host waits once, for the result.
#include "filter.hpp"

#include <cmath>

#include "image_filter_kernels.hpp"

using namespace halyard;
namespace kernels = image_filter_kernels;

std::vector<std::uint32_t> gaussian_weights(int radius) {
  std::vector<std::uint32_t> weights(2 * static_cast<std::size_t>(radius) + 1);
  const double sigma = radius == 0 ? 1.0 : radius / 2.0;
  double sum = 0;
  for (int k = -radius; k <= radius; ++k) sum += std::exp(-k * k / (2 * sigma * sigma));
  std::uint32_t given = 0;
  for (int k = -radius; k <= radius; ++k) {
    const double share = std::exp(-k * k / (2 * sigma * sigma)) / sum;
    weights[static_cast<std::size_t>(k + radius)] = static_cast<std::uint32_t>(share * 65536.0);
    given += weights[static_cast<std::size_t>(k + radius)];
  }
  weights[static_cast<std::size_t>(radius)] += 65536 - given;  // what rounding down left over
  return weights;
}

// Here errors travel as exceptions, which value() throws; quickstart shows the same without.
Result<std::vector<std::uint8_t>> filter_on_device(const Runtime& runtime, const Device& device, const Picture& picture,
                                                   int radius) try {
  constexpr std::uint64_t kPixelsPerGroup = 256 * 16;  // BINS * PIXELS_PER_ITEM of filters.hk
  const auto width = static_cast<std::int32_t>(picture.width);
  const auto height = static_cast<std::int32_t>(picture.height);
  const std::uint64_t pixels = std::uint64_t{picture.width} * picture.height;
  const Items every_pixel{pixels}, every_place{width, height};

  const Bundle bundle = Bundle::from_linked(runtime, kernels::bundle()).value();
  Stream stream = device.stream().value();
  auto rgb = stream.allocate<std::uint8_t>(picture.rgb.size()).value();
  auto grey = stream.allocate<std::uint16_t>(pixels).value();
  auto half_blurred = stream.allocate<std::uint16_t>(pixels).value();
  auto edges = stream.allocate<std::uint8_t>(pixels).value();
  auto equalised = stream.allocate<std::uint8_t>(pixels).value();
  auto bins = stream.allocate<std::uint32_t>(256).value();
  auto table = stream.allocate<std::uint8_t>(256).value();
  const std::vector<std::uint32_t> host_weights = gaussian_weights(radius);
  auto weights = stream.allocate<std::uint32_t>(host_weights.size()).value();

  stream.write(rgb, picture.rgb).value();
  stream.write(weights, host_weights).value();
  stream.fill(bins, 0).value();
  stream.launch(kernels::luma(bundle, device).value(), every_pixel, rgb, grey, pixels).value();
  stream
      .launch(kernels::blur_rows(bundle, device).value(), every_place, grey, half_blurred, weights, radius, width,
              height)
      .value();
  stream
      .launch(kernels::blur_cols(bundle, device).value(), every_place, half_blurred, grey, weights, radius, width,
              height)
      .value();
  stream.launch(kernels::sobel(bundle, device).value(), every_place, grey, edges, width, height).value();
  const std::uint64_t groups = checked_ceil_div(pixels, kPixelsPerGroup).value_or(0);
  stream.launch(kernels::histogram(bundle, device).value(), Groups{groups}, edges, bins, pixels).value();
  stream.launch(kernels::equalising_table(bundle, device).value(), Groups{1}, bins, table).value();
  stream.launch(kernels::apply_table(bundle, device).value(), every_pixel, edges, equalised, table, pixels).value();

  std::vector<std::uint8_t> result(pixels);
  stream.read_now(result, equalised).value();
  return result;
} catch (const BadResult& bad) {
  return bad.error();
}
