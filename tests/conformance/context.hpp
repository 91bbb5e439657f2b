// What a case of the conformance suite works with: the device, a fresh stream, random numbers with a known seed,
// kernels compiled once a run, and checks that record where and with which values they failed. Cases return early with
// LET and MUST, so that they need no exceptions.
#pragma once

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "tests/conformance/conformance.hpp"

namespace halyard::conformance {

// A small generator (splitmix64): the same numbers on every platform for a seed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
  }
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  double uniform(double low, double high) { return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53); }

  template <class T>
  T value() {
    if constexpr (std::is_floating_point_v<T>) {
      return static_cast<T>(uniform(-1000.0, 1000.0));
    } else {
      return static_cast<T>(next());
    }
  }
  template <class T>
  std::vector<T> vector(std::size_t count) {
    std::vector<T> out(count);
    for (T& item : out) item = value<T>();
    return out;
  }
  std::vector<std::uint8_t> bytes(std::size_t count) { return vector<std::uint8_t>(count); }

 private:
  std::uint64_t state_;
};

struct KernelSource {  // a file of tests/conformance/kernels, embedded
  const char* name;
  const char* text;
};

// What all cases of a run share: bundles, each made once.
struct Suite {
  Suite(Runtime& run, Device& dev, const Options& opt) : runtime(run), device(dev), options(opt) {}
  Runtime& runtime;
  Device& device;
  const Options& options;
  std::mutex mutex;
  std::map<std::string, Bundle> bundles;
  std::set<std::string> ahead;   // of those, the ones with images
  std::set<std::string> imaged;  // kernels that came from these
};

// Where a check stands. As std::source_location, which clang 14 has not.
struct Location {
  const char* file = "";
  unsigned line = 0;
  static constexpr Location current(const char* file = __builtin_FILE(), unsigned line = __builtin_LINE()) {
    return {file, line};
  }
};

class Context {
 public:
  using Location = conformance::Location;
  using Constants = std::vector<std::pair<std::string, std::string>>;

  Context(Suite& suite, std::uint64_t seed) : suite_(suite), seed_(seed), random_(seed) {}

  Runtime& runtime() { return suite_.runtime; }
  Device& device() { return suite_.device; }
  const DeviceInfo& info() { return suite_.device.info(); }
  bool has(hy_capabilities capability) { return (info().capabilities & capability) == capability; }
  const RuntimeOptions& runtime_options() const { return suite_.options.runtime; }
  bool quick() const { return suite_.options.quick; }
  bool full() const { return suite_.options.full; }
  Random& random() { return random_; }
  std::uint64_t seed() const { return seed_; }

  // The case's own stream, made on first use.
  Stream& stream();

  // A kernel of kernels/<file>.hk for the device.
  Result<Kernel> kernel(const char* file, const char* name, const Constants& constants = {});
  Result<Bundle> bundle(const char* file);
  // The kernel `name` of source text that the case brings along.
  Result<Kernel> kernel_from(const std::string& text, const char* name, const Constants& constants = {});

  // Ends as skipped, not failed.
  void skip(std::string reason);
  const std::optional<std::string>& skipped() const { return skip_; }
  bool failed() const { return failures_.load() != 0; }
  std::string report();

  // Records a failure; always false.
  bool fail(const std::string& what, Location where = Location::current());
  // A value that is not as it should be: without hardware, and with a result in it, the case is skipped.
  bool wrong(const std::string& what, Location where = Location::current());
  // For what a device does soon: no more than a moment where nothing can be done.
  std::chrono::milliseconds patience(std::chrono::milliseconds usual) const {
    return suite_.options.without_hardware ? std::chrono::milliseconds(50) : usual;
  }
  // From here on the case looks at what the device did.
  void needs_results() { looks_at_results_ = true; }
  bool check(bool condition, const char* text, Location where = Location::current()) {
    return condition || wrong(std::string("not so: ") + text, where);
  }
  template <class A, class B>
  bool check_equal(const A& a, const B& b, const char* text, Location where = Location::current()) {
    if (a == b) return true;
    std::ostringstream out;
    out << text << ": " << show(a) << " against " << show(b);
    return wrong(out.str(), where);
  }
  template <class R>
  bool ok(const R& result, const char* text, Location where = Location::current()) {
    if (result) return true;
    const std::string what = std::string(text) + " failed: " + describe(result.error());
    if (result.error().code() != ErrorCode::timeout) return fail(what, where);
    needs_results();  // the device was to reach something
    return wrong(what, where);
  }
  template <class R>
  bool fails_with(const R& result, ErrorCode code, const char* text, Location where = Location::current()) {
    if (result) return wrong(std::string(text) + " succeeded where it has to be refused", where);
    return check_error(result.error(), code, text, where);
  }
  bool check_error(const Error& error, ErrorCode code, const char* text, Location where = Location::current());

