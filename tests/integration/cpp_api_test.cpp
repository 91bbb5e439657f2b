// What the C++ API adds to the C API, on the cpu device: ownership that moves, types that are checked, callables as
// host functions, errors as values. What devices do is the conformance suite's subject.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "halyard/halyard.hpp"

namespace halyard {
namespace {

constexpr const char* kSource = R"(
HY_KERNEL(scale, HY_IN(float, x), HY_OUT(float, y), HY_VAL(float, factor), HY_VAL(ulong, n))
{
  const ulong i = hy_global_id(0);
  if (i < n) y[i] = x[i] * factor;
}
HY_KERNEL(offset, HY_INOUT(int, x), HY_VAL(int, by))
{
  x[hy_global_id(0)] += by * STEP;
}
)";

class CppApiTest : public ::testing::Test {
 protected:
  CppApiTest()
      : runtime(Runtime::create().value()), device(runtime.device("cpu").value()), stream(device.stream().value()) {}

  Bundle bundle() const { return Bundle::from_source(runtime, kSource, "api.hk").value(); }
  Buffer<float> floats(std::uint64_t count) { return stream.allocate<float>(count).value(); }

  Runtime runtime;
  Device device;
  Stream stream;
};

template <class T>
ErrorCode code_of(const Result<T>& result) {
  return result ? ErrorCode{} : result.error().code();
}

bool mentions(const Error& error, std::string_view word) {
  return error.message().find(word) != std::string_view::npos;
}

// ---- buffers and views ----

TEST_F(CppApiTest, ABufferKnowsItsSizeInElementsAndBytes) {
  const Buffer<float> buffer = floats(10);
  EXPECT_EQ(buffer.size(), 10u);
  EXPECT_EQ(buffer.bytes(), 40u);
  EXPECT_EQ(buffer.view().size(), 10u);
}

TEST_F(CppApiTest, AMovedBufferTakesItsMemoryAlongAndLeavesNothing) {
  Buffer<float> from = floats(4);
  stream.fill(from, 3.0f).value();
  Buffer<float> to = std::move(from);
  EXPECT_EQ(from.size(), 0u);
  std::vector<float> got(4);
  stream.read_now(got, to).value();
  EXPECT_EQ(got, std::vector<float>(4, 3.0f));
  EXPECT_EQ(code_of(stream.fill(from, 1.0f)), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, AssigningABufferGivesTheOldMemoryBack) {
  Buffer<float> buffer = floats(4);
  const View<float> old = buffer;
  buffer = floats(8);
  EXPECT_EQ(buffer.size(), 8u);
  EXPECT_EQ(code_of(stream.fill(old, 1.0f)), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, AViewOfADestroyedBufferIsAnErrorAndNoAccess) {
  View<float> view;
  {
    Buffer<float> buffer = floats(4);
    view = buffer;
  }
  std::vector<float> host(4);
  EXPECT_EQ(code_of(stream.read_now(host, view)), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, ReleaseEmptiesABufferAndMayBeRepeated) {
  Buffer<float> buffer = floats(4);
  EXPECT_TRUE(buffer.release());
  EXPECT_EQ(buffer.size(), 0u);
  EXPECT_TRUE(buffer.release());
}

TEST_F(CppApiTest, ASizeThatOverflowsIsAnErrorThatNamesIt) {
  const auto huge = stream.allocate<double>(std::uint64_t{1} << 61);
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(huge.error(), "2^64"));
}

TEST_F(CppApiTest, AViewOfAPartReadsAndWritesThatPart) {
  Buffer<int> buffer = stream.allocate<int>(8).value();
  stream.fill(buffer, 0).value();
  const View<int> middle = buffer.view(2, 3).value();
  stream.write_now(middle, std::vector<int>{1, 2, 3}).value();
  std::vector<int> got(8);
  stream.read_now(got, buffer).value();
  EXPECT_EQ(got, (std::vector<int>{0, 0, 1, 2, 3, 0, 0, 0}));
}

TEST_F(CppApiTest, CopyTakesConstViewsAsSource) {
  Buffer<float> from = floats(4), to = floats(4);
  stream.fill(from, 5.0f).value();
  stream.copy(to, View<const float>(from)).value();
  std::vector<float> got(4);
  stream.read_now(got, to).value();
  EXPECT_EQ(got[3], 5.0f);
}

TEST_F(CppApiTest, FillTakesVectorElements) {
  Buffer<float4> buffer = stream.allocate<float4>(2).value();
  stream.fill(buffer, float4{1, 2, 3, 4}).value();
  std::vector<float4> got(2);
  stream.read_now(got, buffer).value();
  EXPECT_EQ(got[1], (float4{1, 2, 3, 4}));
}

TEST_F(CppApiTest, WritingMoreThanTheViewHoldsIsAnError) {
  Buffer<float> buffer = floats(4);
  EXPECT_EQ(code_of(stream.write_now(buffer, std::vector<float>(5))), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, TheHostReachesTheMemoryOfTheCpu) {
  ASSERT_TRUE(device.has(HY_CAP_HOST_UNIFIED));
  Buffer<float> buffer = floats(4);
  stream.fill(buffer, 2.0f).value();
  stream.synchronize().value();
  EXPECT_EQ(buffer.host_pointer().value()[3], 2.0f);
}

TEST_F(CppApiTest, WrapsMemoryOfTheCallersAndLeavesItToThem) {
  std::vector<float> mine(16, 1.0f);
  hy_native native{};
  native.kind = HY_NATIVE_HOST_POINTER;
  native.handle[0] = reinterpret_cast<std::uintptr_t>(mine.data());
  {
    Buffer<float> wrapped = stream.wrap<float>(native, mine.size()).value();
    stream.fill(wrapped, 7.0f).value();
    stream.synchronize().value();
  }
  EXPECT_EQ(mine, std::vector<float>(16, 7.0f));
}

// ---- kernels ----

TEST_F(CppApiTest, ABundleListsItsSignatures) {
  const Bundle source = bundle();
  const std::vector<Signature> kernels = source.kernels().value();
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_STREQ(kernels[0].name, "scale");
  const auto params = parameters(kernels[0]);
  ASSERT_EQ(params.size(), 4u);
  EXPECT_EQ(params[0].kind, hy_param_kind{HY_PARAM_IN});
  EXPECT_STREQ(params[2].name, "factor");
  EXPECT_EQ(params[3].type, hy_type{HY_U64});
}

TEST_F(CppApiTest, ATypedKernelLaunches) {
  const auto scale =
      bundle().kernel<In<float>, Out<float>, float, std::uint64_t>(device, "scale", {{"STEP", "1"}}).value();
  Buffer<float> x = floats(100), y = floats(100);
  stream.fill(x, 2.0f).value();
  stream.launch(scale, Items{100}, x, y, 1.5f, 100).value();
  std::vector<float> got(100);
  stream.read_now(got, y).value();
  EXPECT_EQ(got, std::vector<float>(100, 3.0f));
}

TEST_F(CppApiTest, ABoundKernelLaunchesTheSame) {
  const auto offset = bundle().kernel<InOut<int>, int>(device, "offset", {{"STEP", "10"}}).value();
  const auto bound = offset.on(stream).value();
  Buffer<int> x = stream.allocate<int>(64).value();
  stream.fill(x, 1).value();
  for (int i = 0; i < 3; ++i) bound(Groups{1}.in(64), x, 2).value();
  std::vector<int> got(64);
  stream.read_now(got, x).value();
  EXPECT_EQ(got, std::vector<int>(64, 61));
}

TEST_F(CppApiTest, AnUntypedLaunchIsCheckedAgainstTheSignature) {
  const Kernel scale = bundle().kernel(device, "scale", {{"STEP", "1"}}).value();
  Buffer<float> x = floats(4), y = floats(4);
  Buffer<double> wrong = stream.allocate<double>(4).value();
  EXPECT_TRUE(stream.launch(scale, Items{4}, x, y, 1.0f, std::uint64_t{4}));
  const auto type = stream.launch(scale, Items{4}, wrong, y, 1.0f, std::uint64_t{4});
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(type.error(), "float") && mentions(type.error(), "double")) << type.error().c_str();
  EXPECT_EQ(code_of(stream.launch(scale, Items{4}, x, y, 1.0f)), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(stream.launch(scale, Items{4}, x, y, 1.0f, 4)), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, ATypeThatIsNotTheSignatureIsNamedWhenTheKernelIsMade) {
  const auto count = bundle().kernel<In<float>>(device, "scale", {{"STEP", "1"}});
  ASSERT_FALSE(count);
  EXPECT_TRUE(mentions(count.error(), "has 4 parameters")) << count.error().c_str();
  const auto type = bundle().kernel<In<float>, Out<double>, float, std::uint64_t>(device, "scale", {{"STEP", "1"}});
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(type.error(), "parameter 2")) << type.error().c_str();
  EXPECT_TRUE(mentions(type.error(), "HY_OUT(float, y)")) << type.error().c_str();
  const auto kind = bundle().kernel<In<float>, InOut<float>, float, std::uint64_t>(device, "scale", {{"STEP", "1"}});
  ASSERT_FALSE(kind);
  EXPECT_TRUE(mentions(kind.error(), "HY_INOUT(float)")) << kind.error().c_str();
}

TEST_F(CppApiTest, AnUnknownKernelIsAnErrorThatListsThoseThereAre) {
  const auto missing = bundle().kernel(device, "scales");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::invalid_argument);
  EXPECT_TRUE(mentions(missing.error(), "scale") && mentions(missing.error(), "offset")) << missing.error().c_str();
}

TEST_F(CppApiTest, ACompilersMessageBeginsWithTheUsersFileAndLine) {
  const auto broken =
      Bundle::from_source(runtime, "\n\nHY_KERNEL(k, HY_OUT(int, x))\n{\n  x[0] = nothing;\n}\n", "my.hk")
          .and_then([&](const Bundle& b) { return b.kernel(device, "k"); });
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), ErrorCode::compile_failed);
  EXPECT_EQ(broken.error().message().substr(0, 8), "my.hk:5:") << broken.error().c_str();
}

