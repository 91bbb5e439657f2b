// Error and Result<T>: the names and behaviour of std::expected, and a success path that leaves the Error's bytes
// alone.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "halyard/result.hpp"

namespace halyard {
namespace {

Error sample_error() { return Error(ErrorCode::timeout, "too late"); }

// Constructs in poisoned storage and counts the bytes that the construction wrote. The empty assembly makes the
// compiler believe that somebody reads the storage; else it may drop the poison as dead.
template <class R, class... Args>
std::size_t bytes_written(Args&&... args) {
  alignas(R) unsigned char storage[sizeof(R)];
  std::memset(storage, 0xA5, sizeof storage);
  asm volatile("" : : "r"(storage) : "memory");
  R* result = new (storage) R(std::forward<Args>(args)...);
  asm volatile("" : : "r"(storage) : "memory");
  std::size_t written = 0;
  for (const unsigned char byte : storage) written += byte != 0xA5;
  result->~R();
  return written;
}

TEST(ErrorTest, KeepsItsCodeAndSentence) {
  const Error error = sample_error();
  EXPECT_EQ(error.code(), ErrorCode::timeout);
  EXPECT_EQ(error.message(), "too late");
  EXPECT_STREQ(error.c_str(), "too late");
  EXPECT_EQ(error.vendor_code(), 0);
  EXPECT_EQ(error.vendor_name(), "");
}

TEST(ErrorTest, CutsASentenceThatDoesNotFitAndStaysTerminated) {
  const Error error(ErrorCode::internal, std::string(5000, 'x'));
  EXPECT_EQ(error.message().size(), std::size_t{HY_MESSAGE_CAPACITY - 1});
}

TEST(ErrorTest, TakesASentenceThatIsNotZeroTerminated) {
  const char text[] = {'a', 'b', 'c', 'd'};
  EXPECT_EQ(Error(ErrorCode::internal, std::string_view(text, 3)).message(), "abc");
}

TEST(ErrorTest, DoesNotReadPercentSignsAsFormats) {
  EXPECT_EQ(Error(ErrorCode::internal, "100%s %n").message(), "100%s %n");
}

TEST(ErrorTest, CarriesTheVendorsCodeAndName) {
  hy_error native;
  fail_vendor(&native, HY_OUT_OF_MEMORY, -5, "CL_OUT_OF_RESOURCES", "no room for %d bytes", 12);
  const Error error(native);
  EXPECT_EQ(error.code(), ErrorCode::out_of_memory);
  EXPECT_EQ(error.vendor_code(), -5);
  EXPECT_EQ(error.vendor_name(), "CL_OUT_OF_RESOURCES");
  EXPECT_EQ(error.message(), "no room for 12 bytes");
}

TEST(ErrorTest, EveryCodeHasTheIdentifierOfTheDocumentation) {
  EXPECT_EQ(to_string(ErrorCode::invalid_argument), "invalid_argument");
  EXPECT_EQ(to_string(ErrorCode::unsupported), "unsupported");
  EXPECT_EQ(to_string(ErrorCode::unavailable), "unavailable");
  EXPECT_EQ(to_string(ErrorCode::out_of_memory), "out_of_memory");
  EXPECT_EQ(to_string(ErrorCode::quota_exceeded), "quota_exceeded");
  EXPECT_EQ(to_string(ErrorCode::timeout), "timeout");
  EXPECT_EQ(to_string(ErrorCode::compile_failed), "compile_failed");
  EXPECT_EQ(to_string(ErrorCode::corrupt_artifact), "corrupt_artifact");
  EXPECT_EQ(to_string(ErrorCode::device_lost), "device_lost");
  EXPECT_EQ(to_string(ErrorCode::forked_process), "forked_process");
  EXPECT_EQ(to_string(ErrorCode::internal), "internal");
}

TEST(ResultTest, HoldsAValueOrAnError) {
  const Result<int> good = 7;
  ASSERT_TRUE(good.has_value());
  EXPECT_TRUE(good);
  EXPECT_EQ(*good, 7);
  const Result<int> bad = sample_error();
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code(), ErrorCode::timeout);
}

TEST(ResultTest, ASuccessWritesItsValueAndAFlagAndNothingOfTheError) {
  EXPECT_LE(bytes_written<Result<int>>(7), 8u);
  EXPECT_LE(bytes_written<Result<void>>(), 8u);
  EXPECT_GE(sizeof(Result<int>), sizeof(hy_error));  // so the bounds (a flag, a value, padding) mean something
}

TEST(ResultTest, CopyingASuccessCopiesNothingOfTheError) {
  const Result<int> value = 7;
  EXPECT_LE(bytes_written<Result<int>>(value), 8u);
  const Result<void> done;
  EXPECT_LE(bytes_written<Result<void>>(done), 8u);
}

TEST(ResultTest, HoldsMoveOnlyValues) {
  Result<std::unique_ptr<int>> made = std::make_unique<int>(3);
  Result<std::unique_ptr<int>> moved = std::move(made);
  ASSERT_TRUE(moved);
  std::unique_ptr<int> out = *std::move(moved);
  EXPECT_EQ(*out, 3);
}

TEST(ResultTest, DestroysItsValueOnce) {
  const auto counted = std::make_shared<int>(0);
  {
    Result<std::shared_ptr<int>> a = counted;
    Result<std::shared_ptr<int>> b = a;
    EXPECT_EQ(counted.use_count(), 3);
    b = sample_error();
    EXPECT_EQ(counted.use_count(), 2);
    a = Result<std::shared_ptr<int>>(counted);
    EXPECT_EQ(counted.use_count(), 2);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(ResultTest, AssignsAcrossValueAndError) {
  Result<std::string> result = std::string(100, 'a');
  result = sample_error();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message(), "too late");
  result = std::string("again");
  EXPECT_EQ(*result, "again");
  const Result<std::string>& self = result;
  result = self;
  EXPECT_EQ(*result, "again");
}

TEST(ResultTest, ArrowReachesTheValue) {
  Result<std::string> result = std::string("abc");
  EXPECT_EQ(result->size(), 3u);
  result->push_back('d');
  EXPECT_EQ(*result, "abcd");
}

TEST(ResultTest, ValueOrGivesTheOtherValueOnError) {
  EXPECT_EQ(Result<int>(4).value_or(9), 4);
  EXPECT_EQ(Result<int>(sample_error()).value_or(9), 9);
}

TEST(ResultTest, AndThenChainsAndStopsAtTheFirstError) {
  int calls = 0;
  const auto half = [&calls](int v) -> Result<double> {
    ++calls;
    if (v % 2 != 0) return Error(ErrorCode::invalid_argument, "odd");
    return v / 2.0;
  };
  EXPECT_EQ(*Result<int>(6).and_then(half), 3.0);
  EXPECT_EQ(Result<int>(5).and_then(half).error().message(), "odd");
  EXPECT_EQ(Result<int>(sample_error()).and_then(half).error().message(), "too late");
  EXPECT_EQ(calls, 2);
}

TEST(ResultTest, TransformMapsTheValueAndKeepsTheError) {
  EXPECT_EQ(*Result<int>(6).transform([](int v) { return std::to_string(v); }), "6");
  EXPECT_FALSE(Result<int>(sample_error()).transform([](int v) { return v; }));
  int seen = 0;
  const Result<void> done = Result<int>(6).transform([&](int v) { seen = v; });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, 6);
}

TEST(ResultTest, OrElseMayCureAnError) {
  const auto cure = [](const Error&) -> Result<int> { return 1; };
  EXPECT_EQ(*Result<int>(sample_error()).or_else(cure), 1);
  EXPECT_EQ(*Result<int>(2).or_else(cure), 2);
}

TEST(ResultTest, ChainsMoveOnlyValues) {
  auto result =
      Result<std::unique_ptr<int>>(std::make_unique<int>(5)).transform([](std::unique_ptr<int> p) { return *p; });
  EXPECT_EQ(*result, 5);
}

TEST(ResultVoidTest, IsDoneOrAnError) {
  const Result<void> done;
  EXPECT_TRUE(done);
  const Result<void> failed = sample_error();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "too late");
  Result<void> copy = done;
  copy = failed;
  ASSERT_FALSE(copy);
  EXPECT_EQ(copy.error().code(), ErrorCode::timeout);
}

