// Atomics: each operation on each type, many items on one address, with what each saw before; and on local memory.
#include <algorithm>
#include <numeric>

#include "tests/conformance/cases/tables.hpp"

namespace halyard::conformance {
namespace {

enum Operation : std::uint32_t { kAdd, kSub, kMin, kMax, kAnd, kOr, kXor, kXchg, kCas };

template <class T>
constexpr const char* kKernel = nullptr;
template <>
constexpr const char* kKernel<std::int32_t> = "global_int";
template <>
constexpr const char* kKernel<std::uint32_t> = "global_uint";
template <>
constexpr const char* kKernel<std::int64_t> = "global_long";
template <>
constexpr const char* kKernel<std::uint64_t> = "global_ulong";
template <>
constexpr const char* kKernel<float> = "global_float";

template <class T>
T apply(Operation operation, T a, T b) {
  using U = std::conditional_t<std::is_floating_point_v<T>, std::int64_t, T>;
  using W = std::make_unsigned_t<U>;
  if constexpr (!std::is_floating_point_v<T>) {
    switch (operation) {
      case kAnd:
        return a & b;
      case kOr:
        return a | b;
      case kXor:
        return a ^ b;
      case kAdd:
      case kCas:
        return static_cast<T>(static_cast<W>(a) + static_cast<W>(b));
      case kSub:
        return static_cast<T>(static_cast<W>(a) - static_cast<W>(b));
      default:
        break;
    }
  } else if (operation == kAdd || operation == kCas) {
    return a + b;
  }
  switch (operation) {
    case kMin:
      return std::min(a, b);
    case kMax:
      return std::max(a, b);
    default:
      return b;
  }
}

// All items work on one address. The operations are replayed in the order which the values seen before imply: each
// value seen must be a state that came about.
template <class T, Operation kOperation>
void on_one_address(Context& c) {
  const char* file = sizeof(T) == 8 ? "atomics64" : "atomics";
  LET(kernel, c.kernel(file, kKernel<T>));
  const std::uint32_t n = c.quick() ? 500 : 5000;
  std::vector<T> values(n);
  for (T& v : values) {
    // Small whole numbers for float, so that sums are exact in any order.
    v = std::is_floating_point_v<T> ? static_cast<T>(c.random().below(64)) : static_cast<T>(c.random().next());
  }
  const T start = std::is_floating_point_v<T> ? T(7) : static_cast<T>(c.random().next());
  LET(target, c.holding(c.stream(), std::vector<T>{start, T(42)}));
  LET(in, c.holding(c.stream(), values));
  LET(before, c.poisoned<T>(c.stream(), n));
  MUST(c.stream().launch(kernel, Items{n}, target, in, before, static_cast<std::uint32_t>(kOperation), n));
  const auto end = c.download(c.stream(), target);
  const auto seen = c.download(c.stream(), before);
  if (end.size() != 2 || seen.size() != n) return;
  CHECK_EQ(end[1], T(42));
  if constexpr (kOperation == kXchg) {
    // Each value, and the first, was seen or is there now; none twice.
    std::vector<T> there(seen), wanted(values);
    there.push_back(end[0]);
    wanted.push_back(start);
    std::sort(there.begin(), there.end());
    std::sort(wanted.begin(), wanted.end());
    c.same(there, wanted);
    return;
  }
  T wanted = start;
  for (T v : values) wanted = apply(kOperation, wanted, v);
  CHECK_EQ(end[0], wanted);
  if constexpr (kOperation == kAdd || kOperation == kCas || kOperation == kSub || kOperation == kXor) {
    // What each left behind is what another one saw, or the end: as multisets.
    std::vector<T> left{start}, found{end[0]};
    for (std::uint32_t i = 0; i < n; ++i) {
      left.push_back(apply(kOperation, seen[i], values[i]));
      found.push_back(seen[i]);
    }
    std::sort(left.begin(), left.end());
    std::sort(found.begin(), found.end());
    c.same(found, left);
  } else if constexpr (kOperation == kMin) {
    for (T v : seen) CHECK(v <= start && v >= wanted);
  } else if constexpr (kOperation == kMax) {
    for (T v : seen) CHECK(v >= start && v <= wanted);
  } else if constexpr (kOperation == kAnd) {
    for (T v : seen) CHECK((v & wanted) == wanted);
  } else if constexpr (kOperation == kOr) {
    for (T v : seen) CHECK((v | wanted) == wanted);
  }
}

void histogram(Context& c) {
  LET(kernel, c.kernel("atomics", "histogram"));
  const std::uint32_t n = 200003;
  const auto x = c.random().bytes(n);
  LET(bx, c.holding(c.stream(), x));
  LET(bins, c.stream().allocate<std::uint32_t>(256));
  MUST(c.stream().fill(bins.view(), 0u));
  MUST(c.stream().launch(kernel, Items{n}, bx, bins, n));
  std::vector<std::uint32_t> wanted(256);
  for (std::uint8_t v : x) ++wanted[v];
  c.same(c.download(c.stream(), bins), wanted);
}

void local_memory(Context& c) {
  LET(kernel, c.kernel("atomics", "local_all"));
  const std::uint32_t groups = 9;
  const auto x = c.random().vector<std::int32_t>(groups * 64);
  LET(bx, c.holding(c.stream(), x));
  LET(out, c.poisoned<std::int32_t>(c.stream(), groups * 8));
  LET(out_float, c.poisoned<float>(c.stream(), groups * 4));
  MUST(c.stream().launch(kernel, Groups{groups}, bx, out, out_float));
  const auto got = c.download(c.stream(), out);
  const auto floats = c.download(c.stream(), out_float);
  if (got.empty() || floats.empty()) return;
  for (std::uint32_t g = 0; g < groups && !c.failed(); ++g) {
    const std::span<const std::int32_t> v(x.data() + g * 64, 64);
    std::uint32_t sum = 0;
    std::int32_t low = INT32_MAX, high = -INT32_MAX, all = -1, any = 0, odd = 0;
    float flow = 1e30f, fhigh = -1e30f;
    bool swapped = false, exchanged = false;
    for (std::int32_t value : v) {
      sum += static_cast<std::uint32_t>(value);
      low = std::min(low, value);
      high = std::max(high, value);
      all &= value;
      any |= value;
      odd ^= value;
      flow = std::min(flow, static_cast<float>(value & 1023));
      fhigh = std::max(fhigh, static_cast<float>(value & 1023));
      swapped |= got[g * 8 + 7] == value;
      exchanged |= floats[g * 4 + 3] == static_cast<float>(value & 1023);
    }
    CHECK_EQ(got[g * 8 + 0], static_cast<std::int32_t>(sum));
    CHECK_EQ(got[g * 8 + 1], static_cast<std::int32_t>(0u - sum));
    CHECK_EQ(got[g * 8 + 2], low);
    CHECK_EQ(got[g * 8 + 3], high);
    CHECK_EQ(got[g * 8 + 4], all);
    CHECK_EQ(got[g * 8 + 5], any);
    CHECK_EQ(got[g * 8 + 6], odd);
    CHECK(swapped);
    CHECK_EQ(floats[g * 4 + 0], 64.0f);
    CHECK_EQ(floats[g * 4 + 1], flow);
    CHECK_EQ(floats[g * 4 + 2], fhigh);
    CHECK(exchanged);
  }
}

constexpr hy_capabilities kRun = HY_CAP_KERNELS | HY_CAP_RUNTIME_COMPILE;
constexpr hy_capabilities kWide = kRun | HY_CAP_ATOMICS_INT64;

constexpr Case kCases[] = {
    {"atomics.add_int", kRun, on_one_address<std::int32_t, kAdd>},
    {"atomics.sub_int", kRun, on_one_address<std::int32_t, kSub>},
    {"atomics.min_int", kRun, on_one_address<std::int32_t, kMin>},
    {"atomics.max_int", kRun, on_one_address<std::int32_t, kMax>},
    {"atomics.and_int", kRun, on_one_address<std::int32_t, kAnd>},
    {"atomics.or_int", kRun, on_one_address<std::int32_t, kOr>},
    {"atomics.xor_int", kRun, on_one_address<std::int32_t, kXor>},
    {"atomics.exchange_int", kRun, on_one_address<std::int32_t, kXchg>},
    {"atomics.compare_and_swap_int", kRun, on_one_address<std::int32_t, kCas>},
    {"atomics.add_uint", kRun, on_one_address<std::uint32_t, kAdd>},
    {"atomics.sub_uint", kRun, on_one_address<std::uint32_t, kSub>},
    {"atomics.min_uint", kRun, on_one_address<std::uint32_t, kMin>},
    {"atomics.max_uint", kRun, on_one_address<std::uint32_t, kMax>},
    {"atomics.and_uint", kRun, on_one_address<std::uint32_t, kAnd>},
    {"atomics.or_uint", kRun, on_one_address<std::uint32_t, kOr>},
    {"atomics.xor_uint", kRun, on_one_address<std::uint32_t, kXor>},
    {"atomics.exchange_uint", kRun, on_one_address<std::uint32_t, kXchg>},
    {"atomics.compare_and_swap_uint", kRun, on_one_address<std::uint32_t, kCas>},
    {"atomics.add_float", kRun, on_one_address<float, kAdd>},
    {"atomics.min_float", kRun, on_one_address<float, kMin>},
    {"atomics.max_float", kRun, on_one_address<float, kMax>},
    {"atomics.exchange_float", kRun, on_one_address<float, kXchg>},
    {"atomics.compare_and_swap_float", kRun, on_one_address<float, kCas>},
    {"atomics.add_ulong", kWide, on_one_address<std::uint64_t, kAdd>},
    {"atomics.sub_ulong", kWide, on_one_address<std::uint64_t, kSub>},
    {"atomics.min_ulong", kWide, on_one_address<std::uint64_t, kMin>},
    {"atomics.max_ulong", kWide, on_one_address<std::uint64_t, kMax>},
    {"atomics.and_ulong", kWide, on_one_address<std::uint64_t, kAnd>},
    {"atomics.or_ulong", kWide, on_one_address<std::uint64_t, kOr>},
    {"atomics.xor_ulong", kWide, on_one_address<std::uint64_t, kXor>},
    {"atomics.exchange_ulong", kWide, on_one_address<std::uint64_t, kXchg>},
    {"atomics.compare_and_swap_ulong", kWide, on_one_address<std::uint64_t, kCas>},
    {"atomics.min_long", kWide, on_one_address<std::int64_t, kMin>},
    {"atomics.max_long", kWide, on_one_address<std::int64_t, kMax>},
    {"atomics.a_histogram_in_local_memory_merged_into_global", kRun, histogram},
    {"atomics.every_operation_on_local_memory", kRun, local_memory},
};

}  // namespace

CaseTable atomic_cases() { return kCases; }

}  // namespace halyard::conformance