// ---- host functions ----

TEST_F(CppApiTest, AHostFunctionRunsInTheStreamsOrder) {
  Buffer<int> x = stream.allocate<int>(1).value();
  int host = 0, seen = 0;
  stream.fill(x, 5).value();
  stream.read(std::span(&host, 1), x).value();
  stream.host_function([&] { seen = host; }).value();
  stream.synchronize().value();
  EXPECT_EQ(seen, 5);
}

TEST_F(CppApiTest, ALargeCallableIsMovedAndDestroyedAfterItsCall) {
  const auto counted = std::make_shared<int>(0);
  int seen = 0;
  stream.host_function([&seen, counted, text = std::string(100, 'x')] { seen = static_cast<int>(text.size()); })
      .value();
  stream.synchronize().value();
  EXPECT_EQ(seen, 100);
  for (int i = 0; i < 1000 && counted.use_count() != 1; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_EQ(counted.use_count(), 1);
}

TEST_F(CppApiTest, AMoveOnlyCallableIsTaken) {
  int seen = 0;
  stream.host_function([owned = std::make_unique<int>(4), &seen] { seen = *owned; }).value();
  stream.synchronize().value();
  EXPECT_EQ(seen, 4);
}

TEST_F(CppApiTest, AHostFunctionsErrorFailsTheStreamWithItsSentence) {
  stream.host_function([]() -> Result<void> { return Error(ErrorCode::quota_exceeded, "enough of that"); }).value();
  const Result<void> done = stream.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::quota_exceeded);
  EXPECT_TRUE(mentions(done.error(), "enough of that"));
}

