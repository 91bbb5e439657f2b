// half and bfloat16: every value read, rounding to nearest even when written, infinities, NaN and subnormals.
#include <algorithm>
#include <bit>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

// The reference is this file's own, in double, by search: nothing shared with what is tested.
struct Format {
  int exponent_bits;
  int fraction_bits;
};
constexpr Format kHalf{5, 10};
constexpr Format kBfloat{8, 7};

double decode(std::uint16_t bits, Format f) {
  const int exponent_mask = (1 << f.exponent_bits) - 1;
  const int bias = exponent_mask / 2;
  const int exponent = (bits >> f.fraction_bits) & exponent_mask;
  const int fraction = bits & ((1 << f.fraction_bits) - 1);
  const double sign = (bits & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == exponent_mask) return fraction != 0 ? NAN : sign * INFINITY;
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - f.fraction_bits);
  return sign * std::ldexp((1 << f.fraction_bits) + fraction, exponent - bias - f.fraction_bits);
}

// The nearest value, ties to the even one; beyond half a step past the largest: infinity.
std::uint16_t encode(float value, Format f) {
  const std::uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(static_cast<double>(value));
  const auto infinity = static_cast<std::uint16_t>(((1 << f.exponent_bits) - 1) << f.fraction_bits);
  std::uint16_t low = 0, high = infinity;  // values grow with their bits
  while (high - low > 1) {
    const auto middle = static_cast<std::uint16_t>((low + high) / 2);
    (decode(middle, f) <= magnitude ? low : high) = middle;
  }
  const double below = decode(low, f);
  // The step after the largest finite value is as long as the one before it.
  const double above = high == infinity ? 2 * below - decode(static_cast<std::uint16_t>(low - 1), f) : decode(high, f);
  std::uint16_t nearest;
  if (magnitude - below < above - magnitude) {
    nearest = low;
  } else if (magnitude - below > above - magnitude) {
    nearest = high;
  } else {
    nearest = (low & 1) == 0 ? low : high;
  }
  return static_cast<std::uint16_t>(sign | nearest);
}

template <class H>
std::vector<H> all_values() {
  std::vector<H> values(65536);
  for (std::uint32_t i = 0; i < 65536; ++i) values[i] = H::from_bits(static_cast<std::uint16_t>(i));
  return values;
}

template <class H>
void every_value_is_read(Context& c, const char* name, Format f) {
  LET(kernel, c.kernel("storage", name));
  const auto x = all_values<H>();
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<float>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{65536}, bx, by, 65536u));
  const auto y = c.download(c.stream(), by);
  for (std::uint32_t i = 0; i < y.size(); ++i) {
    const double wanted = decode(static_cast<std::uint16_t>(i), f);
    const bool same = std::isnan(wanted)
                          ? std::isnan(y[i])
                          : static_cast<double>(y[i]) == wanted && std::signbit(y[i]) == std::signbit(wanted);
    if (!same) {
      c.wrong("bits " + std::to_string(i) + " were read as " + std::to_string(y[i]) + ", wanted " +
              std::to_string(wanted));
      return;
    }
  }
}

template <class H>
void store(Context& c, const char* name, Format f, const std::vector<float>& x) {
  LET(kernel, c.kernel("storage", name));
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<H>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, by, static_cast<std::uint32_t>(x.size())));
  const auto y = c.download(c.stream(), by);
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (std::isnan(x[i])) {
      if (!std::isnan(decode(y[i].bits, f))) c.wrong("NaN was stored as a number");
      continue;
    }
    const std::uint16_t wanted = encode(x[i], f);
    if (y[i].bits != wanted) {
      char text[160];
      std::snprintf(text, sizeof text, "%a was stored as bits %04x, wanted %04x", static_cast<double>(x[i]), y[i].bits,
                    wanted);
      c.wrong(text);
      return;
    }
  }
}

// Every value of the format, what lies exactly between two, and a hair to both sides.
std::vector<float> neighbourhoods(Format f) {
  std::vector<float> x;
  const int infinity = ((1 << f.exponent_bits) - 1) << f.fraction_bits;
  for (int bits = 0; bits < infinity; ++bits) {
    const double here = decode(static_cast<std::uint16_t>(bits), f);
    const double next = bits + 1 == infinity ? 2 * here - decode(static_cast<std::uint16_t>(bits - 1), f)
                                             : decode(static_cast<std::uint16_t>(bits + 1), f);
    const auto middle = static_cast<float>((here + next) / 2);
    for (float v :
         {static_cast<float>(here), middle, std::nextafterf(middle, 0.0f), std::nextafterf(middle, INFINITY)}) {
      x.push_back((bits & 1) != 0 ? -v : v);
    }
  }
  return x;
}

std::vector<float> random_bits(Context& c) {
  std::vector<float> x(50000);
  for (float& v : x) v = std::bit_cast<float>(static_cast<std::uint32_t>(c.random().next()));
  return x;
}

