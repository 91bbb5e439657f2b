// Every element type as buffer and as value, alone and in vectors of 2 and 4. The kernels are made here, one a type,
// since a signature is read from the text.
#include <algorithm>
#include <type_traits>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

// What a type is called in the dialect.
template <class T>
constexpr const char* kName = nullptr;
template <>
constexpr const char* kName<std::int8_t> = "char";
template <>
constexpr const char* kName<std::uint8_t> = "uchar";
template <>
constexpr const char* kName<std::int16_t> = "short";
template <>
constexpr const char* kName<std::uint16_t> = "ushort";
template <>
constexpr const char* kName<std::int32_t> = "int";
template <>
constexpr const char* kName<std::uint32_t> = "uint";
template <>
constexpr const char* kName<std::int64_t> = "long";
template <>
constexpr const char* kName<std::uint64_t> = "ulong";
template <>
constexpr const char* kName<float> = "float";
template <>
constexpr const char* kName<double> = "double";

void append_kernel(std::string& text, const std::string& type) {
  text += "HY_KERNEL(add_" + type + ", HY_IN(" + type + ", x), HY_OUT(" + type + ", y), HY_VAL(" + type +
          ", v), HY_VAL(uint, n))\n{\n  const ulong i = hy_global_id(0);\n  if (i < n) {\n    y[i] = (" + type +
          ")(x[i] + v);\n  }\n}\n";
}

// One bundle for all types but double, so that the compiler runs once.
std::string source_for(bool doubles) {
  std::string text;
  const char* const singles[] = {"char", "uchar", "short", "ushort", "int", "uint", "long", "ulong", "float"};
  const char* const wide[] = {"double"};
  const auto list = doubles ? std::span<const char* const>(wide) : std::span<const char* const>(singles);
  for (const char* type : list) {
    for (const char* lanes : {"", "2", "4"}) append_kernel(text, std::string(type) + lanes);
  }
  return text;
}

// Integers of every bit, floating point numbers that add without rounding.
template <class T>
T pick(Context& c) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(static_cast<double>(c.random().below(1 << 20)) - (1 << 19)) / 4;
  } else {
    return static_cast<T>(c.random().next());
  }
}
template <class T>
T add(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a + b;
  } else {
    using U = std::make_unsigned_t<T>;
    return static_cast<T>(static_cast<U>(static_cast<U>(a) + static_cast<U>(b)));
  }
}

template <class T, class Element, class Add>
void run_type(Context& c, const std::string& type, Add add_elements, Element (*make)(Context&)) {
  LET(kernel, c.kernel_from(source_for(std::is_same_v<T, double>), ("add_" + type).c_str()));
  const std::uint32_t n = 1003;
  std::vector<Element> x(n);
  for (Element& e : x) e = make(c);
  const Element v = make(c);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<Element>(c.stream(), n));
  MUST(c.stream().launch(kernel, Items{n}, bx, by, v, n));
  std::vector<Element> wanted(n);
  for (std::uint32_t i = 0; i < n; ++i) wanted[i] = add_elements(x[i], v);
  c.same(c.download(c.stream(), by), wanted);
}

template <class T>
void scalar(Context& c) {
  run_type<T, T>(
      c, kName<T>, [](T a, T b) { return add(a, b); }, [](Context& k) { return pick<T>(k); });
}
template <class T>
void two_lanes(Context& c) {
  using V = Vec<T, 2>;
  run_type<T, V>(
      c, std::string(kName<T>) + "2",
      [](V a, V b) {
        return V{add(a.x, b.x), add(a.y, b.y)};
      },
      [](Context& k) {
        return V{pick<T>(k), pick<T>(k)};
      });
}
template <class T>
void four_lanes(Context& c) {
  using V = Vec<T, 4>;
  run_type<T, V>(
      c, std::string(kName<T>) + "4",
      [](V a, V b) {
        return V{add(a.x, b.x), add(a.y, b.y), add(a.z, b.z), add(a.w, b.w)};
      },
      [](Context& k) {
        return V{pick<T>(k), pick<T>(k), pick<T>(k), pick<T>(k)};
      });
}

// Extreme values come through unchanged.
void extremes_of_integers(Context& c) {
  LET(kernel, c.kernel_from(source_for(false), "add_long"));
  const std::vector<std::int64_t> x = {INT64_MIN, INT64_MAX, -1, 0, 1, INT32_MIN, INT32_MAX};
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<std::int64_t>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, by, std::int64_t{0}, static_cast<std::uint32_t>(x.size())));
  c.same(c.download(c.stream(), by), x);
}

void infinities_and_zeros_of_float(Context& c) {
  LET(kernel, c.kernel_from(source_for(false), "add_float"));
  const std::vector<float> x = {INFINITY, -INFINITY, 0.0f, 3.4028235e38f, -3.4028235e38f, 1.17549435e-38f};
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<float>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{x.size()}, bx, by, 0.0f, static_cast<std::uint32_t>(x.size())));
  c.same(c.download(c.stream(), by), x);
}

void nan_stays_nan(Context& c) {
  LET(kernel, c.kernel_from(source_for(false), "add_float"));
  LET(bx, c.holding(c.stream(), std::vector<float>(16, NAN)));
  LET(by, c.poisoned<float>(c.stream(), 16, 0));
  MUST(c.stream().launch(kernel, Items{16}, bx, by, 1.0f, 16u));
  for (float v : c.download(c.stream(), by)) CHECK(std::isnan(v));
}