TEST_F(CppApiTest, AnExceptionOfAHostFunctionFailsTheStreamAndGoesNoFurther) {
  stream.host_function([] { throw std::runtime_error("out"); }).value();
  const Result<void> done = stream.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::internal);
  EXPECT_TRUE(mentions(done.error(), "a host function of the application threw: out"));
}

TEST_F(CppApiTest, AnExceptionThatSaysWhatTheCallerCanDoKeepsItsCode) {
  stream.host_function([] { throw BadResult(Error(ErrorCode::unavailable, "no disk")); }).value();
  const Result<void> done = stream.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(mentions(done.error(), "threw: no disk")) << done.error().c_str();

  Stream second = device.stream().value();
  second.host_function([] { throw std::bad_alloc(); }).value();
  EXPECT_EQ(code_of(second.synchronize()), ErrorCode::out_of_memory);

  Stream third = device.stream().value();
  third.host_function([] { throw 3; }).value();
  EXPECT_EQ(code_of(third.synchronize()), ErrorCode::internal);
}

TEST_F(CppApiTest, ATimeLimitOfAHostFunctionIsNotTakenForOneOfTheStream) {
  stream.host_function([]() -> Result<void> { return Error(ErrorCode::timeout, "the disk is slow"); }).value();
  const Result<void> done = stream.synchronize();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code(), ErrorCode::internal);
  EXPECT_TRUE(mentions(done.error(), "the disk is slow")) << done.error().c_str();
}