  // Every element bit for bit.
  template <class A, class B>
  bool same(const A& got, const B& wanted, Location where = Location::current()) {
    needs_results();
    if (got.size() != wanted.size()) {
      return fail("sizes " + std::to_string(got.size()) + " against " + std::to_string(wanted.size()), where);
    }
    using T = std::remove_cvref_t<decltype(*got.data())>;
    static_assert(std::is_same_v<T, std::remove_cvref_t<decltype(*wanted.data())>>);
    for (std::size_t i = 0; i < got.size(); ++i) {
      if (std::memcmp(got.data() + i, wanted.data() + i, sizeof(T)) != 0) {
        std::ostringstream out;
        out << "element " << i << " of " << got.size() << " is " << show(got.data()[i]) << ", wanted "
            << show(wanted.data()[i]);
        return wrong(out.str(), where);
      }
    }
    return true;
  }

  // Copies in and out on `stream`, waiting; false (and recorded) when that fails.
  template <class T>
  bool upload(Stream& stream, Buffer<T>& buffer, const std::vector<T>& values, Location where = Location::current()) {
    auto result = stream.write_now(buffer.view(), std::span<const T>(values));
    return ok(result, "write", where);
  }
  template <class T>
  std::vector<T> download(Stream& stream, Buffer<T>& buffer, Location where = Location::current()) {
    std::vector<T> out(buffer.size());
    std::memset(static_cast<void*>(out.data()), 0xA5, out.size() * sizeof(T));
    needs_results();
    auto result = stream.read_now(std::span<T>(out), buffer.view());
    if (!ok(result, "read", where)) out.clear();
    return out;
  }
  // A new buffer that holds `values`.
  template <class T>
  Result<Buffer<T>> holding(Stream& stream, const std::vector<T>& values, MemoryKind kind = MemoryKind::device) {
    auto buffer = stream.allocate<T>(values.size(), kind);
    if (!buffer) return buffer;
    auto written = stream.write_now(buffer->view(), std::span<const T>(values));
    if (!written) return written.error();
    return buffer;
  }
  // A new buffer full of `byte`, so that what a kernel does not write shows.
  template <class T>
  Result<Buffer<T>> poisoned(Stream& stream, std::size_t count, std::uint8_t byte = 0xA5) {
    std::vector<T> values(count);
    std::memset(static_cast<void*>(values.data()), byte, count * sizeof(T));
    return holding(stream, values);
  }

  static std::string describe(const Error& error);

 private:
  void note_image(const char* file, const char* name, const Kernel& kernel);
  template <class T>
  static auto show(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      return static_cast<long long>(value);
    } else if constexpr (std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::int8_t>) {
      return static_cast<int>(value);
    } else if constexpr (requires(std::ostream & o) { o << value; }) {
      return value;
    } else {
      return std::string("(bytes)");
    }
  }

  Suite& suite_;
  std::uint64_t seed_;
  Random random_;
  std::optional<Stream> stream_;
  std::optional<std::string> skip_;
  std::mutex mutex_;
  std::atomic<int> failures_{0};
  std::atomic<bool> looks_at_results_{false};
  std::string report_;
};

struct Case {
  const char* name;
  hy_capabilities needs;  // else it is skipped by the capability's name
  void (*run)(Context&);
};

// Explicit tables, one a file of cases/; nothing registers itself.
using CaseTable = std::span<const Case>;

// Holds a stream: a host function that returns only when the gate is opened. Opens itself at the latest in its
// destructor and after half a minute, so that a failing case ends. Lives on the heap with the host function.
class Gate {
 public:
  Gate();
  ~Gate() { open(); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  Result<void> hold(Stream& stream);
  void open();
  bool entered() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// A runtime of the case's own, and the suite's device in it. False: it is not found there, and the case ends.
bool own_runtime(Context& c, std::optional<Runtime>& runtime, std::optional<Device>& device);

// "HY_CAP_FLOAT64" for the lowest capability in `missing`.
const char* capability_name(hy_capabilities missing) noexcept;

// Distance in units of the last place of a float between `got` and the exact `wanted`.
double ulps(float got, double wanted) noexcept;

}  // namespace halyard::conformance

// NOLINTBEGIN: short on purpose; used only inside cases, where `c` is the Context.
#define LET(name, expression)                    \
  auto name##_result = (expression);             \
  if (!c.ok(name##_result, #expression)) return; \
  auto& name = *name##_result
#define MUST(expression)                          \
  do {                                            \
    if (!c.ok((expression), #expression)) return; \
  } while (false)
#define CHECK(condition) c.check(static_cast<bool>(condition), #condition)
#define CHECK_EQ(a, b) c.check_equal((a), (b), #a " == " #b)
#define CHECK_FAILS(expression, code) c.fails_with((expression), ErrorCode::code, #expression)
// NOLINTEND