void lanes_and_loads(Context& c) {
  LET(kernel, c.kernel_from("HY_KERNEL(lanes, HY_IN(float, x), HY_OUT(float, y), HY_VAL(uint, n))\n"
                            "{\n"
                            "  const ulong i = hy_global_id(0);\n"
                            "  if (i < n) {\n"
                            "    const float4 v = hy_load4(x, i);\n"
                            "    const float2 low = hy_load2(x, 2 * i);\n"
                            "    hy_store4(y, i, hy_make_float4(v.w, v.z * 2.0f, low.y, low.x - 1.0f));\n"
                            "  }\n"
                            "}\n",
                            "lanes"));
  std::vector<float> x(4 * 100);
  for (float& v : x) v = pick<float>(c);
  LET(bx, c.holding(c.stream(), x));
  LET(by, c.poisoned<float>(c.stream(), x.size()));
  MUST(c.stream().launch(kernel, Items{100}, bx, by, 100u));
  std::vector<float> wanted;
  for (std::size_t i = 0; i < x.size(); i += 4) {
    wanted.insert(wanted.end(), {x[i + 3], x[i + 2] * 2, x[i + 1], x[i] - 1});
  }
  c.same(c.download(c.stream(), by), wanted);
}

void integer_conversions(Context& c) {
  LET(kernel, c.kernel_from("HY_KERNEL(widths, HY_IN(int, x), HY_OUT(char, a), HY_OUT(ushort, b), HY_OUT(long, d), "
                            "HY_OUT(float, f), HY_VAL(uint, n))\n"
                            "{\n"
                            "  const ulong i = hy_global_id(0);\n"
                            "  if (i < n) {\n"
                            "    a[i] = (char)x[i];\n"
                            "    b[i] = (ushort)x[i];\n"
                            "    d[i] = x[i];\n"
                            "    f[i] = (float)(x[i] / 1024);\n"
                            "  }\n"
                            "}\n",
                            "widths"));
  const auto x = c.random().vector<std::int32_t>(500);
  LET(bx, c.holding(c.stream(), x));
  LET(a, c.poisoned<std::int8_t>(c.stream(), 500));
  LET(b, c.poisoned<std::uint16_t>(c.stream(), 500));
  LET(d, c.poisoned<std::int64_t>(c.stream(), 500));
  LET(f, c.poisoned<float>(c.stream(), 500));
  MUST(c.stream().launch(kernel, Items{500}, bx, a, b, d, f, 500u));
  std::vector<std::int8_t> wa;
  std::vector<std::uint16_t> wb;
  std::vector<std::int64_t> wd;
  std::vector<float> wf;
  for (std::int32_t v : x) {
    wa.push_back(static_cast<std::int8_t>(v));
    wb.push_back(static_cast<std::uint16_t>(v));
    wd.push_back(v);
    wf.push_back(static_cast<float>(v / 1024));
  }
  c.same(c.download(c.stream(), a), wa);
  c.same(c.download(c.stream(), b), wb);
  c.same(c.download(c.stream(), d), wd);
  c.same(c.download(c.stream(), f), wf);
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;
constexpr hy_capabilities kDouble = kRun | HY_CAP_FLOAT64;

constexpr Case kCases[] = {
    {"types.char_as_buffer_and_value", kRun, scalar<std::int8_t>},
    {"types.uchar_as_buffer_and_value", kRun, scalar<std::uint8_t>},
    {"types.short_as_buffer_and_value", kRun, scalar<std::int16_t>},
    {"types.ushort_as_buffer_and_value", kRun, scalar<std::uint16_t>},
    {"types.int_as_buffer_and_value", kRun, scalar<std::int32_t>},
    {"types.uint_as_buffer_and_value", kRun, scalar<std::uint32_t>},
    {"types.long_as_buffer_and_value", kRun, scalar<std::int64_t>},
    {"types.ulong_as_buffer_and_value", kRun, scalar<std::uint64_t>},
    {"types.float_as_buffer_and_value", kRun, scalar<float>},
    {"types.double_as_buffer_and_value", kDouble, scalar<double>},
    {"types.char2_as_buffer_and_value", kRun, two_lanes<std::int8_t>},
    {"types.uchar4_as_buffer_and_value", kRun, four_lanes<std::uint8_t>},
    {"types.short2_as_buffer_and_value", kRun, two_lanes<std::int16_t>},
    {"types.ushort4_as_buffer_and_value", kRun, four_lanes<std::uint16_t>},
    {"types.int2_as_buffer_and_value", kRun, two_lanes<std::int32_t>},
    {"types.int4_as_buffer_and_value", kRun, four_lanes<std::int32_t>},
    {"types.uint2_as_buffer_and_value", kRun, two_lanes<std::uint32_t>},
    {"types.uint4_as_buffer_and_value", kRun, four_lanes<std::uint32_t>},
    {"types.long2_as_buffer_and_value", kRun, two_lanes<std::int64_t>},
    {"types.ulong4_as_buffer_and_value", kRun, four_lanes<std::uint64_t>},
    {"types.float2_as_buffer_and_value", kRun, two_lanes<float>},
    {"types.float4_as_buffer_and_value", kRun, four_lanes<float>},
    {"types.double2_as_buffer_and_value", kDouble, two_lanes<double>},
    {"types.double4_as_buffer_and_value", kDouble, four_lanes<double>},
    {"types.extreme_integers_come_through", kRun, extremes_of_integers},
    {"types.infinities_and_the_largest_floats_come_through", kRun, infinities_and_zeros_of_float},
    {"types.nan_stays_nan", kRun, nan_stays_nan},
    {"types.vectors_are_loaded_taken_apart_and_stored", kRun, lanes_and_loads},
    {"types.integers_convert_as_in_c", kRun, integer_conversions},
};

}  // namespace

CaseTable type_cases() { return kCases; }

}  // namespace halyard::conformance