// ---- points, streams, runtime ----

TEST_F(CppApiTest, APointIsReachedWhenWhatWasBeforeItIsDone) {
  std::atomic<bool> go{false};
  stream.host_function([&go] { go.wait(false); }).value();
  const Point point = stream.record().value();
  EXPECT_FALSE(point.reached().value());
  const Result<void> early = point.wait(std::chrono::milliseconds(5));
  EXPECT_EQ(code_of(early), ErrorCode::timeout);
  go.store(true);
  go.notify_all();
  EXPECT_TRUE(point.wait());
  EXPECT_TRUE(point.reached().value());
}

TEST_F(CppApiTest, TimedPointsGiveTheTimeBetweenThem) {
  Stream timed = device.stream({.timing = true}).value();
  const Point begin = timed.record_timed().value();
  timed.host_function([] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); }).value();
  const Point end = timed.record_timed().value();
  end.wait().value();
  EXPECT_GE(Point::elapsed(begin, end).value(), std::chrono::milliseconds(2));
}

TEST_F(CppApiTest, ATimedPointNeedsAStreamForTiming) {
  EXPECT_EQ(code_of(stream.record_timed()), ErrorCode::invalid_argument);
}

TEST_F(CppApiTest, AMovedStreamGoesOn) {
  Buffer<int> x = stream.allocate<int>(1).value();
  Stream moved = std::move(stream);
  moved.fill(x, 3).value();
  EXPECT_TRUE(moved.synchronize());
  EXPECT_EQ(moved.device().value().id(), device.id());
}

TEST_F(CppApiTest, ObjectsOutliveTheHandlesThatTheyCameFrom) {
  std::optional<Buffer<int>> buffer;
  std::optional<Point> point;
  {
    const Runtime other = Runtime::create().value();
    Stream own = other.device("cpu").value().stream().value();
    buffer = own.allocate<int>(4).value();
    own.fill(*buffer, 1).value();
    point = own.record().value();
  }
  EXPECT_TRUE(point->wait());
  EXPECT_TRUE(buffer->release());
}

TEST_F(CppApiTest, AnUnknownDeviceIsAnErrorThatSaysWhatThereIs) {
  const auto unknown = runtime.device("cpu:99");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code(), ErrorCode::unavailable);
  EXPECT_TRUE(mentions(unknown.error(), "cpu:99") && mentions(unknown.error(), "has 1")) << unknown.error().c_str();
}

TEST_F(CppApiTest, EveryListedDeviceAnswersToItsId) {
  for (const Device& listed : runtime.devices().value()) {
    const auto found = runtime.device(listed.id().data());
    ASSERT_TRUE(found) << found.error().c_str();
    EXPECT_EQ(found->id(), listed.id());
  }
}

TEST_F(CppApiTest, BackendsSayWhetherTheyAreThere) {
  bool cpu = false;
  for (const BackendInfo& info : runtime.backends().value()) {
    cpu = cpu || (std::string_view(info.name) == "cpu" && info.available == 1);
    EXPECT_TRUE(info.available == 1 || info.reason[0] != '\0') << info.name;
  }
  EXPECT_TRUE(cpu);
}

TEST(RuntimeOptionsTest, ACallableGetsTheLog) {
  std::mutex mutex;
  std::vector<std::string> lines;
  const auto sink = [&](LogLevel, const char* text) {
    const std::scoped_lock lock(mutex);
    lines.emplace_back(text);
  };
  const Runtime runtime = Runtime::create(RuntimeOptions{.cache_dir = ""}.log_to(sink, LogLevel::error)).value();
  const Device device = runtime.device("cpu").value();
  const auto broken = Bundle::from_source(runtime, "HY_KERNEL(k, HY_OUT(int, x))\n{\n  x[0] = nothing;\n}\n")
                          .and_then([&](const Bundle& b) { return b.kernel(device, "k"); });
  ASSERT_FALSE(broken);
  const std::scoped_lock lock(mutex);
  ASSERT_FALSE(lines.empty());
  EXPECT_NE(lines.front().find("nothing"), std::string::npos);
}