void half_read(Context& c) { every_value_is_read<half>(c, "half_load", kHalf); }
void bfloat16_read(Context& c) { every_value_is_read<bfloat16>(c, "bfloat16_load", kBfloat); }
void half_rounding(Context& c) { store<half>(c, "half_store", kHalf, neighbourhoods(kHalf)); }
void bfloat16_rounding(Context& c) { store<bfloat16>(c, "bfloat16_store", kBfloat, neighbourhoods(kBfloat)); }
void half_random(Context& c) { store<half>(c, "half_store", kHalf, random_bits(c)); }
void bfloat16_random(Context& c) { store<bfloat16>(c, "bfloat16_store", kBfloat, random_bits(c)); }
void half_special(Context& c) {
  store<half>(c, "half_store", kHalf,
              {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 65504.0f, 65519.996f, 65520.0f, 1e10f, 0x1p-24f, 0x1p-25f,
               0x1.000002p-25f, 0x1p-14f, 0x1.ffcp-15f, 1e-40f});
}
void bfloat16_special(Context& c) {
  store<bfloat16>(c, "bfloat16_store", kBfloat,
                  {NAN, -NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 3.4028235e38f, 3.3895314e38f, 1.17549435e-38f});
}

template <class H>
void vectors(Context& c, const char* name) {
  LET(kernel, c.kernel("storage", name));
  const std::uint32_t n4 = 250;
  std::vector<H> x(n4 * 4);
  for (H& v : x) v = H(static_cast<float>(c.random().below(64)));
  LET(bx, c.holding(c.stream(), x));
  LET(y2, c.poisoned<H>(c.stream(), x.size()));
  LET(y4, c.poisoned<H>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{n4}, bx, y2, y4, n4));
  std::vector<H> plus_one(x.size()), twice(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    plus_one[i] = H(static_cast<float>(x[i]) + 1.0f);
    twice[i] = H(static_cast<float>(x[i]) * 2.0f);
  }
  c.same(c.download(c.stream(), y2), plus_one);
  c.same(c.download(c.stream(), y4), twice);
}
void half_vectors(Context& c) { vectors<half>(c, "half_vectors"); }
void bfloat16_vectors(Context& c) { vectors<bfloat16>(c, "bfloat16_vectors"); }

void both_in_one_kernel(Context& c) {
  LET(kernel, c.kernel("storage", "mixed_dot"));
  std::vector<half> a(300);
  std::vector<bfloat16> b(300);
  for (half& v : a) v = half(static_cast<float>(c.random().below(128)));
  for (bfloat16& v : b) v = bfloat16(static_cast<float>(c.random().below(128)));
  LET(ba, c.holding(c.stream(), a));
  LET(bb, c.holding(c.stream(), b));
  LET(out, c.poisoned<float>(c.stream(), 300));
  MUST(c.stream().launch(kernel, Items{300}, ba, bb, out, 300u));
  std::vector<float> wanted(300);
  for (std::size_t i = 0; i < 300; ++i) wanted[i] = static_cast<float>(a[i]) * static_cast<float>(b[i]);
  c.same(c.download(c.stream(), out), wanted);
}

void host_and_device_round_alike(Context& c) {
  LET(kernel, c.kernel("storage", "half_store"));
  std::vector<float> x(20000);
  for (float& v : x)
    v = static_cast<float>(c.random().uniform(-70000, 70000) * std::pow(2.0, -double(c.random().below(30))));
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<half>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, by, static_cast<std::uint32_t>(x.size())));
  std::vector<half> wanted(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) wanted[i] = half(x[i]);
  c.same(c.download(c.stream(), by), wanted);
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;

constexpr Case kCases[] = {
    {"half.every_one_of_65536_values_is_read_exactly", kRun, half_read},
    {"half.stores_round_to_nearest_even_at_every_boundary", kRun, half_rounding},
    {"half.random_floats_are_stored_rounded", kRun, half_random},
    {"half.nan_infinity_zeros_and_subnormals_are_stored", kRun, half_special},
    {"half.loads_and_stores_by_2_and_4", kRun, half_vectors},
    {"half.host_and_device_round_alike", kRun, host_and_device_round_alike},
    {"bfloat16.every_one_of_65536_values_is_read_exactly", kRun, bfloat16_read},
    {"bfloat16.stores_round_to_nearest_even_at_every_boundary", kRun, bfloat16_rounding},
    {"bfloat16.random_floats_are_stored_rounded", kRun, bfloat16_random},
    {"bfloat16.nan_infinity_zeros_and_the_largest_are_stored", kRun, bfloat16_special},
    {"bfloat16.loads_and_stores_by_2_and_4", kRun, bfloat16_vectors},
    {"bfloat16.with_half_in_one_kernel", kRun, both_in_one_kernel},
};

}  // namespace

CaseTable storage_cases() { return kCases; }

}  // namespace halyard::conformance