TEST(ResultVoidTest, Chains) {
  EXPECT_EQ(*Result<void>().and_then([]() -> Result<int> { return 3; }), 3);
  EXPECT_EQ(*Result<void>().transform([] { return 4; }), 4);
  EXPECT_FALSE(Result<void>(sample_error()).and_then([]() -> Result<int> { return 3; }));
  EXPECT_TRUE(Result<void>(sample_error()).or_else([](const Error&) { return Result<void>(); }));
}

TEST(ResultTest, ATemporaryGivesItsValueAwaySoThatALoopOverItIsSafe) {
  const auto make = []() -> Result<std::vector<int>> { return std::vector<int>(1000, 7); };
  int sum = 0;
  for (const int value : *make()) sum += value;
  for (const int value : make().value()) sum += value;
  EXPECT_EQ(sum, 14000);
}

TEST(ResultTest, ValueThrowsTheErrorWhereExceptionsAreOn) {
  EXPECT_EQ(Result<int>(4).value(), 4);
  try {
    (void)Result<int>(sample_error()).value();
    FAIL() << "value() of an error returned";
  } catch (const BadResult& bad) {
    EXPECT_STREQ(bad.what(), "too late");
    EXPECT_EQ(bad.error().code(), ErrorCode::timeout);
  }
  EXPECT_THROW(Result<void>(sample_error()).value(), BadResult);
}

}  // namespace
}  // namespace halyard