TEST(RuntimeOptionsTest, AnUnknownBackendIsAnErrorThatNamesIt) {
  const auto runtime = Runtime::create({.backends = "cpu,warp"});
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code(), ErrorCode::invalid_argument);
  EXPECT_NE(runtime.error().message().find("warp"), std::string_view::npos);
}

// ---- the log ----

struct LogLine {
  LogLevel level;
  std::string text;
};

// What is logged from the making of a runtime to a launch, with a cache that keeps what it compiles.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    char name[] = "/tmp/halyard-log-test-XXXXXX";
    folder = mkdtemp(name);
  }
  ~LogTest() override { std::filesystem::remove_all(folder); }

  std::vector<LogLine> use(LogLevel level) {
    std::vector<LogLine> lines;
    std::mutex mutex;
    const auto sink = [&](LogLevel at, const char* text) {
      const std::lock_guard lock(mutex);
      lines.push_back({at, text});
    };
    const std::string cache = folder + "/cache";
    launch_twice(RuntimeOptions{.cache_dir = cache.c_str()}.log_to(sink, level), lines);
    return lines;
  }

  static void launch_twice(const RuntimeOptions& options, const std::vector<LogLine>& lines) {
    const Runtime runtime = Runtime::create(options).value();
    const Device device = runtime.device("cpu").value();
    Stream stream = device.stream().value();
    const Bundle bundle = Bundle::from_source(runtime, kSource, "log.hk").value();
    const Kernel kernel = bundle.kernel(device, "scale", {{"STEP", "1"}}).value();
    const Buffer<float> x = stream.allocate<float>(1000).value();
    Buffer<float> y = stream.allocate<float>(1000).value();
    std::size_t before = 0;
    for (int i = 0; i < 2; ++i) {
      before = lines.size();
      stream.launch(kernel, Items{1000}, x, y, 2.0f, std::uint64_t{1000}).value();
      stream.synchronize().value();
    }
    EXPECT_EQ(lines.size(), before) << "a launch logs nothing: " << lines.back().text;
  }

  static bool has(const std::vector<LogLine>& lines, LogLevel level, std::string_view words) {
    return std::any_of(lines.begin(), lines.end(), [&](const LogLine& line) {
      return line.level == level && line.text.find(words) != std::string::npos;
    });
  }

  std::string folder;
};

TEST_F(LogTest, InfoNamesTheRuntimesBackendsAndTheDevicesThatAreOpened) {
  const std::vector<LogLine> lines = use(LogLevel::info);
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const LogLine& line) {
    const std::size_t at = line.text.find("backends ");
    return line.level == LogLevel::info && at != std::string::npos && line.text.find("cpu", at) != std::string::npos;
  }));
  EXPECT_TRUE(has(lines, LogLevel::info, folder + "/cache"));
  EXPECT_TRUE(has(lines, LogLevel::info, "device cpu:0 opened"));
  for (const LogLine& line : lines) EXPECT_LE(line.level, LogLevel::info) << line.text;
}

TEST_F(LogTest, DebugTellsACompiledKernelFromOneOfTheCache) {
  const std::vector<LogLine> first = use(LogLevel::debug);
  EXPECT_TRUE(has(first, LogLevel::debug, "backend cpu opened"));
  EXPECT_TRUE(has(first, LogLevel::debug, "log.hk: not in the cache, compiled"));
  const std::vector<LogLine> second = use(LogLevel::debug);
  EXPECT_TRUE(has(second, LogLevel::debug, "log.hk: taken from the cache"));
  EXPECT_FALSE(has(second, LogLevel::debug, "compiled for"));
  EXPECT_FALSE(has(second, LogLevel::trace, ""));
}

TEST_F(LogTest, TraceHasEachBuffer) {
  const std::vector<LogLine> lines = use(LogLevel::trace);
  EXPECT_TRUE(has(lines, LogLevel::trace, "buffer of 4000 bytes allocated"));
  EXPECT_TRUE(has(lines, LogLevel::trace, "buffer of 4000 bytes released"));
}

TEST_F(LogTest, WarningIsSilentWhereAllIsWell) { EXPECT_TRUE(use(LogLevel::warning).empty()); }

}  // namespace
}  // namespace halyard
